// SPDX-License-Identifier: AGPL-3.0-or-later
//! RENAME (RFC 3501 §6.3.5). Missing parents of the new name are made. Renaming INBOX moves its messages to a new
//! mailbox and leaves INBOX, and what is below it, where they are.

use super::select::missing;
use crate::names;
use crate::session::failure::Failure;
use crate::session::{Done, Outcome, Session};
use mailbox::{ItemId, Mailbox, Uid};

pub async fn run(session: &mut Session, from: Vec<u8>, to: Vec<u8>) -> Outcome {
    let utf8 = session.enabled.utf8;
    let (from, to) = (names::decode(&from, utf8)?, names::decode(&to, utf8)?);
    let to = to.trim_end_matches('/').to_owned();
    if to.is_empty() {
        return Err(Failure::no("CANNOT", "a mailbox needs a name"));
    }
    let user = session.user()?;
    let name = from.clone();
    let found = user.handle.run(move |m| rename(m, &name, to)).await?;
    if found { Ok(Done::text("RENAME completed")) } else { Err(missing(&from)) }
}

/// False if `from` does not exist.
fn rename(mailbox: &Mailbox, from: &str, to: String) -> mailbox::Result<bool> {
    let Some(folder) = names::find(mailbox, from)? else { return Ok(false) };
    if names::find(mailbox, &to)?.is_some() {
        return Err(mailbox::Error::AlreadyExists(to));
    }
    if folder.item.id == ItemId::INBOX {
        let target = names::make(mailbox, &to, None)?;
        let ids: Vec<ItemId> = mailbox.folder_messages(ItemId::INBOX, Uid(0))?.iter().map(|m| m.id).collect();
        if !ids.is_empty() {
            mailbox.move_items(&ids, target.item.id)?;
        }
        return Ok(true);
    }
    if folder.item.id < ItemId::FIRST_USER {
        return Err(mailbox::Error::Immutable(from.to_owned()));
    }
    let (parent, name) = match to.rsplit_once('/') {
        Some((parent, name)) => {
            if below(&folder.path, parent) {
                return Err(mailbox::Error::CannotContain(format!("{from} in itself")));
            }
            (names::make(mailbox, parent, None)?.item.id, name)
        }
        None => (ItemId::USER_ROOT, to.as_str()),
    };
    mailbox.rename_folder(folder.item.id, Some(parent), Some(name))?;
    Ok(true)
}

/// True if `name` is the folder at `path` (absolute) or below it: checked before parents are made.
fn below(path: &str, name: &str) -> bool {
    let name = format!("/{}/", name.to_lowercase());
    name.starts_with(&format!("{}/", path.to_lowercase()))
}
