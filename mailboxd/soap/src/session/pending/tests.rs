// SPDX-License-Identifier: AGPL-3.0-or-later
use super::*;
use mailbox::{Detail, Flags, Item, MessageDetail, ModSeq, Uid};
use std::sync::Arc;

fn message(id: u32, conversation: Option<u32>) -> Arc<Item> {
    Arc::new(Item {
        id: ItemId(id),
        kind: Kind::Message,
        folder: ItemId::INBOX,
        conversation: conversation.map(ItemId),
        uid: Uid(1),
        modseq: ModSeq(1),
        revision: ModSeq(1),
        date_ms: 0,
        changed_ms: 0,
        size: 1,
        flags: Flags::UNREAD,
        tags: vec![],
        name: String::new(),
        subject: String::new(),
        subject_sort: String::new(),
        sender_sort: String::new(),
        digest: None,
        message_id_hash: 0,
        thread_hash: 0,
        detail: Detail::Message(MessageDetail::default()),
    })
}

fn pending(changes: Vec<Change>) -> Pending {
    let mut pending = Pending::default();
    pending.add(&Event { modseq: ModSeq(1), changes });
    pending
}

fn removed(id: u32) -> Change {
    Change::Removed { id: ItemId(id), kind: Kind::Message, folder: ItemId::INBOX, uid: Uid(1) }
}

#[test]
fn what_came_and_went_is_not_told() {
    let pending = pending(vec![Change::Created(message(257, None)), removed(257)]);
    assert!(pending.is_empty(), "{pending:?}");
}

#[test]
fn a_new_message_brings_its_conversation() {
    let pending = pending(vec![Change::Created(message(257, None))]);
    assert!(pending.conversations_created.contains(&-257));
}

#[test]
fn a_virtual_conversation_becomes_real() {
    let what = What { conversation: true, ..What::default() };
    let pending = pending(vec![
        Change::Created(message(258, Some(259))),
        Change::Modified { item: message(257, Some(259)), moved_from: None, what },
    ]);
    assert!(pending.deleted.contains(&-257));
    assert!(pending.conversations_created.contains(&259));
    assert!(pending.modified.contains_key(&ItemId(257)));
}

#[test]
fn flags_add_up() {
    let flags = What { flags: true, ..What::default() };
    let tags = What { tags: true, ..What::default() };
    let pending = pending(vec![
        Change::Modified { item: message(257, None), moved_from: None, what: flags },
        Change::Modified { item: message(257, None), moved_from: None, what: tags },
    ]);
    let (_, what) = pending.modified[&ItemId(257)];
    assert!(what.flags && what.tags && !what.folder);
    assert!(pending.conversations.contains(&-257));
}
