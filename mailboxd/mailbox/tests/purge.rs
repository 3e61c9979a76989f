// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::TestStore;
use mailbox::{AddMessage, Flags, Item, ItemId, Lifetime, Since};

const DAY_MS: i64 = 86_400_000;
/// Everything that is there is older than this.
const NOTHING: i64 = -DAY_MS;

fn add(test: &TestStore, folder: ItemId, days_old: i64, flags: Flags) -> Item {
    let now_ms = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let add = AddMessage { folder, flags, tags: vec![], date_ms: Some(now_ms - days_old * DAY_MS) };
    test.mailbox("alice").add_message(&test.stage(b"Subject: a\r\n\r\nText\r\n"), &add).unwrap()
}

fn left(test: &TestStore, of: &[&Item]) -> Vec<bool> {
    of.iter().map(|item| test.mailbox("alice").item(item.id).is_ok()).collect()
}

fn lifetime(folder: ItemId, since: Since, keep_ms: i64) -> Lifetime {
    Lifetime { folder, since, keep_ms, read: None }
}

#[test]
fn what_was_received_long_ago_goes_wherever_it_is() {
    let test = TestStore::new();
    let mailbox = test.mailbox("alice");
    let sub = mailbox.create_folder(ItemId::INBOX, "Sub", "").unwrap();
    let old = [add(&test, ItemId::INBOX, 40, Flags::UNREAD), add(&test, sub.item.id, 41, Flags::default())];
    let young = add(&test, sub.item.id, 39, Flags::UNREAD);
    let gone = mailbox.purge(&[lifetime(ItemId::USER_ROOT, Since::Received, 40 * DAY_MS - 1)]).unwrap();
    assert_eq!((gone, left(&test, &[&old[0], &old[1], &young])), (2, vec![false, false, true]));
    let folder = mailbox.folder(ItemId::INBOX).unwrap();
    assert_eq!((folder.detail.total, folder.detail.unread), (0, 0));
}

#[test]
fn in_trash_the_time_counts_from_when_it_came_there() {
    let test = TestStore::new();
    let mailbox = test.mailbox("alice");
    let below = mailbox.create_folder(ItemId::TRASH, "Below", "").unwrap();
    let (moved, deep) = (add(&test, ItemId::INBOX, 400, Flags::UNREAD), add(&test, below.item.id, 400, Flags::UNREAD));
    let elsewhere = add(&test, ItemId::INBOX, 400, Flags::UNREAD);
    mailbox.move_items(&[moved.id], ItemId::TRASH).unwrap();
    assert_eq!(mailbox.purge(&[lifetime(ItemId::TRASH, Since::Arrived, 30 * DAY_MS)]).unwrap(), 0);
    assert_eq!(mailbox.purge(&[lifetime(ItemId::TRASH, Since::Arrived, NOTHING)]).unwrap(), 2);
    assert_eq!(left(&test, &[&moved, &deep, &elsewhere]), [false, false, true]);
}

#[test]
fn read_and_unread_have_times_of_their_own() {
    let test = TestStore::new();
    let (read, unread) = (add(&test, ItemId::INBOX, 9, Flags::default()), add(&test, ItemId::INBOX, 9, Flags::UNREAD));
    let only = |read| [Lifetime { read: Some(read), ..lifetime(ItemId::INBOX, Since::Arrived, NOTHING) }];
    assert_eq!(test.mailbox("alice").purge(&only(true)).unwrap(), 1);
    assert_eq!(left(&test, &[&read, &unread]), [false, true]);
    assert_eq!(test.mailbox("alice").purge(&only(false)).unwrap(), 1);
}

#[test]
fn many_go_in_many_transactions_and_a_crash_between_costs_nothing() {
    let mut test = TestStore::new();
    for _ in 0..450 {
        add(&test, ItemId::JUNK, 50, Flags::UNREAD);
    }
    let before = test.mailbox("alice").row().unwrap().modseq;
    assert_eq!(test.mailbox("alice").purge(&[lifetime(ItemId::JUNK, Since::Received, 40 * DAY_MS)]).unwrap(), 450);
    let mailbox = test.mailbox("alice");
    assert_eq!(mailbox.row().unwrap().modseq.0, before.0 + 3, "200 messages a transaction");
    test.crash();
    assert_eq!(test.mailbox("alice").folder(ItemId::JUNK).unwrap().detail.total, 0);
}
