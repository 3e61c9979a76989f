// SPDX-License-Identifier: AGPL-3.0-or-later
//! Connections and transactions: what holds whatever the rows are.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

mod common;

use common::*;
use ids::{MailboxId, Seq};
use ph_metadata::*;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn a_snapshot_is_a_store() {
    let (_dir, metadata) = open();
    put(&metadata, &[message(300)]);
    let copy = tempfile::tempdir().unwrap();
    metadata.snapshot(&copy.path().join("new")).unwrap();
    metadata.write(ID, |w| w.put_item(&message(301))).unwrap();
    let copy = Metadata::open(&copy.path().join("new"), 4).unwrap();
    assert_eq!(copy.mailboxes().unwrap(), [state(ID)]);
    put(&copy, &[message(302)]);
    assert_eq!(copy.read(ID, |r| r.message_count()).unwrap(), 2);
    check(&copy);
}

#[test]
fn readers_see_whole_transactions_and_do_not_wait() {
    let (_dir, metadata) = open();
    put(&metadata, &[]);
    let (done, inside) = (AtomicBool::new(false), Barrier::new(2));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..200 {
                let row = MailboxRow { applied: Seq(n), next_item_id: 300 + n as u32, ..state(ID) };
                metadata
                    .write(ID, |w| {
                        w.put_item(&message(300 + n as u32))?;
                        w.put_mailbox(&row)
                    })
                    .unwrap();
            }
            done.store(true, Ordering::Release);
            // A read begins and ends while this transaction is open.
            metadata
                .write(ID, |w| {
                    w.put_item(&message(1000))?;
                    inside.wait();
                    inside.wait();
                    Ok(())
                })
                .unwrap();
        });
        let mut last = 0;
        while !done.load(Ordering::Acquire) {
            let (applied, count) = metadata
                .read(ID, |r| {
                    let before = r.mailbox()?.unwrap().applied.0;
                    let count = r.message_count()?;
                    assert_eq!(r.mailbox()?.unwrap().applied.0, before, "one state from start to end");
                    Ok((before, count))
                })
                .unwrap();
            assert!(applied >= last && (count == applied + 1 || (applied == 1 && count == 0)));
            last = if count == 0 { 0 } else { applied };
        }
        inside.wait();
        assert_eq!(metadata.read(ID, |r| r.message_count()).unwrap(), 200);
        inside.wait();
    });
    assert_eq!(metadata.read(ID, |r| r.message_count()).unwrap(), 201);
    check(&metadata);
}

#[test]
fn writers_of_one_mailbox_queue() {
    let (_dir, metadata) = open();
    put(&metadata, &[]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    metadata
                        .write(ID, |w| {
                            let mut row = w.reader().mailbox()?.unwrap();
                            row.next_item_id += 1;
                            w.put_item(&message(row.next_item_id))?;
                            w.put_mailbox(&row)
                        })
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(metadata.mailbox(ID).unwrap().unwrap().next_item_id, 256 + 200);
    assert_eq!(metadata.read(ID, |r| r.message_count()).unwrap(), 200);
    check(&metadata);
}

#[test]
fn a_panic_inside_a_transaction_rolls_it_back() {
    let (_dir, metadata) = open();
    put(&metadata, &[message(300)]);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        metadata.write(ID, |w| -> Result<()> {
            w.put_item(&message(301))?;
            panic!("as a bug would")
        })
    }));
    assert!(panicked.is_err());
    put(&metadata, &[message(302)]);
    assert_eq!(metadata.read(ID, |r| r.message_count()).unwrap(), 2);
    check(&metadata);
}

#[test]
fn a_removed_mailbox_is_gone_and_may_come_again() {
    let (_home, metadata) = open();
    put(&metadata, &[message(300)]);
    let other = MailboxRow { id: MailboxId(4), ..state(ID) };
    metadata.write(other.id, |w| w.put_mailbox(&other)).unwrap();
    metadata.remove_mailbox(ID).unwrap();
    metadata.remove_mailbox(ID).unwrap();
    assert_eq!(metadata.mailboxes().unwrap(), [other]);
    assert!(matches!(metadata.read(ID, |r| r.mailbox()), Err(Error::NoMailbox { .. })));
    metadata.checkpoint().unwrap();
    // As a replay would.
    put(&metadata, &[]);
    assert_eq!(metadata.read(ID, |r| r.message_count()).unwrap(), 0);
    check(&metadata);
}
