// SPDX-License-Identifier: AGPL-3.0-or-later

/// What can go wrong in the domain. A protocol maps each to its own words; `Store` is ours to log, never to show.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such {kind}: {id}")]
    NoSuch { kind: &'static str, id: String },
    #[error("{0} already exists")]
    AlreadyExists(String),
    /// One with this name, in any case, lies in the folder already.
    #[error("document {name} already exists")]
    DocumentExists { name: String, id: ids::ItemId, version: u32 },
    #[error("invalid name: {0}")]
    InvalidName(String),
    #[error("invalid request: {0}")]
    Invalid(String),
    #[error("{0} can't be changed")]
    Immutable(String),
    #[error("folder can't contain that: {0}")]
    CannotContain(String),
    #[error("item changed meanwhile")]
    ModifyConflict,
    #[error("locked by {0}")]
    Locked(String),
    #[error("permission denied")]
    Denied,
    /// One more of them than a mailbox may hold.
    #[error("too many {0}")]
    TooMany(&'static str),
    #[error("over quota")]
    OverQuota,
    #[error("message is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("{0}")]
    Query(#[from] query::ParseError),
    #[error("too old: synchronise from the start")]
    MustResync,
    /// Try again later: disk full, journal failing, mailbox parked. SMTP 4xx, IMAP NO [UNAVAILABLE].
    #[error("temporarily not available: {0}")]
    Unavailable(String),
    /// Ours: logged, the client gets an opaque id.
    #[error("store: {0}")]
    Store(String),
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn no_such(kind: &'static str, id: impl ToString) -> Error {
        Error::NoSuch { kind, id: id.to_string() }
    }
}

impl From<journal::Error> for Error {
    fn from(error: journal::Error) -> Error {
        match error {
            journal::Error::RecordTooLarge(_) => Error::Invalid(error.to_string()),
            _ => Error::Unavailable(error.to_string()),
        }
    }
}

impl From<blobs::Error> for Error {
    fn from(error: blobs::Error) -> Error {
        match error {
            blobs::Error::TooLarge { limit } => Error::TooLarge { limit },
            blobs::Error::Away { .. } => Error::Unavailable(error.to_string()),
            blobs::Error::Volume { .. } => Error::Invalid(error.to_string()),
            blobs::Error::Io { ref source, .. } if is_resource(source) => Error::Unavailable(error.to_string()),
            _ => Error::Store(error.to_string()),
        }
    }
}

/// The machine's fault, which an administrator can mend, not a bug: full or read-only disk, I/O error, out of files.
fn is_resource(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::*;
    matches!(error.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem | OutOfMemory | WriteZero)
        || matches!(error.raw_os_error(), Some(5 | 23 | 24))
}

impl From<metadata::Error> for Error {
    fn from(error: metadata::Error) -> Error {
        let text = error.to_string();
        if error.is_temporary() { Error::Unavailable(text) } else { Error::Store(text) }
    }
}

impl From<index::Error> for Error {
    fn from(error: index::Error) -> Error {
        Error::Store(error.to_string())
    }
}

impl From<::backup::Error> for Error {
    fn from(error: ::backup::Error) -> Error {
        use ::backup::Error::{Damaged, Foreign, Key, Newer, OtherServer, Sealed, WrongKey};
        match error {
            Foreign { .. } | OtherServer { .. } | Newer { .. } | Sealed { .. } | WrongKey { .. } | Key(_) => {
                Error::Invalid(error.to_string())
            }
            Damaged { .. } => Error::Store(error.to_string()),
            _ => Error::Unavailable(error.to_string()),
        }
    }
}
