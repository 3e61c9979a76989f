// SPDX-License-Identifier: AGPL-3.0-or-later
//! DELETE (RFC 3501 §6.3.4). A mailbox with others below it is refused (RFC 9051 §6.3.5 HASCHILDREN): the store has no
//! folders that can't be selected, and deleting what was not named would be a trap. Of a mount point only itself goes.

use super::select::missing;
use crate::names;
use crate::session::failure::Failure;
use crate::session::{Done, Outcome, Session};
use mailbox::ItemId;

enum Deletion {
    Done,
    Missing,
    HasChildren,
    System,
}

pub async fn run(session: &mut Session, mailbox: Vec<u8>) -> Outcome {
    let name = names::decode(&mailbox, session.enabled.utf8)?;
    let user = session.user()?;
    if let Some(mount) = user.mount_named(&name).await? {
        user.handle.run(move |m| m.delete_folder(mount.item.id)).await?;
        return Ok(Done::text("DELETE completed"));
    }
    let place = user.existing(&name).await?;
    let deletion = place
        .handle
        .run(move |m| {
            let Some(folder) = names::find(m, &place.name)? else { return Ok(Deletion::Missing) };
            let id = folder.item.id;
            if id < ItemId::FIRST_USER {
                return Ok(Deletion::System);
            }
            if m.folders()?.iter().any(|other| other.item.folder == id && other.item.id != id) {
                return Ok(Deletion::HasChildren);
            }
            m.delete_folder(id)?;
            Ok(Deletion::Done)
        })
        .await?;
    match deletion {
        Deletion::Done => Ok(Done::text("DELETE completed")),
        Deletion::Missing => Err(missing(&name)),
        Deletion::HasChildren => Err(Failure::no("HASCHILDREN", "delete the mailboxes below it first")),
        Deletion::System => Err(Failure::no("CANNOT", "this mailbox can't be deleted")),
    }
}
