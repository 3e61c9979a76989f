// SPDX-License-Identifier: AGPL-3.0-or-later
//! FETCH (RFC 3501 §6.4.5).
//!
//! Flags, UIDs and mod-sequences come from the view. What needs rows or octets is rendered in batches, one crossing to
//! the store a batch. A section too large for a batch is named in it and then read and sent piece by piece, so that a
//! client costs one piece whatever it asks for and however slowly it takes it.

mod binary;
pub mod content;
mod remembered;
mod render;

use super::copy;
use crate::connection::Connection;
use crate::limits;
use crate::server::Shared;
use crate::session::failure::{Failure, internal};
use crate::session::view::{Message, View};
use crate::session::{Done, Outcome, Selected, Session};
use crate::wire::fetch::{Fetch, Item};
use mailbox::{Blob, FlagChange, Flags, Handle, ItemId, Rights, Uid};
use render::{Job, Piece, Target};
use std::ops::Range;
use std::sync::Arc;

pub async fn run(session: &mut Session, uid: bool, mut fetch: Fetch) -> Outcome {
    // RFC 7162 §3.1: both switch it on; CHANGEDSINCE implies MODSEQ.
    session.enabled.condstore |= fetch.changed_since.is_some() || fetch.items.contains(&Item::ModSeq);
    if fetch.changed_since.is_some() && !fetch.items.contains(&Item::ModSeq) {
        fetch.items.push(Item::ModSeq);
    }
    if uid && !fetch.items.contains(&Item::Uid) {
        fetch.items.insert(0, Item::Uid); // RFC 3501 §6.4.8
    }
    if fetch.vanished && !(uid && session.enabled.qresync) {
        return Err(Failure::bad("VANISHED is for UID FETCH after ENABLE QRESYNC"));
    }
    session.refresh().await?;
    let (connection, _, selected, _) = session.selected_parts()?;
    let asks_modseq = fetch.changed_since.is_some() || fetch.items.contains(&Item::ModSeq);
    if asks_modseq && selected.view.search.is_some() {
        return Err(no_modseq());
    }
    let mut keywords = Vec::new();
    selected.view.tell_keywords(&mut keywords);
    connection.put(&keywords);
    let ranges = copy::ranges(&selected.view, &fetch.set, uid)?;
    if fetch.vanished {
        let mut vanished = Vec::new();
        selected.view.write_vanished_earlier(&mut vanished, &fetch.set);
        connection.put(&vanished);
    }
    let mut messages = selected.view.select(&ranges, uid);
    if let Some(since) = fetch.changed_since {
        messages.retain(|m| m.modseq.0 > since);
    }
    let mut gone = messages.iter().any(|m| m.gone);
    messages.retain(|m| !m.gone);
    // RFC 4314 §4: without the right it is not set, and that is no error.
    let may_set = !selected.view.read_only && selected.view.rights.contains(Rights::WRITE);
    if may_set && fetch.items.iter().any(sets_seen) {
        set_seen(selected, &mut messages).await?;
    }
    let sent = answer(session, &messages, fetch.items).await?;
    gone |= sent.missing;
    if sent.unknown_encoding {
        return Err(Failure::no("UNKNOWN-CTE", "a part has a transfer encoding that is not known"));
    }
    if gone && !uid {
        return Err(Failure::no("EXPUNGEISSUED", "some of the messages are gone"));
    }
    Ok(Done::text("FETCH completed"))
}

/// Messages that came, as a client with NOTIFY wants to see them (RFC 5465 §5.1); it has not read them by that.
pub async fn show_new(session: &mut Session, after: Uid, mut items: Vec<Item>) -> Result<(), Failure> {
    if !items.contains(&Item::Uid) {
        items.insert(0, Item::Uid);
    }
    let (_, selected) = session.selected()?;
    let mut messages = selected.view.select(&[(after.0.saturating_add(1), u32::MAX)], true);
    messages.retain(|m| !m.gone);
    answer(session, &messages, items).await.map(|_| ())
}

async fn answer(session: &mut Session, messages: &[Message], items: Vec<Item>) -> Result<Sent, Failure> {
    let (connection, shared, selected, enabled) = session.selected_parts()?;
    let (own, stored): (Vec<Item>, Vec<Item>) = items.into_iter().partition(is_of_view);
    if !stored.is_empty() {
        return send_stored(connection, shared, selected, messages, own, stored, enabled.condstore).await;
    }
    for message in messages {
        let head = head(&mut selected.view, message, &own, enabled.condstore);
        connection.put(&head);
        connection.put(b")\r\n");
        connection.flush_if_large().await?;
    }
    Ok(Sent::default())
}

/// RFC 7162 §3.1.2.2
pub fn no_modseq() -> Failure {
    Failure::bad("a saved search has no mod-sequences")
}

