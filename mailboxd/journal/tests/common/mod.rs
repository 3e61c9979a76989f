// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, reason = "tests")]

pub mod hostile;

use bytes::Bytes;
use fs::{Fs, Open, SimFs};
use ph_journal::{Journal, Options, Record, Result, repair};
use std::path::{Path, PathBuf};
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

pub fn path(first_seq: u64) -> PathBuf {
    dir().join(format!("{first_seq:020}.seg"))
}

/// Whatever the file holds: no panic, no more memory than the file is long, and repair leaves something that opens.
pub fn survives(bytes: &[u8]) {
    let disk = disk();
    disk.open(&path(41), Open::CreateNew).unwrap().write_all_at(bytes, 0).unwrap();
    if let Ok(journal) = open(&disk) {
        let _ = journal.replay(0).unwrap().count();
        return;
    }
    repair(&disk, dir()).unwrap();
    open(&disk).unwrap().replay(0).unwrap().for_each(|record| drop(record.unwrap()));
}
