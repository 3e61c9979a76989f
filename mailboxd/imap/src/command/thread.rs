// SPDX-License-Identifier: AGPL-3.0-or-later
//! THREAD and UID THREAD (RFC 5256 §4). Subjects and dates come from the rows, References from the header sections.

mod ordered_subject;
mod references;
mod tree;

use super::search::{self, evaluate};
use super::sort::{casemap, sent_ms};
use crate::content::{header, subject};
use crate::session::progress::Progress;
use crate::session::view::Message;
use crate::session::{Done, Outcome, Session};
use crate::wire::sort::{Algorithm, Thread};
use mailbox::{Detail, Item, Mailbox, Result};
use std::collections::HashMap;

/// Rows that are held at once.
const CHUNK_MESSAGES: usize = 512;
/// Of one message. A longer list names its newest at the end.
const REFERENCES_MAX: usize = 1_000;

/// What threading looks at.
#[derive(Debug, Clone, Default)]
pub struct Letter {
    /// As it is answered: sequence number or UID.
    pub number: u32,
    pub sent_ms: i64,
    /// To be compared.
    pub subject: String,
    /// Its subject says that it is a reply, or forwarded.
    pub is_reply: bool,
    pub id: Option<String>,
    /// Oldest first.
    pub references: Vec<String>,
}

pub async fn run(session: &mut Session, uid: bool, thread: Thread) -> Outcome {
    let found = search::find(session, Some(&thread.charset), &thread.key, None).await?;
    let algorithm = thread.algorithm;
    let progress = Progress::towards(found.len());
    let counted = progress.clone();
    let handle = session.selected()?.1.handle.clone();
    let answer = session
        .cross(&handle, &progress, move |m| {
            let letters = letters(m, &found, uid, algorithm, &counted)?;
            Ok(match algorithm {
                Algorithm::OrderedSubject => ordered_subject::thread(letters),
                Algorithm::References => references::thread(&letters),
            })
        })
        .await?;
    let connection = &mut session.connection;
    connection.put(b"* THREAD");
    if !answer.is_empty() {
        connection.put(b" ");
        connection.put(answer.as_bytes());
    }
    connection.put(b"\r\n");
    Ok(Done::text("THREAD completed"))
}

/// In the order of their numbers; those that went meanwhile are left out.
fn letters(
    mailbox: &Mailbox,
    found: &[Message],
    uid: bool,
    algorithm: Algorithm,
    progress: &Progress,
) -> Result<Vec<Letter>> {
    let mut out = Vec::with_capacity(found.len());
    for chunk in found.chunks(CHUNK_MESSAGES) {
        let ids: Vec<_> = chunk.iter().map(|m| m.id).collect();
        let rows: HashMap<_, _> = mailbox.items(&ids)?.into_iter().map(|item| (item.id, item)).collect();
        for message in chunk {
            let Some(item) = rows.get(&message.id) else { continue };
            let mut letter = letter(item, if uid { message.uid.0 } else { message.number });
            if algorithm == Algorithm::References {
                letter.references = references_of(mailbox, item)?;
            }
            out.push(letter);
            progress.add(1);
        }
    }
    Ok(out)
}

fn letter(item: &Item, number: u32) -> Letter {
    let (base, is_reply) = subject::base(&item.subject);
    let id = if let Detail::Message(detail) = &item.detail { detail.message_id.clone() } else { None };
    Letter { number, sent_ms: sent_ms(item), subject: casemap(&base), is_reply, id, references: Vec::new() }
}

/// RFC 5256 §4 (1): References, else the first of In-Reply-To.
fn references_of(mailbox: &Mailbox, item: &Item) -> Result<Vec<String>> {
    let section = evaluate::read_header(mailbox, item)?.unwrap_or_default();
    let field = |name: &str| {
        let found = header::fields(&section).find(|field| field.name.eq_ignore_ascii_case(name.as_bytes()));
        found.map(|field| String::from_utf8_lossy(&header::unfold(field.value)).into_owned()).unwrap_or_default()
    };
    let mut references = message_ids(&field("References"));
    if references.is_empty() {
        references = message_ids(&field("In-Reply-To"));
        references.truncate(1);
    }
    Ok(references.split_off(references.len().saturating_sub(REFERENCES_MAX)))
}

/// What stands in angle brackets.
fn message_ids(text: &str) -> Vec<String> {
    let parts = text.split('<').skip(1).filter_map(|part| part.split_once('>'));
    parts.map(|(id, _)| id.trim().to_owned()).filter(|id| !id.is_empty()).collect()
}
