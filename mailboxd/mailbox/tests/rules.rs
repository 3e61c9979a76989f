// SPDX-License-Identifier: AGPL-3.0-or-later
//! The rules of recovery (docs/architecture.md), one by one: each test fails when its rule is broken. power_cut.rs meets them
//! all by chance; here each is met on purpose.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails may panic")]

mod common;
mod sim;

use common::message;
use fs::{Fs, Open};
use mailbox::{Error, FlagChange, Flags, FolderDetail, ItemId, Mailbox, Store, Uid};
use sim::{Machine, Rows, deliver, mailbox_of, verify};

fn mail(n: usize) -> Vec<u8> {
    message(&format!("{n}@x"), &format!("rule {n}"), None, &"text ".repeat(n % 40))
}

fn inbox(store: &Store, account: &str) -> Vec<Vec<u8>> {
    let mailbox = mailbox_of(store, account);
    let briefs = mailbox.folder_messages(ItemId::INBOX, Uid(0)).unwrap();
    let bytes = |id| mailbox.content(&mailbox.item(id).unwrap()).unwrap().to_vec();
    briefs.into_iter().map(|brief| bytes(brief.id)).collect()
}

fn deliver_all(store: &Store, accounts: &[&str], range: std::ops::Range<usize>) {
    for n in range {
        for answer in deliver(store, &mail(n), accounts) {
            answer.unwrap();
        }
    }
}

fn mails(range: std::ops::Range<usize>) -> Vec<Vec<u8>> {
    range.map(mail).collect()
}

// ---- rule 1: order

#[test]
fn effects_are_absolute_so_replaying_them_again_changes_nothing() {
    let mut machine = Machine::new(1);
    let store = machine.boot();
    deliver_all(&store, &["alice"], 0..8);
    let mailbox = mailbox_of(&store, "alice");
    let ids: Vec<_> = mailbox.folder_messages(ItemId::INBOX, Uid(0)).unwrap().iter().map(|brief| brief.id).collect();
    mailbox.update_flags(&ids[..4], &FlagChange { remove: Flags::UNREAD, ..FlagChange::default() }).unwrap();
    mailbox.move_items(&ids[2..5], ItemId::TRASH).unwrap();
    mailbox.delete_items(&ids[..1]).unwrap();
    let before = counters(&mailbox);
    drop((mailbox, store));
    for round in 0..4 {
        // rows that hold everything, then rows that hold nothing: the files are replayed in both cases
        machine.lose_rows(if round % 2 == 0 { Rows::Kept } else { Rows::Lost });
        let store = machine.boot();
        let mailbox = mailbox_of(&store, "alice");
        assert_eq!(counters(&mailbox), before, "round {round}");
        verify(&store, "replayed");
    }
}

fn counters(mailbox: &Mailbox) -> (u64, u32, u64, Vec<FolderDetail>) {
    let row = mailbox.row().unwrap();
    let details = mailbox.folders().unwrap().into_iter().map(|folder| folder.detail).collect();
    (row.modseq.0, row.next_item_id, row.size, details)
}

#[test]
fn rows_ahead_of_the_journal_hide_no_new_record() {
    let mut machine = Machine::new(1);
    let store = machine.boot();
    deliver_all(&store, &["alice"], 0..20);
    store.settle().unwrap();
    drop(store);
    // the disk of the journal lied about its flushes and came back empty
    machine.replace_disk();
    let store = machine.boot();
    deliver_all(&store, &["alice"], 20..23);
    drop(store);
    machine.cut(Rows::Drawn);
    let store = machine.boot();
    let mailbox = mailbox_of(&store, "alice");
    let briefs = mailbox.folder_messages(ItemId::INBOX, Uid(0)).unwrap();
    let newest: Vec<_> = briefs[briefs.len() - 3..].iter().map(|brief| mailbox.item(brief.id).unwrap()).collect();
    let bytes: Vec<_> = newest.iter().map(|item| mailbox.content(item).unwrap().to_vec()).collect();
    assert_eq!(bytes, mails(20..23));
}

