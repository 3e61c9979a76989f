// SPDX-License-Identifier: AGPL-3.0-or-later
//! GetItemRequest: one thing of any kind, by id, by path, or by name in a folder.

use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::render::{self, ContactWish, Names};
use mailbox::{Item, ItemId, Kind, Mailbox};

enum Wanted {
    Id(ItemId),
    Path(String),
    Named(ItemId, String),
}

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let item = request.need_element("item")?;
    let given = |name: &str| item.get(name).filter(|text| !text.is_empty());
    let wanted = match (given("id"), given("path"), given("l"), given("name")) {
        (Some(id), ..) => Wanted::Id(args::item_id(&id, &own)?),
        (None, Some(path), ..) => Wanted::Path(path),
        (None, None, Some(folder), Some(name)) => Wanted::Named(args::folder_id(&folder, &own)?, name),
        _ => return Err(Fault::invalid("an item has an id, a path, or a name and a folder")),
    };
    let handle = context.open().await?;
    let found = handle.run(move |mailbox| find(mailbox, &wanted)?.map(|item| show(mailbox, &item)).transpose()).await?;
    Ok(Element::answer_to(request).child(found.ok_or_else(|| Fault::no_such("item", "by that name"))?))
}

fn find(mailbox: &Mailbox, wanted: &Wanted) -> mailbox::Result<Option<Item>> {
    match wanted {
        Wanted::Id(id) => mailbox.item(*id).map(Some),
        Wanted::Path(path) => by_path(mailbox, path),
        Wanted::Named(folder, name) => {
            let folder = mailbox.folder(*folder)?;
            by_path(mailbox, &format!("{}/{name}", folder.path.trim_end_matches('/')))
        }
    }
}

fn by_path(mailbox: &Mailbox, path: &str) -> mailbox::Result<Option<Item>> {
    match mailbox.folder_by_path(path)? {
        Some(folder) => Ok(Some(folder.item.as_ref().clone())),
        None => mailbox.document_by_path(path),
    }
}

fn show(mailbox: &Mailbox, item: &Item) -> mailbox::Result<Element> {
    let names = Names::of(mailbox)?;
    Ok(match item.kind {
        Kind::Message => render::message_summary(item, &names),
        Kind::Contact => render::contact(item, &names, &ContactWish::default()),
        Kind::Document => render::document(item, &names),
        Kind::Folder | Kind::SearchFolder | Kind::MountPoint => render::folder(&mailbox.folder(item.id)?),
        Kind::Tag => {
            let tags = mailbox.tags()?;
            let tag = tags.iter().find(|tag| tag.item.id == item.id);
            render::tag(tag.ok_or_else(|| mailbox::Error::no_such("tag", item.id))?)
        }
    })
}
