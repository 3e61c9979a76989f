// SPDX-License-Identifier: AGPL-3.0-or-later
//! A mailbox as it was at a moment, in rows of its own beside the store: the newest snapshot before it, and the archived
//! records behind that, applied by the code that recovery uses. Needs the target and nothing else.
//!
//! What is damaged costs what it held: a row that can't be read is missing, a change of what is missing is left out, and all of
//! it is counted ([`Loss`]).

use super::loss::Loss;
use super::rebuilt::{Rebuilt, RebuiltAll, Scratch, Source, items};
use crate::apply::{Bodies, Step, try_steps};
use crate::deleted::{hidden, owner};
use crate::effect::{Effect, KIND_MAILBOX, Record, Section};
use crate::error::{Error, Result};
use crate::recovery::begins_mailbox;
use ::backup::{Archived, Entry, MailboxFact, Read, Snapshot, Target, kind};
use bytes::Bytes;
use ids::{Digest, ItemId, MailboxId, ModSeq, Seq};
use metadata::{Item, MailboxRow, Metadata};
use minicbor::Decode;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

/// Rows, and sections, put at once.
const BATCH: usize = 500;

/// The account of a mailbox that is being restored for another one. Ids of accounts don't begin like that.
pub(super) const STAGING: &str = "restoring:";

pub(super) fn staging_of(account: &str) -> String {
    format!("{STAGING}{account}")
}

/// One mailbox with everything that the journal did up to a moment (milliseconds since 1970; `None`: all of it).
pub(super) fn rebuild(target: &Target, scratch: Scratch, account: &str, to_ms: Option<i64>) -> Result<Rebuilt> {
    let to_ms = to_ms.unwrap_or(i64::MAX);
    let snapshots = snapshots(target)?;
    let metadata = Metadata::open(&scratch.0.join("rows"), 4)?;
    let whose = Whose::One { account, staging: staging_of(account) };
    let mut work = Work::new(target, &scratch, &metadata, whose);
    let (base, after) = work.begin(&snapshots, account, to_ms)?;
    work.replay(after, to_ms)?;
    // it was deleted then, and could be had back: what it had is there
    let mut rows = newest_of_each(metadata.mailboxes()?);
    let row = rows.remove(account).or_else(|| rows.remove(&hidden(account)));
    let row = row.ok_or_else(|| Error::no_such("mailbox at that time of account", account))?;
    let (bodies, as_of_ms) = (Arc::new(std::mem::take(&mut work.bodies)), work.as_of_ms);
    let loss = work.loss_of(row.id);
    let (target, id, _scratch) = (target.clone(), row.id, Arc::new(scratch));
    Ok(Rebuilt { target, id, row, loss, base, as_of_ms, bodies, metadata, _scratch })
}

/// All of them in one walk through the archive.
pub(super) fn rebuild_all(target: &Target, scratch: Scratch, to_ms: Option<i64>) -> Result<RebuiltAll> {
    let to_ms = to_ms.unwrap_or(i64::MAX);
    let snapshots = snapshots(target)?;
    let is_before = |snapshot: &&Snapshot| {
        let manifest = &snapshot.manifest;
        manifest.begun_ms <= to_ms && manifest.mailboxes.iter().all(|fact| fact.as_of_ms <= to_ms)
    };
    let Some(snapshot) = snapshots.iter().rev().find(is_before) else {
        return Err(nothing_before(&snapshots));
    };
    let metadata = Metadata::open(&scratch.0.join("rows"), 4)?;
    let mut work = Work::new(target, &scratch, &metadata, Whose::All);
    let mut left = snapshot.manifest.failed.clone();
    for fact in &snapshot.manifest.mailboxes {
        if !work.load_whole(snapshot, fact)? {
            left.push(fact.account.clone());
        }
    }
    work.as_of_ms = snapshot.manifest.begun_ms;
    work.replay(snapshot.manifest.holds, to_ms)?;
    let (bodies, scratch) = (Arc::new(std::mem::take(&mut work.bodies)), Arc::new(scratch));
    let rows = newest_of_each(metadata.mailboxes()?);
    let whole = rows.into_values().filter(|row| !row.account.starts_with(STAGING)).map(|row| Rebuilt {
        target: target.clone(),
        id: row.id,
        loss: work.loss_of(row.id),
        row,
        base: Some(snapshot.name.clone()),
        as_of_ms: work.as_of_ms,
        bodies: bodies.clone(),
        metadata: metadata.clone(),
        _scratch: scratch.clone(),
    });
    Ok(RebuiltAll { whole: whole.collect(), left })
}

