// SPDX-License-Identifier: AGPL-3.0-or-later
//! Operations by a seed, and what a mailbox held after each of them.
#![allow(dead_code)]

use super::common::{TestStore, message};
use mailbox::{CustomSection, FlagChange, Flags, Item, ItemId, RestoreRequest, Restored, SearchParams};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Everything that its owner can see of a mailbox, but for what a restore renews (UIDVALIDITY, change numbers of folders).
#[derive(Debug, Clone, PartialEq)]
pub struct Dump {
    pub folders: BTreeMap<String, (ItemId, Flags, u32, u32, u64)>,
    pub tags: BTreeMap<String, (ItemId, u32, u32)>,
    /// Whole rows, and the bytes.
    pub messages: BTreeMap<ItemId, (Item, Vec<u8>)>,
    pub scripts: Vec<(String, Vec<u8>, bool)>,
    pub dumpster: BTreeMap<ItemId, Item>,
}

pub struct Recording {
    pub at_ms: i64,
    pub dump: Dump,
}

pub fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

pub fn wait_for_another_ms() {
    let begun = now_ms();
    while now_ms() == begun {
        std::thread::sleep(Duration::from_micros(100));
    }
}

pub fn dump(test: &TestStore, account: &str) -> Dump {
    let mailbox = test.mailbox(account);
    let mut messages = BTreeMap::new();
    let mut folders = BTreeMap::new();
    for folder in mailbox.folders().unwrap() {
        let detail = &folder.detail;
        folders.insert(folder.path, (folder.item.id, folder.item.flags, detail.total, detail.unread, detail.size));
        for brief in mailbox.folder_messages(folder.item.id, mailbox::Uid(0)).unwrap() {
            let item = mailbox.item(brief.id).unwrap();
            let bytes = mailbox.content(&item).unwrap().to_vec();
            messages.insert(item.id, (item, bytes));
        }
    }
    let tags = mailbox.tags().unwrap().into_iter();
    let tags = tags.map(|tag| (tag.item.name.clone(), (tag.item.id, tag.detail.unread, tag.detail.total))).collect();
    let scripts = mailbox.scripts().unwrap().into_iter();
    let scripts = scripts
        .map(|script| {
            let text = mailbox.script(&script.name).unwrap();
            (script.name, text, script.is_active)
        })
        .collect();
    let params = SearchParams { limit: 10_000, with_trash: true, with_junk: true, ..SearchParams::default() };
    let dumpster = mailbox.search_dumpster(&params, 0).unwrap().0;
    let dumpster = dumpster.into_iter().map(|item| (item.id, item)).collect();
    Dump { folders, tags, messages, scripts, dumpster }
}

/// With a moment that nothing else happens in.
pub fn dump_at(test: &TestStore, account: &str) -> Recording {
    let dump = dump(test, account);
    let at_ms = now_ms();
    wait_for_another_ms();
    Recording { at_ms, dump }
}

pub fn restore_as(test: &TestStore, account: &str, to: &str, to_ms: Option<i64>) -> Restored {
    let request = RestoreRequest { account: account.into(), to_account: to.into(), to_ms, is_dry_run: false };
    test.store().restore_mailbox(&request, None, &mut |_| {}).unwrap()
}

pub struct Player {
    state: u64,
    serial: u32,
}

impl Player {
    pub fn new(seed: u64) -> Player {
        Player { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, serial: 0 }
    }

