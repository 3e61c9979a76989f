// SPDX-License-Identifier: AGPL-3.0-or-later
//! What is found in many mailboxes as one archive: a folder for each account, below it as in an archive of that mailbox, what was
//! deleted below `Dumpster`. `search.json`, the first entry, says what was looked for, where, and by whom; `report.json`, the last, what
//! came of it: an item or a mailbox that can't be read is told there and ends nothing. An archive without its report is not whole.

use super::Kind;
use super::export::{Archive, Channel, Exports, content, enter, stream};
use axum::body::Body;
use directory::Account;
use mailbox::{Actor, After, Hit, Item, ItemId, Kinds, Mailbox, SearchParams, SortBy, Store};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io;
use tokio::sync::OwnedSemaphorePermit;

/// Hits that are in memory at once.
const PAGE: usize = 500;
/// Items that can't be read, named in the report for each mailbox; the rest are counted.
const FAILURES_TOLD_MAX: usize = 1_000;
const VERSION: u32 = 1;

pub struct Across {
    pub store: Store,
    /// In their order. Each was found to be one that the asker may look into.
    pub accounts: Vec<Account>,
    pub query: String,
    pub kinds: Kinds,
    /// Also what was deleted, however long ago.
    pub dumpster: bool,
    pub by: String,
    /// Milliseconds since 1970.
    pub at_ms: i64,
}

/// What came of one mailbox.
#[derive(Default)]
struct Told {
    items: u64,
    deleted: u64,
    failed: u64,
    failures: Vec<Value>,
    error: Option<String>,
}

impl Exports {
    pub fn across(&self, across: Across, kind: Kind, turn: OwnedSemaphorePermit) -> Body {
        stream(self.stall, std::future::ready(Some(turn)), move |to| across.write(kind, to))
    }
}

impl Across {
    fn write(&self, kind: Kind, to: Channel) -> io::Result<()> {
        let mut archive = Archive::new(kind, to);
        let account =
            |account: &Account| json!({"id": account.id, "name": account.name, "held": account.retention().is_held});
        let accounts: Vec<Value> = self.accounts.iter().map(account).collect();
        let search = json!({
            "version": VERSION, "by": self.by, "at_ms": self.at_ms, "query": self.query, "dumpster": self.dumpster,
            "messages": self.kinds.messages, "contacts": self.kinds.contacts, "documents": self.kinds.documents,
            "accounts": accounts,
        });
        self.tell(&mut archive, "search.json", &search)?;
        let mut report = Vec::with_capacity(self.accounts.len());
        for account in &self.accounts {
            let mut told = Told::default();
            // Before anything of it goes out.
            tracing::info!(
                target: "audit", account = %account.name, by = %self.by, query = %self.query, dumpster = self.dumpster,
                "an administrator exports from a mailbox"
            );
            if let Err(error) = self.one(&mut archive, account, &mut told)? {
                tracing::warn!(account = %account.name, %error, "left out of an export");
                told.error = Some(error.to_string());
            }
            report.push(json!({
                "id": account.id, "name": account.name, "items": told.items, "deleted": told.deleted, "failed": told.failed,
                "failures": told.failures, "error": told.error,
            }));
        }
        self.tell(&mut archive, "report.json", &json!({"version": VERSION, "accounts": report}))?;
        archive.finish()
    }

