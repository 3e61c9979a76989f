// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{TestStore, message};
use mailbox::{AddMessage, Error, FlagChange, Flags, ItemId, ModSeq, Uid, saved_ms};

fn flag(add: Flags, remove: Flags) -> FlagChange {
    FlagChange { add, remove, ..FlagChange::default() }
}

#[test]
fn flags_keep_the_counters() {
    let test = TestStore::new();
    let (a, b) = (
        test.add("alice", ItemId::INBOX, b"Subject: a\r\n\r\n"),
        test.add("alice", ItemId::INBOX, b"Subject: b\r\n\r\n"),
    );
    let mailbox = test.mailbox("alice");
    mailbox.update_flags(&[a.id, b.id], &flag(Flags::FLAGGED, Flags::UNREAD)).unwrap();
    assert_eq!(mailbox.folder(ItemId::INBOX).unwrap().detail.unread, 0);
    mailbox.update_flags(&[b.id], &flag(Flags::UNREAD, Flags::default())).unwrap();
    assert_eq!(mailbox.folder(ItemId::INBOX).unwrap().detail.unread, 1);
}

#[test]
fn unchanged_flags_cost_no_change_number() {
    let test = TestStore::new();
    let item = test.add("alice", ItemId::INBOX, b"Subject: a\r\n\r\n");
    let mailbox = test.mailbox("alice");
    let before = mailbox.row().unwrap().modseq;
    mailbox.update_flags(&[item.id], &flag(Flags::UNREAD, Flags::FLAGGED)).unwrap();
    assert_eq!(mailbox.row().unwrap().modseq, before);
}

#[test]
fn unchanged_since_leaves_conflicts_alone() {
    let test = TestStore::new();
    let item = test.add("alice", ItemId::INBOX, b"Subject: a\r\n\r\n");
    let mailbox = test.mailbox("alice");
    mailbox.update_flags(&[item.id], &flag(Flags::FLAGGED, Flags::default())).unwrap();
    let change = FlagChange { unchanged_since: Some(item.modseq), ..flag(Flags::REPLIED, Flags::default()) };
    let result = mailbox.update_flags(&[item.id, ItemId(99_999)], &change).unwrap();
    assert_eq!((result.conflicts, result.missing), (vec![item.id], vec![ItemId(99_999)]));
    assert!(!mailbox.item(item.id).unwrap().flags.contains(Flags::REPLIED));
}

#[test]
fn move_gives_a_new_uid_and_leaves_a_tombstone() {
    let test = TestStore::new();
    let item = test.add("alice", ItemId::INBOX, b"Subject: a\r\n\r\n");
    let mailbox = test.mailbox("alice");
    let since = mailbox.row().unwrap().modseq;
    let moved = mailbox.move_items(&[item.id], ItemId::TRASH).unwrap();
    assert_eq!((moved[0].id, moved[0].folder), (item.id, ItemId::TRASH));
    let (_, tombstones) = mailbox.changed_since(since, 10, 10).unwrap();
    assert_eq!((tombstones[0].folder, tombstones[0].uid, tombstones[0].removed), (ItemId::INBOX, item.uid, false));
    let back = mailbox.move_items(&[item.id], ItemId::INBOX).unwrap();
    assert!(back[0].uid > item.uid, "a UID is never used twice");
}

#[test]
fn move_is_all_or_nothing() {
    let test = TestStore::new();
    let item = test.add("alice", ItemId::INBOX, b"Subject: a\r\n\r\n");
    let mailbox = test.mailbox("alice");
    assert!(matches!(mailbox.move_items(&[item.id, ItemId(4_000)], ItemId::TRASH), Err(Error::NoSuch { .. })));
    assert_eq!(mailbox.item(item.id).unwrap().folder, ItemId::INBOX);
    for folder in [ItemId::ROOT, ItemId::TAGS, ItemId::CONVERSATIONS, ItemId(77)] {
        assert!(mailbox.move_items(&[item.id], folder).is_err());
    }
}

#[test]
fn copy_lives_on_when_the_source_goes() {
    let mut test = TestStore::new();
    let bytes = message("1@x", "hello", None, "text");
    let item = test.add("alice", ItemId::INBOX, &bytes);
    let copy = test.mailbox("alice").copy_items(&[item.id], ItemId::SENT).unwrap().remove(0).1;
    test.mailbox("alice").delete_items(&[item.id]).unwrap();
    test.store().checkpoint().unwrap();
    test.crash();
    let mailbox = test.mailbox("alice");
    assert_eq!(mailbox.content(&mailbox.item(copy.id).unwrap()).unwrap(), bytes);
    assert!(matches!(mailbox.item(item.id), Err(Error::NoSuch { .. })));
}

