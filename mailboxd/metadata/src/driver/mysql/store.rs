// SPDX-License-Identifier: AGPL-3.0-or-later
//! The connections to the server, and which life of the server they belong to.
//!
//! With its flush relaxed, a server that was killed comes back without its last commits. It must not be believed then: every
//! connection looks for the token that this store left in a table that does not survive the server (`incarnation`), and
//! if it is not there refuses to work ([`Error::Restarted`]) until the journal was replayed into a store that was opened on
//! the new life ([`Store::restart`]), whose token this one then takes over ([`Store::adopt`]). A connection ends with the server
//! that it was made to, so looking once at each connection is enough.
//!
//! Lock order: a mailbox's turn, then any of the others, one at a time.

use super::{Connection, Role, Server, schema};
use crate::{Error, Result};
use ids::MailboxId;
use parking_lot::Mutex;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};

/// Idle connections kept: threads that work at the same time are few, and a connection is made in a millisecond.
const IDLE_MAX: usize = 16;
/// Rows of a mailbox that goes are removed this many at a time.
const REMOVED_AT_ONCE: i64 = 10_000;
const TABLES: [&str; 5] = ["tagged", "tombstone", "note", "item", "mailbox"];

pub(crate) struct Store {
    server: Server,
    idle_max: usize,
    idle: Mutex<Vec<(Role, Connection)>>,
    open: AtomicUsize,
    /// Writers of one mailbox queue.
    turns: Mutex<HashMap<MailboxId, Arc<Mutex<()>>>>,
    /// Mailboxes that have a row.
    known: Mutex<HashSet<MailboxId>>,
    /// What we left in the life of the server that is believed.
    token: Mutex<String>,
    /// The last that was heard of the server: nothing, or that it is another life.
    down: AtomicBool,
    /// There are commits that no checkpoint has made durable yet.
    dirty: AtomicBool,
}

impl Store {
    /// Connects, brings the schema up to date and begins to believe this life of the server: who calls this compares the
    /// rows with the journal next. `owner` is the file that says whose database it is.
    pub(crate) fn open(server: Server, connections_max: usize, owner: &Path) -> Result<Store> {
        let connection = server.connect(Role::Writer)?;
        fit(&connection)?;
        schema::prepare(&connection)?;
        super::owner::check(&connection, owner)?;
        connection
            .write(|c| c.execute("begin", "REPLACE INTO incarnation (id, token) VALUES (1, UUID())", &[]).map(drop))?;
        let token = text(&connection, TOKEN)?.unwrap_or_default();
        Ok(Store {
            server,
            idle_max: connections_max.clamp(1, IDLE_MAX),
            idle: Mutex::new(vec![(Role::Writer, connection)]),
            open: AtomicUsize::new(1),
            turns: Mutex::default(),
            known: Mutex::default(),
            token: Mutex::new(token),
            down: AtomicBool::new(false),
            dirty: AtomicBool::new(true),
        })
    }

    /// A store on the life that the server has now. The caller replays the journal into it.
    pub(crate) fn restart(&self, owner: &Path) -> Result<Store> {
        Store::open(self.server.clone(), self.idle_max, owner)
    }

    /// What `fresh` was opened on is believed from now on.
    pub(crate) fn adopt(&self, fresh: &Store) {
        self.known.lock().clear();
        self.token.lock().clone_from(&fresh.token.lock());
        self.clear_idle();
        self.set_dirty();
        self.down.store(false, SeqCst);
    }

    /// An error while the server is known to be away, or to be another than the one that holds our rows. Asks nobody.
    pub(crate) fn serving(&self) -> Result<()> {
        if !self.down.load(SeqCst) {
            return Ok(());
        }
        let source = Box::new(std::io::Error::from(std::io::ErrorKind::NotConnected));
        Err(Error::Engine { path: self.server.name(), step: "look", kind: crate::Failure::Down, source })
    }

    /// The same, but asks the server when it was away.
    pub(crate) fn look(&self) -> Result<()> {
        if self.serving().is_ok() { Ok(()) } else { self.with(Role::Reader, |_| Ok(())) }
    }

    pub(crate) fn write<T>(&self, id: MailboxId, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let turn = self.turns.lock().entry(id).or_default().clone();
        let _turn = turn.lock();
        self.set_dirty();
        let value = self.with(Role::Writer, |connection| connection.write(work))?;
        self.known.lock().insert(id);
        Ok(value)
    }

    pub(crate) fn read<T>(&self, id: MailboxId, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.with(Role::Reader, |connection| {
            connection.read(|c| {
                self.must_know(c, id)?;
                work(c)
            })
        })
    }

    /// Without a transaction.
    pub(crate) fn peek<T>(&self, id: MailboxId, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.with(Role::Peeker, |connection| {
            self.must_know(connection, id)?;
            work(connection)
        })
    }

    fn must_know(&self, connection: &Connection, id: MailboxId) -> Result<()> {
        if self.known.lock().contains(&id) {
            return Ok(());
        }
        if !has_row(connection, id)? {
            return Err(Error::NoMailbox { path: self.server.name(), mailbox: id });
        }
        self.known.lock().insert(id);
        Ok(())
    }

