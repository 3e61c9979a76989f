// SPDX-License-Identifier: AGPL-3.0-or-later
//! One daemon a state directory: a lock on `run/lock`, which the kernel drops when the process dies in whatever way.

use anyhow::{Context, Result, bail};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Holds the lock as long as it lives.
#[derive(Debug)]
pub struct StateLock {
    _file: File,
    /// `run/` below the state directory, mode 0700.
    pub run: PathBuf,
}

pub fn take(state: &Path) -> Result<StateLock> {
    let run = state.join("run");
    DirBuilder::new().recursive(true).mode(0o700).create(&run).with_context(|| run.display().to_string())?;
    let path = run.join("lock");
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .with_context(|| path.display().to_string())?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            let _ = file.read_to_string(&mut owner);
            bail!("{} is in use by the mailbox daemon with process id {}", state.display(), owner.trim());
        }
        Err(TryLockError::Error(e)) => return Err(e).with_context(|| path.display().to_string()),
    }
    // For people who look into the file; the lock is what counts.
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())?;
    Ok(StateLock { _file: file, run })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_second_daemon_is_told_who_has_the_directory() {
        let dir = tempfile::tempdir().unwrap();
        let held = super::take(dir.path()).unwrap();
        let refused = super::take(dir.path()).unwrap_err().to_string();
        assert!(refused.contains(&std::process::id().to_string()), "{refused}");
        drop(held);
        super::take(dir.path()).unwrap();
    }
}
