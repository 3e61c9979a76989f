// SPDX-License-Identifier: AGPL-3.0-or-later
//! What is put comes back; what is patched changes as told and nothing else does.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

mod common;

use common::*;
use ids::{ItemId, MailboxId, ModSeq, Seq, Uid};
use ph_metadata::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn items_come_back_as_they_were_put(items in proptest::collection::vec(item(), 0..30)) {
        let (_dir, metadata) = open();
        put(&metadata, &items);
        // The last put of an id wins.
        let model: BTreeMap<ItemId, Item> = items.into_iter().map(|item| (item.id, item)).collect();
        metadata.read(ID, |r| {
            let all: Vec<ItemId> = (0..300).rev().map(ItemId).collect();
            assert_eq!(r.items(&all)?, model.values().rev().cloned().collect::<Vec<_>>());
            for (id, item) in &model {
                assert_eq!(r.item(*id)?.as_ref(), Some(item));
            }
            let containers: Vec<Item> = model.values().filter(|i| i.kind.is_container()).cloned().collect();
            assert_eq!(r.containers()?, containers);
            let briefs: Vec<ItemId> = r.briefs(&all)?.into_iter().map(|b| b.id).collect();
            let others: Vec<ItemId> = model.values().rev().filter(|i| !i.kind.is_container()).map(|i| i.id).collect();
            assert_eq!(briefs, others);
            Ok(())
        }).unwrap();
        check(&metadata);
    }

    #[test]
    fn mailbox_rows_come_back(id in 0..1000u32, account in any::<String>(), n in any::<(u32, u64, u64, u64, u64)>()) {
        let (_dir, metadata) = open();
        let row = MailboxRow {
            id: MailboxId(id), account, next_item_id: n.0, modseq: ModSeq(n.1), size: n.2, applied: Seq(n.3), purged: ModSeq(n.4),
        };
        metadata.write(row.id, |w| w.put_mailbox(&row)).unwrap();
        assert_eq!(metadata.mailbox(row.id).unwrap(), Some(row.clone()));
        assert_eq!(metadata.mailboxes().unwrap(), [row]);
    }

    #[test]
    fn patches_change_what_they_name(
        before in item(),
        folder in any::<Option<u32>>(),
        uid in any::<Option<u32>>(),
        flags in any::<Option<u32>>(),
        tags in proptest::option::of(proptest::collection::btree_set(1..9u32, 0..5)),
        conversation in any::<Option<u32>>(),
        saved_ms in any::<Option<i64>>(),
    ) {
        let (_dir, metadata) = open();
        let patch = Patch {
            id: before.id,
            modseq: ModSeq(9),
            changed_ms: 10,
            folder: folder.map(ItemId),
            uid: uid.map(Uid),
            flags: flags.map(Flags),
            tags: tags.map(|t| t.into_iter().map(ItemId).collect()),
            conversation: conversation.map(ItemId),
            saved_ms,
        };
        put(&metadata, std::slice::from_ref(&before));
        metadata.write(ID, |w| w.patch_item(&patch)).unwrap();
        let mut detail = before.detail.clone();
        if let (Detail::Message(detail), true) = (&mut detail, saved_ms.is_some()) {
            detail.saved_ms = saved_ms;
        }
        let expected = Item {
            detail,
            modseq: ModSeq(9),
            changed_ms: 10,
            folder: patch.folder.unwrap_or(before.folder),
            uid: patch.uid.unwrap_or(before.uid),
            flags: patch.flags.unwrap_or(before.flags),
            tags: patch.tags.unwrap_or(before.tags),
            conversation: patch.conversation.map_or(before.conversation, |c| Some(c).filter(|c| c.0 != 0)),
            ..before
        };
        assert_eq!(metadata.read(ID, |r| r.item(expected.id)).unwrap(), Some(expected));
        check(&metadata);
    }
}

#[test]
fn a_conversation_of_zero_makes_it_virtual_again() {
    let (_dir, metadata) = open();
    put(&metadata, &[Item { conversation: Some(ItemId(900)), ..message(300) }, message(301)]);
    let members = || metadata.read(ID, |r| r.conversation(ItemId(900))).unwrap().len();
    assert_eq!(members(), 1);
    let to = |id, conversation| {
        let patch = Patch { id: ItemId(id), conversation: Some(ItemId(conversation)), ..Patch::default() };
        metadata.write(ID, |w| w.patch_item(&patch)).unwrap();
    };
    to(301, 900);
    assert_eq!(members(), 2);
    to(300, 0);
    to(301, 0);
    assert_eq!(members(), 0);
    assert_eq!(metadata.read(ID, |r| r.item(ItemId(300))).unwrap().unwrap().conversation, None);
    check(&metadata);
}

#[test]
fn a_patch_of_nothing_is_an_error_and_rolls_back() {
    let (_dir, metadata) = open();
    put(&metadata, &[message(300)]);
    let result = metadata.write(ID, |w| {
        w.put_item(&message(301))?;
        assert!(w.reader().item(ItemId(301))?.is_some(), "a writer sees its own rows");
        w.patch_item(&Patch { id: ItemId(999), ..Patch::default() })
    });
    assert!(matches!(result, Err(Error::NoItem { item: ItemId(999), .. })));
    assert_eq!(metadata.read(ID, |r| r.message_count()).unwrap(), 1);
    check(&metadata);
}

