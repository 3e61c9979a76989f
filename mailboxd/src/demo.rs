// SPDX-License-Identifier: AGPL-3.0-or-later
//! Demo data: a domain, four users, an administrator, and mail that looks lived in. Done once: what is there already is left
//! alone, and the mail of one user is one transaction, so that a crash leaves all of it or none.

use crate::serve::System;
use ::demo::{DemoMessage, Flags as DemoFlags, tags};
use anyhow::{Context, Result, anyhow};
use directory::{Account, Attrs, Directory};
use mailbox::{Actor, AddMessage, Flags, ItemId, Mailbox, Staged};
use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

const PASSWORD: &str = "posthouse-demo";
const ADMIN: &str = "admin";

pub fn load(system: &System, progress: &mut dyn FnMut(&str)) -> Result<()> {
    let directory = &system.directory;
    if directory.domain(::demo::DOMAIN)?.is_none() {
        directory.create_signed_domain(::demo::DOMAIN, Attrs::new())?;
    }
    ensure_account(directory, ADMIN, Attrs::from([("zimbraIsAdminAccount".to_owned(), vec!["TRUE".to_owned()])]))?;
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(0));
    for (user, messages) in ::demo::mailboxes_at(now_ms) {
        let name = user.get(..1).unwrap_or_default().to_uppercase() + user.get(1..).unwrap_or_default();
        let account = ensure_account(directory, &user, Attrs::from([("displayName".to_owned(), vec![name])]))?;
        if fill(system, &account, &messages).with_context(|| format!("demo mail of {user}"))? {
            progress(&format!("demo: {} messages for {}", messages.len(), account.name));
        }
    }
    Ok(())
}

fn ensure_account(directory: &Directory, user: &str, attrs: Attrs) -> Result<Account> {
    let name = format!("{user}@{}", ::demo::DOMAIN);
    match directory.account(&name)? {
        Some(account) => Ok(account),
        None => Ok(directory.create_account(&name, PASSWORD, attrs)?),
    }
}

/// False: there was mail already.
fn fill(system: &System, account: &Account, messages: &[DemoMessage]) -> Result<bool> {
    let actor = Actor { account: account.id.clone(), is_admin: false };
    let handle = system.store.open_mailbox(&actor, &account.id, account.quota()).map_err(in_store)?;
    let mailbox = handle.mailbox();
    if mailbox.row().map_err(in_store)?.size > 0 {
        return Ok(false);
    }
    let tags = ensure_tags(mailbox)?;
    let mut all: Vec<(Staged, AddMessage)> = Vec::with_capacity(messages.len());
    for message in messages {
        let mut staging = system.store.stage();
        staging.write(&message.bytes)?;
        let add = AddMessage {
            folder: mailbox.ensure_folder(&message.folder, "message").map_err(in_store)?,
            flags: flags(message.flags),
            tags: message.tags.iter().filter_map(|name| tags.get(name).copied()).collect(),
            date_ms: Some(message.date_ms),
        };
        all.push((staging.finish()?, add));
    }
    mailbox.add_messages(&all).map_err(in_store)?;
    Ok(true)
}

fn ensure_tags(mailbox: &Mailbox) -> Result<HashMap<String, ItemId>> {
    let mut have: HashMap<String, ItemId> =
        mailbox.tags().map_err(in_store)?.into_iter().map(|tag| (tag.item.name.clone(), tag.item.id)).collect();
    for tag in tags() {
        if !have.contains_key(tag.name) {
            let made = mailbox.create_tag(tag.name, Some(tag.color), None).map_err(in_store)?;
            have.insert(tag.name.to_owned(), made.item.id);
        }
    }
    Ok(have)
}

fn flags(demo: DemoFlags) -> Flags {
    let map = [
        (demo.unread, Flags::UNREAD),
        (demo.flagged, Flags::FLAGGED),
        (demo.replied, Flags::REPLIED),
        (demo.forwarded, Flags::FORWARDED),
        (demo.draft, Flags::DRAFT),
        (demo.from_me, Flags::FROM_ME),
    ];
    map.into_iter().filter(|(set, _)| *set).fold(Flags::default(), |all, (_, flag)| Flags(all.0 | flag.0))
}

fn in_store(error: mailbox::Error) -> anyhow::Error {
    anyhow!("{error}")
}
