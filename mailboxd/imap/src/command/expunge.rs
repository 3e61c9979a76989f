// SPDX-License-Identifier: AGPL-3.0-or-later
//! EXPUNGE (RFC 3501 §6.4.3) and UID EXPUNGE (RFC 4315 §2.1).

use crate::session::failure::Failure;
use crate::session::{Done, Outcome, Session};
use crate::wire::set::{self, Set};
use mailbox::{Flags, ItemId};

pub async fn run(session: &mut Session, set: Option<Set>) -> Outcome {
    session.refresh().await?;
    let (_, selected) = session.selected()?;
    if selected.view.read_only {
        return Err(Failure::no("CANNOT", "mailbox is read-only"));
    }
    expunge(session, set).await?;
    Ok(Done::text("EXPUNGE completed"))
}

/// Removes what is marked \Deleted. The view learns of it as of everybody's changes.
pub async fn expunge(session: &mut Session, set: Option<Set>) -> Result<(), Failure> {
    let (user, selected) = session.selected()?;
    let view = &selected.view;
    let ranges = set.map(|set| set.resolve(view.last_uid().0));
    let ids: Vec<ItemId> = view
        .iter()
        .filter(|m| m.flags.contains(Flags::DELETED) && !m.gone)
        .filter(|m| ranges.as_ref().is_none_or(|ranges| set::holds(ranges, m.uid.0)))
        .map(|m| m.id)
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let folder = view.folder;
    user.handle
        .run(move |m| {
            // What another session moved away or undeleted meanwhile must not be lost.
            let still = |item: &mailbox::Item| item.folder == folder && item.flags.contains(Flags::DELETED);
            let ids: Vec<ItemId> = m.items(&ids)?.iter().filter(|item| still(item)).map(|item| item.id).collect();
            m.delete_items(&ids)
        })
        .await?;
    Ok(())
}
