// SPDX-License-Identifier: AGPL-3.0-or-later
//! The whole image: built, compared with a second build, and booted in QEMU. Needs root, some minutes, and the binaries of the
//! build that these tests belong to: `cargo xtask test --long`. One process runs them, one after the other, with one image.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

mod mail;
mod reproducible;
mod start;
mod upgrade;

use posthouse_image::build::{self, Options};
use posthouse_image::formats::Format;
use posthouse_image::paths::Paths;
use std::path::PathBuf;
use std::sync::OnceLock;

fn image() -> &'static Paths {
    static BUILT: OnceLock<Paths> = OnceLock::new();
    BUILT.get_or_init(|| {
        let paths = paths("image-test");
        build::run(&paths, &options(vec![Format::Qcow2])).unwrap();
        paths
    })
}

/// A place of its own below target/.
fn paths(name: &str) -> Paths {
    let mut paths = Paths::find();
    paths.out = paths.out.with_file_name(name);
    paths.work = paths.out.join("work");
    paths.tool = env!("CARGO_BIN_EXE_posthouse-image").into();
    paths
}

fn options(formats: Vec<Format>) -> Options {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    Options {
        binaries: binaries(),
        version,
        // The same key for all that these tests build.
        signing_key: Some(key()),
        trust: Vec::new(),
        notes: None,
        source: None,
        level: 1,
        formats,
        mirror: None,
        security_mirror: None,
    }
}

fn key() -> PathBuf {
    let path = Paths::find().out.with_file_name("image-test.key");
    if !path.is_file() {
        std::fs::write(&path, "5e".repeat(32)).unwrap();
    }
    path
}

/// Beside the tests' own directory.
fn binaries() -> PathBuf {
    if let Some(dir) = std::env::var_os("POSTHOUSE_BINARIES") {
        return dir.into();
    }
    let own = std::env::current_exe().unwrap();
    own.parent().and_then(|dir| dir.parent()).unwrap().to_owned()
}
