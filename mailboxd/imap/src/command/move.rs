// SPDX-License-Identifier: AGPL-3.0-or-later
//! MOVE (RFC 6851).

use super::{copy, expunge};
use crate::names;
use crate::session::failure::Failure;
use crate::session::progress::Progress;
use crate::session::{Done, Outcome, Session};
use crate::wire::encode::Status;
use crate::wire::set::Set;
use mailbox::{ItemId, Uid};
use std::collections::HashMap;

pub async fn run(session: &mut Session, uid: bool, set: &Set, mailbox: Vec<u8>) -> Outcome {
    session.refresh().await?;
    let name = names::decode(&mailbox, session.enabled.utf8)?;
    let user = session.user()?.clone();
    let place = user.place(&name).await?.ok_or_else(|| copy::try_create(&name))?;
    let (_, selected) = session.selected()?;
    if selected.view.read_only {
        return Err(Failure::no("CANNOT", "mailbox is read-only"));
    }
    let messages = copy::chosen(selected.view.select(&copy::ranges(&selected.view, set, uid)?, uid))?;
    let ids: Vec<ItemId> = messages.iter().map(|m| m.id).collect();
    let source = selected.view.folder;
    let handle = selected.handle.clone();
    let moved = session
        .cross(&handle, &Progress::default(), move |m| {
            let target = place.handle.mailbox();
            let Some(folder) = names::find(target, &place.name)? else { return Ok(None) };
            let moved = if ids.is_empty() { Vec::new() } else { m.move_items_to(&ids, target, folder.item.id)? };
            Ok(Some((folder.detail.uid_validity, moved, m.folder(source)?.detail.highest_modseq)))
        })
        .await?;
    let (uid_validity, moved, highest) = moved.ok_or_else(|| copy::try_create(&name))?;
    let new: HashMap<ItemId, Uid> = moved.iter().map(|(source, item)| (*source, item.uid)).collect();
    let pairs: Vec<(Uid, Uid)> = messages.iter().filter_map(|m| Some((m.uid, *new.get(&m.id)?))).collect();
    // RFC 6851 §4.3: COPYUID comes before the EXPUNGEs, so not in the tagged answer.
    if let Some(code) = copy::copy_uid(uid_validity, &pairs) {
        session.untagged(Status::Ok, Some(&code), "Moved UIDs");
    }
    let code = (session.enabled.qresync && !pairs.is_empty()).then(|| expunge::code(highest));
    Ok(Done { code, text: "MOVE completed" })
}
