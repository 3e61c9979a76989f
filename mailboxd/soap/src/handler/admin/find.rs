// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a request names: `<account by="name">…</account>`, or the attribute `id`.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::{Account, Domain, Kind, Object};

/// How it is named, and by what. `by` left out is `default`.
fn selector(request: &Element, name: &str, default: &str) -> Result<(String, String)> {
    match request.first(name) {
        Some(selector) => {
            let key = selector.text_or_empty().trim().to_owned();
            Ok((selector.get("by").unwrap_or_else(|| default.to_owned()), key))
        }
        None => match request.get("id") {
            Some(id) => Ok(("id".to_owned(), id.trim().to_owned())),
            None => Err(Fault::invalid(format!("missing required element: {name}"))),
        },
    }
}

fn unknown_by(name: &str) -> Fault {
    Fault::invalid(format!("{name}: unknown value of by"))
}

/// An account or a calendar resource.
pub fn find_account(context: &Context, request: &Element) -> Result<Account> {
    let (by, key) = match request.first("calresource") {
        Some(_) => selector(request, "calresource", "name")?,
        None => selector(request, "account", "name")?,
    };
    let directory = &context.state.directory;
    let found = match by.as_str() {
        "id" => directory.account_by_id(&key)?,
        "name" | "adminName" | "appAdminName" => directory.account(&with_domain(context, &key)?)?,
        "foreignPrincipal" => directory.account_by_foreign_principal(&key)?,
        _ => return Err(unknown_by("account")),
    };
    found.ok_or_else(|| Fault::no_such("account", key))
}

/// A name without a domain is one in the default domain.
fn with_domain(context: &Context, name: &str) -> Result<String> {
    Ok(match context.state.directory.default_domain()? {
        Some(domain) if !name.contains('@') => format!("{name}@{domain}"),
        _ => name.to_owned(),
    })
}

pub fn find_list(context: &Context, request: &Element) -> Result<Object> {
    let (by, key) = selector(request, "dl", "name")?;
    // An address has an @, an id has none.
    match by.as_str() {
        "id" | "name" if (by == "name") == key.contains('@') => Ok(context.state.directory.list(&key)?),
        "name" => Err(Fault::invalid(format!("the name of a list is an address: {key}"))),
        "id" => Err(Fault::new("account.NO_SUCH_DISTRIBUTION_LIST", format!("no such list: {key}"))),
        _ => Err(unknown_by("dl")),
    }
}

pub fn find_domain(context: &Context, request: &Element) -> Result<Domain> {
    let (by, key) = selector(request, "domain", "name")?;
    let directory = &context.state.directory;
    let missing = || Fault::new("account.NO_SUCH_DOMAIN", format!("no such domain: {key}"));
    match by.as_str() {
        "name" => directory.domain(&key)?.ok_or_else(missing),
        "id" => directory.domain_by_id(&key)?.ok_or_else(missing),
        "virtualHostname" => directory.domain_by_virtual_host(&key)?.ok_or_else(missing),
        _ => Err(unknown_by("domain")),
    }
}

pub fn find_cos(context: &Context, request: &Element) -> Result<Object> {
    object(context, request, "cos", Kind::Cos)
}

/// Of this host, where the request names none.
pub fn find_server(context: &Context, request: &Element) -> Result<Object> {
    match request.first("server").and_then(|server| server.get("name")) {
        Some(name) => Ok(context.state.directory.get(Kind::Server, &name)?),
        None => match request.first("server") {
            Some(server) if server.get("by").is_none() || server.text_or_empty().trim().is_empty() => {
                Err(Fault::invalid("server: by and a name or an id are needed"))
            }
            _ => object(context, request, "server", Kind::Server),
        },
    }
}

fn object(context: &Context, request: &Element, name: &str, kind: Kind) -> Result<Object> {
    let (by, key) = selector(request, name, "name")?;
    let found = match by.as_str() {
        "id" | "name" => context.state.directory.get(kind, &key)?,
        _ => return Err(unknown_by(name)),
    };
    if (by == "id") == (found.id == key) {
        return Ok(found);
    }
    Err(directory::Error::NoSuch(kind, key.chars().take(80).collect()).into())
}
