// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the scanner withheld: requests of our own, since Zimbra has none. Who manages the queue sees what came from whom and may let it go or
//! delete it; who reads it, or has it sent to somebody else, must be let into the quarantine's mailbox as well.

use super::access::need;
use crate::context::Context;
use crate::daemon;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::rights::TargetType;
use serde_json::{Value, json};

const ACCOUNT: &str = "zimbraAmavisQuarantineAccount";
/// In one request.
const IDS_MAX: usize = 500;

/// `<query>from:example.net</query>`, or all; the newest first. `exists="0"`: nothing is withheld on this system.
pub async fn list(context: &Context, request: &Element) -> Result<Element> {
    if account(context)?.is_none() {
        return Ok(Element::answer_to(request).attr("exists", false).attr("more", false));
    }
    let query = request.get("query").filter(|query| !query.trim().is_empty());
    let told = daemon::ask(context, json!({"verb": "quarantine", "request": {"list": {"query": query}}})).await?;
    let mut answer = Element::answer_to(request).attr("exists", true).attr("more", told["more"] == true);
    for message in told["messages"].as_array().into_iter().flatten() {
        answer.push(summary(message));
    }
    Ok(answer)
}

/// `id`. What was withheld as plain text, its attachments by name, and the source as far as it is shown.
pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    need_queue(context)?;
    need_mailbox(context)?;
    let id = request.number::<u32>("id")?.ok_or_else(|| Fault::invalid("missing required attribute: id"))?;
    let told = daemon::ask(context, json!({"verb": "quarantine", "request": {"show": {"id": id}}})).await?;
    tracing::info!(target: "audit", by = %context.auth()?.account.name, id, "a withheld message is looked at");
    let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
    let mut message = summary(&told);
    for name in ["text", "scanner", "message"] {
        message.push_unique(Element::new(name).text(text(name)));
    }
    message.set("leftOut", told["octets_left_out"].as_u64().unwrap_or(0));
    for attachment in told["attachments"].as_array().into_iter().flatten() {
        let of = |name: &str| attachment[name].as_str().unwrap_or_default().to_owned();
        let element = Element::new("attachment").attr("filename", of("name")).attr("ct", of("type"));
        message.push(element.attr_opt("s", attachment["size"].as_u64()));
    }
    Ok(Element::answer_to(request).unique(message))
}

/// `<action op="release|delete" ids="257,258" [to="ann@a.test"]/>`
pub async fn act(context: &Context, request: &Element) -> Result<Element> {
    need_queue(context)?;
    let action = request.need_element("action")?;
    let ids = action.need_filled("ids")?;
    let ids = ids.split(',').map(|id| id.trim().parse::<u32>());
    let ids: Vec<u32> = ids.collect::<std::result::Result<_, _>>().map_err(|_| Fault::invalid("ids are numbers"))?;
    if ids.len() > IDS_MAX {
        return Err(Fault::invalid(format!("more than {IDS_MAX} messages")));
    }
    let to = action.get("to").filter(|to| !to.is_empty());
    let op = action.need_filled("op")?;
    let wanted = match op.as_str() {
        "release" => {
            if to.is_some() {
                need_mailbox(context)?;
            }
            json!({"release": {"ids": ids, "to": to, "listener": null}})
        }
        "delete" => json!({"delete": {"ids": ids}}),
        _ => return Err(Fault::invalid("op is release or delete")),
    };
    let told = daemon::ask(context, json!({"verb": "quarantine", "request": wanted})).await?;
    tracing::info!(target: "audit", by = %context.auth()?.account.name, op, ?ids, ?to, "the quarantine is changed");
    let mut answer = Element::answer_to(request);
    for done in told["released"].as_array().into_iter().flatten() {
        let to: Vec<&str> = done["to"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        answer.push(Element::new("released").attr_opt("id", done["id"].as_u64()).attr("to", to.join(",")));
    }
    for failed in told["failed"].as_array().into_iter().flatten() {
        let why = failed["why"].as_str().unwrap_or_default();
        answer.push(Element::new("failed").attr_opt("id", failed["id"].as_u64()).attr("why", why));
    }
    Ok(answer.attr_opt("deleted", told["deleted"].as_u64()))
}

fn account(context: &Context) -> Result<Option<String>> {
    let config = context.state.directory.config()?;
    Ok(config.attrs.get(ACCOUNT).and_then(|values| values.first()).cloned())
}

fn need_queue(context: &Context) -> Result<()> {
    if context.powers()?.is_global() {
        return Ok(());
    }
    super::server::ensure(context)?;
    let on = context.state.directory.on(TargetType::Server, &context.state.config.host)?;
    need(context, &on, "manageMailQueue")
}

fn need_mailbox(context: &Context) -> Result<()> {
    if context.powers()?.is_global() {
        return Ok(());
    }
    let name = account(context)?.ok_or_else(Fault::denied)?;
    let account = context.state.directory.account(&name)?.ok_or_else(Fault::denied)?;
    need(context, &context.state.directory.on(TargetType::Account, &account.id)?, "adminLoginAs")
}

fn summary(message: &Value) -> Element {
    let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
    let to: Vec<&str> = message["to"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    Element::new("message")
        .attr_opt("id", message["id"].as_u64())
        .attr_opt("date", message["date_ms"].as_i64())
        .attr("from", text("from"))
        .attr("to", to.join(","))
        .attr("why", text("why"))
        .attr("subject", text("subject"))
        .attr_opt("size", message["size"].as_u64())
        .attr("released", message["released"] == true)
}
