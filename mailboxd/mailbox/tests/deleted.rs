// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]
//! Mailboxes of deleted accounts: out of everybody's sight, and back as they were, through crashes and restores.

mod common;
#[path = "common/record.rs"]
mod record;

use common::{TestStore, delivery, message};
use mailbox::{
    Actor, Config, Error, FlagChange, Flags, Grant, GranteeKind, ItemId, RestoreRequest, Rights, Store, Visitor,
};
use record::{dump, dump_at, restore_as};
use std::sync::Arc;

fn fill(test: &TestStore) {
    for n in 0..5 {
        test.deliver_one(&message(&format!("{n}@x"), &format!("letter {n}"), None, "zebra"), "alice");
    }
    test.deliver_one(&message("large@x", "large", None, &"large ".repeat(60_000)), "alice");
    let mailbox = test.mailbox("alice");
    mailbox.create_folder(ItemId::INBOX, "Sub", "").unwrap();
    let junk = test.add("alice", ItemId::JUNK, b"Subject: gone\r\n\r\n");
    mailbox.delete_items(&[junk.id]).unwrap();
}

fn delete(test: &TestStore) {
    test.store().note_deletion("alice", b"who she was").unwrap();
    test.store().hide_mailbox("alice").unwrap();
}

#[test]
fn nobody_sees_it_and_it_comes_back_as_it_was() {
    let mut test = TestStore::new();
    fill(&test);
    let grant = Grant { kind: GranteeKind::User, grantee: "bob".into(), name: "bob".into(), rights: Rights::READ };
    test.mailbox("alice").grant(ItemId::INBOX, grant).unwrap();
    let visitor = Arc::new(Visitor::new("bob".into(), vec![], None, None));
    let before = dump(&test, "alice");
    let (open, visiting) = (test.mailbox("alice"), test.store().visit(&visitor, "alice", 0).unwrap());
    let item = before.messages.values().next().unwrap().0.clone();
    delete(&test);

    // who had it open has it no more
    assert!(open.folders().is_err() && open.item(item.id).is_err() && open.content(&item).is_err());
    assert!(open.changed_since(mailbox::ModSeq(0), 10, 10).is_err() && open.folder_by_path("Inbox").is_err());
    open.update_flags(&[item.id], &FlagChange { add: Flags::FLAGGED, ..FlagChange::default() }).unwrap_err();
    open.delete_items(&[item.id]).unwrap_err();
    assert!(visiting.mailbox().item(item.id).is_err() && visiting.mailbox().folders().is_err());
    test.mailbox("bob");
    test.mailbox("bob").copy_items_to(&[], &open, ItemId::INBOX).unwrap_err();
    // nor is it opened, by its owner, an administrator or a guest; no other one is made for mail that comes late
    for actor in [Actor { account: "alice".into(), is_admin: false }, Actor { account: "root".into(), is_admin: true }]
    {
        assert!(matches!(test.store().open_mailbox(&actor, "alice", 0), Err(Error::Unavailable(_))));
        test.store().open_mailbox(&actor, "deleted:alice", 0).err().unwrap();
    }
    assert!(matches!(test.store().visit(&visitor, "alice", 0), Err(Error::Denied)));
    assert!(test.store().owners_sharing_with(&visitor).unwrap().is_empty());
    let late = test.store().deliver(&test.stage(b"Subject: late\r\n\r\n"), &[delivery("alice"), delivery("bob")]);
    assert!(matches!(late[0], Err(Error::Unavailable(_))) && late[1].is_ok(), "{late:?}");
    assert!(!test.store().accounts().contains(&"alice".to_owned()));
    assert!(test.store().usages().unwrap().iter().all(|usage| usage.account != "deleted:alice"));
    assert_eq!(test.store().deleted_usage("alice").unwrap().unwrap().messages, 6);
    test.check();

    test.crash();
    let kept = test.store().deleted_mailboxes().unwrap();
    assert_eq!(
        (kept.len(), kept[0].account.as_str(), kept[0].memo.as_slice()),
        (1, "alice", b"who she was".as_slice())
    );
    test.store().change_deletion("alice", b"on hold").unwrap();
    assert_eq!(test.store().deleted_mailboxes().unwrap()[0].memo, b"on hold");
    assert_eq!(test.store().deleted_mailboxes().unwrap()[0].deleted_ms, kept[0].deleted_ms);
    test.store().checkpoint().unwrap();
    test.store().show_mailbox("alice").unwrap();
    assert_eq!(dump(&test, "alice"), before);
    test.store().visit(&visitor, "alice", 0).unwrap();
    assert!(test.store().noted_deletions().unwrap().is_empty(), "the note went with it");
    test.crash();
    assert_eq!(dump(&test, "alice"), before);
    assert!(test.store().deleted_mailboxes().unwrap().is_empty());
}

