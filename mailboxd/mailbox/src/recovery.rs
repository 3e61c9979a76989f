// SPDX-License-Identifier: AGPL-3.0-or-later
//! Recovery: replay what a store has not seen.
//!
//! Rows carry their own mark (`MailboxRow::applied`, in the same transaction). Files have no commit, so their effects are
//! replayed from the last checkpoint whatever the rows say: every body is written again, a missing link is made, a
//! file whose row is gone is unlinked. All of it is idempotent; recovery that is interrupted starts over.

use crate::apply::{Bodies, Step};
use crate::checkpoint::read_mark;
use crate::effect::{Effect, KIND_MAILBOX, Record, Section};
use crate::error::{Error, Result};
use crate::store::Shared;
use blobs::Blobs;
use bytes::Bytes;
use ids::{Digest, ItemId, MailboxId, ModSeq, Seq};
use std::collections::{BTreeMap, BTreeSet};

/// Sections gathered before they are applied: one transaction a mailbox.
const BATCH_SECTIONS_MAX: usize = 2_000;

struct Replay<'a> {
    shared: &'a Shared,
    applied: BTreeMap<MailboxId, Seq>,
    waiting: BTreeMap<MailboxId, Vec<(Seq, Section)>>,
    waiting_count: usize,
    /// Files that could not be linked because their anchor is gone: legitimate only if a later record unlinks them.
    missing: BTreeSet<(MailboxId, ItemId, ModSeq)>,
}

pub(crate) fn recover(shared: &Shared) -> Result<()> {
    let started = std::time::Instant::now();
    let mut applied = BTreeMap::new();
    for row in shared.metadata.mailboxes()? {
        applied.insert(row.id, row.applied);
    }
    // The journal is the truth: a store that is ahead of it (a disk that lied about its flushes) keeps what it has, and
    // sequences go on above it, so that no mark hides a new record.
    if let Some(ahead) = applied.values().max().filter(|seq| seq.0 > shared.journal.last()) {
        tracing::error!(applied = ahead.0, journal = shared.journal.last(), "rows are ahead of the journal");
        shared.journal.skip_to(ahead.0)?;
    }
    let mark = read_mark(shared)?;
    let mut replay = Replay { shared, applied, waiting: BTreeMap::new(), waiting_count: 0, missing: BTreeSet::new() };
    let mut records = 0u64;
    for record in shared.journal.replay(mark.0)? {
        let record = record.map_err(|e| Error::Store(e.to_string()))?;
        if record.kind == KIND_MAILBOX {
            replay.record(Seq(record.seq), &record.payload)?;
            records += 1;
        }
    }
    replay.flush()?;
    for (mailbox, item, revision) in &replay.missing {
        tracing::error!(
            mailbox = mailbox.0,
            item = item.0,
            revision = revision.0,
            "message file lost: run store verify"
        );
    }
    if records > 0 {
        tracing::info!(records, ms = started.elapsed().as_millis() as u64, "journal replayed");
    }
    Ok(())
}

/// A power cut leaves files of any content under their names, and what a read sees may never have reached the disk: each is
/// written again.
pub(crate) fn restore_bodies(blobs: &Blobs, inline: &[(Digest, Bytes)]) -> Result<()> {
    inline.iter().try_for_each(|(digest, stored)| Ok(blobs.restore(*digest, stored)?))
}

impl Replay<'_> {
    fn record(&mut self, seq: Seq, payload: &Bytes) -> Result<()> {
        let (record, inline) = Record::decode(seq.0, payload).map_err(|e| Error::Store(e.to_string()))?;
        restore_bodies(&self.shared.blobs, &inline)?;
        for section in record.sections {
            self.waiting.entry(section.mailbox).or_default().push((seq, section));
            self.waiting_count += 1;
        }
        if self.waiting_count >= BATCH_SECTIONS_MAX {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.waiting_count = 0;
        for (mailbox, sections) in std::mem::take(&mut self.waiting) {
            self.files(mailbox, &sections)?;
            let known = self.applied.get(&mailbox).copied().unwrap_or_default();
            let nothing = Bodies::new(Vec::new(), Vec::new());
            let steps: Vec<Step<'_>> = sections
                .iter()
                .filter(|(seq, _)| *seq > known)
                .map(|(seq, section)| Step { seq: *seq, section, bodies: &nothing })
                .collect();
            self.shared.apply_rows(mailbox, &steps)?;
            if let Some(last) = sections.last() {
                self.applied.insert(mailbox, known.max(last.0));
            }
        }
        Ok(())
    }

    fn files(&mut self, mailbox: MailboxId, sections: &[(Seq, Section)]) -> Result<()> {
        let blobs = &self.shared.blobs;
        for effect in sections.iter().flat_map(|(_, section)| &section.effects) {
            match effect {
                Effect::Link(file) => match blobs.link(file.digest, mailbox, file.item, file.revision) {
                    Ok(()) => {}
                    Err(error) if error.is_not_found() => {
                        self.missing.insert((mailbox, file.item, file.revision));
                    }
                    Err(error) => return Err(error.into()),
                },
                Effect::Unlink(file) => {
                    blobs.unlink(mailbox, file.item, file.revision, file.digest)?;
                    self.missing.remove(&(mailbox, file.item, file.revision));
                }
                Effect::RemoveMailbox => self.missing.retain(|(of, _, _)| *of != mailbox),
                _ => {}
            }
        }
        Ok(())
    }
}
