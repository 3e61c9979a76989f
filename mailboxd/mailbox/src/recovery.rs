// SPDX-License-Identifier: AGPL-3.0-or-later
//! Recovery: replay what a store has not seen.
//!
//! Rows carry their own mark (`MailboxRow::applied`, in the same transaction). Files have no commit, so their effects are
//! replayed from the last checkpoint whatever the rows say: every body is written again, a missing link is made, a
//! file whose row is gone is unlinked. All of it is idempotent; recovery that is interrupted starts over.

use crate::apply::{Bodies, Step, put_steps};
use crate::checkpoint::read_mark;
use crate::effect::{Effect, KIND_MAILBOX, Record, Section};
use crate::error::{Error, Result};
use crate::store::Shared;
use blobs::Blobs;
use bytes::Bytes;
use ids::{Digest, ItemId, MailboxId, ModSeq, Seq};
use metadata::{Engine, Metadata};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

/// Sections gathered before they are applied: one transaction a mailbox.
const BATCH_SECTIONS_MAX: usize = 2_000;

struct Replay<'a> {
    shared: &'a Shared,
    metadata: &'a Metadata,
    what: What,
    applied: BTreeMap<MailboxId, Seq>,
    waiting: BTreeMap<MailboxId, Vec<(Seq, Section)>>,
    waiting_count: usize,
    /// Files that could not be linked because their anchor is gone: legitimate only if a later record unlinks them.
    missing: BTreeSet<(MailboxId, ItemId, ModSeq)>,
    /// Mailboxes that have no rows and do not begin in this part of the journal: legitimate only if a later record removes them.
    rowless: BTreeSet<MailboxId>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Everything,
    /// The rows of the database server: files are as they were.
    ServerRows,
}

pub(crate) fn recover(shared: &Shared) -> Result<()> {
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
    replay(shared, &shared.metadata, What::Everything, applied)
}

/// Rule 4: the database server was restarted, and with its flush relaxed its rows may have fallen back. Until what is missing
/// was replayed, `shared.metadata` refuses everything; then it goes on with the server as it is now. What the mailboxes have in
/// memory stays right: rows come back to where they were, or further, as far as the journal goes.
pub(crate) fn recover_server_rows(shared: &Shared) -> Result<()> {
    let _one = shared.maintenance.lock();
    let Some(fresh) = shared.metadata.restart()? else { return Ok(()) };
    let rows = fresh.mailboxes_at(Engine::Mysql)?;
    replay(shared, &fresh, What::ServerRows, rows.iter().map(|row| (row.id, row.applied)).collect())?;
    shared.metadata.adopt(&fresh);
    for row in rows {
        shared.indexer.wake(row.id, 1);
    }
    Ok(())
}

fn replay(shared: &Shared, metadata: &Metadata, what: What, applied: BTreeMap<MailboxId, Seq>) -> Result<()> {
    let started = std::time::Instant::now();
    let (missing, rowless) = (BTreeSet::new(), BTreeSet::new());
    let waiting = BTreeMap::new();
    let mut replay = Replay { shared, metadata, what, applied, waiting, waiting_count: 0, missing, rowless };
    let mut records = 0u64;
    for record in shared.journal.replay(read_mark(shared)?.0)? {
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
    if let Some(mailbox) = replay.rowless.first() {
        return Err(Error::Store(format!("the rows of mailbox {mailbox} are gone: restore them from a backup")));
    }
    shared.replayed.fetch_add(records, Ordering::Relaxed);
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
        if self.what == What::Everything {
            restore_bodies(&self.shared.blobs, &inline)?;
        }
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
            if self.what == What::Everything {
                self.files(mailbox, &sections)?;
                self.rows(mailbox, &sections)?;
            } else if self.metadata.home(mailbox) == Engine::Mysql {
                self.rows(mailbox, &sections)?;
            }
            if let (Some((first, _)), Some((last, _))) = (sections.first(), sections.last()) {
                let known = self.applied.entry(mailbox).or_insert(*first);
                *known = (*known).max(*last);
            }
        }
        Ok(())
    }

    fn rows(&mut self, mailbox: MailboxId, sections: &[(Seq, Section)]) -> Result<()> {
        let known = self.applied.get(&mailbox).copied();
        let is_new = sections.first().is_some_and(|(_, section)| begins_mailbox(section));
        let is_removed = sections.iter().any(|(_, section)| section.effects.contains(&Effect::RemoveMailbox));
        if is_removed {
            self.rowless.remove(&mailbox);
        } else if known.is_none() && !is_new {
            self.rowless.insert(mailbox);
        }
        if self.rowless.contains(&mailbox) {
            return Ok(());
        }
        let nothing = Bodies::new(Vec::new(), Vec::new());
        let steps: Vec<Step<'_>> = sections
            .iter()
            .filter(|(seq, _)| *seq > known.unwrap_or_default())
            .map(|(seq, section)| Step { seq: *seq, section, bodies: &nothing })
            .collect();
        match self.what {
            What::Everything => self.shared.apply_rows(mailbox, &steps),
            What::ServerRows if is_removed => Ok(self.metadata.remove_mailbox(mailbox)?),
            What::ServerRows if steps.is_empty() => Ok(()),
            What::ServerRows => put_steps(self.metadata, mailbox, &steps),
        }
    }

    fn files(&mut self, mailbox: MailboxId, sections: &[(Seq, Section)]) -> Result<()> {
        let blobs = &self.shared.blobs;
        let effects = sections.iter().flat_map(|(seq, section)| section.effects.iter().map(|effect| (*seq, effect)));
        for (seq, effect) in effects {
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
                Effect::Move(moving) => {
                    let file = moving.file(mailbox);
                    blobs.moved(moving.volume(), &file)?;
                    if blobs.is_on(moving.volume(), mailbox, file.item, file.revision) {
                        self.missing.remove(&(mailbox, file.item, file.revision));
                    }
                }
                Effect::Train(lesson) => blobs.train(lesson.file(seq))?,
                Effect::RemoveMailbox => self.missing.retain(|(of, _, _)| *of != mailbox),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The first record of a mailbox has its change number 1.
pub(crate) fn begins_mailbox(section: &Section) -> bool {
    section.effects.iter().any(|effect| matches!(effect, Effect::PutMailbox(row) if row.modseq == ModSeq(1)))
}
