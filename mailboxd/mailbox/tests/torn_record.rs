// SPDX-License-Identifier: AGPL-3.0-or-later
//! One record may span mailboxes, each with a file of its own in SQLite: one of them falls behind.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails may panic")]

mod common;
mod sim;

use common::message;
use mailbox::{ItemId, Store, Uid};
use sim::{Machine, Rows, deliver, mailbox_of, verify};

fn mail(n: usize) -> Vec<u8> {
    message(&format!("{n}@x"), &format!("rule {n}"), None, "text")
}

fn inbox(store: &Store, account: &str) -> Vec<Vec<u8>> {
    let mailbox = mailbox_of(store, account);
    let briefs = mailbox.folder_messages(ItemId::INBOX, Uid(0)).unwrap();
    let bytes = |id| mailbox.content(&mailbox.item(id).unwrap()).unwrap().to_vec();
    briefs.into_iter().map(|brief| bytes(brief.id)).collect()
}

fn deliver_all(store: &Store, accounts: &[&str], range: std::ops::Range<usize>) {
    range.flat_map(|n| deliver(store, &mail(n), accounts)).for_each(|answer| assert!(answer.is_ok()));
}

#[test]
fn a_crash_between_two_mailboxes_of_one_record_is_mended() {
    let mut machine = Machine::new(1);
    let store = machine.boot();
    let accounts = ["alice", "bob", "carol"];
    deliver_all(&store, &accounts, 0..3);
    store.checkpoint().unwrap();
    deliver_all(&store, &accounts, 3..9);
    store.settle().unwrap();
    let alice = mailbox_of(&store, "alice");
    let rows = machine.state().join("metadata").join(format!("{}.sqlite-wal", mailbox_id(&store)));
    drop((alice, store));
    // alice's rows go back to the checkpoint, those of the others hold the whole record
    std::fs::OpenOptions::new().write(true).open(rows).unwrap().set_len(0).unwrap();
    machine.lose_rows(Rows::Kept);
    let store = machine.boot();
    accounts
        .iter()
        .for_each(|account| assert_eq!(inbox(&store, account), (0..9).map(mail).collect::<Vec<_>>(), "{account}"));
    verify(&store, "one of three mailboxes behind");
}

fn mailbox_id(store: &Store) -> u32 {
    let actor = mailbox::Actor { account: "alice".into(), is_admin: false };
    store.open_mailbox(&actor, "alice", 0).unwrap().id().0
}
