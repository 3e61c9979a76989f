// SPDX-License-Identifier: AGPL-3.0-or-later
//! Hierarchical storage management: what a policy names goes to a secondary volume, a batch at a time, in the order of
//! `blobs::shift`. A run that ends early, by whatever, goes on with the next one: what has moved is not looked at again.

use super::HsmPolicy;
use crate::draft::files;
use crate::effect::{BlobFile, Effect, Moving};
use crate::error::{Error, Result};
use crate::find::SearchParams;
use crate::mailbox::Mailbox;
use crate::store::{Shared, Store};
use blobs::{MovingFile, PRIMARY, Presence, VolumeId};
use ids::{ItemId, MailboxId};
use parking_lot::Mutex;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Files in one batch, and octets of messages unless a single one has more: a checkpoint and a verification wait for so much.
const BATCH_FILES: usize = 200;
const BATCH_BYTES: u64 = 32 << 20;
/// Rows that are looked at together.
const ROWS: usize = 500;
/// Share of the last ten seconds in which somebody waited for a disk (per cent, `/proc/pressure/io`) beyond which others come
/// first, and how long it waits for that at most between two batches.
const PRESSURE_MAX: f64 = 25.0;
const REST: Duration = Duration::from_secs(1);
const RESTS_MAX: usize = 30;
const PROBLEMS_MAX: usize = 20;

/// One run, and the state of it.
#[derive(Default)]
pub(crate) struct Hsm {
    turn: Mutex<()>,
    status: Mutex<HsmStatus>,
    is_aborted: AtomicBool,
}

/// The run that is under way, or the last one.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HsmStatus {
    pub is_running: bool,
    /// Milliseconds since 1970; `None`: there was no run since the start of the daemon.
    pub begun_ms: Option<i64>,
    pub ended_ms: Option<i64>,
    pub was_aborted: bool,
    pub is_aborting: bool,
    /// Why it ended early.
    pub error: Option<String>,
    pub mailboxes: usize,
    pub mailboxes_total: usize,
    pub files: u64,
    /// As they were received, and as they are kept now.
    pub bytes: u64,
    pub stored_bytes: u64,
    /// Messages that stay where they are, and why; the first ones.
    pub problems: Vec<String>,
    pub problem_count: u64,
}

/// What is moved from where to where.
struct Way {
    from: VolumeId,
    to: VolumeId,
}

impl Store {
    /// Moves what the policies of each account name. One mailbox after the other; one that fails is told and holds up none.
    /// Blocking, at low priority.
    pub fn hsm_run(
        &self,
        policies_of: &(dyn Fn(&str) -> Result<Vec<HsmPolicy>> + Sync),
        progress: &mut (dyn FnMut(&str) + Send),
    ) -> Result<HsmStatus> {
        self.hsm_turn(progress, &|mailbox, account| {
            for policy in policies_of(account)? {
                let to = mailbox.shared().destination(policy.volume.as_deref())?;
                let params = SearchParams {
                    query: policy.query.clone(),
                    with_trash: true,
                    with_junk: true,
                    ..SearchParams::default()
                };
                // nothing has to be read again there, which may be slow, or away
                mailbox.live.catch_up(mailbox.shared())?;
                mailbox.shared().index_now(mailbox.live.id)?;
                let ids = mailbox.matching_kinds(&params, policy.kinds, usize::MAX)?;
                mailbox.move_files(&ids, &Way { from: PRIMARY, to })?;
            }
            Ok(())
        })
    }

    /// Everything that is on a secondary volume comes back to the primary one.
    pub fn empty_volume(&self, key: &str, progress: &mut (dyn FnMut(&str) + Send)) -> Result<HsmStatus> {
        let volume = self.volume(key)?;
        if volume.is_primary {
            return Err(Error::Immutable("the primary volume".into()));
        }
        let way = Way { from: VolumeId(volume.id), to: PRIMARY };
        self.hsm_turn(progress, &|mailbox, _| {
            let mut ids = mailbox.read(|reader| {
                let mut ids = Vec::new();
                reader.all_ids(&mut |one| {
                    ids.push(one.id);
                    true
                })?;
                Ok(ids)
            })?;
            ids.extend(mailbox.read(|reader| reader.dumpster())?);
            mailbox.move_files(&ids, &way)
        })
    }

