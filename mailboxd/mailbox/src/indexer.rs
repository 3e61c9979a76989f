// SPDX-License-Identifier: AGPL-3.0-or-later
//! The search index follows the rows: by change number, delete before add, so it can start over anywhere and never pins the
//! journal. What it does not hold yet is its *tail*; a query looks at the tail itself, so a message is findable as soon as
//! its delivery was acknowledged. The tail of a mailbox is bounded: a query that meets a longer one indexes it first.

use crate::error::{Error, Result};
use crate::store::{Shared, Store};
use crate::worker::{Worker, step_back};
use crate::{contact, document};
use ids::{ItemId, MailboxId, ModSeq};
use index::{Document, Rebuild};
use metadata::{Detail, Item, Reader};
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Messages a commit of the index.
const BATCH_MESSAGES: usize = 500;
/// How an index is built anew: with what attachments say, while the old one still answers; then, while others wait, without.
#[derive(Clone, Copy)]
struct Batch {
    messages: usize,
    with_attachments: bool,
}
const WITH_ATTACHMENTS: Batch = Batch { messages: 32, with_attachments: true };
const WITHOUT: Batch = Batch { messages: BATCH_MESSAGES, with_attachments: false };
/// The longest tail that a query evaluates itself.
pub(crate) const TAIL_MAX: usize = 100;
/// A commit costs as much as dozens of documents, so changes of a mailbox gather until they are this many, or this old, or
/// until nothing has changed anywhere for a moment.
const RIPE_CHANGES: usize = 64;
const RIPE_AGE: Duration = Duration::from_secs(10);
const QUIET: Duration = Duration::from_millis(500);
/// Changes in all tails before deliveries have to help.
const BACKLOG_MAX: usize = 50_000;
/// Octets of text of one message that are searchable.
const TEXT_BYTES_MAX: usize = 1 << 20;

pub(crate) struct Indexer {
    dirty: Mutex<Dirty>,
    woken: Condvar,
    /// By mailbox, modulo: held from looking at the rows until the index holds them. Two at a time would let the slower one
    /// add again what the faster one has removed.
    turns: [Mutex<()>; TURNS],
    /// Held while an index is built anew.
    rebuilding: Mutex<()>,
}

const TURNS: usize = 64;

impl Default for Indexer {
    fn default() -> Indexer {
        Indexer {
            dirty: Mutex::default(),
            woken: Condvar::new(),
            turns: [const { Mutex::new(()) }; TURNS],
            rebuilding: Mutex::default(),
        }
    }
}

#[derive(Default)]
struct Dirty {
    mailboxes: BTreeMap<MailboxId, Waiting>,
    /// Sum of the changes that wait.
    changes: usize,
    /// Taken last: the next one is taken from above it, so that busy mailboxes don't starve the others.
    last: MailboxId,
    /// That one is being indexed now.
    working: bool,
    /// When the newest change came.
    newest: Option<Instant>,
}

struct Waiting {
    changes: usize,
    since: Instant,
}

impl Dirty {
    fn next(&self) -> Option<MailboxId> {
        let now = Instant::now();
        let quiet = self.newest.is_none_or(|newest| now - newest >= QUIET);
        let is_ripe = |waiting: &Waiting| quiet || waiting.changes >= RIPE_CHANGES || now - waiting.since >= RIPE_AGE;
        let above = self.mailboxes.range((Bound::Excluded(self.last), Bound::Unbounded));
        above.chain(&self.mailboxes).find(|(_, waiting)| is_ripe(waiting)).map(|(id, _)| *id)
    }

    fn take(&mut self) -> Option<MailboxId> {
        self.working = false;
        let id = self.next()?;
        self.changes -= self.mailboxes.remove(&id).map_or(0, |waiting| waiting.changes);
        (self.last, self.working) = (id, true);
        Some(id)
    }
}

impl Indexer {
    pub fn wake(&self, mailbox: MailboxId, changes: usize) {
        let now = Instant::now();
        let mut dirty = self.dirty.lock();
        dirty.newest = Some(now);
        dirty.changes += changes;
        let waiting = dirty.mailboxes.entry(mailbox).or_insert(Waiting { changes: 0, since: now });
        waiting.changes += changes;
        if waiting.changes >= RIPE_CHANGES {
            self.woken.notify_one();
        }
    }

    /// Mailboxes whose index is behind.
    pub fn backlog(&self) -> usize {
        let dirty = self.dirty.lock();
        dirty.mailboxes.len() + usize::from(dirty.working)
    }

    pub fn is_far_behind(&self) -> bool {
        self.dirty.lock().changes > BACKLOG_MAX
    }

