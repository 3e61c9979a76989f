// SPDX-License-Identifier: AGPL-3.0-or-later
//! The state directory as the supervisor sees it: its folders, its lock, its sockets.

use anyhow::{Context, Result, bail};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const APPLIANCE: &str = "/srv/posthouse";
const DEFAULT: &str = "posthouse-data";

pub struct StateDir {
    pub path: PathBuf,
}

/// Held by `posthouse up` as long as it lives; the kernel drops it when it dies in whatever way.
pub struct Lock(#[expect(dead_code, reason = "the open file is the lock")] File);

impl StateDir {
    pub fn new(given: Option<&Path>) -> Result<StateDir> {
        let path = match given {
            Some(path) => path.to_owned(),
            None if Path::new(APPLIANCE).join("settings").is_dir() => APPLIANCE.into(),
            None => DEFAULT.into(),
        };
        // The daemon is started with it: it must mean the same whatever the working directory.
        Ok(StateDir { path: std::path::absolute(&path).with_context(|| path.display().to_string())? })
    }

    /// Makes the folders that are missing, for us alone.
    pub fn create(&self) -> Result<()> {
        for dir in [&self.path, &self.run(), &self.settings(), &self.logs()] {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(dir)
                .with_context(|| format!("can't make the directory {}", dir.display()))?;
        }
        Ok(())
    }

    pub fn run(&self) -> PathBuf {
        self.path.join("run")
    }

    pub fn settings(&self) -> PathBuf {
        self.path.join("settings")
    }

    pub fn logs(&self) -> PathBuf {
        self.path.join("log")
    }

    pub fn lock(&self) -> Result<Lock> {
        match self.try_lock()? {
            Some(lock) => Ok(lock),
            None => bail!(
                "{} is in use by another `posthouse up`; `posthouse stop --state '{}'` ends it",
                self.path.display(),
                self.path.display()
            ),
        }
    }

    /// None: somebody else holds it.
    pub fn try_lock(&self) -> Result<Option<Lock>> {
        let path = self.run().join("posthouse.lock");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .with_context(|| path.display().to_string())?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                writeln!(file, "{}", std::process::id())?;
                Ok(Some(Lock(file)))
            }
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(e).with_context(|| path.display().to_string()),
        }
    }

    /// Runs `work` with a name for `run/NAME` that is short enough for a socket: 108 bytes at most (unix(7)).
    pub fn with_socket_path<T>(
        &self,
        name: &str,
        work: impl FnOnce(&Path) -> std::io::Result<T>,
    ) -> std::io::Result<T> {
        let dir = File::open(self.run())?;
        work(Path::new(&format!("/proc/self/fd/{}/{name}", dir.as_raw_fd())))
    }
}

/// Writes a file whole or not at all, for us alone.
pub fn write_private(path: &Path, text: &str) -> Result<()> {
    let fresh = path.with_extension("new");
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)
    };
    write().with_context(|| format!("can't write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_supervisor_a_directory_and_long_names_with_spaces_work() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::new(Some(&dir.path().join("a long name ".repeat(12)))).unwrap();
        state.create().unwrap();
        let held = state.lock().unwrap();
        assert!(state.lock().is_err_and(|e| e.to_string().contains("posthouse stop")));
        drop(held);
        let _again = state.lock().unwrap();
        let _listener = state.with_socket_path("x.sock", |path| std::os::unix::net::UnixListener::bind(path)).unwrap();
        state.with_socket_path("x.sock", |path| std::os::unix::net::UnixStream::connect(path)).unwrap();
    }
}
