// SPDX-License-Identifier: AGPL-3.0-or-later
//! Full-text index, one a mailbox (skeleton of the interface).
use ids::{ItemId, MailboxId, ModSeq};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("index {path}: {what}")]
    Index { path: PathBuf, what: String },
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
}
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    Content,
    Subject,
    From,
    To,
    Cc,
    Body,
    Filename,
    Type,
    MessageId,
}
/// A text condition: the words of `text` next to each other in one of `fields`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    pub fields: Vec<Field>,
    pub text: String,
    pub prefix: bool,
}

#[derive(Clone)]
pub struct Indexes(Arc<()>);
impl Indexes {
    pub fn open(_dir: &Path, _writers_max: usize) -> Result<Indexes> {
        unimplemented!()
    }
    /// Everything with modseq <= this is in the committed index of the mailbox.
    pub fn applied(&self, _mailbox: MailboxId) -> Result<ModSeq> {
        unimplemented!()
    }
    /// One committed batch: delete before add, so it may repeat what is there.
    pub fn apply(
        &self,
        _mailbox: MailboxId,
        _add: Vec<(ItemId, Document)>,
        _remove: &[ItemId],
        _upto: ModSeq,
    ) -> Result<()> {
        unimplemented!()
    }
    /// Ids of the committed documents that match, unordered.
    pub fn search(&self, _mailbox: MailboxId, _term: &Term) -> Result<Vec<ItemId>> {
        unimplemented!()
    }
    /// The same answer for a document that is not indexed yet.
    pub fn matches(_document: &Document, _term: &Term) -> bool {
        unimplemented!()
    }
    pub fn documents(&self, _mailbox: MailboxId) -> Result<Vec<ItemId>> {
        unimplemented!()
    }
    pub fn remove_mailbox(&self, _mailbox: MailboxId) -> Result<()> {
        unimplemented!()
    }
}
