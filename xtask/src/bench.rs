// SPDX-License-Identifier: AGPL-3.0-or-later
//! `cargo xtask bench`: the load generator in tests/ against a release build.

use crate::run::{cargo, step};
use crate::up;
use anyhow::Result;
use std::process::ExitCode;

pub fn run(words: &[String]) -> Result<ExitCode> {
    up::build(true)?;
    let mut bench = cargo(&["run", "--release", "--package", "posthouse-tests", "--bin", "bench", "--"]);
    step(bench.args(words))?;
    Ok(ExitCode::SUCCESS)
}
