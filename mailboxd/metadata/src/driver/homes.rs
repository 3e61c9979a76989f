// SPDX-License-Identifier: AGPL-3.0-or-later
//! Which engine holds a mailbox. Where a file of SQLite lies under a mailbox's name, it is the mailbox's home; what has none
//! lives in MariaDB. So one rename or one unlink moves a mailbox, and there is no register that could say something else.
//!
//! Rows that a move has written, or left, in the engine that is not the home mean nothing; they are removed when the
//! store is opened or the mailbox is moved again. Of a mailbox that is in both, those rows are left over that hold less of
//! the journal: a copy holds no more than what it was made from, and a file that could not be unlinked is not written to.

use super::{Connection, mysql, sqlite};
use crate::{Engine, Engines, Error, Failure, Result};
use ids::MailboxId;
use parking_lot::Mutex;
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Beside the files of SQLite: there is a database of ours, and this is its token.
const OWNER_FILE: &str = "mysql";
/// Where a mailbox's file grows until it is whole.
const MOVING: &str = "moving";

pub(crate) struct Store {
    pub(crate) sqlite: sqlite::Store,
    pub(crate) mysql: Option<Arc<mysql::Store>>,
    new: Engine,
    homes: Mutex<HashMap<MailboxId, Engine>>,
    dir: PathBuf,
}

/// Calls a method of the engine in charge, with the connection wrapped.
macro_rules! at {
    ($self:ident, $engine:expr, $method:ident($id:expr, $work:expr)) => {
        match ($engine, &$self.mysql) {
            (Engine::Mysql, Some(mysql)) => mysql.$method($id, |c| $work(Connection::Mysql(c))),
            (Engine::Mysql, None) => Err(no_server(&$self.dir)),
            (Engine::Sqlite, _) => $self.sqlite.$method($id, |c| $work(Connection::Sqlite(c))),
        }
    };
}

impl Store {
    pub(crate) fn open(dir: &Path, connections_max: usize, engines: Engines) -> Result<Store> {
        let sqlite = sqlite::Store::open(dir, connections_max)?;
        let owner = dir.join(OWNER_FILE);
        let mysql = match engines.mysql {
            Some(server) => Some(Arc::new(mysql::Store::open(server, connections_max, &owner)?)),
            None if owner.exists() => return Err(no_server(dir)),
            None => None,
        };
        let store = Store { sqlite, mysql, new: engines.new, homes: Mutex::default(), dir: dir.to_owned() };
        store.settle()?;
        Ok(store)
    }

    /// Finds the homes, and removes what a move has left.
    fn settle(&self) -> Result<()> {
        remove_dir(&self.moving())?;
        let Some(mysql) = &self.mysql else { return Ok(()) };
        let (mut files, mut rows) = (self.sqlite.list()?, mysql.list()?);
        for both in rows.intersection(&files).copied().collect::<Vec<_>>() {
            let in_file = self.sqlite.read(both, |c| applied(Connection::Sqlite(c), both))?;
            if mysql.read(both, |c| applied(Connection::Mysql(c), both))? > in_file {
                self.sqlite.remove(both)?;
                self.sqlite.sync_dir(&self.dir)?;
                files.remove(&both);
            } else {
                mysql.remove(both)?;
                rows.remove(&both);
            }
        }
        let rows = rows.into_iter().map(|id| (id, Engine::Mysql));
        *self.homes.lock() = files.into_iter().map(|id| (id, Engine::Sqlite)).chain(rows).collect();
        Ok(())
    }

    /// What was opened before on another life of the server. `None`: this store has no server.
    pub(crate) fn restart(&self) -> Result<Option<Store>> {
        let Some(mysql) = &self.mysql else { return Ok(None) };
        let mysql = Some(Arc::new(mysql.restart(&self.dir.join(OWNER_FILE))?));
        let sqlite = sqlite::Store::open(&self.dir, 1)?;
        let mut homes = self.homes.lock().clone();
        // those that were removed, and came back because their removal was lost
        for id in mysql.iter().map(|mysql| mysql.list()).collect::<Result<Vec<_>>>()?.into_iter().flatten() {
            homes.entry(id).or_insert(Engine::Mysql);
        }
        Ok(Some(Store { sqlite, mysql, new: self.new, homes: Mutex::new(homes), dir: self.dir.clone() }))
    }

    pub(crate) fn adopt(&self, fresh: &Store) {
        if let (Some(mysql), Some(fresh)) = (&self.mysql, &fresh.mysql) {
            mysql.adopt(fresh);
        }
    }

    pub(crate) fn serving(&self, id: MailboxId) -> Result<()> {
        match (&self.mysql, self.home(id)) {
            (Some(mysql), Engine::Mysql) => mysql.serving(),
            _ => Ok(()),
        }
    }

    pub(crate) fn look(&self) -> Result<()> {
        self.mysql.as_ref().map_or(Ok(()), |mysql| mysql.look())
    }

    /// Where the mailbox is, or would be.
    pub(crate) fn home(&self, id: MailboxId) -> Engine {
        if self.mysql.is_none() {
            return Engine::Sqlite;
        }
        self.homes.lock().get(&id).copied().unwrap_or(self.new)
    }

