// SPDX-License-Identifier: AGPL-3.0-or-later
//! SearchConvRequest: the messages of one conversation, those that match the query marked `cm`.

use super::search::{LIMIT_MAX, Wish, message_hit};
use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::render::{self, Names};
use mailbox::{Hit, ItemId, Mailbox, SearchParams};
use std::collections::HashSet;

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let id = args::conversation_id(&request.need_filled("cid")?, &own)?;
    let query = request.get("query").unwrap_or_default();
    if request.get("query").is_some() && query.trim().is_empty() {
        return Err(Fault::new("mail.QUERY_PARSE_ERROR", "query is empty"));
    }
    let wish = Wish::of(context, request, query)?;
    let nest = request.is("nest")?;
    let mut answer = Element::answer_to(request);
    answer.set("sortBy", wish.sort_name.clone());
    answer.set("offset", wish.params.offset);
    let handle = context.open().await?;
    let (more, conversation, hits) = handle.run(move |mailbox| Ok(run(mailbox, id, &wish))).await??;
    answer.set("more", more);
    if nest {
        let mut conversation = conversation;
        conversation.children.clear();
        hits.into_iter().for_each(|hit| conversation.push(hit));
        return Ok(answer.unique(conversation));
    }
    hits.into_iter().for_each(|hit| answer.push(hit));
    Ok(answer)
}

fn run(mailbox: &Mailbox, id: i64, wish: &Wish) -> Result<(bool, Element, Vec<Element>)> {
    let mut messages = super::get_conv::messages(mailbox, id)?;
    let matched = matches(mailbox, id, wish)?;
    let names = Names::of(mailbox)?;
    let conversation = render::conversation(id, &messages, &names);
    messages.sort_by_cached_key(|item| mailbox::sort_key(item, wish.sort));
    let end = wish.params.offset.saturating_add(wish.params.limit);
    let more = end < messages.len();
    let mut hits = Vec::new();
    for (at, item) in messages.iter().skip(wish.params.offset).take(wish.params.limit).enumerate() {
        let hit = matched.contains(&item.id);
        let element = message_hit(mailbox, &names, wish, item, at, hit)?;
        hits.push(if hit { element.attr("cm", true) } else { element });
    }
    Ok((more, conversation, hits))
}

/// Without a query everything matches.
fn matches(mailbox: &Mailbox, id: i64, wish: &Wish) -> Result<HashSet<ItemId>> {
    let query = wish.params.query.trim();
    let query = if query.is_empty() { "is:anywhere" } else { query };
    let query = format!("conv:\"{id}\" ({query})");
    let params = SearchParams { query, offset: 0, limit: LIMIT_MAX, ..wish.params.clone() };
    let hits = mailbox.search(&params)?.hits;
    Ok(hits.iter().filter_map(|hit| if let Hit::Message(item) = hit { Some(item.id) } else { None }).collect())
}
