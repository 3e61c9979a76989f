// SPDX-License-Identifier: AGPL-3.0-or-later
//! Changes of attributes: read from a request, and checked against the rights of who sends it.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::rights::{Need, On, TargetType};
use directory::{Attrs, Kind, token};

const ATTR_VALUES_MAX: usize = 10_000;

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
        // As it is kept: what is asked of a name below, and in the handlers, is asked of all its spellings.
        let bare = directory::known::attribute(bare).map_or(bare, |known| known.name);
        if count >= ATTR_VALUES_MAX || bare.is_empty() || !bare.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(Fault::new("account.INVALID_ATTR_NAME", format!("invalid attribute name: {bare}")));
        }
        if token::is_private_attr(bare) {
            return Err(Fault::denied());
        }
        // Nothing but spaces is no value.
        let value = if value.trim().is_empty() { String::new() } else { value };
        if sign != "-" && !value.is_empty() {
            check_value(bare, &value)?;
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

/// What is found out only at night else. Syntax is the directory's to check.
fn check_value(name: &str, value: &str) -> Result<()> {
    match name {
        "zimbraHsmPolicy" => match mailbox::HsmPolicy::parse(value) {
            Ok(_) => Ok(()),
            Err(error) => Err(Fault::new("account.INVALID_ATTR_VALUE", format!("{name}: {error}"))),
        },
        _ => Ok(()),
    }
}

/// Every attribute must be one that this administrator may set there, to a value within its constraints.
pub fn check_changes(context: &Context, on: &On, changes: &Attrs) -> Result<()> {
    let powers = context.powers()?;
    if powers.is_global() {
        return Ok(());
    }
    let powers = powers.on(on)?;
    if let Some(name) = changes.keys().find(|name| !powers.may(&Need::Set(name))) {
        return Err(Fault::new("service.PERM_DENIED", format!("permission denied: can't set {name}")));
    }
    check_cos(context, changes)?;
    Ok(context.state.directory.check_constraints(on, changes)?)
}

/// As [`check_changes`], for an entry that is to be made in the domain of this address.
pub fn check_new(context: &Context, target: TargetType, address: &str, attrs: &Attrs) -> Result<()> {
    let powers = context.powers()?;
    if powers.is_global() || attrs.is_empty() {
        return Ok(());
    }
    let domain = super::access::domain_of(context, address)?;
    let powers = powers.on_new(&domain, target)?;
    if let Some(name) = attrs.keys().find(|name| !powers.may(&Need::Set(name))) {
        return Err(Fault::new("service.PERM_DENIED", format!("permission denied: can't set {name}")));
    }
    check_cos(context, attrs)?;
    Ok(context.state.directory.check_constraints_of_new(&domain, target, attrs)?)
}

/// A mailbox is on a server that there is.
pub fn check_host(context: &Context, changes: &Attrs) -> Result<()> {
    let named = changes.get("zimbraMailHost").into_iter().flatten();
    for host in named.filter(|host| !host.is_empty() && !host.eq_ignore_ascii_case(&context.state.config.host)) {
        match context.state.directory.get(Kind::Server, host) {
            Ok(_) => {}
            Err(directory::Error::NoSuch(..)) => {
                return Err(Fault::invalid(format!("zimbraMailHost: no such server: {host}")));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// What a resource always has.
const RESOURCE_HAS: [&str; 6] =
    ["cn", "sn", "displayName", "zimbraAccountCalendarUserType", "zimbraCalResType", "zimbraMailHost"];

/// Nothing that an account must have is taken away, and the class of service is one that there is.
pub fn check_account(context: &Context, on: &On, changes: &Attrs) -> Result<()> {
    let is_empty = |name: &str| changes.get(name).is_some_and(|values| values.iter().all(String::is_empty));
    if is_empty("zimbraAccountStatus") && on.target == TargetType::CalResource {
        return Err(Fault::invalid("zimbraAccountStatus can't be empty"));
    }
    let must = RESOURCE_HAS.iter().filter(|_| on.target == TargetType::CalResource);
    if let Some(name) = must.copied().find(|name| is_empty(name)) {
        return Err(Fault::new("service.FAILURE", format!("{name} can't be empty")));
    }
    for cos in changes.get("zimbraCOSId").into_iter().flatten().filter(|cos| !cos.is_empty()) {
        match context.state.directory.get(Kind::Cos, cos) {
            Ok(_) => {}
            Err(directory::Error::NoSuch(..) | directory::Error::Invalid { .. }) => {
                return Err(Fault::new(
                    "account.INVALID_ATTR_VALUE",
                    format!("zimbraCOSId: no such class of service: {cos}"),
                ));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Who gives somebody a class of service must have it to give.
fn check_cos(context: &Context, changes: &Attrs) -> Result<()> {
    let named = ["zimbraCOSId", "zimbraDomainDefaultCOSId"].iter().filter_map(|name| changes.get(*name));
    for cos in named.flatten().filter(|cos| !cos.is_empty()) {
        super::access::need(context, &context.state.directory.on(TargetType::Cos, cos)?, "assignCos")?;
    }
    Ok(())
}
