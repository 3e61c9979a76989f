// SPDX-License-Identifier: AGPL-3.0-or-later
//! Finds the web client and the administrators' console. A release build embeds `web/dist` and `web/dist-admin` (and builds them first
//! when one is missing); a development build reads them from disk at run time, so that rebuilding them needs no Rust build.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    // Asked when it runs: a build script may have been compiled for another copy of the tree that shares the target folder.
    let web = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../web");
    let (dist, console) = (web.join("dist"), web.join("dist-admin"));
    let is_built = || dist.join("index.html").exists() && console.join("index.html").exists();
    println!("cargo:rustc-check-cfg=cfg(embed_web)");
    println!("cargo:rustc-env=POSTHOUSE_WEB_DIST={}", dist.display());
    println!("cargo:rustc-env=POSTHOUSE_ADMIN_DIST={}", console.display());
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CARGO_MANIFEST_DIR");
    if std::env::var("PROFILE").as_deref() != Ok("release") {
        return ExitCode::SUCCESS;
    }
    println!("cargo:rustc-cfg=embed_web");
    println!("cargo:rerun-if-changed={}", dist.display());
    println!("cargo:rerun-if-changed={}", console.display());
    if is_built() {
        return ExitCode::SUCCESS;
    }
    // The supervisor's build script may be at it in the same moment, for the installer's page.
    let lock = std::fs::File::create(web.join(".build.lock")).and_then(|file| file.lock().map(|()| file));
    let Ok(_lock) = lock else { return fail("web/.build.lock can't be made") };
    if is_built() {
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
    if is_built() { ExitCode::SUCCESS } else { fail("npm made no index.html in web/dist or web/dist-admin") }
}

fn fail(why: &str) -> ExitCode {
    println!("cargo:error=the web client can't be built: {why}; run `cargo xtask web` and build again");
    ExitCode::FAILURE
}
