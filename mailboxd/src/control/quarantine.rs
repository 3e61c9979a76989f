// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the scanner withheld: it lies in the mailbox of the account that zimbraAmavisQuarantineAccount names, and this verb
//! reaches no other.
//!
//! ```json
//! {"verb": "quarantine", "request": {"list": {"query": "invoice"}}}
//! {"messages": [{"id": 257, "date_ms": 1…, "from": "…", "to": ["…"], "why": "banned run.exe", "subject": "…", "size": 812,
//!   "released": false}], "more": false}
//! {"verb": "quarantine", "request": {"show": {"id": 257}}}
//! {"verb": "quarantine", "request": {"release": {"ids": [257], "to": null, "listener": "127.0.0.1:10025"}}}
//! {"released": [{"id": 257, "to": ["ann@a.test"], "again": false}], "failed": [{"id": 258, "why": "…"}]}
//! ```

mod listener;
mod withheld;

use crate::serve::System;
use crate::{components, outbound};
use anyhow::{Context, Result, anyhow, bail};
use mailbox::{Actor, Detail, FlagChange, Item, ItemId, Kind, Mailbox, SearchParams, Uid};
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use withheld::Withheld;

/// What LMTP made of it: spam bears its mark here, too.
const FOLDERS: [ItemId; 2] = [ItemId::INBOX, ItemId::JUNK];
const LISTED_MAX: usize = 500;
/// Of a message that is shown.
const SHOWN_BYTES_MAX: usize = 256 << 10;
/// The scanner's fields and the message's own header are in this much.
const HEAD_BYTES_MAX: usize = 128 << 10;
/// Of its text.
const TEXT_BYTES_MAX: usize = 64 << 10;
const ATTACHMENTS_MAX: usize = 200;
const RELEASED: &str = "released";

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Quarantine {
    /// Newest first; those that a search finds, if there is one.
    List {
        query: Option<String>,
    },
    Show {
        id: u32,
    },
    /// To whom it was kept from, or to others. Without a listener that takes it for the MTA, it is delivered from here.
    Release {
        ids: Vec<u32>,
        to: Option<String>,
        listener: Option<SocketAddr>,
    },
    /// As their owner would.
    Delete {
        ids: Vec<u32>,
    },
}

impl Quarantine {
    /// Where the MTA takes back what was scanned, from what the supervisor says of its services.
    pub fn find_listener(&mut self, state: &Path) {
        if let Quarantine::Release { listener: listener @ None, .. } = self
            && let Some((status, _)) = components::read(state)
        {
            let services = status["services"].as_array().into_iter().flatten();
            let found = services.filter(|service| service["service"] == "filtered").find_map(|s| s["address"].as_str());
            *listener = found.and_then(|address| address.parse().ok());
        }
    }
}

pub fn run(system: &System, request: Quarantine) -> Result<Value> {
    let mailbox = open(system)?;
    match request {
        Quarantine::List { query } => list(&mailbox, query.as_deref()),
        Quarantine::Show { id } => show(&mailbox, ItemId(id)),
        Quarantine::Release { ids, to, listener } => {
            if listener.is_some_and(|listener| !listener.ip().is_loopback()) {
                bail!("the listener is on another machine");
            }
            let (mut released, mut failed) = (Vec::new(), Vec::new());
            for id in ids {
                match release(system, &mailbox, ItemId(id), to.as_deref(), listener) {
                    Ok(done) => released.push(done),
                    Err(error) => failed.push(json!({"id": id, "why": format!("{error:#}")})),
                }
            }
            Ok(json!({"released": released, "failed": failed}))
        }
        Quarantine::Delete { ids } => {
            let ids: Vec<ItemId> = ids.into_iter().map(ItemId).collect();
            let there = mailbox.items(&ids).map_err(store_error)?.into_iter().filter(|item| item.kind == Kind::Message);
            let there: Vec<ItemId> = there.map(|item| item.id).collect();
            let deleted = mailbox.delete_items(&there).map_err(store_error)?;
            Ok(json!({"deleted": deleted.len()}))
        }
    }
}

fn open(system: &System) -> Result<Mailbox> {
    let config = system.directory.config()?;
    let name = config.attrs.get("zimbraAmavisQuarantineAccount").and_then(|values| values.first());
    let name = name.context("there is no quarantine: the appliance makes one when mail is scanned")?;
    let account = system.directory.account(name)?.ok_or_else(|| anyhow!("the quarantine's account {name} is gone"))?;
    let actor = Actor { account: account.id.clone(), is_admin: false };
    Ok(system.store.open_mailbox(&actor, &account.id, 0).map_err(store_error)?.mailbox().clone())
}

fn list(mailbox: &Mailbox, query: Option<&str>) -> Result<Value> {
    let (items, more) = match query {
        Some(query) => found(mailbox, query)?,
        None => newest(mailbox)?,
    };
    let released = mailbox.tags().map_err(store_error)?.into_iter().find(|tag| tag.item.name == RELEASED);
    let mut messages = Vec::with_capacity(items.len());
    for item in items {
        let head = read(mailbox, &item, HEAD_BYTES_MAX)?;
        let mut summary = summary(&item, &head);
        summary["released"] = json!(released.as_ref().is_some_and(|tag| item.tags.contains(&tag.item.id)));
        messages.push(summary);
    }
    Ok(json!({"messages": messages, "more": more}))
}

