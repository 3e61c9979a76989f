// SPDX-License-Identifier: AGPL-3.0-or-later
//! What can go wrong, by the step that failed and the file it failed on.

use ids::{ItemId, MailboxId};
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The SQL engine refused a step.
    #[error("metadata {path}: {step}: {source}")]
    Engine { path: PathBuf, step: &'static str, kind: Failure, source: Box<dyn std::error::Error + Send + Sync> },
    /// The operating system refused a step on a file that we handle ourselves.
    #[error("metadata {path}: {step}: {source}")]
    File { path: PathBuf, step: &'static str, source: std::io::Error },
    /// What is stored can't be what we stored.
    #[error("metadata {path} is damaged: {what}")]
    Corrupt { path: PathBuf, what: String },
    /// A later version of the program wrote this file.
    #[error("metadata {path} has schema {found}, this program knows up to {known}: run the later version")]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("metadata {path}: there is no mailbox {mailbox}")]
    NoMailbox { path: PathBuf, mailbox: MailboxId },
    /// A patch of what does not exist: the rows and the journal no longer tell the same story.
    #[error("metadata of mailbox {mailbox}: there is no item {item} to patch")]
    NoItem { mailbox: MailboxId, item: ItemId },
    /// A row that we refuse to write, since it could not be read back.
    #[error("metadata of mailbox {mailbox}: refused row: {what}")]
    Invalid { mailbox: MailboxId, what: String },
    /// The database server was restarted: rows that it had not made durable may be gone, so nothing is read or written
    /// until the journal was replayed into them ([`crate::Metadata::restart`]).
    #[error("metadata {path}: the server was restarted, its rows are compared with the journal first")]
    Restarted { path: PathBuf },
    /// The settings of the server, or whose database it is, would lose rows.
    #[error("metadata {path}: {what}")]
    Unfit { path: PathBuf, what: String },
    /// A sync of this file failed earlier in this process. What the kernel still shows of it may never reach the disk
    /// (it drops the dirty mark of pages that it failed to write), so the file counts as not durable until a restart
    /// has checked it against its checksums and replayed the journal.
    #[error("metadata {path}: a sync failed earlier, not durable until restarted")]
    SyncFailed { path: PathBuf },
}

pub type Result<T> = std::result::Result<T, Error>;

/// What to do about an error: wait for space, wait for the administrator, or look for a bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No space, or no quota, on the file system.
    Full,
    ReadOnly,
    /// The device or the file system failed.
    Io,
    /// Somebody else holds a lock: on the file, or on rows (MariaDB has then rolled back). Again at once may help.
    Busy,
    /// The database server does not answer, or refuses us.
    Down,
    /// The content is damaged.
    Corrupt,
    /// What was asked for is not there.
    Missing,
    /// Ours: a bug.
    Bug,
}

impl Error {
    pub fn kind(&self) -> Failure {
        match self {
            Error::Engine { kind, .. } => *kind,
            Error::File { source, .. } => match source.kind() {
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Failure::Full,
                std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => Failure::ReadOnly,
                std::io::ErrorKind::NotFound => Failure::Missing,
                _ => Failure::Io,
            },
            Error::Corrupt { .. } => Failure::Corrupt,
            Error::NoMailbox { .. } => Failure::Missing,
            Error::SyncFailed { .. } => Failure::Io,
            Error::Restarted { .. } | Error::Unfit { .. } => Failure::Down,
            Error::Newer { .. } | Error::NoItem { .. } | Error::Invalid { .. } => Failure::Bug,
        }
    }

    pub fn is_full(&self) -> bool {
        self.kind() == Failure::Full
    }

    /// True when the same request may succeed later without anybody changing the program or the data: space returns,
    /// the file system is mounted writable again, a lock is released, the server comes back.
    pub fn is_temporary(&self) -> bool {
        matches!(self.kind(), Failure::Full | Failure::ReadOnly | Failure::Io | Failure::Busy | Failure::Down)
    }

    pub(crate) fn file(path: &Path, step: &'static str, source: std::io::Error) -> Error {
        Error::File { path: path.to_owned(), step, source }
    }
}