/// By account. One that a future had which is gone was never removed, and has been left behind.
fn newest_of_each(mut rows: Vec<MailboxRow>) -> BTreeMap<String, MailboxRow> {
    rows.sort_by_key(|row| row.applied);
    rows.into_iter().map(|row| (row.account.clone(), row)).collect()
}

fn snapshots(target: &Target) -> Result<Vec<Snapshot>> {
    let mut problems = Vec::new();
    let snapshots = target.snapshots(&mut problems)?;
    problems.iter().for_each(|problem| tracing::warn!(problem, "backup"));
    Ok(snapshots)
}

fn nothing_before(snapshots: &[Snapshot]) -> Error {
    let why = match snapshots.first() {
        Some(oldest) => format!("the oldest backup is of {}", oldest.name),
        None => "there is no backup yet".to_owned(),
    };
    Error::Invalid(format!("nothing to restore from: {why}"))
}

enum Whose<'a> {
    One { account: &'a str, staging: String },
    All,
}

struct Work<'a> {
    target: &'a Target,
    dir: PathBuf,
    metadata: &'a Metadata,
    whose: Whose<'a>,
    /// Mailboxes that are the account's, or were being restored for it.
    following: BTreeSet<MailboxId>,
    waiting: BTreeMap<MailboxId, Vec<(Seq, Section)>>,
    waiting_count: usize,
    bodies: HashMap<Digest, Source>,
    /// Rows, and changes of what is missing.
    lost: HashMap<MailboxId, (u64, u64)>,
    gaps: Vec<(u64, u64)>,
    as_of_ms: i64,
}

/// The newest ones before the moment that can tell of the account, newest first. Without a fact: it had no mailbox then.
fn candidates<'a>(
    snapshots: &'a [Snapshot],
    account: &str,
    to_ms: i64,
) -> impl Iterator<Item = (&'a Snapshot, Option<&'a MailboxFact>)> {
    let before = snapshots.iter().rev().filter(move |snapshot| snapshot.manifest.begun_ms <= to_ms);
    let is_meant = move |known: &str| owner(known) == owner(account);
    before.filter_map(move |snapshot| match snapshot.manifest.mailboxes.iter().find(|fact| is_meant(&fact.account)) {
        Some(fact) => (fact.as_of_ms <= to_ms).then_some((snapshot, Some(fact))),
        None if snapshot.manifest.failed.iter().any(|failed| is_meant(failed)) => None,
        None => Some((snapshot, None)),
    })
}

