// SPDX-License-Identifier: AGPL-3.0-or-later
//! Rows of every mailbox, on SQL.
//!
//! One body of SQL (`sql/`, a file a noun) says only what SQLite and MariaDB both understand; every statement names its
//! mailbox first. What an engine has of its own (files, pragmas, DDL, migrations, checkpoints, error codes) is in
//! `driver/`. The rows are a view of the journal: a transaction carries the sequence that it applies
//! ([`MailboxRow::applied`]), may be lost by a power cut until [`Metadata::checkpoint`] has returned, and is then
//! replayed. It is never torn.

mod driver;
mod error;
mod grant;
mod row;
mod sort;
mod sql;
mod thing;
mod transfer;

pub use driver::Server;
pub use error::{Error, Failure, Result};
pub use grant::{Grant, GranteeKind, Remote, Rights};
pub use row::*;
pub use sql::identity::Identity;
pub use thing::{
    ContactDetail, ContactFile, Custom, CustomSection, DocumentDetail, DocumentVersion, Lock, Member, MemberKind,
    Retention, RetentionPolicy,
};

use driver::{Connection, Store};
use ids::{ItemId, MailboxId, ModSeq, Uid};
use std::path::Path;
use std::sync::Arc;

/// All metadata of one server. Cheap to clone; connections are pooled and bounded.
#[derive(Clone)]
pub struct Metadata(Arc<Store>);

pub use sort::SortBy;

/// What the search evaluator needs of a message without its detail: cheap to read in bulk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    pub id: ItemId,
    pub folder: ItemId,
    pub conversation: Option<ItemId>,
    pub uid: Uid,
    pub modseq: ModSeq,
    pub date_ms: i64,
    pub size: u64,
    pub flags: Flags,
    pub tags: Vec<ItemId>,
    pub kind: Kind,
}

impl Brief {
    pub fn of(item: &Item) -> Brief {
        Brief {
            id: item.id,
            folder: item.folder,
            conversation: item.conversation,
            uid: item.uid,
            modseq: item.modseq,
            date_ms: item.date_ms,
            size: item.size,
            flags: item.flags,
            tags: item.tags.clone(),
            kind: item.kind,
        }
    }
}

/// Conditions that SQL can use an index for; all must hold; empty means all messages.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of what lies in folders; empty: messages.
    pub kinds: Vec<Kind>,
    /// Empty: any folder.
    pub folders: Vec<ItemId>,
    pub conversation: Option<ItemId>,
    /// Inclusive lower, exclusive upper bound of date_ms.
    pub date_from_ms: Option<i64>,
    pub date_until_ms: Option<i64>,
    /// All of these bits set.
    pub flags_all: Flags,
    /// None of these bits set.
    pub flags_none: Flags,
    pub tag: Option<ItemId>,
}

/// What holds the rows of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Engine {
    /// A file a mailbox.
    #[default]
    Sqlite,
    /// The tables of one database on a MariaDB server.
    Mysql,
}

/// The engines at hand. By default, SQLite alone.
#[derive(Debug, Clone, Default)]
pub struct Engines {
    /// Where new mailboxes go.
    pub new: Engine,
    pub mysql: Option<Server>,
}

impl Metadata {
    /// `dir` is created if it is not there. At most `connections_max` connections stay open to mailboxes that were not used
    /// lately (see [`Metadata::trim`]), eight times as many in all; one that works is never waited for, so the callers'
    /// threads bound what comes on top.
    pub fn open(dir: &Path, connections_max: usize) -> Result<Metadata> {
        Metadata::open_on(dir, connections_max, Engines::default())
    }

    /// Whoever has a server compares the rows with the journal next, as after [`Metadata::restart`].
    pub fn open_on(dir: &Path, connections_max: usize, engines: Engines) -> Result<Metadata> {
        Ok(Metadata(Arc::new(Store::open(dir, connections_max, engines)?)))
    }

    /// An error while the database server that holds the mailbox is known to be away, or to have been restarted. Costs
    /// nothing.
    pub fn serving(&self, mailbox: MailboxId) -> Result<()> {
        self.0.serving(mailbox)
    }

    /// The same for all, but asks the server when it was away. [`Error::Restarted`]: see [`Metadata::restart`].
    pub fn look(&self) -> Result<()> {
        self.0.look()
    }

    /// After [`Error::Restarted`]: the same mailboxes, on the server as it is now, while `self` goes on refusing. The caller
    /// replays into it what is missing, then calls [`Metadata::adopt`]. `None`: there is no server.
    pub fn restart(&self) -> Result<Option<Metadata>> {
        Ok(self.0.restart()?.map(|store| Metadata(Arc::new(store))))
    }

