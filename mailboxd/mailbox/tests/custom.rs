// SPDX-License-Identifier: AGPL-3.0-or-later
//! What clients keep with items and with the mailbox: it goes where the item goes, and outlives a crash.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{TestStore, message};
use mailbox::{
    CUSTOM_BYTES_MAX, CustomSection, Error, FlagChange, Flags, Grant, GranteeKind, ItemId, Mailbox, ModSeq, Rights,
    SECTIONS_MAX, Visitor,
};
use std::sync::Arc;

fn section(name: &str, pairs: &[(&str, &str)]) -> CustomSection {
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    CustomSection { name: name.into(), pairs }
}

fn mail(n: usize) -> Vec<u8> {
    message(&format!("{n}@x"), "metadata", None, "text")
}

fn visit(test: &TestStore, account: &str) -> Mailbox {
    let visitor = Arc::new(Visitor::new(account.into(), Vec::new(), None, None));
    test.store().visit(&visitor, "alice", 0).unwrap().mailbox().clone()
}

#[test]
fn it_goes_with_the_item() {
    let mut test = TestStore::new();
    let alice = test.mailbox("alice");
    let id = test.add("alice", ItemId::INBOX, &mail(1)).id;
    assert_eq!(alice.custom(id).unwrap(), []);
    let before = alice.item(id).unwrap().modseq;
    let (one, two) = (section("zwc:b", &[("k", "v"), ("l", "w")]), section("zwc:a", &[("k", "x")]));
    alice.set_custom(id, one.clone()).unwrap();
    alice.set_custom(id, two.clone()).unwrap();
    let both = [two.clone(), one.clone()];
    assert_eq!(alice.custom(id).unwrap(), both);
    assert!(alice.item(id).unwrap().modseq > before, "clients that synchronise hear of it");
    // neither flags nor a move nor a crash take it away
    alice.update_flags(&[id], &FlagChange { add: Flags::FLAGGED, ..FlagChange::default() }).unwrap();
    alice.move_items(&[id], ItemId::SENT).unwrap();
    let copy = alice.copy_items(&[id], ItemId::INBOX).unwrap()[0].1.id;
    drop(alice);
    test.crash();
    let alice = test.mailbox("alice");
    assert_eq!(alice.custom(id).unwrap(), both);
    assert_eq!(alice.custom(copy).unwrap(), both);
    // deleted and had back
    alice.delete_items(&[id]).unwrap();
    assert!(matches!(alice.custom(id), Err(Error::NoSuch { .. })));
    assert!(matches!(alice.set_custom(id, one.clone()), Err(Error::NoSuch { .. })));
    let back = alice.recover(&[id], ItemId::INBOX, 0).unwrap()[0].id;
    assert_eq!(alice.custom(back).unwrap(), both);
    // an empty section is none
    alice.set_custom(back, section("zwc:a", &[])).unwrap();
    alice.set_custom(back, section("zwc:never", &[])).unwrap();
    assert_eq!(alice.custom(back).unwrap(), [one]);
    alice.set_custom(back, section("zwc:b", &[])).unwrap();
    assert_eq!(alice.custom(back).unwrap(), []);
}

#[test]
fn drafts_keep_it_and_containers_have_it() {
    let mut test = TestStore::new();
    let alice = test.mailbox("alice");
    let kept = section("zwc:x", &[("k", "v")]);
    let draft = alice.save_draft(&test.stage(&mail(1)), None, None).unwrap().id;
    let folder = alice.create_folder(ItemId::USER_ROOT, "Work", "message").unwrap().item.id;
    let tag = alice.ensure_tag("red").unwrap().item.id;
    for id in [draft, folder, tag, ItemId::INBOX] {
        alice.set_custom(id, kept.clone()).unwrap();
    }
    alice.save_draft(&test.stage(&mail(2)), Some(draft), None).unwrap();
    alice.rename_folder(folder, None, Some("Play")).unwrap();
    test.deliver_one(&mail(3), "alice");
    drop(alice);
    test.crash();
    let alice = test.mailbox("alice");
    for id in [draft, folder, tag, ItemId::INBOX] {
        assert_eq!(alice.custom(id).unwrap(), std::slice::from_ref(&kept), "{id}");
    }
    alice.delete_folder(folder).unwrap();
    assert!(matches!(alice.custom(folder), Err(Error::NoSuch { .. })));
}

