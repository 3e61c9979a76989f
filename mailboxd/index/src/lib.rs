// SPDX-License-Identifier: AGPL-3.0-or-later
//! Full-text index, one a mailbox, in a directory of its own named by the mailbox's number.
//!
//! An index is a view: all of it can be made again from the messages. So it heals instead of failing. One that is damaged,
//! or was made by other rules (schema, [`words`]), is removed with a warning; then [`Indexes::applied`] says 0 and whoever
//! feeds the index feeds it from the start. **`applied` may therefore fall back at any call**: ask it before each batch.
//!
//! Layout of locks, outer first: the *turn* of a mailbox (whoever changes its directory), the writer of one index, the
//! shelf (which indexes are open; held for moments only, never during I/O on an index). Searches take no turn.
//!
//! A crash leaves the last commit. A commit carries the change number that it reaches up to, so nothing is skipped and what
//! comes twice is replaced (delete before add).

mod holding;
mod needle;
mod opened;
mod rebuild;
mod schema;
mod segment;
mod shelf;
mod words;

pub use holding::{Header, Holding};
pub use needle::TERM_WORDS_MAX;
pub use rebuild::Rebuild;
pub use words::VALUE_SEPARATOR;

use holding::Sought;
use ids::{ItemId, MailboxId, ModSeq};
use needle::Needle;
use opened::{Fault, Opened};
use shelf::Shelf;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("index {path}: {what}")]
    Index { path: PathBuf, what: String },
    /// The client's fault.
    #[error("more than {max} words in one condition")]
    TooManyWords { max: usize },
}
pub type Result<T> = std::result::Result<T, Error>;

/// What is searchable of a message. All text is decoded.
#[derive(Debug, Clone, Default)]
pub struct Document {
    pub subject: String,
    /// Display names and addresses, joined by spaces.
    pub from: String,
    pub to: String,
    pub cc: String,
    pub body: String,
    pub filenames: String,
    /// MIME types of its parts, lower case.
    pub types: Vec<String>,
    pub message_id: String,
    /// What its attachments say, as far as that was found out.
    pub attachments: String,
    /// Its attachments are still to be read ([`Indexes::waiting`]).
    pub waits: bool,
    /// Header fields once more, as [`Indexes::holding`] compares them: in lower case, each address by itself.
    pub headers: Vec<(Header, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// Subject, people, body, file names and attachments.
    Content,
    Subject,
    From,
    To,
    Cc,
    Body,
    Filename,
    Attachment,
    Type,
    MessageId,
}

/// A text condition: the words of `text` next to each other in one of `fields`; `prefix`: the last one may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    pub fields: Vec<Field>,
    pub text: String,
    pub prefix: bool,
}

/// All indexes of one server. Cheap to clone.
#[derive(Clone)]
pub struct Indexes(Arc<Shelf>);

impl Indexes {
    /// At most `writers_max` indexes hold a writer (a thread and 15 MB while it indexes) at a time.
    pub fn open(dir: &Path, writers_max: usize) -> Result<Indexes> {
        Shelf::open(dir, writers_max).map(|shelf| Indexes(Arc::new(shelf)))
    }

    /// Everything with modseq <= this is in the committed index of the mailbox.
    pub fn applied(&self, mailbox: MailboxId) -> Result<ModSeq> {
        if let Some(applied) = self.0.applied(mailbox) {
            return Ok(applied);
        }
        // Opening it fills in what the last commit says.
        self.0.opened(mailbox)?;
        Ok(self.0.applied(mailbox).unwrap_or_default())
    }

    /// One committed batch: delete before add, so it may repeat what is there. After an error ask [`Indexes::applied`]
    /// where to go on.
    pub fn apply(
        &self,
        mailbox: MailboxId,
        add: Vec<(ItemId, Document)>,
        remove: &[ItemId],
        upto: ModSeq,
    ) -> Result<()> {
        let _turn = self.0.turn(mailbox);
        let upto = upto.max(self.applied_in_turn(mailbox)?);
        if !(add.is_empty() && remove.is_empty()) {
            let opened = self.0.opened_or_new(mailbox)?;
            match opened.write(add, remove, upto) {
                Ok(()) => self.0.wrote(mailbox),
                Err(Fault::Damaged(what)) => {
                    self.0.discard(mailbox, Some(&opened), &what);
                    return Err(self.0.error(mailbox, format!("was damaged ({what}); it starts anew")));
                }
                Err(fault) => return Err(self.0.error(mailbox, fault.to_string())),
            }
        }
        // Nothing to index up to there: no commit for that. After a crash the same nothing comes again.
        self.0.set_applied(mailbox, upto);
        Ok(())
    }

