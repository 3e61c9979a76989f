// SPDX-License-Identifier: AGPL-3.0-or-later
//! The system itself: version, health, who is connected, what it speaks.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use std::collections::BTreeMap;

pub async fn empty(_: &Context, request: &Element) -> Result<Element> {
    Ok(Element::answer_to(request))
}

pub async fn version(context: &Context, request: &Element) -> Result<Element> {
    let version = env!("CARGO_PKG_VERSION");
    let mut parts = version.split(['.', '-']);
    let mut part = || parts.next().unwrap_or("0").to_owned();
    let info = Element::new("info")
        .attr("type", "POSTHOUSE")
        .attr("version", version)
        .attr("release", "")
        .attr("buildDate", "")
        .attr("host", context.state.config.host.clone())
        .attr("majorversion", part())
        .attr("minorversion", part())
        .attr("microversion", part())
        .attr("platform", std::env::consts::OS);
    Ok(Element::answer_to(request).child(info))
}

/// The directory and the store answer.
pub async fn health(context: &Context, request: &Element) -> Result<Element> {
    let directory = context.state.directory.clone();
    let healthy = context.state.store.run(move |store| directory.config().is_ok() && store.stats().is_ok()).await?;
    Ok(Element::answer_to(request).attr("healthy", healthy))
}

const CACHES: &[&str] = &[
    "account",
    "acl",
    "all",
    "config",
    "cos",
    "domain",
    "galgroup",
    "global",
    "group",
    "globalgrant",
    "license",
    "locale",
    "mime",
    "server",
    "skin",
    "uistrings",
    "xmpp",
    "zimlet",
];

/// Everything of the directory is asked for again, whatever was named: it is one cache.
pub async fn flush_cache(context: &Context, request: &Element) -> Result<Element> {
    let types = request.need_element("cache")?.need_filled("type")?;
    if let Some(unknown) = types.split(',').map(str::trim).find(|name| !CACHES.contains(name)) {
        return Err(Fault::invalid(format!("no such cache: {unknown}")));
    }
    context.state.directory.flush_cache();
    Ok(Element::answer_to(request))
}

/// Of the web client.
pub async fn locales(_: &Context, request: &Element) -> Result<Element> {
    let mut answer = Element::answer_to(request);
    for (id, name, own) in [("de", "German", "Deutsch"), ("en", "English", "English")] {
        answer.push(Element::new("locale").attr("id", id).attr("name", name).attr("localName", own));
    }
    Ok(answer)
}

pub async fn skins(_: &Context, request: &Element) -> Result<Element> {
    Ok(Element::answer_to(request).child(Element::new("skin").attr("name", "posthouse")))
}

/// How many have a session for notifications, by account if it is asked for.
pub async fn dump_sessions(context: &Context, request: &Element) -> Result<Element> {
    let sessions = context.state.sessions.all();
    let mut answer = Element::answer_to(request).attr("activeSessions", sessions.len() as i64);
    let mut by_account: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (account, id) in &sessions {
        by_account.entry(account).or_default().push(id);
    }
    let mut soap = Element::new("soap").attr("activeSessions", sessions.len() as i64);
    if request.is("groupByAccount")? {
        soap.set("activeAccounts", by_account.len() as i64);
    }
    if request.is("listSessions")? {
        for (account, ids) in by_account {
            let name = context.state.directory.account_by_id(account)?.map(|account| account.name).unwrap_or_default();
            let mut zid = Element::new("zid").attr("name", name.clone()).attr("id", account);
            for id in ids {
                let session = Element::new("s").attr("zid", account).attr("name", name.clone()).attr("sid", id);
                if request.is("groupByAccount")? {
                    zid.push(Element::new("s").attr("sid", id));
                } else {
                    soap.push(session);
                }
            }
            if request.is("groupByAccount")? {
                soap.push(zid);
            }
        }
    }
    answer.push_unique(soap);
    Ok(answer)
}

/// Of SOAP; the other protocols keep no list.
pub async fn sessions(context: &Context, request: &Element) -> Result<Element> {
    let wanted = request.need_filled("type")?;
    if !["soap", "admin", "imap"].contains(&wanted.as_str()) {
        return Err(Fault::invalid("type is soap, admin or imap"));
    }
    let mut rows = Vec::new();
    if wanted == "soap" {
        for (account, id) in context.state.sessions.all() {
            let name = context.state.directory.account_by_id(&account)?.map(|account| account.name).unwrap_or_default();
            rows.push((name, account, id));
        }
    }
    match request.get("sortBy").as_deref() {
        None | Some("nameAsc" | "createdAsc" | "accessedAsc") => rows.sort(),
        Some("nameDesc" | "createdDesc" | "accessedDesc") => rows.sort_by(|a, b| b.cmp(a)),
        Some(_) => return Err(Fault::invalid("unknown value of sortBy")),
    }
    let limit = request.number::<usize>("limit")?.filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let offset = request.number::<usize>("offset")?.unwrap_or(0);
    let more = rows.len() > offset.saturating_add(limit);
    let mut answer = Element::answer_to(request).attr("more", more).attr("total", rows.len() as i64);
    for (name, account, id) in rows.into_iter().skip(offset).take(limit) {
        answer.push(Element::new("s").attr("zid", account).attr("name", name).attr("sid", id));
    }
    Ok(answer)
}
