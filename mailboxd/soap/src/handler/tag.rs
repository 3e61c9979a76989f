// SPDX-License-Identifier: AGPL-3.0-or-later
//! GetTagRequest and CreateTagRequest.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::handler::folder_action::Look;
use crate::render;

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let tags = context.open().await?.run(|mailbox| mailbox.tags()).await?;
    let mut answer = Element::answer_to(request);
    tags.iter().for_each(|tag| answer.push(render::tag(tag)));
    Ok(answer)
}

pub async fn create(context: &Context, request: &Element) -> Result<Element> {
    let wanted = request.need_element("tag")?;
    let name = wanted.need_filled("name")?;
    if name.trim().is_empty() {
        return Err(Fault::new("mail.INVALID_NAME", "a tag's name can't be blank"));
    }
    let look = Look::of(wanted)?;
    let handle = context.open().await?;
    let tag = handle.run(move |mailbox| mailbox.create_tag(&name, look.color(), look.rgb())).await?;
    Ok(Element::answer_to(request).child(render::tag(&tag)))
}
