// SPDX-License-Identifier: AGPL-3.0-or-later
//! What was deleted: found by a search with `inDumpster`, had back by the operation `recover`, ended before its time by
//! `dumpsterdelete` and EmptyDumpsterRequest.

use super::search::{Wish, page_of};
use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use mailbox::{Hit, ItemId};
use std::time::UNIX_EPOCH;

/// `answer`: with what all searches say.
pub async fn search(context: &Context, mut answer: Element, wish: Wish) -> Result<Element> {
    let from_ms = seen_from_ms(context)?;
    let handle = context.open().await?;
    let (hits, more) = handle
        .run(move |mailbox| {
            let (items, more) = mailbox.search_dumpster(&wish.params, from_ms)?;
            let hits: Vec<Hit> = items.into_iter().map(Hit::Message).collect();
            Ok(page_of(mailbox, &wish, &hits).map(|hits| (hits, more)))
        })
        .await??;
    answer.set("more", more);
    hits.into_iter().for_each(|hit| answer.push(hit));
    Ok(answer)
}

/// The operations on deleted items; `None`: the action is another one.
pub async fn act(context: &Context, request: &Element) -> Result<Option<Element>> {
    let action = request.need_element("action")?;
    let op = action.get("op").unwrap_or_default();
    if !matches!(op.as_str(), "recover" | "dumpsterdelete") {
        return Ok(None);
    }
    let own = context.target()?.id.clone();
    let spelled = args::id_list(action)?;
    let ids: Vec<ItemId> = spelled.iter().map(|id| args::message_id(id, &own)).collect::<Result<_>>()?;
    if op == "recover" {
        let folder = args::folder_id(&action.need_filled("l")?, &own)?;
        let from_ms = seen_from_ms(context)?;
        let handle = context.open().await?;
        handle.run(move |mailbox| mailbox.recover(&ids, folder, from_ms).map(drop)).await?;
    } else {
        check_hold(context)?;
        let handle = context.open().await?;
        handle.run(move |mailbox| mailbox.discard(&ids).map(drop)).await?;
    }
    let done = Element::new("action").attr("id", spelled.join(",")).attr("op", op);
    Ok(Some(Element::answer_to(request).unique(done)))
}

/// EmptyDumpsterRequest.
pub async fn empty(context: &Context, request: &Element) -> Result<Element> {
    check_hold(context)?;
    let handle = context.open().await?;
    handle.run(|mailbox| mailbox.empty_dumpster().map(drop)).await?;
    Ok(Element::answer_to(request))
}

/// What is held for a court goes for nobody.
fn check_hold(context: &Context) -> Result<()> {
    if context.target()?.retention().is_held {
        return Err(Fault::new("service.PERM_DENIED", "permission denied: what was deleted here is held"));
    }
    Ok(())
}

/// Owners see what was deleted lately, administrators everything. Milliseconds since 1970.
fn seen_from_ms(context: &Context) -> Result<i64> {
    let Some(seen_ms) = context.target()?.retention().dumpster_seen_ms else { return Ok(0) };
    if context.need_admin().is_ok() {
        return Ok(0);
    }
    let now_ms = UNIX_EPOCH.elapsed().map_or(0, |since| since.as_millis());
    Ok(i64::try_from(now_ms.saturating_sub(u128::from(seen_ms))).unwrap_or(0))
}
