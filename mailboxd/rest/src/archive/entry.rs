// SPDX-License-Identifier: AGPL-3.0-or-later
//! The metadata files of an archive.

use serde::{Deserialize, Serialize};

/// 2: `mailbox.meta` tells only of folders that the archive is of.
pub const VERSION: u32 = 2;
pub const MAILBOX: &str = "mailbox.meta";
pub const SUFFIX: &str = ".meta";
/// Of one such file.
pub const META_BYTES_MAX: u64 = 16 << 20;
/// What lies in archives.
pub const KINDS: [&str; 3] = ["message", "contact", "document"];

/// The file of a document, where metadata lies beside it: a name like theirs gets an ending.
pub fn document_file(name: &str) -> String {
    let is_like = name.len() >= SUFFIX.len() && name.to_lowercase().ends_with(SUFFIX);
    if is_like { format!("{name}.document") } else { name.to_owned() }
}

/// `mailbox.meta`
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MailboxMeta {
    pub version: u32,
    pub folders: Vec<FolderMeta>,
    pub tags: Vec<TagMeta>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FolderMeta {
    /// "/Work/2026"
    pub path: String,
    pub view: String,
    pub color: Option<u8>,
    pub rgb: Option<String>,
    /// Of a saved search.
    pub query: Option<String>,
    pub types: Option<String>,
    pub sort_by: Option<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TagMeta {
    pub name: String,
    pub color: Option<u8>,
    pub rgb: Option<String>,
}

/// Beside an item.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemMeta {
    /// One of [`KINDS`].
    pub kind: String,
    /// In the mailbox that it comes from.
    pub id: u32,
    /// Of its folder.
    pub path: String,
    /// Bits of the flags, as the mailbox keeps them.
    pub flags: u32,
    /// Names.
    pub tags: Vec<String>,
    /// Received, milliseconds since 1970.
    pub date_ms: i64,
    /// Of a contact: what its file can't say.
    pub attrs: Vec<(String, String)>,
    pub members: Vec<(String, String)>,
    /// Of a document.
    pub name: String,
    pub content_type: String,
    pub description: String,
}
