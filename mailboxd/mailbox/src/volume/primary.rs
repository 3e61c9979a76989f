// SPDX-License-Identifier: AGPL-3.0-or-later
//! Whether what is at `store/main` is the primary volume. It is known by a file in it, as the secondary ones are, and `store/volumes.json`,
//! which lies beside it, says what must be in there: the empty directory below a disk that is not mounted is never taken for it.

use super::Known;
use crate::error::{Error, Result};
use fs::{Fs, Open};
use std::io::ErrorKind;
use std::path::Path;

const IDENTITY: &str = "volume.id";
const IDENTITY_BYTES_MAX: usize = 64;

/// Before anything is made there. A store that is new, or of an earlier release, gets its mark; nothing else is made where another
/// volume, or none, is.
pub(crate) fn check(fs: &dyn Fs, state: &Path, root: &Path) -> Result<()> {
    let known = Known::read(fs, state)?;
    let found = identity(fs, root)?;
    let away = |why: &str| {
        let path = root.display();
        Err(Error::Unavailable(format!("{path}: {why}: mount the disk with the messages there, then start again")))
    };
    match (&known.primary_id, found) {
        (Some(wanted), Some(found)) if *wanted == found => Ok(()),
        (Some(_), Some(_)) => away("this is another volume than the one before"),
        (Some(_), None) => away("the primary volume is not there"),
        (None, found) => {
            // a release that did not mark it yet had these from its first start on
            let is_used = fs.exists(&state.join("metadata")) && !is_empty(fs, &state.join("journal"))?;
            if found.is_none() && is_used && !fs.exists(&root.join("blob")) {
                return away("there is a store, and no message of it");
            }
            let id = match found {
                Some(id) => id,
                None => mark(fs, root)?,
            };
            Known { primary_id: Some(id), ..known }.write(fs, state)
        }
    }
}

fn identity(fs: &dyn Fs, root: &Path) -> Result<Option<String>> {
    let path = root.join(IDENTITY);
    let read = || {
        let file = fs.open(&path, Open::Read)?;
        let mut text = [0; IDENTITY_BYTES_MAX];
        let length = file.read_full_at(&mut text, 0)?;
        String::from_utf8(text[..length].to_vec()).map_err(std::io::Error::other)
    };
    match read() {
        Ok(id) => Ok(Some(id)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::Unavailable(format!("{}: {error}", path.display()))),
    }
}

fn mark(fs: &dyn Fs, root: &Path) -> Result<String> {
    let (path, id) = (root.join(IDENTITY), uuid::Uuid::new_v4().to_string());
    let made = fs::create_dir_synced(fs, root).and_then(|()| fs::write_durably(fs, &path, id.as_bytes()));
    made.map_err(|error| Error::Unavailable(format!("{}: {error}", path.display())))?;
    Ok(id)
}

fn is_empty(fs: &dyn Fs, dir: &Path) -> Result<bool> {
    match fs.read_dir(dir) {
        Ok(entries) => Ok(entries.is_empty()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(Error::Unavailable(format!("{}: {error}", dir.display()))),
    }
}
