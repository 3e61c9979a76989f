// SPDX-License-Identifier: AGPL-3.0-or-later
//! A client that delivers, moves, copies, flags, appends and deletes until its connection breaks, by seed.

use crate::daemon::{PASSWORD, Site, address};
use crate::imap::{Imap, Refused};
use crate::ledger::{FOLDERS, Flags, Intent, Key, Ledger, USERS};
use crate::lmtp::Lmtp;
use anyhow::{Context, Result, bail};
use fs::Rng;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub struct Worker<'a> {
    pub site: &'a Site,
    pub ledger: &'a mut Ledger,
    pub rng: Rng,
    /// Acknowledged operations of all clients: the harness waits for it.
    pub count: &'a AtomicU64,
    lmtp: Lmtp,
    sessions: BTreeMap<usize, Imap>,
}

impl<'a> Worker<'a> {
    pub fn connect(site: &'a Site, ledger: &'a mut Ledger, seed: u64, count: &'a AtomicU64) -> Result<Worker<'a>> {
        let lmtp = Lmtp::connect(site.lmtp)?;
        Ok(Worker { site, ledger, rng: Rng::new(seed), count, lmtp, sessions: BTreeMap::new() })
    }

    /// One operation; an error leaves it undecided in the ledger.
    pub fn step(&mut self) -> Result<()> {
        match self.rng.below(16) {
            0..7 => self.deliver(),
            7 => self.append(),
            8..11 => self.flag(),
            11..13 => self.relocate(),
            13 => self.copy(),
            _ => self.delete(),
        }
    }

    fn settle(&mut self) {
        self.ledger.settle();
        self.count.fetch_add(1, Relaxed);
    }

    fn session(&mut self, user: usize) -> Result<&mut Imap> {
        if !self.sessions.contains_key(&user) {
            let imap = Imap::login(self.site.imap, &address(USERS[user]), PASSWORD)?;
            self.sessions.insert(user, imap);
        }
        self.sessions.get_mut(&user).context("a session")
    }

    fn new_message(&mut self) -> (String, Arc<Vec<u8>>) {
        self.ledger.serial += 1;
        let id = format!("{}{}@x", self.ledger.mark(), self.ledger.serial);
        let reply =
            if self.rng.coin() { format!("References: <root{}@x>\r\n", self.rng.below(4)) } else { String::new() };
        let mut text = format!(
            "From: Torture <t@example.test>\r\nTo: you@example.test\r\nMessage-ID: <{id}>\r\n{reply}Subject: {id}\r\n\r\n"
        );
        let lines = match self.rng.below(40) {
            0 => 5_000,
            1..8 => 100 + self.rng.below(300),
            _ => self.rng.below(40),
        };
        for _ in 0..lines {
            text += &format!(".{:016x} {:016x}\r\n", self.rng.draw(), self.rng.draw());
        }
        let bytes = Arc::new(text.into_bytes());
        self.ledger.bodies.insert(id.clone(), bytes.clone());
        (id, bytes)
    }

    fn deliver(&mut self) -> Result<()> {
        let (id, bytes) = self.new_message();
        let (first, count) = (self.rng.below(3) as usize, 1 + self.rng.below(3) as usize);
        let users: Vec<_> = (0..count).map(|n| (first + n) % USERS.len()).collect();
        let changes = users.iter().map(|user| (Key { user: *user, folder: 0, id: id.clone() }, Some(Flags::new())));
        self.ledger.under_way = Some(Intent { changes: changes.collect(), has_to_be: false });
        let to: Vec<_> = users.iter().map(|user| address(USERS[*user])).collect();
        let to: Vec<_> = to.iter().map(String::as_str).collect();
        let mut refusal = None;
        let ledger = &mut *self.ledger;
        self.lmtp.deliver_each("t@example.test", &to, &bytes, |_, reply| match &mut ledger.under_way {
            Some(intent) if reply.is_ok() => intent.has_to_be = true,
            _ => refusal = Some(reply),
        })?;
        if let Some(refusal) = refusal {
            bail!("delivery refused: {refusal:?}");
        }
        self.settle();
        Ok(())
    }

    fn pick(&mut self) -> Option<(Key, Flags)> {
        let count = self.ledger.mails.len() as u64;
        let nth = self.rng.below(count.max(1)) as usize;
        self.ledger.mails.iter().nth(nth).map(|(key, flags)| (key.clone(), flags.clone()))
    }

    /// Selects the message's folder and finds it there.
    fn locate(&mut self, key: &Key) -> Result<u32> {
        let session = self.session(key.user)?;
        session.select(FOLDERS[key.folder])?;
        let found = session.search(&format!("HEADER Message-ID \"<{}>\"", key.id))?;
        match found[..] {
            [uid] => Ok(uid),
            _ => bail!(Lost(format!("{key:?} is acknowledged, and SEARCH finds {found:?}"))),
        }
    }

    fn change(
        &mut self,
        key: &Key,
        changes: Vec<(Key, Option<Flags>)>,
        command: impl FnOnce(u32) -> String,
    ) -> Result<()> {
        let uid = self.locate(key)?;
        self.ledger.under_way = Some(Intent { changes: changes.into_iter().collect(), has_to_be: false });
        self.session(key.user)?.ok(&command(uid))?;
        self.settle();
        Ok(())
    }

    fn append(&mut self) -> Result<()> {
        let (id, bytes) = self.new_message();
        let (user, folder) = (self.rng.below(3) as usize, self.rng.below(FOLDERS.len() as u64) as usize);
        let flags = Flags::from(["\\Flagged".into(), "\\Seen".into()]);
        let changes = BTreeMap::from([(Key { user, folder, id }, Some(flags))]);
        self.ledger.under_way = Some(Intent { changes, has_to_be: false });
        self.session(user)?.append(FOLDERS[folder], "\\Seen \\Flagged", &bytes)?;
        self.settle();
        Ok(())
    }

    fn flag(&mut self) -> Result<()> {
        let Some((key, mut flags)) = self.pick() else { return Ok(()) };
        let words = ["\\Seen", "\\Flagged", "\\Answered", "Todo"];
        let word = words[self.rng.below(words.len() as u64) as usize];
        let sign = if flags.remove(word) { '-' } else { '+' };
        if sign == '+' {
            flags.insert(word.into());
        }
        let after = vec![(key.clone(), Some(flags))];
        self.change(&key, after, |uid| format!("UID STORE {uid} {sign}FLAGS.SILENT ({word})"))
    }

    /// A folder that does not hold the message yet.
    fn other_folder(&mut self, key: &Key) -> Option<Key> {
        let folder = self.rng.below(FOLDERS.len() as u64) as usize;
        let target = Key { folder, ..key.clone() };
        (!self.ledger.mails.contains_key(&target)).then_some(target)
    }

    fn relocate(&mut self) -> Result<()> {
        let Some((key, flags)) = self.pick() else { return Ok(()) };
        let Some(target) = self.other_folder(&key) else { return Ok(()) };
        let folder = FOLDERS[target.folder];
        let after = vec![(key.clone(), None), (target, Some(flags))];
        self.change(&key, after, |uid| format!("UID MOVE {uid} \"{folder}\""))
    }

    fn copy(&mut self) -> Result<()> {
        let Some((key, mut flags)) = self.pick() else { return Ok(()) };
        let Some(target) = self.other_folder(&key) else { return Ok(()) };
        let folder = FOLDERS[target.folder];
        // a copy of what is about to go is not about to go
        flags.remove("\\Deleted");
        self.change(&key, vec![(target, Some(flags))], |uid| format!("UID COPY {uid} \"{folder}\""))
    }

    /// Marked, then expunged: two operations.
    fn delete(&mut self) -> Result<()> {
        let Some((key, mut flags)) = self.pick() else { return Ok(()) };
        flags.insert("\\Deleted".into());
        self.change(&key, vec![(key.clone(), Some(flags))], |uid| format!("UID STORE {uid} +FLAGS (\\Deleted)"))?;
        self.change(&key, vec![(key.clone(), None)], |uid| format!("UID EXPUNGE {uid}"))
    }
}

/// The daemon runs and says that something acknowledged is not there.
#[derive(Debug)]
pub struct Lost(String);

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Lost {}

/// An answer of the daemon that a broken connection does not explain.
pub fn is_wrong(error: &anyhow::Error) -> bool {
    error.is::<Lost>() || error.is::<Refused>() || error.to_string().starts_with("delivery refused")
}
