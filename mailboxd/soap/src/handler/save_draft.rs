// SPDX-License-Identifier: AGPL-3.0-or-later
//! SaveDraftRequest: a new draft, or the next revision of one. `autoSendTime` (milliseconds since 1970) has the server send it then;
//! saving again without it, or with 0, takes that back.

use crate::args;
use crate::compose::{Composition, stage};
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
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
    let at_ms = schedule(context, wanted)?;
    let composition = Composition::read(context, &handle, wanted).await?;
    let origin = composition.origin.clone();
    let staging = context.state.store.stage();
    let (id, message) = {
        let draft_mail = composition.draft.clone();
        handle
            .run(move |mailbox| {
                if let Some(id) = draft {
                    get_msg::message(mailbox, id)?;
                }
                let staged = stage::bytes(staging, &mime::build(&draft_mail, true))?;
                let item = mailbox.schedule_draft(&staged, draft, origin, at_ms)?;
                let wish = BodyWish { html: true, neuter: false, ..BodyWish::default() };
                Ok(get_msg::full(mailbox, &item, &wish).map(|message| (item.id, message)))
            })
            .await??
    };
    if let Some(at_ms) = at_ms {
        context.state.schedule.put(&own, id, at_ms);
    }
    context.state.uploads.forget(&composition.uploads);
    Ok(Element::answer_to(request).child(message))
}

fn schedule(context: &Context, wanted: &Element) -> Result<Option<i64>> {
    let Some(at_ms) = wanted.number::<i64>("autoSendTime")?.filter(|at_ms| *at_ms != 0) else { return Ok(None) };
    if at_ms < 0 {
        return Err(Fault::invalid("not a valid time: autoSendTime"));
    }
    context.need_own()?;
    if context.target()?.attr("zimbraFeatureMailSendLaterEnabled") == Some("FALSE") {
        return Err(Fault::denied());
    }
    Ok(Some(at_ms))
}
