// SPDX-License-Identifier: AGPL-3.0-or-later
//! Mail from elsewhere: what has come is noted by the record that stores it, whatever crashes.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

mod common;

use common::{TestStore, message};
use mailbox::{
    AddMessage, Error, FETCHED, Flags, ItemId, Parcel, ParcelCopy, Remembered, SOURCES_MAX, Uid, fetched_name,
};

const DAY_MS: i64 = 86_400_000;

fn inbox(test: &TestStore) -> usize {
    test.mailbox("ann").folder_messages(ItemId::INBOX, Uid(0)).unwrap().len()
}

#[test]
fn sources_are_put_changed_and_removed_with_what_is_known_of_them() {
    let mut test = TestStore::new();
    let ann = test.mailbox("ann");
    ann.put_source("one", |known| Ok(vec![u8::try_from(known.len()).unwrap()])).unwrap();
    ann.put_source("two", |known| Ok(vec![u8::try_from(known.len()).unwrap()])).unwrap();
    ann.note_fetched("one", "a", b"1".to_vec()).unwrap();
    ann.note_fetched("two", "a", b"2".to_vec()).unwrap();
    assert!(matches!(ann.put_source("three", |_| Err(Error::ModifyConflict)), Err(Error::ModifyConflict)));
    drop(ann);
    test.crash();
    let kept = vec![("one".to_owned(), vec![0]), ("two".to_owned(), vec![1])];
    assert_eq!(test.store().sources("ann").unwrap(), kept);
    assert!(test.store().sources("nobody").unwrap().is_empty());
    let ann = test.mailbox("ann");
    assert_eq!(ann.fetched("one").unwrap().get("a").map(Vec::as_slice), Some(b"1".as_slice()));
    ann.remove_source("one").unwrap();
    assert!(ann.fetched("one").unwrap().is_empty() && ann.fetched("two").unwrap().len() == 1);
    for n in 0..SOURCES_MAX - 1 {
        ann.put_source(&format!("more {n}"), |_| Ok(Vec::new())).unwrap();
    }
    assert!(matches!(ann.put_source("too many", |_| Ok(Vec::new())), Err(Error::TooMany(_))));
    ann.put_source("two", |_| Ok(b"changed".to_vec())).unwrap();
    assert!(matches!(ann.put_source("", |_| Ok(Vec::new())), Err(Error::InvalidName(_))));
}

/// As a pass does it: what is noted is not taken again.
#[test]
fn nothing_comes_twice_and_nothing_is_left_out() {
    let mut test = TestStore::new();
    let add = AddMessage { folder: ItemId::INBOX, flags: Flags::UNREAD, tags: vec![], date_ms: Some(1) };
    for pass in 0..3 {
        for n in 0..5 {
            let (mailbox, name) = (test.mailbox("ann"), n.to_string());
            if !mailbox.fetched("s").unwrap().contains_key(&name) {
                let staged = test.stage(&message(&format!("{n}@x"), "fetched", None, "text"));
                mailbox.add_fetched(&staged, &add, "s", &name, b"here".to_vec()).unwrap();
            }
            if n == pass {
                drop(mailbox);
                test.crash();
            }
        }
    }
    assert_eq!((inbox(&test), test.mailbox("ann").fetched("s").unwrap().len()), (5, 5));
}

/// The same by a delivery; one that a filter has discarded is noted, too.
#[test]
fn deliveries_note_what_they_bring() {
    let mut test = TestStore::new();
    test.mailbox("ann");
    let copy = ParcelCopy { message: 0, folder: ItemId::INBOX, flags: Flags::UNREAD, tags: vec![] };
    for (name, copies) in [("kept", vec![copy]), ("discarded", vec![])] {
        let parcel = Parcel {
            account: "ann".into(),
            quota_bytes: 0,
            trusts_spam_flag: false,
            envelope_from: String::new(),
            envelope_to: "ann@example.test".into(),
            copies,
            remember: vec![Remembered { space: FETCHED, name: fetched_name("s", name), ms: 36_600 * DAY_MS }],
        };
        let staged = test.stage(&message(&format!("{name}@x"), "fetched", None, "text"));
        test.store().deliver_parcels(&[&staged], &[parcel]).remove(0).unwrap();
        test.crash();
    }
    let known = test.mailbox("ann").fetched("s").unwrap();
    assert!(known.contains_key("kept") && known.contains_key("discarded"));
    assert_eq!(inbox(&test), 1);
}

#[test]
fn over_quota_leaves_nothing_noted() {
    let test = TestStore::new();
    let actor = mailbox::Actor { account: "ann".into(), is_admin: false };
    let handle = test.store().open_mailbox(&actor, "ann", 10).unwrap();
    let add = AddMessage { folder: ItemId::INBOX, flags: Flags::UNREAD, tags: vec![], date_ms: None };
    let staged = test.stage(&message("big@x", "big", None, "text"));
    let refused = handle.mailbox().add_fetched(&staged, &add, "s", "big", Vec::new());
    assert!(matches!(refused, Err(Error::OverQuota)));
    assert!(handle.mailbox().fetched("s").unwrap().is_empty());
}
