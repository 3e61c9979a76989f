// SPDX-License-Identifier: AGPL-3.0-or-later
//! Scripts, notes and parcels: what they do, and that a crash keeps it.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

mod common;

use common::{TestStore, message};
use mailbox::{
    ANSWERED, DUPLICATES, Error, Flags, ItemId, Parcel, ParcelCopy, Remembered, SCRIPT_BYTES_MAX, SCRIPTS_MAX, Staged,
};

const DAY_MS: i64 = 86_400_000;

fn parcel(account: &str, copies: Vec<(usize, ItemId)>) -> Parcel {
    let copy = |(message, folder)| ParcelCopy { message, folder, flags: Flags::UNREAD, tags: vec![] };
    Parcel {
        account: account.into(),
        quota_bytes: 0,
        trusts_spam_flag: false,
        envelope_from: "s@example.test".into(),
        envelope_to: format!("{account}@example.test"),
        copies: copies.into_iter().map(copy).collect(),
        remember: vec![],
    }
}

#[test]
fn scripts_are_put_renamed_activated_and_deleted() {
    let mut test = TestStore::new();
    let ann = test.mailbox("ann");
    assert!(ann.scripts().unwrap().is_empty() && ann.active_script().is_none());
    ann.put_script("one", b"keep;").unwrap();
    ann.put_script("zwei \u{fc}", b"discard;").unwrap();
    assert!(matches!(ann.activate_script(Some("three")), Err(Error::NoSuch { .. })));
    ann.activate_script(Some("one")).unwrap();
    let first = ann.active_script().unwrap();
    assert!(matches!(ann.delete_script("one"), Err(Error::Immutable(_))));
    ann.put_script("zwei \u{fc}", b"stop;").unwrap();
    assert_ne!(ann.active_script().unwrap().version, first.version, "it may include the other one");
    assert!(matches!(ann.rename_script("one", "zwei \u{fc}"), Err(Error::AlreadyExists(_))));
    ann.rename_script("one", "eins").unwrap();
    assert_eq!(&*ann.active_script().unwrap().name, "eins");
    drop(ann);
    test.crash();
    let ann = test.mailbox("ann");
    assert_eq!(&*ann.active_script().unwrap().name, "eins");
    assert_eq!(ann.script("eins").unwrap(), b"keep;");
    let entries: Vec<_> = ann.scripts().unwrap().into_iter().map(|s| (s.name, s.bytes, s.is_active)).collect();
    assert_eq!(entries, [("eins".into(), 5, true), ("zwei \u{fc}".into(), 5, false)]);
    assert!(test.mailbox("bob").scripts().unwrap().is_empty(), "each has its own");
    ann.activate_script(None).unwrap();
    ann.delete_script("eins").unwrap();
    drop(ann);
    test.crash_after(|_| {});
    let ann = test.mailbox("ann");
    assert!(ann.active_script().is_none());
    assert_eq!(ann.scripts().unwrap().len(), 1);
}

#[test]
fn scripts_have_limits() {
    let test = TestStore::new();
    let ann = test.mailbox("ann");
    for name in ["", "a\nb", "a\u{2028}b", &"x".repeat(513)] {
        assert!(matches!(ann.put_script(name, b"keep;"), Err(Error::InvalidName(_))), "{name:?}");
    }
    assert!(matches!(ann.put_script("big", &vec![b' '; SCRIPT_BYTES_MAX + 1]), Err(Error::TooLarge { .. })));
    ann.put_script("big", &vec![b' '; SCRIPT_BYTES_MAX]).unwrap();
    for n in 1..SCRIPTS_MAX {
        ann.put_script(&format!("script {n}"), b"keep;").unwrap();
    }
    assert!(matches!(ann.put_script("one more", b"keep;"), Err(Error::OverQuota)));
    ann.put_script("script 1", b"stop;").unwrap();
}

#[test]
fn a_parcel_is_one_record_with_what_it_remembers() {
    let mut test = TestStore::new();
    let ann = test.mailbox("ann");
    let folder = ann.create_folder(ItemId::USER_ROOT, "Lists", "message").unwrap().item.id;
    let [came, edited] = ["came", "edited"].map(|id| test.stage(&message(&format!("{id}@x"), id, None, "text")));
    let messages: [&Staged; 2] = [&came, &edited];
    let mut to = parcel("ann", vec![(0, folder), (1, ItemId::INBOX)]);
    to.remember.push(Remembered { space: ANSWERED, name: "bob".into(), ms: DAY_MS });
    to.remember.push(Remembered { space: DUPLICATES, name: "gone".into(), ms: 1 });
    let nothing = parcel("bob", vec![]);
    let answers = test.store().deliver_parcels(&messages, &[to.clone(), nothing]);
    let ids = answers[0].as_ref().unwrap();
    assert_eq!((ids.len(), answers[1].as_ref().unwrap().len()), (2, 0));
    assert_eq!(ann.item(ids[0]).unwrap().folder, folder);
    assert_eq!(ann.content(&ann.item(ids[1]).unwrap()).unwrap(), edited.content);
    drop(ann);
    test.crash();
    let ann = test.mailbox("ann");
    assert!(ann.is_noted(ANSWERED, "bob").unwrap() && !ann.is_noted(ANSWERED, "carol").unwrap());
    let begun = std::time::Instant::now();
    while ann.is_noted(DUPLICATES, "gone").unwrap() {
        assert!(begun.elapsed().as_secs() < 30, "it does not expire");
    }
    // All or nothing: the second copy has no room.
    to.quota_bytes = ann.row().unwrap().size + came.size + 1;
    to.remember = vec![Remembered { space: ANSWERED, name: "dave".into(), ms: DAY_MS }];
    let answers = test.store().deliver_parcels(&messages, &[to]);
    assert!(matches!(answers[0], Err(Error::OverQuota)));
    assert!(!ann.is_noted(ANSWERED, "dave").unwrap());
    assert_eq!(ann.folder_messages(folder, mailbox::Uid(0)).unwrap().len(), 1);
}

#[test]
fn a_mailbox_takes_its_notes_along() {
    let test = TestStore::new();
    let ann = test.mailbox("ann");
    ann.put_script("one", b"keep;").unwrap();
    drop(ann);
    test.store().delete_mailbox("ann").unwrap();
    assert!(test.mailbox("ann").scripts().unwrap().is_empty());
}
