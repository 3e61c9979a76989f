// SPDX-License-Identifier: AGPL-3.0-or-later
//! Who else may do what in a folder. Part of the journal's format, as `row` is.

use ids::ItemId;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Whom a grant is for. The numbers are on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Encode, Decode)]
#[cbor(index_only)]
#[serde(rename_all = "lowercase")]
pub enum GranteeKind {
    #[n(1)]
    User,
    /// A distribution list: its members, those of lists in it too.
    #[n(2)]
    Group,
    #[n(3)]
    Domain,
    /// Class of service.
    #[n(4)]
    Cos,
    /// Every account of this server.
    #[n(5)]
    All,
    /// Everybody, with an account or without.
    #[n(6)]
    Public,
}

/// One entry of a folder's access control list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct Grant {
    #[n(0)]
    pub kind: GranteeKind,
    /// Id of the grantee in the directory; empty for everybody.
    #[n(1)]
    pub grantee: String,
    /// What it was called when the grant was made, for people.
    #[n(2)]
    pub name: String,
    #[n(3)]
    pub rights: Rights,
}

/// What a grantee may do (Zimbra's letters). The bit numbers are on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Encode, Decode)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Rights(#[n(0)] pub u16);

impl Rights {
    pub const READ: Rights = Rights(1);
    /// Flags and tags of what is there.
    pub const WRITE: Rights = Rights(1 << 1);
    /// New things.
    pub const INSERT: Rights = Rights(1 << 2);
    pub const DELETE: Rights = Rights(1 << 3);
    /// Workflow actions: answer an invitation.
    pub const ACTION: Rights = Rights(1 << 4);
    /// The folder itself, and who may do what in it.
    pub const ADMIN: Rights = Rights(1 << 5);
    /// Things marked private.
    pub const PRIVATE: Rights = Rights(1 << 6);
    pub const FREEBUSY: Rights = Rights(1 << 7);
    /// Folders below it.
    pub const CREATE: Rights = Rights(1 << 8);
    pub const NONE: Rights = Rights(0);
    pub const ALL: Rights = Rights((1 << 9) - 1);

    pub fn contains(self, other: Rights) -> bool {
        self.0 & other.0 == other.0
    }

    #[must_use]
    pub fn with(self, other: Rights) -> Rights {
        Rights(self.0 | other.0)
    }

    #[must_use]
    pub fn without(self, other: Rights) -> Rights {
        Rights(self.0 & !other.0)
    }
}

/// The folder that a mount point stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct Remote {
    /// Id of its owner in the directory.
    #[n(0)]
    pub account: String,
    /// In the owner's mailbox.
    #[n(1)]
    pub folder: ItemId,
    /// What the owner was called when the mount point was made, for people.
    #[n(2)]
    pub name: String,
}