fn newest(mailbox: &Mailbox) -> Result<(Vec<Item>, bool)> {
    let mut ids = Vec::new();
    for folder in FOLDERS {
        ids.extend(mailbox.folder_messages(folder, Uid(0)).map_err(store_error)?.into_iter().map(|brief| brief.id));
    }
    // Item ids go up with time.
    ids.sort();
    let more = ids.len() > LISTED_MAX;
    let last: Vec<ItemId> = ids.into_iter().rev().take(LISTED_MAX).collect();
    let items = mailbox.items(&last).map_err(store_error)?;
    Ok((items, more))
}

fn found(mailbox: &Mailbox, query: &str) -> Result<(Vec<Item>, bool)> {
    let limit = LISTED_MAX;
    let params = SearchParams { query: query.to_owned(), limit, with_junk: true, ..SearchParams::default() };
    let page = mailbox.search(&params).map_err(store_error)?;
    let items = page.hits.into_iter().filter_map(|hit| match hit {
        mailbox::Hit::Message(item) => Some(item),
        mailbox::Hit::Conversation { .. } => None,
    });
    Ok((items.collect(), page.more))
}

fn summary(item: &Item, head: &[u8]) -> Value {
    let withheld = Withheld::of(head);
    let subject = mime::header(withheld.as_ref().map_or(head, |w| &head[w.start..]), "Subject").into_iter().next();
    let (from, to, why) = match &withheld {
        Some(withheld) => (withheld.from.clone(), withheld.blocked.clone(), withheld.why(head)),
        None => (envelope_from(item), Vec::new(), "came here by itself: the scanner did not withhold it".to_owned()),
    };
    json!({
        "id": item.id.0, "date_ms": item.date_ms, "from": from, "to": to, "why": why,
        "subject": subject.unwrap_or_default(), "size": item.size,
    })
}

fn envelope_from(item: &Item) -> String {
    match &item.detail {
        Detail::Message(detail) => detail.envelope_from.clone().unwrap_or_default(),
        _ => String::new(),
    }
}

fn show(mailbox: &Mailbox, id: ItemId) -> Result<Value> {
    let item = message(mailbox, id)?;
    let content = read(mailbox, &item, SHOWN_BYTES_MAX)?;
    let mut shown = summary(&item, &content);
    let start = Withheld::of(&content).map_or(0, |withheld| withheld.start);
    shown["scanner"] = json!(String::from_utf8_lossy(&content[..start]));
    let text = mime::search_text(&content[start..], TEXT_BYTES_MAX).body;
    shown["text"] = json!(text);
    shown["attachments"] = json!(attachments(&content[start..]));
    shown["message"] = json!(String::from_utf8_lossy(&content[start..]));
    shown["octets_left_out"] = json!(item.size.saturating_sub(content.len() as u64));
    Ok(shown)
}

/// Names, types and encoded sizes of what is no text, or has a name.
fn attachments(message: &[u8]) -> Vec<Value> {
    let is_one = |part: &&mime::Part| {
        part.filename.is_some() || !(part.is_multipart() || part.content_type.starts_with("text/"))
    };
    let told = |part: &mime::Part| json!({"name": part.filename.clone().unwrap_or_default(), "type": part.content_type, "size": part.body.len()});
    mime::parts(message).walk().filter(is_one).take(ATTACHMENTS_MAX).map(told).collect()
}

fn release(
    system: &System,
    mailbox: &Mailbox,
    id: ItemId,
    to: Option<&str>,
    listener: Option<SocketAddr>,
) -> Result<Value> {
    let item = message(mailbox, id)?;
    let content = mailbox.content(&item).map_err(store_error)?;
    let withheld = Withheld::of(&content).context("the scanner did not put this message here: nothing to release")?;
    let to = to.map_or_else(|| withheld.blocked.clone(), |to| vec![to.to_owned()]);
    if to.is_empty() {
        bail!("it was kept from nobody: say to whom it shall go");
    }
    let original = content.slice(withheld.start..);
    match listener {
        Some(listener) => listener::hand_over(listener, &system.config.hostname, &withheld.from, &to, &original)?,
        None => {
            // An MTA that takes everything would have it scanned again.
            let is_mta = system.config.relay.as_ref().is_some_and(|relay| relay.takes_all);
            let relay = if is_mta { lmtp::Relay::none() } else { outbound::relay(&system.config)? };
            let sent =
                lmtp::send(&system.store, &system.directory, &relay, &system.filters, &withheld.from, &to, original);
            tokio::runtime::Handle::current().block_on(sent)?;
        }
    }
    let tag = mailbox.ensure_tag(RELEASED).map_err(store_error)?.item.id;
    let again = item.tags.contains(&tag);
    let change = FlagChange { tags_add: vec![tag], ..FlagChange::default() };
    mailbox.update_flags(&[id], &change).map_err(store_error)?;
    tracing::info!(
        id = id.0,
        quarantine_id = withheld.id,
        from = withheld.from,
        ?to,
        again,
        "released from the quarantine"
    );
    Ok(json!({"id": id.0, "to": to, "again": again}))
}

fn message(mailbox: &Mailbox, id: ItemId) -> Result<Item> {
    let missing = || anyhow!("there is no message {id} in the quarantine");
    let found = mailbox.items(&[id]).map_err(store_error)?.pop();
    found.filter(|item| item.kind == Kind::Message).ok_or_else(missing)
}

fn read(mailbox: &Mailbox, item: &Item, max: usize) -> Result<Vec<u8>> {
    let mut blob = mailbox.open_blob(item).map_err(store_error)?;
    let mut content = vec![0; max.min(usize::try_from(item.size).unwrap_or(max))];
    let length = blob.read_at(0, &mut content)?;
    content.truncate(length);
    Ok(content)
}

fn store_error(error: mailbox::Error) -> anyhow::Error {
    anyhow!("{error}")
}
