// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{TestStore, message};
use mailbox::{
    AddMessage, Error, FlagChange, Flags, Hit, Item, ItemId, Lifetime, Mailbox, Retention, RetentionPolicy,
    SearchParams, Since,
};

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
    Lifetime { folder, alone: false, since, keep_ms, read: None }
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
fn a_folder_may_be_meant_alone() {
    let mut test = TestStore::new();
    let mailbox = test.mailbox("alice");
    let work = mailbox.create_folder(ItemId::USER_ROOT, "Work", "").unwrap().item.id;
    let below = mailbox.create_folder(work, "Below", "").unwrap().item.id;
    let (here, there) = (add(&test, work, 9, Flags::UNREAD), add(&test, below, 9, Flags::UNREAD));
    let alone = [Lifetime { alone: true, ..lifetime(work, Since::Arrived, NOTHING) }];
    assert_eq!(mailbox.purge(&alone).unwrap(), 1);
    assert_eq!(left(&test, &[&here, &there]), [false, true]);
    // what its owner wishes of a folder stays with it
    let policy = RetentionPolicy { id: None, name: "short".into(), lifetime: "30d".into() };
    let wish = Retention { keep: vec![policy.clone()], purge: vec![policy.clone()] };
    mailbox.set_retention(work, &wish).unwrap();
    assert!(matches!(mailbox.set_retention(ItemId(99_999), &wish), Err(Error::NoSuch { .. })));
    let many = Retention { keep: vec![policy; 100], ..Retention::default() };
    assert!(matches!(mailbox.set_retention(work, &many), Err(Error::TooMany(_))));
    drop(mailbox);
    test.crash();
    let mailbox = test.mailbox("alice");
    assert_eq!(mailbox.folder(work).unwrap().detail.retention, Some(wish));
    mailbox.set_retention(work, &Retention::default()).unwrap();
    assert_eq!(mailbox.folder(work).unwrap().detail.retention, None);
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

#[test]
fn what_was_deleted_is_found_and_comes_back_as_it_was() {
    let mut test = TestStore::new();
    let text = message("one@x", "Invoice", None, "the zebra pays");
    let (first, second) =
        (test.add("alice", ItemId::INBOX, &text), test.add("alice", ItemId::JUNK, b"Subject: b\r\n\r\n"));
    let mailbox = test.mailbox("alice");
    let tag = mailbox.create_tag("Paid", None, None).unwrap().item.id;
    let change = FlagChange { add: Flags::FLAGGED, tags_add: vec![tag], ..FlagChange::default() };
    mailbox.update_flags(&[first.id], &change).unwrap();
    let size = mailbox.row().unwrap().size;
    mailbox.delete_items(&[first.id]).unwrap();
    mailbox.empty_folder(ItemId::JUNK, false).unwrap();
    assert_eq!(mailbox.row().unwrap().size, 0, "what was deleted counts for no quota");
    assert!(mailbox.item(first.id).is_err() && mailbox.items(&[first.id, second.id]).unwrap().is_empty());
    assert!(search(&mailbox, "zebra").is_empty());
    test.check();
    test.crash();
    let mailbox = test.mailbox("alice");
    assert_eq!(dumped(&mailbox, ""), [first.id, second.id]);
    for (query, found) in
        [("zebra", true), ("subject:invoice", true), ("in:inbox is:flagged", true), ("giraffe", false)]
    {
        assert_eq!(!dumped(&mailbox, query).is_empty(), found, "{query}");
    }
    let back = mailbox.recover(&[first.id], ItemId::SENT, 0).unwrap().remove(0);
    assert!(back.id != first.id && back.tags == [tag] && back.flags.contains(Flags::FLAGGED));
    assert_eq!((back.date_ms, mailbox.row().unwrap().size), (first.date_ms, size - second.size));
    assert_eq!(mailbox.content(&back).unwrap(), text);
    assert_eq!(search(&mailbox, "zebra in:sent"), [back.id]);
    assert_eq!(dumped(&mailbox, ""), [second.id]);
    let again = mailbox.recover(&[first.id, second.id], ItemId::INBOX, 0);
    assert!(matches!(again, Err(Error::NoSuch { .. })), "all or nothing");
    let unseen = mailbox.recover(&[second.id], ItemId::INBOX, i64::MAX);
    assert!(matches!(unseen, Err(Error::NoSuch { .. })), "what the owner is not shown can't be had by its id");
    assert_eq!(dumped(&mailbox, ""), [second.id]);
}

#[test]
fn the_dumpster_is_emptied_by_its_owner_and_by_time() {
    let mut test = TestStore::new();
    let mailbox = test.mailbox("alice");
    let items: Vec<_> = (0..5).map(|_| test.add("alice", ItemId::INBOX, b"Subject: a\r\n\r\nText\r\n").id).collect();
    mailbox.delete_items(&items).unwrap();
    assert_eq!(mailbox.purge_dumpster(DAY_MS).unwrap(), 0);
    assert_eq!(mailbox.discard(&[items[0], ItemId(9_999)]).unwrap(), 1);
    assert_eq!(dumped(&mailbox, ""), items[1..]);
    drop(mailbox);
    test.crash();
    let mailbox = test.mailbox("alice");
    assert_eq!(mailbox.purge_dumpster(NOTHING).unwrap(), 4);
    assert!(dumped(&mailbox, "").is_empty());
}

#[test]
fn what_moved_to_another_mailbox_or_was_replaced_is_no_refuse() {
    let test = TestStore::new();
    let (alice, bob) = (test.mailbox("alice"), test.mailbox("bob"));
    let moved = test.add("alice", ItemId::INBOX, b"Subject: a\r\n\r\n");
    alice.move_items_to(&[moved.id], &bob, ItemId::INBOX).unwrap();
    let old = test.add("alice", ItemId::DRAFTS, b"Subject: b\r\n\r\n");
    let add = AddMessage { folder: ItemId::DRAFTS, flags: Flags::DRAFT, tags: vec![], date_ms: None };
    alice.replace_message(&test.stage(b"Subject: c\r\n\r\n"), &add, old.id, (old.folder, old.uid)).unwrap();
    assert!(dumped(&alice, "").is_empty());
    let letter = test.add("alice", ItemId::INBOX, b"Subject: a letter\r\n\r\n");
    let add = AddMessage { folder: ItemId::INBOX, flags: Flags::default(), tags: vec![], date_ms: None };
    let place = (letter.folder, letter.uid);
    alice.replace_message(&test.stage(b"Subject: d\r\n\r\n"), &add, letter.id, place).unwrap();
    assert_eq!(dumped(&alice, ""), [letter.id], "a letter is not a draft");
}

#[test]
fn nothing_of_a_mailbox_on_hold_gets_away() {
    let test = TestStore::new();
    let (alice, bob) = (test.mailbox("alice"), test.mailbox("bob"));
    alice.set_hold(true).unwrap();
    let moved = test.add("alice", ItemId::INBOX, b"Subject: a\r\n\r\nzebra\r\n");
    alice.move_items_to(&[moved.id], &bob, ItemId::INBOX).unwrap();
    assert_eq!(dumped(&alice, "zebra"), [moved.id]);
    let old = test.add("alice", ItemId::DRAFTS, b"Subject: b\r\n\r\n");
    let add = AddMessage { folder: ItemId::DRAFTS, flags: Flags::DRAFT, tags: vec![], date_ms: None };
    alice.replace_message(&test.stage(b"Subject: c\r\n\r\n"), &add, old.id, (old.folder, old.uid)).unwrap();
    assert_eq!(dumped(&alice, ""), [moved.id, old.id]);
}

#[test]
fn a_search_of_the_dumpster_looks_at_all_of_it() {
    let test = TestStore::new();
    let mailbox = test.mailbox("alice");
    let text = |number: usize| format!("Subject: a\r\n\r\n{}\r\n", if number % 40 == 7 { "zebra" } else { "horse" });
    let items: Vec<_> = (0..130).map(|number| test.add("alice", ItemId::INBOX, text(number).as_bytes()).id).collect();
    mailbox.delete_items(&items).unwrap();
    assert_eq!(dumped(&mailbox, "zebra"), [items[7], items[47], items[87], items[127]]);
}

#[test]
fn synchronising_clients_learn_that_it_is_gone_once() {
    let test = TestStore::new();
    let mailbox = test.mailbox("alice");
    let item = test.add("alice", ItemId::INBOX, b"Subject: a\r\n\r\n");
    let before = mailbox.row().unwrap().modseq;
    mailbox.delete_items(&[item.id]).unwrap();
    let (changed, gone) = mailbox.changed_since(before, 100, 100).unwrap();
    assert!(changed.iter().all(|item| item.kind.is_container()), "{changed:?}");
    assert!(gone.len() == 1 && gone[0].removed && gone[0].id == item.id);
    let before = mailbox.row().unwrap().modseq;
    mailbox.empty_dumpster().unwrap();
    let (changed, gone) = mailbox.changed_since(before, 100, 100).unwrap();
    assert!(changed.is_empty() && gone.is_empty(), "{changed:?} {gone:?}");
}

fn search(mailbox: &Mailbox, query: &str) -> Vec<ItemId> {
    let params = SearchParams { query: query.into(), limit: 100, with_junk: true, ..SearchParams::default() };
    let id = |hit| match hit {
        Hit::Message(item) => item.id,
        Hit::Conversation { .. } => panic!("messages were asked for"),
    };
    mailbox.search(&params).unwrap().hits.into_iter().map(id).collect()
}

/// Ascending.
fn dumped(mailbox: &Mailbox, query: &str) -> Vec<ItemId> {
    let params = SearchParams { query: query.into(), limit: 100, ..SearchParams::default() };
    let mut ids: Vec<_> = mailbox.search_dumpster(&params, 0).unwrap().0.into_iter().map(|item| item.id).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn a_hold_survives_and_ends() {
    let mut test = TestStore::new();
    test.mailbox("alice").set_hold(true).unwrap();
    test.crash();
    let before = test.mailbox("alice").row().unwrap().modseq;
    test.mailbox("alice").set_hold(true).unwrap();
    assert_eq!(test.mailbox("alice").row().unwrap().modseq, before, "it is on");
    test.mailbox("alice").set_hold(false).unwrap();
    assert!(test.mailbox("alice").row().unwrap().modseq > before);
}