    pub(crate) fn list(&self) -> Result<BTreeSet<MailboxId>> {
        let mut found = BTreeSet::new();
        self.with(Role::Reader, |connection| {
            connection.read(|c| {
                c.query("list", "SELECT mailbox_id FROM mailbox", &[], &mut |row| {
                    let id = row.int_or_null(0)?.and_then(|id| u32::try_from(id).ok());
                    found.insert(MailboxId(id.ok_or_else(|| row.corrupt(0, "is no id"))?));
                    Ok(true)
                })
            })
        })?;
        Ok(found)
    }

    /// In several transactions, the row of the mailbox last: what is cut off is still listed and can be removed again.
    pub(crate) fn remove(&self, id: MailboxId) -> Result<()> {
        let turn = self.turns.lock().entry(id).or_default().clone();
        let _turn = turn.lock();
        self.set_dirty();
        self.known.lock().remove(&id);
        self.with(Role::Writer, |connection| {
            for table in TABLES {
                let sql = format!("DELETE FROM {table} WHERE mailbox_id = ? LIMIT ?");
                let params = [id.0.into(), REMOVED_AT_ONCE.into()];
                while connection.write(|c| c.execute("remove mailbox", &sql, &params))? > 0 {}
            }
            Ok(())
        })
    }

    /// Forgets the turns that nobody waits for.
    pub(crate) fn trim(&self) {
        self.turns.lock().retain(|_, turn| Arc::strong_count(turn) > 1);
    }

    pub(crate) fn connections(&self) -> usize {
        self.open.load(Relaxed)
    }

    pub(super) fn set_dirty(&self) {
        self.dirty.store(true, SeqCst);
    }

    pub(super) fn clear_dirty(&self) -> bool {
        self.dirty.swap(false, SeqCst)
    }

    /// A connection to the life of the server that is believed.
    pub(super) fn with<T>(&self, role: Role, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let borrowed = Borrowed { store: self, role, connection: Some(self.connection(role)?) };
        match &borrowed.connection {
            Some(connection) => work(connection),
            None => self.serving().and(Err(Error::Restarted { path: self.server.name() })),
        }
    }

    fn connection(&self, role: Role) -> Result<Connection> {
        let mut idle = self.idle.lock();
        if let Some(at) = idle.iter().rposition(|(of, _)| *of == role) {
            return Ok(idle.swap_remove(at).1);
        }
        drop(idle);
        let connected = self.server.connect(role).and_then(|connection| self.believe(connection));
        self.down.store(connected.is_err(), SeqCst);
        let connection = connected?;
        self.open.fetch_add(1, Relaxed);
        Ok(connection)
    }

    fn believe(&self, connection: Connection) -> Result<Connection> {
        let token = text(&connection, TOKEN)?;
        if token.as_ref() == Some(&*self.token.lock()) {
            return Ok(connection);
        }
        Err(Error::Restarted { path: self.server.name() })
    }

    fn clear_idle(&self) {
        let closed = std::mem::take(&mut *self.idle.lock());
        self.open.fetch_sub(closed.len(), Relaxed);
    }
}

/// A connection that goes back to the others when it is dropped, also by a panic, unless it is broken: then the others are
/// as well.
struct Borrowed<'a> {
    store: &'a Store,
    role: Role,
    connection: Option<Connection>,
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if connection.broken.get() {
            self.store.open.fetch_sub(1, Relaxed);
            self.store.down.store(true, SeqCst);
            self.store.clear_idle();
            return;
        }
        let mut idle = self.store.idle.lock();
        // what a panic left half done is not used again
        if idle.len() < self.store.idle_max && !std::thread::panicking() {
            idle.push((self.role, connection));
        } else {
            self.store.open.fetch_sub(1, Relaxed);
        }
    }
}

const TOKEN: &str = "SELECT token FROM incarnation WHERE id = 1";

/// The text of the one row, if there is one.
pub(super) fn text(connection: &Connection, sql: &str) -> Result<Option<String>> {
    let mut found = None;
    connection.read(|c| {
        c.query("look", sql, &[], &mut |row| {
            found = Some(row.text(0)?.to_owned());
            Ok(true)
        })
    })?;
    Ok(found)
}

fn has_row(connection: &Connection, id: MailboxId) -> Result<bool> {
    let mut found = false;
    let sql = "SELECT mailbox_id FROM mailbox WHERE mailbox_id = ?";
    connection.query("look", sql, &[id.0.into()], &mut |_| {
        found = true;
        Ok(true)
    })?;
    Ok(found)
}

/// What the journal can replay may be lost; pages that are torn or never synced could not be replayed into.
fn fit(connection: &Connection) -> Result<()> {
    let unfit = |what: &str| Err(Error::Unfit { path: connection.path.clone(), what: what.to_owned() });
    let setting = |name: &str| text(connection, &format!("SELECT CAST(@@GLOBAL.{name} AS CHAR)"));
    if setting("innodb_doublewrite")?.is_some_and(|value| value == "0" || value == "OFF") {
        return unfit("innodb_doublewrite is off, which a power cut turns into damage: switch it on");
    }
    if setting("innodb_flush_method")?.is_some_and(|value| matches!(value.as_str(), "nosync" | "littlesync")) {
        return unfit("innodb_flush_method never syncs: use O_DIRECT or fsync");
    }
    Ok(())
}
