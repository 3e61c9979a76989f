// SPDX-License-Identifier: AGPL-3.0-or-later
//! Why an upgrade is not taken, in words for whoever asked for it.

use std::path::PathBuf;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("this machine does not run the Posthouse image, whose upgrades these are")]
    NotTheImage,
    #[error("can't read {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("can't write {path}: {source}")]
    Write { path: PathBuf, source: std::io::Error },
    #[error("the bundle can't be read: {0}")]
    BundleRead(std::io::Error),
    #[error("the bundle ends too early: was it loaded completely?")]
    BundleTruncated,
    #[error("the bundle is damaged: {0}")]
    BundleDamaged(&'static str),
    #[error("the bundle is signed by no key that this version knows")]
    Unsigned,
    #[error("the bundle's manifest is not understood: {0}")]
    Manifest(String),
    #[error("the bundle is for {found}, this is {wanted}")]
    OtherProduct { found: String, wanted: &'static str },
    #[error(
        "version {found} is older than {running}, which runs; its data may be too new for it (--force takes it all the same)"
    )]
    Downgrade { found: String, running: String },
    #[error("version {0} runs already (--force installs it again)")]
    RunsAlready(String),
    #[error("version {0} was tried and did not come up; it is not tried again unless it is forced (--force)")]
    FailedBefore(String),
    #[error(
        "this version was not called good yet: try again when `posthouse upgrade status` says so (its fallback is what an upgrade would be written over)"
    )]
    NotConfirmed,
    #[error("{part} has {need} bytes, its slot has {room}")]
    TooLarge { part: &'static str, need: u64, room: u64 },
    #[error("what was written to {part} is not what is read back: the disk is failing")]
    ReadBack { part: &'static str },
    #[error("the other slot has no version that can be booted")]
    NoOther,
    #[error("the other slot's version {found} can't read the data of {running}; it needs {wanted} or newer")]
    OtherTooOld { found: String, running: String, wanted: String },
    #[error(
        "version {found} can't be installed over {running}: install {wanted} or a version after it first (--force takes it all the same)"
    )]
    NeedsAnother { found: String, running: String, wanted: String },
    #[error("{0:?} is no source of upgrades: it must be an https:// URL")]
    Source(String),
    #[error("no source of upgrades is set: [upgrade] source in posthouse.toml, or name a file")]
    NoSource,
    #[error("can't fetch: {0}")]
    Fetch(std::io::Error),
    #[error("can't fetch {name}: {said}")]
    NotFetched { name: String, said: String },
    #[error("{name} is longer than {max} bytes: what is there is not what was signed")]
    FetchedTooMuch { name: String, max: u64 },
    #[error("the server ended {name} too early")]
    DownloadShort { name: String },
    #[error("{name} was fetched completely and is not what was signed: it is thrown away")]
    DownloadDamaged { name: String },
    #[error("the list of releases is not understood: {0}")]
    Index(String),
    #[error("the list of releases is older than one that was seen before: it would hide newer ones")]
    IndexReplayed,
    #[error("the source has no version {0}")]
    NotOffered(String),
    #[error("this is the newest version of its channel")]
    NothingNew,
    #[error("another upgrade is being fetched or installed")]
    Busy,
    #[error("not now: {0} (--force does it all the same)")]
    NotNow(String),
    #[error("the new version can't take over this machine's settings: {0}")]
    TryOut(String),
    #[error("{path} is no public key")]
    Key { path: PathBuf },
    #[error("can't mount the ESP: {0}")]
    Mount(String),
}
