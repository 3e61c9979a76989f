// SPDX-License-Identifier: AGPL-3.0-or-later
//! Decides what the view alone leaves open: by the index, then by rows, then by header sections, each for what the one
//! before has left.

use super::test::{Known, Test};
use crate::command::fetch::content;
use crate::content::header;
use crate::session::progress::Progress;
use crate::session::view::{Holder, Message};
use crate::wire::search::TextField;
use mailbox::index::{Field, Term};
use mailbox::{Item, ItemId, Mailbox, Result};
use std::collections::HashMap;

/// Rows that are held at once.
const CHUNK_MESSAGES: usize = 512;
/// From this many messages on, the index is asked about header fields, too; the rows of fewer are read sooner.
const INDEX_MIN: usize = 64;
/// Octets of a header section that HEADER and SENT… look at.
const HEADER_BYTES_MAX: u64 = 256 * 1024;

pub fn evaluate(
    mailbox: &Mailbox,
    holder: &Holder,
    test: Test,
    open: Vec<Message>,
    progress: &Progress,
) -> Result<Vec<Message>> {
    let all = open.len();
    let test = ask_index(mailbox, test, open.len() >= INDEX_MIN)?;
    let (mut found, open) = super::sort(&test, open.into_iter());
    progress.add(all - open.len());
    for chunk in open.chunks(CHUNK_MESSAGES) {
        by_rows(mailbox, holder, &test, chunk, &mut found)?;
        progress.add(chunk.len());
    }
    Ok(found)
}

/// Every question to the index is answered once, before any message is looked at.
fn ask_index(mailbox: &Mailbox, test: Test, headers: bool) -> Result<Test> {
    let ask = |test: Test| ask_index(mailbox, test, headers);
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
            Test::IdIn(mailbox.text_matches(&Term { fields, text, prefix: true })?)
        }
        Test::Row(header, text) if headers => match mailbox.header_matches(header, &text)? {
            Some(matches) => Test::Held(matches, header, text),
            None => Test::Row(header, text),
        },
        other => other,
    })
}

fn by_rows(
    mailbox: &Mailbox,
    holder: &Holder,
    test: &Test,
    messages: &[Message],
    found: &mut Vec<Message>,
) -> Result<()> {
    let ids: Vec<ItemId> = messages.iter().map(|m| m.id).collect();
    let rows: HashMap<ItemId, Item> = mailbox.items(&ids)?.into_iter().map(|item| (item.id, item)).collect();
    for message in messages {
        let Some(row) = rows.get(&message.id).filter(|row| holder.holds(row, message.uid)) else {
            continue;
        };
        let passes = match test.decide(message, &Known { row: Some(row), header: None }) {
            Some(passes) => passes,
            None => {
                let header = read_header(mailbox, row)?;
                let known = Known { row: Some(row), header: Some(header.as_deref()) };
                test.decide(message, &known) == Some(true)
            }
        };
        if passes {
            found.push(*message);
        }
    }
    Ok(())
}

/// `None` if the message is gone by now.
pub fn read_header(mailbox: &Mailbox, row: &Item) -> Result<Option<Vec<u8>>> {
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