#[test]
fn bounds() {
    let test = TestStore::new();
    let alice = test.mailbox("alice");
    let id = test.add("alice", ItemId::INBOX, &mail(1)).id;
    let large = "v".repeat(CUSTOM_BYTES_MAX / 2);
    alice.set_custom(id, section("a", &[("k", &large)])).unwrap();
    let kept = alice.custom(id).unwrap();
    assert!(matches!(alice.set_custom(id, section("b", &[("k", &large)])), Err(Error::Invalid(_))));
    for bad in ["", "a\nb", &"n".repeat(200)] {
        assert!(matches!(alice.set_custom(id, section(bad, &[("k", "v")])), Err(Error::InvalidName(_))), "{bad:?}");
        assert!(matches!(alice.set_section(bad, vec![]), Err(Error::InvalidName(_))), "{bad:?}");
    }
    assert_eq!(alice.custom(id).unwrap(), kept);
    let pair = |value: &str| vec![("k".to_owned(), value.to_owned())];
    assert!(matches!(alice.set_section("a", pair(&large.repeat(3))), Err(Error::Invalid(_))));
    for n in 0..SECTIONS_MAX {
        alice.set_section(&n.to_string(), pair("v")).unwrap();
    }
    assert!(matches!(alice.set_section("one more", pair("v")), Err(Error::TooMany(_))));
    alice.set_section("7", pair("w")).unwrap();
    alice.set_section("8", vec![]).unwrap();
    alice.set_section("one more", pair("v")).unwrap();
}

#[test]
fn sections_of_the_mailbox() {
    let mut test = TestStore::new();
    let alice = test.mailbox("alice");
    let pairs = |of: &[(&str, &str)]| section("", of).pairs;
    alice.set_section("zwc:a", pairs(&[("one", "1"), ("two", "2")])).unwrap();
    alice.modify_section("zwc:a", &pairs(&[("one", ""), ("two", "3"), ("three", "4")])).unwrap();
    drop(alice);
    test.crash();
    let alice = test.mailbox("alice");
    assert_eq!(alice.section("zwc:a").unwrap(), pairs(&[("two", "3"), ("three", "4")]));
    alice.set_section("zwc:a", pairs(&[("one", "1")])).unwrap();
    assert_eq!(alice.section("zwc:a").unwrap(), pairs(&[("one", "1")]));
    alice.modify_section("zwc:a", &pairs(&[("one", "")])).unwrap();
    assert_eq!(alice.section("zwc:a").unwrap(), pairs(&[]));
    assert_eq!(test.mailbox("bob").section("zwc:a").unwrap(), pairs(&[]));
}

#[test]
fn visitors_and_strangers() {
    let test = TestStore::new();
    let alice = test.mailbox("alice");
    let folder = |name: &str| alice.create_folder(ItemId::USER_ROOT, name, "message").unwrap().item.id;
    let (read, write) = (folder("Read"), folder("Write"));
    let tag = alice.ensure_tag("red").unwrap().item.id;
    let grant = |rights| Grant { kind: GranteeKind::User, grantee: "bob".into(), name: "bob".into(), rights };
    alice.grant(read, grant(Rights::READ)).unwrap();
    alice.grant(write, grant(Rights::READ.with(Rights::WRITE))).unwrap();
    let add = |folder, n| test.add("alice", folder, &mail(n)).id;
    let (in_read, in_write, in_inbox) = (add(read, 1), add(write, 2), add(ItemId::INBOX, 3));
    let (known, other) = (section("zwc:x", &[("k", "v")]), section("zwc:x", &[("k", "w")]));
    for id in [in_read, in_write, in_inbox, read, tag] {
        alice.set_custom(id, known.clone()).unwrap();
    }
    alice.set_section("zwc:x", known.pairs.clone()).unwrap();
    let bob = visit(&test, "bob");
    assert_eq!(bob.custom(in_read).unwrap(), std::slice::from_ref(&known));
    assert_eq!(bob.custom(read).unwrap(), std::slice::from_ref(&known));
    assert!(matches!(bob.set_custom(in_read, other.clone()), Err(Error::Denied)));
    assert!(matches!(bob.set_custom(read, other.clone()), Err(Error::Denied)));
    assert!(matches!(bob.custom(in_inbox), Err(Error::NoSuch { .. })));
    assert!(matches!(bob.set_custom(in_inbox, other.clone()), Err(Error::NoSuch { .. })));
    assert!(matches!(bob.custom(tag), Err(Error::Denied)));
    assert!(matches!(bob.set_custom(tag, other.clone()), Err(Error::Denied)));
    assert!(matches!(bob.section("zwc:x"), Err(Error::Denied)));
    assert!(matches!(bob.set_section("zwc:x", vec![]), Err(Error::Denied)));
    assert!(matches!(bob.modify_section("zwc:x", &other.pairs), Err(Error::Denied)));
    bob.set_custom(in_write, other.clone()).unwrap();
    assert_eq!(alice.custom(in_write).unwrap(), [other]);
    for id in [in_read, in_inbox, read, tag] {
        assert_eq!(alice.custom(id).unwrap(), std::slice::from_ref(&known));
    }
    assert!(alice.item(in_read).unwrap().modseq > ModSeq(0));
}
