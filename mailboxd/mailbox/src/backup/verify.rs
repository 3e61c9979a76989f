// SPDX-License-Identifier: AGPL-3.0-or-later
//! A restore drill: the newest snapshot's files are compared with its manifest; then every mailbox is brought back beside the
//! store, up to the last archived record, and each message is read and compared with its digest. The store is not touched.

use super::loss::Loss;
use super::rebuild::{rebuild, rebuild_all};
use super::rebuilt::Scratch;
use crate::draft::{files, octets};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::worker::step_back;
use ::backup::{Identities, Snapshot, Target};
use std::collections::HashSet;
use std::path::Path;

const PROBLEMS_MAX: usize = 200;

#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct DrillReport {
    pub snapshot: String,
    /// The key was not at hand: files were compared, and nothing was brought back.
    pub is_partial: bool,
    pub mailboxes: u64,
    pub messages: u64,
    pub bytes: u64,
    /// Time of the last change that could be brought back, milliseconds since 1970.
    pub as_of_ms: i64,
    pub problem_count: u64,
    pub problems: Vec<String>,
}

impl DrillReport {
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
    pub fn verify_backup(
        &self,
        identities: Option<Identities>,
        progress: &mut (dyn FnMut(&str) + Send),
    ) -> Result<DrillReport> {
        let shared = &self.shared;
        let Some(_turn) = shared.backups.turn.try_lock() else {
            return Err(Error::Unavailable("a backup, or a check of one, is under way".into()));
        };
        // a target that is away is told when it is read
        let _ = shared.backups.ready();
        shared.backups.hurry(shared.journal.synced());
        let has_key = identities.is_some();
        let target = shared.target_for_reading(identities)?;
        let state = shared.config.state.clone();
        std::thread::scope(|scope| {
            let work = move || {
                step_back();
                drill(&target, &state, has_key, progress)
            };
            let thread = std::thread::Builder::new().name("drill".into()).spawn_scoped(scope, work);
            let thread = thread.map_err(|error| Error::Unavailable(error.to_string()))?;
            thread.join().unwrap_or_else(|_| Err(Error::Store("the check failed; the log says how".into())))
        })
    }
}

fn drill(target: &Target, state: &Path, has_key: bool, progress: &mut dyn FnMut(&str)) -> Result<DrillReport> {
    let mut report = DrillReport::default();
    let mut problems = Vec::new();
    let snapshots = target.snapshots(&mut problems)?;
    problems.into_iter().for_each(|problem| report.problem(problem));
    let Some(newest) = snapshots.last() else {
        report.problem("there is no backup".into());
        return Ok(report);
    };
    report.snapshot.clone_from(&newest.name);
    for snapshot in &snapshots {
        progress(&format!("files of {}", snapshot.name));
        snapshot.compare_files().into_iter().for_each(|problem| report.problem(problem));
        match snapshot.digests() {
            Ok(digests) => {
                let missing = digests.iter().filter(|digest| target.find_blob(**digest).is_none()).count();
                if missing > 0 {
                    report.problem(format!("{}: {missing} messages are missing", snapshot.name));
                }
            }
            Err(error) => report.problem(error.to_string()),
        }
    }
    for problem in &newest.manifest.problems {
        report.problem(format!("{}: {problem}", newest.name));
    }
    report.is_partial = newest.manifest.is_encrypted && !has_key;
    if !report.is_partial {
        mailboxes(target, state, newest, &mut report, progress)?;
    }
    Ok(report)
}

fn mailboxes(
    target: &Target,
    state: &Path,
    newest: &Snapshot,
    report: &mut DrillReport,
    progress: &mut dyn FnMut(&str),
) -> Result<()> {
    // one that many have is read once
    let mut read = HashSet::new();
    progress("rows and journal");
    let all = rebuild_all(target, Scratch::new(state)?, None)?;
    for account in &all.left {
        match rebuild(target, Scratch::new(state)?, account, None) {
            // deleted since
            Err(Error::NoSuch { .. }) => {}
            Err(error) => report.problem(format!("mailbox of account {account}: {error}")),
            Ok(rebuilt) if rebuilt.loss.is_none() => report.problem(format!(
                "{}: the mailbox of account {account} is damaged; an older backup and the journal make it good",
                newest.name
            )),
            Ok(rebuilt) => report.problem(format!("mailbox of account {account}: {}", rebuilt.loss.text())),
        }
    }
    for (n, rebuilt) in all.whole.iter().enumerate() {
        let id = rebuilt.id;
        progress(&format!("mailbox {id} ({} of {})", n + 1, all.whole.len()));
        report.mailboxes += 1;
        report.as_of_ms = report.as_of_ms.max(rebuilt.as_of_ms);
        let mut loss = rebuilt.loss.clone();
        for item in rebuilt.items()?.chain(rebuilt.dumped()?.into_iter().map(Ok)) {
            let item = item?;
            if item.kind.is_container() {
                continue;
            }
            report.messages += 1;
            report.bytes += octets(&item);
            for file in files(&item).filter(|file| !read.contains(&file.digest)).collect::<Vec<_>>() {
                match rebuilt.content(file.digest) {
                    Ok(_) => drop(read.insert(file.digest)),
                    Err(error) => {
                        loss.messages += 1;
                        report.problem(format!("mailbox {id}: {error}"));
                    }
                }
            }
        }
        if loss != Loss::default() {
            report.problem(format!("mailbox {id}: {}", loss.text()));
        }
    }
    Ok(())
}
