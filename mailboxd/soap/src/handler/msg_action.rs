// SPDX-License-Identifier: AGPL-3.0-or-later
//! MsgActionRequest.

use super::action::{Constraint, Op};
use super::dumpster;
use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use mailbox::{ItemId, Kind, Mailbox};

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    if let Some(answer) = dumpster::act(context, request).await? {
        return Ok(answer);
    }
    let own = context.target()?.id.clone();
    let action = request.need_element("action")?;
    let spelled = args::id_list(action)?;
    let ids = spelled.iter().map(|id| args::message_id(id, &own)).collect::<Result<Vec<_>>>()?;
    let op = Op::read(context, action, &own).await?;
    let constraint = Constraint::of(action)?;
    let handle = context.open().await?;
    handle.run(move |mailbox| run(mailbox, &op, constraint.as_ref(), &ids)).await?;
    let done = Element::new("action").attr("id", spelled.join(",")).attr("op", action.need("op")?);
    Ok(Element::answer_to(request).unique(done))
}

fn run(mailbox: &Mailbox, op: &Op, constraint: Option<&Constraint>, ids: &[ItemId]) -> mailbox::Result<()> {
    let mut messages = Vec::with_capacity(ids.len());
    let found = mailbox.items(ids)?;
    for id in ids {
        match found.iter().find(|item| item.id == *id && item.kind == Kind::Message) {
            Some(item) => messages.push(item),
            // Deleting what is gone is done.
            None if matches!(op, Op::Delete) => {}
            None => return Err(mailbox::Error::NoSuch { kind: "message", id: id.to_string() }),
        }
    }
    if let Some(constraint) = constraint {
        let folders = mailbox.folders()?;
        messages.retain(|item| constraint.admits(item, &folders));
    }
    let ids: Vec<ItemId> = messages.iter().map(|item| item.id).collect();
    if ids.is_empty() { Ok(()) } else { op.run(mailbox, &ids) }
}
