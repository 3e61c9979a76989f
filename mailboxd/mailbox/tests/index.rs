// SPDX-License-Identifier: AGPL-3.0-or-later
//! The search index follows the rows, however far it is behind.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails may panic")]

mod common;

use common::{TestStore, message};
use mailbox::{AddMessage, FlagChange, Flags, ItemId, Uid};

/// More than one commit of the index takes.
const MANY: usize = 1_300;

fn add(n: usize) -> AddMessage {
    AddMessage { folder: ItemId::INBOX, flags: Flags::default(), tags: vec![], date_ms: Some(n as i64) }
}

#[test]
fn a_message_that_changes_before_its_turn_is_indexed_all_the_same() {
    let mut test = TestStore::new();
    for hundred in 0..MANY / 100 {
        let one = |n: usize| (test.stage(&message(&format!("{hundred}.{n}@x"), "indexed", None, "text")), add(n));
        let messages: Vec<_> = (0..100).map(one).collect();
        test.mailbox("alice").add_messages(&messages).unwrap();
    }
    let mailbox = test.mailbox("alice");
    let first: Vec<_> =
        mailbox.folder_messages(ItemId::INBOX, Uid(0)).unwrap()[..100].iter().map(|brief| brief.id).collect();
    mailbox.update_flags(&first, &FlagChange { add: Flags::FLAGGED, ..FlagChange::default() }).unwrap();
    drop(mailbox);
    // the index starts over, as far behind as it can be
    test.crash_after(|state| std::fs::remove_dir_all(state.join("index")).unwrap());
    test.store().settle().unwrap();
    test.check();
}
