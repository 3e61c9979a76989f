// SPDX-License-Identifier: AGPL-3.0-or-later
//! COPY (RFC 3501 §6.4.7, UIDPLUS RFC 4315 §3).

use crate::names;
use crate::session::failure::Failure;
use crate::session::progress::Progress;
use crate::session::view::Message;
use crate::session::{Done, Outcome, Session};
use crate::wire::set::{self, Set};
use mailbox::{ItemId, Uid};
use std::collections::HashMap;

pub async fn run(session: &mut Session, uid: bool, set: &Set, mailbox: Vec<u8>) -> Outcome {
    session.refresh().await?;
    let name = names::decode(&mailbox, session.enabled.utf8)?;
    let user = session.user()?.clone();
    let place = user.place(&name).await?.ok_or_else(|| try_create(&name))?;
    let (_, selected) = session.selected()?;
    let messages = chosen(selected.view.select(&ranges(&selected.view, set, uid)?, uid))?;
    let ids: Vec<ItemId> = messages.iter().map(|m| m.id).collect();
    let handle = selected.handle.clone();
    let copied = session
        .cross(&handle, &Progress::default(), move |m| {
            let target = place.handle.mailbox();
            let Some(folder) = names::find(target, &place.name)? else { return Ok(None) };
            Ok(Some((
                folder.detail.uid_validity,
                if ids.is_empty() { Vec::new() } else { m.copy_items_to(&ids, target, folder.item.id)? },
            )))
        })
        .await?;
    let (uid_validity, copied) = copied.ok_or_else(|| try_create(&name))?;
    let new: HashMap<ItemId, Uid> = copied.iter().map(|(source, copy)| (*source, copy.uid)).collect();
    let pairs: Vec<(Uid, Uid)> = messages.iter().filter_map(|m| Some((m.uid, *new.get(&m.id)?))).collect();
    Ok(Done { code: copy_uid(uid_validity, &pairs), text: "COPY completed" })
}

/// The ranges that a set stands for now. A sequence number that is not there is an error (RFC 3501 §9 seq-number); a UID
/// that is not there is none.
pub fn ranges(view: &crate::session::view::View, set: &Set, uid: bool) -> Result<Vec<(u32, u32)>, Failure> {
    if set.is_saved() {
        return Ok(view.saved_ranges(uid));
    }
    if uid {
        return Ok(set.resolve(view.last_uid().0));
    }
    if set.highest() > view.exists() || (set.has_star() && view.exists() == 0) {
        return Err(Failure::bad("no message has that number"));
    }
    Ok(set.resolve(view.exists()))
}

/// All or nothing (RFC 3501 §6.4.7): a message that is gone and not told yet stops the command.
pub fn chosen(messages: Vec<Message>) -> Result<Vec<Message>, Failure> {
    if messages.iter().any(|m| m.gone) {
        return Err(Failure::no("EXPUNGEISSUED", "some of the messages are gone"));
    }
    Ok(messages)
}

pub fn try_create(name: &str) -> Failure {
    Failure::no("TRYCREATE", format!("no such mailbox: {name}"))
}

/// `COPYUID validity sources copies`, the sets in the same order.
pub fn copy_uid(uid_validity: u32, pairs: &[(Uid, Uid)]) -> Option<String> {
    if pairs.is_empty() {
        return None;
    }
    let mut code = format!("COPYUID {uid_validity} ");
    set::write(&mut code, pairs.iter().map(|(source, _)| source.0));
    code.push(' ');
    set::write(&mut code, pairs.iter().map(|(_, copy)| copy.0));
    Some(code)
}