    pub fn turn(&self, mailbox: MailboxId) -> MutexGuard<'_, ()> {
        self.turns[mailbox.0 as usize % TURNS].lock()
    }

    /// The next mailbox whose changes are to be indexed; waits a moment for one.
    fn pop(&self) -> Option<MailboxId> {
        let mut dirty = self.dirty.lock();
        dirty.take().or_else(|| {
            self.woken.wait_for(&mut dirty, QUIET);
            dirty.take()
        })
    }
}

impl Store {
    /// Builds the search index of every mailbox anew, one after another; mail goes on arriving and is found meanwhile.
    /// `progress` gets a line for people at each. Answers how many mailboxes there were.
    pub fn reindex(&self, progress: &mut dyn FnMut(&str)) -> Result<u64> {
        let ids = self.shared.mailbox_ids();
        let mut done = 0;
        for (n, id) in ids.iter().enumerate() {
            progress(&format!("mailbox {id} ({} of {})", n + 1, ids.len()));
            match self.shared.live(*id) {
                Ok(_live) => self.shared.reindex(*id)?,
                // deleted meanwhile
                Err(Error::NoSuch { .. }) => continue,
                Err(error) => return Err(error),
            }
            done += 1;
        }
        Ok(done)
    }
}

pub(crate) fn start(shared: Arc<Shared>) -> Result<Worker> {
    Worker::start("index", move |stop| {
        step_back();
        while !stop.is_set() {
            if let Some(mailbox) = shared.indexer.pop()
                && let Err(error) = shared.index_now(mailbox)
            {
                tracing::error!(mailbox = mailbox.0, %error, "indexing failed");
            }
        }
    })
}

/// What the index of a mailbox does not hold.
#[derive(Default)]
pub(crate) struct Tail {
    pub add: Vec<Item>,
    pub remove: Vec<ItemId>,
    /// Change number up to which `add` and `remove` are complete.
    pub upto: ModSeq,
    pub more: bool,
}

/// Items changed after `since`, at least one transaction and about `limit` items, never part of a transaction; and the
/// change number up to which they are complete.
fn whole_transactions(
    reader: &Reader<'_>,
    since: ModSeq,
    limit: usize,
    newest: ModSeq,
) -> metadata::Result<(Vec<Item>, ModSeq)> {
    let mut changed = reader.changed_since(since, limit)?;
    let (Some(first), Some(last)) = (changed.first().map(|i| i.modseq), changed.last().map(|i| i.modseq)) else {
        return Ok((changed, newest));
    };
    if changed.len() < limit {
        return Ok((changed, newest));
    }
    if first == last {
        changed = reader.changed_since(since, usize::MAX)?;
        changed.retain(|item| item.modseq == first);
        return Ok((changed, first));
    }
    changed.retain(|item| item.modseq < last);
    Ok((changed, ModSeq(last.0 - 1)))
}

impl Shared {
    /// Brings the index of a mailbox up to its rows.
    pub fn index_now(&self, mailbox: MailboxId) -> Result<()> {
        let _turn = self.indexer.turn(mailbox);
        loop {
            let tail = self.tail(mailbox, BATCH_MESSAGES)?;
            if tail.upto <= self.indexes.applied(mailbox)? {
                return Ok(());
            }
            let documents = self.documents(mailbox, &tail)?;
            let waits = documents.iter().any(|(_, document)| document.waits);
            self.indexes.apply(mailbox, documents, &tail.remove, tail.upto)?;
            if waits {
                self.attachments.wake(mailbox);
            }
            if !tail.more {
                return Ok(());
            }
        }
    }

    /// Builds the index of a mailbox anew from rows and files. The one in use answers and follows until the new one has
    /// caught up; a crash leaves it as it is. One at a time.
    pub fn reindex(&self, mailbox: MailboxId) -> Result<()> {
        self.reindex_while(mailbox, &mut |_| true).map(drop)
    }

    /// The same. `progress` hears how many messages are in the new one; false from it leaves the old one. Answers whether it
    /// was built.
    pub fn reindex_while(&self, mailbox: MailboxId, progress: &mut dyn FnMut(u64) -> bool) -> Result<bool> {
        let _one = self.indexer.rebuilding.lock();
        let mut rebuild = self.indexes.rebuild(mailbox)?;
        let mut done = 0;
        let mut count = |messages: usize| {
            done += messages as u64;
            progress(done)
        };
        if !self.fill(mailbox, &mut rebuild, WITH_ATTACHMENTS, &mut count)? {
            return Ok(false);
        }
        // what came meanwhile, while nobody adds to the old one
        let _turn = self.indexer.turn(mailbox);
        self.fill(mailbox, &mut rebuild, WITHOUT, &mut |_| true)?;
        rebuild.finish()?;
        self.attachments.wake(mailbox);
        Ok(true)
    }

