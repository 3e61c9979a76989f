// SPDX-License-Identifier: AGPL-3.0-or-later
//! `urn:zimbraAdmin`: accounts and domains. The dispatcher has checked that an administrator asks.

pub mod account;
pub mod delegate_auth;
pub mod domain;
pub mod mailbox;
pub mod service_status;

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::handler::prefs::attrs_of;
use directory::{Account, Attrs, Domain, token};

const ATTR_VALUES_MAX: usize = 10_000;

/// `<account by="id|name">`, or the attribute `id`.
pub fn find_account(context: &Context, request: &Element) -> Result<Account> {
    let directory = &context.state.directory;
    let (by, key) = match request.first("account") {
        Some(account) => (account.get("by").unwrap_or_else(|| "name".into()), account.text_or_empty().to_owned()),
        None => ("id".into(), request.need_filled("id")?),
    };
    let found = match by.as_str() {
        "id" => directory.account_by_id(&key)?,
        "name" => directory.account(&key)?,
        _ => return Err(Fault::invalid("account: unknown value of by")),
    };
    found.ok_or_else(|| Fault::no_such("account", key))
}

/// `<a n="name">value</a>`, repeated for several values, an empty one to remove; `+name` and `-name` add and remove.
pub fn read_attrs(request: &Element, old: Option<&Attrs>) -> Result<Attrs> {
    let mut changes = Attrs::new();
    let listed = request.named("a").map(|a| a.need("n").map(|name| (name, a.text_or_empty().to_owned())));
    let paired = request.pairs.iter().map(|pair| Ok((pair.name.clone(), pair.value.clone())));
    for (count, change) in listed.chain(paired).enumerate() {
        let (name, value) = change?;
        let (sign, bare) = match name.split_at_checked(1) {
            Some((sign @ ("+" | "-"), bare)) => (sign, bare),
            _ => ("", name.as_str()),
        };
        if count >= ATTR_VALUES_MAX || bare.is_empty() || !bare.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(Fault::new("account.INVALID_ATTR_NAME", format!("invalid attribute name: {bare}")));
        }
        if token::is_private_attr(bare) {
            return Err(Fault::denied());
        }
        let base = || match old.filter(|_| !sign.is_empty()) {
            Some(old) => old.get(bare).cloned().unwrap_or_default(),
            None => Vec::new(),
        };
        let values = changes.entry(bare.to_owned()).or_insert_with(base);
        match sign {
            "-" => values.retain(|kept| *kept != value),
            _ if value.is_empty() => {}
            _ if values.contains(&value) => {}
            _ => values.push(value),
        }
    }
    Ok(changes)
}

/// The names of `attrs="a,b"`.
fn wanted(request: &Element) -> Option<Vec<String>> {
    let names = request.get("attrs").filter(|names| !names.is_empty())?;
    Some(names.split(',').map(|name| name.trim().to_owned()).collect())
}

pub fn account_element(context: &Context, account: &Account, request: &Element) -> Element {
    let mut attrs = attrs_of(account, &context.state.config.host);
    let prefs = account.attrs.iter().filter(|(name, _)| name.starts_with("zimbraPref"));
    attrs.extend(prefs.map(|(name, values)| (name.clone(), values.clone())));
    let element = Element::new("account").attr("name", account.name.clone()).attr("id", account.id.clone());
    with_attrs(element, &attrs, request)
}

pub fn domain_element(domain: &Domain, request: &Element) -> Element {
    let mut attrs = domain.attrs.clone();
    attrs.entry("zimbraDomainName".into()).or_insert_with(|| vec![domain.name.clone()]);
    attrs.entry("zimbraId".into()).or_insert_with(|| vec![domain.id.clone()]);
    attrs.entry("zimbraDomainType".into()).or_insert_with(|| vec!["local".into()]);
    attrs.entry("zimbraDomainStatus".into()).or_insert_with(|| vec!["active".into()]);
    let element = Element::new("domain").attr("name", domain.name.clone()).attr("id", domain.id.clone());
    with_attrs(element, &attrs, request)
}

fn with_attrs(mut element: Element, attrs: &Attrs, request: &Element) -> Element {
    let wanted = wanted(request);
    for (name, values) in attrs.iter().filter(|(name, _)| wanted.as_ref().is_none_or(|wanted| wanted.contains(name))) {
        for value in values {
            element.push(Element::new("a").attr("n", name.clone()).text(value.clone()));
        }
    }
    element
}
