// SPDX-License-Identifier: AGPL-3.0-or-later
//! What can't be provoked from outside: a file that may not grow, a sync that fails, a WAL that a reader holds.

use super::store::Store;
use super::*;
use ids::MailboxId;

const ID: MailboxId = MailboxId(7);
const PUT: &str = "REPLACE INTO tagged (mailbox_id, tag, item) VALUES (?, ?, ?)";

fn fill(c: &Connection, from: u32) -> Result<()> {
    (from..from + 20_000).try_for_each(|n| c.execute("fill", PUT, &[7u32.into(), 1u32.into(), n.into()]).map(drop))
}

fn count(store: &Store) -> i64 {
    let mut count = 0;
    let each = &mut |row: &Row<'_>| {
        count = row.int(0)?;
        Ok(true)
    };
    store.read(ID, |c| c.query("count", "SELECT COUNT(*) FROM tagged", &[], each)).unwrap();
    count
}

#[test]
fn a_full_disk_is_told_apart_and_goes_away() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), 4).unwrap();
    let limit = |pages: u32| {
        let slot = store.slot(ID);
        let mut state = slot.writer.lock();
        let sql = format!("PRAGMA max_page_count={pages}");
        store.writer(ID, &mut state).unwrap().query("limit", &sql, &[], &mut |_| Ok(true)).unwrap();
    };
    store.write(ID, |c| c.execute("put", PUT, &[7u32.into(), 2u32.into(), 1u32.into()])).unwrap();
    limit(40);
    let error = store.write(ID, |c| fill(c, 0)).unwrap_err();
    assert!(error.is_full() && error.is_temporary(), "{error}");
    assert!(error.to_string().contains("7.sqlite: fill"), "{error}");
    assert_eq!(count(&store), 1, "reads go on, nothing is half done");
    limit(1 << 30);
    store.write(ID, |c| fill(c, 0)).unwrap();
    assert_eq!(count(&store), 20_001);
}

#[test]
fn codes_become_kinds() {
    let of = |code| {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        failed(Path::new("x"), "step", error)
    };
    for (code, kind) in [
        (ffi::SQLITE_FULL, Failure::Full),
        (ffi::SQLITE_READONLY, Failure::ReadOnly),
        (ffi::SQLITE_IOERR_WRITE, Failure::Io),
        (ffi::SQLITE_CANTOPEN, Failure::Io),
        (ffi::SQLITE_BUSY, Failure::Busy),
        (ffi::SQLITE_CORRUPT_INDEX, Failure::Corrupt),
        (ffi::SQLITE_NOTADB, Failure::Corrupt),
        (ffi::SQLITE_CONSTRAINT, Failure::Bug),
    ] {
        assert_eq!(of(code).kind(), kind, "{code}");
    }
    assert!(is_sync_failure(&of(ffi::SQLITE_IOERR_FSYNC)) && !is_sync_failure(&of(ffi::SQLITE_IOERR_WRITE)));
}

#[test]
fn after_a_failed_sync_nothing_counts_as_durable() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), 4).unwrap();
    store.write(ID, |c| fill(c, 0)).unwrap();
    let error = rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_IOERR_FSYNC), None);
    store.note(ID, failed(Path::new("x"), "checkpoint", error));
    for _ in 0..2 {
        assert!(matches!(store.checkpoint(), Err(Error::SyncFailed { .. })));
    }
    Store::open(dir.path(), 4).unwrap().checkpoint().unwrap();
}

#[test]
fn a_checkpoint_never_waits_for_a_reader() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), 4).unwrap();
    store.write(ID, |c| fill(c, 0)).unwrap();
    store
        .read(ID, |c| {
            let look = |c: &Connection| c.query("look", "SELECT COUNT(*) FROM tagged", &[], &mut |_| Ok(true));
            look(c)?;
            store.write(ID, |c| fill(c, 20_000))?;
            store.checkpoint()?;
            assert!(store.dirty.lock().is_empty());
            look(c)
        })
        .unwrap();
    assert_eq!(count(&store), 40_000);
}

#[test]
fn the_writer_bounds_the_wal() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), 4).unwrap();
    let text = "x".repeat(1 << 20);
    let put = "REPLACE INTO mailbox (mailbox_id, account, next_item_id, modseq, size, applied, purged)
               VALUES (?, ?, 1, 1, 1, 1, 1)";
    let mut largest = 0;
    for n in 0..64u32 {
        store.write(ID, |c| c.execute("put", put, &[n.into(), text.as_str().into()])).unwrap();
        largest = largest.max(std::fs::metadata(store.wal_path(ID)).unwrap().len());
    }
    assert!(largest < 18 << 20, "{largest}");
}
