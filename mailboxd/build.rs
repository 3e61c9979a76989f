// SPDX-License-Identifier: AGPL-3.0-or-later
//! Finds the web client. A release build embeds `web/dist` (and builds it first when it is missing); a development build
//! reads it from disk at run time, so that rebuilding the client needs no Rust build.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    // Asked when it runs: a build script may have been compiled for another copy of the tree that shares the target folder.
    let web = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../web");
    let dist = web.join("dist");
    println!("cargo:rustc-check-cfg=cfg(embed_web)");
    println!("cargo:rustc-env=POSTHOUSE_WEB_DIST={}", dist.display());
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CARGO_MANIFEST_DIR");
    if std::env::var("PROFILE").as_deref() != Ok("release") {
        return ExitCode::SUCCESS;
    }
    println!("cargo:rustc-cfg=embed_web");
    println!("cargo:rerun-if-changed={}", dist.display());
    if dist.join("index.html").exists() {
        return ExitCode::SUCCESS;
    }
    // The supervisor's build script may be at it in the same moment, for the installer's page.
    let lock = std::fs::File::create(web.join(".build.lock")).and_then(|file| file.lock().map(|()| file));
    let Ok(_lock) = lock else { return fail("web/.build.lock can't be made") };
    if dist.join("index.html").exists() {
        return ExitCode::SUCCESS;
    }
    for arguments in [["ci"].as_slice(), &["run", "build"]] {
        // Cargo reads our standard output as instructions: what npm says goes to the error stream.
        match Command::new("npm").args(arguments).current_dir(&web).stdout(std::io::stderr()).status() {
            Ok(status) if status.success() => {}
            Ok(_) => return fail(&format!("`npm {}` failed in web/", arguments.join(" "))),
            Err(_) => return fail("npm is not installed (Node 20 or newer is needed)"),
        }
    }
    if dist.join("index.html").exists() { ExitCode::SUCCESS } else { fail("npm made no web/dist/index.html") }
}

fn fail(why: &str) -> ExitCode {
    println!("cargo:error=the web client can't be built: {why}; run `cargo xtask web` and build again");
    ExitCode::FAILURE
}