    pub(crate) fn write<T>(&self, id: MailboxId, work: impl FnOnce(Connection<'_>) -> Result<T>) -> Result<T> {
        let home = self.home(id);
        let value = at!(self, home, write(id, work))?;
        if self.mysql.is_some() {
            self.homes.lock().entry(id).or_insert(home);
        }
        Ok(value)
    }

    pub(crate) fn read<T>(&self, id: MailboxId, work: impl FnOnce(Connection<'_>) -> Result<T>) -> Result<T> {
        let home = self.home(id);
        at!(self, home, read(id, work)).map_err(|e| self.moved(id, home, e))
    }

    pub(crate) fn glance<T>(&self, id: MailboxId, work: impl FnOnce(Connection<'_>) -> Result<T>) -> Result<T> {
        match self.home(id) {
            home @ Engine::Sqlite => {
                let found = self.sqlite.glance(id, |c| work(Connection::Sqlite(c)));
                found.map_err(|e| self.moved(id, home, e))
            }
            Engine::Mysql => self.read(id, work),
        }
    }

    pub(crate) fn peek<T>(&self, id: MailboxId, work: impl FnOnce(Connection<'_>) -> Result<T>) -> Result<T> {
        match (self.home(id), &self.mysql) {
            (Engine::Mysql, Some(mysql)) => {
                let found = mysql.peek(id, |c| work(Connection::Mysql(c)));
                found.map_err(|e| self.moved(id, Engine::Mysql, e))
            }
            _ => self.glance(id, work),
        }
    }

    pub(crate) fn list(&self) -> Result<BTreeSet<MailboxId>> {
        let mut all = self.sqlite.list()?;
        if let Some(mysql) = &self.mysql {
            all.extend(mysql.list()?);
        }
        Ok(all)
    }

    pub(crate) fn checkpoint(&self) -> Result<()> {
        let sqlite = self.sqlite.checkpoint();
        sqlite.and(self.mysql.as_ref().map_or(Ok(()), |mysql| mysql.checkpoint()))
    }

    pub(crate) fn remove(&self, id: MailboxId) -> Result<()> {
        match (self.home(id), &self.mysql) {
            (Engine::Mysql, Some(mysql)) => mysql.remove(id)?,
            _ => self.sqlite.remove(id)?,
        }
        self.homes.lock().remove(&id);
        Ok(())
    }

    pub(crate) fn trim(&self) {
        self.sqlite.trim();
        if let Some(mysql) = &self.mysql {
            mysql.trim();
        }
    }

    pub(crate) fn close(&self, id: MailboxId) {
        self.sqlite.close(id);
    }

    pub(crate) fn connections(&self) -> usize {
        self.sqlite.connections() + self.mysql.as_ref().map_or(0, |mysql| mysql.connections())
    }

    /// Who looked for it where it was a moment ago finds it in the other place now.
    fn moved(&self, id: MailboxId, was: Engine, error: Error) -> Error {
        match error {
            Error::NoMailbox { path, .. } if self.home(id) != was => {
                let source = Box::new(std::io::Error::other("the mailbox was moved at this moment"));
                Error::Engine { path, step: "look", kind: Failure::Busy, source }
            }
            error => error,
        }
    }

    /// A store for a copy of one mailbox, which nobody sees before [`Store::switch`].
    pub(crate) fn beside(&self, engine: Engine) -> Result<Store> {
        if engine == Engine::Mysql && self.mysql.is_none() {
            let what = "no MariaDB server is configured: set [metadata] first".into();
            return Err(Error::Unfit { path: self.dir.clone(), what });
        }
        remove_dir(&self.moving())?;
        let sqlite = sqlite::Store::open(&self.moving(), 1)?;
        Ok(Store { sqlite, mysql: self.mysql.clone(), new: engine, homes: Mutex::default(), dir: self.moving() })
    }

    /// The copy is whole and durable: from now on it is the mailbox.
    pub(crate) fn switch(&self, id: MailboxId, to: Engine) -> Result<()> {
        match to {
            Engine::Sqlite => {
                self.sqlite.adopt(id, &self.moving())?;
                self.homes.lock().insert(id, to);
                self.left(id, self.mysql.as_ref().map_or(Ok(()), |mysql| mysql.remove(id)));
            }
            Engine::Mysql => {
                self.homes.lock().insert(id, to);
                self.left(id, self.sqlite.remove(id).and_then(|()| self.sqlite.sync_dir(&self.dir)));
            }
        }
        remove_dir(&self.moving())
    }

    /// The mailbox has moved, whatever became of the rows where it was: the next start finds what is left of them.
    fn left(&self, id: MailboxId, removed: Result<()>) {
        if let Err(error) = removed {
            tracing::warn!(mailbox = %id, %error, "rows of a mailbox that was moved stay until the next start");
        }
    }

    fn moving(&self) -> PathBuf {
        self.dir.join(MOVING)
    }
}

/// Sequence up to which the rows hold the journal; 0 if there are none.
fn applied(connection: Connection<'_>, id: MailboxId) -> Result<i64> {
    let mut applied = 0;
    let sql = "SELECT applied FROM mailbox WHERE mailbox_id = ?";
    connection.query("find home", sql, &[id.0.into()], &mut |row| {
        applied = row.int(0)?;
        Ok(true)
    })?;
    Ok(applied)
}

fn no_server(dir: &Path) -> Error {
    let what = "mailboxes live in MariaDB, and its server is not configured: set [metadata], or move them first";
    Error::Unfit { path: dir.join(OWNER_FILE), what: what.into() }
}

fn remove_dir(dir: &Path) -> Result<()> {
    match std::fs::remove_dir_all(dir) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::file(dir, "remove", e)),
        _ => Ok(()),
    }
}

/// The whole file or none.
pub(super) fn write_durably(path: &Path, text: &str) -> Result<()> {
    let fail = |e| Error::file(path, "write", e);
    let new = path.with_extension("new");
    let mut file = File::create(&new).map_err(fail)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(fail)?;
    std::fs::rename(&new, path).map_err(fail)?;
    let parent = path.parent().unwrap_or(Path::new("."));
    File::open(parent).and_then(|dir| dir.sync_all()).map_err(fail)
}
