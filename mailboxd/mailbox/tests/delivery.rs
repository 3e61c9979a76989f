// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{TestStore, delivery, message};
use mailbox::{Change, Error, Flags, ItemId};

#[test]
fn comes_back_byte_for_byte() {
    let test = TestStore::new();
    let bytes = message("1@x", "hello", None, "bare\nline feed, NUL \0 and \u{fffd}");
    let id = test.deliver_one(&bytes, "alice");
    let mailbox = test.mailbox("alice");
    let item = mailbox.item(id).unwrap();
    assert_eq!(mailbox.content(&item).unwrap(), bytes);
    assert!(item.flags.contains(Flags::UNREAD));
    assert_eq!(mailbox.folder(ItemId::INBOX).unwrap().detail.unread, 1);
}

#[test]
fn large_body_is_written_once_and_comes_back() {
    let test = TestStore::new();
    let bytes = message("1@x", "large", None, &"0123456789abcdef".repeat(100_000));
    for answer in test.deliver(&bytes, &["alice", "bob", "carol"]) {
        answer.unwrap();
    }
    for account in ["alice", "bob", "carol"] {
        let mailbox = test.mailbox(account);
        let item = mailbox.folder_messages(ItemId::INBOX, mailbox::Uid(0)).unwrap()[0].id;
        assert_eq!(mailbox.content(&mailbox.item(item).unwrap()).unwrap(), bytes);
    }
    let stats = test.store().stats().unwrap();
    assert!(stats.journal_bytes < 80 << 20, "the journal holds the digest, not the body");
}

#[test]
fn each_recipient_has_its_own_answer() {
    let test = TestStore::new();
    let bytes = message("1@x", "hello", None, "text");
    let full = mailbox::Delivery { quota_bytes: 10, ..delivery("bob") };
    let answers = test.store().deliver(&test.stage(&bytes), &[delivery("alice"), full, delivery("carol")]);
    assert!(answers[0].is_ok() && answers[2].is_ok());
    assert!(matches!(answers[1], Err(Error::OverQuota)));
    assert_eq!(test.mailbox("bob").folder(ItemId::INBOX).unwrap().detail.total, 0);
}

#[test]
fn same_mailbox_twice_in_one_delivery() {
    let test = TestStore::new();
    let answers = test.deliver(&message("1@x", "hello", None, "text"), &["alice", "alice"]);
    assert_ne!(answers[0].as_ref().unwrap(), answers[1].as_ref().unwrap());
    assert_eq!(test.mailbox("alice").folder(ItemId::INBOX).unwrap().detail.total, 2);
}

#[test]
fn sessions_are_told_in_order() {
    let test = TestStore::new();
    let handle = test.handle("alice");
    let mut events = handle.subscribe();
    let first = test.deliver_one(&message("1@x", "a", None, "a"), "alice");
    let second = test.deliver_one(&message("2@x", "b", None, "b"), "alice");
    test.store().settle().unwrap();
    let mut seen = vec![];
    while let Ok(event) = events.try_recv() {
        for change in &event.changes {
            if let Change::Created(item) = change {
                seen.push(item.id);
            }
        }
    }
    assert_eq!(seen, [first, second]);
}

#[test]
fn many_threads_deliver_to_shared_mailboxes() {
    let test = TestStore::new();
    let accounts: Vec<String> = (0..6).map(|n| format!("user{n}")).collect();
    std::thread::scope(|scope| {
        for thread in 0..8usize {
            let (test, accounts) = (&test, &accounts);
            scope.spawn(move || {
                for n in 0..25usize {
                    let bytes = message(&format!("{thread}.{n}@x"), "load", Some(&format!("{n}@root")), "text");
                    let to = [accounts[n % 6].as_str(), accounts[(n + thread) % 6].as_str()];
                    test.deliver(&bytes, &to).into_iter().for_each(|answer| assert!(answer.is_ok()));
                }
            });
        }
    });
    let total: u32 = accounts.iter().map(|a| test.mailbox(a).folder(ItemId::INBOX).unwrap().detail.total).sum();
    assert_eq!(total, 8 * 25 * 2);
}

#[test]
fn what_was_acknowledged_survives_a_crash() {
    let mut test = TestStore::new();
    let mut expected = vec![];
    for n in 0..40 {
        let bytes = message(&format!("{n}@x"), "crash", None, &format!("text {n}"));
        expected.push((test.deliver_one(&bytes, "alice"), bytes));
        if n % 10 == 9 {
            test.crash();
        }
        if n == 20 {
            test.store().checkpoint().unwrap();
        }
    }
    let mailbox = test.mailbox("alice");
    for (id, bytes) in expected {
        assert_eq!(mailbox.content(&mailbox.item(id).unwrap()).unwrap(), bytes);
    }
}

#[test]
fn stranger_is_refused() {
    let test = TestStore::new();
    test.deliver_one(&message("1@x", "private", None, "text"), "alice");
    let mallory = mailbox::Actor { account: "mallory".into(), is_admin: false };
    assert!(matches!(test.store().open_mailbox(&mallory, "alice", 0), Err(Error::Denied)));
    let admin = mailbox::Actor { account: "root".into(), is_admin: true };
    assert!(test.store().open_mailbox(&admin, "alice", 0).is_ok());
}

#[test]
fn deleted_mailbox_is_gone_for_good() {
    let mut test = TestStore::new();
    test.deliver_one(&message("1@x", "hello", None, "text"), "alice");
    let old = test.handle("alice").id();
    test.store().delete_mailbox("alice").unwrap();
    test.crash();
    assert_ne!(test.handle("alice").id(), old);
    assert_eq!(test.mailbox("alice").folder(ItemId::INBOX).unwrap().detail.total, 0);
}
