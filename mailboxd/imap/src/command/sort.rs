// SPDX-License-Identifier: AGPL-3.0-or-later
//! SORT and UID SORT (RFC 5256 §3, ESORT RFC 5267 §3, SORT=DISPLAY RFC 5957). Dates and sizes are in the view; for anything
//! else the rows are read, never the messages.

use super::search;
use crate::content::subject;
use crate::session::failure::Failure;
use crate::session::progress::Progress;
use crate::session::view::Message;
use crate::session::{Done, Outcome, Session};
use crate::wire::sort::{By, Criterion, Sort};
use icu_normalizer::DecomposingNormalizerBorrowed;
use mailbox::{Address, Detail, Item, ItemId, Mailbox, MessageDetail, Result};
use std::cmp::Ordering;
use std::collections::HashMap;

/// Rows that are held at once.
const CHUNK_MESSAGES: usize = 512;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(i64),
    Text(String),
}

pub async fn run(session: &mut Session, uid: bool, sort: Sort) -> Outcome {
    let found = search::find(session, Some(&sort.charset), &sort.key, sort.extended).await?;
    let sorted = sorted(session, found, &sort.criteria).await?;
    let with_modseq = search::names_modseq(&sort.key);
    search::answer(session, "SORT", uid, sort.extended, with_modseq, &sorted)?;
    Ok(Done::text("SORT completed"))
}

/// Ties stay in the order of their numbers, whatever is reversed (RFC 5256 §3).
async fn sorted(
    session: &mut Session,
    found: Vec<Message>,
    criteria: &[Criterion],
) -> std::result::Result<Vec<Message>, Failure> {
    let (ids, all) = (found.iter().map(|m| m.id).collect::<Vec<_>>(), criteria.to_vec());
    let progress = Progress::towards(ids.len());
    let counted = progress.clone();
    let handle = session.selected()?.1.handle.clone();
    let mut keys = session.cross(&handle, &progress, move |m| keys(m, &ids, &all, &counted)).await?;
    // A message that went meanwhile has no row, and stands at the end.
    let mut with_keys: Vec<(Option<Vec<Key>>, Message)> = found.into_iter().map(|m| (keys.remove(&m.id), m)).collect();
    with_keys.sort_by(|(one, a), (other, b)| {
        let by_keys = match (one, other) {
            (Some(one), Some(other)) => compare(one, other, criteria),
            _ => other.is_some().cmp(&one.is_some()),
        };
        by_keys.then(a.number.cmp(&b.number))
    });
    Ok(with_keys.into_iter().map(|(_, message)| message).collect())
}

fn compare(one: &[Key], other: &[Key], criteria: &[Criterion]) -> Ordering {
    let each = one.iter().zip(other).zip(criteria);
    each.map(|((one, other), criterion)| if criterion.reverse { other.cmp(one) } else { one.cmp(other) })
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn keys(
    mailbox: &Mailbox,
    ids: &[ItemId],
    criteria: &[Criterion],
    progress: &Progress,
) -> Result<HashMap<ItemId, Vec<Key>>> {
    let mut out = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK_MESSAGES) {
        for item in mailbox.items(chunk)? {
            out.insert(item.id, criteria.iter().map(|criterion| key(&item, criterion.by)).collect());
        }
        progress.add(chunk.len());
    }
    Ok(out)
}

fn key(item: &Item, by: By) -> Key {
    let nobody = MessageDetail::default();
    let detail = if let Detail::Message(detail) = &item.detail { detail } else { &nobody };
    match by {
        By::Arrival => Key::Number(item.date_ms),
        By::Date => Key::Number(sent_ms(item)),
        By::Size => Key::Number(i64::try_from(item.size).unwrap_or(i64::MAX)),
        By::Subject => Key::Text(casemap(&subject::base(&item.subject).0)),
        By::Cc => Key::Text(mailbox_of(&detail.cc)),
        By::From => Key::Text(mailbox_of(&detail.from)),
        By::To => Key::Text(mailbox_of(&detail.to)),
        By::DisplayFrom => Key::Text(display(&detail.from)),
        By::DisplayTo => Key::Text(display(&detail.to)),
    }
}

/// RFC 5256 §2.2: the sent date, else INTERNALDATE.
pub fn sent_ms(item: &Item) -> i64 {
    let sent = if let Detail::Message(detail) = &item.detail { detail.sent_ms } else { None };
    sent.unwrap_or(item.date_ms)
}

/// RFC 5256 §3: the local part of the first address.
fn mailbox_of(people: &[Address]) -> String {
    let address = people.first().map_or("", |first| first.address.as_str());
    casemap(address.rsplit_once('@').map_or(address, |(local, _)| local))
}

/// RFC 5957 §3: the name of the first one, else the address.
fn display(people: &[Address]) -> String {
    let name =
        people.first().map(|first| first.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&first.address));
    casemap(name.unwrap_or_default())
}

/// To compare by i;unicode-casemap (RFC 5051): one case, decomposed, so that ä comes next to a.
pub fn casemap(text: &str) -> String {
    DecomposingNormalizerBorrowed::new_nfkd().normalize(&text.to_lowercase()).into_owned()
}
