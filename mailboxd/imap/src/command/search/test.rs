// SPDX-License-Identifier: AGPL-3.0-or-later
//! A search key made ready: sets resolved, keywords looked up, texts folded, and what it costs to ask.

use super::ranges;
use crate::keywords;
use crate::session::failure::Failure;
use crate::session::view::{Message, View};
use crate::wire::flag::Flag;
use crate::wire::search::{Key, TextField};
use crate::wire::set;
use chrono::{Days, NaiveDate};
use mailbox::{Flags, ItemId, Uid};
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
    IdIn(HashSet<ItemId>),
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
    /// Seconds before now.
    Older(u32),
    Younger(u32),
    /// Half-open interval of days of the Date field in its own zone (RFC 3501 §6.4.4: zone disregarded).
    Sent {
        from: NaiveDate,
        until: NaiveDate,
    },
    /// Folded text in a part of the row.
    Row(TextField, String),
    /// To be asked of the index before messages are tested; then it is [`Test::IdIn`].
    Indexed(TextField, String),
    /// Folded text in a header field; empty: the field is there.
    Header(String, String),
}

/// What a message must be looked at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cost {
    View,
    Brief,
    Row,
    Header,
}

impl Test {
    pub fn of(key: &Key, view: &View) -> Result<Test, Failure> {
        Ok(match key {
            Key::All => Test::All,
            Key::And(keys) => Test::And(keys.iter().map(|key| Test::of(key, view)).collect::<Result<_, _>>()?),
            Key::Or(one, other) => Test::Or(Box::new(Test::of(one, view)?), Box::new(Test::of(other, view)?)),
            Key::Not(key) => Test::Not(Box::new(Test::of(key, view)?)),
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
            Key::Older(seconds) => Test::Older(*seconds),
            Key::Younger(seconds) => Test::Younger(*seconds),
            Key::Text(field, text) => text_test(*field, folded(text)?),
            Key::Header(field, text) => {
                let field = String::from_utf8(field.clone()).map_err(|_| Failure::bad("field name is not ASCII"))?;
                Test::Header(field, folded(text)?)
            }
        })
    }

    pub fn cost(&self) -> Cost {
        match self {
            Test::And(tests) => tests.iter().map(Test::cost).max().unwrap_or(Cost::View),
            Test::Or(one, other) => one.cost().max(other.cost()),
            Test::Not(test) => test.cost(),
            Test::Larger(_) | Test::Smaller(_) | Test::Received { .. } | Test::Older(_) | Test::Younger(_) => {
                Cost::Brief
            }
            Test::Row(..) => Cost::Row,
            Test::Sent { .. } | Test::Header(..) => Cost::Header,
            _ => Cost::View,
        }
    }

    /// True if no question to the store is needed.
    pub fn is_of_view(&self) -> bool {
        self.cost() == Cost::View && !self.asks_index()
    }

    fn asks_index(&self) -> bool {
        match self {
            Test::Indexed(..) => true,
            Test::And(tests) => tests.iter().any(Test::asks_index),
            Test::Or(one, other) => one.asks_index() || other.asks_index(),
            Test::Not(test) => test.asks_index(),
            _ => false,
        }
    }

    /// For tests that cost nothing; others say no.
    pub fn on_view(&self, message: &Message) -> bool {
        match self {
            Test::All => true,
            Test::And(tests) => tests.iter().all(|test| test.on_view(message)),
            Test::Or(one, other) => one.on_view(message) || other.on_view(message),
            Test::Not(test) => !test.on_view(message),
            Test::Numbers(ranges) => set::holds(ranges, message.number),
            Test::Uids(ranges) => set::holds(ranges, message.uid.0),
            Test::UidIn(uids) => uids.contains(&message.uid),
            Test::IdIn(ids) => ids.contains(&message.id),
            Test::Bit(bit) => message.flags.contains(*bit),
            Test::Recent => message.recent,
            Test::ModSeq(n) => message.modseq.0 >= *n,
            _ => false,
        }
    }
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
    match field {
        // Every text holds the empty one.
        _ if text.is_empty() && matches!(field, TextField::Body | TextField::Text | TextField::Subject) => Test::All,
        TextField::Body | TextField::Text => Test::Indexed(field, text),
        _ => Test::Row(field, text),
    }
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
