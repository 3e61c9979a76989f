// SPDX-License-Identifier: AGPL-3.0-or-later

use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("backup target {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// Not mounted, most likely. It is never made anew by itself.
    #[error("the backup target {} is not there: is it mounted? (`posthouse backup init` begins a new one)", path.display())]
    Gone { path: PathBuf },
    #[error("{} is not empty and no backup target", path.display())]
    Foreign { path: PathBuf },
    #[error("{} holds the backups of another server, {hostname}: name another directory", path.display())]
    OtherServer { path: PathBuf, hostname: String },
    #[error("{}: another daemon writes to this backup target: this one stops doing so", path.display())]
    Usurped { path: PathBuf },
    #[error("{}: written by a newer version", path.display())]
    Newer { path: PathBuf },
    #[error("{}: {what}", path.display())]
    Damaged { path: PathBuf, what: String },
    #[error("{} is encrypted: name the file with the key (--identity)", path.display())]
    Sealed { path: PathBuf },
    #[error("the key does not open {}", path.display())]
    WrongKey { path: PathBuf },
    #[error("key: {0}")]
    Key(String),
    #[error("the backup target {} is full", path.display())]
    Full { path: PathBuf },
    #[error("stopped")]
    Stopped,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Error {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Full { path: path.to_path_buf() },
            _ => Error::Io { path: path.to_path_buf(), source },
        }
    }

    pub(crate) fn damaged(path: &Path, what: impl ToString) -> Error {
        Error::Damaged { path: path.to_path_buf(), what: what.to_string() }
    }

    pub fn is_not_found(&self) -> bool {
        matches!(self, Error::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}
