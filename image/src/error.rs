// SPDX-License-Identifier: AGPL-3.0-or-later
//! What can go wrong while an image is made: the variant is the step that failed, with the path or the program.

use std::path::{Path, PathBuf};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("can't read {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("can't write {path}: {source}")]
    Write { path: PathBuf, source: std::io::Error },
    #[error("{program} is not installed: apt install {package}")]
    ToolMissing { program: String, package: &'static str },
    #[error("can't start {program}: {source}")]
    ToolStart { program: String, source: std::io::Error },
    #[error("{program} failed ({status}): {said}")]
    ToolFailed { program: String, status: std::process::ExitStatus, said: String },
    #[error("partition {name} does not fit: {need} bytes for {what}, the slot has {room}")]
    SlotTooSmall { name: &'static str, what: PathBuf, need: u64, room: u64 },
    #[error("can't write the partition table of {path}: {said}")]
    PartitionTable { path: PathBuf, said: String },
    #[error("{path} is no boot loader that we know: {what}")]
    BootLoader { path: PathBuf, what: &'static str },
    #[error("{path}, line {line}: {what}")]
    Lock { path: PathBuf, line: usize, what: String },
    #[error(
        "package {file} is on no mirror any more and not in the cache {cache}: `cargo xtask image lock` makes a new lock \
         (or copy the file there)"
    )]
    PackageGone { file: String, cache: PathBuf },
    #[error("package {file} has SHA-256 {found}, the lock says {wanted}")]
    PackageDigest { file: String, found: String, wanted: String },
    #[error("the lock does not agree with the list of packages ({why}): run `cargo xtask image lock`")]
    LockStale { why: String },
    #[error("this machine's apt sources name no Debian mirror: give one with --mirror")]
    NoMirror,
    #[error("the tree has user or group {name} with id {found}; src/users.rs pins {wanted}")]
    UserId { name: String, found: String, wanted: String },
    #[error("{path} must be a link, as Debian's merged /usr has it")]
    NotMerged { path: PathBuf },
    #[error("{what} must be run as root: packages install themselves in a chroot")]
    NotRoot { what: &'static str },
    #[error("no image was built yet ({path} is missing): run `cargo xtask image`")]
    NotBuilt { path: PathBuf },
    #[error("the machine did not get to `{wanted}` within {seconds} s; its console is in {log}; last lines:\n{last}")]
    VmTimeout { wanted: String, seconds: u64, log: PathBuf, last: String },
    #[error("the machine ended while `{wanted}` was waited for; its console is in {log}; last lines:\n{last}")]
    VmEnded { wanted: String, log: PathBuf, last: String },
    #[error("in the machine `{command}` failed with code {code}: {said}")]
    VmCommand { command: String, code: i32, said: String },
}

/// For `map_err`, with the path.
pub fn reading(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Read { path, source }
}

/// For `map_err`, with the path.
pub fn writing(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Write { path, source }
}
