// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]
//! Random operations against a naive model, with crashes and checkpoints between them.

mod common;

use common::{TestStore, message};
use mailbox::{FlagChange, Flags, ItemId, Uid};
use proptest::prelude::*;
use std::collections::BTreeMap;

const FOLDERS: [ItemId; 3] = [ItemId::INBOX, ItemId::TRASH, ItemId::SENT];

#[derive(Debug, Clone)]
enum Op {
    Deliver { thread: u8 },
    Add { folder: usize },
    Flag { nth: usize, flag: bool, unread: bool },
    Move { nth: usize, folder: usize },
    Copy { nth: usize, folder: usize },
    Delete { nth: usize },
    Draft { nth: usize },
    Checkpoint,
    Crash,
}

fn op() -> impl Strategy<Value = Op> {
    let (nth, folder) = (0..64usize, 0..FOLDERS.len());
    prop_oneof![
        4 => (0..3u8).prop_map(|thread| Op::Deliver { thread }),
        2 => folder.clone().prop_map(|folder| Op::Add { folder }),
        3 => (nth.clone(), any::<bool>(), any::<bool>()).prop_map(|(nth, flag, unread)| Op::Flag { nth, flag, unread }),
        2 => (nth.clone(), folder.clone()).prop_map(|(nth, folder)| Op::Move { nth, folder }),
        2 => (nth.clone(), folder).prop_map(|(nth, folder)| Op::Copy { nth, folder }),
        2 => nth.clone().prop_map(|nth| Op::Delete { nth }),
        1 => nth.prop_map(|nth| Op::Draft { nth }),
        1 => Just(Op::Checkpoint),
        1 => Just(Op::Crash),
    ]
}

#[derive(Debug, Clone, PartialEq)]
struct Mail {
    folder: ItemId,
    flags: Flags,
    bytes: Vec<u8>,
}

#[derive(Default)]
struct Model {
    mails: BTreeMap<ItemId, Mail>,
    serial: u32,
}

impl Model {
    fn nth(&self, nth: usize) -> Option<ItemId> {
        self.mails.keys().nth(nth % self.mails.len().max(1)).copied()
    }

    fn bytes(&mut self, thread: u8) -> Vec<u8> {
        self.serial += 1;
        let root = (thread > 0).then(|| format!("root{thread}@x"));
        message(&format!("{}@x", self.serial), "model", root.as_deref(), &format!("text {}", self.serial))
    }

    fn step(&mut self, test: &mut TestStore, op: &Op) {
        match *op {
            Op::Deliver { thread } => {
                let bytes = self.bytes(thread);
                let id = test.deliver_one(&bytes, "alice");
                self.mails.insert(id, Mail { folder: ItemId::INBOX, flags: Flags::UNREAD, bytes });
            }
            Op::Add { folder } => {
                let (bytes, folder) = (self.bytes(0), FOLDERS[folder]);
                let item = test.add("alice", folder, &bytes);
                self.mails.insert(item.id, Mail { folder, flags: Flags::UNREAD, bytes });
            }
            Op::Flag { nth, flag, unread } => {
                let Some(id) = self.nth(nth) else { return };
                let pick = |set, flags| if set { flags } else { Flags::default() };
                let add = pick(flag, Flags::FLAGGED).with(pick(unread, Flags::UNREAD));
                let remove = pick(!flag, Flags::FLAGGED).with(pick(!unread, Flags::UNREAD));
                let change = FlagChange { add, remove, ..FlagChange::default() };
                test.mailbox("alice").update_flags(&[id], &change).unwrap();
                let mail = self.mails.get_mut(&id).unwrap();
                mail.flags = mail.flags.without(remove).with(add);
            }
            Op::Move { nth, folder } => {
                let Some(id) = self.nth(nth) else { return };
                test.mailbox("alice").move_items(&[id], FOLDERS[folder]).unwrap();
                self.mails.get_mut(&id).unwrap().folder = FOLDERS[folder];
            }
            Op::Copy { nth, folder } => {
                let Some(id) = self.nth(nth) else { return };
                let copy = test.mailbox("alice").copy_items(&[id], FOLDERS[folder]).unwrap().remove(0).1;
                let mail = Mail { folder: FOLDERS[folder], ..self.mails[&id].clone() };
                self.mails.insert(copy.id, mail);
            }
            Op::Delete { nth } => {
                let Some(id) = self.nth(nth) else { return };
                assert_eq!(test.mailbox("alice").delete_items(&[id]).unwrap(), [id]);
                self.mails.remove(&id);
            }
            Op::Draft { nth } => {
                let is_draft = |id: &ItemId| self.mails[id].flags.contains(Flags::DRAFT);
                let known = self.nth(nth).filter(is_draft);
                let bytes = self.bytes(0);
                let item = test.mailbox("alice").save_draft(&test.stage(&bytes), known, None).unwrap();
                let kept = known.map_or(Flags::default(), |id| Flags(self.mails[&id].flags.0 & Flags::FLAGGED.0));
                let folder = known.map_or(ItemId::DRAFTS, |id| self.mails[&id].folder);
                let flags = Flags::DRAFT.with(Flags::FROM_ME).with(kept);
                self.mails.insert(item.id, Mail { folder, flags, bytes });
            }
            Op::Checkpoint => test.store().checkpoint().unwrap(),
            Op::Crash => test.crash(),
        }
    }

    fn compare(&self, test: &TestStore) {
        let mailbox = test.mailbox("alice");
        let mut found = BTreeMap::new();
        for folder in FOLDERS.into_iter().chain([ItemId::DRAFTS]) {
            for brief in mailbox.folder_messages(folder, Uid(0)).unwrap() {
                let item = mailbox.item(brief.id).unwrap();
                let bytes = mailbox.content(&item).unwrap().to_vec();
                found.insert(item.id, Mail { folder, flags: item.flags, bytes });
            }
        }
        assert_eq!(found, self.mails);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if common::IS_ON_MYSQL { 8 } else { 24 }, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn store_does_what_the_model_does(ops in proptest::collection::vec(op(), 1..60)) {
        let mut test = TestStore::new();
        let mut model = Model::default();
        for op in &ops {
            model.step(&mut test, op);
        }
        model.compare(&test);
        test.crash();
        model.compare(&test);
    }
}