#[test]
fn a_crash_between_the_steps_loses_nothing() {
    let mut test = TestStore::new();
    fill(&test);
    let before = dump(&test, "alice");
    test.store().note_deletion("alice", b"1").unwrap();
    test.crash();
    assert_eq!(dump(&test, "alice"), before, "noted: it works on");
    assert_eq!(test.store().noted_deletions().unwrap()[0].memo, b"1");
    test.store().forget_deletion("alice").unwrap();
    test.crash();
    assert!(test.store().noted_deletions().unwrap().is_empty());
    delete(&test);
    test.crash();
    assert!(test.store().noted_deletions().unwrap().is_empty());
    // asked twice, as whoever mends things does
    test.store().hide_mailbox("alice").unwrap();
    test.store().show_mailbox("alice").unwrap();
    assert!(matches!(test.store().show_mailbox("alice"), Err(Error::NoSuch { .. })));
    assert_eq!(dump(&test, "alice"), before);
}

#[test]
fn gone_for_good_is_gone() {
    let mut test = TestStore::new();
    fill(&test);
    assert!(matches!(test.store().remove_deleted_mailbox("alice"), Err(Error::NoSuch { .. })), "it is in sight");
    delete(&test);
    test.store().remove_deleted_mailbox("alice").unwrap();
    for _ in 0..2 {
        assert!(test.store().deleted_mailboxes().unwrap().is_empty());
        assert!(matches!(test.store().show_mailbox("alice"), Err(Error::NoSuch { .. })));
        test.crash();
    }
    assert!(dump(&test, "alice").messages.is_empty(), "a new one");
}

#[test]
fn a_backup_has_it_before_while_and_after() {
    let mut test = TestStore::backed_up();
    fill(&test);
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    let before = dump_at(&test, "alice");
    delete(&test);
    let hidden_ms = record::now_ms();
    record::wait_for_another_ms();
    // the newest backup knows it as deleted only
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    let still_hidden_ms = record::now_ms();
    record::wait_for_another_ms();
    test.store().show_mailbox("alice").unwrap();
    test.deliver_one(&message("after@x", "after", None, "after"), "alice");
    let after = dump_at(&test, "alice");
    for (n, (to_ms, expected)) in [
        (before.at_ms, &before.dump),
        (hidden_ms, &before.dump),
        (still_hidden_ms, &before.dump),
        (after.at_ms, &after.dump),
    ]
    .into_iter()
    .enumerate()
    {
        let to = format!("restored-{n}");
        let restored = restore_as(&test, "alice", &to, Some(to_ms));
        assert!(restored.loss.is_none(), "{:?}", restored.loss);
        assert_eq!(&dump(&test, &to), expected, "{n}");
    }
    // in place, to a moment at which it was deleted: it lives
    let request = RestoreRequest {
        account: "alice".into(),
        to_account: "alice".into(),
        to_ms: Some(still_hidden_ms),
        is_dry_run: false,
    };
    test.store().restore_mailbox(&request, None, &mut |_| {}).unwrap();
    assert_eq!(dump(&test, "alice"), before.dump);
    assert!(test.store().noted_deletions().unwrap().is_empty());
    test.crash();
    assert_eq!(dump(&test, "alice"), before.dump);
}

#[test]
fn a_full_disk_deletes_nothing_by_half() {
    let dir = tempfile::tempdir().unwrap();
    let config = |reserve_bytes| Config { reserve_bytes, ..Config::new(dir.path()) };
    let store = Store::open(config(0)).unwrap();
    store.mailbox_of("alice").unwrap();
    drop(store);
    let full = Store::open(config(u64::MAX / 4)).unwrap();
    assert!(matches!(full.note_deletion("alice", b"x"), Err(Error::Unavailable(_))));
    assert!(matches!(full.hide_mailbox("alice"), Err(Error::Unavailable(_))));
    assert!(full.noted_deletions().unwrap().is_empty() && full.deleted_mailboxes().unwrap().is_empty());
    assert_eq!(full.accounts(), ["alice"]);
    drop(full);
    let store = Store::open(config(0)).unwrap();
    store.note_deletion("alice", b"x").unwrap();
    store.hide_mailbox("alice").unwrap();
    drop(store);
    let full = Store::open(config(u64::MAX / 4)).unwrap();
    assert!(matches!(full.show_mailbox("alice"), Err(Error::Unavailable(_))));
    assert_eq!(full.deleted_mailboxes().unwrap().len(), 1);
    assert!(full.accounts().is_empty());
}