    fn fill(
        &self,
        mailbox: MailboxId,
        rebuild: &mut Rebuild,
        batch: Batch,
        count: &mut dyn FnMut(usize) -> bool,
    ) -> Result<bool> {
        loop {
            let tail = self.tail_since(mailbox, rebuild.applied(), batch.messages, |ids| rebuild.missing(ids))?;
            let mut documents = self.documents(mailbox, &tail)?;
            if batch.with_attachments {
                self.deepen(mailbox, &tail, &mut documents);
            }
            rebuild.apply(documents, &tail.remove, tail.upto)?;
            if !count(tail.add.len()) {
                return Ok(false);
            }
            if !tail.more {
                return Ok(true);
            }
        }
    }

    /// What can't be read now goes on waiting in the new index.
    fn deepen(&self, mailbox: MailboxId, tail: &Tail, documents: &mut [(ItemId, Document)]) {
        for (item, (_, document)) in tail.add.iter().zip(documents) {
            if let Err(error) = self.read_attachments(mailbox, item, document) {
                tracing::warn!(mailbox = mailbox.0, %error, "attachments are read later");
                return;
            }
        }
    }

    fn documents(&self, mailbox: MailboxId, tail: &Tail) -> Result<Vec<(ItemId, Document)>> {
        let wants_attachments = tail.add.is_empty() || self.wants_attachments(mailbox)?.unwrap_or(true);
        let documents = tail.add.iter().map(|item| {
            let mut document = self.document(mailbox, item)?;
            document.waits &= wants_attachments;
            Ok((item.id, document))
        });
        documents.collect()
    }

    pub fn tail(&self, mailbox: MailboxId, limit: usize) -> Result<Tail> {
        let since = self.indexes.applied(mailbox)?;
        self.tail_since(mailbox, since, limit, |ids| self.indexes.missing(mailbox, ids))
    }

    /// `missing`: which of these are not in an index that holds everything up to `since`.
    fn tail_since(
        &self,
        mailbox: MailboxId,
        since: ModSeq,
        limit: usize,
        missing: impl FnOnce(&[ItemId]) -> index::Result<Vec<ItemId>>,
    ) -> Result<Tail> {
        let mut tail = self.metadata.glance(mailbox, |reader| {
            let row = reader.mailbox()?;
            let Some(row) = row.filter(|row| row.modseq > since) else {
                return Ok(Tail { upto: since, ..Tail::default() });
            };
            let (mut changed, upto) = whole_transactions(reader, since, limit, row.modseq)?;
            let more = upto < row.modseq;
            let tombstones = reader.tombstones_since(since, usize::MAX)?;
            let remove = tombstones.iter().filter(|t| t.removed && t.modseq <= upto).map(|t| t.id).collect();
            changed.retain(|item| !item.kind.is_container());
            Ok(Tail { add: changed, remove, upto, more })
        })?;
        // One whose content is old has usually been indexed; but if it changed again before its turn came in a long tail, it
        // moved to the end of that tail, behind where its content belongs.
        let old: Vec<_> = tail.add.iter().filter(|item| item.revision <= since).map(|item| item.id).collect();
        let missing = if old.is_empty() { old } else { missing(&old)? };
        tail.add.retain(|item| item.revision > since || missing.contains(&item.id));
        Ok(tail)
    }

    /// What is searchable of an item. One that was deleted meanwhile has no text: its tombstone follows.
    pub fn document(&self, mailbox: MailboxId, item: &Item) -> Result<Document> {
        match &item.detail {
            Detail::Contact(detail) => return Ok(contact::searchable(item, detail)),
            Detail::Document(detail) => {
                let content = self.blobs.open_item(mailbox, item.id, item.revision);
                let content = match content {
                    Ok(mut blob) if document::is_text(&detail.content_type) => Some(blob.read_all()?),
                    _ => None,
                };
                return Ok(document::searchable(item, detail, content.as_deref()));
            }
            _ => {}
        }
        let mut blob = match self.blobs.open_item(mailbox, item.id, item.revision) {
            Ok(blob) => blob,
            Err(error) if error.is_not_found() => return Ok(Document::default()),
            Err(error) => return Err(error.into()),
        };
        let text = mime::search_text(&blob.read_all()?, TEXT_BYTES_MAX);
        Ok(Document {
            subject: text.subject,
            from: text.from,
            to: text.to,
            cc: text.cc,
            body: text.body,
            filenames: text.filenames,
            types: text.types,
            message_id: text.message_id,
            headers: crate::header::headers(item),
            attachments: String::new(),
            waits: text.has_files,
        })
    }
}
