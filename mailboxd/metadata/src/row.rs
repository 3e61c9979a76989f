// SPDX-License-Identifier: AGPL-3.0-or-later
//! The rows, as the journal's effects carry them and as SQL holds them. CBOR indexes (`#[n]`) are part of the journal's
//! format: never reuse or renumber one; a field that is added is optional or has a default.

use crate::grant::{Grant, Remote};
use crate::thing::{ContactDetail, Custom, DocumentDetail, Retention};
use ids::{Digest, ItemId, MailboxId, ModSeq, Seq, Uid};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What an item is. The numbers are on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Kind {
    #[n(1)]
    Folder,
    #[n(2)]
    SearchFolder,
    #[n(3)]
    Tag,
    #[n(4)]
    Message,
    /// A folder of somebody else's, where its user wants to see it (Zimbra's link).
    #[n(5)]
    MountPoint,
    #[n(6)]
    Contact,
    /// A file of the briefcase.
    #[n(7)]
    Document,
}

impl Kind {
    /// What lies in folders beside messages.
    pub const OTHERS: [Kind; 2] = [Kind::Contact, Kind::Document];

    /// Folders, searches, mount points and tags: few, and kept in memory. The rest lies in folders.
    pub fn is_container(self) -> bool {
        matches!(self, Kind::Folder | Kind::SearchFolder | Kind::Tag | Kind::MountPoint)
    }
}

/// State bits of an item. The bit numbers are on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Flags(#[n(0)] pub u32);

impl Flags {
    pub const UNREAD: Flags = Flags(1);
    pub const FLAGGED: Flags = Flags(1 << 1);
    pub const ATTACHMENT: Flags = Flags(1 << 2);
    pub const REPLIED: Flags = Flags(1 << 3);
    pub const FORWARDED: Flags = Flags(1 << 4);
    pub const FROM_ME: Flags = Flags(1 << 5);
    pub const DRAFT: Flags = Flags(1 << 6);
    /// IMAP `\Deleted`: marked, not yet expunged.
    pub const DELETED: Flags = Flags(1 << 7);
    pub const NOTIFIED: Flags = Flags(1 << 8);
    pub const INVITE: Flags = Flags(1 << 9);
    pub const URGENT: Flags = Flags(1 << 10);
    pub const LOW_PRIORITY: Flags = Flags(1 << 11);
    /// Folders: subscribed to by IMAP.
    pub const SUBSCRIBED: Flags = Flags(1 << 12);
    /// Folders: shown as checked in clients.
    pub const CHECKED: Flags = Flags(1 << 13);
    /// Folders: grants on the folders above it don't count here.
    pub const NO_INHERIT: Flags = Flags(1 << 14);
    /// Documents: a note.
    pub const NOTE: Flags = Flags(1 << 15);

    /// As Zimbra's protocols write them (`f="au!"`), in this order.
    pub const LETTERS: [(char, Flags); 16] = [
        ('s', Flags::FROM_ME),
        ('a', Flags::ATTACHMENT),
        ('r', Flags::REPLIED),
        ('w', Flags::FORWARDED),
        ('f', Flags::FLAGGED),
        ('d', Flags::DRAFT),
        ('x', Flags::DELETED),
        ('n', Flags::NOTIFIED),
        ('v', Flags::INVITE),
        ('u', Flags::UNREAD),
        ('!', Flags::URGENT),
        ('?', Flags::LOW_PRIORITY),
        ('t', Flags::NOTE),
        ('*', Flags::SUBSCRIBED),
        ('#', Flags::CHECKED),
        ('i', Flags::NO_INHERIT),
    ];

    pub fn letters(self) -> String {
        Flags::LETTERS.iter().filter(|(_, bit)| self.contains(*bit)).map(|(letter, _)| letter).collect()
    }

    pub fn contains(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    pub fn intersects(self, other: Flags) -> bool {
        self.0 & other.0 != 0
    }

    #[must_use]
    pub fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    #[must_use]
    pub fn without(self, other: Flags) -> Flags {
        Flags(self.0 & !other.0)
    }
}

/// A mail address with its display name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Encode, Decode)]
pub struct Address {
    #[n(0)]
    #[serde(rename = "a")]
    pub address: String,
    #[n(1)]
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Facts about a message that lists show and nothing queries: stored as one JSON column.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Encode, Decode)]
#[serde(default)]
pub struct MessageDetail {
    #[n(0)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Address>,
    #[n(1)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sender: Vec<Address>,
    #[n(2)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reply_to: Vec<Address>,
    #[n(3)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<Address>,
    #[n(4)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<Address>,
    #[n(5)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bcc: Vec<Address>,
    /// First words of the text, at most 160 characters, white space folded.
    #[n(6)]
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fragment: String,
    /// Message-ID without angle brackets.
    #[n(7)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    #[n(8)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<String>,
    /// The Date header, milliseconds since 1970, if there is a valid one.
    #[n(9)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_ms: Option<i64>,
    /// Drafts: the item that this answers, and how ("r" reply, "w" forward).
    #[n(10)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<(ItemId, String)>,
    /// SMTP envelope sender of a delivery; the stored bytes carry no per-recipient header.
    #[n(11)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub envelope_from: Option<String>,
    #[n(12)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub envelope_to: Option<String>,
    /// When it came into its folder (RFC 8514), milliseconds since 1970; `None`: before this was kept.
    #[n(13)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved_ms: Option<i64>,
    #[n(14)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom: Custom,
}

