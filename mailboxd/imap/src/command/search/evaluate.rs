// SPDX-License-Identifier: AGPL-3.0-or-later
//! Tests messages in the store: cheap conditions first, and what they left is read in chunks for the dear ones.

use super::test::{Cost, Test};
use crate::command::fetch::content;
use crate::content::header;
use crate::session::view::Message;
use crate::wire::search::TextField;
use chrono::{DateTime, NaiveDate};
use mailbox::index::{Field, Term};
use mailbox::{Address, Brief, Detail, Item, ItemId, Mailbox, MessageDetail, Result, Uid};
use std::collections::{HashMap, HashSet};

/// Rows that are held at once.
const CHUNK_MESSAGES: usize = 512;
/// From this many candidates on, the whole folder's dates and sizes are read in order.
const BRIEF_SCAN_MIN: usize = 256;
/// From this many candidates on, the index is asked for those among which the hits must be.
const INDEX_MIN: usize = 64;
/// Octets of a header section that HEADER and SENT… look at.
const HEADER_BYTES_MAX: u64 = 256 * 1024;

/// What is known of one message.
struct Facts<'a> {
    message: &'a Message,
    date_ms: i64,
    size: u64,
    row: Option<&'a Item>,
    header: Option<&'a [u8]>,
    now_ms: i64,
}

pub fn evaluate(
    mailbox: &Mailbox,
    folder: ItemId,
    test: Test,
    messages: Vec<Message>,
    now_ms: i64,
) -> Result<Vec<Message>> {
    let mut conjuncts = match ask_index(mailbox, folder, test)? {
        Test::And(tests) => tests,
        test => vec![test],
    };
    let mut left = messages;
    if left.len() >= INDEX_MIN
        && let Some(ids) = candidates(mailbox, &conjuncts)?
    {
        left.retain(|message| ids.contains(&message.id));
    }
    for cost in [Cost::View, Cost::Brief, Cost::Row, Cost::Header] {
        let (now, later): (Vec<Test>, Vec<Test>) = conjuncts.into_iter().partition(|test| test.cost() == cost);
        conjuncts = later;
        if now.is_empty() || left.is_empty() {
            continue;
        }
        left = match cost {
            Cost::View => left.into_iter().filter(|m| now.iter().all(|test| test.on_view(m))).collect(),
            Cost::Brief if left.len() >= BRIEF_SCAN_MIN => by_briefs(mailbox, folder, &now, left, now_ms)?,
            _ => by_rows(mailbox, folder, &now, left, now_ms, cost == Cost::Header)?,
        };
    }
    Ok(left)
}

/// Every question to the index is answered once, before any message is looked at.
fn ask_index(mailbox: &Mailbox, folder: ItemId, test: Test) -> Result<Test> {
    let ask = |test: Test| ask_index(mailbox, folder, test);
    Ok(match test {
        Test::And(tests) => Test::And(tests.into_iter().map(ask).collect::<Result<_>>()?),
        Test::Or(one, other) => Test::Or(Box::new(ask(*one)?), Box::new(ask(*other)?)),
        Test::Not(test) => Test::Not(Box::new(ask(*test)?)),
        Test::Indexed(field, text) => {
            let fields = if field == TextField::Body {
                vec![Field::Body]
            } else {
                vec![Field::Subject, Field::From, Field::To, Field::Cc, Field::Body, Field::Filename]
            };
            Test::IdIn(mailbox.text_matches(folder, &Term { fields, text, prefix: true })?)
        }
        other => other,
    })
}

/// Messages among which are all that pass `tests`; `None` if the index does not say. It narrows header texts, which it
/// can't answer: they look into words.
fn candidates(mailbox: &Mailbox, tests: &[Test]) -> Result<Option<HashSet<ItemId>>> {
    let mut all: Option<HashSet<ItemId>> = None;
    for test in tests {
        let found = match test {
            Test::And(tests) => candidates(mailbox, tests)?,
            Test::Or(one, other) => match (narrowed(mailbox, one)?, narrowed(mailbox, other)?) {
                (Some(one), Some(other)) => Some(&one | &other),
                _ => None,
            },
            Test::IdIn(ids) => Some(ids.clone()),
            Test::Row(TextField::Subject, text) => mailbox.may_hold(Field::Subject, text)?,
            Test::Row(TextField::From, text) => mailbox.may_hold(Field::From, text)?,
            Test::Row(TextField::To, text) => mailbox.may_hold(Field::To, text)?,
            Test::Row(TextField::Cc, text) => mailbox.may_hold(Field::Cc, text)?,
            _ => None,
        };
        all = match (all, found) {
            (Some(all), Some(found)) => Some(&all & &found),
            (all, found) => all.or(found),
        };
    }
    Ok(all)
}

fn narrowed(mailbox: &Mailbox, test: &Test) -> Result<Option<HashSet<ItemId>>> {
    candidates(mailbox, std::slice::from_ref(test))
}

