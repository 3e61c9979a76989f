// SPDX-License-Identifier: AGPL-3.0-or-later
//! Runs programs: what is missing is said with its package, what fails with its last words.

use crate::error::{Error, Result};
use std::process::{Command, Stdio};

const LAST_LINES: usize = 5;

/// Programs of the build host, and the Debian package of each. Everything else comes from the locked tools' tree.
const PACKAGES: &[(&str, &str)] = &[
    ("mmdebstrap", "mmdebstrap"),
    ("apt-get", "apt"),
    ("apt-cache", "apt"),
    ("apt-helper", "apt"),
    ("dpkg-deb", "dpkg"),
    ("chroot", "coreutils"),
    ("cp", "coreutils"),
    ("strip", "binutils"),
    ("qemu-system-x86_64", "qemu-system-x86"),
    ("curl", "curl"),
];

/// Runs it to its end; answers what it printed.
pub fn run(command: &mut Command) -> Result<String> {
    let program = name(command);
    let output = command.stdin(Stdio::null()).output().map_err(|source| not_started(&program, source))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    let said = last_lines(&String::from_utf8_lossy(said));
    Err(Error::ToolFailed { program, status: output.status, said })
}

fn name(command: &Command) -> String {
    // A program of the tools' tree is the loader's argument.
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let mut names = words.map(|word| word.to_string_lossy().rsplit('/').next().unwrap_or_default().to_owned());
    let first = names.next().unwrap_or_default();
    if first == crate::tools::LOADER { names.nth(4).unwrap_or(first) } else { first }
}

pub fn not_started(program: &str, source: std::io::Error) -> Error {
    let package = PACKAGES.iter().find(|(name, _)| *name == program).map(|(_, package)| *package);
    match package {
        Some(package) if source.kind() == std::io::ErrorKind::NotFound => {
            Error::ToolMissing { program: program.to_owned(), package }
        }
        _ => Error::ToolStart { program: program.to_owned(), source },
    }
}

/// For one that another program starts for us.
pub fn require(program: &str) -> Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|dir| dir.join(program).is_file()) {
        return Ok(());
    }
    Err(not_started(program, std::io::ErrorKind::NotFound.into()))
}

pub fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_its_last_words_and_a_missing_program_its_package() {
        let error = run(Command::new("sh").args(["-c", "echo why >&2; exit 3"])).unwrap_err().to_string();
        assert!(error.contains("sh failed") && error.contains("why"), "{error}");
        let error = not_started("mmdebstrap", std::io::ErrorKind::NotFound.into()).to_string();
        assert_eq!(error, "mmdebstrap is not installed: apt install mmdebstrap");
    }
}
