// SPDX-License-Identifier: AGPL-3.0-or-later
//! The files of a metadata folder: `<mailbox id>.sqlite`, with `-wal` and `-shm` beside it. The files are the list of
//! mailboxes: a register of them in a file of its own could lag behind after a crash.

use super::store::Store;
use super::{Connection, Role};
use crate::driver::Value;
use crate::{Error, Result};
use ids::MailboxId;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

impl Store {
    pub(super) fn path(&self, id: MailboxId) -> PathBuf {
        self.dir.join(format!("{id}.sqlite"))
    }

    pub(super) fn wal_path(&self, id: MailboxId) -> PathBuf {
        self.dir.join(format!("{id}.sqlite-wal"))
    }

    pub(crate) fn list(&self) -> Result<BTreeSet<MailboxId>> {
        self.with_suffix(".sqlite")
    }

    /// Mailboxes with a WAL that is not empty.
    pub(super) fn with_wal(&self) -> Result<BTreeSet<MailboxId>> {
        let mut found = self.with_suffix(".sqlite-wal")?;
        found.retain(|id| std::fs::metadata(self.wal_path(*id)).is_ok_and(|m| m.len() > 0));
        Ok(found)
    }

    fn with_suffix(&self, suffix: &str) -> Result<BTreeSet<MailboxId>> {
        let fail = |e| Error::file(&self.dir, "list folder", e);
        let mut found = BTreeSet::new();
        for entry in std::fs::read_dir(&self.dir).map_err(fail)? {
            let name: OsString = entry.map_err(fail)?.file_name();
            let id = name.to_str().and_then(|n| n.strip_suffix(suffix)).and_then(|n| n.parse().ok());
            found.extend(id.map(MailboxId));
        }
        Ok(found)
    }

    /// The database goes first: from then on the mailbox is not listed, and SQLite discards a WAL without one.
    pub(super) fn unlink(&self, id: MailboxId) -> Result<()> {
        for suffix in ["", "-wal", "-shm"] {
            let path = self.dir.join(format!("{id}.sqlite{suffix}"));
            match std::fs::remove_file(&path) {
                Err(e) if e.kind() != ErrorKind::NotFound => return Err(Error::file(&path, "remove", e)),
                _ => {}
            }
        }
        Ok(())
    }

    pub(crate) fn snapshot(&self, dir: &Path) -> Result<()> {
        std::fs::create_dir_all(dir).map_err(|e| Error::file(dir, "create folder", e))?;
        for id in self.list()? {
            let copy = dir.join(format!("{id}.sqlite"));
            let Some(name) = copy.to_str() else {
                return Err(Error::file(&copy, "snapshot", ErrorKind::InvalidFilename.into()));
            };
            // Not from the pool: a reader there may not write, not even a copy.
            let connection = Connection::open(&self.path(id), Role::Writer)?;
            connection.execute("snapshot", "VACUUM INTO ?", &[Value::Text(name)])?;
            File::open(&copy).and_then(|f| f.sync_all()).map_err(|e| Error::file(&copy, "sync", e))?;
        }
        self.sync_dir(dir)
    }

    /// A file that grew elsewhere, durable and without a WAL, comes under its name. A WAL there, of a removal that a crash cut
    /// off, would be replayed into it: it goes first.
    pub(crate) fn adopt(&self, id: MailboxId, from: &Path) -> Result<()> {
        self.unlink(id)?;
        self.sync_dir(&self.dir)?;
        let path = from.join(format!("{id}.sqlite"));
        std::fs::rename(&path, self.path(id)).map_err(|e| Error::file(&path, "move", e))?;
        self.sync_dir(&self.dir)
    }

    pub(crate) fn sync_dir(&self, dir: &Path) -> Result<()> {
        File::open(dir).and_then(|f| f.sync_all()).map_err(|e| Error::file(dir, "sync folder", e))
    }
}