impl<'a> Work<'a> {
    fn new(target: &'a Target, scratch: &Scratch, metadata: &'a Metadata, whose: Whose<'a>) -> Work<'a> {
        Work {
            target,
            dir: scratch.0.clone(),
            metadata,
            whose,
            following: BTreeSet::new(),
            waiting: BTreeMap::new(),
            waiting_count: 0,
            bodies: HashMap::new(),
            lost: HashMap::new(),
            gaps: Vec::new(),
            as_of_ms: 0,
        }
    }

    fn loss_of(&self, id: MailboxId) -> Loss {
        let (rows, changes) = self.lost.get(&id).copied().unwrap_or_default();
        Loss { rows, gaps: self.gaps.clone(), changes, messages: 0 }
    }

    /// Answers the snapshot, and the sequence behind which to go on. Where rows of the newest one are damaged, an older one and
    /// more of the archive make them good.
    fn begin(&mut self, snapshots: &[Snapshot], account: &str, to_ms: i64) -> Result<(Option<String>, u64)> {
        let mut damaged = None;
        for (snapshot, fact) in candidates(snapshots, account, to_ms) {
            let Some(fact) = fact else {
                if damaged.is_some() {
                    break;
                }
                self.as_of_ms = snapshot.manifest.begun_ms;
                return Ok((None, snapshot.manifest.holds));
            };
            if self.load_whole(snapshot, fact)? {
                self.as_of_ms = fact.as_of_ms;
                return Ok((Some(snapshot.name.clone()), fact.holds));
            }
            damaged = damaged.or(Some((snapshot, fact)));
        }
        let (snapshot, fact) = damaged.ok_or_else(|| nothing_before(snapshots))?;
        self.load(snapshot, fact)?;
        self.as_of_ms = fact.as_of_ms;
        Ok((Some(snapshot.name.clone()), fact.holds))
    }

    /// False, and nothing is loaded: something of it is damaged.
    fn load_whole(&mut self, snapshot: &Snapshot, fact: &MailboxFact) -> Result<bool> {
        let id = MailboxId(fact.id);
        match self.load(snapshot, fact) {
            Ok(()) if !self.lost.contains_key(&id) => return Ok(true),
            Err(error @ (Error::Unavailable(_) | Error::Invalid(_))) => return Err(error),
            _ => {}
        }
        tracing::warn!(snapshot = snapshot.name, mailbox = id.0, "backup: rows are damaged");
        self.lost.remove(&id);
        self.following.remove(&id);
        self.metadata.remove_mailbox(id)?;
        Ok(false)
    }

    fn load(&mut self, snapshot: &Snapshot, fact: &MailboxFact) -> Result<()> {
        let id = MailboxId(fact.id);
        let mut reader = snapshot.open(&format!("mailbox-{id}.rec")).map_err(|error| match error.is_not_found() {
            // the target is there: this is damage of it
            true => Error::Store(error.to_string()),
            false => error.into(),
        })?;
        let mut rows = Vec::new();
        let (mut count, mut expected, mut damaged) = (0, None, 0);
        let mut row = None;
        while let Some(read) = reader.next_record()? {
            match read {
                Read::Damaged { .. } => damaged += 1,
                Read::Record { kind: kind::END, body } => {
                    expected = body.first_chunk().copied().map(u64::from_le_bytes)
                }
                Read::Record { kind, body } => {
                    count += 1;
                    if kind == kind::MAILBOX {
                        row = decode::<MailboxRow>(&body);
                    }
                    rows.push((kind, body));
                    if rows.len() >= BATCH {
                        self.put_rows(id, &mut rows)?;
                    }
                }
            }
        }
        self.put_rows(id, &mut rows)?;
        self.note_rows(id, expected.map_or(damaged, |expected: u64| expected.saturating_sub(count)));
        if row.is_none() {
            // counters are counted again, and ids and change numbers can be seen from the items
            let row = self.row_from_items(id, fact)?;
            self.metadata.write(id, |writer| writer.put_mailbox(&row))?;
        }
        self.following.insert(id);
        Ok(())
    }

    fn put_rows(&mut self, id: MailboxId, rows: &mut Vec<(u8, Bytes)>) -> Result<()> {
        let mut lost = 0;
        let rows = std::mem::take(rows);
        let mut items: Vec<Item> = Vec::new();
        self.metadata.write(id, |writer| {
            for (kind, body) in &rows {
                let is_read = match *kind {
                    kind::MAILBOX => decode(body).map(|row| writer.put_mailbox(&row)).transpose()?.is_some(),
                    kind::NOTE => decode(body).map(|note| writer.put_note(&note)).transpose()?.is_some(),
                    kind::TOMBSTONE => decode(body).map(|row| writer.put_tombstone(&row)).transpose()?.is_some(),
                    kind::DUMPED => decode(body).map(|item| writer.put_dumped(&item)).transpose()?.is_some(),
                    kind::ITEM => decode(body).map(|item| items.push(item)).is_some(),
                    _ => false,
                };
                lost += u64::from(!is_read);
            }
            writer.put_items(&items.iter().collect::<Vec<_>>())
        })?;
        self.note_rows(id, lost);
        Ok(())
    }

    fn note_rows(&mut self, id: MailboxId, lost: u64) {
        if lost > 0 {
            self.lost.entry(id).or_default().0 += lost;
        }
    }

    fn row_from_items(&self, id: MailboxId, fact: &MailboxFact) -> Result<MailboxRow> {
        let (mut last, mut modseq) = (ItemId::FIRST_USER.0 - 1, ModSeq(0));
        for item in items(self.metadata, id)? {
            let item = item?;
            (last, modseq) = (last.max(item.id.0), modseq.max(item.modseq));
        }
        let account = fact.account.clone();
        let (size, purged) = (fact.bytes, modseq);
        Ok(MailboxRow { id, account, next_item_id: last + 1, modseq, size, applied: Seq(fact.holds), purged })
    }

    fn replay(&mut self, after: u64, to_ms: i64) -> Result<()> {
        for entry in self.target.read_archive(after)? {
            match entry? {
                (_, Entry::Gap(gap)) => self.gaps.push((gap.from, gap.to)),
                (first, Entry::Record(record)) => {
                    let time_ms = i64::try_from(record.time_ms).unwrap_or(i64::MAX);
                    if time_ms > to_ms {
                        break;
                    }
                    if record.kind == KIND_MAILBOX {
                        self.record(first, &record)?;
                    }
                    self.as_of_ms = self.as_of_ms.max(time_ms);
                }
            }
        }
        self.flush()
    }

    fn record(&mut self, first: u64, record: &Archived) -> Result<()> {
        // one that can't be decoded although its checksum is right is of a newer version
        let (decoded, inline) =
            Record::decode(record.seq, &record.payload).map_err(|error| Error::Store(error.to_string()))?;
        for section in decoded.sections {
            if !self.is_followed(&section) {
                continue;
            }
            for effect in &section.effects {
                if let Effect::Link(file) = effect {
                    self.note_body(first, file.digest, &inline)?;
                }
            }
            if begins_mailbox(&section) {
                self.begin_again(section.mailbox, Seq(record.seq))?;
            }
            let is_removed = section.effects.contains(&Effect::RemoveMailbox);
            let mailbox = section.mailbox;
            self.waiting.entry(mailbox).or_default().push((Seq(record.seq), section));
            self.waiting_count += 1;
            if is_removed {
                self.waiting.remove(&mailbox);
                self.following.remove(&mailbox);
                self.metadata.remove_mailbox(mailbox)?;
            }
        }
        if self.waiting_count >= BATCH { self.flush() } else { Ok(()) }
    }

    /// A system that was restored to a moment begins its mailboxes under the ids that they had: what the archive has of them from
    /// the future that is gone does not count any more.
    fn begin_again(&mut self, id: MailboxId, seq: Seq) -> Result<()> {
        let row = self.metadata.mailbox(id)?;
        if row.as_ref().is_some_and(|row| row.applied >= seq) {
            return Ok(());
        }
        self.waiting.remove(&id);
        self.lost.remove(&id);
        if row.is_some() {
            self.metadata.remove_mailbox(id)?;
        }
        Ok(())
    }

    fn is_followed(&mut self, section: &Section) -> bool {
        let is_new = match &self.whose {
            Whose::All => begins_mailbox(section),
            Whose::One { account, staging } => section.effects.iter().any(|effect| match effect {
                Effect::PutMailbox(row) => owner(&row.account) == owner(account) || row.account == *staging,
                _ => false,
            }),
        };
        is_new && self.following.insert(section.mailbox) || self.following.contains(&section.mailbox)
    }

    fn note_body(&mut self, first: u64, digest: Digest, inline: &[(Digest, Bytes)]) -> Result<()> {
        if self.bodies.contains_key(&digest) {
            return Ok(());
        }
        let source = match inline.iter().find(|(known, _)| *known == digest) {
            None => Source::Archived(first),
            Some((_, stored)) => {
                let path = self.dir.join(digest.to_hex());
                std::fs::write(&path, stored)
                    .map_err(|error| Error::Unavailable(format!("{}: {error}", path.display())))?;
                Source::Carried(path)
            }
        };
        self.bodies.insert(digest, source);
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.waiting_count = 0;
        for (mailbox, sections) in std::mem::take(&mut self.waiting) {
            let nothing = Bodies::new(Vec::new(), Vec::new());
            let steps: Vec<_> =
                sections.iter().map(|(seq, section)| Step { seq: *seq, section, bodies: &nothing }).collect();
            match try_steps(self.metadata, mailbox, &steps) {
                Err(metadata::Error::NoItem { .. }) => {}
                other => {
                    other?;
                    continue;
                }
            }
            for (seq, section) in sections {
                self.put_what_fits(mailbox, seq, section)?;
            }
        }
        Ok(())
    }

    /// Leaves out changes of what is missing.
    fn put_what_fits(&mut self, mailbox: MailboxId, seq: Seq, mut section: Section) -> Result<()> {
        let nothing = Bodies::new(Vec::new(), Vec::new());
        loop {
            let step = Step { seq, section: &section, bodies: &nothing };
            let missing = match try_steps(self.metadata, mailbox, &[step]) {
                Err(metadata::Error::NoItem { item, .. }) => item,
                other => return Ok(other?),
            };
            let before = section.effects.len();
            section.effects.retain(|effect| match effect {
                Effect::Patch(patch) => patch.id != missing,
                Effect::Dump(dumped) => dumped.item != missing,
                _ => true,
            });
            let left_out = before - section.effects.len();
            if left_out == 0 {
                return Err(Error::Store(format!("record {seq} changes item {missing}, which is missing")));
            }
            self.lost.entry(mailbox).or_default().1 += left_out as u64;
        }
    }
}

fn decode<'a, T: Decode<'a, ()>>(body: &'a Bytes) -> Option<T> {
    minicbor::decode(body).ok()
}
