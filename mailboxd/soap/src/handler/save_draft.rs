// SPDX-License-Identifier: AGPL-3.0-or-later
//! SaveDraftRequest: a new draft, or the next revision of one.

use crate::args;
use crate::compose::{Composition, stage};
use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use crate::handler::get_msg;
use crate::render::BodyWish;

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let wanted = request.need_element("m")?;
    let handle = context.open().await?;
    let draft = match wanted.get("id").filter(|id| !id.is_empty()) {
        Some(id) => Some(args::message_id(&id, &own)?),
        None => None,
    };
    let composition = Composition::read(context, &handle, wanted).await?;
    let origin = composition.origin.clone();
    let staging = context.state.store.stage();
    let message = {
        let draft_mail = composition.draft.clone();
        handle
            .run(move |mailbox| {
                if let Some(id) = draft {
                    get_msg::message(mailbox, id)?;
                }
                let staged = stage::bytes(staging, &mime::build(&draft_mail, true))?;
                let item = mailbox.save_draft(&staged, draft, origin)?;
                let wish = BodyWish { html: true, neuter: false, ..BodyWish::default() };
                Ok(get_msg::full(mailbox, &item, &wish))
            })
            .await??
    };
    context.state.uploads.forget(&composition.uploads);
    Ok(Element::answer_to(request).child(message))
}