    pub fn hsm_status(&self) -> HsmStatus {
        self.shared.hsm.status.lock().clone()
    }

    /// The run ends behind its batch. False: there is none.
    pub fn hsm_abort(&self) -> bool {
        let is_running = self.shared.hsm.status.lock().is_running;
        if is_running {
            self.shared.hsm.is_aborted.store(true, Ordering::Release);
            self.shared.hsm.status.lock().is_aborting = true;
        }
        is_running
    }

    fn hsm_turn(
        &self,
        progress: &mut (dyn FnMut(&str) + Send),
        each: &(dyn Fn(&Mailbox, &str) -> Result<()> + Sync),
    ) -> Result<HsmStatus> {
        let hsm = &self.shared.hsm;
        let Some(_turn) = hsm.turn.try_lock() else {
            return Err(Error::Invalid("HSM is running already".into()));
        };
        // what deleted accounts left, too: a volume that is emptied must not keep it
        let mailboxes = self.registered(|_| true);
        hsm.is_aborted.store(false, Ordering::Release);
        *hsm.status.lock() = HsmStatus {
            is_running: true,
            begun_ms: Some(self.shared.now_ms()),
            mailboxes_total: mailboxes.len(),
            ..HsmStatus::default()
        };
        // on a thread of its own, which lets others go first
        let outcome = std::thread::scope(|scope| {
            let work = scope.spawn(|| {
                crate::worker::step_back();
                self.hsm_all(&mailboxes, progress, each)
            });
            work.join().unwrap_or_else(|_| Err(Error::Store("HSM failed; the log says how".into())))
        });
        let mut status = hsm.status.lock();
        status.is_running = false;
        status.is_aborting = false;
        status.ended_ms = Some(self.shared.now_ms());
        status.was_aborted = hsm.is_aborted.load(Ordering::Acquire);
        status.error = outcome.as_ref().err().map(ToString::to_string);
        tracing::info!(files = status.files, bytes = status.bytes, error = ?status.error, "HSM");
        outcome.map(|()| status.clone())
    }

    fn hsm_all(
        &self,
        mailboxes: &[(String, MailboxId)],
        progress: &mut (dyn FnMut(&str) + Send),
        each: &(dyn Fn(&Mailbox, &str) -> Result<()> + Sync),
    ) -> Result<()> {
        let hsm = &self.shared.hsm;
        for (account, id) in mailboxes {
            if hsm.is_aborted.load(Ordering::Acquire) {
                break;
            }
            let opened = self.shared.live(*id).map(|live| Mailbox::of_system(self, live));
            let moved = opened.and_then(|mailbox| each(&mailbox, account));
            match moved {
                Ok(()) => {}
                // the volumes' fault, or the policy's: the next mailbox would meet it too
                Err(error @ (Error::Unavailable(_) | Error::Invalid(_) | Error::Query(_))) => return Err(error),
                Err(error) => hsm.problem(format!("mailbox of {account}: {error}")),
            }
            let mut status = hsm.status.lock();
            status.mailboxes += 1;
            progress(&format!(
                "mailbox {} of {}: {} files moved, {} MiB",
                status.mailboxes,
                status.mailboxes_total,
                status.files,
                status.bytes >> 20
            ));
        }
        Ok(())
    }
}

impl Hsm {
    fn problem(&self, text: String) {
        tracing::warn!("HSM: {text}");
        let mut status = self.status.lock();
        status.problem_count += 1;
        if status.problems.len() < PROBLEMS_MAX {
            status.problems.push(text);
        }
    }
}

