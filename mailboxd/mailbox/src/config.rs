// SPDX-License-Identifier: AGPL-3.0-or-later

use crate::attachment::Extraction;
use std::path::PathBuf;

/// How a store is run. `Config::new` has the defaults for a ten-person company.
#[derive(Debug, Clone)]
pub struct Config {
    /// State directory: journal/, store/, metadata/ and index/ are made below it.
    pub state: PathBuf,
    /// Largest message, in octets.
    pub message_bytes_max: u64,
    /// Bodies up to this size travel in the journal; larger ones are written once, as files, before their record.
    pub inline_max: usize,
    /// Messages that are moved to Junk, or out of it, wait in the training spool.
    pub train: bool,
    /// zstd-compress the message files.
    pub compress: bool,
    /// Blocking operations at the same time; more wait.
    pub blocking_threads: usize,
    /// What holds the rows.
    pub engines: metadata::Engines,
    /// SQL connections kept open.
    pub connections_max: usize,
    /// Index writers kept open (at least 15 MB each while they are).
    pub index_writers_max: usize,
    pub segment_bytes_max: u64,
    /// The journal is checkpointed when it holds more than this.
    pub journal_bytes_max: u64,
    /// Changes are refused while a disk has less free.
    pub reserve_bytes: u64,
    /// Where backups go; `None`: nowhere.
    pub backup: Option<Backup>,
    /// Who reads attachments; `None`: they wait for a process that has somebody.
    pub extraction: Option<Extraction>,
}

/// How the store is backed up.
#[derive(Debug, Clone)]
pub struct Backup {
    /// A directory: of this disk, or where another one is mounted.
    pub target: PathBuf,
    /// Public keys of age; none: not encrypted.
    pub recipients: Vec<String>,
    pub bytes_per_second: Option<u64>,
    /// The journal waits for a target that is away until it is so large.
    pub hold_bytes_max: u64,
    pub keep: ::backup::Keep,
    /// For whoever finds the target.
    pub hostname: String,
}

impl Backup {
    pub fn new(target: impl Into<PathBuf>) -> Backup {
        Backup {
            target: target.into(),
            recipients: Vec::new(),
            bytes_per_second: None,
            hold_bytes_max: 2 << 30,
            keep: ::backup::Keep::default(),
            hostname: "localhost".into(),
        }
    }
}

impl Config {
    pub fn new(state: impl Into<PathBuf>) -> Config {
        Config {
            state: state.into(),
            message_bytes_max: 50 << 20,
            inline_max: 128 << 10,
            train: false,
            compress: false,
            blocking_threads: 48,
            engines: metadata::Engines::default(),
            connections_max: 128,
            index_writers_max: 2,
            segment_bytes_max: 64 << 20,
            journal_bytes_max: 256 << 20,
            reserve_bytes: 128 << 20,
            backup: None,
            extraction: None,
        }
    }
}
