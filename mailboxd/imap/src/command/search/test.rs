// SPDX-License-Identifier: AGPL-3.0-or-later
//! A search key made ready: sets resolved, keywords looked up, texts folded. It is decided from what is known of a message;
//! what is not known yet is looked up only where it decides.

use super::ranges;
use crate::content::header;
use crate::keywords;
use crate::objectid;
use crate::session::failure::Failure;
use crate::session::view::{Message, View};
use crate::wire::flag::Flag;
use crate::wire::search::{Key, TextField};
use crate::wire::set;
use chrono::{DateTime, Days, NaiveDate};
use mailbox::index::Header;
use mailbox::{Detail, Flags, HeaderMatches, IdSet, Item, Uid};
use std::collections::HashSet;

#[derive(Debug)]
pub enum Test {
    All,
    And(Vec<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
    Numbers(Vec<(u32, u32)>),
    Uids(Vec<(u32, u32)>),
    UidIn(HashSet<Uid>),
    IdIn(IdSet),
    Bit(Flags),
    Recent,
    ModSeq(u64),
    Larger(u64),
    Smaller(u64),
    /// Half-open interval of INTERNALDATE, milliseconds, in UTC, as INTERNALDATE is shown.
    Received {
        from_ms: i64,
        until_ms: i64,
    },
    /// The same of the day when it came into the mailbox.
    Saved {
        from_ms: i64,
        until_ms: i64,
    },
    /// Half-open interval of days of the Date field in its own zone (RFC 3501 §6.4.4: zone disregarded).
    Sent {
        from: NaiveDate,
        until: NaiveDate,
    },
    /// Folded text in a part of the row.
    Row(Header, String),
    /// The same after the index was asked.
    Held(HeaderMatches, Header, String),
    /// To be asked of the index before messages are tested; then it is [`Test::IdIn`].
    Indexed(TextField, String),
    /// Folded text in a header field; empty: the field is there.
    Header(String, String),
    EmailId(String),
    ThreadId(String),
}

/// What was looked up of a message.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    pub row: Option<&'a Item>,
    /// The header section; `Some(None)` if the message is gone by now.
    pub header: Option<Option<&'a [u8]>>,
}

impl Test {
    pub fn of(key: &Key, view: &View, now_ms: i64) -> Result<Test, Failure> {
        let of = |key| Test::of(key, view, now_ms);
        // RFC 5032 §3
        let ago = |seconds: u32| now_ms - i64::from(seconds) * 1000 + 1;
        Ok(match key {
            Key::All => Test::All,
            Key::And(keys) => Test::And(keys.iter().map(of).collect::<Result<_, _>>()?),
            Key::Or(one, other) => Test::Or(Box::new(of(one)?), Box::new(of(other)?)),
            Key::Not(key) => Test::Not(Box::new(of(key)?)),
            Key::Sequence(set) => Test::Numbers(ranges(view, set, false)?),
            Key::Uid(set) => Test::Uids(ranges(view, set, true)?),
            Key::Flag(flag) => flag_test(flag, view),
            Key::ModSeq(n) => Test::ModSeq(*n),
            Key::Larger(n) => Test::Larger(*n),
            Key::Smaller(n) => Test::Smaller(*n),
            Key::Before(day) => Test::Received { from_ms: i64::MIN, until_ms: midnight(*day) },
            Key::On(day) => Test::Received { from_ms: midnight(*day), until_ms: midnight(next(*day)) },
            Key::Since(day) => Test::Received { from_ms: midnight(*day), until_ms: i64::MAX },
            Key::SentBefore(day) => Test::Sent { from: NaiveDate::MIN, until: *day },
            Key::SentOn(day) => Test::Sent { from: *day, until: next(*day) },
            Key::SentSince(day) => Test::Sent { from: *day, until: NaiveDate::MAX },
            Key::SavedBefore(day) => Test::Saved { from_ms: i64::MIN, until_ms: midnight(*day) },
            Key::SavedOn(day) => Test::Saved { from_ms: midnight(*day), until_ms: midnight(next(*day)) },
            Key::SavedSince(day) => Test::Saved { from_ms: midnight(*day), until_ms: i64::MAX },
            // RFC 8514 §4.3: of the mailbox, not of the message.
            Key::SaveDateSupported => Test::All,
            Key::Older(seconds) => Test::Received { from_ms: i64::MIN, until_ms: ago(*seconds) },
            Key::Younger(seconds) => Test::Received { from_ms: ago(*seconds), until_ms: i64::MAX },
            Key::Text(field, text) => text_test(*field, folded(text)?),
            Key::EmailId(id) => Test::EmailId(id.clone()),
            // Put in the place of its name before.
            Key::Filter(_) => return Err(Failure::bad("filter without its search")),
            Key::ThreadId(id) => Test::ThreadId(id.clone()),
            Key::Header(field, text) => {
                let field = String::from_utf8(field.clone()).map_err(|_| Failure::bad("field name is not ASCII"))?;
                Test::Header(field, folded(text)?)
            }
        })
    }

    /// Whether messages are asked for their date or size.
    pub fn asks_fixed(&self) -> bool {
        match self {
            Test::And(tests) => tests.iter().any(Test::asks_fixed),
            Test::Or(one, other) => one.asks_fixed() || other.asks_fixed(),
            Test::Not(test) => test.asks_fixed(),
            Test::Larger(_) | Test::Smaller(_) | Test::Received { .. } => true,
            _ => false,
        }
    }

