// SPDX-License-Identifier: AGPL-3.0-or-later
//! `cargo xtask up`: builds what is missing and becomes `posthouse up --demo`.

use crate::run::{announce, cargo, step, target_dir};
use crate::web;
use anyhow::{Context, Result, bail};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

pub fn run(words: &[String]) -> Result<ExitCode> {
    let (own, options) = match words.iter().position(|word| word == "--") {
        Some(at) => (words.get(..at).unwrap_or_default(), words.get(at + 1..).unwrap_or_default()),
        None => (words, &[] as &[String]),
    };
    if let Some(unknown) = own.iter().find(|word| *word != "--release") {
        bail!("what is {unknown}? Options for `posthouse up` go after `--`");
    }
    let posthouse = build(!own.is_empty())?;
    let mut command = Command::new(posthouse);
    command.args(["up", "--demo"]).args(options);
    announce(&command);
    // We become it, so that Ctrl-C and the exit code are its own.
    Err(command.exec()).context("can't run posthouse")
}

/// The web client, the supervisor and the daemon; answers the supervisor's path.
pub fn build(release: bool) -> Result<PathBuf> {
    web::build(web::When::Stale)?;
    let mut build = cargo(&["build", "--package", "posthouse", "--package", "mailboxd", "--package", "extractd"]);
    if release {
        build.arg("--release");
    }
    step(&mut build)?;
    Ok(target_dir().join(if release { "release" } else { "debug" }).join("posthouse"))
}
