// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the store knows of its backups while it runs.

use crate::store::Store;
use ::backup::Target;
use parking_lot::{Condvar, Mutex};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a checkpoint waits for the archive, so that what it retires and sweeps is in there.
const HURRY_MAX: Duration = Duration::from_secs(5);

const ABORTED: &str = "the backup was aborted";

/// How long whoever asks for the target waits until it is opened.
const READY_MAX: Duration = Duration::from_secs(60);

pub(crate) struct Backups {
    is_on: bool,
    /// Sequence up to which the journal is in the archive, durable.
    archived: AtomicU64,
    /// Somebody waits for the archiver.
    is_hurried: AtomicBool,
    is_reopened: AtomicBool,
    known: Mutex<Known>,
    changed: Condvar,
    /// One snapshot, sweep or drill at a time.
    pub turn: Mutex<()>,
    /// The backup that is being made.
    pub(super) run: Mutex<Option<BackupRun>>,
    is_aborted: AtomicBool,
}

/// A backup while it is being made.
#[derive(Debug, Clone, serde::Serialize)]
pub struct BackupRun {
    /// The name that it will have.
    pub name: String,
    /// Milliseconds since 1970.
    pub begun_ms: i64,
    pub mailboxes: usize,
    pub mailboxes_done: usize,
}

#[derive(Default)]
struct Known {
    /// As long as it works.
    target: Option<Target>,
    /// Why it does not.
    error: Option<String>,
    /// Records that went without having been archived, since the last snapshot.
    lost: Option<(u64, u64)>,
    /// Looks of the archiver, good or bad.
    turns: u64,
}

/// For `posthouse status` and the metrics.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct BackupStatus {
    pub is_on: bool,
    /// The target can't be used, and why.
    pub error: Option<String>,
    /// Last record in the archive, and last one of the journal.
    pub archived: u64,
    pub synced: u64,
    /// Records that are in no archive, first and last: no moment between them can be restored until the next backup is made.
    pub lost: Option<(u64, u64)>,
}

impl Backups {
    pub fn new(is_on: bool) -> Backups {
        Backups {
            is_on,
            archived: AtomicU64::new(0),
            is_hurried: AtomicBool::new(false),
            is_reopened: AtomicBool::new(false),
            known: Mutex::default(),
            changed: Condvar::new(),
            turn: Mutex::new(()),
            run: Mutex::default(),
            is_aborted: AtomicBool::new(false),
        }
    }

    /// `u64::MAX` where nothing is backed up.
    pub fn archived(&self) -> u64 {
        if self.is_on { self.archived.load(Ordering::Acquire) } else { u64::MAX }
    }

    pub fn set_archived(&self, seq: u64) {
        self.archived.store(seq, Ordering::Release);
        // whoever waits looks under the lock
        drop(self.known.lock());
        self.changed.notify_all();
    }

    pub fn set_target(&self, target: Option<Target>, error: Option<String>) {
        let mut known = self.known.lock();
        if known.error != error {
            match &error {
                Some(error) => tracing::error!(%error, "backup: the journal is not archived"),
                None => tracing::info!("backup: the journal is archived"),
            }
        }
        known.target = target;
        known.error = error;
        drop(known);
        self.changed.notify_all();
    }

    pub fn target(&self) -> Option<Target> {
        self.known.lock().target.clone()
    }

    pub fn note_lost(&self, from: u64, to: u64) {
        tracing::error!(from, to, "backup: records were not archived; the next backup makes later moments restorable");
        let mut known = self.known.lock();
        let first = known.lost.map_or(from, |(first, _)| first);
        known.lost = Some((first, to));
    }

    /// A snapshot holds what was lost.
    pub fn healed(&self, holds: u64) {
        let mut known = self.known.lock();
        known.lost = known.lost.filter(|(_, to)| *to > holds);
    }

    /// Waits a moment until the archive has `seq`; false if it has not, or can't.
    pub fn hurry(&self, seq: u64) -> bool {
        let deadline = Instant::now() + HURRY_MAX;
        self.is_hurried.store(true, Ordering::Release);
        let mut known = self.known.lock();
        while self.archived() < seq && known.error.is_none() {
            self.changed.notify_all();
            if self.changed.wait_until(&mut known, deadline).timed_out() {
                break;
            }
        }
        self.archived() >= seq
    }

