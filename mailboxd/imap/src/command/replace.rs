// SPDX-License-Identifier: AGPL-3.0-or-later
//! REPLACE and UID REPLACE (RFC 8508): a message comes as with APPEND, and another one goes for it, in one step.

use super::append;
use super::copy::try_create;
use super::expunge;
use crate::names;
use crate::place::Spot;
use crate::session::failure::Failure;
use crate::session::progress::Progress;
use crate::session::{Done, Outcome, Session};
use crate::wire::append::Replaced;
use crate::wire::encode::Status;
use crate::wire::set::STAR;
use append::Received;
use mailbox::{ItemId, Uid};

/// What is to go, as it was when the command began.
#[derive(Debug, Clone, Copy)]
pub struct Old {
    id: ItemId,
    place: (ItemId, Uid),
}

/// Looks the message up before its successor is asked for.
pub async fn find(session: &mut Session, replaced: Replaced) -> Result<Old, Failure> {
    session.refresh().await?;
    let (_, selected) = session.selected()?;
    let view = &selected.view;
    if view.read_only {
        return Err(Failure::no("CANNOT", "mailbox is read-only"));
    }
    let last = if replaced.uid { view.last_uid().0 } else { view.exists() };
    let number = if replaced.number == STAR { last } else { replaced.number };
    if !replaced.uid && (number == 0 || number > view.exists()) {
        return Err(Failure::bad("no message has that number"));
    }
    let found = view.select(&[(number, number)], replaced.uid).first().copied();
    match found.filter(|message| !message.gone) {
        Some(message) => Ok(Old { id: message.id, place: (view.folder, message.uid) }),
        None if replaced.uid => Err(Failure::no("NONEXISTENT", "no message has that UID")),
        None => Err(Failure::no("EXPUNGEISSUED", "the message is gone")),
    }
}

/// RFC 8508 §3.3: APPENDUID comes first and untagged, then EXISTS, then EXPUNGE, so that the client can tell them apart.
pub async fn finish(session: &mut Session, place: Spot, name: &str, mut messages: Vec<Received>, old: Old) -> Outcome {
    let message = messages.pop().ok_or_else(|| Failure::bad("expected a message"))?;
    let Spot { handle, name: inner } = place;
    if session.selected()?.1.handle.id() != handle.id() {
        return Err(Failure::no("CANNOT", "a message is replaced within one account's mailboxes"));
    }
    let replaced = session
        .cross(&handle, &Progress::default(), move |m| {
            let Some(folder) = names::find(m, &inner)? else { return Ok(None) };
            let (staged, add) = append::finish(m, &folder, message)?;
            let new = m.replace_message(&staged, &add, old.id, old.place)?;
            Ok(Some((folder.detail.uid_validity, new.uid, m.folder(old.place.0)?.detail.highest_modseq)))
        })
        .await?;
    let (uid_validity, uid, highest) = replaced.ok_or_else(|| try_create(name))?;
    session.untagged(Status::Ok, Some(&format!("APPENDUID {uid_validity} {uid}")), "Replacement is there");
    session.refresh().await?;
    if let Ok((connection, _, selected, _)) = session.selected_parts() {
        let mut out = Vec::new();
        selected.view.tell_arrivals(&mut out);
        connection.put(&out);
    }
    let code = session.enabled.qresync.then(|| expunge::code(highest));
    Ok(Done { code, text: "REPLACE completed" })
}
