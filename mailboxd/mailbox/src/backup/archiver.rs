// SPDX-License-Identifier: AGPL-3.0-or-later
//! Copies the journal to the backup target, a second behind at most while that works. The journal keeps what is not archived
//! (`checkpoint.rs`), up to a bound; beyond it mail goes on and the gap is told.

use super::state::Backups;
use super::target::open_own;
use crate::effect::{Effect, KIND_MAILBOX, Record};
use crate::error::{Error, Result};
use crate::store::Shared;
use crate::worker::{Worker, step_back};
use ::backup::{Archive, Archived, Gap, Target};
use ids::Digest;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Between two looks at the journal.
const EVERY: Duration = Duration::from_secs(1);
/// Before a target that failed is tried again.
const RETRY: Duration = Duration::from_secs(10);
/// Made durable at once.
const BATCH_BYTES: usize = 8 << 20;

pub(crate) fn start(shared: Arc<Shared>) -> Result<Worker> {
    Worker::start("archive", move |stop| {
        step_back();
        let mut archive = None;
        let mut failed: Option<Instant> = None;
        while !stop.is_set() {
            let hurried = shared.backups.rest(EVERY);
            if !hurried && failed.is_some_and(|since| since.elapsed() < RETRY) {
                continue;
            }
            if stop.is_set() {
                break;
            }
            if shared.backups.is_to_reopen() {
                archive = None;
            }
            failed = match turn(&shared, &mut archive) {
                Ok(()) => None,
                Err(error) => {
                    archive = None;
                    shared.backups.set_target(None, Some(error.to_string()));
                    Some(Instant::now())
                }
            };
            shared.backups.note_turn();
        }
        shared.backups.end();
    })
}

fn turn(shared: &Shared, archive: &mut Option<(Target, Archive)>) -> Result<()> {
    let (target, archive) = match archive {
        Some(known) => known,
        None => {
            let target = open_own(shared)?;
            let mut opened = Archive::open(&target)?;
            if opened.last() > shared.journal.last() {
                go_on_above(shared, &mut opened)?;
            }
            archive.insert((target, opened))
        }
    };
    target.check()?;
    copy(shared, archive)?;
    if shared.backups.target().is_none() {
        shared.backups.set_target(Some(target.clone()), None);
    }
    shared.backups.set_archived(archive.last());
    Ok(())
}

/// The state directory went back to an older copy of itself. What is new must not hide behind sequences that were given in the
/// future that is gone: it goes on above them, past one that nobody has, so that whoever reads the archive across this point is
/// told.
fn go_on_above(shared: &Shared, archive: &mut Archive) -> Result<()> {
    let (archived, last) = (archive.last(), shared.journal.last());
    tracing::error!(archived, last, "the journal is behind its archive: an older state directory was put back");
    let gap = Gap { from: archived + 1, to: archived + 1 };
    shared.journal.skip_to(gap.to)?;
    shared.backups.note_lost(last + 1, gap.to);
    Ok(archive.put_gap(gap)?)
}

fn copy(shared: &Shared, archive: &mut Archive) -> Result<()> {
    let synced = shared.journal.synced();
    if archive.last() >= synced {
        return Ok(());
    }
    let first = shared.journal.first();
    if first > archive.last() + 1 {
        let gap = Gap { from: archive.last() + 1, to: first - 1 };
        // before the first backup there is nothing to go back to
        if archive.last() > 0 {
            shared.backups.note_lost(gap.from, gap.to);
        }
        archive.put_gap(gap)?;
    }
    let after = (first - 1).max(archive.last());
    let mut waiting = 0;
    for record in shared.journal.replay(after)? {
        let record = record?;
        waiting += record.payload.len();
        if record.kind == KIND_MAILBOX {
            keep_bodies(shared, archive, &record)?;
        }
        archive.put(&Archived {
            seq: record.seq,
            time_ms: record.time_ms,
            epoch: record.epoch,
            kind: record.kind,
            payload: record.payload,
        })?;
        if waiting >= BATCH_BYTES {
            waiting = 0;
            archive.sync()?;
            shared.backups.set_archived(archive.last());
        }
    }
    Ok(archive.sync()?)
}

/// What the record links to and does not carry. A message that is gone (a target that was away for long) is left out: the
/// restore tells.
fn keep_bodies(shared: &Shared, archive: &mut Archive, record: &journal::Record) -> Result<()> {
    let (decoded, inline) =
        Record::decode(record.seq, &record.payload).map_err(|error| Error::Store(error.to_string()))?;
    let carried: HashSet<Digest> = inline.iter().map(|(digest, _)| *digest).collect();
    let linked = decoded.sections.iter().flat_map(|section| &section.effects).filter_map(|effect| match effect {
        Effect::Link(file) => Some(file.digest),
        _ => None,
    });
    let spilled = decoded.bodies.iter().map(|body| body.digest);
    let needed: HashSet<Digest> = linked.chain(spilled).filter(|digest| !carried.contains(digest)).collect();
    for digest in needed {
        let blobs = &shared.blobs;
        let kept: Result<()> =
            archive.keep(record.seq, digest, |name| Ok(blobs.link_out(digest, name)?), || Ok(blobs.stored(digest)?));
        match kept {
            Err(Error::Store(text)) => tracing::warn!(text, seq = record.seq, "backup: a message can't be archived"),
            other => other?,
        }
    }
    Ok(())
}

impl Backups {
    /// Whether the journal may let go of what is not archived: mail is more important.
    pub fn gives_up(&self, shared: &Shared) -> bool {
        let Some(config) = &shared.config.backup else { return false };
        shared.journal.bytes() > config.hold_bytes_max || shared.space.is_scarce()
    }
}
