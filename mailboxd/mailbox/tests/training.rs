// SPDX-License-Identifier: AGPL-3.0-or-later
//! What people move to Junk or out of it waits to be learnt from.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails may panic")]

mod common;

use common::{TestStore, delivery};
use mailbox::{Class, Config, Delivery, ItemId, Store, Waiting};

const MAIL: &[u8] = b"X-Spam-Flag: YES\r\nSubject: offer\r\n\r\nbuy\r\n";

fn waiting(store: &Store) -> (u64, u64) {
    let Waiting { spam, ham, .. } = store.training_waiting();
    (spam, ham)
}

fn lessons(store: &Store) -> Vec<(Class, String, Vec<u8>)> {
    let read = store.lessons(100).collect::<mailbox::Result<Vec<_>>>().unwrap();
    read.into_iter().map(|(class, name, content)| (class, name, content.to_vec())).collect()
}

#[test]
fn who_moves_mail_to_junk_and_back_says_what_it_is() {
    let test = TestStore::new();
    let id = test.add("alice", ItemId::INBOX, MAIL).id;
    let mailbox = test.mailbox("alice");
    for (folder, expected) in [
        (ItemId::TRASH, (0, 0)),
        (ItemId::JUNK, (1, 0)),
        // thrown away: no word against it
        (ItemId::TRASH, (1, 0)),
        (ItemId::JUNK, (1, 0)),
        // it is no spam: the last word counts
        (ItemId::INBOX, (0, 1)),
        (ItemId::JUNK, (1, 0)),
    ] {
        mailbox.move_items(&[id], folder).unwrap();
        assert_eq!(waiting(test.store()), expected, "{folder}");
    }
    let [(class, name, content)] = &lessons(test.store())[..] else { panic!("one message") };
    assert_eq!((*class, &content[..]), (Class::Spam, MAIL));
    test.store().learnt(&[name.clone(), "../../etc/passwd".into(), "0-0".into()]).unwrap();
    assert_eq!(waiting(test.store()), (0, 0));
    test.store().learnt(std::slice::from_ref(name)).unwrap();
}

#[test]
fn a_copy_is_a_word_too_and_a_draft_is_none() {
    let test = TestStore::new();
    let mailbox = test.mailbox("alice");
    let spam = test.add("alice", ItemId::INBOX, b"Subject: a\r\n\r\n").id;
    let ham = test.add("alice", ItemId::JUNK, b"Subject: b\r\n\r\n").id;
    mailbox.copy_items(&[spam], ItemId::JUNK).unwrap();
    mailbox.copy_items(&[ham], ItemId::INBOX).unwrap();
    assert_eq!(waiting(test.store()), (1, 1));
    let draft = mailbox.save_draft(&test.stage(b"Subject: c\r\n\r\n"), None, None).unwrap().id;
    let large = test.add("alice", ItemId::INBOX, &vec![b'x'; (512 << 10) + 1]).id;
    mailbox.move_items(&[draft, large], ItemId::JUNK).unwrap();
    assert_eq!(waiting(test.store()), (1, 1));
}

#[test]
fn what_the_server_puts_into_junk_teaches_nothing() {
    let test = TestStore::new();
    let to = Delivery { trusts_spam_flag: true, ..delivery("alice") };
    let id = test.store().deliver(&test.stage(MAIL), &[to]).remove(0).unwrap();
    assert_eq!(test.mailbox("alice").item(id).unwrap().folder, ItemId::JUNK);
    let believed = Delivery { trusts_spam_flag: true, folder: ItemId::SENT, ..delivery("alice") };
    let id = test.store().deliver(&test.stage(MAIL), &[believed]).remove(0).unwrap();
    assert_eq!(test.mailbox("alice").item(id).unwrap().folder, ItemId::SENT, "a folder that was chosen stays");
    assert_eq!(waiting(test.store()), (0, 0));
}

