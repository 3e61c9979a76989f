// SPDX-License-Identifier: AGPL-3.0-or-later
//! TagActionRequest: read, rename, color, delete, update.

use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::handler::folder_action::Look;
use mailbox::{FlagChange, Flags, Hit, ItemId, Mailbox, SearchParams};

/// Messages marked read in one transaction.
const PAGE: usize = 1000;

#[derive(Debug, Clone)]
pub enum Op {
    Read,
    Rename(String),
    Look(Look),
    Delete,
    Update { name: Option<String>, look: Look },
}

impl Op {
    pub fn of(action: &Element) -> Result<Op> {
        let op = action.need_filled("op")?;
        Ok(match op.as_str() {
            "read" => Op::Read,
            "rename" => Op::Rename(action.need_filled("name")?),
            "color" => match Look::of(action)? {
                look if look.is_empty() => return Err(Fault::invalid("missing required attribute: color")),
                look => Op::Look(look),
            },
            "delete" => Op::Delete,
            "update" => {
                Op::Update { name: action.get("name").filter(|name| !name.is_empty()), look: Look::of(action)? }
            }
            _ => return Err(Fault::invalid(format!("unknown operation: {op}"))),
        })
    }

    pub fn run(&self, mailbox: &Mailbox, id: ItemId) -> mailbox::Result<()> {
        let tags = mailbox.tags()?;
        let tag = tags.iter().find(|tag| tag.item.id == id);
        match (self, tag) {
            (Op::Delete, None) => Ok(()),
            (_, None) => Err(mailbox::Error::NoSuch { kind: "tag", id: id.to_string() }),
            (Op::Read, Some(tag)) => read(mailbox, &tag.item.name),
            (Op::Rename(name), Some(_)) => mailbox.rename_tag(id, name).map(drop),
            (Op::Look(look), Some(_)) => look.apply(mailbox, id),
            (Op::Delete, Some(_)) => mailbox.delete_tag(id),
            (Op::Update { name, look }, Some(tag)) => {
                if let Some(name) = name.as_deref().filter(|name| *name != tag.item.name) {
                    mailbox.rename_tag(id, name)?;
                }
                if look.is_empty() { Ok(()) } else { look.apply(mailbox, id) }
            }
        }
    }
}

fn read(mailbox: &Mailbox, name: &str) -> mailbox::Result<()> {
    let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
    let query = format!("tag:\"{quoted}\" is:unread is:anywhere");
    let params = SearchParams { query, limit: PAGE, ..SearchParams::default() };
    loop {
        let page = mailbox.search(&params)?;
        let ids: Vec<ItemId> = page
            .hits
            .iter()
            .filter_map(|hit| if let Hit::Message(item) = hit { Some(item.id) } else { None })
            .collect();
        if ids.is_empty() {
            return Ok(());
        }
        let change = FlagChange { remove: Flags::UNREAD, ..FlagChange::default() };
        if mailbox.update_flags(&ids, &change)?.changed.is_empty() {
            return Ok(());
        }
    }
}

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let action = request.need_element("action")?;
    let op = Op::of(action)?;
    let handle = context.open().await?;
    let spelled = match action.get("tn").filter(|_| action.get("id").is_none()) {
        Some(name) => {
            let tags = handle.run(|mailbox| mailbox.tags()).await?;
            let tag = tags.iter().find(|tag| tag.item.name.eq_ignore_ascii_case(&name));
            vec![tag.ok_or_else(|| Fault::no_such("tag", name))?.item.id.to_string()]
        }
        None => args::id_list(action)?,
    };
    let ids = spelled.iter().map(|id| args::item_id(id, &own)).collect::<Result<Vec<_>>>()?;
    handle.run(move |mailbox| ids.iter().try_for_each(|id| op.run(mailbox, *id))).await?;
    let done = Element::new("action").attr("id", spelled.join(",")).attr("op", action.need("op")?);
    Ok(Element::answer_to(request).unique(done))
}