    /// The archiver rests; true if somebody is in a hurry.
    pub fn rest(&self, time: Duration) -> bool {
        let mut known = self.known.lock();
        if !self.is_hurried.load(Ordering::Acquire) {
            self.changed.wait_for(&mut known, time);
        }
        self.is_hurried.swap(false, Ordering::AcqRel)
    }

    /// Forgets the target, and waits a moment for the archiver to open it again.
    pub fn reopen(&self) -> Result<(), String> {
        self.is_reopened.store(true, Ordering::Release);
        self.is_hurried.store(true, Ordering::Release);
        {
            let mut known = self.known.lock();
            (known.target, known.error) = (None, None);
        }
        self.ready().map(drop)
    }

    /// The archiver has looked.
    pub fn note_turn(&self) {
        self.known.lock().turns += 1;
        self.changed.notify_all();
    }

    /// What failed may work again: the archiver looks once more.
    fn try_again(&self) {
        let deadline = Instant::now() + READY_MAX;
        let mut known = self.known.lock();
        let turns = known.turns;
        while known.error.is_some() && known.turns == turns {
            self.is_hurried.store(true, Ordering::Release);
            self.changed.notify_all();
            if self.changed.wait_until(&mut known, deadline).timed_out() {
                break;
            }
        }
    }

    /// The target; at the start, and after an error, it is waited for a moment.
    pub fn ready(&self) -> Result<Target, String> {
        self.try_again();
        let deadline = Instant::now() + READY_MAX;
        let mut known = self.known.lock();
        while known.target.is_none() && known.error.is_none() {
            self.changed.notify_all();
            if self.changed.wait_until(&mut known, deadline).timed_out() {
                break;
            }
        }
        let why = || known.error.clone().unwrap_or_else(|| "the backup target does not answer".into());
        known.target.clone().ok_or_else(why)
    }

    pub fn is_to_reopen(&self) -> bool {
        self.is_reopened.swap(false, Ordering::AcqRel)
    }

    /// Fails once somebody wants the backup that is being made to end.
    pub(super) fn check_abort(&self) -> crate::Result<()> {
        match self.is_aborted.load(Ordering::Acquire) {
            true => Err(crate::Error::Unavailable(ABORTED.into())),
            false => Ok(()),
        }
    }

    /// A backup begins; it ends when the answer is dropped.
    pub(super) fn begin_run(&self, run: BackupRun) -> Running<'_> {
        self.is_aborted.store(false, Ordering::Release);
        *self.run.lock() = Some(run);
        Running(self)
    }

    /// The archiver ends: nobody need wait for it.
    pub fn end(&self) {
        let target = {
            let mut known = self.known.lock();
            known.error = Some("the store closes".into());
            known.target.take()
        };
        target.iter().for_each(Target::stop);
        self.changed.notify_all();
    }
}

pub(super) struct Running<'a>(&'a Backups);

impl Running<'_> {
    pub fn count(&self, mailboxes: usize, mailboxes_done: usize) {
        if let Some(run) = &mut *self.0.run.lock() {
            (run.mailboxes, run.mailboxes_done) = (mailboxes, mailboxes_done);
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *self.0.run.lock() = None;
    }
}

impl Store {
    /// The backup that is being made now.
    pub fn backup_run(&self) -> Option<BackupRun> {
        self.shared.backups.run.lock().clone()
    }

    /// Ends the backup that is being made; what it has copied so far is used by the next one. False: none is.
    pub fn abort_backup(&self) -> bool {
        let run = self.shared.backups.run.lock();
        self.shared.backups.is_aborted.store(run.is_some(), Ordering::Release);
        run.is_some()
    }

    /// Everything that was acknowledged so far is in the archive when this returns.
    pub fn archive_now(&self) -> crate::Result<()> {
        let backups = &self.shared.backups;
        backups.ready().map_err(crate::Error::Unavailable)?;
        match backups.hurry(self.shared.journal.synced()) {
            true => Ok(()),
            false => Err(crate::Error::Unavailable("the archive does not follow: see the log".into())),
        }
    }

    pub fn backup_status(&self) -> BackupStatus {
        let backups = &self.shared.backups;
        let known = backups.known.lock();
        BackupStatus {
            is_on: backups.is_on,
            error: known.error.clone(),
            archived: if backups.is_on { backups.archived() } else { 0 },
            synced: self.shared.journal.synced(),
            lost: known.lost,
        }
    }
}
