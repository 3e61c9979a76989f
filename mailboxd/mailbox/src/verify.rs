// SPDX-License-Identifier: AGPL-3.0-or-later
//! Cross-check of journal, rows, files and index. On a running system each mailbox is looked at under its lock, so that what
//! is compared belongs together; the lock is held for one mailbox at a time.

use crate::draft::{files, octets};
use crate::effect::BlobFile;
use crate::error::{Error, Result};
use crate::live::Live;
use crate::store::{Shared, Store};
use crate::view::View;
use ids::{ItemId, ModSeq, Seq};
use metadata::{Detail, Flags, Item, Kind};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Problems listed at most; the rest is counted.
const PROBLEMS_MAX: usize = 1_000;
/// Rows read at a time.
const CHUNK: usize = 1_000;

#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct VerifyReport {
    pub mailboxes: u64,
    pub items: u64,
    /// Message files whose bytes were read and hashed.
    pub blobs: u64,
    /// Records still in the journal, each read and decoded.
    pub records: u64,
    pub problem_count: u64,
    pub problems: Vec<String>,
}

impl VerifyReport {
    pub fn is_clean(&self) -> bool {
        self.problem_count == 0
    }

    fn problem(&mut self, text: String) {
        self.problem_count += 1;
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(text);
        }
    }
}

impl Store {
    /// `progress` gets a line for people now and then.
    pub fn verify(&self, progress: &mut dyn FnMut(&str)) -> Result<VerifyReport> {
        self.verify_with(None, progress)
    }

    /// Journal and rows, and that each file is there; no content and no index is read. Of as many mailboxes as that can be done for in
    /// this time, and of one at least.
    pub fn verify_quickly(&self, patience: Duration, progress: &mut dyn FnMut(&str)) -> Result<VerifyReport> {
        self.verify_with(Some(patience), progress)
    }

    fn verify_with(&self, patience: Option<Duration>, progress: &mut dyn FnMut(&str)) -> Result<VerifyReport> {
        let begun = Instant::now();
        let shared = &self.shared;
        let _one = shared.maintenance.lock();
        let mut report = VerifyReport::default();
        progress("journal");
        verify_journal(shared, &mut report)?;
        shared.blobs.check_training()?.into_iter().for_each(|text| report.problem(text));
        for (spec, presence) in shared.blobs.volumes() {
            if let blobs::Presence::Away { why } = presence {
                report.problem(format!("volume {} is not there ({why}): what is on it was not looked at", spec.name));
            }
        }
        let ids = shared.mailbox_ids();
        for (done, id) in ids.iter().enumerate() {
            if done > 0 && patience.is_some_and(|patience| begun.elapsed() > patience) {
                break;
            }
            progress(&format!("mailbox {id} ({} of {})", done + 1, ids.len()));
            match shared.live(*id) {
                Ok(live) => verify_mailbox(shared, &live, patience.is_some(), &mut report)?,
                // deleted meanwhile
                Err(Error::NoSuch { .. }) => continue,
                Err(error) => report.problem(format!("mailbox {id}: {error}")),
            }
            report.mailboxes += 1;
        }
        Ok(report)
    }
}

fn verify_journal(shared: &Shared, report: &mut VerifyReport) -> Result<()> {
    let mark = crate::checkpoint::read_mark(shared)?;
    let mut last = mark.0;
    for record in shared.journal.replay(mark.0)? {
        match record {
            Ok(record) => {
                if record.seq <= last {
                    report.problem(format!("journal: record {} after {last}", record.seq));
                }
                last = record.seq;
                report.records += 1;
                if record.kind == crate::effect::KIND_MAILBOX
                    && let Err(error) = crate::effect::Record::decode(record.seq, &record.payload)
                {
                    report.problem(error.to_string());
                }
            }
            Err(error) => {
                report.problem(error.to_string());
                return Ok(());
            }
        }
    }
    Ok(())
}

