// SPDX-License-Identifier: AGPL-3.0-or-later
//! GetMsgRequest: one message, whole. `read` marks it so.

use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::render::{self, BodyWish, Names};
use mailbox::{FlagChange, Flags, Item, ItemId, Kind, Mailbox};

/// A raw message in the answer itself; larger ones come by REST.
const RAW_BYTES_MAX: u64 = 2 << 20;

/// `html`, `max`, `neuter`, `header`, as many requests give them.
pub fn wish(element: &Element) -> Result<BodyWish> {
    let max = element.number::<i64>("max")?.filter(|max| *max > 0).and_then(|max| usize::try_from(max).ok());
    Ok(BodyWish {
        html: element.is("html")?,
        max,
        neuter: element.flag("neuter")?.unwrap_or(true),
        headers: element.wanted_headers(),
        part: element.get("part"),
    })
}

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let wanted = request.need_element("m")?;
    let id = args::message_id(&wanted.need_filled("id")?, &own)?;
    let (read, raw) = (wanted.flag("read")?, wanted.is("raw")?);
    let wish = wish(wanted)?;
    let handle = context.open().await?;
    let keeps_back = raw && context.keeps_files_back().await?;
    let message = handle
        .run(move |mailbox| {
            let item = message(mailbox, id)?;
            // A message as it came holds its files.
            if keeps_back && mime::has_files(&mailbox.content(&item)?) {
                return Ok(Err(Fault::new("service.PERM_DENIED", "attachments are blocked")));
            }
            let item = mark(mailbox, item, read)?;
            Ok(if raw { self::raw(mailbox, &item) } else { full(mailbox, &item, &wish) })
        })
        .await??;
    Ok(Element::answer_to(request).child(message))
}

pub fn message(mailbox: &Mailbox, id: ItemId) -> mailbox::Result<Item> {
    let missing = || mailbox::Error::NoSuch { kind: "message", id: id.to_string() };
    match mailbox.item(id) {
        Ok(item) if item.kind == Kind::Message => Ok(item),
        Ok(_) | Err(mailbox::Error::NoSuch { .. }) => Err(missing()),
        Err(error) => Err(error),
    }
}

fn mark(mailbox: &Mailbox, item: Item, read: Option<bool>) -> mailbox::Result<Item> {
    let unread = item.flags.contains(Flags::UNREAD);
    let change = match read {
        Some(true) if unread => FlagChange { remove: Flags::UNREAD, ..FlagChange::default() },
        _ => return Ok(item),
    };
    let changed = mailbox.update_flags(&[item.id], &change)?.changed.into_iter().next();
    Ok(changed.unwrap_or(item))
}

pub fn full(mailbox: &Mailbox, item: &Item, wish: &BodyWish) -> Result<Element> {
    let bytes = mailbox.content(item)?;
    let mut message = render::full_message(item, &bytes, wish, &Names::of(mailbox)?)?;
    if !mailbox.is_own() {
        // A receipt is its owner's to give: who reads it with them is not asked.
        message.children.retain(|child| child.element.name != "e" || child.element.get("t").as_deref() != Some("n"));
    }
    Ok(message)
}

fn raw(mailbox: &Mailbox, item: &Item) -> Result<Element> {
    let element = render::message_row(item, &Names::of(mailbox)?);
    let content = Element::new("content");
    let content = if item.size > RAW_BYTES_MAX {
        content.attr("url", format!("/service/home/~/?auth=co&id={}", item.id))
    } else {
        let bytes = mailbox.content(item)?;
        // The wire is text: a message in another charset is downloaded instead.
        match std::str::from_utf8(&bytes) {
            Ok(text) if is_xml_text(text) => content.text(text),
            _ => content.attr("url", format!("/service/home/~/?auth=co&id={}", item.id)),
        }
    };
    Ok(element.unique(content))
}

fn is_xml_text(text: &str) -> bool {
    text.chars().all(|c| c >= ' ' || matches!(c, '\r' | '\n' | '\t'))
}
