// SPDX-License-Identifier: AGPL-3.0-or-later
//! CREATE (RFC 3501 §6.3.3): missing parents are made too; a trailing separator means nothing here. MAILBOXID:
//! RFC 8474 §4.1. USE: RFC 6154 §3.

use crate::names;
use crate::objectid;
use crate::session::failure::Failure;
use crate::session::{Done, Outcome, Session};
use mailbox::{Error, Folder, Mailbox, SPECIAL_USES};

pub async fn run(session: &mut Session, mailbox: Vec<u8>, uses: Vec<String>) -> Outcome {
    let name = names::decode(&mailbox, session.enabled.utf8)?;
    if name.trim_end_matches('/').is_empty() {
        return Err(Failure::no("CANNOT", "a mailbox needs a name"));
    }
    let wanted = special_use(&uses)?;
    let place = session.user()?.place(&name).await?;
    let place = place.ok_or_else(|| Failure::no("NOPERM", "nothing can be made there"))?;
    if wanted.is_some() && !place.handle.is_own() {
        return Err(Failure::no("USEATTR", "what a mailbox is for is its owner's to say"));
    }
    let made = place.handle.run(move |m| create(m, place.name, wanted)).await?;
    let made = made.ok_or_else(|| taken(&uses.join(" ")))?;
    Ok(Done::code(format!("MAILBOXID ({})", objectid::of_mailbox(made.item.id)), "CREATE completed"))
}

/// All that were asked for or none: a folder has at most one, and those of system folders are taken.
fn special_use(uses: &[String]) -> Result<Option<&'static str>, Failure> {
    let [wanted] = uses else {
        return if uses.is_empty() { Ok(None) } else { Err(taken(&uses.join(" "))) };
    };
    let known = SPECIAL_USES.into_iter().find(|known| known.eq_ignore_ascii_case(wanted));
    known.map(Some).ok_or_else(|| taken(wanted))
}

/// `None`: another folder is for that.
fn create(mailbox: &Mailbox, name: String, special_use: Option<&str>) -> mailbox::Result<Option<Folder>> {
    if names::find(mailbox, &name)?.is_some() {
        return Err(Error::AlreadyExists(name));
    }
    // First, so that no parents are made for nothing.
    if let Some(wanted) = special_use
        && mailbox.folder_for(wanted)?.is_some()
    {
        return Ok(None);
    }
    match names::make(mailbox, &name, special_use) {
        // Somebody else was quicker.
        Err(Error::AlreadyExists(_)) if special_use.is_some() && names::find(mailbox, &name)?.is_none() => Ok(None),
        made => made.map(Some),
    }
}

fn taken(uses: &str) -> Failure {
    Failure::no("USEATTR", format!("a mailbox can't be made for {uses}"))
}
