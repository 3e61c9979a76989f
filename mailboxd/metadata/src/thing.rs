// SPDX-License-Identifier: AGPL-3.0-or-later
//! What lies in folders beside messages, as the journal carries it and as the detail column holds it. As in `row`, CBOR
//! indexes are part of the journal's format.

use ids::{Digest, ModSeq};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What a client keeps with an item under a name of its own: names and values that mean nothing to anybody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct CustomSection {
    #[n(0)]
    #[serde(rename = "s")]
    pub name: String,
    /// By name, each once.
    #[n(1)]
    #[serde(rename = "a")]
    pub pairs: Vec<(String, String)>,
}

/// Absent where there is none, so that rows and records of items without them stay as they were.
pub type Custom = Option<Vec<CustomSection>>;

/// What a folder's owner wishes of the time that mail stays in it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Encode, Decode)]
#[serde(default)]
pub struct Retention {
    /// At least: clients warn who deletes earlier.
    #[n(0)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<RetentionPolicy>,
    /// At most.
    #[n(1)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub purge: Vec<RetentionPolicy>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct RetentionPolicy {
    /// Of one that an administrator offers, whose lifetime at the time it is needed counts; `None`: this folder's own.
    #[n(0)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[n(1)]
    pub name: String,
    /// A number and one of s, m, h, d.
    #[n(2)]
    pub lifetime: String,
}

/// A person, or a group of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Encode, Decode)]
#[serde(default)]
pub struct ContactDetail {
    /// Name and value in the order they were given (`firstName`, `email`, `email2`, …); a name with several values comes
    /// several times.
    #[n(0)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attrs: Vec<(String, String)>,
    /// Of a group.
    #[n(1)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// Pictures, certificates and the like; their octets, one after another, are the item's blob.
    #[n(2)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<ContactFile>,
    #[n(3)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom: Custom,
}

/// One member of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct Member {
    #[n(0)]
    #[serde(rename = "k")]
    pub kind: MemberKind,
    /// An id, a reference or an address, as the kind says.
    #[n(1)]
    #[serde(rename = "v")]
    pub value: String,
}

/// The numbers are on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cbor(index_only)]
pub enum MemberKind {
    /// A contact: its id, `account:id` if it is somebody else's.
    #[n(1)]
    Contact,
    /// An entry of the global address list, by its reference.
    #[n(2)]
    Gal,
    /// An address written out.
    #[n(3)]
    Inline,
}

/// A binary attribute of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct ContactFile {
    /// Name of the attribute, "image".
    #[n(0)]
    pub name: String,
    #[n(1)]
    pub content_type: String,
    #[n(2)]
    pub filename: String,
    /// Octets.
    #[n(3)]
    pub size: u64,
}

/// A file of the briefcase. Its name is the item's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Encode, Decode)]
#[serde(default)]
pub struct DocumentDetail {
    #[n(0)]
    pub content_type: String,
    /// Starts at 1 and grows by 1 with every save.
    #[n(1)]
    pub version: u32,
    /// Who saved this version.
    #[n(2)]
    pub author: String,
    /// Who made the document, and when (milliseconds since 1970).
    #[n(3)]
    pub creator: String,
    #[n(4)]
    pub created_ms: i64,
    #[n(5)]
    pub description: String,
    #[n(6)]
    pub description_off: bool,
    /// First words of a text.
    #[n(7)]
    pub fragment: String,
    /// Account and name of who holds it, and since when.
    #[n(8)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<Lock>,
    /// Earlier ones that are kept, oldest first.
    #[n(9)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<DocumentVersion>,
    #[n(10)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom: Custom,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct Lock {
    /// Id of the account.
    #[n(0)]
    pub account: String,
    #[n(1)]
    pub name: String,
    #[n(2)]
    pub at_ms: i64,
}

/// What a document was. `revision` names its blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct DocumentVersion {
    #[n(0)]
    pub version: u32,
    #[n(1)]
    pub revision: ModSeq,
    #[n(2)]
    #[serde(with = "hex")]
    pub digest: Digest,
    #[n(3)]
    pub size: u64,
    #[n(4)]
    pub name: String,
    #[n(5)]
    pub content_type: String,
    #[n(6)]
    pub author: String,
    /// When it was saved.
    #[n(7)]
    pub date_ms: i64,
    #[n(8)]
    pub description: String,
    #[n(9)]
    pub fragment: String,
}

/// A digest as hexadecimal digits.
mod hex {
    use ids::Digest;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(digest: &Digest, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&digest.to_hex())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Digest, D::Error> {
        Digest::from_hex(&String::deserialize(from)?).ok_or_else(|| D::Error::custom("is no digest"))
    }
}
