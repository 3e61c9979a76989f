// SPDX-License-Identifier: AGPL-3.0-or-later
//! ContactActionRequest.

use super::action::Op;
use super::dumpster;
use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use mailbox::{Changes, ItemId, Kind, Mailbox};

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    if let Some(answer) = dumpster::act(context, request).await? {
        return Ok(answer);
    }
    let own = context.target()?.id.clone();
    let action = request.need_element("action")?;
    let spelled = args::id_list(action)?;
    let ids = spelled.iter().map(|id| args::item_id(id, &own)).collect::<Result<Vec<_>>>()?;
    let op = Op::read(context, action, &own).await?;
    // `update` may change attributes, too.
    let set = action.key_values("a", "n")?;
    let handle = context.open().await?;
    handle.run(move |mailbox| run(mailbox, &op, &set, &ids)).await?;
    let done = Element::new("action").attr("id", spelled.join(",")).attr("op", action.need("op")?);
    Ok(Element::answer_to(request).unique(done))
}

fn run(mailbox: &Mailbox, op: &Op, set: &[(String, String)], ids: &[ItemId]) -> mailbox::Result<()> {
    let found = mailbox.items(ids)?;
    let is_contact = |id: &ItemId| found.iter().any(|item| item.id == *id && item.kind == Kind::Contact);
    let (known, unknown): (Vec<ItemId>, Vec<ItemId>) = ids.iter().copied().partition(is_contact);
    if let Some(id) = unknown.first().filter(|_| !matches!(op, Op::Delete)) {
        return Err(mailbox::Error::NoSuch { kind: "contact", id: id.to_string() });
    }
    if matches!(op, Op::Update { .. }) && !set.is_empty() {
        for id in &known {
            mailbox.modify_contact(*id, &Changes { set: set.to_vec(), ..Changes::default() })?;
        }
    }
    if known.is_empty() { Ok(()) } else { op.run(mailbox, &known) }
}
