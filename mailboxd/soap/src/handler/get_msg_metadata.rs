// SPDX-License-Identifier: AGPL-3.0-or-later
//! GetMsgMetadataRequest: rows of several messages, without their content.

use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use crate::render::{self, Names};
use mailbox::Kind;

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let wanted = request.need_element("m")?;
    let ids = wanted.need_filled("ids")?;
    let ids = ids.split(',').take(args::IDS_MAX).map(|id| args::message_id(id, &own)).collect::<Result<Vec<_>>>()?;
    let handle = context.open().await?;
    let (items, names) = handle.run(move |mailbox| Ok((mailbox.items(&ids)?, Names::of(mailbox)?))).await?;
    let mut answer = Element::answer_to(request);
    for item in items.iter().filter(|item| item.kind == Kind::Message) {
        answer.push(render::message_summary(item, &names));
    }
    Ok(answer)
}
