// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]
//! A client that works until something fails, by seed.

use super::super::common::{delivery, message};
use super::ledger::{ACCOUNTS, Intent, Key, Ledger, Mail, mark};
use super::{open_mailbox, stage};
use fs::Rng;
use mailbox::{AddMessage, FlagChange, Flags, ItemId, Mailbox, Result, Store};
use std::collections::BTreeMap;
use std::sync::Arc;

const FOLDERS: [ItemId; 4] = [ItemId::INBOX, ItemId::TRASH, ItemId::SENT, ItemId::JUNK];

pub struct Client<'a> {
    pub store: &'a Store,
    pub ledger: &'a mut Ledger,
    pub rng: Rng,
}

/// Works until an operation fails or `operations` are done.
pub fn run(store: &Store, ledger: &mut Ledger, seed: u64, operations: usize) -> Result<()> {
    let mut client = Client { store, ledger, rng: Rng::new(seed) };
    (0..operations).try_for_each(|_| client.step())
}

impl Client<'_> {
    pub fn step(&mut self) -> Result<()> {
        match self.rng.below(32) {
            0..10 => self.deliver(),
            10..12 => self.add(),
            12..16 => self.flag(),
            16..19 => self.relocate(),
            19..21 => self.copy(),
            21..24 => self.delete(),
            24..26 => self.draft(),
            26..28 => self.folder(),
            28..30 => self.look(),
            30 => self.drop_folder(),
            _ => self.store.checkpoint(),
        }
    }

    fn mailbox(&self, account: usize) -> Result<Mailbox> {
        open_mailbox(self.store, ACCOUNTS[account])
    }

    fn pick(&mut self) -> Option<(Key, Mail)> {
        let count = self.ledger.mails.len() as u64;
        let nth = self.rng.below(count.max(1)) as usize;
        self.ledger.mails.iter().nth(nth).map(|(key, mail)| (*key, mail.clone()))
    }

    /// New content, or once in a while the same again.
    fn bytes(&mut self) -> Arc<Vec<u8>> {
        if self.rng.below(5) == 0
            && let Some((_, mail)) = self.pick()
        {
            return mail.bytes;
        }
        self.ledger.serial += 1;
        let mark = mark(self.ledger.client);
        let id = format!("{mark}{}@x", self.ledger.serial);
        let root = self.rng.coin().then(|| format!("root{}@x", self.rng.below(3)));
        let words = if self.rng.below(6) == 0 { 200 + self.rng.below(2_000) } else { self.rng.below(60) };
        let text: String = (0..words).map(|_| format!("{:x} ", self.rng.draw() & 0xffff)).collect();
        Arc::new(message(&id, &format!("{mark}subject"), root.as_deref(), &text))
    }

    /// An own folder of the account, or a system folder.
    fn target(&mut self, account: usize) -> ItemId {
        let own: Vec<_> = self.ledger.folders.keys().filter(|key| key.0 == account).map(|key| key.1).collect();
        let nth = self.rng.below((FOLDERS.len() + own.len()) as u64) as usize;
        FOLDERS.iter().chain(&own).copied().nth(nth).unwrap_or(ItemId::INBOX)
    }

    fn deliver(&mut self) -> Result<()> {
        let bytes = self.bytes();
        let first = self.rng.below(3) as usize;
        let count = 1 + self.rng.below(3) as usize;
        let accounts: Vec<_> = (0..count).map(|n| (first + n) % ACCOUNTS.len()).collect();
        let mail = Mail::new(ItemId::INBOX, Flags::UNREAD, &bytes);
        let creates = accounts.iter().map(|account| (*account, mail.clone())).collect();
        self.ledger.under_way = Some(Intent { creates, ..Intent::default() });
        let staged = stage(self.store, &bytes)?;
        let to: Vec<_> = accounts.iter().map(|account| delivery(ACCOUNTS[*account])).collect();
        let answers = self.store.deliver(&staged, &to).into_iter().collect::<Result<Vec<_>>>()?;
        let created: Vec<Key> = accounts.into_iter().zip(answers).collect();
        self.ledger.settle(&created, None);
        Ok(())
    }

    fn add(&mut self) -> Result<()> {
        let (account, bytes) = (self.rng.below(3) as usize, self.bytes());
        let folder = self.target(account);
        let flags = if self.rng.coin() { Flags::FLAGGED } else { Flags::UNREAD };
        let creates = vec![(account, Mail::new(folder, flags, &bytes))];
        self.ledger.under_way = Some(Intent { creates, ..Intent::default() });
        let add = AddMessage { folder, flags, tags: vec![], date_ms: None };
        let item = self.mailbox(account)?.add_message(&stage(self.store, &bytes)?, &add)?;
        self.ledger.settle(&[(account, item.id)], None);
        Ok(())
    }

    fn change(&mut self, key: Key, after: Option<Mail>, work: impl FnOnce(&Mailbox) -> Result<()>) -> Result<()> {
        let changes = BTreeMap::from([(key, after)]);
        self.ledger.under_way = Some(Intent { changes, ..Intent::default() });
        work(&self.mailbox(key.0)?)?;
        self.ledger.settle(&[], None);
        Ok(())
    }

    fn flag(&mut self) -> Result<()> {
        let Some((key, mail)) = self.pick() else { return Ok(()) };
        let (add, remove) = match self.rng.below(4) {
            0 => (Flags::FLAGGED, Flags::UNREAD),
            1 => (Flags::UNREAD, Flags::FLAGGED),
            2 => (Flags::REPLIED, Flags::default()),
            _ => (Flags::DELETED, Flags::REPLIED),
        };
        let flags = Flags(mail.flags).without(remove).with(add).0;
        let change = FlagChange { add, remove, ..FlagChange::default() };
        self.change(key, Some(Mail { flags, ..mail }), |mailbox| mailbox.update_flags(&[key.1], &change).map(drop))
    }

    fn relocate(&mut self) -> Result<()> {
        let Some((key, mail)) = self.pick() else { return Ok(()) };
        let folder = self.target(key.0);
        self.change(key, Some(Mail { folder, ..mail }), |mailbox| mailbox.move_items(&[key.1], folder).map(drop))
    }

    fn delete(&mut self) -> Result<()> {
        let Some((key, _)) = self.pick() else { return Ok(()) };
        self.change(key, None, |mailbox| {
            assert_eq!(mailbox.delete_items(&[key.1])?, [key.1]);
            Ok(())
        })
    }

    fn copy(&mut self) -> Result<()> {
        let Some((key, mail)) = self.pick() else { return Ok(()) };
        let folder = self.target(key.0);
        let copy = Mail { folder, flags: Flags(mail.flags).without(Flags::DELETED).0, ..mail };
        self.ledger.under_way = Some(Intent { creates: vec![(key.0, copy)], ..Intent::default() });
        let copies = self.mailbox(key.0)?.copy_items(&[key.1], folder)?;
        self.ledger.settle(&[(key.0, copies[0].1.id)], None);
        Ok(())
    }

    fn draft(&mut self) -> Result<()> {
        let bytes = self.bytes();
        let known = self.ledger.mails.iter().find(|(_, mail)| Flags(mail.flags).contains(Flags::DRAFT));
        let flags = Flags::DRAFT.with(Flags::FROM_ME);
        if let Some((key, mail)) = known.map(|(key, mail)| (*key, mail.clone()))
            && self.rng.below(3) > 0
        {
            let kept = Flags(mail.flags & Flags::FLAGGED.0);
            let after = Mail::new(mail.folder, flags.with(kept), &bytes);
            let store = self.store;
            return self.change(key, Some(after), |mailbox| {
                mailbox.save_draft(&stage(store, &bytes)?, Some(key.1), None).map(drop)
            });
        }
        let account = self.rng.below(3) as usize;
        let creates = vec![(account, Mail::new(ItemId::DRAFTS, flags, &bytes))];
        self.ledger.under_way = Some(Intent { creates, ..Intent::default() });
        let item = self.mailbox(account)?.save_draft(&stage(self.store, &bytes)?, None, None)?;
        self.ledger.settle(&[(account, item.id)], None);
        Ok(())
    }

    /// A new folder, or a new name for one.
    fn folder(&mut self) -> Result<()> {
        self.ledger.serial += 1;
        let name = format!("{}{}", mark(self.ledger.client), self.ledger.serial);
        let nth = self.rng.below(self.ledger.folders.len() as u64 + 2) as usize;
        if let Some(key) = self.ledger.folders.keys().nth(nth).copied() {
            let folders = BTreeMap::from([(key, Some(name.clone()))]);
            self.ledger.under_way = Some(Intent { folders, ..Intent::default() });
            self.mailbox(key.0)?.rename_folder(key.1, None, Some(&name))?;
            self.ledger.settle(&[], None);
            return Ok(());
        }
        let account = self.rng.below(3) as usize;
        self.ledger.under_way = Some(Intent { new_folder: Some((account, name.clone())), ..Intent::default() });
        let folder = self.mailbox(account)?.create_folder(ItemId::USER_ROOT, &name, "message")?;
        self.ledger.settle(&[], Some(folder.item.id));
        Ok(())
    }

    /// With what is in it.
    fn drop_folder(&mut self) -> Result<()> {
        let Some(key) = self.ledger.folders.keys().next().copied() else { return Ok(()) };
        let inside = self.ledger.mails.iter().filter(|(of, mail)| of.0 == key.0 && mail.folder == key.1);
        let changes = inside.map(|(of, _)| (*of, None)).collect();
        let folders = BTreeMap::from([(key, None)]);
        self.ledger.under_way = Some(Intent { changes, folders, ..Intent::default() });
        self.mailbox(key.0)?.delete_folder(key.1)?;
        self.ledger.settle(&[], None);
        Ok(())
    }

    /// What was acknowledged can be read at once.
    fn look(&mut self) -> Result<()> {
        let Some((key, mail)) = self.pick() else { return Ok(()) };
        let mailbox = self.mailbox(key.0)?;
        // while the stores can't be written a read answers the state before: the caller knows whether the power is on
        let item = mailbox.item(key.1)?;
        let content = mailbox.content(&item)?;
        assert_eq!((item.folder, item.flags.0, &content[..]), (mail.folder, mail.flags, &mail.bytes[..]));
        Ok(())
    }
}
