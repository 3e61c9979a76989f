// SPDX-License-Identifier: AGPL-3.0-or-later
//! From the bytes of a message to its row.

use blobs::Staged;
use metadata::{Address, Detail, Flags, Item, Kind, MessageDetail};
use mime::Summary;

/// Characters of a sort key: enough to sort by, short enough for an index.
const SORT_KEY_CHARS: usize = 128;

/// The row of a new message, but for what its mailbox decides: id, folder, UID, change numbers, conversation.
pub(super) fn row(summary: &Summary, staged: &Staged, flags: Flags, date_ms: i64) -> Item {
    let addresses = |list: &[mime::Mailbox]| list.iter().map(address).collect::<Vec<_>>();
    let detail = MessageDetail {
        from: addresses(&summary.from),
        sender: addresses(&summary.sender),
        reply_to: addresses(&summary.reply_to),
        to: addresses(&summary.to),
        cc: addresses(&summary.cc),
        bcc: addresses(&summary.bcc),
        fragment: summary.fragment.clone(),
        message_id: summary.message_id.clone(),
        in_reply_to: summary.in_reply_to.first().cloned(),
        sent_ms: summary.date_ms,
        ..MessageDetail::default()
    };
    let sender = summary.from.first().map(|from| from.name.as_deref().unwrap_or(&from.address)).unwrap_or_default();
    let message_id_hash = summary.message_id.as_deref().map_or(0, hash);
    let oldest = summary.references.first().or(summary.in_reply_to.first());
    Item {
        id: ids::ItemId(0),
        kind: Kind::Message,
        folder: ids::ItemId(0),
        conversation: None,
        uid: ids::Uid(0),
        modseq: ids::ModSeq(0),
        revision: ids::ModSeq(0),
        date_ms,
        changed_ms: date_ms,
        size: staged.size,
        flags: flags.with(content_flags(summary)),
        tags: Vec::new(),
        name: String::new(),
        subject_sort: sort_key(&summary.subject_base),
        sender_sort: sort_key(sender),
        subject: summary.subject.clone(),
        digest: Some(staged.digest),
        message_id_hash,
        thread_hash: oldest.map_or(message_id_hash, |id| hash(id)),
        detail: Detail::Message(detail),
    }
}

fn content_flags(summary: &Summary) -> Flags {
    let mut flags = Flags::default();
    for (set, flag) in [
        (summary.has_attachment, Flags::ATTACHMENT),
        (summary.has_invite, Flags::INVITE),
        (summary.priority > 0, Flags::URGENT),
        (summary.priority < 0, Flags::LOW_PRIORITY),
    ] {
        if set {
            flags = flags.with(flag);
        }
    }
    flags
}

fn address(mailbox: &mime::Mailbox) -> Address {
    Address { address: mailbox.address.clone(), name: mailbox.name.clone() }
}

fn sort_key(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).take(SORT_KEY_CHARS).collect()
}

/// 64-bit FNV-1a of a Message-ID: stable for ever, because it is on disk; never 0, which means "none". A collision, even a
/// sought one, puts a message into a conversation, which a References header can do anyway.
pub(super) fn hash(message_id: &str) -> i64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in message_id.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    (hash | 1) as i64
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn hash_is_what_old_rows_hold() {
        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325_u64 as i64);
        assert_eq!(hash("a@example.test"), hash("a@example.test"));
        assert_ne!(hash("a@example.test"), hash("b@example.test"));
    }
}
