// SPDX-License-Identifier: AGPL-3.0-or-later
//! Debian packages that the tests run: real mail programs and a real browser, never mocks.

use crate::run::{is_installed, step};
use anyhow::Result;
use std::process::Command;

/// A program, and the package that has it.
const NEEDED: &[(&str, &str)] = &[
    ("chromium", "chromium"),
    ("swaks", "swaks"),
    ("mutt", "mutt"),
    ("mbsync", "isync"),
    ("python3", "python3"),
    ("mariadbd", "mariadb-server"),
    ("mariadb-install-db", "mariadb-server"),
    ("slapd", "slapd"),
    ("ldapmodify", "ldap-utils"),
];

pub fn install() -> Result<()> {
    let missing: Vec<&str> = NEEDED.iter().filter(|(program, _)| !is_installed(program)).map(|(_, p)| *p).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !is_root() {
        eprintln!("xtask: not root, so not installed: {}. Tests that need them will fail.", missing.join(" "));
        return Ok(());
    }
    eprintln!("xtask: installing Debian packages that the tests run: {}", missing.join(" "));
    step(&mut apt(&["update", "-q"]))?;
    step(apt(&["install", "-q", "-y", "--no-install-recommends"]).args(missing))
}

fn apt(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}
