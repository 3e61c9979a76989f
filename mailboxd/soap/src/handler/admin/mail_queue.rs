// SPDX-License-Identifier: AGPL-3.0-or-later
//! The MTA's queue: looked at by groups, held, let go, tried again, deleted. The supervisor asks Postfix.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::state::now_ms;
use crate::supervisor;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// As Zimbra names them; Postfix's maildrop is what has just been put there on this machine.
const QUEUES: [&str; 5] = ["deferred", "incoming", "active", "hold", "maildrop"];
/// What messages are grouped and searched by.
const FIELDS: [&str; 7] = ["id", "reason", "to", "from", "todomain", "fromdomain", "recipients"];
const SUMMARIES: [&str; 5] = ["reason", "to", "from", "todomain", "fromdomain"];
/// Of one group.
const SUMMARY_MAX: usize = 100;
const LIMIT: usize = 30;
const LIMIT_MAX: usize = 1_000;

/// As the supervisor tells it.
#[derive(Debug, Default, Deserialize)]
struct Queue {
    messages: Vec<Message>,
    total: BTreeMap<String, u64>,
}

#[derive(Debug, Default, Deserialize)]
struct Message {
    id: String,
    queue: String,
    arrived: u64,
    size: u64,
    from: String,
    recipients: Vec<Recipient>,
    recipient_count: usize,
}

#[derive(Debug, Default, Deserialize)]
struct Recipient {
    address: String,
    why: String,
}

impl Message {
    fn values(&self, field: &str) -> Vec<String> {
        let recipients = self.recipients.iter();
        match field {
            "id" => vec![self.id.clone()],
            "from" => vec![self.from.clone()],
            "fromdomain" => vec![domain(&self.from)],
            "to" => recipients.map(|one| one.address.clone()).collect(),
            "todomain" => distinct(recipients.map(|one| domain(&one.address))),
            "reason" => distinct(recipients.filter(|one| !one.why.is_empty()).map(|one| one.why.clone())),
            _ => vec![self.recipient_count.to_string()],
        }
    }
}

fn domain(address: &str) -> String {
    address.rsplit_once('@').map(|(_, domain)| domain.to_ascii_lowercase()).unwrap_or_default()
}

fn distinct(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut values: Vec<String> = values.collect();
    values.sort();
    values.dedup();
    values
}

/// How many wait in each queue. `installed="0"` (ours): there is no MTA of ours, so there is no queue.
pub async fn info(context: &Context, request: &Element) -> Result<Element> {
    let queue = read(context).await?;
    let mut server = server(context).attr("installed", queue.is_some());
    let total = queue.unwrap_or_default().total;
    for name in QUEUES.iter().take(4).copied().chain(["corrupt"]) {
        // What was just put there is on its way in.
        let count = |name: &str| total.get(name).copied().unwrap_or(0);
        let n = if name == "incoming" { count("incoming") + count("maildrop") } else { count(name) };
        server.push(Element::new("queue").attr("name", name).attr("n", n));
    }
    Ok(Element::answer_to(request).unique(server))
}

/// Messages of one queue that have all of these properties, in pages, and how many have which.
pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let wanted = request.need_element("server")?.need_element("queue")?;
    let name = queue_name(wanted)?;
    let query = match wanted.first("query") {
        Some(query) => Query::read(query)?,
        None => Query::default(),
    };
    let queue = read(context).await?.unwrap_or_default();
    let known = queue.messages.len() as u64;
    let all: u64 = queue.total.values().sum();
    let mut found: Vec<&Message> = queue.messages.iter().filter(|one| query.finds(&name, one)).collect();
    found.sort_by(|a, b| (b.arrived, &b.id).cmp(&(a.arrived, &a.id)));
    let (limit, offset) = (query.limit, query.offset);
    let mut shown = Element::new("queue")
        .attr("name", name)
        .attr("time", now_ms())
        .attr("scan", false)
        .attr("total", found.len() as u64)
        .attr("more", found.len() > offset.saturating_add(limit));
    if known < all {
        shown.set("unknown", all - known);
    }
    for field in SUMMARIES {
        shown.push(summary(field, &found));
    }
    for message in found.into_iter().skip(offset).take(limit) {
        shown.push(element(message));
    }
    Ok(Element::answer_to(request).unique(server(context).unique(shown)))
}

