// SPDX-License-Identifier: AGPL-3.0-or-later
//! `cargo xtask …`: what a developer types. Finds out what is missing and does it; no hidden state.

mod bench;
mod conformance;
mod image;
mod package;
mod packages;
mod python;
mod run;
mod tally;
mod test;
mod up;
mod web;
mod yocto;

use anyhow::{Result, bail};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask up [--release] [-- OPTIONS]   build what is missing and run it with demo data; OPTIONS go to `posthouse up`
cargo xtask test [--long]                 install what the tests need (as root), build, run every test; --long: package and image, too
cargo xtask web                           build the web client, the console and the set-up page
cargo xtask bench [OPTIONS]               measure (release build)
cargo xtask conformance soap [OPTIONS] [WORD …]   run public test scripts that lie beside this tree
cargo xtask image [--binaries DIR] [OPTIONS]   build the bootable image (as root; OPTIONS: `cargo xtask image --help`)
cargo xtask image lock                    lock its Debian packages at the versions of today
cargo xtask image key FILE                make a pair of keys for signing releases
cargo xtask image index DIR --signing-key FILE   write the signed list of the upgrades in DIR
cargo xtask package [--binaries DIR]      build the Debian package
cargo xtask package test                  and install, upgrade, remove it in fresh trees of Debian 12 and 13 (as root)
cargo xtask yocto                         write the crates of the Yocto recipe from Cargo.lock
cargo xtask image boot [--uefi|--secure-boot] [--fresh]   boot it in QEMU
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&words) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[String]) -> Result<ExitCode> {
    let Some((command, rest)) = words.split_first() else {
        print!("{HELP}");
        return Ok(ExitCode::FAILURE);
    };
    match command.as_str() {
        "up" => up::run(rest),
        "test" => test::run(rest),
        "web" => web::build(web::When::Always).map(|()| ExitCode::SUCCESS),
        "bench" => bench::run(rest),
        "conformance" => conformance::run(rest),
        "image" => image::run(rest),
        "package" => package::run(rest),
        "yocto" => yocto::run(rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        other => bail!("there is no command {other}; `cargo xtask help` lists them"),
    }
}
