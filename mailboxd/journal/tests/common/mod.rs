// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, reason = "tests")]

use bytes::Bytes;
use fs::{Fs, SimFs};
use ph_journal::{Journal, Options, Record, Result};
use std::path::Path;
use std::sync::Arc;

pub const OPTIONS: Options = Options { segment_bytes_max: 16 << 10, record_bytes_max: 64 << 10 };

pub fn dir() -> &'static Path {
    Path::new("/journal")
}

/// A disk with an empty journal directory.
pub fn disk() -> SimFs {
    let disk = SimFs::new();
    fs::create_dir_synced(&disk, dir()).unwrap();
    disk
}

pub fn open(disk: &SimFs) -> Result<Journal> {
    Journal::open(Arc::new(disk.clone()), dir(), OPTIONS)
}

pub fn add(journal: &Journal, payload: &str) -> Result<u64> {
    let pending = journal.append(1, vec![Bytes::from(payload.to_owned())])?;
    let seq = pending.seq;
    pending.wait().map(|()| seq)
}

pub fn replay(journal: &Journal, after: u64) -> Vec<Record> {
    journal.replay(after).unwrap().map(|record| record.unwrap()).collect()
}

pub fn payloads(journal: &Journal) -> Vec<String> {
    replay(journal, 0).into_iter().map(|record| String::from_utf8(record.payload.to_vec()).unwrap()).collect()
}

pub fn segments(disk: &SimFs) -> Vec<String> {
    let names = disk.read_dir(dir()).unwrap().into_iter().map(|entry| entry.name.into_string().unwrap());
    names.filter(|name| name.ends_with(".seg")).collect()
}