fn verify_mailbox(shared: &Shared, live: &Live, is_quick: bool, report: &mut VerifyReport) -> Result<()> {
    let assigned = live.lock_settled(shared)?;
    let view = assigned.view.clone();
    let rows = shared.metadata.read(live.id, |reader| {
        let mut ids = Vec::new();
        reader.all_ids(&mut |one| {
            ids.push(one.id);
            true
        })?;
        Ok((reader.integrity()?, reader.mailbox()?, ids))
    });
    let (integrity, row, ids) = match rows {
        Ok(rows) => rows,
        Err(error) => {
            report.problem(format!("mailbox {}: {error}", live.id));
            return Ok(());
        }
    };
    let mut check = Check { shared, live, is_quick, report, totals: Totals::default() };
    for text in integrity {
        check.problem(format!("rows: {text}"));
    }
    match row {
        None => check.problem("has no row".into()),
        Some(row) => {
            if row.applied > Seq(shared.journal.synced()) {
                check.problem(format!(
                    "rows hold record {}, the journal ends at {}",
                    row.applied,
                    shared.journal.synced()
                ));
            }
            if row.modseq != view.row.modseq || row.size != view.row.size {
                check.problem("the row differs from the state in memory".into());
            }
        }
    }
    let files: BTreeSet<_> = shared.blobs.items(live.id)?.into_iter().collect();
    let mut expected = BTreeSet::new();
    for chunk in ids.chunks(CHUNK) {
        for item in shared.metadata.read(live.id, |reader| reader.items(chunk))? {
            check.item(&item, &view, &mut expected);
        }
    }
    for chunk in shared.metadata.read(live.id, |reader| reader.dumpster())?.chunks(CHUNK) {
        for item in shared.metadata.read(live.id, |reader| reader.dumped(chunk))? {
            check.report.items += 1;
            check.files(&item, &mut expected);
        }
    }
    for (item, revision) in files.difference(&expected) {
        check.problem(format!("file {item}-{revision} belongs to no item"));
    }
    check.counters(&view);
    drop(assigned);
    if is_quick { Ok(()) } else { check.index() }
}

#[derive(Default)]
struct Totals {
    folders: BTreeMap<ItemId, (u32, u32, u64, u32)>,
    tags: BTreeMap<ItemId, (u32, u32)>,
    uids: BTreeSet<(ItemId, u32)>,
    indexed: BTreeSet<ItemId>,
    size: u64,
}

struct Check<'a> {
    shared: &'a Shared,
    live: &'a Live,
    is_quick: bool,
    report: &'a mut VerifyReport,
    totals: Totals,
}

