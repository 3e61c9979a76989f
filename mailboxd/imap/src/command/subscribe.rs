// SPDX-License-Identifier: AGPL-3.0-or-later
//! SUBSCRIBE and UNSUBSCRIBE (RFC 3501 §6.3.6, §6.3.7): a flag of the folder, so only what exists can be subscribed.

use super::select::missing;
use crate::names;
use crate::session::{Done, Outcome, Session};
use mailbox::Flags;

pub async fn run(session: &mut Session, mailbox: Vec<u8>, on: bool) -> Outcome {
    let name = names::decode(&mailbox, session.enabled.utf8)?;
    let user = session.user()?;
    let target = name.clone();
    let found = user
        .handle
        .run(move |m| {
            let Some(folder) = names::find(m, &target)? else { return Ok(false) };
            if folder.item.flags.contains(Flags::SUBSCRIBED) != on {
                let (add, remove) =
                    if on { (Flags::SUBSCRIBED, Flags::default()) } else { (Flags::default(), Flags::SUBSCRIBED) };
                m.update_container(folder.item.id, add, remove, None, None)?;
            }
            Ok(true)
        })
        .await?;
    match (found, on) {
        (true, true) => Ok(Done::text("SUBSCRIBE completed")),
        // What is not there is not subscribed: nothing to take away.
        (_, false) => Ok(Done::text("UNSUBSCRIBE completed")),
        (false, true) => Err(missing(&name)),
    }
}
