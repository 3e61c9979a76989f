// SPDX-License-Identifier: AGPL-3.0-or-later

use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("message file {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("message file {}: content does not match its digest", path.display())]
    Damaged { path: PathBuf },
    /// It may be on a secondary volume that can't be looked into.
    #[error(
        "message file on volume {name}, which is not there ({why}): mount it again; it is taken into use by itself"
    )]
    Away { name: String, why: String },
    #[error("volume {name}: {why}")]
    Volume { name: String, why: String },
    #[error("message is larger than {limit} octets")]
    TooLarge { limit: u64 },
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::Io { path: path.to_path_buf(), source }
    }

    pub fn is_not_found(&self) -> bool {
        matches!(self, Error::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}
