// SPDX-License-Identifier: AGPL-3.0-or-later
//! SUBSCRIBE and UNSUBSCRIBE (RFC 3501 §6.3.6, §6.3.7): a flag of the folder, so only what exists can be subscribed. Which
//! folders of others somebody has subscribed to is kept with their own.

use super::select::missing;
use crate::names;
use crate::session::{Done, Outcome, Session};
use mailbox::{Flags, ItemId, Mailbox};

pub async fn run(session: &mut Session, mailbox: Vec<u8>, on: bool) -> Outcome {
    let name = names::decode(&mailbox, session.enabled.utf8)?;
    let user = session.user()?;
    let done = Done::text(if on { "SUBSCRIBE completed" } else { "UNSUBSCRIBE completed" });
    if let Some(mount) = user.mount_named(&name).await? {
        user.handle.run(move |m| set_flag(m, mount.item.id, mount.item.flags, on)).await?;
        return Ok(done);
    }
    let Some(place) = user.place(&name).await? else { return if on { Err(missing(&name)) } else { Ok(done) } };
    let is_own = place.handle.id() == user.handle.id();
    let found = place.handle.run(move |m| {
        let Some(folder) = names::find(m, &place.name)? else { return Ok(false) };
        if is_own {
            set_flag(m, folder.item.id, folder.item.flags, on)?;
        }
        Ok(true)
    });
    let found = found.await?;
    // What is not there is not subscribed: nothing to take away.
    if on && !found {
        return Err(missing(&name));
    }
    if !is_own {
        user.handle.run(move |m| m.subscribe_elsewhere(name.trim_end_matches('/'), on)).await?;
    }
    Ok(done)
}

fn set_flag(mailbox: &Mailbox, id: ItemId, flags: Flags, on: bool) -> mailbox::Result<()> {
    if flags.contains(Flags::SUBSCRIBED) != on {
        let (add, remove) =
            if on { (Flags::SUBSCRIBED, Flags::default()) } else { (Flags::default(), Flags::SUBSCRIBED) };
        mailbox.update_container(id, add, remove, None, None)?;
    }
    Ok(())
}
