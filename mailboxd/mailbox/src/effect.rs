// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the journal holds: effects, never requests, so that a replay needs no business logic and gives the same result in
//! every later version.
//!
//! Payload of a record of kind [`KIND_MAILBOX`]: length of the head (u32, little-endian), the head (CBOR of [`Record`]), then
//! the stored bytes of every inline body, one after the other. CBOR indexes are never reused: an old record must open for ever
//! (`tests/compat/`), and a field that a newer version added is skipped by an older one.

use bytes::Bytes;
use ids::{Digest, ItemId, MailboxId, ModSeq, Seq};
use metadata::{Item, MailboxRow, Note, Patch, Tombstone};
use minicbor::{Decode, Encode};

/// Record kind of a change of mailboxes. Other kinds (directory …) are numbered beside it.
pub const KIND_MAILBOX: u8 = 1;
/// Record kind of a copy of the directory, for whoever restores the system to a moment: zstd over what `Store::note_directory`
/// was given. It changes nothing.
pub const KIND_DIRECTORY: u8 = 2;

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[expect(clippy::large_enum_variant, reason = "most effects put an item; a box each would cost every delivery")]
pub enum Effect {
    #[n(1)]
    PutMailbox(#[n(0)] MailboxRow),
    #[n(2)]
    PutItem(#[n(0)] Item),
    #[n(3)]
    Patch(#[n(0)] Patch),
    /// With `removed` the row goes; otherwise only the tombstone is written (the message left a folder).
    #[n(4)]
    Bury(#[n(0)] Tombstone),
    /// The item's file appears (hard link to the anchor).
    #[n(5)]
    Link(#[n(0)] BlobFile),
    #[n(6)]
    Unlink(#[n(0)] BlobFile),
    /// The mailbox and everything in it goes.
    #[n(7)]
    RemoveMailbox,
    /// The scanner shall learn from a message.
    #[n(8)]
    Train(#[n(0)] Lesson),
    /// A small named thing that is no item (`note.rs`), in place of one with its name.
    #[n(9)]
    PutNote(#[n(0)] Note),
    #[n(10)]
    RemoveNote(#[n(0)] NoteName),
    /// All of a space that have expired by a moment.
    #[n(11)]
    ExpireNotes(#[n(0)] Expiry),
    /// The item goes to the dumpster with its files. Its tombstone comes after it.
    #[n(20)]
    Dump(#[n(0)] Dumped),
    /// An item of the dumpster is there no more.
    #[n(21)]
    Discard(#[n(0)] ItemId),
    /// A file is durable on another volume by now, and goes from where it was.
    #[n(22)]
    Move(#[n(0)] Moving),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Moving {
    #[n(0)]
    pub file: BlobFile,
    /// Id of the volume that it is on now.
    #[n(1)]
    pub volume: u16,
}

impl Moving {
    pub(crate) fn file(&self, mailbox: MailboxId) -> blobs::MovingFile {
        let BlobFile { item, revision, digest } = self.file;
        blobs::MovingFile { mailbox, item, revision, digest }
    }

    pub(crate) fn volume(&self) -> blobs::VolumeId {
        blobs::VolumeId(self.volume)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Dumped {
    #[n(0)]
    pub item: ItemId,
    /// Milliseconds since 1970.
    #[n(1)]
    pub deleted_ms: i64,
    /// Change number of the deletion.
    #[n(2)]
    pub modseq: ModSeq,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct NoteName {
    #[n(0)]
    pub space: u32,
    #[n(1)]
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Expiry {
    #[n(0)]
    pub space: u32,
    /// Milliseconds since 1970.
    #[n(1)]
    pub until_ms: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Lesson {
    #[n(0)]
    pub digest: Digest,
    /// False: it was taken for spam, and is none.
    #[n(1)]
    pub is_spam: bool,
}

impl Lesson {
    /// `seq`: of the record that it is in.
    pub(crate) fn file(&self, seq: Seq) -> blobs::Lesson {
        let class = if self.is_spam { blobs::Class::Spam } else { blobs::Class::Ham };
        blobs::Lesson { seq, digest: self.digest, class }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct BlobFile {
    #[n(0)]
    pub item: ItemId,
    #[n(1)]
    pub revision: ModSeq,
    #[n(2)]
    pub digest: Digest,
}

/// The part of a record that concerns one mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Section {
    #[n(0)]
    pub mailbox: MailboxId,
    #[n(1)]
    pub effects: Vec<Effect>,
}

/// A body that this record brings. Spilled ones are durable as anchor files before the record is written.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Body {
    #[n(0)]
    pub digest: Digest,
    /// Octets that follow the head (as stored, so compressed if the volume compresses); `None` for a spilled body.
    #[n(1)]
    pub inline_bytes: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Record {
    #[n(0)]
    pub sections: Vec<Section>,
    #[n(1)]
    pub bodies: Vec<Body>,
}

#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("journal record {seq} is cut short")]
    Short { seq: u64 },
    #[error("journal record {seq} can't be read (written by a newer version?): {what}")]
    Cbor { seq: u64, what: String },
}

impl Record {
    /// The parts of the payload; bodies are not copied.
    pub fn encode(&self, inline: Vec<Bytes>) -> Result<Vec<Bytes>, String> {
        let mut head = vec![0; 4];
        minicbor::encode(self, &mut head).map_err(|e| e.to_string())?;
        let length = u32::try_from(head.len() - 4).map_err(|e| e.to_string())?;
        head[..4].copy_from_slice(&length.to_le_bytes());
        let mut parts = vec![Bytes::from(head)];
        parts.extend(inline);
        Ok(parts)
    }

    /// The reverse, with the stored bytes of each inline body (slices of `payload`).
    pub fn decode(seq: u64, payload: &Bytes) -> Result<(Record, Vec<(Digest, Bytes)>), DecodeError> {
        let short = || DecodeError::Short { seq };
        let length = payload.get(..4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes).ok_or_else(short)?;
        let start = 4 + length as usize;
        let head = payload.get(4..start).ok_or_else(short)?;
        let record: Record = minicbor::decode(head).map_err(|e| DecodeError::Cbor { seq, what: e.to_string() })?;
        let mut bodies = Vec::new();
        let mut at = start;
        for body in &record.bodies {
            let Some(bytes) = body.inline_bytes else { continue };
            let end = at.checked_add(bytes as usize).filter(|end| *end <= payload.len()).ok_or_else(short)?;
            bodies.push((body.digest, payload.slice(at..end)));
            at = end;
        }
        Ok((record, bodies))
    }
}
