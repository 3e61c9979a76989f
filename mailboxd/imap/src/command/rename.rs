// SPDX-License-Identifier: AGPL-3.0-or-later
//! RENAME (RFC 3501 §6.3.5). Missing parents of the new name are made. Renaming INBOX moves its messages to a new
//! mailbox and leaves INBOX, and what is below it, where they are.

use super::select::missing;
use crate::names;
use crate::session::failure::Failure;
use crate::session::{Done, Outcome, Session};
use mailbox::{Folder, ItemId, Mailbox, Uid};

pub async fn run(session: &mut Session, from: Vec<u8>, to: Vec<u8>) -> Outcome {
    let utf8 = session.enabled.utf8;
    let (from, to) = (names::decode(&from, utf8)?, names::decode(&to, utf8)?);
    let to = to.trim_end_matches('/').to_owned();
    if to.is_empty() {
        return Err(Failure::no("CANNOT", "a mailbox needs a name"));
    }
    let user = session.user()?;
    let target = user.place(&to).await?.ok_or_else(|| Failure::no("NOPERM", "nothing can be made there"))?;
    if let Some(mount) = user.mount_named(&from).await? {
        if target.handle.id() != user.handle.id() {
            return Err(elsewhere());
        }
        user.handle.run(move |m| rename_to(m, mount, &target.name)).await?;
        return Ok(Done::text("RENAME completed"));
    }
    let source = user.existing(&from).await?;
    if target.handle.id() != source.handle.id() {
        return Err(elsewhere());
    }
    let found = source.handle.run(move |m| rename(m, &source.name, target.name)).await?;
    if found { Ok(Done::text("RENAME completed")) } else { Err(missing(&from)) }
}

fn elsewhere() -> Failure {
    Failure::no("CANNOT", "a mailbox stays with its owner: copy the messages instead")
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
    rename_to(mailbox, folder, &to)?;
    Ok(true)
}

fn rename_to(mailbox: &Mailbox, folder: Folder, to: &str) -> mailbox::Result<Folder> {
    let (parent, name) = match to.rsplit_once('/') {
        Some((parent, name)) => {
            if below(&folder.path, parent) {
                return Err(mailbox::Error::CannotContain(format!("{} in itself", folder.item.name)));
            }
            (names::make(mailbox, parent, None)?.item.id, name)
        }
        None => (ItemId::USER_ROOT, to),
    };
    mailbox.rename_folder(folder.item.id, Some(parent), Some(name))
}

/// True if `name` is the folder at `path` (absolute) or below it: checked before parents are made.
fn below(path: &str, name: &str) -> bool {
    let name = format!("/{}/", name.to_lowercase());
    name.starts_with(&format!("{}/", path.to_lowercase()))
}