#[test]
fn nothing_is_published_before_it_is_durable() {
    let machine = Machine::new(1);
    let store = machine.boot();
    deliver_all(&store, &["alice"], 0..1);
    let actor = mailbox::Actor { account: "alice".into(), is_admin: false };
    let handle = store.open_mailbox(&actor, "alice", 0).unwrap();
    store.settle().unwrap();
    let mut events = handle.subscribe();
    machine.disk.faults().fail_syncs(1);
    assert!(deliver(&store, &mail(1), &["alice"])[0].is_err());
    assert!(events.try_recv().is_err(), "sessions were told of a change that is not durable");
    assert_eq!(inbox(&store, "alice"), mails(0..1));
    verify(&store, "after a failed batch");
}

// ---- rule 2: one record may span mailboxes

#[test]
fn a_record_of_three_mailboxes_is_replayed_into_each() {
    let mut machine = Machine::new(1);
    let store = machine.boot();
    let accounts = ["alice", "bob", "carol"];
    deliver_all(&store, &accounts, 0..3);
    store.checkpoint().unwrap();
    deliver_all(&store, &accounts, 3..9);
    store.settle().unwrap();
    drop(store);
    machine.lose_rows(Rows::Lost);
    let store = machine.boot();
    accounts.iter().for_each(|account| assert_eq!(inbox(&store, account), mails(0..9), "{account}"));
    verify(&store, "all three behind");
}

fn handle_id(store: &Store, account: &str) -> u32 {
    let actor = mailbox::Actor { account: account.into(), is_admin: false };
    store.open_mailbox(&actor, account, 0).unwrap().id().0
}

// ---- rule 3: applied is not durable

#[test]
fn what_a_checkpoint_retires_is_durable_in_the_stores() {
    for seed in 0..12 {
        let mut machine = Machine::new(seed);
        let store = machine.boot();
        for round in 0..3 {
            deliver_all(&store, &["alice", "bob"], round * 10..round * 10 + 10);
            store.checkpoint().unwrap();
        }
        let first = machine.segments();
        drop(store);
        machine.cut(Rows::Lost);
        assert!(first.len() <= 2, "the journal was not retired: {first:?}");
        let store = machine.boot();
        for account in ["alice", "bob"] {
            assert_eq!(inbox(&store, account), mails(0..30), "seed {seed}");
        }
        verify(&store, "after a checkpoint and a cut");
    }
}

#[test]
fn a_segment_is_kept_while_a_store_can_not_be_made_durable() {
    let mut machine = Machine::new(1);
    let store = machine.boot();
    deliver_all(&store, &["alice"], 0..10);
    store.settle().unwrap();
    let before = machine.segments();
    machine.disk.faults().set_all_syncs_fail(true);
    assert!(store.checkpoint().is_err(), "syncfs failed and the checkpoint did not");
    machine.disk.faults().clear();
    assert_eq!(machine.segments(), before);
    drop(store);
    machine.cut(Rows::Lost);
    let store = machine.boot();
    assert_eq!(inbox(&store, "alice"), mails(0..10));
    verify(&store, "after a checkpoint that failed");
}

// ---- rule 4: a store that dies alone

#[test]
fn rows_that_fall_back_alone_are_replayed_before_they_serve() {
    let mut machine = Machine::new(1);
    let store = machine.boot();
    deliver_all(&store, &["alice", "bob"], 0..5);
    store.checkpoint().unwrap();
    deliver_all(&store, &["bob"], 5..9);
    let mailbox = mailbox_of(&store, "alice");
    let folder = mailbox.create_folder(ItemId::USER_ROOT, "later", "message").unwrap().item.id;
    store.settle().unwrap();
    drop((mailbox, store));
    machine.lose_rows(Rows::Lost);
    let store = machine.boot();
    assert_eq!(inbox(&store, "bob"), mails(0..9));
    assert_eq!(mailbox_of(&store, "alice").folder(folder).unwrap().path, "/later");
    verify(&store, "rows fell back");
}

// ---- rule 5: a failed fdatasync is never retried