/// `<action op="hold|release|requeue|delete" by="id|query">`: ids with commas, or a `<query>`.
pub async fn act(context: &Context, request: &Element) -> Result<Element> {
    let wanted = request.need_element("server")?.need_element("queue")?;
    let name = queue_name(wanted)?;
    let action = wanted.need_element("action")?;
    let op = action.need_filled("op")?;
    if !["hold", "release", "requeue", "delete"].contains(&op.as_str()) {
        return Err(Fault::invalid("op is hold, release, requeue or delete"));
    }
    let ids: Vec<String> = match action.need_filled("by")?.as_str() {
        "id" => {
            action.text_or_empty().split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect()
        }
        "query" => {
            let query = Query::read(action.need_element("query")?)?;
            let queue = read(context).await?.unwrap_or_default();
            queue.messages.iter().filter(|one| query.finds(&name, one)).map(|one| one.id.clone()).collect()
        }
        _ => return Err(Fault::invalid("by is id or query")),
    };
    if let Some(bad) = ids.iter().find(|id| !id.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        return Err(Fault::invalid(format!("no queue id: {bad}")));
    }
    let asked = ids.len();
    let done = supervisor::ask(context, &json!({"verb": "queue_act", "action": op, "ids": ids})).await?;
    let by = &context.auth()?.account.name;
    tracing::info!(target: "audit", %by, op, asked, found = done["found"].as_u64(), "the mail queue was changed");
    let queue = Element::new("queue").attr("name", name).attr_opt("n", done["found"].as_u64());
    Ok(Element::answer_to(request).unique(server(context).unique(queue)))
}

/// Everything but what is held is tried again now.
pub async fn flush(context: &Context, request: &Element) -> Result<Element> {
    supervisor::ask(context, &json!({"verb": "queue_flush"})).await?;
    tracing::info!(target: "audit", by = %context.auth()?.account.name, "the mail queue is tried again");
    Ok(Element::answer_to(request))
}

/// `None`: there is no MTA of ours.
async fn read(context: &Context) -> Result<Option<Queue>> {
    let told = supervisor::ask(context, &json!({"verb": "queue"})).await?;
    serde_json::from_value(told).map_err(Fault::failure)
}

fn server(context: &Context) -> Element {
    Element::new("server").attr("name", context.state.config.host.clone())
}

fn queue_name(queue: &Element) -> Result<String> {
    let name = queue.need_filled("name")?;
    match QUEUES.contains(&name.as_str()) {
        true => Ok(name),
        false => Err(Fault::invalid(format!("no such queue: {name}; there are {}", QUEUES.join(", ")))),
    }
}

/// `<query offset limit><field name><match value/>…</field>…</query>`: one of the matches of each field. A value with an asterisk at its
/// end stands for all that begin with it.
#[derive(Debug)]
struct Query {
    offset: usize,
    limit: usize,
    fields: Vec<(String, Vec<String>)>,
}

impl Default for Query {
    fn default() -> Query {
        Query { offset: 0, limit: LIMIT, fields: Vec::new() }
    }
}

impl Query {
    fn read(query: &Element) -> Result<Query> {
        let limit = query.number::<usize>("limit")?.filter(|limit| *limit > 0).unwrap_or(LIMIT).min(LIMIT_MAX);
        let mut fields = Vec::new();
        for field in query.named("field") {
            let name = field.need_filled("name")?;
            if !FIELDS.contains(&name.as_str()) {
                return Err(Fault::invalid(format!("no such field: {name}; there are {}", FIELDS.join(", "))));
            }
            let values = field.named("match").map(|one| one.need("value")).collect::<Result<Vec<_>>>()?;
            fields.push((name, values));
        }
        Ok(Query { offset: query.number::<usize>("offset")?.unwrap_or(0), limit, fields })
    }

    fn finds(&self, queue: &str, message: &Message) -> bool {
        let of = if queue == "incoming" && message.queue == "maildrop" { "incoming" } else { message.queue.as_str() };
        of == queue
            && self.fields.iter().all(|(field, wanted)| {
                let values = message.values(field);
                wanted.iter().any(|wanted| values.iter().any(|value| matches(value, wanted)))
            })
    }
}

fn matches(value: &str, wanted: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(start) => value.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start)),
        None => value.eq_ignore_ascii_case(wanted),
    }
}

