// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a URL means: an item, some items, a folder, or what a search finds.

use crate::answer::Refusal;
use crate::query::Query;
use mailbox::{Folder, Handle, Hit, Item, ItemId, Kind, Kinds, Mailbox, SearchParams, SortBy, Uid};

/// Items that one answer lists.
const ITEMS_MAX: usize = 10_000;
const LIST_MAX: usize = 1_000;

pub enum Target {
    Item(Box<Item>),
    /// Of a folder, if it is one's; in order.
    Items {
        folder: Option<Box<Folder>>,
        items: Vec<Item>,
    },
}

/// `path` without its slashes; its extension may have been a format.
pub async fn find(handle: &Handle, path: &str, query: &Query) -> Result<Target, Refusal> {
    let (path, query) = (path.trim().trim_matches('/').to_owned(), query.clone());
    if let Some(id) = &query.id {
        let id = item_id(id)?;
        return Ok(handle.run(move |mailbox| item_or_folder(mailbox, id, &query)).await?);
    }
    if let Some(list) = &query.list {
        let ids = list.split(',').take(LIST_MAX).map(item_id).collect::<Result<Vec<_>, _>>()?;
        let items = handle.run(move |mailbox| mailbox.items(&ids)).await?;
        return Ok(Target::Items { folder: None, items });
    }
    let found = handle.run(move |mailbox| by_path(mailbox, &path, &query)).await?;
    found.ok_or(Refusal::NotFound)
}

/// `257` or `<account id>:257`: the mailbox is named by the path, the prefix says nothing new.
pub fn item_id(text: &str) -> Result<ItemId, Refusal> {
    let number = text.rsplit(':').next().unwrap_or(text);
    number.trim().parse().map(ItemId).map_err(|_| Refusal::Bad("malformed id\n"))
}

fn item_or_folder(mailbox: &Mailbox, id: ItemId, query: &Query) -> mailbox::Result<Target> {
    let item = mailbox.item(id)?;
    match item.kind {
        Kind::Folder => {
            let folder = mailbox.folder(id)?;
            contents(mailbox, folder, query)
        }
        kind if kind.is_container() => Err(mailbox::Error::no_such("item", id)),
        _ => Ok(Target::Item(Box::new(item))),
    }
}

fn by_path(mailbox: &Mailbox, path: &str, query: &Query) -> mailbox::Result<Option<Target>> {
    if let Some(folder) = mailbox.folder_by_path(&format!("/{path}"))? {
        if let Some(uid) = query.imap_id {
            let found = mailbox.message_at(folder.item.id, Uid(uid))?;
            return Ok(found.map(|item| Target::Item(Box::new(item))));
        }
        return contents(mailbox, folder, query).map(Some);
    }
    Ok(mailbox.document_by_path(&format!("/{path}"))?.map(|item| Target::Item(Box::new(item))))
}

fn kinds(query: &Query, folder: &Folder) -> Kinds {
    let wants =
        |name: &str| query.types.as_deref().is_some_and(|types| types.split(',').any(|kind| kind.trim() == name));
    if query.types.is_some() {
        return Kinds {
            messages: wants("message") || wants("conversation"),
            contacts: wants("contact") || wants("group"),
            documents: wants("document"),
        };
    }
    match folder.detail.view.as_str() {
        "contact" => Kinds::CONTACTS,
        "document" => Kinds { messages: false, contacts: false, documents: true },
        "message" | "conversation" => Kinds::MESSAGES,
        _ => Kinds { messages: true, contacts: true, documents: true },
    }
}

/// What lies in a folder, or what of it a query finds.
fn contents(mailbox: &Mailbox, folder: Folder, query: &Query) -> mailbox::Result<Target> {
    let is_root = folder.item.id == ItemId::USER_ROOT;
    let place = format!("inid:{}", folder.item.id);
    let text = match (&query.query, is_root) {
        (Some(text), true) => text.clone(),
        (Some(text), false) => format!("({text}) {place}"),
        (None, true) => "is:anywhere".to_owned(),
        (None, false) => place,
    };
    let mut kinds = kinds(query, &folder);
    if !(kinds.messages || kinds.contacts || kinds.documents) {
        kinds = Kinds { messages: true, contacts: true, documents: true };
    }
    if query.query.is_some() && query.types.is_none() {
        kinds = Kinds { messages: true, contacts: true, documents: true };
    }
    let limit = query.limit.unwrap_or(ITEMS_MAX).min(ITEMS_MAX);
    let is_wanted = |item: &Item| {
        query.start_ms.is_none_or(|start| item.date_ms >= start) && query.end_ms.is_none_or(|end| item.date_ms < end)
    };
    // Where times choose, a place in the list is one among the chosen.
    let is_timed = query.start_ms.is_some() || query.end_ms.is_some();
    let mut skip = if is_timed { query.offset.unwrap_or(0) } else { 0 };
    let mut items = Vec::new();
    let mut offset = if is_timed { 0 } else { query.offset.unwrap_or(0) };
    let mut more = true;
    while more && items.len() < limit {
        let params = SearchParams {
            query: text.clone(),
            kinds,
            sort: Some(if kinds.messages { SortBy::DateDesc } else { SortBy::NameAsc }),
            offset,
            limit: if is_timed { 1_000 } else { (limit - items.len()).min(1_000) },
            ..SearchParams::default()
        };
        let page = mailbox.search(&params)?;
        more = page.more;
        offset += page.hits.len();
        if page.hits.is_empty() {
            break;
        }
        let found = page.hits.into_iter().filter_map(|hit| match hit {
            Hit::Message(item) => Some(item),
            Hit::Conversation { .. } => None,
        });
        for item in found.filter(is_wanted) {
            match skip {
                0 if items.len() < limit => items.push(item),
                0 => break,
                _ => skip -= 1,
            }
        }
    }
    Ok(Target::Items { folder: Some(Box::new(folder)), items })
}
