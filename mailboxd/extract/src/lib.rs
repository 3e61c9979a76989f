// SPDX-License-Identifier: AGPL-3.0-or-later
//! Text and HTML of attachments, made by processes that may break: what they and their client say to each other (`wire`), and
//! the client (`pool`). Whatever understands a format is in `extractd`, which no other program links.
//!
//! A document costs at most [`DOCUMENT_TIME_MAX`] of a worker and [`TEXT_BYTES_MAX`] of answer. A worker that is late, dies or says
//! what it should not is killed with all that it started, and costs that one document.

mod pool;
mod wire;

pub use pool::{Extractor, Failure, Figures, Protection};
pub use wire::{About, Answer, Answered, Hello, Request, View, read_frame, write_frame};

use std::time::Duration;

/// Octets of a document; larger ones are not looked at.
pub const DOCUMENT_BYTES_MAX: usize = 50 << 20;
/// Octets of the text of a document, also of all files of an archive together.
pub const TEXT_BYTES_MAX: usize = 1 << 20;
/// Octets of a document as HTML.
pub const HTML_BYTES_MAX: usize = 4 << 20;
/// From the request to the whole answer. A worker ends itself a little later, if nobody is left to end it.
pub const DOCUMENT_TIME_MAX: Duration = Duration::from_secs(30);