fn by_briefs(
    mailbox: &Mailbox,
    folder: ItemId,
    tests: &[Test],
    messages: Vec<Message>,
    now_ms: i64,
) -> Result<Vec<Message>> {
    let briefs: HashMap<Uid, Brief> =
        mailbox.folder_messages(folder, Uid(0))?.into_iter().map(|b| (b.uid, b)).collect();
    let mut out = Vec::new();
    for message in messages {
        let Some(brief) = briefs.get(&message.uid) else { continue };
        let facts =
            Facts { message: &message, date_ms: brief.date_ms, size: brief.size, row: None, header: None, now_ms };
        if tests.iter().all(|test| holds(test, &facts)) {
            out.push(message);
        }
    }
    Ok(out)
}

fn by_rows(
    mailbox: &Mailbox,
    folder: ItemId,
    tests: &[Test],
    messages: Vec<Message>,
    now_ms: i64,
    with_header: bool,
) -> Result<Vec<Message>> {
    let mut out = Vec::new();
    for chunk in messages.chunks(CHUNK_MESSAGES) {
        let ids: Vec<ItemId> = chunk.iter().map(|m| m.id).collect();
        let rows: HashMap<ItemId, Item> = mailbox.items(&ids)?.into_iter().map(|item| (item.id, item)).collect();
        for message in chunk {
            let Some(row) = rows.get(&message.id).filter(|r| r.folder == folder && r.uid == message.uid) else {
                continue;
            };
            let header = if with_header { read_header(mailbox, row)? } else { None };
            let facts = Facts {
                message,
                date_ms: row.date_ms,
                size: row.size,
                row: Some(row),
                header: header.as_deref(),
                now_ms,
            };
            if tests.iter().all(|test| holds(test, &facts)) {
                out.push(*message);
            }
        }
    }
    Ok(out)
}

/// `None` if the message is gone by now.
fn read_header(mailbox: &Mailbox, row: &Item) -> Result<Option<Vec<u8>>> {
    let mut blob = match mailbox.open_blob(row) {
        Ok(blob) => blob,
        Err(mailbox::Error::NoSuch { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut len = 8 * 1024;
    loop {
        let read_len = row.size.min(len).min(HEADER_BYTES_MAX);
        let mut start = content::read(&mut blob, 0..read_len)?;
        if let Some(end) = header::end(&start) {
            start.truncate(end);
            return Ok(Some(start));
        }
        if read_len < len {
            return Ok(Some(start));
        }
        len *= 2;
    }
}

fn holds(test: &Test, facts: &Facts<'_>) -> bool {
    match test {
        Test::And(tests) => tests.iter().all(|test| holds(test, facts)),
        Test::Or(one, other) => holds(one, facts) || holds(other, facts),
        Test::Not(test) => !holds(test, facts),
        Test::Larger(n) => facts.size > *n,
        Test::Smaller(n) => facts.size < *n,
        Test::Received { from_ms, until_ms } => (*from_ms..*until_ms).contains(&facts.date_ms),
        Test::Older(seconds) => facts.date_ms <= facts.now_ms - i64::from(*seconds) * 1000,
        Test::Younger(seconds) => facts.date_ms > facts.now_ms - i64::from(*seconds) * 1000,
        Test::Sent { from, until } => sent_day(facts).is_some_and(|day| (*from..*until).contains(&day)),
        Test::Row(field, text) => facts.row.is_some_and(|row| in_row(row, *field, text)),
        Test::Header(field, text) => facts.header.is_some_and(|header| in_header(header, field, text)),
        cheap => cheap.on_view(facts.message),
    }
}

fn in_row(row: &Item, field: TextField, text: &str) -> bool {
    let Detail::Message(detail) = &row.detail else { return false };
    match people(detail, field) {
        Some(people) => people.iter().any(|address| person(address).contains(text)),
        None => row.subject.to_lowercase().contains(text),
    }
}

fn people(detail: &MessageDetail, field: TextField) -> Option<&[Address]> {
    match field {
        TextField::From => Some(&detail.from),
        TextField::To => Some(&detail.to),
        TextField::Cc => Some(&detail.cc),
        TextField::Bcc => Some(&detail.bcc),
        TextField::Subject | TextField::Body | TextField::Text => None,
    }
}

/// As it would stand in a header field.
fn person(address: &Address) -> String {
    match &address.name {
        Some(name) => format!("{name} <{}>", address.address).to_lowercase(),
        None => address.address.to_lowercase(),
    }
}

fn in_header(header: &[u8], field: &str, text: &str) -> bool {
    mime::header(header, field).iter().any(|value| value.to_lowercase().contains(text))
}

/// The day of the Date field as it is written there; the day of arrival (UTC) without one, as INTERNALDATE then is all
/// that is known.
fn sent_day(facts: &Facts<'_>) -> Option<NaiveDate> {
    let written = facts.header.and_then(|header| {
        let value =
            header::fields(header).find(|f| f.name.eq_ignore_ascii_case(b"Date")).map(|f| header::unfold(f.value))?;
        let value = String::from_utf8(value).ok()?;
        // A comment at the end, "(PDT)", is no part of the date.
        let value = value.split('(').next().unwrap_or_default().trim();
        DateTime::parse_from_rfc2822(value).ok().map(|date| date.date_naive())
    });
    let sent_ms = facts.row.and_then(|row| match &row.detail {
        Detail::Message(detail) => detail.sent_ms,
        _ => None,
    });
    let ms = sent_ms.unwrap_or(facts.date_ms);
    written.or_else(|| DateTime::from_timestamp_millis(ms).map(|date| date.date_naive()))
}
