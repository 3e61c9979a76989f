// SPDX-License-Identifier: AGPL-3.0-or-later
//! The files of SQLite: what is durable, what is open, what is damaged.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

mod common;

use common::*;
use ids::{ItemId, MailboxId};
use ph_metadata::*;
use std::path::Path;
use std::time::{Duration, Instant};

fn copy_without_wal(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "sqlite") {
            std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

/// What `open` asks for, and what mailboxes in use may have.
const IDLE_MAX: usize = 8;
const IN_USE_MAX: usize = 8 * IDLE_MAX;

#[test]
fn what_was_checkpointed_needs_no_wal() {
    let (home, metadata) = open();
    let dir = &home.dir;
    put(&metadata, &[message(300)]);
    metadata.checkpoint().unwrap();
    metadata.write(ID, |w| w.put_item(&message(301))).unwrap();
    let lost = tempfile::tempdir().unwrap();
    copy_without_wal(dir.path(), lost.path());
    let after = Metadata::open(lost.path(), 4).unwrap();
    assert_eq!(after.read(ID, |r| r.message_count()).unwrap(), 1, "the second was not durable, the first was");
    check(&after);
    check(&metadata);
}

#[test]
fn a_file_that_an_earlier_process_left_is_dirty() {
    let (home, metadata) = open();
    let dir = &home.dir;
    put(&metadata, &[message(300)]);
    drop(metadata);
    let wal = dir.path().join(format!("{ID}.sqlite-wal"));
    assert!(wal.metadata().unwrap().len() > 0, "closing checkpoints nothing");
    Metadata::open(dir.path(), 4).unwrap().checkpoint().unwrap();
    assert_eq!(wal.metadata().unwrap().len(), 0);
}

#[test]
fn connections_are_bounded() {
    let (_dir, metadata) = open();
    let all: Vec<MailboxRow> = (1..=300).map(|id| state(MailboxId(id))).collect();
    for row in &all {
        metadata.write(row.id, |w| w.put_mailbox(row)).unwrap();
        assert!(metadata.connections() <= IN_USE_MAX);
    }
    assert_eq!(metadata.mailboxes().unwrap(), all);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (metadata, all) = (&metadata, &all);
            scope.spawn(move || {
                for row in all.iter().skip(thread).step_by(3) {
                    metadata.write(row.id, |w| w.put_item(&message(300 + thread as u32))).unwrap();
                    assert!(metadata.connections() <= IN_USE_MAX + 4, "only connections at work pass the bound");
                }
            });
        }
    });
    metadata.checkpoint().unwrap();
    assert!(metadata.connections() > IDLE_MAX, "mailboxes in use keep theirs");
    let patience = Instant::now() + Duration::from_secs(60);
    while metadata.connections() > IDLE_MAX {
        assert!(Instant::now() < patience, "{} connections stay open though nobody uses them", metadata.connections());
        std::thread::yield_now();
        metadata.trim();
    }
    let id = MailboxId(300);
    metadata.mailbox(id).unwrap();
    let before = metadata.connections();
    metadata.close(id);
    assert!(metadata.connections() < before);
    assert_eq!(metadata.mailbox(id).unwrap(), Some(state(id)));
}

#[test]
fn a_removed_mailbox_leaves_no_file() {
    let (home, metadata) = open();
    let dir = &home.dir;
    put(&metadata, &[message(300)]);
    metadata.remove_mailbox(ID).unwrap();
    metadata.remove_mailbox(ID).unwrap();
    assert_eq!(metadata.mailboxes().unwrap(), []);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    assert!(matches!(metadata.read(ID, |r| r.mailbox()), Err(Error::NoMailbox { .. })));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "asking creates nothing");
    metadata.checkpoint().unwrap();
    // As a replay would.
    put(&metadata, &[]);
    assert_eq!(metadata.read(ID, |r| r.message_count()).unwrap(), 0);
    check(&metadata);
}

#[test]
fn damage_is_an_error_not_a_panic() {
    let (home, metadata) = open();
    let dir = &home.dir;
    put(&metadata, &(300..900).map(message).collect::<Vec<_>>());
    metadata.checkpoint().unwrap();
    drop(metadata);
    let path = dir.path().join(format!("{ID}.sqlite"));
    let sound = std::fs::read(&path).unwrap();
    let ids: Vec<ItemId> = (0..1000).map(ItemId).collect();
    let mut found = 0;
    // A page of noise at a time, and the header.
    for start in (0..sound.len()).step_by(4096) {
        let mut bytes = sound.clone();
        bytes[start..start + 4096].iter_mut().enumerate().for_each(|(n, b)| *b ^= (n * 31 + 7) as u8);
        std::fs::write(&path, bytes).unwrap();
        let metadata = Metadata::open(dir.path(), 4).unwrap();
        let result = metadata.read(ID, |r| {
            let complaints = r.integrity()?;
            r.items(&ids)?;
            r.scan(&Filter::default(), SortBy::DateDesc, &mut |_| true)?;
            Ok(complaints)
        });
        match result {
            Err(error) => {
                assert_eq!(error.kind(), Failure::Corrupt, "{error}");
                assert!(error.to_string().contains("3.sqlite"), "{error}");
                found += 1;
            }
            Ok(complaints) => found += usize::from(!complaints.is_empty()),
        }
    }
    assert_eq!(found, sound.len() / 4096);
}
