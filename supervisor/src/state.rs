// SPDX-License-Identifier: AGPL-3.0-or-later
//! The state directory as the supervisor sees it: its folders, its lock, its sockets.

use anyhow::{Context, Result, bail};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

const APPLIANCE: &str = "/srv/posthouse";
const DEFAULT: &str = "posthouse-data";
const LINKS: &str = "/run/posthouse";

#[derive(Debug, Clone)]
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

    /// What the users of other components must be able to pass, and the one that mailboxd's user may write to. Sticky, so
    /// that it can't take our files away.
    pub fn share(&self, group: &str) -> Result<()> {
        let (_, group) = crate::engine::user_ids(group, group)?;
        let group = group.as_raw();
        for (dir, mode, gid) in
            [(&self.path, 0o711, None), (&self.settings(), 0o711, None), (&self.run(), 0o1771, Some(group))]
        {
            std::os::unix::fs::chown(dir, None, gid)
                .and_then(|()| std::fs::set_permissions(dir, PermissionsExt::from_mode(mode)))
                .with_context(|| format!("can't set the rights of {}", dir.display()))?;
        }
        Ok(())
    }

    /// A short and plain name for it that every user of this machine can pass: a link, named after device and inode.
    pub fn short_name(&self) -> Result<PathBuf> {
        let found = std::fs::metadata(&self.path).with_context(|| self.path.display().to_string())?;
        let links = Path::new(LINKS);
        DirBuilder::new().recursive(true).mode(0o755).create(links).with_context(|| LINKS.to_owned())?;
        std::fs::set_permissions(links, PermissionsExt::from_mode(0o755))?;
        let link = links.join(format!("{:x}-{:x}", found.dev(), found.ino()));
        let make = || {
            if std::fs::read_link(&link).is_ok_and(|to| to == self.path) {
                return Ok(());
            }
            let _ = std::fs::remove_file(&link);
            std::os::unix::fs::symlink(&self.path, &link)
        };
        make().with_context(|| link.display().to_string())?;
        Ok(link)
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
            // The directory is not ours alone in the appliance.
            .custom_flags(nix::libc::O_NOFOLLOW)
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
    write_mode(path, text, 0o600, None)
}

/// The same with a mode and a group.
pub fn write_mode(path: &Path, text: &str, mode: u32, gid: Option<u32>) -> Result<()> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let write = || {
        // Left by a crash. Never written through: it may be a link by now.
        let _ = std::fs::remove_file(&fresh);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&fresh)?;
        std::os::unix::fs::fchown(&file, None, gid)?;
        // The umask may have taken some of it.
        file.set_permissions(PermissionsExt::from_mode(mode))?;
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