impl Mailbox {
    fn move_files(&self, ids: &[ItemId], way: &Way) -> Result<()> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        for some in ids.chunks(ROWS) {
            let rows = self.read(|reader| {
                let mut rows = reader.items(some)?;
                rows.extend(reader.dumped(some)?);
                Ok(rows)
            })?;
            for row in rows.iter().filter(|row| !row.kind.is_container()) {
                let here =
                    |file: &BlobFile| self.shared().blobs.is_on(way.from, self.live.id, file.item, file.revision);
                batch.extend(files(row).filter(here));
                bytes += row.size;
                if batch.len() >= BATCH_FILES || bytes >= BATCH_BYTES {
                    self.move_batch(&std::mem::take(&mut batch), way)?;
                    bytes = 0;
                }
                if self.shared().hsm.is_aborted.load(Ordering::Acquire) {
                    return Ok(());
                }
            }
        }
        self.move_batch(&batch, way)
    }

    fn move_batch(&self, batch: &[BlobFile], way: &Way) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let shared = self.shared();
        rest_while_others_wait();
        let _one = shared.maintenance.lock();
        shared.check_room(way.to)?;
        let moving: Vec<MovingFile> =
            batch.iter().map(|file| Moving { file: *file, volume: way.to.0 }.file(self.live.id)).collect();
        let copied = shared.blobs.copy_to(way.to, &moving);
        let recorded = copied.map_err(Error::from).and_then(|copied| {
            self.record_moves(copied.files.iter().map(|(file, _)| *file), way)?;
            Ok(copied)
        });
        // also of what has failed: the note of it must not outlive the batch
        let settled = shared.blobs.settle_moves();
        let copied = recorded?;
        settled?;
        for (file, error) in copied.problems {
            shared.hsm.problem(format!("mailbox {}, item {}: {error}", file.mailbox, file.item));
        }
        let mut status = shared.hsm.status.lock();
        status.files += copied.files.len() as u64;
        status.stored_bytes += copied.files.iter().map(|(_, bytes)| bytes).sum::<u64>();
        Ok(())
    }

    /// What an item still has, has moved. What went meanwhile goes there too.
    fn record_moves(&self, copied: impl Iterator<Item = MovingFile>, way: &Way) -> Result<()> {
        let copied: Vec<MovingFile> = copied.collect();
        let ids: BTreeSet<ItemId> = copied.iter().map(|file| file.item).collect();
        let ids: Vec<ItemId> = ids.into_iter().collect();
        let bytes = self.transact(&[], |draft| {
            let rows = self.shared().metadata.read(self.live.id, |reader| {
                let mut rows = reader.items(&ids)?;
                rows.extend(reader.dumped(&ids)?);
                Ok(rows)
            })?;
            let known: BTreeSet<_> = rows.iter().flat_map(files).map(|file| (file.item, file.revision)).collect();
            for file in &copied {
                let MovingFile { mailbox, item, revision, digest } = *file;
                if known.contains(&(item, revision)) {
                    let file = BlobFile { item, revision, digest };
                    draft.push(Effect::Move(Moving { file, volume: way.to.0 }));
                } else {
                    self.shared().blobs.unlink(mailbox, item, revision, digest)?;
                }
            }
            Ok(rows.iter().map(|row| row.size).sum::<u64>())
        })?;
        self.shared().hsm.status.lock().bytes += bytes;
        Ok(())
    }
}

impl Shared {
    /// A batch fits, and leaves the reserve.
    fn check_room(&self, volume: VolumeId) -> Result<()> {
        let available = match volume {
            PRIMARY => self.blobs.available()?,
            _ => match self.blobs.volumes().into_iter().find(|(spec, _)| spec.id == volume) {
                Some((_, Presence::Here { available_bytes, .. })) => available_bytes,
                Some((spec, Presence::Away { why })) => {
                    return Err(Error::Unavailable(format!("volume {} is not there: {why}", spec.name)));
                }
                None => return Err(Error::no_such("volume", volume.0)),
            },
        };
        match available < self.config.reserve_bytes.saturating_add(2 * BATCH_BYTES) {
            true => Err(Error::Unavailable(format!("volume {} is full: {} MiB are left", volume.0, available >> 20))),
            false => Ok(()),
        }
    }
}

/// Mail goes first.
fn rest_while_others_wait() {
    for _ in 0..RESTS_MAX {
        if io_pressure().is_none_or(|percent| percent < PRESSURE_MAX) {
            return;
        }
        std::thread::sleep(REST);
    }
}

/// Per cent of the last ten seconds; `None`: the kernel does not tell.
fn io_pressure() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/pressure/io").ok()?;
    let some = text.lines().find(|line| line.starts_with("some "))?;
    some.split(' ').find_map(|word| word.strip_prefix("avg10="))?.parse().ok()
}
