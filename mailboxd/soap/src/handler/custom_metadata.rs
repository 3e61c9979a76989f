// SPDX-License-Identifier: AGPL-3.0-or-later
//! Get- and SetCustomMetadataRequest for items, and Get-, Set- and ModifyMailboxMetadataRequest for the mailbox: what clients
//! keep of their own.

use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use crate::render::section as element;
use mailbox::{CustomSection, Pairs};

/// A name that comes again has its last value.
fn pairs(meta: &Element) -> Result<Pairs> {
    let mut pairs = Pairs::new();
    for (name, value) in meta.key_values("a", "n")? {
        pairs.retain(|(known, _)| *known != name);
        pairs.push((name, value));
    }
    Ok(pairs)
}

/// The section that is asked for, if there is one; all of them if none is named.
pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let text = request.need_filled("id")?;
    let id = args::item_id(&text, &context.target()?.id)?;
    let name = request.first("meta").and_then(|meta| meta.get("section")).filter(|name| !name.is_empty());
    let handle = context.open().await?;
    let sections = handle.run(move |mailbox| mailbox.custom(id)).await?;
    let answer = Element::answer_to(request).attr("id", text);
    let wanted = sections.iter().filter(|section| name.as_ref().is_none_or(|name| section.name == *name));
    Ok(wanted.map(element).fold(answer, Element::child))
}

pub async fn set(context: &Context, request: &Element) -> Result<Element> {
    let text = request.need_filled("id")?;
    let id = args::item_id(&text, &context.target()?.id)?;
    let meta = request.need_element("meta")?;
    let section = CustomSection { name: meta.need_filled("section")?, pairs: pairs(meta)? };
    let handle = context.open().await?;
    handle.run(move |mailbox| mailbox.set_custom(id, section)).await?;
    Ok(Element::answer_to(request).attr("id", text))
}

pub async fn get_of_mailbox(context: &Context, request: &Element) -> Result<Element> {
    let name = request.need_element("meta")?.need_filled("section")?;
    let handle = context.open().await?;
    let asked = name.clone();
    let pairs = handle.run(move |mailbox| mailbox.section(&asked)).await?;
    let found = (!pairs.is_empty()).then_some(CustomSection { name, pairs });
    Ok(found.iter().map(element).fold(Element::answer_to(request), Element::child))
}

pub async fn set_of_mailbox(context: &Context, request: &Element) -> Result<Element> {
    let meta = request.need_element("meta")?;
    let (name, pairs) = (meta.need_filled("section")?, pairs(meta)?);
    let handle = context.open().await?;
    handle.run(move |mailbox| mailbox.set_section(&name, pairs)).await?;
    Ok(Element::answer_to(request))
}

pub async fn modify_of_mailbox(context: &Context, request: &Element) -> Result<Element> {
    let meta = request.need_element("meta")?;
    let (name, pairs) = (meta.need_filled("section")?, pairs(meta)?);
    let handle = context.open().await?;
    handle.run(move |mailbox| mailbox.modify_section(&name, &pairs)).await?;
    Ok(Element::answer_to(request))
}