    /// `None`: more must be known.
    pub fn decide(&self, message: &Message, known: &Known<'_>) -> Option<bool> {
        Some(match self {
            Test::All => true,
            Test::And(tests) => return all(tests.iter().map(|test| test.decide(message, known))),
            Test::Or(one, other) => {
                let either = [one, other].into_iter().map(|test| test.decide(message, known).map(|passes| !passes));
                return all(either).map(|neither| !neither);
            }
            Test::Not(test) => !test.decide(message, known)?,
            Test::Numbers(ranges) => set::holds(ranges, message.number),
            Test::Uids(ranges) => set::holds(ranges, message.uid.0),
            Test::UidIn(uids) => uids.contains(&message.uid),
            Test::IdIn(ids) => ids.contains(message.id),
            Test::Bit(bit) => message.flags.contains(*bit),
            Test::Recent => message.recent,
            Test::ModSeq(n) => message.modseq.0 >= *n,
            Test::Larger(n) => message.fixed?.size > *n,
            Test::Smaller(n) => message.fixed?.size < *n,
            Test::Received { from_ms, until_ms } => (*from_ms..*until_ms).contains(&message.fixed?.date_ms),
            Test::Saved { from_ms, until_ms } => {
                let row = known.row?;
                // RFC 8514 §4.3: one without a save date has its internal date.
                (*from_ms..*until_ms).contains(&mailbox::saved_ms(row).unwrap_or(row.date_ms))
            }
            Test::Held(matches, ..) if matches.sure.contains(message.id) => true,
            Test::Held(matches, ..) if !matches.maybe.contains(message.id) => false,
            Test::Row(header, text) | Test::Held(_, header, text) => mailbox::header_holds(known.row?, *header, text),
            Test::Sent { from, until } => {
                sent_day(known.row?, known.header?).is_some_and(|day| (*from..*until).contains(&day))
            }
            Test::EmailId(id) => objectid::of_message(known.row?) == *id,
            Test::ThreadId(id) => objectid::of_thread(known.row?) == *id,
            Test::Header(field, text) => known.header?.is_some_and(|header| in_header(header, field, text)),
            Test::Indexed(..) => return None,
        })
    }
}

/// Whether all pass; one that does not decides.
fn all(tests: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(true);
    for passes in tests {
        match passes {
            Some(true) => {}
            Some(false) => return Some(false),
            None => all = None,
        }
    }
    all
}

fn in_header(header: &[u8], field: &str, text: &str) -> bool {
    mime::header(header, field).iter().any(|value| value.to_lowercase().contains(text))
}

/// The day of the Date field as it is written there; the day of arrival (UTC) without one, as INTERNALDATE then is all
/// that is known.
fn sent_day(row: &Item, header: Option<&[u8]>) -> Option<NaiveDate> {
    let written = header.and_then(|header| {
        let value =
            header::fields(header).find(|f| f.name.eq_ignore_ascii_case(b"Date")).map(|f| header::unfold(f.value))?;
        let value = String::from_utf8(value).ok()?;
        // A comment at the end, "(PDT)", is no part of the date.
        let value = value.split('(').next().unwrap_or_default().trim();
        DateTime::parse_from_rfc2822(value).ok().map(|date| date.date_naive())
    });
    let sent_ms = match &row.detail {
        Detail::Message(detail) => detail.sent_ms,
        _ => None,
    };
    let ms = sent_ms.unwrap_or(row.date_ms);
    written.or_else(|| DateTime::from_timestamp_millis(ms).map(|date| date.date_naive()))
}

fn flag_test(flag: &Flag, view: &View) -> Test {
    match flag {
        Flag::Seen => Test::Not(Box::new(Test::Bit(Flags::UNREAD))),
        Flag::Answered => Test::Bit(Flags::REPLIED),
        Flag::Flagged => Test::Bit(Flags::FLAGGED),
        Flag::Deleted => Test::Bit(Flags::DELETED),
        Flag::Draft => Test::Bit(Flags::DRAFT),
        Flag::Recent => Test::Recent,
        Flag::Extension(_) => Test::Not(Box::new(Test::All)),
        Flag::Keyword(name) => match (keywords::bit_of(name), view.keywords.id_of(name)) {
            (Some(bit), _) => Test::Bit(bit),
            (None, Some(id)) => {
                Test::UidIn(view.iter().filter(|m| view.tags(m.number).contains(&id)).map(|m| m.uid).collect())
            }
            (None, None) => Test::Not(Box::new(Test::All)),
        },
    }
}

fn text_test(field: TextField, text: String) -> Test {
    let header = match field {
        // Every text holds the empty one.
        TextField::Body | TextField::Text | TextField::Subject if text.is_empty() => return Test::All,
        TextField::Body | TextField::Text => return Test::Indexed(field, text),
        TextField::Subject => Header::Subject,
        TextField::From => Header::From,
        TextField::To => Header::To,
        TextField::Cc => Header::Cc,
        TextField::Bcc => Header::Bcc,
    };
    Test::Row(header, text)
}

/// Lower case, to compare with text folded the same way.
fn folded(text: &[u8]) -> Result<String, Failure> {
    std::str::from_utf8(text).map(str::to_lowercase).map_err(|_| Failure::bad("search text is not UTF-8"))
}

fn midnight(day: NaiveDate) -> i64 {
    day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()
}

fn next(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX)
}
