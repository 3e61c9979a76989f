// SPDX-License-Identifier: AGPL-3.0-or-later
//! The socket: its directory was made by somebody else, who says there who may come in.

use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use tokio::net::UnixListener;

/// unix(7): 108 with the NUL at the end.
const PATH_BYTES_MAX: usize = 107;
/// Owner and group: the group is the one of the directory's other party.
const MODE: u32 = 0o660;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}: a socket's path has {PATH_BYTES_MAX} octets at most; choose a shorter one")]
    PathTooLong(PathBuf),
    #[error("{0}: there is a file that is not a socket; remove it or choose another path")]
    NotASocket(PathBuf),
    #[error("{0}: another process listens there; stop it or choose another path")]
    InUse(PathBuf),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
}

/// A socket that nobody listens on any more is replaced.
pub fn bind(path: &Path) -> Result<UnixListener, Error> {
    if path.as_os_str().len() > PATH_BYTES_MAX {
        return Err(Error::PathTooLong(path.to_owned()));
    }
    let failed = |source| Error::Io { path: path.to_owned(), source };
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
        Ok(found) if !found.file_type().is_socket() => return Err(Error::NotASocket(path.to_owned())),
        Ok(_) if UnixStream::connect(path).is_ok() => return Err(Error::InUse(path.to_owned())),
        Ok(_) => std::fs::remove_file(path).map_err(failed)?,
    }
    let listener = UnixListener::bind(path).map_err(failed)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(MODE)).map_err(failed)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stale_socket_is_replaced_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("auth");
        let first = bind(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        assert!(matches!(bind(&path), Err(Error::InUse(_))));
        drop(first);
        bind(&path).unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "kept").unwrap();
        assert!(matches!(bind(&file), Err(Error::NotASocket(_))));
        assert!(file.exists());
        let long = dir.path().join("x".repeat(PATH_BYTES_MAX));
        assert!(bind(&long).unwrap_err().to_string().contains("shorter"));
        assert!(matches!(bind(&dir.path().join("none/auth")), Err(Error::Io { .. })));
    }
}
