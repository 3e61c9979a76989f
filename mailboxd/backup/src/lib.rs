// SPDX-License-Identifier: AGPL-3.0-or-later
//! A backup target: a directory, on this disk or on another mount, from which mailboxes can be brought back to any moment.
//!
//! ```text
//! README.txt                                    what this is, for whoever finds it
//! target.json                                   format, id, and which server it belongs to
//! blobs/<first two digits>/<sha256>[.zst|.sealed]   one a distinct message: a hard link of the store's file, or a copy
//! snapshots/<time>/manifest.json                written last: without it there is no snapshot
//! snapshots/<time>/mailbox-<id>.rec             rows of a mailbox, as they were at one moment
//! snapshots/<time>/directory.rec, system.rec    accounts, domains …; settings, certificates, keys
//! snapshots/<time>/digests                      of the messages that it needs, 32 octets each
//! journal/<first sequence>.rec                  archived records of the journal
//! journal/<first sequence>.blobs/               messages that those records need and don't carry
//! ```
//!
//! Invariants:
//! - A snapshot counts only with its manifest, which is renamed into place when everything that it names is durable.
//! - A message in `blobs/` has its final name only when it is whole.
//! - An archived record is self-sufficient: the messages that it links to are in it, or beside its file. It counts as archived
//!   when a mark behind it says so; a file ends where the next one begins.
//! - Files of records are damaged a record at a time (`record.rs`). What is lost is seen by gaps in the sequences.
//!
//! Rows are as the journal's effects carry them (CBOR with numbered fields that are never reused), so a target does not
//! depend on the engine that held them. This crate knows frames and names; what is in the rows is the caller's.

mod archive;
mod blob;
mod error;
mod manifest;
mod pace;
mod record;
mod retention;
mod seal;
mod snapshot;
mod target;

pub use archive::{Archive, Archived, Entry, Gap};
pub use blob::{Found, Kept, Swept};
pub use error::{Error, Result};
pub use manifest::{BlobFacts, FileFact, MailboxFact, Manifest};
pub use record::{Read, Reader, Writer};
pub use retention::{Keep, dispensable};
pub use seal::{Identities, Recipients};
pub use snapshot::{Snapshot, SnapshotWriter};
pub use target::{Options, Target};

/// Kinds of records. The numbers are on disk.
pub mod kind {
    /// The row of a mailbox; first in its file.
    pub const MAILBOX: u8 = 1;
    pub const ITEM: u8 = 2;
    pub const TOMBSTONE: u8 = 3;
    pub const NOTE: u8 = 4;
    /// An item of the dumpster.
    pub const DUMPED: u8 = 5;
    /// Last in its file: how many records there are before it (u64, little-endian).
    pub const END: u8 = 9;
    /// JSON.
    pub const DIRECTORY_ENTRY: u8 = 20;
    /// JSON head, a zero octet, the content.
    pub const FILE: u8 = 21;
    /// A record of the journal: seq, time_ms (u64, little-endian), epoch (u32), kind (u8), payload.
    pub const JOURNAL: u8 = 30;
    /// Records that were never archived: from, to (u64, inclusive).
    pub const GAP: u8 = 31;
    /// Up to which sequence the archive was durable when this was written (u64). Never sealed.
    pub const MARK: u8 = 32;
    /// The key of the file, wrapped by age. Never sealed; no reader hands it out.
    pub const KEY: u8 = 33;
    /// A piece of a sealed message.
    pub const BODY: u8 = 40;
}