#[test]
fn a_failed_record_never_reappears_and_later_ones_stay() {
    for seed in 0..20 {
        let mut machine = Machine::new(seed);
        let store = machine.boot();
        deliver_all(&store, &["alice"], 0..4);
        store.settle().unwrap();
        machine.disk.faults().fail_syncs(1);
        let failed = deliver(&store, b"Subject: lost\r\n\r\nreported as failed\r\n", &["alice"]);
        assert!(matches!(failed[0], Err(Error::Unavailable(_))), "{failed:?}");
        assert_eq!(inbox(&store, "alice"), mails(0..4));
        // no restart in between
        deliver_all(&store, &["alice"], 4..8);
        assert_eq!(inbox(&store, "alice"), mails(0..8));
        drop(store);
        for _ in 0..2 {
            machine.cut(Rows::Drawn);
            let store = machine.boot();
            assert_eq!(inbox(&store, "alice"), mails(0..8), "seed {seed}");
            verify(&store, "after a failed sync");
        }
    }
}

#[test]
fn waiters_behind_a_failed_batch_fail_with_it() {
    let machine = Machine::new(1);
    let store = machine.boot();
    let accounts: Vec<_> = (0..8).map(|n| format!("user{n}")).collect();
    accounts.iter().for_each(|account| drop(mailbox_of(&store, account)));
    machine.disk.faults().set_all_syncs_fail(true);
    std::thread::scope(|scope| {
        for account in &accounts {
            let store = &store;
            scope.spawn(move || assert!(deliver(store, &mail(1), &[account])[0].is_err()));
        }
    });
    machine.disk.faults().clear();
    for account in &accounts {
        deliver_all(&store, &[account], 2..4);
        assert_eq!(inbox(&store, account), mails(2..4));
    }
    verify(&store, "after failed batches");
}

#[test]
fn a_mailbox_that_can_not_be_applied_is_parked_and_the_others_go_on() {
    let mut machine = Machine::new(1);
    let store = machine.boot();
    let alice = mailbox_of(&store, "alice");
    mailbox_of(&store, "bob");
    // a file lies where the directory of her messages has to be made
    let directory = machine.state().join(format!("store/main/mailbox/{}", handle_id(&store, "alice")));
    drop(machine.disk.open(&directory, Open::CreateNew).unwrap());
    assert!(deliver(&store, &mail(0), &["alice"])[0].is_ok(), "durable in the journal, so acknowledged");
    deliver_all(&store, &["bob"], 0..5);
    assert_eq!(inbox(&store, "bob"), mails(0..5));
    let refused = alice.create_folder(ItemId::USER_ROOT, "x", "message");
    assert!(
        matches!(refused, Err(Error::Unavailable(_))),
        "a parked mailbox answers with temporary errors: {refused:?}"
    );
    assert_eq!(alice.folder(ItemId::INBOX).unwrap().detail.total, 0, "reads go on with the state before");
    store.checkpoint().unwrap();
    machine.disk.unlink(&directory).unwrap();
    // or the power cut may bring it back
    machine.disk.sync_dir(directory.parent().unwrap()).unwrap();
    assert_eq!(inbox(&store, "alice"), mails(0..1));
    verify(&store, "caught up");
    drop((alice, store));
    machine.cut(Rows::Lost);
    let store = machine.boot();
    assert_eq!(inbox(&store, "alice"), mails(0..1));
    assert_eq!(inbox(&store, "bob"), mails(0..5));
    verify(&store, "after all");
}

#[test]
fn a_checkpoint_keeps_what_a_parked_mailbox_still_needs() {
    let mut machine = Machine::new(1);
    let store = machine.boot();
    mailbox_of(&store, "alice");
    let directory = machine.state().join(format!("store/main/mailbox/{}", handle_id(&store, "alice")));
    drop(machine.disk.open(&directory, Open::CreateNew).unwrap());
    deliver_all(&store, &["alice"], 0..3);
    deliver_all(&store, &["bob"], 0..30);
    store.checkpoint().unwrap();
    drop(store);
    machine.disk.unlink(&directory).unwrap();
    machine.disk.sync_dir(directory.parent().unwrap()).unwrap();
    machine.cut(Rows::Lost);
    let store = machine.boot();
    assert_eq!(inbox(&store, "alice"), mails(0..3));
    verify(&store, "the parked mailbox was replayed");
}