    /// xorshift64*
    pub fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }

    /// Begins with a snapshot; answers what alice's mailbox was after each step from then on.
    pub fn play(&mut self, test: &mut TestStore, steps: usize) -> Vec<Recording> {
        test.mailbox("alice");
        test.mailbox("bob");
        test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
        let mut recordings = Vec::new();
        for _ in 0..steps {
            self.step(test);
            recordings.push(dump_at(test, "alice"));
        }
        recordings
    }

    fn bytes(&mut self) -> Vec<u8> {
        self.serial += 1;
        let thread = self.below(4);
        let root = (thread > 0).then(|| format!("root{thread}@x"));
        // now and then one that does not travel in the journal, and one that was there before
        let text = match self.below(12) {
            0 => format!("large {}", self.serial).repeat(20_000),
            1 => "the same".to_owned(),
            _ => format!("text {}", self.serial),
        };
        let id = if text == "the same" { 0 } else { self.serial };
        message(&format!("{id}@x"), "model", root.as_deref(), &text)
    }

    pub fn step(&mut self, test: &mut TestStore) {
        let mailbox = test.mailbox("alice");
        let all: Vec<ItemId> = dump(test, "alice").messages.into_keys().collect();
        let any = (!all.is_empty()).then(|| all[self.below(all.len())]);
        let folders: Vec<_> = mailbox.folders().unwrap();
        let own: Vec<ItemId> = folders.iter().map(|f| f.item.id).filter(|id| *id >= ItemId::FIRST_USER).collect();
        let place = match self.below(own.len() + 3) {
            n @ 0..=2 => [ItemId::INBOX, ItemId::TRASH, ItemId::SENT][n],
            n => own[n - 3],
        };
        match (self.below(24), any) {
            (0..=4, _) => drop(test.deliver(&self.bytes(), &["alice", "bob"])),
            (5..=6, _) => drop(test.add("alice", place, &self.bytes())),
            (7..=9, Some(id)) => {
                let add = [Flags::FLAGGED, Flags::UNREAD, Flags::REPLIED][self.below(3)];
                let remove = [Flags::UNREAD, Flags::FLAGGED, Flags::default()][self.below(3)];
                let remove = remove.without(add);
                mailbox.update_flags(&[id], &FlagChange { add, remove, ..FlagChange::default() }).unwrap();
            }
            (10..=11, Some(id)) => drop(mailbox.move_items(&[id], place)),
            (12, Some(id)) => drop(mailbox.copy_items(&[id], place)),
            (13..=15, Some(id)) => drop(mailbox.delete_items(&[id]).unwrap()),
            (16, _) if self.below(2) == 0 => {
                let deleted: Vec<ItemId> = dump(test, "alice").dumpster.into_keys().collect();
                if !deleted.is_empty() {
                    let id = deleted[self.below(deleted.len())];
                    match self.below(3) {
                        0 => drop(mailbox.discard(&[id]).unwrap()),
                        _ => drop(mailbox.recover(&[id], place, 0).unwrap()),
                    }
                }
            }
            (16, _) => drop(mailbox.save_draft(&test.stage(&self.bytes()), None, None).unwrap()),
            (17, _) => {
                let name = format!("folder {}", self.below(6));
                drop(mailbox.create_folder(ItemId::USER_ROOT, &name, "message"));
            }
            (18, _) if !own.is_empty() => {
                let id = own[self.below(own.len())];
                mailbox.delete_folder(id).unwrap();
            }
            (19, Some(id)) => {
                let name = format!("tag {}", self.below(3));
                let tag = mailbox.ensure_tag(&name).unwrap().item.id;
                let change = FlagChange { tags_add: vec![tag], ..FlagChange::default() };
                mailbox.update_flags(&[id], &change).unwrap();
                // a section that was there already goes
                let known = mailbox.custom(id).unwrap().iter().any(|section| section.name == name);
                let pairs = if known { vec![] } else { vec![("serial".to_owned(), self.serial.to_string())] };
                mailbox.set_custom(id, CustomSection { name, pairs }).unwrap();
            }
            (20, _) => {
                let name = format!("script {}", self.below(3));
                mailbox.put_script(&name, format!("keep; # {}", self.serial).as_bytes()).unwrap();
                mailbox.activate_script(Some(&name)).unwrap();
            }
            (21, _) => drop(test.store().back_up(Vec::new(), &mut |_| {}).unwrap()),
            (22, _) => test.store().checkpoint().unwrap(),
            (23, _) => {
                drop(mailbox);
                test.crash();
            }
            _ => {}
        }
    }
}
