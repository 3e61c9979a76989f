// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a client of the real daemon was promised, and the one operation that is undecided when the connection breaks.
//!
//! A message is known by account, folder and Message-ID: the client never has two of the same in one folder. Its mark is in
//! each Message-ID, so clients share mailboxes and are checked one by one.

use crate::daemon::{PASSWORD, address};
use crate::imap::Imap;
use anyhow::{Result, bail};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;

pub const USERS: [&str; 3] = ["alice", "bob", "carol"];
pub const FOLDERS: [&str; 4] = ["INBOX", "Trash", "Sent", "Archive"];

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Index into [`USERS`].
    pub user: usize,
    /// Index into [`FOLDERS`].
    pub folder: usize,
    pub id: String,
}

pub type Flags = BTreeSet<String>;

/// What an operation does if it happens.
#[derive(Debug, Clone, Default)]
pub struct Intent {
    pub changes: BTreeMap<Key, Option<Flags>>,
    /// Part of it was acknowledged before the connection broke: all of it must be there.
    pub has_to_be: bool,
}

pub struct Ledger {
    pub client: usize,
    pub serial: u64,
    pub mails: BTreeMap<Key, Flags>,
    pub bodies: HashMap<String, Arc<Vec<u8>>>,
    pub under_way: Option<Intent>,
    pub acknowledged: u64,
}

/// All mailboxes as IMAP shows them.
#[derive(Default)]
pub struct Found {
    mails: BTreeMap<Key, Flags>,
    bodies: BTreeMap<Key, Vec<u8>>,
}

/// Which message had which UID: user, folder, UIDVALIDITY, UID. None is ever given to another message.
pub type Uids = HashMap<(usize, usize, u32, u32), String>;

impl Found {
    pub fn read(imap: SocketAddr, uids: &mut Uids) -> Result<Found> {
        let mut found = Found::default();
        for (user, name) in USERS.iter().enumerate() {
            let mut session = Imap::login(imap, &address(name), PASSWORD)?;
            for (folder, path) in FOLDERS.iter().enumerate() {
                let validity = session.select(path)?;
                for mail in session.fetch_all()? {
                    let Some(id) = message_id(&mail.bytes) else {
                        bail!("{name} has a message without our id in {path}")
                    };
                    let known = uids.entry((user, folder, validity, mail.uid)).or_insert_with(|| id.clone());
                    if *known != id {
                        bail!("UID {} of {name}'s {path} was {known} and is {id}", mail.uid);
                    }
                    let key = Key { user, folder, id };
                    if found.mails.insert(key.clone(), mail.flags.into_iter().collect()).is_some() {
                        bail!("{key:?} is there twice");
                    }
                    found.bodies.insert(key, mail.bytes);
                }
            }
        }
        Ok(found)
    }
}

fn message_id(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(1_000))?).into_owned();
    let (_, rest) = head.split_once("Message-ID: <")?;
    Some(rest.split_once('>')?.0.into())
}

impl Ledger {
    pub fn new(client: usize) -> Ledger {
        Ledger { client, serial: 0, mails: BTreeMap::new(), bodies: HashMap::new(), under_way: None, acknowledged: 0 }
    }

    pub fn mark(&self) -> String {
        format!("client-{}.", self.client)
    }

    pub fn settle(&mut self) {
        if let Some(intent) = self.under_way.take() {
            self.acknowledged += 1;
            self.apply(&intent);
        }
    }

    fn apply(&mut self, intent: &Intent) {
        for (key, after) in &intent.changes {
            match after {
                Some(flags) => drop(self.mails.insert(key.clone(), flags.clone())),
                None => drop(self.mails.remove(key)),
            }
        }
    }

    /// Everything promised is there byte for byte; what was under way happened whole or not at all. Ends with nothing
    /// undecided.
    pub fn check(&mut self, found: &Found) -> Result<()> {
        let mark = self.mark();
        let own: BTreeMap<_, _> = found
            .mails
            .iter()
            .filter(|(key, _)| key.id.starts_with(&mark))
            .map(|(k, f)| (k.clone(), f.clone()))
            .collect();
        for key in own.keys() {
            if self.bodies.get(&key.id).map(|bytes| &bytes[..]) != found.bodies.get(key).map(|bytes| &bytes[..]) {
                bail!("{key:?} did not come back as it was sent");
            }
        }
        let before = differences(&self.mails, &own);
        let intent = self.under_way.take();
        if before.is_empty() && !intent.as_ref().is_some_and(|intent| intent.has_to_be) {
            return Ok(());
        }
        let Some(intent) = intent else { bail!("client {} was promised something else:\n{before}", self.client) };
        self.apply(&intent);
        let after = differences(&self.mails, &own);
        if !after.is_empty() {
            bail!(
                "client {}: half an operation, or one that was acknowledged and is gone.\nunder way: {intent:#?}\n\
                 if it did not happen:\n{before}if it did:\n{after}",
                self.client
            );
        }
        Ok(())
    }
}

fn differences(promised: &BTreeMap<Key, Flags>, is: &BTreeMap<Key, Flags>) -> String {
    let keys: BTreeSet<_> = promised.keys().chain(is.keys()).collect();
    let differs = keys.into_iter().filter(|key| promised.get(key) != is.get(key));
    differs.map(|key| format!("  {key:?}: promised {:?}, is {:?}\n", promised.get(key), is.get(key))).collect()
}
