// SPDX-License-Identifier: AGPL-3.0-or-later
//! `cargo xtask image`: what goes into it is built first, then the crate image/ does the rest.

use crate::run::{announce, cargo, step, target_dir};
use crate::{packages, up};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

pub fn run(words: &[String]) -> Result<ExitCode> {
    match words.first().map(String::as_str) {
        Some("lock" | "index" | "key" | "checksums") => become_tool(words),
        Some("boot") => {
            packages::install(packages::FOR_BOOT)?;
            become_tool(words)
        }
        Some("--help" | "-h") => become_tool(&["build".to_owned(), "--help".to_owned()]),
        _ => {
            packages::install(packages::FOR_IMAGE)?;
            let (binaries, options) = binaries(words)?;
            let build = ["build".to_owned(), "--binaries".to_owned(), binaries.display().to_string()];
            become_tool(&[&build[..], &options].concat())
        }
    }
}

/// Those that are named, or a release build; and the other options.
fn binaries(words: &[String]) -> Result<(PathBuf, Vec<String>)> {
    let mut options = words.to_vec();
    if let Some(at) = options.iter().position(|word| word == "--binaries") {
        if at + 1 >= options.len() {
            bail!("--binaries needs a directory");
        }
        let named: Vec<String> = options.drain(at..at + 2).collect();
        let named = named.last().context("no directory")?;
        // The tool runs where cargo does, we where the caller is.
        return Ok((std::path::absolute(named)?, options));
    }
    let posthouse = up::build(true)?;
    Ok((posthouse.parent().context("no directory")?.to_owned(), options))
}

fn become_tool(words: &[String]) -> Result<ExitCode> {
    step(&mut cargo(&["build", "--quiet", "--package", "posthouse-image"]))?;
    let mut tool = Command::new(target_dir().join("debug/posthouse-image"));
    tool.args(words);
    announce(&tool);
    let status = tool.status().context("can't run posthouse-image")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
