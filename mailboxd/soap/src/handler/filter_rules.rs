// SPDX-License-Identifier: AGPL-3.0-or-later
//! Get, Modify and Apply of filter rules, for mail that comes and for mail that goes.

use crate::args::IDS_MAX;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::filter::{self, INCOMING, OUTGOING, Rules, Runner};
use crate::handler::search::QUERY_BYTES_MAX;
use mailbox::{Hit, ItemId, Kind, Mailbox, SearchParams};
use std::sync::Arc;

/// Messages that rules are applied to at once.
const PAGE: usize = 1_000;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    In,
    Out,
}

impl Way {
    fn script(self) -> &'static str {
        if self == Way::In { INCOMING } else { OUTGOING }
    }
}

fn rules(mailbox: &Mailbox, way: Way) -> mailbox::Result<Rules> {
    match mailbox.script(way.script()) {
        Ok(text) => Ok(filter::read(&String::from_utf8_lossy(&text))),
        Err(mailbox::Error::NoSuch { .. }) => Ok(Rules::default()),
        Err(error) => Err(error),
    }
}

pub async fn get(context: &Context, request: &Element, way: Way) -> Result<Element> {
    let handle = context.open().await?;
    let rules = handle.run(move |mailbox| rules(mailbox, way)).await?;
    let list = rules.elements().cloned().fold(Element::new("filterRules"), Element::child);
    // An array for the wrapper, in JSON.
    Ok(Element::answer_to(request).child(list))
}

pub async fn modify(context: &Context, request: &Element, way: Way) -> Result<Element> {
    let rules = Rules::of_request(request)?;
    let who = filter::Who { own: context.own_addresses()?, outgoing: way == Way::Out };
    let text = rules.script(&who)?;
    let engine = Arc::clone(&context.state.engine);
    let handle = context.open().await?;
    let done = handle.run(move |mailbox| {
        if let Err(error) = engine.check(text.as_bytes(), &|_| false) {
            return Ok(Err(Fault::invalid(format!("a rule can't be used: {error}"))));
        }
        mailbox.put_script(way.script(), text.as_bytes())?;
        // What was said last counts, whoever wrote the script that was active.
        if way == Way::In {
            mailbox.activate_script(Some(way.script()))?;
        }
        Ok(Ok(()))
    });
    done.await??;
    Ok(Element::answer_to(request))
}

/// Which messages.
enum Which {
    Ids(Vec<ItemId>),
    Query(String),
}

pub async fn apply(context: &Context, request: &Element, way: Way) -> Result<Element> {
    let own = context.target()?.id.clone();
    let list = request.need_element("filterRules")?;
    let names = list.named("filterRule").map(|rule| rule.need_filled("name")).collect::<Result<Vec<_>>>()?;
    if names.is_empty() {
        return Err(Fault::invalid("no rule is named"));
    }
    let which = match (request.first("m").and_then(|m| m.get("ids")), request.get("query")) {
        (Some(ids), None) if !ids.is_empty() => {
            let ids: Vec<ItemId> =
                ids.split(',').map(|id| crate::args::message_id(id.trim(), &own)).collect::<Result<_>>()?;
            if ids.len() > IDS_MAX {
                return Err(Fault::invalid(format!("more than {IDS_MAX} ids")));
            }
            Which::Ids(ids)
        }
        (None, Some(query)) if !query.trim().is_empty() && query.len() <= QUERY_BYTES_MAX => Which::Query(query),
        _ => return Err(Fault::invalid("either m or query says which messages")),
    };
    let who = filter::Who { own: context.own_addresses()?, outgoing: way == Way::Out };
    let (engine, owner) = (Arc::clone(&context.state.engine), context.target()?.name.clone());
    let handle = context.open().await?;
    let done = handle.run(move |mailbox| {
        let runner = rules(mailbox, way).map(|rules| {
            let text = rules.named(&names)?.script(&who)?;
            Runner::new(&engine, &text, &owner)
        })?;
        match runner {
            Ok(runner) => run(mailbox, &runner, &which, &who).map(Ok),
            Err(fault) => Ok(Err(fault)),
        }
    });
    let changed: Vec<String> = done.await??.iter().map(ItemId::to_string).collect();
    let mut answer = Element::answer_to(request);
    if !changed.is_empty() {
        answer.push_unique(Element::new("m").attr("ids", changed.join(",")));
    }
    Ok(answer)
}

fn run(mailbox: &Mailbox, runner: &Runner, which: &Which, who: &filter::Who) -> mailbox::Result<Vec<ItemId>> {
    let ids = match which {
        Which::Ids(ids) => ids.clone(),
        Which::Query(query) => {
            let params = SearchParams {
                query: query.clone(),
                limit: PAGE,
                own_addresses: who.own.clone(),
                ..SearchParams::default()
            };
            let hits = mailbox.search(&params)?.hits.into_iter();
            hits.filter_map(|hit| if let Hit::Message(item) = hit { Some(item.id) } else { None }).collect()
        }
    };
    let items = mailbox.items(&ids)?;
    if let Some(missing) = ids.iter().find(|id| !items.iter().any(|item| item.id == **id && item.kind == Kind::Message))
    {
        return Err(mailbox::Error::NoSuch { kind: "message", id: missing.to_string() });
    }
    let mut changed = Vec::new();
    for item in &items {
        let verdict = runner.judge(mailbox, &mailbox.content(item)?)?;
        if verdict.changes(item) {
            verdict.apply(mailbox, item)?;
            changed.push(item.id);
        }
    }
    Ok(changed)
}
