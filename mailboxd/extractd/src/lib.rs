// SPDX-License-Identifier: AGPL-3.0-or-later
//! Text, or simple HTML, of documents that strangers wrote. [`extract`] is a function of its document: the process around it
//! (`main`, [`sandbox`]) is what makes it harmless. Nothing here trusts a length, a name or a type that a document states.
//!
//! One [`Job`] a request: its output and its budget are shared by all that is nested in the document, so that a bomb has one
//! bound however it is folded. `kind` says which of the formats in `format/` reads some octets.

mod format;
mod job;
mod kind;
mod output;
pub mod sandbox;
mod xml;

use extract::{About, Answer, View};
use job::Job;
use std::path::PathBuf;

/// Programs that read what we don't.
#[derive(Debug, Clone, Default)]
pub struct Tools {
    /// Poppler's. Without it PDF is of no known format.
    pub pdftotext: Option<PathBuf>,
}

/// What a document says, within all bounds.
pub fn extract(document: &[u8], about: &About, view: View, tools: &Tools) -> Answer {
    let mut job = Job::new(view, tools.clone());
    job.document(document, about);
    job.finish()
}
