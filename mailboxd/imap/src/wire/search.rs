// SPDX-License-Identifier: AGPL-3.0-or-later
//! Search keys (RFC 3501 §6.4.4, ESEARCH RFC 4731, WITHIN RFC 5032, MODSEQ RFC 7162).

use super::cursor::{Cursor, Parsed};
use super::date;
use super::flag::Flag;
use super::set::Set;
use chrono::NaiveDate;

/// Deepest nesting of NOT, OR and parentheses.
pub const DEPTH_MAX: usize = 32;
/// Most keys in one search.
pub const KEYS_MAX: usize = 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// RETURN (…) was given: answer with ESEARCH.
    pub extended: Option<Return>,
    pub charset: Option<String>,
    pub key: Key,
}

/// RFC 4731 §3.1; none given means ALL. What is saved is a matter of its own (RFC 5182 §2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Return {
    pub min: bool,
    pub max: bool,
    pub all: bool,
    pub count: bool,
    pub save: bool,
}

impl Return {
    /// SAVE alone asks for no answer.
    pub fn is_silent(self) -> bool {
        !(self.min || self.max || self.all || self.count)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    All,
    And(Vec<Key>),
    Or(Box<Key>, Box<Key>),
    Not(Box<Key>),
    Sequence(Set),
    Uid(Set),
    Flag(Flag),
    ModSeq(u64),
    Larger(u64),
    Smaller(u64),
    /// INTERNALDATE
    Before(NaiveDate),
    On(NaiveDate),
    Since(NaiveDate),
    /// Date: field
    SentBefore(NaiveDate),
    SentOn(NaiveDate),
    SentSince(NaiveDate),
    /// Seconds before now (RFC 5032).
    Older(u32),
    Younger(u32),
    /// The day when it came into the mailbox (RFC 8514 §4.3).
    SavedBefore(NaiveDate),
    SavedOn(NaiveDate),
    SavedSince(NaiveDate),
    SaveDateSupported,
    Text(TextField, Vec<u8>),
    Header(Vec<u8>, Vec<u8>),
    /// A search that is kept as an annotation (RFC 5466).
    Filter(String),
    /// RFC 8474 §7
    EmailId(String),
    ThreadId(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextField {
    Bcc,
    Body,
    Cc,
    From,
    Subject,
    Text,
    To,
}

/// Everything after "SEARCH ".
pub fn search(cursor: &mut Cursor<'_>) -> Parsed<Search> {
    let extended = options(cursor)?;
    let mut charset = None;
    if cursor.eat_word("CHARSET ") {
        let name = cursor.astring()?;
        charset = Some(String::from_utf8(name).map_err(|_| cursor.error("bad charset"))?);
        cursor.space()?;
    }
    Ok(Search { extended, charset, key: program(cursor)? })
}

/// `RETURN (…)` with its space, if it is there.
pub fn options(cursor: &mut Cursor<'_>) -> Parsed<Option<Return>> {
    if !cursor.eat_word("RETURN ") {
        return Ok(None);
    }
    let extended = returns(cursor)?;
    cursor.space()?;
    Ok(Some(extended))
}

/// Keys, to the end of the command.
pub fn program(cursor: &mut Cursor<'_>) -> Parsed<Key> {
    let mut budget = KEYS_MAX;
    keys(cursor, 0, &mut budget)
}

fn returns(cursor: &mut Cursor<'_>) -> Parsed<Return> {
    let mut out = Return::default();
    let items = cursor.list(8, |cursor| {
        match cursor.word()?.as_str() {
            "MIN" => out.min = true,
            "MAX" => out.max = true,
            "ALL" => out.all = true,
            "COUNT" => out.count = true,
            "SAVE" => out.save = true,
            _ => return Err(cursor.error("unknown RETURN option")),
        }
        Ok(())
    })?;
    out.all |= items.is_empty();
    Ok(out)
}

/// One or more keys with spaces between: all must hold.
fn keys(cursor: &mut Cursor<'_>, depth: usize, budget: &mut usize) -> Parsed<Key> {
    let mut all = vec![key(cursor, depth, budget)?];
    while cursor.eat(b' ') {
        all.push(key(cursor, depth, budget)?);
    }
    Ok(if all.len() == 1 { all.remove(0) } else { Key::And(all) })
}

fn key(cursor: &mut Cursor<'_>, depth: usize, budget: &mut usize) -> Parsed<Key> {
    if depth > DEPTH_MAX {
        return Err(cursor.error("search nested too deep"));
    }
    *budget = budget.checked_sub(1).ok_or_else(|| cursor.error("too many search keys"))?;
    match cursor.peek() {
        Some(b'(') => {
            cursor.eat(b'(');
            let inner = keys(cursor, depth + 1, budget)?;
            cursor.expect(b')', "expected )")?;
            return Ok(inner);
        }
        Some(b'0'..=b'9' | b'*' | b'$') => return Ok(Key::Sequence(Set::parse(cursor)?)),
        _ => {}
    }
    let name = cursor.word()?;
    if let Some(key) = flag_key(&name) {
        return Ok(key);
    }
    match name.as_str() {
        "ALL" => return Ok(Key::All),
        "NOT" => {
            cursor.space()?;
            return Ok(Key::Not(Box::new(key(cursor, depth + 1, budget)?)));
        }
        "OR" => {
            cursor.space()?;
            let one = key(cursor, depth + 1, budget)?;
            cursor.space()?;
            return Ok(Key::Or(Box::new(one), Box::new(key(cursor, depth + 1, budget)?)));
        }
        _ => {}
    }
    cursor.space()?;
    argument_key(cursor, &name)
}

fn flag_key(name: &str) -> Option<Key> {
    let is = |flag| Some(Key::Flag(flag));
    let not = |flag| Some(Key::Not(Box::new(Key::Flag(flag))));
    match name {
        "ANSWERED" => is(Flag::Answered),
        "DELETED" => is(Flag::Deleted),
        "DRAFT" => is(Flag::Draft),
        "FLAGGED" => is(Flag::Flagged),
        "RECENT" => is(Flag::Recent),
        "SEEN" => is(Flag::Seen),
        "UNANSWERED" => not(Flag::Answered),
        "UNDELETED" => not(Flag::Deleted),
        "UNDRAFT" => not(Flag::Draft),
        "UNFLAGGED" => not(Flag::Flagged),
        "OLD" => not(Flag::Recent),
        "UNSEEN" => not(Flag::Seen),
        // RFC 3501 §6.4.4: NEW is (RECENT UNSEEN).
        "SAVEDATESUPPORTED" => Some(Key::SaveDateSupported),
        "NEW" => Some(Key::And(vec![Key::Flag(Flag::Recent), Key::Not(Box::new(Key::Flag(Flag::Seen)))])),
        _ => None,
    }
}

fn argument_key(cursor: &mut Cursor<'_>, name: &str) -> Parsed<Key> {
    let text = |cursor: &mut Cursor<'_>, field| Ok(Key::Text(field, cursor.astring()?));
    match name {
        "BCC" => text(cursor, TextField::Bcc),
        "BODY" => text(cursor, TextField::Body),
        "CC" => text(cursor, TextField::Cc),
        "FROM" => text(cursor, TextField::From),
        "SUBJECT" => text(cursor, TextField::Subject),
        "TEXT" => text(cursor, TextField::Text),
        "TO" => text(cursor, TextField::To),
        "HEADER" => {
            let field = cursor.astring()?;
            cursor.space()?;
            Ok(Key::Header(field, cursor.astring()?))
        }
        "KEYWORD" => Ok(Key::Flag(Flag::Keyword(cursor.atom()?.to_owned()))),
        "UNKEYWORD" => Ok(Key::Not(Box::new(Key::Flag(Flag::Keyword(cursor.atom()?.to_owned()))))),
        "UID" => Ok(Key::Uid(Set::parse(cursor)?)),
        "LARGER" => Ok(Key::Larger(cursor.number64()?)),
        "SMALLER" => Ok(Key::Smaller(cursor.number64()?)),
        "BEFORE" => Ok(Key::Before(date::date(cursor)?)),
        "ON" => Ok(Key::On(date::date(cursor)?)),
        "SINCE" => Ok(Key::Since(date::date(cursor)?)),
        "SENTBEFORE" => Ok(Key::SentBefore(date::date(cursor)?)),
        "SENTON" => Ok(Key::SentOn(date::date(cursor)?)),
        "SENTSINCE" => Ok(Key::SentSince(date::date(cursor)?)),
        "SAVEDBEFORE" => Ok(Key::SavedBefore(date::date(cursor)?)),
        "SAVEDON" => Ok(Key::SavedOn(date::date(cursor)?)),
        "SAVEDSINCE" => Ok(Key::SavedSince(date::date(cursor)?)),
        "OLDER" => Ok(Key::Older(cursor.number()?)),
        "YOUNGER" => Ok(Key::Younger(cursor.number()?)),
        "MODSEQ" => mod_seq(cursor),
        "FILTER" => Ok(Key::Filter(cursor.atom()?.to_owned())),
        "EMAILID" => Ok(Key::EmailId(cursor.atom()?.to_owned())),
        "THREADID" => Ok(Key::ThreadId(cursor.atom()?.to_owned())),
        _ => Err(cursor.error("unknown search key")),
    }
}

/// RFC 7162 §3.1.5: MODSEQ [entry-name entry-type] value; we keep one number a message, so the entry does not matter.
fn mod_seq(cursor: &mut Cursor<'_>) -> Parsed<Key> {
    if cursor.peek() == Some(b'"') {
        cursor.quoted()?;
        cursor.space()?;
        match cursor.word()?.as_str() {
            "PRIV" | "SHARED" | "ALL" => cursor.space()?,
            _ => return Err(cursor.error("expected priv, shared or all")),
        }
    }
    Ok(Key::ModSeq(cursor.number64()?))
}