    /// Ids of the committed documents that match, unordered.
    pub fn search(&self, mailbox: MailboxId, term: &Term) -> Result<Vec<ItemId>> {
        let Some(needle) = Needle::new(term)? else { return Ok(Vec::new()) };
        self.read(mailbox, |opened| opened.search(&term.fields, &needle))
    }

    /// Committed documents with a text in [`Document::headers`] that holds `text` anywhere. `None` if the index can't tell:
    /// there is nothing but white space in `text`, or the index was found damaged.
    pub fn holding(&self, mailbox: MailboxId, header: Header, text: &str) -> Result<Option<Holding>> {
        let Some(sought) = Sought::new(header, text) else { return Ok(None) };
        self.try_read(mailbox, |opened| opened.holding(&sought))
    }

    /// The same answer for a document that is not indexed yet.
    pub fn matches(document: &Document, term: &Term) -> bool {
        needle::matches(document, term)
    }

    /// Of a mailbox, at most `limit` documents whose attachments are still to be read. They are named by the committed index
    /// alone, so no crash loses one; [`Indexes::apply`] with the whole document takes it from the list.
    pub fn waiting(&self, mailbox: MailboxId, limit: usize) -> Result<Vec<ItemId>> {
        self.read(mailbox, |opened| opened.waiting(limit))
    }

    /// Ids of all committed documents, unordered.
    pub fn documents(&self, mailbox: MailboxId) -> Result<Vec<ItemId>> {
        self.read(mailbox, Opened::documents)
    }

    /// Which of these have no committed document.
    pub fn missing(&self, mailbox: MailboxId, ids: &[ItemId]) -> Result<Vec<ItemId>> {
        if self.0.opened(mailbox)?.is_none() {
            return Ok(ids.to_vec());
        }
        let present = self.read(mailbox, |opened| opened.present(ids))?;
        Ok(ids.iter().copied().filter(|id| !present.contains(id)).collect())
    }

    /// Reads every file of the index and compares its checksum. A damaged index is discarded. The answer tells what was
    /// wrong, also if that came to light (and the index was discarded) at another call since the last check.
    pub fn check(&self, mailbox: MailboxId) -> Result<Option<String>> {
        let _turn = self.0.turn(mailbox);
        if let Some(opened) = self.0.quiet(mailbox)? {
            match opened.check() {
                Ok(()) => {}
                Err(Fault::Failed(what)) => return Err(self.0.error(mailbox, what)),
                Err(fault) => self.0.discard(mailbox, Some(&opened), &fault.to_string()),
            }
        }
        Ok(self.0.take_damage(mailbox))
    }

    /// Starts a new index of a mailbox beside the one in use. One at a time of a mailbox.
    pub fn rebuild(&self, mailbox: MailboxId) -> Result<Rebuild> {
        Rebuild::start(self.0.clone(), mailbox)
    }

    pub fn remove_mailbox(&self, mailbox: MailboxId) -> Result<()> {
        let _turn = self.0.turn(mailbox);
        self.0.remove(mailbox).map_err(|source| self.0.error(mailbox, source.to_string()))
    }

    /// Drops the writers that nobody used for `writers`, once their merges are done, and closes the indexes that nobody used
    /// for `indexes`. Call it now and then.
    pub fn release_idle(&self, writers: Duration, indexes: Duration) {
        self.0.release_idle(writers, indexes);
    }

    /// How many are open.
    pub fn open_count(&self) -> usize {
        self.0.open_count()
    }

    fn applied_in_turn(&self, mailbox: MailboxId) -> Result<ModSeq> {
        if self.0.applied(mailbox).is_none() {
            self.0.opened_in_turn(mailbox)?;
        }
        Ok(self.0.applied(mailbox).unwrap_or_default())
    }

    /// An index that turns out damaged answers as the empty one that it becomes.
    fn read<T: Default>(
        &self,
        mailbox: MailboxId,
        work: impl Fn(&Opened) -> std::result::Result<T, Fault>,
    ) -> Result<T> {
        self.try_read(mailbox, work).map(Option::unwrap_or_default)
    }

    /// `None`: it turned out damaged, and was discarded.
    fn try_read<T: Default>(
        &self,
        mailbox: MailboxId,
        work: impl Fn(&Opened) -> std::result::Result<T, Fault>,
    ) -> Result<Option<T>> {
        let Some(opened) = self.0.opened(mailbox)? else { return Ok(Some(T::default())) };
        match work(&opened) {
            Ok(answer) => Ok(Some(answer)),
            Err(Fault::Failed(what)) => Err(self.0.error(mailbox, what)),
            Err(Fault::Damaged(what) | Fault::Outdated(what)) => {
                let _turn = self.0.turn(mailbox);
                self.0.discard(mailbox, Some(&opened), &what);
                Ok(None)
            }
        }
    }
}