impl Check<'_> {
    fn problem(&mut self, text: String) {
        self.report.problem(format!("mailbox {}: {text}", self.live.id));
    }

    fn item(&mut self, item: &Item, view: &View, expected: &mut BTreeSet<(ItemId, ModSeq)>) {
        self.report.items += 1;
        if item.modseq > view.row.modseq || item.id.0 >= view.row.next_item_id {
            self.problem(format!("item {} is newer than its mailbox", item.id));
        }
        if item.kind.is_container() {
            return;
        }
        let unread = u32::from(item.flags.contains(Flags::UNREAD));
        let is_message = item.kind == Kind::Message;
        let folder = self.totals.folders.entry(item.folder).or_default();
        let (one, other) = if is_message { (1, 0) } else { (0, 1) };
        let seen = if is_message { unread } else { 0 };
        *folder = (folder.0 + one, folder.1 + seen, folder.2 + octets(item), folder.3 + other);
        for tag in &item.tags {
            let counts = self.totals.tags.entry(*tag).or_default();
            *counts = (counts.0 + 1, counts.1 + unread);
        }
        self.totals.size += octets(item);
        self.totals.indexed.insert(item.id);
        if is_message && !self.totals.uids.insert((item.folder, item.uid.0)) {
            self.problem(format!("UID {} of folder {} is there twice", item.uid, item.folder));
        }
        if is_message && item.digest.is_none() {
            self.problem(format!("message {} has no content", item.id));
        }
        self.files(item, expected);
    }

    fn files(&mut self, item: &Item, expected: &mut BTreeSet<(ItemId, ModSeq)>) {
        let mut sizes = vec![item.size];
        if let Detail::Document(detail) = &item.detail {
            sizes.extend(detail.versions.iter().map(|version| version.size));
        }
        for (file, size) in files(item).zip(sizes) {
            expected.insert((file.item, file.revision));
            if let Err(text) = self.file(&file, size) {
                self.problem(format!("item {}: {text}", item.id));
            }
        }
    }

    /// The file is there, whole, and its content has the digest of the row.
    fn file(&mut self, file: &BlobFile, size: u64) -> std::result::Result<(), String> {
        let mut blob = match self.shared.blobs.open_item(self.live.id, file.item, file.revision) {
            // told once, for all of the volume
            Err(blobs::Error::Away { .. }) => return Ok(()),
            opened => opened.map_err(|e| e.to_string())?,
        };
        if self.is_quick {
            return Ok(());
        }
        let content = blob.read_all().map_err(|e| e.to_string())?;
        self.report.blobs += 1;
        if content.len() as u64 != size {
            return Err(format!("has {} octets, its row says {size}", content.len()));
        }
        if file.digest != blobs::digest(&content) {
            return Err("content differs from what was delivered".into());
        }
        Ok(())
    }

    fn counters(&mut self, view: &View) {
        let totals = std::mem::take(&mut self.totals);
        for (id, item) in &view.containers {
            match &item.detail {
                Detail::Folder(detail) if item.kind == Kind::Folder => {
                    let is = totals.folders.get(id).copied().unwrap_or_default();
                    let says = (detail.total, detail.unread, detail.size, detail.others);
                    if is != says {
                        self.problem(format!(
                            "folder {id} counts {says:?} (messages, unread, octets, others), its rows {is:?}"
                        ));
                    }
                    if let Some((_, uid)) = totals.uids.range((*id, 0)..=(*id, u32::MAX)).next_back()
                        && *uid >= detail.uid_next
                    {
                        self.problem(format!("folder {id} has UID {uid}, its next is {}", detail.uid_next));
                    }
                }
                Detail::Tag(detail) => {
                    let is = totals.tags.get(id).copied().unwrap_or_default();
                    if is != (detail.total, detail.unread) {
                        self.problem(format!("tag {id} counts {:?}, its rows {is:?}", (detail.total, detail.unread)));
                    }
                }
                _ => {}
            }
        }
        for id in totals.folders.keys().filter(|id| !view.containers.contains_key(id)) {
            self.problem(format!("messages in folder {id}, which does not exist"));
        }
        if totals.size != view.row.size {
            self.problem(format!("counts {} octets, its rows {}", view.row.size, totals.size));
        }
        self.totals = totals;
    }

    /// Its files have their checksums; everything up to its mark is in it and nothing else.
    fn index(&mut self) -> Result<()> {
        if let Some(what) = self.shared.indexes.check(self.live.id)? {
            self.problem(format!("index: {what}; it is built anew"));
        }
        self.shared.index_now(self.live.id)?;
        let indexed: BTreeSet<_> = self.shared.indexes.documents(self.live.id)?.into_iter().collect();
        // mail goes on arriving: what differs is looked up again
        for id in indexed.symmetric_difference(&std::mem::take(&mut self.totals.indexed)) {
            let item = self.shared.metadata.read(self.live.id, |reader| reader.item(*id))?;
            let exists = item.as_ref().is_some_and(|item| !item.kind.is_container());
            let applied = self.shared.indexes.applied(self.live.id)?;
            let pending = item.is_some_and(|item| item.revision > applied);
            if exists != indexed.contains(id) && !pending && !self.left_lately(*id, applied)? {
                self.problem(format!("item {id}: index and rows differ"));
            }
        }
        Ok(())
    }

    fn left_lately(&self, id: ItemId, applied: ModSeq) -> Result<bool> {
        let tombstones =
            self.shared.metadata.read(self.live.id, |reader| reader.tombstones_since(applied, usize::MAX))?;
        Ok(tombstones.iter().any(|tombstone| tombstone.removed && tombstone.id == id))
    }
}
