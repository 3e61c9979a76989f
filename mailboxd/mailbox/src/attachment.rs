// SPDX-License-Identifier: AGPL-3.0-or-later
//! Attachments are read after all else. A message is indexed by its own text at once, as one that *waits*; a worker of the store
//! takes what waits from the index, has it read by extractd, and puts the whole document there instead. What waits is known by
//! the committed index alone: after a crash, or with a new index, it is as it was or waits again.
//!
//! A document that extractd fails on is done, too: it has no text. Only where there is no extractd it goes on waiting.

use crate::error::{Error, Result};
use crate::store::{Shared, Store};
use crate::worker::{Stop, Worker, step_back};
use extract::{About, Answer, Extractor, Failure, Protection, View};
use ids::{ItemId, MailboxId, ModSeq};
use index::Document;
use metadata::{Detail, Item};
use parking_lot::{Condvar, Mutex};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Messages a commit of the index.
const BATCH_MESSAGES: usize = 32;
/// Octets of the text of all attachments of a message that are searchable, and how many are read.
const TEXT_BYTES_MAX: usize = 4 << 20;
const PARTS_MAX: usize = 200;
/// Until it is tried again where there is no extractd.
const RETRY: Duration = Duration::from_secs(30);
const IDLE: Duration = Duration::from_millis(500);

pub type Wants = Arc<dyn Fn(&str) -> Option<bool> + Send + Sync>;

/// Who reads attachments, and whose.
#[derive(Clone)]
pub struct Extraction {
    pub extractor: Extractor,
    /// Of an account, by its id in the directory: whether what its attachments say is indexed. `None`: ask again later.
    pub wants: Wants,
}

impl fmt::Debug for Extraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extraction").finish_non_exhaustive()
    }
}

/// Mailboxes in whose index something may wait.
#[derive(Default)]
pub(crate) struct Queue {
    mailboxes: Mutex<Mailboxes>,
    filled: Condvar,
}

#[derive(Default)]
struct Mailboxes {
    ready: BTreeSet<MailboxId>,
    /// Something of them could not be read.
    later: BTreeMap<MailboxId, Instant>,
}

impl Queue {
    pub fn wake(&self, mailbox: MailboxId) {
        self.mailboxes.lock().ready.insert(mailbox);
        self.filled.notify_one();
    }

    fn postpone(&self, mailbox: MailboxId) {
        self.mailboxes.lock().later.insert(mailbox, Instant::now() + RETRY);
    }

    pub fn len(&self) -> usize {
        let mailboxes = self.mailboxes.lock();
        mailboxes.ready.union(&mailboxes.later.keys().copied().collect()).count()
    }

    fn pop(&self) -> Option<MailboxId> {
        let mut mailboxes = self.mailboxes.lock();
        if mailboxes.ready.is_empty() {
            self.filled.wait_for(&mut mailboxes, IDLE);
        }
        let now = Instant::now();
        let due: Vec<MailboxId> = mailboxes.later.iter().filter(|(_, from)| **from <= now).map(|(id, _)| *id).collect();
        for id in due {
            mailboxes.later.remove(&id);
            mailboxes.ready.insert(id);
        }
        mailboxes.ready.pop_first()
    }
}

/// Why attachments go on waiting.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// Nobody reads any.
    #[error("{0}")]
    NoReader(String),
    /// These can't be read now.
    #[error(transparent)]
    Store(#[from] Error),
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Error {
        match trouble {
            Trouble::NoReader(why) => Error::Unavailable(why),
            Trouble::Store(error) => error,
        }
    }
}

/// What came of a batch.
struct Batch {
    /// There may be more.
    more: bool,
    /// Some of it could not be read.
    postponed: bool,
}

/// The worker. Dropped, it lets go of the document that it waits for.
pub(crate) struct Reading {
    extractor: Extractor,
    worker: Option<Worker>,
}

impl Drop for Reading {
    fn drop(&mut self) {
        if let Some(worker) = &self.worker {
            worker.stop();
        }
        self.extractor.close();
        self.worker.take();
    }
}

pub(crate) fn start(shared: Arc<Shared>, extraction: &Extraction) -> Result<Reading> {
    let extractor = extraction.extractor.clone();
    let worker = Worker::start("attachments", move |stop| {
        step_back();
        if let Protection::Less(why) | Protection::Unavailable(why) = extractor.probe() {
            tracing::warn!(%why, "attachments are not read as they should be");
        }
        while !stop.is_set() {
            let Some(mailbox) = shared.attachments.pop() else { continue };
            match shared.read_waiting(mailbox, stop) {
                Ok(Batch { more: true, .. }) => shared.attachments.wake(mailbox),
                Ok(Batch { postponed: true, .. }) => shared.attachments.postpone(mailbox),
                Ok(_) => {}
                // Others would fare no better.
                Err(Trouble::NoReader(why)) => {
                    tracing::debug!(%why, "attachments wait");
                    shared.attachments.wake(mailbox);
                    stop.wait(RETRY);
                }
                Err(Trouble::Store(error)) => {
                    tracing::warn!(mailbox = mailbox.0, %error, "attachments can't be indexed: trying again");
                    shared.attachments.postpone(mailbox);
                }
            }
        }
    })?;
    Ok(Reading { extractor: extraction.extractor.clone(), worker: Some(worker) })
}

impl Store {
    /// Who reads documents; `None` where nobody does.
    pub fn extractor(&self) -> Option<&Extractor> {
        self.shared.config.extraction.as_ref().map(|extraction| &extraction.extractor)
    }