#[test]
fn nothing_waits_where_nobody_learns() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Config { reserve_bytes: 0, ..Config::new(dir.path()) }).unwrap();
    let id = store.deliver(&stage(&store), &[delivery("alice")]).remove(0).unwrap();
    let actor = mailbox::Actor { account: "alice".into(), is_admin: false };
    let handle = store.open_mailbox(&actor, "alice", 0).unwrap();
    handle.mailbox().move_items(&[id], ItemId::JUNK).unwrap();
    assert_eq!(waiting(&store), (0, 0));
    assert!(store.verify(&mut |_| {}).unwrap().is_clean());
}

fn stage(store: &Store) -> mailbox::Staged {
    let mut staging = store.stage();
    staging.write(MAIL).unwrap();
    staging.finish().unwrap()
}

#[test]
fn it_survives_a_crash_and_the_message_itself() {
    let mut test = TestStore::new();
    let (kept, gone) =
        (test.add("alice", ItemId::INBOX, MAIL).id, test.add("alice", ItemId::INBOX, b"Subject: x\r\n\r\n").id);
    test.mailbox("alice").move_items(&[kept, gone], ItemId::JUNK).unwrap();
    test.crash_after(|state| std::fs::remove_dir_all(state.join("store/main/training")).unwrap());
    assert_eq!(waiting(test.store()), (2, 0), "the journal has it");
    let name = lessons(test.store()).remove(0).1;
    test.store().learnt(&[name]).unwrap();
    test.mailbox("alice").delete_items(&[gone]).unwrap();
    test.store().checkpoint().unwrap();
    test.crash();
    let left = lessons(test.store());
    assert_eq!(left.len(), 1, "what was learnt behind a checkpoint does not come back");
    assert!(left[0].2.starts_with(b"Subject: x") || left[0].2 == MAIL);
}

#[test]
fn verify_knows_the_files() {
    let test = TestStore::new();
    let id = test.add("alice", ItemId::INBOX, MAIL).id;
    test.mailbox("alice").move_items(&[id], ItemId::JUNK).unwrap();
    test.check();
    let spam = test.path().join("store/main/training/spam");
    let own = std::fs::read_dir(&spam).unwrap().next().unwrap().unwrap().path();
    let aside = test.path().join("aside");
    std::fs::rename(&own, &aside).unwrap();
    std::fs::write(spam.join("notes.txt"), "x").unwrap();
    std::fs::write(spam.join(format!("{:016x}-{}", 99, "ab".repeat(32))), "x").unwrap();
    let report = test.store().verify(&mut |_| {}).unwrap();
    assert_eq!(report.problem_count, 3, "{:#?}", report.problems);
    std::fs::remove_dir_all(&spam).unwrap();
    std::fs::create_dir(&spam).unwrap();
    std::fs::rename(&aside, &own).unwrap();
}

/// What an upgrade looks at: enough to see that a store is not the one that was left, without reading all mail.
#[test]
fn a_quick_look_misses_content_and_nothing_else() {
    let test = TestStore::new();
    let large = [MAIL, &b"text and text again\r\n".repeat(20_000)].concat();
    test.add("alice", ItemId::INBOX, &large);
    test.store().settle().unwrap();
    let quick = || test.store().verify_quickly(std::time::Duration::ZERO, &mut |_| {}).unwrap();
    let report = quick();
    assert!(report.is_clean() && report.mailboxes == 1 && report.items > 0 && report.blobs == 0, "{report:?}");
    let file = message_file(&test.path().join("store/main/mailbox"));
    let content = std::fs::read(&file).unwrap();
    let mut changed = content.clone();
    changed[content.len() - 10] ^= 1;
    std::fs::write(&file, &changed).unwrap();
    assert!(quick().is_clean());
    assert_eq!(test.store().verify(&mut |_| {}).unwrap().problem_count, 1);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(quick().problem_count, 1);
    std::fs::write(&file, &content).unwrap();
    test.check();
}

fn message_file(dir: &std::path::Path) -> std::path::PathBuf {
    let find = |dir: &std::path::Path| {
        let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { Some(message_file(&path)) } else { Some(path) }).next()
    };
    find(dir).unwrap()
}
