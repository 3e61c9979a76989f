// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]
//! What one client knows it was promised, and the one operation that may or may not have happened when the power went.
//!
//! Each client has messages and folders of its own (its mark is in every message and every folder name) in mailboxes that it
//! shares with the others, so the ledgers of several clients are checked one by one.

use super::mailbox_of;
use mailbox::{Flags, ItemId, Store, Uid};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

pub const ACCOUNTS: [&str; 3] = ["alice", "bob", "carol"];

/// Account (index into [`ACCOUNTS`]) and item.
pub type Key = (usize, ItemId);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mail {
    pub folder: ItemId,
    pub flags: u32,
    pub bytes: Arc<Vec<u8>>,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let head: String = String::from_utf8_lossy(&self.bytes).lines().nth(3).unwrap_or_default().into();
        write!(f, "{head} ({} octets) in {} flags {:#x}", self.bytes.len(), self.folder, self.flags)
    }
}

impl Mail {
    pub fn new(folder: ItemId, flags: Flags, bytes: &Arc<Vec<u8>>) -> Mail {
        Mail { folder, flags: flags.0, bytes: bytes.clone() }
    }
}

/// What an operation does if it happens. All of it or nothing.
#[derive(Debug, Default, Clone)]
pub struct Intent {
    pub changes: BTreeMap<Key, Option<Mail>>,
    pub creates: Vec<(usize, Mail)>,
    pub folders: BTreeMap<Key, Option<String>>,
    pub new_folder: Option<(usize, String)>,
}

#[derive(Default)]
pub struct Ledger {
    pub client: usize,
    pub serial: u64,
    pub mails: BTreeMap<Key, Mail>,
    pub folders: BTreeMap<Key, String>,
    pub under_way: Option<Intent>,
    /// Ids that were deleted: they never come back.
    dead: BTreeSet<Key>,
    pub acknowledged: u64,
}

/// What the stores hold.
#[derive(Default)]
pub struct Found {
    mails: BTreeMap<Key, Mail>,
    folders: BTreeMap<Key, String>,
}

/// Which message was seen under which UID: account, folder, UID.
pub type Uids = HashMap<(usize, ItemId, Uid), ItemId>;

impl Found {
    pub fn read(store: &Store, uids: &mut Uids) -> Found {
        let mut found = Found::default();
        for (account, name) in ACCOUNTS.iter().enumerate() {
            let mailbox = mailbox_of(store, name);
            for folder in mailbox.folders().unwrap() {
                let id = folder.item.id;
                if id >= ItemId::FIRST_USER {
                    found.folders.insert((account, id), folder.item.name.clone());
                }
                for brief in mailbox.folder_messages(id, Uid(0)).unwrap() {
                    let item = mailbox.item(brief.id).unwrap();
                    let bytes = Arc::new(mailbox.content(&item).unwrap().to_vec());
                    found.mails.insert((account, item.id), Mail::new(id, item.flags, &bytes));
                    let known = *uids.entry((account, id, brief.uid)).or_insert(item.id);
                    assert_eq!(known, item.id, "UID {} of folder {id} of {name} was given twice", brief.uid);
                }
            }
        }
        found
    }

    fn of(&self, client: usize) -> Found {
        let mark = mark(client);
        let is_own = |mail: &Mail| mail.bytes.windows(mark.len()).any(|window| window == mark.as_bytes());
        Found {
            mails: self.mails.iter().filter(|(_, mail)| is_own(mail)).map(|(k, m)| (*k, m.clone())).collect(),
            folders: self.folders.iter().filter(|(_, n)| n.contains(&mark)).map(|(k, n)| (*k, n.clone())).collect(),
        }
    }
}

/// Stands in each message and folder name of a client.
pub fn mark(client: usize) -> String {
    format!("client-{client}-")
}

impl Ledger {
    pub fn new(client: usize) -> Ledger {
        Ledger { client, ..Ledger::default() }
    }

    /// The operation was acknowledged, with the ids of what it made.
    pub fn settle(&mut self, created: &[Key], folder: Option<ItemId>) {
        let Some(intent) = self.under_way.take() else { return };
        self.acknowledged += 1;
        self.apply(&intent);
        assert_eq!(created.len(), intent.creates.len());
        for (key, (account, mail)) in created.iter().zip(intent.creates) {
            assert_eq!(key.0, account);
            assert!(!self.dead.contains(key), "id {key:?} was used before");
            assert!(self.mails.insert(*key, mail).is_none(), "id {key:?} is in use");
        }
        if let (Some(id), Some((account, name))) = (folder, intent.new_folder) {
            self.folders.insert((account, id), name);
        }
    }

    fn apply(&mut self, intent: &Intent) {
        for (key, after) in &intent.changes {
            match after {
                Some(mail) => drop(self.mails.insert(*key, mail.clone())),
                None => {
                    self.mails.remove(key);
                    self.dead.insert(*key);
                }
            }
        }
        for (key, after) in &intent.folders {
            match after {
                Some(name) => drop(self.folders.insert(*key, name.clone())),
                None => drop(self.folders.remove(key)),
            }
        }
    }

    /// Everything promised is there, and what was under way either happened whole or not at all.
    pub fn check(&mut self, found: &Found, context: &str) {
        let found = found.of(self.client);
        if let Some(dead) = found.mails.keys().find(|key| self.dead.contains(key)) {
            panic!("{context}: client {}: deleted message {dead:?} is back", self.client);
        }
        if found.mails == self.mails && found.folders == self.folders {
            self.under_way = None;
            return;
        }
        let before = self.differences(&found);
        let Some(intent) = self.under_way.take() else {
            panic!("{context}: client {} was promised something else:\n{before}", self.client);
        };
        self.apply(&intent);
        let mut creates = intent.creates.clone();
        let mut made: Vec<(usize, Mail)> = Vec::new();
        for (key, mail) in found.mails.iter().filter(|(key, _)| !self.mails.contains_key(key)) {
            made.push((key.0, mail.clone()));
        }
        creates.sort();
        made.sort();
        let folders_made: Vec<_> = found.folders.iter().filter(|(key, _)| !self.folders.contains_key(key)).collect();
        let folder_made = folders_made.first().map(|(key, name)| (key.0, (*name).clone()));
        let rest = |key: &Key| found.mails.get(key) == self.mails.get(key);
        let whole = creates == made
            && folders_made.len() <= 1
            && folder_made == intent.new_folder
            && self.mails.keys().all(rest)
            && self.folders.iter().all(|(key, name)| found.folders.get(key) == Some(name));
        if !whole {
            let after = self.differences(&found);
            panic!(
                "{context}: client {}: half an operation.\nunder way: {intent:#?}\nif it did not happen:\n{before}\nif it did:\n{after}",
                self.client
            );
        }
        self.mails = found.mails;
        self.folders = found.folders;
    }

    fn differences(&self, found: &Found) -> String {
        let mut out = String::new();
        let keys: BTreeSet<_> = self.mails.keys().chain(found.mails.keys()).collect();
        for key in keys {
            let (promised, is) = (self.mails.get(key), found.mails.get(key));
            if promised != is {
                out += &format!("  {} {}: promised {promised:?}, is {is:?}\n", ACCOUNTS[key.0], key.1);
            }
        }
        if self.folders != found.folders {
            out += &format!("  folders: promised {:?}, are {:?}\n", self.folders, found.folders);
        }
        out
    }
}
