// SPDX-License-Identifier: AGPL-3.0-or-later
//! Get-, Create- and ModifySearchFolderRequest: saved searches.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::handler::folder_action::Look;
use crate::render;
use mailbox::{ItemId, Kind};

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let folders = context.open().await?.run(|mailbox| mailbox.folders()).await?;
    let mut answer = Element::answer_to(request);
    for folder in folders.iter().filter(|folder| folder.item.kind == Kind::SearchFolder) {
        answer.push(render::folder(folder));
    }
    Ok(answer)
}

fn query_of(search: &Element) -> Result<(String, String, String)> {
    let query = search.need("query")?;
    if query.trim().is_empty() {
        return Err(Fault::invalid("empty query"));
    }
    if query.len() > super::search::QUERY_BYTES_MAX {
        return Err(super::search::too_long());
    }
    Ok((query, search.get("types").unwrap_or_default(), search.get("sortBy").unwrap_or_default()))
}

pub async fn create(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let search = request.need_element("search")?;
    let name = search.need("name")?;
    let (query, types, sort_by) = query_of(search)?;
    let parent = search.folder_id("l", &own)?.unwrap_or(ItemId::USER_ROOT);
    let look = Look::of(search)?;
    let folder = context
        .open()
        .await?
        .run(move |mailbox| {
            let folder = mailbox.create_search_folder(parent, &name, &query, &types, &sort_by)?;
            if look.is_empty() {
                return Ok(folder);
            }
            look.apply(mailbox, folder.item.id)?;
            mailbox.folder(folder.item.id)
        })
        .await?;
    Ok(Element::answer_to(request).child(render::folder(&folder)))
}

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let search = request.need_element("search")?;
    search.need_filled("id")?;
    let id = search.folder_id("id", &own)?.ok_or_else(|| Fault::invalid("missing id"))?;
    let (query, types, sort_by) = query_of(search)?;
    let handle = context.open().await?;
    let folder = handle.run(move |mailbox| mailbox.modify_search_folder(id, &query, &types, &sort_by)).await?;
    Ok(Element::answer_to(request).child(render::folder(&folder)))
}
