// SPDX-License-Identifier: AGPL-3.0-or-later
//! Accounts elsewhere: Create, Get, Modify, Delete and TestDataSource, ImportData and GetImportStatus. No answer has a password in it.

use crate::args;
use crate::context::Context;
use crate::data_source::{Kind, MORE, SECURITIES, Source, interval_min, sources, try_out};
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::state::duration;
use directory::Account;
use mailbox::{Handle, SourceNote};
use std::collections::BTreeMap;

const VALUE_BYTES_MAX: usize = 1024;
/// Where the class of service says nothing.
const ENTRIES_MAX: usize = 20;
/// A source is looked at as soon as it is there.
const SOON_MS: i64 = 0;

pub async fn create(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.clone();
    let (kind, wanted) = only(request)?;
    need_allowed(kind, &account)?;
    let handle = context.open().await?;
    let id = uuid::Uuid::new_v4().to_string();
    let password = password(wanted)?.ok_or_else(|| Fault::invalid("missing required attribute: password"))?;
    let mut source = blank(kind);
    for name in ["name", "l", "isEnabled", "host", "connectionType", "username"] {
        wanted.need_filled(name)?;
    }
    fill(&mut source, wanted, &account)?;
    need_folder(&handle, &source).await?;
    source.seal_password(&context.state, &account.id, &id, password).await?;
    put(&handle, &account, &id, source.clone()).await?;
    context.state.data_sources.put(&account, &id, &source, SOON_MS);
    Ok(Element::answer_to(request).unique(Element::new(kind.name()).attr("id", id)))
}

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let handle = context.open().await?;
    Ok(all(context, &handle).await?.into_iter().fold(Element::answer_to(request), Element::child))
}

/// As GetDataSources and GetInfo show them.
pub async fn all(context: &Context, handle: &Handle) -> Result<Vec<Element>> {
    let account = &context.target()?.id;
    let notes = handle.run(|mailbox| mailbox.sources()).await?;
    let shown = sources(&notes).map(|(id, source)| element(context, account, id, &source));
    Ok(shown.collect())
}

fn element(context: &Context, account: &str, id: &str, source: &Source) -> Element {
    let status = context.state.data_sources.status(account, id);
    let mut element = Element::new(source.kind.name())
        .attr("id", id)
        .attr("name", source.name.clone())
        .attr("l", source.folder.to_string())
        .attr("isEnabled", source.enabled)
        .attr("host", source.host.clone())
        .attr("port", u64::from(source.port))
        .attr("connectionType", source.security.clone())
        .attr("username", source.user.clone())
        .attr_opt("pollingInterval", source.interval.clone());
    if source.kind == Kind::Pop3 {
        element.set("leaveOnServer", source.leave_on_server);
    }
    for (name, value) in &source.more {
        element.set(name, value.as_str());
    }
    if let (Some(error), Some(since_ms)) = (status.error, status.failing_since_ms) {
        element.set("failingSince", since_ms / 1000);
        element = element.content("lastError", error);
    }
    element
}

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.clone();
    let (kind, wanted) = only(request)?;
    need_allowed(kind, &account)?;
    let handle = context.open().await?;
    let (id, before) = find(&handle, kind, wanted).await?;
    let mut source = before.clone();
    fill(&mut source, wanted, &account)?;
    need_folder(&handle, &source).await?;
    match password(wanted)? {
        Some(password) => source.seal_password(&context.state, &account.id, &id, password).await?,
        None => need_password_for(&before, &source)?,
    }
    put(&handle, &account, &id, source.clone()).await?;
    context.state.data_sources.put(&account, &id, &source, SOON_MS);
    Ok(Element::answer_to(request))
}

/// What is not there is no fault: it is gone.
pub async fn delete(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.id.clone();
    let handle = context.open().await?;
    let named: Vec<(Kind, &Element)> = each(request).collect();
    if named.is_empty() {
        return Err(Fault::invalid("no data source is named"));
    }
    for (kind, wanted) in named {
        let id = match find(&handle, kind, wanted).await {
            Ok((id, _)) => id,
            Err(fault) if fault.code == NO_SUCH => continue,
            Err(fault) => return Err(fault),
        };
        let of = id.clone();
        handle.run(move |mailbox| mailbox.remove_source(&of)).await?;
        context.state.data_sources.remove(&account, &id);
    }
    Ok(Element::answer_to(request))
}

