// SPDX-License-Identifier: AGPL-3.0-or-later
//! Rules on messages that are there, or that are about to go out. What would send something to somebody does nothing here.

use crate::fault::{Fault, Result};
use directory::Account;
use mailbox::{ADDRESS_BOOK, AddMessage, FlagChange, Flags, Item, ItemId, Mailbox, Staged, WRITTEN_TO};
use sieve::zimbra::Dialect;
use sieve::{Engine, Filing, Known, Mail, Outcome, Place, Script, World};
use std::sync::Arc;

use super::{Way, Whose, attribute};

pub struct Runner {
    engine: Arc<Engine>,
    scripts: Vec<Script>,
    owner: String,
}

/// How scripts of an account are to be read.
pub fn dialect(account: &Account, way: Way) -> Dialect {
    Dialect {
        own: account.addresses().map(str::to_owned).collect(),
        address_book: ADDRESS_BOOK,
        written_to: WRITTEN_TO,
        outgoing: way == Way::Out,
        ..Dialect::by(|name| account.attr(name))
    }
}

/// What becomes of one message.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// `None`: it stays where it is.
    pub folders: Vec<ItemId>,
    pub stays: bool,
    pub is_gone: bool,
    pub add: Flags,
    pub remove: Flags,
    pub tags: Vec<ItemId>,
}

struct Nothing<'a>(&'a Mailbox);

impl World for Nothing<'_> {
    fn script(&mut self, _: &str) -> Option<Script> {
        None
    }
    fn has_folder(&mut self, path: &str) -> bool {
        self.0.folder_by_path(path).is_ok_and(|found| found.is_some())
    }
    fn has_special_use(&mut self, _: &str) -> bool {
        false
    }
    fn is_known(&mut self, _: &Known) -> bool {
        true
    }
    fn is_in_list(&mut self, list: &str, address: &str) -> bool {
        self.0.lists_address(list, address).unwrap_or(false)
    }
}

impl Runner {
    pub fn new(engine: &Arc<Engine>, script: &str, dialect: &Dialect, owner: &str) -> Result<Runner> {
        let script =
            engine.compile_zimbra(script, dialect).map_err(|error| Fault::invalid(format!("a rule: {error}")))?;
        Ok(Runner { engine: Arc::clone(engine), scripts: vec![script], owner: owner.to_owned() })
    }

    /// For mail that goes out. `None`: nothing filters it. A script that is broken is left out, as at delivery.
    pub fn outgoing(engine: &Arc<Engine>, account: &Account) -> Option<Runner> {
        let dialect = dialect(account, Way::Out);
        let compiled = |whose| {
            let name = attribute(Way::Out, whose);
            let text = account.attr(name).filter(|text| !text.trim().is_empty())?;
            match engine.compile_zimbra(text, &dialect) {
                Ok(script) => Some(script),
                Err(error) => {
                    tracing::error!(account = %account.name, script = name, %error, "a script fails");
                    None
                }
            }
        };
        let scripts: Vec<Script> =
            [Whose::Before, Whose::Owner, Whose::After].into_iter().filter_map(compiled).collect();
        let is_any = !scripts.is_empty();
        is_any.then(|| Runner { engine: Arc::clone(engine), scripts, owner: account.name.clone() })
    }

    /// Blocking. A script that fails changes nothing.
    pub fn judge(&self, mailbox: &Mailbox, raw: &[u8]) -> mailbox::Result<Verdict> {
        let mail = Mail { raw, from: "", to: &self.owner, owner: &self.owner, owner_name: "" };
        let chain = self.engine.run_all(&self.scripts, &mail, &mut Nothing(mailbox));
        for failure in chain.failures {
            tracing::warn!(account = %self.owner, error = %failure.error, "a script fails");
        }
        if chain.outcome.reject.is_some() {
            return Ok(Verdict { stays: true, ..Verdict::default() });
        }
        verdict(mailbox, &chain.outcome)
    }
}

fn verdict(mailbox: &Mailbox, outcome: &Outcome) -> mailbox::Result<Verdict> {
    let mut verdict = Verdict::default();
    for filing in &outcome.filings {
        marks(mailbox, filing, &mut verdict)?;
        match &filing.place {
            Place::Inbox => verdict.stays = true,
            Place::Folder { path, .. } => {
                let folder = mailbox.ensure_folder(path, "message")?;
                if !verdict.folders.contains(&folder) {
                    verdict.folders.push(folder);
                }
            }
        }
    }
    verdict.is_gone = outcome.filings.is_empty() && outcome.sends.is_empty();
    verdict.stays |= outcome.filings.is_empty() && !verdict.is_gone;
    Ok(verdict)
}

fn marks(mailbox: &Mailbox, filing: &Filing, verdict: &mut Verdict) -> mailbox::Result<()> {
    for word in filing.flags.iter().flat_map(|flags| flags.split(' ')).filter(|word| !word.is_empty()) {
        match word.to_lowercase().as_str() {
            "\\seen" => verdict.remove = verdict.remove.with(Flags::UNREAD),
            "\\flagged" => verdict.add = verdict.add.with(Flags::FLAGGED),
            flag if flag.starts_with('\\') => {}
            _ => {
                let tag = mailbox.ensure_tag(&word.replace('\u{a0}', " "))?.item.id;
                if !verdict.tags.contains(&tag) {
                    verdict.tags.push(tag);
                }
            }
        }
    }
    Ok(())
}

impl Verdict {
    /// A message that is not there yet: `add` says where it goes unless it goes elsewhere. None: it is not kept.
    pub fn add(&self, mailbox: &Mailbox, staged: &Staged, add: &AddMessage) -> mailbox::Result<Vec<Item>> {
        if self.is_gone {
            return Ok(Vec::new());
        }
        let own = Some(add.folder).filter(|_| self.stays || self.folders.is_empty());
        let mut folders: Vec<ItemId> = own.into_iter().collect();
        folders.extend(self.folders.iter().filter(|folder| Some(**folder) != own));
        let mut tags = add.tags.clone();
        tags.extend(self.tags.iter().filter(|tag| !add.tags.contains(tag)));
        let flags = add.flags.with(self.add).without(self.remove);
        let put = |folder| {
            mailbox.add_message(staged, &AddMessage { folder, flags, tags: tags.clone(), date_ms: add.date_ms })
        };
        folders.into_iter().map(put).collect()
    }

    /// Whether anything is to be done.
    pub fn changes(&self, item: &Item) -> bool {
        let marks = self.add != Flags::default() || self.remove != Flags::default() || !self.tags.is_empty();
        self.is_gone || marks || self.folders.iter().any(|folder| *folder != item.folder)
    }

    /// On a message of the mailbox.
    pub fn apply(&self, mailbox: &Mailbox, item: &Item) -> mailbox::Result<()> {
        if self.is_gone {
            return mailbox.delete_items(&[item.id]).map(drop);
        }
        if self.add != Flags::default() || self.remove != Flags::default() || !self.tags.is_empty() {
            let change =
                FlagChange { add: self.add, remove: self.remove, tags_add: self.tags.clone(), ..FlagChange::default() };
            mailbox.update_flags(&[item.id], &change)?;
        }
        let mut folders = self.folders.iter().filter(|folder| **folder != item.folder);
        let moves = !self.stays && !self.folders.contains(&item.folder);
        let first = if moves { folders.next() } else { None };
        for folder in folders {
            mailbox.copy_items(&[item.id], *folder)?;
        }
        match first {
            Some(folder) => mailbox.move_items(&[item.id], *folder).map(drop),
            None => Ok(()),
        }
    }
}
