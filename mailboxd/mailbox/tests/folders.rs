// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::TestStore;
use mailbox::{Error, FlagChange, Flags, ItemId};

#[test]
fn system_folders_are_there_and_stay() {
    let test = TestStore::new();
    let mailbox = test.mailbox("alice");
    assert_eq!(mailbox.folder(ItemId::INBOX).unwrap().path, "/Inbox");
    assert_eq!(mailbox.folder_by_path("inbox").unwrap().unwrap().item.id, ItemId::INBOX);
    assert!(matches!(mailbox.rename_folder(ItemId::INBOX, None, Some("x")), Err(Error::Immutable(_))));
    assert!(matches!(mailbox.delete_folder(ItemId::TRASH), Err(Error::Immutable(_))));
}

#[test]
fn create_rename_move_delete() {
    let mut test = TestStore::new();
    let mailbox = test.mailbox("alice");
    let work = mailbox.create_folder(ItemId::USER_ROOT, "Work", "message").unwrap().item.id;
    let year = mailbox.create_folder(work, "2026", "message").unwrap().item.id;
    assert_eq!(mailbox.folder(year).unwrap().path, "/Work/2026");
    assert!(matches!(mailbox.create_folder(work, "2026", ""), Err(Error::AlreadyExists(_))));
    assert!(matches!(mailbox.rename_folder(work, Some(year), None), Err(Error::CannotContain(_))));
    mailbox.rename_folder(year, Some(ItemId::INBOX), Some("Now")).unwrap();
    let item = test.add("alice", year, b"Subject: a\r\n\r\n");
    drop(mailbox);
    test.crash();
    let mailbox = test.mailbox("alice");
    assert_eq!(mailbox.folder(year).unwrap().path, "/Inbox/Now");
    mailbox.delete_folder(year).unwrap();
    assert!(mailbox.item(item.id).is_err() && mailbox.folder(year).is_err());
}

#[test]
fn names_that_paths_cannot_hold_are_refused() {
    let test = TestStore::new();
    let mailbox = test.mailbox("alice");
    for name in ["", " ", ".", "..", "a/b", "a:b", "a\"b", "a\nb", "\0", &"x".repeat(256)] {
        assert!(matches!(mailbox.create_folder(ItemId::USER_ROOT, name, ""), Err(Error::InvalidName(_))), "{name:?}");
    }
    assert!(mailbox.create_folder(ItemId::USER_ROOT, "Übergrößen 📦", "").is_ok());
}

#[test]
fn nesting_is_bounded() {
    let test = TestStore::new();
    let mailbox = test.mailbox("alice");
    let mut parent = ItemId::INBOX;
    let refused = (0..200).find_map(|_| match mailbox.create_folder(parent, "deep", "") {
        Ok(folder) => {
            parent = folder.item.id;
            None
        }
        Err(error) => Some(error),
    });
    assert!(matches!(refused, Some(Error::Invalid(_))));
}

#[test]
fn tags_count_and_go_with_their_marks() {
    let test = TestStore::new();
    let mailbox = test.mailbox("alice");
    let tag = mailbox.create_tag("urgent", Some(3), None).unwrap().item.id;
    assert!(matches!(mailbox.create_tag("Urgent", None, None), Err(Error::AlreadyExists(_))));
    let item = test.add("alice", ItemId::INBOX, b"Subject: a\r\n\r\n");
    mailbox.update_flags(&[item.id], &FlagChange { tags_add: vec![tag], ..FlagChange::default() }).unwrap();
    assert_eq!(mailbox.tags().unwrap()[0].detail.unread, 1);
    mailbox.update_flags(&[item.id], &FlagChange { remove: Flags::UNREAD, ..FlagChange::default() }).unwrap();
    assert_eq!((mailbox.tags().unwrap()[0].detail.unread, mailbox.tags().unwrap()[0].detail.total), (0, 1));
    mailbox.delete_tag(tag).unwrap();
    assert!(mailbox.item(item.id).unwrap().tags.is_empty());
}

#[test]
fn saved_searches_hold_a_query_and_no_messages() {
    let test = TestStore::new();
    let mailbox = test.mailbox("alice");
    let saved = mailbox.create_search_folder(ItemId::USER_ROOT, "Big", "larger:1mb", "conversation", "").unwrap();
    assert!(mailbox.create_search_folder(ItemId::USER_ROOT, "Bad", "(((", "", "").is_err());
    let item = test.add("alice", ItemId::INBOX, b"Subject: a\r\n\r\n");
    assert!(matches!(mailbox.move_items(&[item.id], saved.item.id), Err(Error::CannotContain(_))));
    let changed = mailbox.modify_search_folder(saved.item.id, "is:unread", "", "").unwrap();
    assert_eq!(changed.detail.query.as_deref(), Some("is:unread"));
}

#[test]
fn empty_and_mark_read() {
    let test = TestStore::new();
    let mailbox = test.mailbox("alice");
    let sub = mailbox.create_folder(ItemId::TRASH, "sub", "").unwrap().item.id;
    for folder in [ItemId::TRASH, sub, ItemId::INBOX] {
        test.add("alice", folder, b"Subject: a\r\n\r\n");
    }
    mailbox.mark_folder_read(ItemId::TRASH, true).unwrap();
    assert_eq!(mailbox.folder(sub).unwrap().detail.unread, 0);
    mailbox.empty_folder(ItemId::TRASH, true).unwrap();
    assert!(mailbox.folder(sub).is_err());
    assert_eq!(mailbox.folder(ItemId::TRASH).unwrap().detail.total, 0);
    assert_eq!(mailbox.folder(ItemId::INBOX).unwrap().detail.unread, 1);
}

#[test]
fn one_folder_is_for_the_archive() {
    let mut test = TestStore::new();
    let mailbox = test.mailbox("alice");
    let made = mailbox.create_special_folder(ItemId::INBOX, "Old", "\\archive").unwrap();
    assert_eq!(made.detail.special_use.as_deref(), Some("\\Archive"));
    let again = mailbox.create_special_folder(ItemId::USER_ROOT, "Older", "\\Archive");
    assert!(matches!(again, Err(Error::AlreadyExists(_))));
    assert!(matches!(mailbox.create_special_folder(ItemId::INBOX, "x", "\\Sent"), Err(Error::Invalid(_))));
    mailbox.rename_folder(made.item.id, Some(ItemId::USER_ROOT), Some("Kept")).unwrap();
    drop(mailbox);
    test.crash();
    let mailbox = test.mailbox("alice");
    assert_eq!(mailbox.folder_for("\\ARCHIVE").unwrap().unwrap().path, "/Kept");
    mailbox.delete_folder(made.item.id).unwrap();
    assert!(mailbox.folder_for("\\Archive").unwrap().is_none());
    mailbox.create_special_folder(ItemId::USER_ROOT, "Older", "\\Archive").unwrap();
}
