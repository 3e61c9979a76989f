// SPDX-License-Identifier: AGPL-3.0-or-later
//! Drafts that are sent later: what is due, and what a crash at each step leaves.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

mod common;

use common::TestStore;
use mailbox::{Error, Flags, Item, ItemId, Mailbox, Uid};

const TEXT: &[u8] = b"From: ann@example.test\r\nTo: bob@example.test\r\nSubject: later\r\n\r\ntext\r\n";

fn schedule(test: &TestStore, id: Option<ItemId>, at_ms: Option<i64>) -> Item {
    test.mailbox("ann").schedule_draft(&test.stage(TEXT), id, None, at_ms).unwrap()
}

fn count(mailbox: &Mailbox, folder: ItemId) -> usize {
    mailbox.folder_messages(folder, Uid(0)).unwrap().len()
}

#[test]
fn a_schedule_survives_a_crash_and_is_taken_back_by_saving_again() {
    let mut test = TestStore::new();
    let draft = schedule(&test, None, Some(5_000));
    test.crash();
    assert_eq!(test.store().schedules("ann").unwrap().get(&draft.id), Some(&5_000));
    let ann = test.mailbox("ann");
    assert!(ann.due_draft(draft.id, 4_999).unwrap().is_none(), "not yet");
    assert_eq!(ann.due_draft(draft.id, 5_000).unwrap().unwrap().id, draft.id);
    schedule(&test, Some(draft.id), Some(9_000));
    assert!(ann.due_draft(draft.id, 5_000).unwrap().is_none(), "it has another time now");
    schedule(&test, Some(draft.id), None);
    assert!(ann.schedules().is_empty() && ann.due_draft(draft.id, 9_000).unwrap().is_none());
    drop(ann);
    test.crash();
    assert!(test.store().schedules("ann").unwrap().is_empty());
    assert!(test.store().schedules("nobody").unwrap().is_empty());
}

#[test]
fn what_was_thrown_away_is_not_due() {
    let test = TestStore::new();
    let ann = test.mailbox("ann");
    let (thrown, gone) = (schedule(&test, None, Some(1)), schedule(&test, None, Some(1)));
    ann.move_items(&[thrown.id], ItemId::TRASH).unwrap();
    ann.delete_items(&[gone.id]).unwrap();
    for id in [thrown.id, gone.id] {
        assert!(ann.due_draft(id, 2).unwrap().is_none());
    }
    ann.move_items(&[thrown.id], ItemId::DRAFTS).unwrap();
    assert!(ann.due_draft(thrown.id, 2).unwrap().is_none() && ann.schedules().is_empty(), "it lost its schedule");
}

#[test]
fn one_copy_and_one_end_wherever_it_crashes() {
    let mut test = TestStore::new();
    let draft = schedule(&test, None, Some(1));
    for _ in 0..3 {
        test.mailbox("ann").begin_scheduled(draft.id, &test.stage(TEXT)).unwrap();
        test.crash();
    }
    let ann = test.mailbox("ann");
    assert_eq!((count(&ann, ItemId::SENT), count(&ann, ItemId::DRAFTS)), (1, 1));
    ann.end_scheduled(draft.id, draft.revision).unwrap();
    drop(ann);
    test.crash();
    let ann = test.mailbox("ann");
    assert_eq!((count(&ann, ItemId::SENT), count(&ann, ItemId::DRAFTS)), (1, 0));
    assert!(ann.schedules().is_empty());
    assert!(matches!(ann.begin_scheduled(draft.id, &test.stage(TEXT)), Err(Error::NoSuch { .. })));
}

#[test]
fn what_is_saved_while_it_is_sent_stays() {
    let test = TestStore::new();
    let ann = test.mailbox("ann");
    let draft = schedule(&test, None, Some(1));
    ann.begin_scheduled(draft.id, &test.stage(TEXT)).unwrap();
    schedule(&test, Some(draft.id), Some(7));
    ann.end_scheduled(draft.id, draft.revision).unwrap();
    assert_eq!((count(&ann, ItemId::DRAFTS), ann.schedules().get(&draft.id)), (1, Some(&7)));
}

#[test]
fn a_failure_is_told_and_takes_the_schedule_off() {
    let mut test = TestStore::new();
    let draft = schedule(&test, None, Some(1));
    let ann = test.mailbox("ann");
    ann.begin_scheduled(draft.id, &test.stage(TEXT)).unwrap();
    ann.fail_scheduled(draft.id, draft.revision, false, &test.stage(b"Subject: Not sent\r\n\r\n")).unwrap();
    drop(ann);
    test.crash();
    let ann = test.mailbox("ann");
    let counts = [ItemId::SENT, ItemId::DRAFTS, ItemId::INBOX].map(|folder| count(&ann, folder));
    assert_eq!(counts, [0, 1, 1]);
    assert!(ann.schedules().is_empty());
    let notice = ann.folder_messages(ItemId::INBOX, Uid(0)).unwrap().pop().unwrap();
    assert!(notice.flags.contains(Flags::UNREAD));
}