/// Of a stored one, with what the request has in place of it; or of one that is not stored yet.
pub async fn test(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.clone();
    let (kind, wanted) = only(request)?;
    need_allowed(kind, &account)?;
    let handle = context.open().await?;
    let given = password(wanted)?;
    let stored = match wanted.get("id").filter(|id| !id.is_empty()) {
        Some(_) => Some(find(&handle, kind, wanted).await?),
        None => None,
    };
    let mut source = stored.as_ref().map_or_else(|| blank(kind), |(_, source)| source.clone());
    fill(&mut source, wanted, &account)?;
    let password = match (given, &stored) {
        (Some(password), _) => password,
        (None, Some((id, before))) => {
            need_password_for(before, &source)?;
            before.open_password(&context.state, &account.id, id).await?
        }
        (None, None) => return Err(Fault::invalid("missing required attribute: password")),
    };
    for (name, value) in [("host", &source.host), ("username", &source.user), ("connectionType", &source.security)] {
        if value.is_empty() {
            return Err(Fault::invalid(format!("missing required attribute: {name}")));
        }
    }
    let tried = Element::new(kind.name());
    let tried = match try_out(&context.state, &source, &password).await {
        Ok(()) => tried.attr("success", 1),
        Err(why) => tried.attr("success", 0).attr("error", why),
    };
    Ok(Element::answer_to(request).child(tried))
}

pub async fn import(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.clone();
    let handle = context.open().await?;
    let mut wanted = Vec::new();
    for (kind, element) in each(request) {
        need_allowed(kind, &account)?;
        wanted.push(find(&handle, kind, element).await?.0);
    }
    if wanted.is_empty() {
        return Err(Fault::invalid("no data source is named"));
    }
    for id in wanted {
        context.state.data_sources.want(&account.id, &id);
    }
    Ok(Element::answer_to(request))
}

pub async fn status(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.id.clone();
    let handle = context.open().await?;
    let notes = handle.run(|mailbox| mailbox.sources()).await?;
    let mut answer = Element::answer_to(request);
    for (id, source) in sources(&notes) {
        let status = context.state.data_sources.status(&account, id);
        let mut shown = Element::new(source.kind.name()).attr("id", id).attr("isRunning", status.is_busy());
        if status.has_run && !status.is_busy() {
            shown = shown.attr("success", status.error.is_none()).attr_opt("error", status.error);
        }
        answer.push(shown);
    }
    Ok(answer)
}

const NO_SUCH: &str = "account.NO_SUCH_DATA_SOURCE";

fn each(request: &Element) -> impl Iterator<Item = (Kind, &Element)> {
    Kind::ALL.into_iter().flat_map(|kind| request.named(kind.name()).map(move |element| (kind, element)))
}

fn only(request: &Element) -> Result<(Kind, &Element)> {
    each(request).next().ok_or_else(|| Fault::invalid("missing required element: pop3 or imap"))
}

fn need_allowed(kind: Kind, account: &Account) -> Result<()> {
    if kind.is_allowed(account) { Ok(()) } else { Err(Fault::denied()) }
}

fn blank(kind: Kind) -> Source {
    Source {
        kind,
        name: String::new(),
        folder: 0,
        enabled: false,
        host: String::new(),
        port: 0,
        security: String::new(),
        user: String::new(),
        password: String::new(),
        interval: None,
        leave_on_server: false,
        more: BTreeMap::new(),
    }
}

fn password(wanted: &Element) -> Result<Option<String>> {
    let Some(password) = wanted.get("password").filter(|password| !password.is_empty()) else { return Ok(None) };
    if password.len() > VALUE_BYTES_MAX || password.chars().any(char::is_control) {
        return Err(Fault::invalid("not a valid password"));
    }
    Ok(Some(password))
}

/// Who has a session, but not the password, must not have it sent to a server of his own, or in the clear.
fn need_password_for(before: &Source, after: &Source) -> Result<()> {
    let to = |source: &Source| (source.host.to_lowercase(), source.port, source.security.clone(), source.user.clone());
    if to(before) == to(after) {
        return Ok(());
    }
    Err(Fault::invalid(
        "missing required attribute: password, since the server, its port, the connection or the name changes",
    ))
}

fn text(wanted: &Element, name: &str) -> Result<Option<String>> {
    let Some(text) = wanted.get(name) else { return Ok(None) };
    if text.len() > VALUE_BYTES_MAX || text.chars().any(char::is_control) {
        return Err(Fault::invalid(format!("not a valid value: {name}")));
    }
    Ok(Some(text.trim().to_owned()))
}