#[test]
fn expunge_takes_only_what_is_marked_and_asked_for() {
    let test = TestStore::new();
    let items: Vec<_> = (0..4).map(|_| test.add("alice", ItemId::INBOX, b"Subject: a\r\n\r\n")).collect();
    let mailbox = test.mailbox("alice");
    let marked: Vec<_> = items[..3].iter().map(|item| item.id).collect();
    mailbox.update_flags(&marked, &flag(Flags::DELETED, Flags::default())).unwrap();
    let only = |uid: Uid| uid <= items[1].uid || uid == items[3].uid;
    assert_eq!(mailbox.expunge(ItemId::INBOX, Some(&only)).unwrap(), [items[0].uid, items[1].uid]);
    assert_eq!(mailbox.expunge(ItemId::INBOX, None).unwrap(), [items[2].uid]);
}

#[test]
fn draft_saved_again_keeps_its_id() {
    let mut test = TestStore::new();
    let mailbox = test.mailbox("alice");
    let first = mailbox.save_draft(&test.stage(b"Subject: one\r\n\r\n1"), None, None).unwrap();
    let second = mailbox.save_draft(&test.stage(b"Subject: two\r\n\r\n22"), Some(first.id), None).unwrap();
    assert_eq!((second.id, second.subject.as_str()), (first.id, "two"));
    assert!(second.uid > first.uid);
    drop(mailbox);
    test.crash();
    let mailbox = test.mailbox("alice");
    assert_eq!(mailbox.content(&mailbox.item(first.id).unwrap()).unwrap(), &b"Subject: two\r\n\r\n22"[..]);
    let sent = test.add("alice", ItemId::SENT, b"Subject: x\r\n\r\n");
    assert!(mailbox.save_draft(&test.stage(b"Subject: y\r\n\r\n"), Some(sent.id), None).is_err());
}

#[test]
fn replies_find_each_other_in_any_order() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1]] {
        let test = TestStore::new();
        let mails = [
            message("root@x", "plan", None, "a"),
            message("one@x", "Re: plan", Some("root@x"), "b"),
            message("two@x", "Re: plan", Some("root@x"), "c"),
        ];
        let ids: Vec<_> = order.iter().map(|n| test.deliver_one(&mails[*n], "alice")).collect();
        let mailbox = test.mailbox("alice");
        let items = mailbox.items(&ids).unwrap();
        let conversation = items[0].conversation.expect("a real conversation");
        assert!(items.iter().all(|item| item.conversation == Some(conversation)), "{order:?}");
        assert_eq!(mailbox.conversation(i64::from(conversation.0)).unwrap().len(), 3);
    }
}

/// A reply that says not to what joins the newest message of its subject; what is no reply, is about something else, or lies in
/// Junk has no part in that.
#[test]
fn a_reply_without_references_goes_by_its_subject() {
    let mut test = TestStore::new();
    let deliver = |test: &TestStore, id: &str, subject: &str, to: Option<&str>| {
        test.deliver_one(&message(id, subject, to, "x"), "alice")
    };
    let root = deliver(&test, "root@x", "[list] The plan", None);
    let same = deliver(&test, "same@x", "The plan", None);
    let other = deliver(&test, "other@x", "The plans", None);
    let reply = deliver(&test, "reply@x", "RE: the  PLAN", None);
    test.crash();
    let forward = test.add("alice", ItemId::SENT, &message("forward@x", "Fwd: The plan", None, "x")).id;
    let answer = deliver(&test, "answer@x", "Something else", Some("forward@x"));
    let strict = deliver(&test, "strict@x", "Re: The plan", Some("unknown@x"));
    let nothing = deliver(&test, "nothing@x", "Re:", None);
    let mailbox = test.mailbox("alice");
    let conversation = |id| mailbox.item(id).unwrap().conversation;
    let plan = conversation(same);
    assert!(plan.is_some());
    assert_eq!([conversation(reply), conversation(forward), conversation(answer)], [plan; 3]);
    for id in [root, other, strict, nothing] {
        assert_eq!(conversation(id), None, "{id}");
    }
    let junk = deliver(&test, "junk@x", "You have won", None);
    mailbox.move_items(&[junk], ItemId::JUNK).unwrap();
    let asked = deliver(&test, "asked@x", "Re: You have won", None);
    assert_eq!(mailbox.item(asked).unwrap().conversation, None);
}

#[test]
fn messages_of_one_transaction_find_each_other() {
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        let test = TestStore::new();
        let known = test.add("alice", ItemId::INBOX, &message("known@x", "Plan", None, "x"));
        let letters = [
            message("first@x", "Lunch?", None, "x"),
            message("second@x", "Re: Lunch?", Some("first@x"), "x"),
            message("third@x", "Re: Plan", Some("known@x"), "x"),
            message("fourth@x", "Re: Plan", Some("known@x"), "x"),
        ];
        let add = AddMessage { folder: ItemId::INBOX, flags: Flags::default(), tags: Vec::new(), date_ms: None };
        let batch: Vec<_> = order.iter().map(|at| (test.stage(&letters[*at]), add.clone())).collect();
        let mailbox = test.mailbox("alice");
        let items = mailbox.add_messages(&batch).unwrap();
        let place = |letter: usize| order.iter().position(|at| *at == letter).unwrap();
        let conversation = |letter: usize| items[place(letter)].conversation;
        let plan = mailbox.item(known.id).unwrap().conversation;
        assert!(plan.is_some() && conversation(0).is_some() && plan != conversation(0), "{order:?}");
        assert_eq!([conversation(1), conversation(2), conversation(3)], [conversation(0), plan, plan], "{order:?}");
    }
}

