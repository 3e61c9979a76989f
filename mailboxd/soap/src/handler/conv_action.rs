// SPDX-License-Identifier: AGPL-3.0-or-later
//! ConvActionRequest: an action on the messages of conversations, within `tcon`.

use super::action::{Constraint, Op};
use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use mailbox::{ItemId, Mailbox};

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let action = request.need_element("action")?;
    let spelled = args::id_list(action)?;
    let ids = spelled.iter().map(|id| args::conversation_id(id, &own)).collect::<Result<Vec<_>>>()?;
    let op = Op::read(context, action, &own).await?;
    let constraint = Constraint::of(action)?;
    let handle = context.open().await?;
    handle
        .run(move |mailbox| {
            let mut messages = Vec::new();
            for id in ids {
                messages.extend(members(mailbox, id, &op, constraint.as_ref())?);
            }
            if messages.is_empty() { Ok(()) } else { op.run(mailbox, &messages) }
        })
        .await?;
    let done = Element::new("action").attr("id", spelled.join(",")).attr("op", action.need("op")?);
    Ok(Element::answer_to(request).unique(done))
}

/// Messages of conversation `id` that the action is for.
pub fn members(mailbox: &Mailbox, id: i64, op: &Op, constraint: Option<&Constraint>) -> mailbox::Result<Vec<ItemId>> {
    let missing = || mailbox::Error::NoSuch { kind: "conversation", id: id.to_string() };
    let messages = match mailbox.conversation(id) {
        Err(mailbox::Error::NoSuch { .. }) => Vec::new(),
        other => other?,
    };
    if messages.is_empty() && !matches!(op, Op::Delete) {
        return Err(missing());
    }
    let folders = mailbox.folders()?;
    let admitted = |item: &mailbox::Item| constraint.is_none_or(|constraint| constraint.admits(item, &folders));
    Ok(messages.iter().filter(|item| admitted(item)).map(|item| item.id).collect())
}
