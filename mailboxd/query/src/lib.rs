// SPDX-License-Identifier: AGPL-3.0-or-later
//! The search language (`from:bob is:unread invoice`): text to a tree and back. No I/O and no clock: `now` is handed in.
//!
//! - [`parse`] never panics, never recurses deeper than [`NESTING_MAX`] parentheses, and refuses what is too large with an
//!   error that names the byte.
//! - A tree is normal: `And` and `Or` have at least two members, no `Not` holds a `Not`. Printing a tree and parsing that
//!   gives the same tree, whatever the clock says: dates are printed as absolute milliseconds.
//! - What a clause *means* for a message is decided in `mailbox`, not here.

mod date;
mod field;
mod lex;
mod mime_type;
mod parse;
mod print;

pub use mime_type::type_terms;
pub use parse::{parse, parse_sorted};

/// Longest accepted query in bytes.
pub const QUERY_BYTES_MAX: usize = 64 * 1024;
/// Most parentheses within one another.
pub const NESTING_MAX: usize = 64;
/// Most conditions of one query: each may cost a search of the index.
pub const CLAUSES_MAX: usize = 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    All,
    And(Vec<Query>),
    Or(Vec<Query>),
    Not(Box<Query>),
    Clause(Clause),
}

impl Query {
    /// All of `members`; normal form.
    pub fn and(mut members: Vec<Query>) -> Query {
        members.retain(|m| *m != Query::All);
        match members.len() {
            0 => Query::All,
            1 => members.swap_remove(0),
            _ => Query::And(members),
        }
    }

    /// Any of `members`; normal form. Nothing to choose from means that nothing matches.
    pub fn or(mut members: Vec<Query>) -> Query {
        match members.len() {
            0 => Query::Clause(Clause::None),
            1 => members.swap_remove(0),
            _ => Query::Or(members),
        }
    }

    /// The opposite; normal form.
    pub fn negate(self) -> Query {
        match self {
            Query::Not(inner) => *inner,
            other => Query::Not(Box::new(other)),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextField {
    Content,
    Subject,
    From,
    To,
    Cc,
    ToFrom,
    ToCc,
    FromCc,
    ToFromCc,
    Filename,
    /// MIME type of a part; [`type_terms`] resolves names such as "word".
    Type,
    MessageId,
    /// Anything that a contact says.
    Contact,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Is {
    Unread,
    Read,
    Flagged,
    Unflagged,
    Sent,
    Received,
    Replied,
    Unreplied,
    Forwarded,
    Unforwarded,
    Draft,
    Invite,
    Anywhere,
    FromMe,
    ToMe,
    CcMe,
    ToFromMe,
    ToCcMe,
    FromCcMe,
    ToFromCcMe,
    /// Alone in its conversation.
    Solo,
    Tagged,
    Local,
    Remote,
}

/// How a text stands to another in the order of lists, where case does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Priority {
    High,
    Low,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clause {
    /// The words of `text` next to each other; `prefix`: the last word may go on.
    Text {
        field: TextField,
        text: String,
        prefix: bool,
    },
    /// The subject without its prefixes ("Re:"), or else the sender's name, is before or after `text` (lower case).
    Compare {
        subject: bool,
        how: Comparison,
        text: String,
    },
    /// An attribute of a contact (name in lower case) has these words next to each other.
    Attribute {
        name: String,
        text: String,
        prefix: bool,
    },
    /// The SMTP envelope's sender (`from`) or recipient.
    Envelope {
        from: bool,
        text: String,
        prefix: bool,
    },
    /// Folder path ("Inbox", "Work/2026"), any case; `under`: sub-folders too.
    In {
        path: String,
        under: bool,
    },
    InId {
        id: u32,
        under: bool,
    },
    /// A folder of somebody else's mailbox: `inid:"account:257"`.
    InOther {
        account: String,
        id: u32,
        under: bool,
    },
    Is(Is),
    HasAttachment,
    Tag(String),
    Priority(Priority),
    /// Half-open interval in milliseconds since 1970 of the date received.
    Date {
        from_ms: Option<i64>,
        until_ms: Option<i64>,
    },
    /// Half-open interval in milliseconds since 1970 of the last change of any kind.
    Changed {
        from_ms: Option<i64>,
        until_ms: Option<i64>,
    },
    /// Inclusive lower, exclusive upper bound in octets.
    Size {
        from: Option<u64>,
        until: Option<u64>,
    },
    /// Inclusive lower, exclusive upper bound of the change number.
    ModSeq {
        from: Option<u64>,
        until: Option<u64>,
    },
    Item(Vec<u32>),
    /// Real id, or minus a message's id.
    Conversation(i64),
    /// Nothing matches (e.g. an empty quoted word).
    None,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("query: {what} at byte {at}")]
pub struct ParseError {
    pub what: String,
    /// Offset in bytes.
    pub at: usize,
    /// The query is well formed, but a number in it is none.
    pub bad_number: bool,
}

impl ParseError {
    pub(crate) fn new(what: impl Into<String>, at: usize) -> ParseError {
        ParseError { what: what.into(), at, bad_number: false }
    }
}

/// What relative and local dates are measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    pub now_ms: i64,
    /// Minutes east of UTC.
    pub tz_offset_minutes: i32,
}

/// Whether the query names a place (in:, under:, is:anywhere …) anywhere.
pub fn names_place(query: &Query) -> bool {
    match query {
        Query::All => false,
        Query::And(members) | Query::Or(members) => members.iter().any(names_place),
        Query::Not(inner) => names_place(inner),
        Query::Clause(clause) => matches!(
            clause,
            Clause::In { .. }
                | Clause::InId { .. }
                | Clause::InOther { .. }
                | Clause::Item(_)
                | Clause::Conversation(_)
                | Clause::Is(Is::Anywhere | Is::Local | Is::Remote)
        ),
    }
}

/// The query, held to `guard` (not in Trash …) wherever it names no place itself: of "from:ann or in:trash" only the first
/// side is.
pub fn guarded(query: Query, guard: &Query) -> Query {
    if !names_place(&query) {
        return Query::and(vec![query, guard.clone()]);
    }
    match query {
        Query::Or(members) => Query::or(members.into_iter().map(|member| guarded(member, guard)).collect()),
        Query::And(mut members) => {
            // Guarding one of them guards the whole.
            if !members.iter().any(is_placed)
                && let Some(partly) = members.iter_mut().find(|member| names_place(member))
            {
                *partly = guarded(std::mem::replace(partly, Query::All), guard);
            }
            Query::And(members)
        }
        other => other,
    }
}

/// Whether each way to match the query names a place.
fn is_placed(query: &Query) -> bool {
    match query {
        Query::And(members) => members.iter().any(is_placed),
        Query::Or(members) => members.iter().all(is_placed),
        other => names_place(other),
    }
}