/// The most frequent first.
fn summary(field: &str, messages: &[&Message]) -> Element {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for value in messages.iter().flat_map(|message| message.values(field)) {
        *counts.entry(value).or_default() += 1;
    }
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut summary = Element::new("qs").attr("type", field);
    for (value, count) in counts.into_iter().take(SUMMARY_MAX) {
        summary.push(Element::new("qsi").attr("n", count).attr("t", value));
    }
    summary
}

/// Times in milliseconds, as Zimbra's pages expect them.
fn element(message: &Message) -> Element {
    let joined = |field: &str| message.values(field).join(",");
    let mut element = Element::new("qi")
        .attr("id", message.id.clone())
        .attr("time", message.arrived.saturating_mul(1_000))
        .attr("size", message.size)
        .attr("from", message.from.clone())
        .attr("fromdomain", domain(&message.from))
        .attr("to", joined("to"))
        .attr("todomain", joined("todomain"))
        .attr("recipients", message.recipient_count as u64);
    let reasons = message.values("reason");
    if !reasons.is_empty() {
        element.set("reason", reasons.join("; "));
    }
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue() -> Queue {
        let told = json!({"total": {"deferred": 2, "maildrop": 1}, "messages": [
            {"id": "AAAAAA1", "queue": "deferred", "arrived": 10, "size": 1, "from": "ann@A.test", "recipient_count": 2,
             "recipients": [{"address": "x@B.test", "why": "refused"}, {"address": "y@b.test", "why": "refused"}]},
            {"id": "AAAAAA2", "queue": "deferred", "arrived": 20, "size": 1, "from": "", "recipient_count": 1,
             "recipients": [{"address": "z@c.test", "why": ""}]},
            {"id": "AAAAAA3", "queue": "maildrop", "arrived": 30, "size": 1, "from": "é@a.test", "recipient_count": 0, "recipients": []},
        ]});
        serde_json::from_value(told).unwrap()
    }

    fn query(fields: &[(&str, &str)]) -> Query {
        let mut query = Element::new("query");
        for (name, value) in fields {
            query.push(Element::new("field").attr("name", *name).child(Element::new("match").attr("value", *value)));
        }
        Query::read(&query).unwrap()
    }

    #[test]
    fn messages_are_found_by_what_they_have() {
        let queue = queue();
        let found = |name: &str, fields: &[(&str, &str)]| {
            let query = query(fields);
            queue.messages.iter().filter(|one| query.finds(name, one)).map(|one| &*one.id).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found("deferred", &[]), "AAAAAA1 AAAAAA2");
        assert_eq!(found("deferred", &[("todomain", "b.TEST")]), "AAAAAA1");
        assert_eq!(found("deferred", &[("to", "z*"), ("from", "")]), "AAAAAA2");
        assert_eq!(found("deferred", &[("to", "z*"), ("from", "ann@a.test")]), "");
        assert_eq!(found("deferred", &[("reason", "ref*")]), "AAAAAA1");
        assert_eq!(found("incoming", &[("from", "é*")]), "AAAAAA3");
        assert_eq!(found("incoming", &[("from", "\u{e8}*")]), "");
        assert_eq!(found("hold", &[]), "");
    }

    #[test]
    fn groups_are_counted_by_messages() {
        let queue = queue();
        let all: Vec<&Message> = queue.messages.iter().collect();
        let told = |field: &str| {
            let lines = summary(field, &all);
            let lines = lines.named("qsi").map(|one| format!("{} {}", one.get("n").unwrap(), one.get("t").unwrap()));
            lines.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(told("todomain"), "1 b.test, 1 c.test");
        assert_eq!(told("reason"), "1 refused");
        assert_eq!(told("fromdomain"), "2 a.test, 1 ");
    }

    #[test]
    fn what_is_no_query_is_refused() {
        let field = Element::new("field").attr("name", "body").child(Element::new("match").attr("value", "x"));
        assert_eq!(Query::read(&Element::new("query").child(field)).unwrap_err().code, "service.INVALID_REQUEST");
        assert!(queue_name(&Element::new("queue").attr("name", "../x")).is_err());
        assert_eq!(Query::read(&Element::new("query").attr("limit", "999999")).unwrap().limit, LIMIT_MAX);
    }
}
