// SPDX-License-Identifier: AGPL-3.0-or-later
//! The search language: parse to a tree (skeleton of the interface). No I/O, no clock: `now` is handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    All,
    And(Vec<Query>),
    Or(Vec<Query>),
    Not(Box<Query>),
    Clause(Clause),
}
#[derive(Debug, Clone, PartialEq, Eq)]
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
    Type,
    MessageId,
}
#[derive(Debug, Clone, PartialEq, Eq)]
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
    Solo,
    Tagged,
    Local,
    Remote,
}
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clause {
    Text {
        field: TextField,
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
    Is(Is),
    HasAttachment,
    Tag(String),
    /// Half-open interval in milliseconds since 1970.
    Date {
        from_ms: Option<i64>,
        until_ms: Option<i64>,
    },
    /// Inclusive lower, exclusive upper bound in octets.
    Size {
        from: Option<u64>,
        until: Option<u64>,
    },
    Item(Vec<u32>),
    Conversation(i64),
    /// Nothing matches (e.g. an empty quoted word).
    None,
}
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("query: {what} at {at}")]
pub struct ParseError {
    pub what: String,
    pub at: usize,
}
pub struct Context {
    pub now_ms: i64,
    pub tz_offset_minutes: i32,
}
pub fn parse(_text: &str, _context: &Context) -> Result<Query, ParseError> {
    unimplemented!()
}
/// Whether the query names a place (in:, under:, is:anywhere …), so that Trash and Junk are not left out by themselves.
pub fn names_place(_query: &Query) -> bool {
    unimplemented!()
}
