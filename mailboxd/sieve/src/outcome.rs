// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a script wants done.

/// What is to be done with one message for one recipient. Message 0 is the one that came; others are in `messages`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Messages 1, 2 …: edited ones, and answers. Their octets.
    pub messages: Vec<Vec<u8>>,
    pub filings: Vec<Filing>,
    pub sends: Vec<Send>,
    /// The sender shall be told that the message is refused, and why (RFC 5429).
    pub reject: Option<String>,
    /// What is to be remembered, together with the filings.
    pub remember: Vec<Known>,
    /// What went wrong, for the owner. There is one filing then: into the Inbox.
    pub error: Option<String>,
    /// The extension that was required and is not offered.
    pub(crate) missing: Option<String>,
    pub(crate) rest: Rest,
}

/// What one script of several leaves to the next one (`chain`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rest {
    /// The message as it is now.
    pub message: usize,
    /// The script did nothing that takes the place of keeping it (RFC 5228 §2.10.2).
    pub keeps: bool,
    /// Flags and tags for wherever it goes, as IMAP writes them.
    pub marks: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filing {
    pub message: usize,
    pub place: Place,
    /// As IMAP writes them: `\Seen`, `\Flagged`, keywords.
    pub flags: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Inbox,
    Folder {
        path: String,
        /// `\Junk`, `\Trash` …: this one instead, if there is one (RFC 8579).
        special_use: Option<String>,
        /// Make it if it is not there (RFC 5490 §3.2).
        create: bool,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Send {
    pub kind: SendKind,
    pub to: Vec<String>,
    pub message: usize,
    /// It is from whom the script says. Whoever keeps scripts in this dialect has looked at that.
    pub is_as_written: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendKind {
    /// The message goes to somebody else: it must not be lost on the way.
    Redirect,
    /// Vacation or notify: better never than twice.
    Answer,
}

/// Something that happens once in a while only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub asked: Asked,
    /// 64 hexadecimal digits: of what it is about.
    pub id: String,
    pub seconds: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Was this sender answered lately (RFC 5230 §4.2)?
    Answered,
    /// Was there a message of this id lately (RFC 7352)?
    Duplicate,
}

impl Outcome {
    /// RFC 5228 §2.10.6
    #[must_use]
    pub fn failed(error: String) -> Outcome {
        Outcome { filings: vec![Filing::inbox()], error: Some(error), ..Outcome::default() }
    }
}

impl Filing {
    /// The message as it came, unread, in the Inbox.
    pub fn inbox() -> Filing {
        Filing { message: 0, place: Place::Inbox, flags: Vec::new() }
    }
}
