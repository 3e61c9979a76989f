// SPDX-License-Identifier: AGPL-3.0-or-later
//! Documents: one of a name in a folder, locks that visitors keep to, and what a crash leaves.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::TestStore;
use mailbox::{Detail, Error, Grant, GranteeKind, Item, ItemId, Mailbox, Rights, SaveDocument, Visitor};
use std::sync::Arc;

fn save(test: &TestStore, mailbox: &Mailbox, folder: ItemId, name: &str) -> mailbox::Result<Item> {
    let author = ("alice".to_owned(), "alice@example.test".to_owned());
    let save = SaveDocument { folder, name: Some(name.into()), author, keep: 5, ..SaveDocument::default() };
    mailbox.save_document(&save, &test.stage(name.as_bytes()))
}

fn exists<T>(outcome: &mailbox::Result<T>, known: ItemId) -> bool {
    matches!(outcome, Err(Error::DocumentExists { id, .. }) if *id == known)
}

fn visit(test: &TestStore, account: &str) -> Mailbox {
    let visitor = Arc::new(Visitor::new(account.into(), Vec::new(), None, None));
    test.store().visit(&visitor, "alice", 0).unwrap().mailbox().clone()
}

fn share(alice: &Mailbox, folder: ItemId, to: &str, rights: Rights) {
    let grant = Grant { kind: GranteeKind::User, grantee: to.into(), name: to.into(), rights };
    alice.grant(folder, grant).unwrap();
}

/// On no way, into no mailbox, and not within one change either. What is refused changes nothing, after a crash neither.
#[test]
fn one_of_a_name() {
    let mut test = TestStore::new();
    let alice = test.mailbox("alice");
    let other = alice.create_folder(ItemId::BRIEFCASE, "Other", "document").unwrap().item.id;
    let first = save(&test, &alice, ItemId::BRIEFCASE, "Plan").unwrap().id;
    assert!(exists(&save(&test, &alice, ItemId::BRIEFCASE, "plan"), first));
    assert!(matches!(save(&test, &alice, ItemId::BRIEFCASE, "other"), Err(Error::AlreadyExists(_))));
    let second = save(&test, &alice, other, "PLAN").unwrap().id;
    let free = save(&test, &alice, other, "free").unwrap().id;
    assert!(exists(&alice.move_items(&[free, second], ItemId::BRIEFCASE), first));
    assert!(exists(&alice.copy_items(&[second], ItemId::BRIEFCASE), first));
    assert!(alice.copy_items(&[free, free], ItemId::BRIEFCASE).is_ok(), "an id that is named twice is one");
    assert!(exists(&alice.rename_document(free, "plan"), second));

    let bob = test.mailbox("bob");
    let there = save(&test, &bob, ItemId::BRIEFCASE, "plan").unwrap().id;
    share(&bob, ItemId::BRIEFCASE, "alice", Rights::ALL);
    let visitor = Arc::new(Visitor::new("alice".into(), Vec::new(), None, None));
    let at_bobs = test.store().visit(&visitor, "bob", 0).unwrap().mailbox().clone();
    assert!(exists(&alice.copy_items_to(&[first], &at_bobs, ItemId::BRIEFCASE), there));
    assert!(exists(&alice.move_items_to(&[free, first], &at_bobs, ItemId::BRIEFCASE), there));
    // Two that come together have one name, too.
    assert!(exists(&alice.move_items(&[first, second], ItemId::USER_ROOT), first));

    // Trash takes both, and the dumpster gives one back.
    alice.move_items(&[first, second], ItemId::TRASH).unwrap();
    alice.delete_items(&[first, second]).unwrap();
    let back = alice.recover(&[first], ItemId::BRIEFCASE, 0).unwrap()[0].id;
    assert!(exists(&alice.recover(&[second], ItemId::BRIEFCASE, 0), back));
    drop((alice, bob, at_bobs));
    test.crash();
    let alice = test.mailbox("alice");
    let names = |folder| alice.documents(folder).unwrap().into_iter().map(|item| item.name).collect::<Vec<_>>();
    assert_eq!((names(ItemId::BRIEFCASE), names(other)), (vec!["free".into(), "Plan".into()], vec!["free".to_owned()]));
    assert_eq!(alice.recover(&[second], other, 0).unwrap().len(), 1);
}

