// SPDX-License-Identifier: AGPL-3.0-or-later
//! Get, Modify and Apply of filter rules, for mail that comes and for mail that goes.

use crate::args::IDS_MAX;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::filter::{Rules, Runner, Way, Whose, attribute, dialect};
use crate::handler::search::QUERY_BYTES_MAX;
use directory::{Account, Attrs};
use mailbox::{Hit, ItemId, Kind, Mailbox, SearchParams};

/// Messages that rules are applied to at once.
const PAGE: usize = 1_000;

fn rules(account: &Account, way: Way) -> Result<Rules> {
    Rules::of_script(account.attr(attribute(way, Whose::Owner)).unwrap_or_default())
}

/// Whose rules they are; a stranger may not even know them.
async fn owner(context: &Context) -> Result<Account> {
    let handle = context.open().await?;
    handle.run(|mailbox| mailbox.scripts().map(drop)).await?;
    Ok(context.target()?.clone())
}

pub async fn get(context: &Context, request: &Element, way: Way) -> Result<Element> {
    let rules = rules(&owner(context).await?, way)?;
    let list = rules.elements().cloned().fold(Element::new("filterRules"), Element::child);
    // An array for the wrapper, in JSON.
    Ok(Element::answer_to(request).child(list))
}

pub async fn modify(context: &Context, request: &Element, way: Way) -> Result<Element> {
    let account = owner(context).await?;
    let dialect = dialect(&account, way);
    let rules = Rules::of_request(request)?;
    // At delivery a notification is from whom the script says: so it is looked at now.
    for from in rules.senders() {
        if !context.state.directory.may_send_as(&account, &from)? {
            return Err(Fault::invalid(format!("notifications are from an address of the account, not {from}")));
        }
    }
    let text = rules.script(way, &dialect)?;
    context
        .state
        .engine
        .compile_zimbra(&text, &dialect)
        .map_err(|error| Fault::new("service.PARSE_ERROR", format!("parse error: evaluating Sieve script: {error}")))?;
    let changes = Attrs::from([(attribute(way, Whose::Owner).to_owned(), vec![text])]);
    context.state.directory.modify_account(&account.id, changes)?;
    // What was said last counts: a script that is active would filter instead of the rules.
    if way == Way::In {
        let handle = context.open().await?;
        handle.run(|mailbox| mailbox.activate_script(None)).await?;
    }
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
    let account = owner(context).await?;
    let dialect = dialect(&account, way);
    let text = rules(&account, way)?.named(&names)?.script(way, &dialect)?;
    let runner = Runner::new(&context.state.engine, &text, &dialect, &account.name)?;
    let handle = context.open().await?;
    let done = handle.run(move |mailbox| run(mailbox, &runner, &which, &dialect.own));
    let changed: Vec<String> = done.await?.iter().map(ItemId::to_string).collect();
    let mut answer = Element::answer_to(request);
    if !changed.is_empty() {
        answer.push_unique(Element::new("m").attr("ids", changed.join(",")));
    }
    Ok(answer)
}

fn run(mailbox: &Mailbox, runner: &Runner, which: &Which, own: &[String]) -> mailbox::Result<Vec<ItemId>> {
    let ids = match which {
        Which::Ids(ids) => ids.clone(),
        Which::Query(query) => {
            let params = SearchParams {
                query: query.clone(),
                limit: PAGE,
                own_addresses: own.to_vec(),
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
