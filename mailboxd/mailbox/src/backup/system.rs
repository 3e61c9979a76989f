// SPDX-License-Identifier: AGPL-3.0-or-later
//! All mailboxes come back into an empty state directory, from the target alone. Ids stay; the journal goes on above the last
//! sequence of the archive, so that the same target can be used from then on.

use super::export::Extra;
use super::loss::Loss;
use super::rebuild::{rebuild, rebuild_all};
use super::rebuilt::{Rebuilt, Scratch};
use super::restore::{Place, look, put};
use super::target::{Own, write_own};
use crate::effect::{KIND_DIRECTORY, KIND_MAILBOX, Record};
use crate::error::{Error, Result};
use crate::store::Store;
use ::backup::{Entry, Read, Snapshot, Target, kind};

/// Name of the [`Extra`] with what [`Store::note_directory`] was given last before the moment, as one record: newer than what the
/// snapshot has.
pub const DIRECTORY_COPY: &str = "directory-copy";

#[derive(Debug, Clone, Default)]
pub struct RestoreSystem {
    /// Milliseconds since 1970; `None`: the last that is known.
    pub to_ms: Option<i64>,
    pub is_dry_run: bool,
}

#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct SystemRestored {
    pub is_dry_run: bool,
    pub hostname: String,
    /// From which directory and settings come.
    pub snapshot: String,
    pub as_of_ms: i64,
    pub mailboxes: u64,
    pub messages: u64,
    pub bytes: u64,
    /// Lines for people.
    pub problems: Vec<String>,
}

impl Store {
    /// The store must be new. Answers what was brought, and the other files of the snapshot.
    pub fn restore_system(
        &self,
        target: &Target,
        request: &RestoreSystem,
        progress: &mut dyn FnMut(&str),
    ) -> Result<(SystemRestored, Vec<Extra>)> {
        let shared = &self.shared;
        if !shared.mailbox_ids().is_empty() {
            return Err(Error::Invalid("there are mailboxes: a system comes back into an empty directory".into()));
        }
        let to_ms = request.to_ms.unwrap_or(i64::MAX);
        let mut restored = SystemRestored { is_dry_run: request.is_dry_run, ..SystemRestored::default() };
        let snapshots = target.snapshots(&mut restored.problems)?;
        let Some(snapshot) = snapshots.iter().rev().find(|snapshot| snapshot.manifest.begun_ms <= to_ms) else {
            return Err(Error::Invalid("there is no backup of that time in there".into()));
        };
        restored.snapshot.clone_from(&snapshot.name);
        restored.hostname.clone_from(&snapshot.manifest.hostname);
        let mut extras = extras(snapshot, &mut restored.problems)?;
        let Archive { last_id, last_seq, directory } = archive(target, &snapshots, snapshot, request.to_ms)?;
        if let Some(directory) = directory {
            extras.push(Extra { name: DIRECTORY_COPY.into(), records: vec![(kind::DIRECTORY_ENTRY, directory)] });
        }
        if !request.is_dry_run {
            shared.registry.lock().last_id = last_id;
            shared.journal.skip_to(last_seq)?;
            let own = Own { server: target.server().to_owned(), ..Own::default() };
            write_own(&*shared.fs, &shared.config.state, &own)?;
        }
        let all = rebuild_all(target, Scratch::new(&shared.config.state)?, request.to_ms)?;
        let count = all.whole.len() + all.left.len();
        for (n, rebuilt) in all.whole.iter().enumerate() {
            progress(&format!("mailbox {} of {count}", n + 1));
            self.bring(rebuilt, &mut restored)?;
        }
        for account in &all.left {
            match rebuild(target, Scratch::new(&shared.config.state)?, account, request.to_ms) {
                Ok(rebuilt) => self.bring(&rebuilt, &mut restored)?,
                // it was deleted before that time
                Err(Error::NoSuch { .. }) => {}
                Err(error) => restored.problems.push(format!("mailbox of account {account}: {error}")),
            }
        }
        Ok((restored, extras))
    }

    fn bring(&self, rebuilt: &Rebuilt, restored: &mut SystemRestored) -> Result<()> {
        let account = &rebuilt.row.account;
        let one = if restored.is_dry_run {
            look(rebuilt)?
        } else {
            put(&self.shared, rebuilt, rebuilt.id, account, Place::There, &mut |_| {})?
        };
        restored.mailboxes += 1;
        restored.messages += one.messages;
        restored.bytes += one.bytes;
        restored.as_of_ms = restored.as_of_ms.max(one.as_of_ms);
        if one.loss != Loss::default() {
            restored.problems.push(format!("mailbox of account {account}: {}", one.loss.text()));
        }
        Ok(())
    }

