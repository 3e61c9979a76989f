// SPDX-License-Identifier: AGPL-3.0-or-later
//! Files of the store that are lost or damaged come back from the target: rows say which message should be there, its digest
//! whether what was found is it.

use crate::draft::files;
use crate::effect::{BlobFile, KIND_MAILBOX, Record};
use crate::error::{Error, Result};
use crate::store::{Shared, Store};
use ::backup::{Entry, Identities, Target};
use bytes::Bytes;
use ids::{Digest, MailboxId};
use std::collections::{BTreeMap, HashMap, HashSet};

#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct RepairReport {
    pub mailboxes: u64,
    /// Files that were looked at.
    pub files: u64,
    pub mended: u64,
    /// Lines for people: those of which the target has nothing either.
    pub missing: Vec<String>,
}

impl Store {
    /// While the system runs. Rows and index are not looked at.
    pub fn repair(&self, identities: Option<Identities>, progress: &mut dyn FnMut(&str)) -> Result<RepairReport> {
        let shared = &self.shared;
        let _turn = shared.backups.turn.lock();
        // a target that is away is told when it is read
        let _ = shared.backups.ready();
        shared.backups.hurry(shared.journal.synced());
        let target = shared.target_for_reading(identities)?;
        let mut report = RepairReport::default();
        let mut broken: BTreeMap<MailboxId, Vec<BlobFile>> = BTreeMap::new();
        let ids = shared.mailbox_ids();
        for (n, id) in ids.iter().enumerate() {
            progress(&format!("mailbox {id} ({} of {})", n + 1, ids.len()));
            report.mailboxes += 1;
            let found = broken_files(shared, *id, &mut report)?;
            if !found.is_empty() {
                broken.insert(*id, found);
            }
        }
        if broken.is_empty() {
            return Ok(report);
        }
        progress("looking for what is broken");
        let wanted: HashSet<Digest> = broken.values().flatten().map(|file| file.digest).collect();
        let archived = in_archive(&target, &wanted)?;
        for (id, files) in broken {
            for file in files {
                match content(&target, &archived, file.digest) {
                    Some(content) => {
                        mend(shared, id, &file, &content)?;
                        report.mended += 1;
                    }
                    None => report.missing.push(format!(
                        "mailbox {id}: item {}, message {} is not in the backup",
                        file.item,
                        file.digest.to_hex()
                    )),
                }
            }
        }
        Ok(report)
    }
}

fn broken_files(shared: &Shared, id: MailboxId, report: &mut RepairReport) -> Result<Vec<BlobFile>> {
    let live = match shared.live(id) {
        // deleted meanwhile
        Err(Error::NoSuch { .. }) => return Ok(Vec::new()),
        other => other?,
    };
    live.catch_up(shared)?;
    let mut broken = Vec::new();
    let dumped = super::rebuilt::dumped(&shared.metadata, id)?.into_iter().map(Ok);
    for item in super::rebuilt::items(&shared.metadata, id)?.chain(dumped) {
        for file in files(&item?) {
            report.files += 1;
            if !is_whole(shared, id, &file) {
                broken.push(file);
            }
        }
    }
    Ok(broken)
}

fn is_whole(shared: &Shared, id: MailboxId, file: &BlobFile) -> bool {
    let read = shared.blobs.open_item(id, file.item, file.revision).and_then(|mut blob| blob.read_all());
    read.is_ok_and(|content| blobs::digest(&content) == file.digest)
}

/// Those that records carry, and the files beside which others lie.
#[derive(Default)]
struct Archived {
    carried: HashMap<Digest, Bytes>,
    beside: HashMap<Digest, u64>,
}

fn in_archive(target: &Target, wanted: &HashSet<Digest>) -> Result<Archived> {
    let mut archived = Archived::default();
    for entry in target.read_archive(0)? {
        let (first, Entry::Record(record)) = entry? else { continue };
        if record.kind != KIND_MAILBOX {
            continue;
        }
        // one of a newer version has nothing for us
        let Ok((_, inline)) = Record::decode(record.seq, &record.payload) else { continue };
        for (digest, stored) in inline.into_iter().filter(|(digest, _)| wanted.contains(digest)) {
            archived.carried.entry(digest).or_insert_with(|| Bytes::copy_from_slice(&stored));
        }
        for digest in wanted.iter().filter(|digest| !archived.beside.contains_key(digest)).copied().collect::<Vec<_>>()
        {
            if target.find_archived(first, digest).is_some() {
                archived.beside.insert(digest, first);
            }
        }
    }
    Ok(archived)
}

fn content(target: &Target, archived: &Archived, digest: Digest) -> Option<Bytes> {
    let beside = archived.beside.get(&digest).and_then(|first| target.find_archived(*first, digest));
    let found = target.find_blob(digest).into_iter().chain(beside);
    let read = found.filter_map(|found| target.read_message(&found, digest).ok()).next();
    read.or_else(|| super::rebuilt::plain(digest, archived.carried.get(&digest)?.to_vec()))
}

fn mend(shared: &Shared, id: MailboxId, file: &BlobFile, content: &Bytes) -> Result<()> {
    let blobs = &shared.blobs;
    let _pin = blobs.pin(file.digest);
    // in place where there is something: other links get it, too
    blobs.restore(file.digest, content)?;
    if !is_whole(shared, id, file) {
        blobs.unlink(id, file.item, file.revision, file.digest)?;
        blobs.link(file.digest, id, file.item, file.revision)?;
    }
    Ok(blobs.sync()?)
}
