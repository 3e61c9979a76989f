// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]
//! A machine whose power can be cut: journal and message files on a simulated disk, rows and index in a real directory of
//! which a cut takes what SQLite has not made durable ([`watch`]); or the rows in a MariaDB server with a relaxed flush,
//! which is killed.
#![allow(dead_code)]

pub mod cuts;
pub mod ledger;
pub mod watch;
pub mod work;

use fs::{Fs, Rng, SimFs};
use mailbox::{Actor, Config, Engines, Mailbox, Staged, Store};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use watch::Watch;

/// A run by hand may ask for one seed, or for many (`POSTHOUSE_LONG=1`, set by `cargo xtask test --long`).
pub fn seeds(short: u64, long: u64) -> Vec<u64> {
    if let Some(seed) = std::env::var("POSTHOUSE_SEED").ok().and_then(|text| text.parse().ok()) {
        return vec![seed];
    }
    let is_long = std::env::var("POSTHOUSE_LONG").is_ok_and(|value| !value.is_empty());
    // each start of a database server costs as much as many of SQLite
    let short = if super::common::IS_ON_MYSQL { short.div_ceil(4) } else { short };
    (1..=if is_long { long } else { short }).collect()
}

/// What a power cut does to rows that no checkpoint has made durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// The worst that SQLite promises: back to the last checkpoint.
    Lost,
    /// All of them are there: rows are newer than the files that they name.
    Kept,
    /// Each mailbox its own fate, by seed.
    Drawn,
}

pub struct Machine {
    pub disk: SimFs,
    pub watch: Arc<Watch>,
    home: tempfile::TempDir,
    pub compress: bool,
    pub rows: Option<RowServer>,
    rng: Rng,
}

/// Of this machine alone: it is killed.
pub struct RowServer {
    pub server: mariadb::Server,
    database: mariadb::Database,
}

impl RowServer {
    /// It comes back without the commits that it had not synced.
    pub fn kill(&self) {
        self.server.kill().unwrap();
        self.server.start_again().unwrap();
    }
}

impl Machine {
    pub fn new(seed: u64) -> Machine {
        let disk = SimFs::new();
        let home = tempfile::tempdir().unwrap();
        let watch = Arc::new(Watch::new(Arc::new(disk.clone()), &home.path().join("metadata")));
        let rows = super::common::IS_ON_MYSQL.then(|| {
            let server = mariadb::Server::start().unwrap();
            RowServer { database: server.database().unwrap(), server }
        });
        Machine { disk, watch, home, compress: seed.is_multiple_of(3), rows, rng: Rng::new(seed) }
    }

    pub fn config(&self) -> Config {
        Config {
            reserve_bytes: 1,
            train: true,
            inline_max: 2 << 10,
            segment_bytes_max: 48 << 10,
            connections_max: 16,
            compress: self.compress,
            engines: self.rows.as_ref().map_or_else(Engines::default, |rows| super::common::engines(&rows.database)),
            ..Config::new(self.home.path())
        }
    }

    pub fn state(&self) -> &Path {
        self.home.path()
    }

    pub fn open(&self) -> mailbox::Result<Store> {
        Store::open_on(self.watch.clone(), self.config())
    }

    pub fn boot(&self) -> Store {
        self.open().unwrap()
    }

    /// The power goes away and comes back. Every store of this machine must have been dropped.
    pub fn cut(&mut self, rows: Rows) {
        self.disk = self.disk.power_cut(self.rng.draw());
        self.lose_rows(rows);
        self.after_loss();
    }

    /// Everything but the rows (and the index) is as if nothing had happened.
    pub fn lose_rows(&mut self, rows: Rows) {
        match &self.rows {
            None => self.watch.lose(rows, &mut self.rng),
            // all of them back to the last checkpoint, or a little further
            Some(own) if rows == Rows::Lost || rows == Rows::Drawn && self.rng.coin() => own.kill(),
            Some(_) => {}
        }
    }

    /// An empty disk in place of the old one: journal and message files are gone, the rows are not.
    pub fn replace_disk(&mut self) {
        self.disk = SimFs::new();
        self.after_loss();
    }

    fn after_loss(&mut self) {
        if self.rng.below(3) == 0 {
            // an index is made again from the rows
            let _ = std::fs::remove_dir_all(self.home.path().join("index"));
        }
        self.watch = Arc::new(Watch::new(Arc::new(self.disk.clone()), &self.home.path().join("metadata")));
    }

    pub fn journal_dir(&self) -> PathBuf {
        self.home.path().join("journal")
    }

    /// Segment files, oldest first.
    pub fn segments(&self) -> Vec<PathBuf> {
        let dir = self.journal_dir();
        let mut found: Vec<_> =
            self.disk.read_dir(&dir).unwrap().into_iter().map(|entry| dir.join(entry.name)).collect();
        found.retain(|path| path.extension().is_some_and(|ext| ext == "seg"));
        found.sort();
        found
    }
}

pub fn open_mailbox(store: &Store, account: &str) -> mailbox::Result<Mailbox> {
    let actor = Actor { account: account.into(), is_admin: false };
    Ok(store.open_mailbox(&actor, account, 0)?.mailbox().clone())
}

pub fn mailbox_of(store: &Store, account: &str) -> Mailbox {
    open_mailbox(store, account).unwrap()
}

pub fn stage(store: &Store, bytes: &[u8]) -> mailbox::Result<Staged> {
    let mut staging = store.stage();
    staging.write(bytes)?;
    Ok(staging.finish()?)
}

pub fn deliver(store: &Store, bytes: &[u8], accounts: &[&str]) -> Vec<mailbox::Result<mailbox::ItemId>> {
    let to: Vec<_> = accounts.iter().map(|account| super::common::delivery(account)).collect();
    match stage(store, bytes) {
        Ok(staged) => store.deliver(&staged, &to),
        Err(error) => vec![Err(error)],
    }
}

pub fn verify(store: &Store, context: &str) {
    let report = store.verify(&mut |_| {}).unwrap();
    assert!(report.is_clean(), "{context}: {:#?}", report.problems);
}