    /// Keeps a copy of the directory in the journal, and so in its archive. Durable when it returns.
    pub fn note_directory(&self, content: &[u8]) -> Result<()> {
        let copy = zstd::bulk::compress(content, 3).map_err(|error| Error::Store(error.to_string()))?;
        Ok(self.shared.journal.append(KIND_DIRECTORY, vec![copy.into()])?.wait()?)
    }

    /// A file of the newest snapshot before a moment: the directory as it was.
    pub fn snapshot_extra(
        &self,
        name: &str,
        to_ms: Option<i64>,
        identities: Option<::backup::Identities>,
    ) -> Result<Option<Extra>> {
        let target = self.shared.target_for_reading(identities)?;
        let snapshots = target.snapshots(&mut Vec::new())?;
        let newest = snapshots.iter().rev().find(|snapshot| snapshot.manifest.begun_ms <= to_ms.unwrap_or(i64::MAX));
        let has = |snapshot: &&Snapshot| snapshot.manifest.files.iter().any(|fact| fact.name == name);
        newest.filter(has).map(|snapshot| extra(snapshot, name, &mut Vec::new())).transpose()
    }
}

/// What the archive says beside the mailboxes' rows.
struct Archive {
    /// The highest of a mailbox that was ever given, also after the moment and to one that is gone: none is given twice.
    last_id: u32,
    /// The last sequence that was ever given.
    last_seq: u64,
    /// The last copy of the directory before the moment, if there is one after the snapshot.
    directory: Option<Vec<u8>>,
}

fn archive(target: &Target, snapshots: &[Snapshot], snapshot: &Snapshot, to_ms: Option<i64>) -> Result<Archive> {
    let mut directory = None;
    let facts = snapshots.iter().flat_map(|snapshot| &snapshot.manifest.mailboxes);
    let mut last_id = facts.map(|fact| fact.id).max().unwrap_or(0);
    let all = snapshots.iter().map(|snapshot| &snapshot.manifest);
    let mut last_seq = all.map(|manifest| manifest.holds).max().unwrap_or(0);
    for entry in target.read_archive(snapshot.manifest.holds)? {
        match entry? {
            (_, Entry::Gap(gap)) => last_seq = last_seq.max(gap.to),
            (_, Entry::Record(record)) => {
                last_seq = last_seq.max(record.seq);
                let is_before = to_ms.is_none_or(|to| i64::try_from(record.time_ms).is_ok_and(|time| time <= to));
                match record.kind {
                    KIND_MAILBOX => last_id = last_id.max(highest_id(&record)?),
                    KIND_DIRECTORY if is_before => directory = zstd::stream::decode_all(&record.payload[..]).ok(),
                    _ => {}
                }
            }
        }
    }
    Ok(Archive { last_id, last_seq, directory })
}

fn highest_id(record: &::backup::Archived) -> Result<u32> {
    let (decoded, _) = Record::decode(record.seq, &record.payload).map_err(|error| Error::Store(error.to_string()))?;
    Ok(decoded.sections.iter().map(|section| section.mailbox.0).max().unwrap_or(0))
}

/// Everything but the mailboxes.
fn extras(snapshot: &Snapshot, problems: &mut Vec<String>) -> Result<Vec<Extra>> {
    let is_extra = |name: &&str| name.ends_with(".rec") && !name.starts_with("mailbox-");
    let names = snapshot.manifest.files.iter().map(|fact| fact.name.as_str()).filter(is_extra);
    names.map(|name| extra(snapshot, name, problems)).collect()
}

fn extra(snapshot: &Snapshot, name: &str, problems: &mut Vec<String>) -> Result<Extra> {
    let mut reader = snapshot.open(name)?;
    let mut extra = Extra { name: name.to_owned(), records: Vec::new() };
    while let Some(read) = reader.next_record()? {
        match read {
            Read::Record { kind: kind::END, .. } => {}
            Read::Record { kind, body } => extra.records.push((kind, body.to_vec())),
            Read::Damaged { at, bytes } => {
                problems.push(format!("{}: {bytes} octets at {at} are damaged", reader.path().display()));
            }
        }
    }
    Ok(extra)
}