#[test]
fn lone_message_has_a_virtual_conversation() {
    let test = TestStore::new();
    let id = test.deliver_one(&message("1@x", "hi", None, "a"), "alice");
    let mailbox = test.mailbox("alice");
    assert_eq!(mailbox.conversation(-i64::from(id.0)).unwrap()[0].id, id);
    assert!(mailbox.conversation(-5).is_err() && mailbox.conversation(i64::MIN).is_err());
    assert!(mailbox.row().unwrap().modseq > ModSeq(1));
}

#[test]
fn one_message_comes_for_another_in_one_step() {
    let mut test = TestStore::new();
    let mailbox = test.mailbox("alice");
    let old = test.add("alice", ItemId::DRAFTS, &message("m1@x", "draft", None, "one"));
    let add = AddMessage { folder: ItemId::DRAFTS, flags: Flags::DRAFT, tags: vec![], date_ms: Some(7) };
    let staged = test.stage(&message("m1@x", "draft", None, "two"));
    let events = test.handle("alice").subscribe();
    let new = mailbox.replace_message(&staged, &add, old.id, (ItemId::DRAFTS, old.uid)).unwrap();
    assert_eq!(events.len(), 1, "both are one change");
    assert!(new.uid > old.uid && new.id != old.id && new.date_ms == 7);
    let again = mailbox.replace_message(&staged, &add, old.id, (ItemId::DRAFTS, old.uid));
    assert!(matches!(again, Err(Error::NoSuch { .. })));
    // Moved away: not the place that was meant.
    mailbox.move_items(&[new.id], ItemId::TRASH).unwrap();
    let again = mailbox.replace_message(&staged, &add, new.id, (ItemId::DRAFTS, new.uid));
    assert!(matches!(again, Err(Error::NoSuch { .. })));
    let moved = mailbox.item(new.id).unwrap();
    assert_eq!(mailbox.message_at(ItemId::TRASH, moved.uid).unwrap().unwrap().id, new.id);
    assert!(mailbox.message_at(ItemId::DRAFTS, new.uid).unwrap().is_none());
    drop(mailbox);
    test.crash();
    let mailbox = test.mailbox("alice");
    assert!(mailbox.item(old.id).is_err());
    assert_eq!(mailbox.content(&mailbox.item(new.id).unwrap()).unwrap(), staged.content);
    assert_eq!(mailbox.folder(ItemId::DRAFTS).unwrap().detail.total, 0);
}

#[test]
fn a_message_knows_when_it_came_into_its_folder() {
    let mut test = TestStore::new();
    let id = test.deliver_one(&message("m1@x", "one", None, "one"), "alice");
    let mailbox = test.mailbox("alice");
    let came = saved_ms(&mailbox.item(id).unwrap()).unwrap();
    assert!(came > 0 && saved_ms(&mailbox.item(id).unwrap()) == Some(mailbox.item(id).unwrap().changed_ms));
    mailbox.update_flags(&[id], &flag(Flags::FLAGGED, Flags::default())).unwrap();
    assert_eq!(saved_ms(&mailbox.item(id).unwrap()), Some(came), "flags don't move it");
    let moved = mailbox.move_items(&[id], ItemId::TRASH).unwrap().remove(0);
    assert_eq!(saved_ms(&moved), Some(moved.changed_ms));
    // Where it is already: nothing changes.
    assert_eq!(mailbox.move_items(&[id], ItemId::TRASH).unwrap(), std::slice::from_ref(&moved));
    let (_, copy) = mailbox.copy_items(&[id], ItemId::INBOX).unwrap().remove(0);
    assert_eq!(saved_ms(&copy), Some(copy.changed_ms));
    let draft = mailbox.save_draft(&test.stage(b"Subject: d\r\n\r\n"), None, None).unwrap();
    let again = mailbox.save_draft(&test.stage(b"Subject: e\r\n\r\n"), Some(draft.id), None).unwrap();
    assert_eq!(saved_ms(&again), Some(again.changed_ms));
    drop(mailbox);
    test.crash();
    let mailbox = test.mailbox("alice");
    for item in [moved, copy, again] {
        assert_eq!(mailbox.item(item.id).unwrap(), item, "the row holds what the effects say");
    }
}
