// SPDX-License-Identifier: AGPL-3.0-or-later
//! ItemActionRequest: ids of any kind; each goes the way of its kind.

use super::action::{Constraint, Op};
use super::{conv_action, dumpster, folder_action, tag_action};
use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use mailbox::{ItemId, Kind, Mailbox};

/// Each id with what it is.
#[derive(Default)]
struct Sorted {
    messages: Vec<ItemId>,
    folders: Vec<ItemId>,
    tags: Vec<ItemId>,
}

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    if let Some(answer) = dumpster::act(context, request).await? {
        return Ok(answer);
    }
    let own = context.target()?.id.clone();
    let action = request.need_element("action")?.clone();
    let spelled = args::id_list(&action)?;
    let ids = spelled.iter().map(|id| args::conversation_id(id, &own)).collect::<Result<Vec<_>>>()?;
    let done = Element::new("action").attr("id", spelled.join(",")).attr("op", action.need("op")?);
    let handle = context.open().await?;
    // Of tags and folders some operations are others; what is no operation of either kind is found out by them.
    let op = Op::read(context, &action, &own).await;
    // Faults that only this request has travel as the value, the store's own as the error.
    handle.run(move |mailbox| Ok(run(mailbox, &action, &op, &own, &ids))).await??;
    Ok(Element::answer_to(request).unique(done))
}

fn run(mailbox: &Mailbox, action: &Element, op: &Result<Op>, own: &str, ids: &[i64]) -> Result<()> {
    let op_name = action.need("op")?;
    let sorted = sort(mailbox, action, op, ids, op_name == "delete")?;
    match op_name.as_str() {
        _ if sorted.tags.is_empty() => {}
        "tag" | "!tag" => return Err(Fault::new("mail.CANNOT_TAG", "a tag can't be tagged")),
        "move" | "copy" | "trash" | "spam" | "!spam" => {
            return Err(Fault::new("mail.IMMUTABLE_OBJECT", "a tag stays where it is"));
        }
        _ => {}
    }
    if !sorted.messages.is_empty() {
        let op = op.as_ref().map_err(Fault::clone)?;
        op.run(mailbox, &sorted.messages).map_err(|error| refused(op, error))?;
    }
    if !sorted.folders.is_empty() {
        let op = folder_action::Op::of(action, own)?;
        sorted.folders.iter().try_for_each(|id| op.run(mailbox, *id))?;
    }
    if !sorted.tags.is_empty() {
        let op = tag_action::Op::of(action)?;
        sorted.tags.iter().try_for_each(|id| op.run(mailbox, *id))?;
    }
    Ok(())
}

/// Of a lock, what is held by somebody else has codes of its own.
fn refused(op: &Op, error: mailbox::Error) -> Fault {
    match (op, &error) {
        (Op::Lock(..), mailbox::Error::Locked(_)) => Fault::new("mail.CANNOT_LOCK", error.to_string()),
        (Op::Unlock(_), mailbox::Error::Locked(_)) => Fault::new("mail.CANNOT_UNLOCK", error.to_string()),
        _ => error.into(),
    }
}

fn sort(mailbox: &Mailbox, action: &Element, op: &Result<Op>, ids: &[i64], deleting: bool) -> Result<Sorted> {
    let mut sorted = Sorted::default();
    let constraint = Constraint::of(action)?;
    for id in ids {
        let item = match u32::try_from(*id) {
            Ok(id) => match mailbox.item(ItemId(id)) {
                Ok(item) => Some(item),
                Err(mailbox::Error::NoSuch { .. }) => None,
                Err(error) => return Err(error.into()),
            },
            Err(_) => None,
        };
        match item.map(|item| (item.kind, item.id)) {
            Some((kind, id)) if !kind.is_container() => sorted.messages.push(id),
            Some((Kind::Folder | Kind::SearchFolder | Kind::MountPoint, id)) => sorted.folders.push(id),
            Some((_, id)) => sorted.tags.push(id),
            // Conversations have no row of their own.
            None => match conv_action::members(mailbox, *id, op.as_ref().map_err(Fault::clone)?, constraint.as_ref()) {
                Ok(members) => sorted.messages.extend(members),
                Err(mailbox::Error::NoSuch { .. }) if deleting => {}
                Err(mailbox::Error::NoSuch { .. }) => return Err(Fault::no_such("item", id.to_string())),
                Err(error) => return Err(error.into()),
            },
        }
    }
    Ok(sorted)
}