fn is_of_view(item: &Item) -> bool {
    matches!(item, Item::Flags | Item::Uid | Item::ModSeq)
}

/// RFC 3501 §6.4.5: BODY[…] without PEEK, RFC822 and RFC822.TEXT set \Seen.
fn sets_seen(item: &Item) -> bool {
    match item {
        Item::Section(section) => !section.peek,
        Item::Binary(binary) => !binary.peek,
        Item::Rfc822 | Item::Rfc822Text => true,
        _ => false,
    }
}

/// Marks as read; the answers of these messages carry their new flags.
async fn set_seen(selected: &mut Selected, messages: &mut [Message]) -> Result<(), Failure> {
    let ids: Vec<ItemId> = messages.iter().filter(|m| m.flags.contains(Flags::UNREAD)).map(|m| m.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let change = FlagChange { remove: Flags::UNREAD, ..FlagChange::default() };
    let result = selected.handle.run(move |m| m.update_flags(&ids, &change)).await?;
    for item in &result.changed {
        selected.view.apply_seen(item);
    }
    for message in messages {
        if let Some(now) = selected.view.message(message.number) {
            *message = now;
        }
    }
    Ok(())
}

/// `* n FETCH (UID … FLAGS …`, open for more.
fn head(view: &mut View, message: &Message, items: &[Item], condstore: bool) -> Vec<u8> {
    let mut out = format!("* {} FETCH (", message.number).into_bytes();
    let start = out.len();
    let wants_flags = items.contains(&Item::Flags);
    // Flags that the client does not know yet go along even if it did not ask.
    let wants_modseq = items.contains(&Item::ModSeq) || (message.dirty && condstore);
    if items.contains(&Item::Uid) {
        out.extend_from_slice(format!("UID {}", message.uid).as_bytes());
    }
    if wants_flags || message.dirty {
        separate(&mut out, start);
        view.write_flags(&mut out, message);
        view.told_flags(message.number);
    }
    if wants_modseq {
        separate(&mut out, start);
        out.extend_from_slice(format!("MODSEQ ({})", message.modseq).as_bytes());
    }
    out
}

fn separate(out: &mut Vec<u8>, start: usize) {
    if out.len() > start {
        out.push(b' ');
    }
}

/// What kept some of the messages from being answered in full.
#[derive(Default)]
struct Sent {
    missing: bool,
    unknown_encoding: bool,
}

#[expect(clippy::too_many_arguments, reason = "the parts of a session, which can't be borrowed as one here")]
async fn send_stored(
    connection: &mut Connection,
    shared: &Shared,
    selected: &mut Selected,
    messages: &[Message],
    own: Vec<Item>,
    stored: Vec<Item>,
    condstore: bool,
) -> Result<Sent, Failure> {
    let items: Arc<[Item]> = stored.into();
    let mut sent = Sent::default();
    let mut at = 0;
    while at < messages.len() {
        let batch = &messages[at..messages.len().min(at + render::batch_size(&items))];
        let targets = batch
            .iter()
            .map(|m| Target { id: m.id, uid: m.uid, head: head(&mut selected.view, m, &own, condstore) })
            .collect();
        let job = Job { holder: selected.view.holder(), items: items.clone(), cache: shared.cache.clone(), targets };
        let rendered = selected.handle.run(move |m| job.render(m)).await?;
        at += rendered.taken;
        sent.missing |= rendered.missing;
        sent.unknown_encoding |= rendered.unknown_encoding;
        for piece in rendered.pieces {
            match piece {
                Piece::Bytes(bytes) => connection.put(&bytes),
                Piece::Stream { blob, range } => send_range(connection, &selected.handle, blob, range).await?,
                Piece::Decoded { blob, part, wanted } => {
                    binary::send(connection, &selected.handle, blob, part, wanted).await?
                }
            }
            connection.flush_if_large().await?;
        }
    }
    Ok(sent)
}

/// The octets of a blob, one piece at a time. If they can't be read the connection must end: their number was promised.
async fn send_range(
    connection: &mut Connection,
    handle: &Handle,
    mut blob: Blob,
    range: Range<u64>,
) -> Result<(), Failure> {
    let mut at = range.start;
    while at < range.end {
        let end = range.end.min(at + limits::STREAM_CHUNK_BYTES);
        let read = handle.run(move |_| content::read(&mut blob, at..end).map(|bytes| (blob, bytes))).await;
        let bytes;
        (blob, bytes) = read.map_err(|error| {
            let _logged = internal(&error);
            Failure::Closed(std::io::Error::other("message can't be read"))
        })?;
        connection.put(&bytes);
        connection.flush().await?;
        at = end;
    }
    Ok(())
}