    /// Waits until the attachments of all that is indexed were read.
    pub fn settle_attachments(&self) -> Result<()> {
        for id in self.shared.mailbox_ids() {
            while self.shared.read_waiting(id, &Stop::default())?.more {}
        }
        Ok(())
    }
}

impl Shared {
    /// Whether what attachments say is indexed in this mailbox. Where nobody reads, it may be read by a later process.
    pub fn wants_attachments(&self, mailbox: MailboxId) -> Result<Option<bool>> {
        let Some(extraction) = &self.config.extraction else { return Ok(None) };
        let row = self.metadata.mailbox(mailbox)?;
        Ok(row.map_or(Some(true), |row| (extraction.wants)(&row.account)))
    }

    /// Reads the attachments of some messages that wait.
    fn read_waiting(&self, mailbox: MailboxId, stop: &Stop) -> std::result::Result<Batch, Trouble> {
        const NOTHING: Batch = Batch { more: false, postponed: false };
        let waiting = self.indexes.waiting(mailbox, BATCH_MESSAGES).map_err(Error::from)?;
        if waiting.is_empty() {
            return Ok(NOTHING);
        }
        let wants = self.wants_attachments(mailbox)?;
        let wants = wants.ok_or_else(|| Trouble::NoReader("it is not known who wants them read".into()))?;
        let rows = || self.metadata.glance(mailbox, |reader| reader.items(&waiting)).map_err(Error::from);
        let (items, mut postponed) = (rows()?, false);
        let mut documents: HashMap<ItemId, (ModSeq, Document)> = HashMap::new();
        for item in &items {
            if stop.is_set() {
                return Ok(NOTHING);
            }
            match self.whole_document(mailbox, item, wants) {
                Ok(document) => drop(documents.insert(item.id, (item.revision, document))),
                Err(Trouble::NoReader(why)) => return Err(Trouble::NoReader(why)),
                // A volume that is away, and the like: the others don't wait for it.
                Err(Trouble::Store(error)) => {
                    tracing::debug!(mailbox = mailbox.0, item = item.id.0, %error, "attachments are read later");
                    postponed = true;
                }
            }
        }
        let _turn = self.indexer.turn(mailbox);
        // What changed meanwhile has been indexed anew, or will be; what was removed stays so.
        let now = rows()?;
        let gone = self.indexes.missing(mailbox, &waiting).map_err(Error::from)?;
        let mut whole = Vec::new();
        for item in now.iter().filter(|item| !gone.contains(&item.id)) {
            match documents.remove(&item.id) {
                Some((revision, document)) if revision == item.revision => whole.push((item.id, document)),
                _ => {}
            }
        }
        let more = !whole.is_empty();
        self.indexes.apply(mailbox, whole, &[], ModSeq(0)).map_err(Error::from)?;
        Ok(Batch { more, postponed })
    }

    fn whole_document(&self, mailbox: MailboxId, item: &Item, wants: bool) -> std::result::Result<Document, Trouble> {
        let mut document = self.document(mailbox, item)?;
        document.waits &= wants;
        self.read_attachments(mailbox, item, &mut document)?;
        Ok(document)
    }

    /// Puts into a document what the attachments of its item say. Only where they can't be read now it is an error.
    pub fn read_attachments(
        &self,
        mailbox: MailboxId,
        item: &Item,
        document: &mut Document,
    ) -> std::result::Result<(), Trouble> {
        if !document.waits {
            return Ok(());
        }
        let mut blob = match self.blobs.open_item(mailbox, item.id, item.revision) {
            Ok(blob) => blob,
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) => return Err(Error::from(error).into()),
        };
        let content = blob.read_all().map_err(Error::from)?;
        let mut text = String::new();
        if let Detail::Document(detail) = &item.detail {
            let content_type = crate::document::bare_type(&detail.content_type);
            let about = About { name: item.name.clone(), content_type, charset: None };
            self.add(&mut text, mailbox, item.id, &content, &about)?;
        } else {
            let tree = mime::parts(&content);
            for part in tree.walk().filter(|part| mime::is_extractable(part)).take(PARTS_MAX) {
                let about = About {
                    name: part.filename.clone().unwrap_or_default(),
                    content_type: part.content_type.clone(),
                    charset: part.charset.clone(),
                };
                self.add(&mut text, mailbox, item.id, &mime::decoded(&content, part), &about)?;
                if text.len() >= TEXT_BYTES_MAX {
                    break;
                }
            }
        }
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
        document.attachments = text;
        document.waits = false;
        Ok(())
    }

    fn add(
        &self,
        text: &mut String,
        mailbox: MailboxId,
        item: ItemId,
        content: &[u8],
        about: &About,
    ) -> std::result::Result<(), Trouble> {
        let Some(extraction) = &self.config.extraction else {
            return Err(Trouble::NoReader("nobody reads attachments".into()));
        };
        match extraction.extractor.extract(content, about, View::Text) {
            Ok(Answer { text: found, .. }) => {
                if !text.is_empty() {
                    // Words of two files are not next to each other.
                    text.push(index::VALUE_SEPARATOR);
                }
                text.push_str(&found);
                Ok(())
            }
            Err(Failure::Unavailable(why)) => Err(Trouble::NoReader(why)),
            Err(failure) => {
                tracing::warn!(
                    mailbox = mailbox.0, item = item.0, content_type = about.content_type, octets = content.len(), %failure,
                    "an attachment could not be read: it is found by its name only"
                );
                Ok(())
            }
        }
    }
}