/// Folders and saved searches. The counters are absolute.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Encode, Decode)]
#[serde(default)]
pub struct FolderDetail {
    /// Default view: "message", "contact", "appointment", "task", "document" or "" (any).
    #[n(0)]
    pub view: String,
    /// Messages.
    #[n(1)]
    pub total: u32,
    #[n(2)]
    pub unread: u32,
    /// Octets of all that it holds.
    #[n(3)]
    pub size: u64,
    #[n(4)]
    pub uid_next: u32,
    #[n(5)]
    pub uid_validity: u32,
    /// Change number of the last change to this folder's messages (RFC 7162 HIGHESTMODSEQ).
    #[n(6)]
    pub highest_modseq: u64,
    #[n(7)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<u8>,
    #[n(8)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rgb: Option<String>,
    /// Saved searches only.
    #[n(9)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    #[n(10)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort_by: Option<String>,
    #[n(11)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub types: Option<String>,
    #[n(12)]
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uuid: String,
    /// UID of the first message that no IMAP session has been told of (RFC 3501 \Recent).
    #[n(13)]
    pub recent_from: u32,
    /// What it is for, as RFC 6154 writes it (`\Archive`), if its owner said so; system folders have their use by their id.
    #[n(14)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub special_use: Option<String>,
    /// Who else may do what in here.
    #[n(15)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    /// Mount points only.
    #[n(16)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote: Option<Remote>,
    /// What it holds that is no message: contacts, documents.
    #[n(20)]
    #[cbor(default)]
    #[serde(skip_serializing_if = "is_zero")]
    pub others: u32,
    #[n(21)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom: Custom,
    #[n(22)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it in like this")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Encode, Decode)]
#[serde(default)]
pub struct TagDetail {
    #[n(0)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<u8>,
    #[n(1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rgb: Option<String>,
    #[n(2)]
    pub unread: u32,
    #[n(3)]
    pub total: u32,
    #[n(4)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom: Custom,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Detail {
    /// Kinds Folder, SearchFolder and MountPoint.
    #[n(1)]
    Folder(#[n(0)] FolderDetail),
    #[n(2)]
    Tag(#[n(0)] TagDetail),
    #[n(3)]
    Message(#[n(0)] MessageDetail),
    #[n(4)]
    Contact(#[n(0)] ContactDetail),
    #[n(5)]
    Document(#[n(0)] DocumentDetail),
}

impl Detail {
    pub fn custom(&self) -> &Custom {
        match self {
            Detail::Folder(detail) => &detail.custom,
            Detail::Tag(detail) => &detail.custom,
            Detail::Message(detail) => &detail.custom,
            Detail::Contact(detail) => &detail.custom,
            Detail::Document(detail) => &detail.custom,
        }
    }

    pub fn custom_mut(&mut self) -> &mut Custom {
        match self {
            Detail::Folder(detail) => &mut detail.custom,
            Detail::Tag(detail) => &mut detail.custom,
            Detail::Message(detail) => &mut detail.custom,
            Detail::Contact(detail) => &mut detail.custom,
            Detail::Document(detail) => &mut detail.custom,
        }
    }
}

/// One row of the table `item`: every kind of thing that a mailbox holds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Item {
    #[n(0)]
    pub id: ItemId,
    #[n(1)]
    pub kind: Kind,
    /// The folder that holds it. `ItemId::ROOT` holds itself; tags live in `ItemId::TAGS`.
    #[n(2)]
    pub folder: ItemId,
    /// Real conversation; `None` while the message is alone in it (its conversation is then virtual, id minus the message's).
    #[n(3)]
    pub conversation: Option<ItemId>,
    /// 0 for what is not a message.
    #[n(4)]
    pub uid: Uid,
    /// Change number of the last change of any kind.
    #[n(5)]
    pub modseq: ModSeq,
    /// Change number of the last change of content (a draft saved again, a folder renamed): the blob's revision.
    #[n(6)]
    pub revision: ModSeq,
    /// Received (IMAP INTERNALDATE), milliseconds since 1970.
    #[n(7)]
    pub date_ms: i64,
    /// Last change of any kind, milliseconds since 1970.
    #[n(8)]
    pub changed_ms: i64,
    /// Octets of the message as delivered; 0 for what has no blob.
    #[n(9)]
    pub size: u64,
    #[n(10)]
    pub flags: Flags,
    /// Ids of its tags, ascending.
    #[n(11)]
    pub tags: Vec<ItemId>,
    /// Name of a folder, search, tag or document, what a contact is filed as; empty for a message.
    #[n(12)]
    pub name: String,
    /// Subject of a message, decoded.
    #[n(13)]
    pub subject: String,
    /// Sort keys: subject without Re:/Fwd: and lower case; first From name or address lower case. At most 128 characters.
    #[n(14)]
    pub subject_sort: String,
    #[n(15)]
    pub sender_sort: String,
    #[n(16)]
    pub digest: Option<Digest>,
    /// Threading: hash of its Message-ID, and of the oldest Message-ID in its references (its own if it has none); 0 = none.
    #[n(17)]
    pub message_id_hash: i64,
    #[n(18)]
    pub thread_hash: i64,
    #[n(19)]
    pub detail: Detail,
}

/// What changes of an item when it is not put whole. Every value is absolute; `None` leaves the column.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Patch {
    #[n(0)]
    pub id: ItemId,
    #[n(1)]
    pub modseq: ModSeq,
    #[n(2)]
    pub changed_ms: i64,
    #[n(3)]
    pub folder: Option<ItemId>,
    #[n(4)]
    pub uid: Option<Uid>,
    #[n(5)]
    pub flags: Option<Flags>,
    #[n(6)]
    pub tags: Option<Vec<ItemId>>,
    /// `Some(ItemId(0))` makes the conversation virtual again.
    #[n(7)]
    pub conversation: Option<ItemId>,
    /// Of a message's detail.
    #[n(8)]
    pub saved_ms: Option<i64>,
}

impl Patch {
    /// Does to an item in memory what the driver does to its row.
    pub fn apply(&self, item: &mut Item) {
        item.modseq = self.modseq;
        item.changed_ms = self.changed_ms;
        item.folder = self.folder.unwrap_or(item.folder);
        item.uid = self.uid.unwrap_or(item.uid);
        item.flags = self.flags.unwrap_or(item.flags);
        if let Some(tags) = &self.tags {
            item.tags.clone_from(tags);
        }
        if let Some(conversation) = self.conversation {
            item.conversation = (conversation != ItemId(0)).then_some(conversation);
        }
        if let (Some(saved_ms), Detail::Message(detail)) = (self.saved_ms, &mut item.detail) {
            detail.saved_ms = Some(saved_ms);
        }
    }
}

/// What remains of a removed item, or of a message that left a folder, for clients that synchronise later.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Tombstone {
    #[n(0)]
    pub id: ItemId,
    #[n(1)]
    pub kind: Kind,
    #[n(2)]
    pub modseq: ModSeq,
    #[n(3)]
    pub folder: ItemId,
    /// The UID that vanished from `folder`; 0 for what is not a message.
    #[n(4)]
    pub uid: Uid,
    /// True when the item is gone, false when it only left the folder (a move).
    #[n(5)]
    pub removed: bool,
}

/// One row of the table `note`: a small named thing of a mailbox that is no item. What a space is for is not known here.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Note {
    #[n(0)]
    pub space: u32,
    /// At most [`Note::NAME_BYTES_MAX`] octets; unique in its space.
    #[n(1)]
    pub name: String,
    /// Milliseconds since 1970; 0: never.
    #[n(2)]
    pub expires_ms: i64,
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub value: Vec<u8>,
}

impl Note {
    /// What a key of either engine can hold.
    pub const NAME_BYTES_MAX: usize = 512;
}

/// One row of the table `mailbox`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MailboxRow {
    #[n(0)]
    pub id: MailboxId,
    /// Id of the account in the directory.
    #[n(1)]
    pub account: String,
    #[n(2)]
    pub next_item_id: u32,
    #[n(3)]
    pub modseq: ModSeq,
    /// Octets of all messages, each as often as the mailbox holds it.
    #[n(4)]
    pub size: u64,
    /// Sequence of the last journal record that this mailbox's rows hold. Written with every transaction.
    #[n(5)]
    pub applied: Seq,
    /// Tombstones at or below this change number were purged: an older sync token must resynchronise.
    #[n(6)]
    pub purged: ModSeq,
}
