// SPDX-License-Identifier: AGPL-3.0-or-later
//! Changes that meet while one of them is under way.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

mod common;

use common::{TestStore, message};
use mailbox::ItemId;

const ROUNDS: usize = 60;

/// The reply makes a conversation with a message that is gone before its record is applied: a patch of a row that is not
/// there could never be applied, and the mailbox would stand still for ever.
#[test]
fn a_reply_meets_the_deletion_of_what_it_answers() {
    let test = TestStore::new();
    for round in 0..ROUNDS {
        let root = format!("root{round}@x");
        let id = test.deliver_one(&message(&root, "question", None, "text"), "alice");
        test.store().settle().unwrap();
        let reply = message(&format!("reply{round}@x"), "answer", Some(&root), "text");
        std::thread::scope(|scope| {
            scope.spawn(|| test.mailbox("alice").delete_items(&[id]).unwrap());
            scope.spawn(|| test.deliver_one(&reply, "alice"));
        });
    }
    test.store().settle().unwrap();
    assert_eq!(test.mailbox("alice").folder(ItemId::INBOX).unwrap().detail.total as usize, ROUNDS);
}

/// Two sessions use a keyword for the first time at the same moment: one tag, and neither is refused.
#[test]
fn two_sessions_use_a_new_keyword_at_once() {
    let test = TestStore::new();
    let mailbox = test.mailbox("alice");
    for round in 0..ROUNDS {
        let name = format!("Todo{round}");
        let ids = std::thread::scope(|scope| {
            let sessions = [(); 2].map(|()| scope.spawn(|| mailbox.ensure_tag(&name).unwrap().item.id));
            sessions.map(|session| session.join().unwrap())
        });
        assert_eq!(ids[0], ids[1]);
    }
    assert_eq!(mailbox.tags().unwrap().len(), ROUNDS);
}
