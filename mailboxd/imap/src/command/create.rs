// SPDX-License-Identifier: AGPL-3.0-or-later
//! CREATE (RFC 3501 §6.3.3): missing parents are made too; a trailing separator means nothing here. MAILBOXID:
//! RFC 8474 §4.1.

use crate::names;
use crate::objectid;
use crate::session::failure::Failure;
use crate::session::{Done, Outcome, Session};

pub async fn run(session: &mut Session, mailbox: Vec<u8>) -> Outcome {
    let name = names::decode(&mailbox, session.enabled.utf8)?;
    if name.trim_end_matches('/').is_empty() {
        return Err(Failure::no("CANNOT", "a mailbox needs a name"));
    }
    let place = session.user()?.place(&name).await?;
    let place = place.ok_or_else(|| Failure::no("NOPERM", "nothing can be made there"))?;
    let made = place
        .handle
        .run(move |m| {
            if names::find(m, &place.name)?.is_some() {
                return Err(mailbox::Error::AlreadyExists(name));
            }
            names::make(m, &place.name)
        })
        .await?;
    Ok(Done::code(format!("MAILBOXID ({})", objectid::of_mailbox(made.item.id)), "CREATE completed"))
}