/// A visitor leaves alone what somebody else holds; who may not see it learns nothing of that.
#[test]
fn locks() {
    let test = TestStore::new();
    let alice = test.mailbox("alice");
    let other = alice.create_folder(ItemId::BRIEFCASE, "Other", "document").unwrap().item.id;
    let id = save(&test, &alice, ItemId::BRIEFCASE, "plan").unwrap().id;
    for name in ["bob", "carol"] {
        share(&alice, ItemId::BRIEFCASE, name, Rights::ALL);
    }
    let (bob, carol) = (visit(&test, "bob"), visit(&test, "carol"));
    bob.lock_document(id, "bob", "bob@example.test").unwrap();
    let is_held =
        |outcome: mailbox::Result<()>| matches!(outcome, Err(Error::Locked(name)) if name == "bob@example.test");
    assert!(is_held(carol.lock_document(id, "carol", "carol@example.test").map(drop)));
    assert!(is_held(carol.rename_document(id, "x").map(drop)));
    assert!(is_held(carol.purge_versions(id, 1, true).map(drop)));
    assert!(is_held(carol.move_items(&[id], other).map(drop)));
    assert!(is_held(carol.delete_items(&[id]).map(drop)));
    assert!(is_held(carol.move_items_to(&[id], &test.mailbox("carol"), ItemId::BRIEFCASE).map(drop)));
    assert!(is_held(carol.unlock_document(id, "carol").map(drop)));
    // A copy is another document.
    assert_eq!(carol.copy_items(&[id], other).unwrap().len(), 1);
    bob.move_items(&[id], ItemId::USER_ROOT).unwrap_err();
    bob.rename_document(id, "plans").unwrap();
    share(&alice, ItemId::BRIEFCASE, "carol", Rights::NONE);
    share(&alice, other, "carol", Rights::ALL);
    let carol = visit(&test, "carol");
    for refused in [carol.move_items(&[id], other).map(drop), carol.delete_items(&[id]).map(drop)] {
        assert!(matches!(refused, Err(Error::NoSuch { .. })), "{refused:?}");
    }
    // The owner may do as before.
    alice.rename_document(id, "mine").unwrap();
    alice.unlock_document(id, "alice").unwrap();
    alice.delete_items(&[id]).unwrap();
}

/// Purging keeps the newest, and says nothing of what is gone already; no change is made where there is none.
#[test]
fn purged_versions() {
    let mut test = TestStore::new();
    let alice = test.mailbox("alice");
    let id = save(&test, &alice, ItemId::BRIEFCASE, "plan").unwrap().id;
    for version in 1..4 {
        let next = SaveDocument { next_of: Some((id, version)), keep: 5, ..SaveDocument::default() };
        alice.save_document(&next, &test.stage(format!("v{version}").as_bytes())).unwrap();
    }
    let versions = |mailbox: &Mailbox| match mailbox.document(id).unwrap().detail {
        Detail::Document(detail) => (detail.versions.iter().map(|one| one.version).collect::<Vec<_>>(), detail.version),
        _ => unreachable!(),
    };
    assert_eq!(versions(&alice), (vec![1, 2, 3], 4));
    alice.purge_versions(id, 2, false).unwrap();
    let before = alice.row().unwrap().modseq;
    for (version, older) in [(2, false), (4, false), (9, false), (0, true)] {
        alice.purge_versions(id, version, older).unwrap();
    }
    assert_eq!((versions(&alice), alice.row().unwrap().modseq), ((vec![1, 3], 4), before));
    alice.purge_versions(id, 3, true).unwrap();
    drop(alice);
    test.crash();
    assert_eq!(versions(&test.mailbox("alice")), (vec![], 4));
}