    fn tell(&self, archive: &mut Archive<Channel>, name: &str, value: &Value) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(value)?;
        archive.file(name, text.len() as u64, self.at_ms / 1000, &mut text.as_slice())
    }

    /// The outer error is of who reads the archive, the inner one of the mailbox.
    fn one(
        &self,
        archive: &mut Archive<Channel>,
        account: &Account,
        told: &mut Told,
    ) -> io::Result<mailbox::Result<()>> {
        let found = self.store.usage_of(&account.id);
        match found {
            Ok(Some(_)) => {}
            // An account without a mailbox gets none by this.
            Ok(None) => return Ok(Ok(())),
            Err(error) => return Ok(Err(error)),
        }
        let actor = Actor { account: self.by.clone(), is_admin: true };
        let opened = self.store.open_mailbox(&actor, &account.id, account.quota());
        let opened = opened.and_then(|handle| Place::of(handle.mailbox(), account).map(|place| (handle, place)));
        let (handle, place) = match opened {
            Ok(opened) => opened,
            Err(error) => return Ok(Err(error)),
        };
        let mailbox = handle.mailbox();
        let mut params = SearchParams {
            query: self.query.clone(),
            kinds: self.kinds,
            sort: Some(SortBy::DateDesc),
            limit: PAGE,
            with_trash: true,
            with_junk: true,
            own_addresses: std::iter::once(&account.name).chain(&account.aliases).cloned().collect(),
            ..SearchParams::default()
        };
        loop {
            let page = match mailbox.search(&params) {
                Ok(page) => page,
                // A folder or a tag that this mailbox does not have: nothing is in it.
                Err(mailbox::Error::NoSuch { .. }) => break,
                Err(error) => return Ok(Err(error)),
            };
            let items = page.hits.into_iter().filter_map(|hit| match hit {
                Hit::Message(item) => Some(item),
                Hit::Conversation { .. } => None,
            });
            params.after = None;
            for item in items {
                self.put(archive, mailbox, &place, &item, "", told)?;
                let sort_value = Some(mailbox::sort_value(&item, SortBy::DateDesc));
                params.after = Some(After { id: item.id.0.into(), sort_value, until: None });
            }
            if !page.more || params.after.is_none() {
                break;
            }
        }
        if self.dumpster {
            let all = SearchParams { after: None, limit: usize::MAX, ..params };
            let items = match mailbox.search_dumpster(&all, 0) {
                Ok((items, _)) => items,
                Err(mailbox::Error::NoSuch { .. }) => Vec::new(),
                Err(error) => return Ok(Err(error)),
            };
            for item in items {
                self.put(archive, mailbox, &place, &item, "/Dumpster", told)?;
            }
        }
        Ok(Ok(()))
    }

    fn put(
        &self,
        archive: &mut Archive<Channel>,
        mailbox: &Mailbox,
        place: &Place,
        item: &Item,
        below: &str,
        told: &mut Told,
    ) -> io::Result<()> {
        let folder = place.folders.get(&item.folder).map(String::as_str).unwrap_or_default();
        let path = format!("/{}{below}{}", place.account, folder.trim_end_matches('/'));
        let content = match content(mailbox, item) {
            Ok(Some(content)) => content,
            // Gone since it was found.
            Ok(None) if below.is_empty() => return Ok(()),
            Ok(None) => return Ok(told.fail(item, "its content is gone")),
            Err(error) => return Ok(told.fail(item, &error.to_string())),
        };
        // Two documents of one name may have been deleted.
        let item = match below.is_empty() || item.name.is_empty() {
            true => item.clone(),
            false => Item { name: format!("{:010}-{}", item.id.0, item.name), ..item.clone() },
        };
        enter(archive, &item, &path, &place.tags, true, content)?;
        *(if below.is_empty() { &mut told.items } else { &mut told.deleted }) += 1;
        Ok(())
    }
}

impl Told {
    fn fail(&mut self, item: &Item, why: &str) {
        self.failed += 1;
        if self.failures.len() < FAILURES_TOLD_MAX {
            self.failures.push(json!({"id": item.id.0, "why": why}));
        }
    }
}

struct Place {
    account: String,
    folders: HashMap<ItemId, String>,
    tags: HashMap<ItemId, String>,
}

impl Place {
    fn of(mailbox: &Mailbox, account: &Account) -> mailbox::Result<Place> {
        let folders = mailbox.folders()?.into_iter().map(|folder| (folder.item.id, folder.path)).collect();
        let tags = mailbox.tags()?.into_iter().map(|tag| (tag.item.id, tag.item.name.clone())).collect();
        Ok(Place { account: account.name.clone(), folders, tags })
    }
}
