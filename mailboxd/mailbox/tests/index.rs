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

#[test]
fn verify_reports_a_damaged_index_once_and_it_is_built_anew() {
    let mut test = TestStore::new();
    test.deliver_one(&message("1@x", "indexed", None, "text"), "alice");
    test.store().settle().unwrap();
    test.check();
    test.crash_after(|state| {
        let mailbox = std::fs::read_dir(state.join("index")).unwrap().next().unwrap().unwrap().path();
        let files = std::fs::read_dir(mailbox).unwrap().map(|entry| entry.unwrap().path());
        let store = files.into_iter().find(|file| file.extension().is_some_and(|name| name == "store")).unwrap();
        let mut content = std::fs::read(&store).unwrap();
        content[0] ^= 1;
        std::fs::write(&store, content).unwrap();
    });
    let report = test.store().verify(&mut |_| {}).unwrap();
    assert_eq!(report.problem_count, 1, "{:#?}", report.problems);
    assert!(report.problems[0].contains("index"), "{:#?}", report.problems);
    // it was whole again before the first report ended
    test.check();
}

#[test]
fn an_index_is_built_anew_while_mail_arrives_and_leaves() {
    const BEFORE: usize = 700;
    const MEANWHILE: usize = 60;
    let test = TestStore::new();
    let one = |n: usize| (test.stage(&message(&format!("{n}@x"), "indexed", None, "text")), add(n));
    test.mailbox("alice").add_messages(&(0..BEFORE).map(one).collect::<Vec<_>>()).unwrap();
    test.store().settle().unwrap();
    let index = std::fs::read_dir(test.path().join("index")).unwrap().next().unwrap().unwrap().path();
    let files = || std::fs::read_dir(&index).unwrap().map(|e| e.unwrap().file_name()).collect::<Vec<_>>();
    let old = files();
    let mut lines = Vec::new();
    std::thread::scope(|scope| {
        let arriving = scope.spawn(|| {
            for n in 0..MEANWHILE {
                let id = test.deliver_one(&message(&format!("later {n}@x"), "indexed", None, "text"), "alice");
                if n % 3 == 0 {
                    test.mailbox("alice").delete_items(&[id]).unwrap();
                }
            }
        });
        for _ in 0..3 {
            assert_eq!(test.store().reindex(&mut |line| lines.push(line.to_owned())).unwrap(), 1);
        }
        arriving.join().unwrap();
    });
    assert_eq!(lines.len(), 3);
    test.store().settle().unwrap();
    assert!(files().iter().all(|file| !old.contains(file) || !file.to_string_lossy().ends_with(".store")));
    // the end compares the documents of the index with the rows
    test.check();
}
