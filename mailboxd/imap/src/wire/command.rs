// SPDX-License-Identifier: AGPL-3.0-or-later
//! Commands as they were meant, owned. APPEND is not among them: it streams (see [`super::append`]).

use super::acl;
use super::fetch::Fetch;
use super::list::List;
use super::metadata::{GetMetadata, SetMetadata};
use super::notify::Notify;
use super::search::Search;
use super::set::Set;
use super::sort::{Sort, Thread};
use super::status::StatusItem;
use super::store::Store;
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub tag: String,
    pub body: Body,
}

/// A password or token: never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

/// Options of SELECT and EXAMINE.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SelectArgs {
    pub mailbox: Vec<u8>,
    /// RFC 7162 §3.1.8
    pub condstore: bool,
    pub qresync: Option<Resync>,
}

/// What the client had when it left (RFC 7162 §3.2.5). What it knows of sequence numbers is not needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resync {
    pub uid_validity: u32,
    pub modseq: u64,
    /// None: all of them.
    pub known: Option<Set>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    Capability,
    Noop,
    Logout,
    Id,
    StartTls,
    /// RFC 4978
    Compress {
        algorithm: String,
    },
    Authenticate {
        mechanism: String,
        initial: Option<Secret>,
    },
    Login {
        user: Vec<u8>,
        password: Secret,
    },
    Enable(Vec<String>),
    Select(SelectArgs),
    Examine(SelectArgs),
    Create {
        mailbox: Vec<u8>,
        /// RFC 6154 §3: `\Archive` …
        uses: Vec<String>,
    },
    Delete {
        mailbox: Vec<u8>,
    },
    Rename {
        from: Vec<u8>,
        to: Vec<u8>,
    },
    Subscribe {
        mailbox: Vec<u8>,
    },
    Unsubscribe {
        mailbox: Vec<u8>,
    },
    List(List),
    Lsub {
        reference: Vec<u8>,
        pattern: Vec<u8>,
    },
    Namespace,
    Status {
        mailbox: Vec<u8>,
        items: Vec<StatusItem>,
    },
    /// RFC 9208 §4.1: root by root name, roots by mailbox.
    GetQuota {
        root: Vec<u8>,
    },
    GetQuotaRoot {
        mailbox: Vec<u8>,
    },
    SetQuota,
    /// RFC 5464 §4
    GetMetadata(GetMetadata),
    SetMetadata(SetMetadata),
    /// RFC 4314 §3
    SetAcl {
        mailbox: Vec<u8>,
        identifier: Vec<u8>,
        change: acl::Change,
    },
    DeleteAcl {
        mailbox: Vec<u8>,
        identifier: Vec<u8>,
    },
    GetAcl {
        mailbox: Vec<u8>,
    },
    ListRights {
        mailbox: Vec<u8>,
        identifier: Vec<u8>,
    },
    MyRights {
        mailbox: Vec<u8>,
    },
    Idle,
    /// RFC 5465
    Notify(Notify),
    Check,
    Close,
    Unselect,
    /// `None`: EXPUNGE; a set: UID EXPUNGE (RFC 4315).
    Expunge(Option<Set>),
    Search {
        uid: bool,
        search: Search,
    },
    Sort {
        uid: bool,
        sort: Sort,
    },
    Thread {
        uid: bool,
        thread: Thread,
    },
    Fetch {
        uid: bool,
        fetch: Fetch,
    },
    Store {
        uid: bool,
        store: Store,
    },
    Copy {
        uid: bool,
        set: Set,
        mailbox: Vec<u8>,
    },
    Move {
        uid: bool,
        set: Set,
        mailbox: Vec<u8>,
    },
}

impl Body {
    /// For logs.
    pub fn name(&self) -> &'static str {
        match self {
            Body::Capability => "CAPABILITY",
            Body::Noop => "NOOP",
            Body::Logout => "LOGOUT",
            Body::Id => "ID",
            Body::StartTls => "STARTTLS",
            Body::Compress { .. } => "COMPRESS",
            Body::Authenticate { .. } => "AUTHENTICATE",
            Body::Login { .. } => "LOGIN",
            Body::Enable(_) => "ENABLE",
            Body::Select(_) => "SELECT",
            Body::Examine(_) => "EXAMINE",
            Body::Create { .. } => "CREATE",
            Body::Delete { .. } => "DELETE",
            Body::Rename { .. } => "RENAME",
            Body::Subscribe { .. } => "SUBSCRIBE",
            Body::Unsubscribe { .. } => "UNSUBSCRIBE",
            Body::List(_) => "LIST",
            Body::Lsub { .. } => "LSUB",
            Body::Namespace => "NAMESPACE",
            Body::Status { .. } => "STATUS",
            Body::GetQuota { .. } => "GETQUOTA",
            Body::GetQuotaRoot { .. } => "GETQUOTAROOT",
            Body::SetQuota => "SETQUOTA",
            Body::GetMetadata(_) => "GETMETADATA",
            Body::SetMetadata(_) => "SETMETADATA",
            Body::SetAcl { .. } => "SETACL",
            Body::DeleteAcl { .. } => "DELETEACL",
            Body::GetAcl { .. } => "GETACL",
            Body::ListRights { .. } => "LISTRIGHTS",
            Body::MyRights { .. } => "MYRIGHTS",
            Body::Idle => "IDLE",
            Body::Notify(_) => "NOTIFY",
            Body::Check => "CHECK",
            Body::Close => "CLOSE",
            Body::Unselect => "UNSELECT",
            Body::Expunge(_) => "EXPUNGE",
            Body::Search { .. } => "SEARCH",
            Body::Sort { .. } => "SORT",
            Body::Thread { .. } => "THREAD",
            Body::Fetch { .. } => "FETCH",
            Body::Store { .. } => "STORE",
            Body::Copy { .. } => "COPY",
            Body::Move { .. } => "MOVE",
        }
    }
}