    /// What `fresh`, which came from [`Metadata::restart`], was opened on is believed from now on.
    pub fn adopt(&self, fresh: &Metadata) {
        self.0.adopt(&fresh.0);
    }

    /// What holds the mailbox, or would hold it if it were made now.
    pub fn home(&self, mailbox: MailboxId) -> Engine {
        self.0.home(mailbox)
    }

    /// Every mailbox that has a row, ascending id.
    pub fn mailboxes(&self) -> Result<Vec<MailboxRow>> {
        let mut rows = Vec::new();
        for id in self.0.list()? {
            rows.extend(self.mailbox(id)?);
        }
        Ok(rows)
    }

    /// The same of one engine only.
    pub fn mailboxes_at(&self, engine: Engine) -> Result<Vec<MailboxRow>> {
        let mut rows = Vec::new();
        for id in self.0.list()?.into_iter().filter(|id| self.home(*id) == engine) {
            rows.extend(self.mailbox(id)?);
        }
        Ok(rows)
    }

    pub fn mailbox(&self, id: MailboxId) -> Result<Option<MailboxRow>> {
        match self.glance(id, |reader| reader.mailbox()) {
            Err(Error::NoMailbox { .. }) => Ok(None),
            other => other,
        }
    }

    /// One transaction on one mailbox; committed if `work` returns Ok, else rolled back. Creates the mailbox's tables if
    /// they are not there. Not durable until [`Metadata::checkpoint`]. Don't call `write` on the same mailbox inside.
    pub fn write<T>(&self, mailbox: MailboxId, work: impl FnOnce(&mut Writer<'_>) -> Result<T>) -> Result<T> {
        self.0.write(mailbox, |connection| work(&mut Writer { connection, mailbox }))
    }

    /// Sees one committed state from start to end, whatever is written meanwhile, and never waits for a writer.
    /// [`Error::NoMailbox`] if nothing was ever written to this mailbox.
    pub fn read<T>(&self, mailbox: MailboxId, work: impl FnOnce(&Reader<'_>) -> Result<T>) -> Result<T> {
        self.0.read(mailbox, |connection| work(&Reader { connection, mailbox }))
    }

    /// As [`Metadata::read`], for a few rows: cheaper on a mailbox that nobody writes to at the moment, and a writer that
    /// comes meanwhile waits.
    pub fn glance<T>(&self, mailbox: MailboxId, work: impl FnOnce(&Reader<'_>) -> Result<T>) -> Result<T> {
        self.0.glance(mailbox, |connection| work(&Reader { connection, mailbox }))
    }

    /// As [`Metadata::glance`], for a single query: it spares a server the transaction.
    pub fn peek<T>(&self, mailbox: MailboxId, work: impl FnOnce(&Reader<'_>) -> Result<T>) -> Result<T> {
        self.0.peek(mailbox, |connection| work(&Reader { connection, mailbox }))
    }

    /// Makes everything committed so far durable (synced WAL checkpoint of every dirty file). All files are tried; the
    /// first error is returned, and what failed stays dirty.
    pub fn checkpoint(&self) -> Result<()> {
        self.0.checkpoint()
    }

    /// Drops all rows of a mailbox. Not an error if there are none.
    pub fn remove_mailbox(&self, id: MailboxId) -> Result<()> {
        self.0.remove(id)
    }

    /// Closes the connections above the bound whose mailboxes are no longer in use. Call it now and then.
    pub fn trim(&self) {
        self.0.trim();
    }

    /// Gives back the memory and file handles of a mailbox that nobody uses now. Changes nothing else.
    pub fn close(&self, mailbox: MailboxId) {
        self.0.close(mailbox);
    }

    /// Connections open now: for metrics.
    pub fn connections(&self) -> usize {
        self.0.connections()
    }
}

/// A transaction under way. Its methods are in `sql/`, beside the statements that they run.
pub struct Writer<'a> {
    connection: Connection<'a>,
    mailbox: MailboxId,
}

impl Writer<'_> {
    /// Sees what this transaction has written.
    pub fn reader(&self) -> Reader<'_> {
        Reader { connection: self.connection, mailbox: self.mailbox }
    }
}

/// One committed state of a mailbox (or a writer's own). Its methods are in `sql/`, beside the statements that they run.
pub struct Reader<'a> {
    connection: Connection<'a>,
    mailbox: MailboxId,
}

impl Reader<'_> {
    /// What the engine finds wrong with the stored pages and indexes; empty if all is well. Reads everything.
    pub fn integrity(&self) -> Result<Vec<String>> {
        self.connection.integrity(self.mailbox)
    }
}