/// Puts what the request has in place of what is there, each checked.
fn fill(source: &mut Source, wanted: &Element, account: &Account) -> Result<()> {
    if let Some(name) = text(wanted, "name")? {
        if name.is_empty() || name.chars().count() > 128 {
            return Err(Fault::invalid("not a valid value: name"));
        }
        source.name = name;
    }
    if let Some(folder) = wanted.get("l") {
        source.folder = args::folder_id(&folder, &account.id)?.0;
    }
    if let Some(enabled) = wanted.flag("isEnabled")? {
        source.enabled = enabled;
    }
    if let Some(host) = text(wanted, "host")? {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '_');
        if host.is_empty() || host.len() > 255 || !host.chars().all(is_name) {
            return Err(Fault::invalid("not a valid value: host"));
        }
        source.host = host;
    }
    if let Some(security) = text(wanted, "connectionType")? {
        if SECURITIES.iter().all(|(known, _)| *known != security) {
            return Err(Fault::invalid("not a valid value: connectionType"));
        }
        source.security = security;
    }
    match wanted.number::<u16>("port")? {
        Some(0) => return Err(Fault::invalid("not a valid number: port")),
        Some(port) => source.port = port,
        None if source.port == 0 => source.port = port_of(source),
        None => {}
    }
    if let Some(user) = text(wanted, "username")? {
        source.user = user;
    }
    if let Some(leave) = wanted.flag("leaveOnServer")? {
        source.leave_on_server = leave;
    }
    if let Some(interval) = text(wanted, "pollingInterval")? {
        source.interval = interval_of(interval, account)?;
    }
    for name in MORE {
        match text(wanted, name)? {
            Some(value) if value.is_empty() => drop(source.more.remove(name)),
            Some(value) => drop(source.more.insert(name.to_owned(), value)),
            None => {}
        }
    }
    Ok(())
}

fn port_of(source: &Source) -> u16 {
    match (source.kind, source.security.as_str()) {
        (Kind::Pop3, "ssl") => 995,
        (Kind::Pop3, _) => 110,
        (Kind::Imap, "ssl") => 993,
        (Kind::Imap, _) => 143,
    }
}

/// 0: only when somebody asks for it.
fn interval_of(text: String, account: &Account) -> Result<Option<String>> {
    if text.is_empty() {
        return Ok(None);
    }
    let interval = duration(&text).ok_or_else(|| Fault::invalid("not a valid value: pollingInterval"))?;
    let least = interval_min(account);
    if !interval.is_zero() && interval < least {
        let least = least.as_secs();
        return Err(Fault::invalid(format!("pollingInterval is {least} seconds at least, or 0 for never")));
    }
    Ok(Some(text))
}

async fn need_folder(handle: &Handle, source: &Source) -> Result<()> {
    let id = source.folder();
    handle.run(move |mailbox| mailbox.folder(id)).await?;
    Ok(())
}

/// By id, else by name, in any case.
async fn find(handle: &Handle, kind: Kind, wanted: &Element) -> Result<(String, Source)> {
    let id = wanted.get("id").filter(|id| !id.is_empty());
    let name = wanted.get("name").filter(|name| !name.is_empty());
    let asked = id.clone().or(name.clone());
    let asked = asked.ok_or_else(|| Fault::invalid("missing required attribute: id or name"))?;
    let notes = handle.run(|mailbox| mailbox.sources()).await?;
    let is_meant = |known: &str, source: &Source| match (&id, &name) {
        (Some(id), _) => known == id,
        (None, Some(name)) => source.name.to_lowercase() == name.to_lowercase(),
        (None, None) => false,
    };
    let found = sources(&notes).find(|(id, source)| source.kind == kind && is_meant(id, source));
    let asked: String = asked.chars().take(64).collect();
    let missing = || Fault::new(NO_SUCH, format!("no such data source: {asked}"));
    found.map(|(id, source)| (id.to_owned(), source)).ok_or_else(missing)
}

/// All of it under the mailbox lock: whether the name is free, and whether there is room.
async fn put(handle: &Handle, account: &Account, id: &str, source: Source) -> Result<()> {
    let max = account.attr("zimbraDataSourceMaxNumEntries").and_then(|max| max.parse().ok()).unwrap_or(ENTRIES_MAX);
    let (id, own) = (id.to_owned(), id.to_owned());
    let put = handle.run(move |mailbox| {
        let mut refused = None;
        let plan = |known: &[SourceNote]| {
            let mut others = sources(known).filter(|(known, _)| *known != own);
            let is_new = known.iter().all(|(known, _)| *known != own);
            let name = source.name.to_lowercase();
            if others.any(|(_, other)| other.name.to_lowercase() == name) {
                refused = Some((
                    "account.DATA_SOURCE_EXISTS",
                    format!("a data source with this name exists: {}", source.name),
                ));
            } else if is_new && known.len() >= max {
                refused = Some(("account.TOO_MANY_DATA_SOURCES", format!("an account has {max} data sources at most")));
            }
            if refused.is_some() { Err(mailbox::Error::ModifyConflict) } else { source.write() }
        };
        match mailbox.put_source(&id, plan) {
            Err(_) if refused.is_some() => Ok(refused),
            other => other.map(|()| None),
        }
    });
    match put.await? {
        Some((code, reason)) => Err(Fault::new(code, reason)),
        None => Ok(()),
    }
}
