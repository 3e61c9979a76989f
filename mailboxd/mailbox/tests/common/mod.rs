// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]
//! A store in a directory of its own. Every test that uses it ends with a consistency check of everything.
#![allow(dead_code)]

use mailbox::{
    Actor, AddMessage, Config, Delivery, Engine, Engines, Flags, Handle, Item, ItemId, Mailbox, Server, Staged, Store,
};
use std::path::Path;

pub struct TestStore {
    store: Option<Store>,
    dir: tempfile::TempDir,
    engines: Engines,
    pub backup: Option<mailbox::Backup>,
    /// What reads attachments; bob wants none read.
    pub extractd: Option<std::path::PathBuf>,
}

/// The suite of MariaDB (`mysql.rs`) includes the others.
pub const IS_ON_MYSQL: bool = matches!(env!("CARGO_CRATE_NAME").as_bytes(), b"mysql");

pub fn engines(database: &mariadb::Database) -> Engines {
    let mariadb::Database { socket, name, user } = database.clone();
    Engines { new: Engine::Mysql, mysql: Some(Server { socket, database: name, user, password_file: None }) }
}

impl TestStore {
    pub fn new() -> TestStore {
        let dir = tempfile::tempdir().unwrap();
        let database = IS_ON_MYSQL.then(|| mariadb::shared().unwrap().database().unwrap());
        let engines = database.map_or_else(Engines::default, |database| engines(&database));
        let mut test = TestStore { store: None, dir, engines, backup: None, extractd: None };
        test.crash();
        test
    }

    /// Backed up into a directory of its own.
    pub fn backed_up() -> TestStore {
        let mut test = TestStore::new();
        test.backup = Some(mailbox::Backup::new(test.path().join("backup")));
        test.crash();
        test
    }

    pub fn config(&self) -> Config {
        let (engines, backup) = (self.engines.clone(), self.backup.clone());
        let extraction = self.extractd.as_ref().map(|program| mailbox::Extraction {
            extractor: mailbox::extract::Extractor::new(program),
            wants: std::sync::Arc::new(|account| Some(account != "bob")),
        });
        Config { reserve_bytes: 0, train: true, engines, backup, extraction, ..Config::new(self.path()) }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Closes without a checkpoint, as a crash of the process does, and opens again.
    pub fn crash(&mut self) {
        self.store = None;
        self.store = Some(Store::open(self.config()).unwrap());
    }

    pub fn close(&mut self) {
        self.store = None;
    }

    /// The same, with something done to the state directory between.
    pub fn crash_after(&mut self, work: impl FnOnce(&Path)) {
        self.store = None;
        work(self.dir.path());
        self.store = Some(Store::open(self.config()).unwrap());
    }

    pub fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    pub fn handle(&self, account: &str) -> Handle {
        let actor = Actor { account: account.into(), is_admin: false };
        self.store().open_mailbox(&actor, account, 0).unwrap()
    }

    pub fn mailbox(&self, account: &str) -> Mailbox {
        self.handle(account).mailbox().clone()
    }

    pub fn stage(&self, bytes: &[u8]) -> Staged {
        let mut staging = self.store().stage();
        staging.write(bytes).unwrap();
        staging.finish().unwrap()
    }

    pub fn deliver(&self, bytes: &[u8], accounts: &[&str]) -> Vec<mailbox::Result<ItemId>> {
        let to: Vec<_> = accounts.iter().map(|account| delivery(account)).collect();
        self.store().deliver(&self.stage(bytes), &to)
    }

    pub fn deliver_one(&self, bytes: &[u8], account: &str) -> ItemId {
        self.deliver(bytes, &[account]).remove(0).unwrap()
    }

    pub fn add(&self, account: &str, folder: ItemId, bytes: &[u8]) -> Item {
        let add = AddMessage { folder, flags: Flags::UNREAD, tags: vec![], date_ms: None };
        self.mailbox(account).add_message(&self.stage(bytes), &add).unwrap()
    }

    pub fn check(&self) {
        let report = self.store().verify(&mut |_| {}).unwrap();
        assert!(report.is_clean(), "{:#?}", report.problems);
    }
}

impl Drop for TestStore {
    fn drop(&mut self) {
        if !std::thread::panicking() && self.store.is_some() {
            self.check();
        }
    }
}

pub fn delivery(account: &str) -> Delivery {
    Delivery {
        account: account.into(),
        quota_bytes: 0,
        folder: ItemId::INBOX,
        trusts_spam_flag: false,
        flags: Flags::default(),
        envelope_from: "sender@example.test".into(),
        envelope_to: format!("{account}@example.test"),
    }
}

pub fn message(id: &str, subject: &str, reply_to: Option<&str>, text: &str) -> Vec<u8> {
    let references = reply_to.map(|id| format!("In-Reply-To: <{id}>\r\nReferences: <{id}>\r\n")).unwrap_or_default();
    format!(
        "From: Bob <bob@example.test>\r\nTo: alice@example.test\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\n\
         {references}Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\n{text}\r\n"
    )
    .into_bytes()
}