#[test]
fn removed_items_leave_no_links_and_tombstones_tell() {
    let (_dir, metadata) = open();
    let tagged = |id| Item { tags: vec![ItemId(64), ItemId(65)], ..message(id) };
    put(&metadata, &[tagged(300), tagged(301)]);
    let stone = |id, modseq, removed| Tombstone {
        id: ItemId(id),
        kind: Kind::Message,
        modseq: ModSeq(modseq),
        folder: ItemId::INBOX,
        uid: Uid(id),
        removed,
    };
    let stones = [stone(300, 5, true), stone(301, 5, false), stone(299, 6, true)];
    metadata
        .write(ID, |w| {
            w.remove_item(ItemId(300))?;
            w.remove_item(ItemId(300))?;
            // Twice, as a replay would.
            stones.iter().chain(&stones).try_for_each(|s| w.put_tombstone(s))
        })
        .unwrap();
    metadata
        .read(ID, |r| {
            assert_eq!(r.tagged(ItemId(64))?, [ItemId(301)]);
            assert_eq!(r.tombstones_since(ModSeq(0), 10)?, stones);
            assert_eq!(r.tombstones_since(ModSeq(5), 10)?, stones[2..]);
            assert_eq!(r.tombstones_since(ModSeq(0), 1)?, stones[..1]);
            Ok(())
        })
        .unwrap();
    metadata.write(ID, |w| w.purge_tombstones(ModSeq(5))).unwrap();
    assert_eq!(metadata.read(ID, |r| r.tombstones_since(ModSeq(0), 10)).unwrap(), stones[2..]);
    check(&metadata);
}

#[test]
fn notes_are_named_and_expire() {
    let (_dir, metadata) = open();
    put(&metadata, &[message(300)]);
    let note = |space, name: &str, expires_ms, value: &[u8]| Note {
        space,
        name: name.into(),
        expires_ms,
        value: value.to_vec(),
    };
    let large = vec![0xff; 1 << 20];
    let long = "\u{fc}".repeat(Note::NAME_BYTES_MAX / 2);
    let all = [
        note(1, "A", 0, b"upper"),
        note(1, "a", 0, b"lower"),
        note(1, "a ", 0, b""),
        note(1, &long, 0, &large),
        note(3, "a", 100, b""),
        note(3, "b", 200, b""),
    ];
    metadata.write(ID, |w| all.iter().chain(&all).try_for_each(|one| w.put_note(one))).unwrap();
    metadata
        .read(ID, |r| {
            assert_eq!(r.notes(None)?, all);
            assert_eq!(r.notes(Some(3))?, all[4..]);
            assert_eq!((r.note(1, "a")?.as_ref(), r.note(2, "a")?), (Some(&all[1]), None));
            assert_eq!((r.note_count(1)?, r.note_count(2)?), (4, 0));
            Ok(())
        })
        .unwrap();
    metadata
        .write(ID, |w| {
            w.expire_notes(3, 100)?;
            w.expire_notes(1, i64::MAX)?;
            w.remove_note(1, "A")?;
            w.remove_note(1, "A")
        })
        .unwrap();
    assert_eq!(metadata.read(ID, |r| r.notes(None)).unwrap(), [&all[1..4], &all[5..]].concat());
    check(&metadata);
}

#[test]
fn changes_come_in_order() {
    let (_dir, metadata) = open();
    let at = |id, modseq| Item { modseq: ModSeq(modseq), ..message(id) };
    put(&metadata, &[at(300, 7), at(301, 6), at(302, 7), at(303, 5), folder(256, "F")]);
    let since = |modseq, limit| -> Vec<u32> {
        metadata.read(ID, |r| r.changed_since(ModSeq(modseq), limit)).unwrap().iter().map(|i| i.id.0).collect()
    };
    assert_eq!(since(5, 100), [301, 300, 302, 256]);
    assert_eq!(since(5, 2), [301, 300]);
    assert_eq!(since(u64::MAX, 2), [0; 0]);
    check(&metadata);
}

#[test]
fn threads_are_found_by_either_hash() {
    let (_dir, metadata) = open();
    let with = |id, m, t| Item { message_id_hash: m, thread_hash: t, ..message(id) };
    put(&metadata, &[with(300, 1, 0), with(301, 2, -5), with(302, 0, -5), with(303, 0, 0)]);
    let find = |m: &[i64], t: &[i64]| -> Vec<u32> {
        metadata.read(ID, |r| r.thread_candidates(m, t)).unwrap().iter().map(|b| b.id.0).collect()
    };
    assert_eq!(find(&[1, 2], &[-5]), [300, 301, 302]);
    assert_eq!(find(&[0], &[0]), [0; 0]);
    let many: Vec<i64> = (0..1000).collect();
    assert_eq!(find(&many, &many), [300, 301]);
    check(&metadata);
}

#[test]
fn hostile_names_and_a_subject_of_a_megabyte_are_stored_whole() {
    let (_dir, metadata) = open();
    let subject = "A\0'\"😀".repeat(1 << 17);
    let items = [
        Item { subject: subject.clone(), subject_sort: subject.clone(), ..message(300) },
        folder(257, "'; DROP TABLE item; --"),
        folder(258, "\0\u{feff}👩‍👩‍👧\\%"),
    ];
    put(&metadata, &items);
    let ids: Vec<ItemId> = items.iter().map(|i| i.id).collect();
    assert_eq!(metadata.read(ID, |r| r.items(&ids)).unwrap(), items);
    check(&metadata);
}

#[test]
fn rows_that_could_not_be_read_back_are_refused() {
    let (_dir, metadata) = open();
    let item = Item { kind: Kind::Tag, ..message(300) };
    assert!(matches!(metadata.write(ID, |w| w.put_item(&item)), Err(Error::Invalid { .. })));
    let row = state(MailboxId(4));
    assert!(matches!(metadata.write(ID, |w| w.put_mailbox(&row)), Err(Error::Invalid { .. })));
}
