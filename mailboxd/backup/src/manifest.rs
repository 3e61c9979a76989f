// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a snapshot says of itself, as JSON. No names of people are in it, so that it can be read without the key.

use serde::{Deserialize, Serialize};

pub const FORMAT: u32 = 1;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manifest {
    pub format: u32,
    /// Of the program.
    pub version: String,
    pub server: String,
    pub hostname: String,
    pub is_encrypted: bool,
    /// Milliseconds since 1970.
    pub begun_ms: i64,
    pub ended_ms: i64,
    /// Every mailbox holds all of the journal up to here; its archive is needed from behind it on.
    pub holds: u64,
    pub files: Vec<FileFact>,
    pub mailboxes: Vec<MailboxFact>,
    /// Accounts whose mailboxes could not be read: they are in an older snapshot, if anywhere.
    pub failed: Vec<String>,
    pub messages: BlobFacts,
    pub problem_count: u64,
    /// For people; not all if there are very many.
    pub problems: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFact {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailboxFact {
    pub id: u32,
    /// Id of the account in the directory.
    pub account: String,
    /// When it was looked at: what happened before that is in it. Milliseconds since 1970.
    pub as_of_ms: i64,
    /// All of the journal up to here that concerns it is in it.
    pub holds: u64,
    pub items: u64,
    pub bytes: u64,
}

/// Distinct messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BlobFacts {
    pub count: u64,
    /// Were not there before, as links and as copies.
    pub linked: u64,
    pub copied: u64,
    pub copied_bytes: u64,
    pub missing: u64,
}
