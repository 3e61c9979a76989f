// SPDX-License-Identifier: AGPL-3.0-or-later
//! What somebody may do: on one target, everywhere, and on what is to be made.

use super::super::access::{hide, need};
use super::{grantee, target, target_type};
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::Account;
use directory::rights::{Allowed, Effective, GranteeType, Need, On, TargetType};

/// The account that is asked about: the sender, or another, which takes a right.
fn about(context: &Context, request: &Element, on: &On) -> Result<Account> {
    let own = &context.auth()?.account;
    if request.first("grantee").is_none() {
        return Ok(own.clone());
    }
    let powers = context.powers()?;
    let (kind, id, _) =
        grantee(context, request).map_err(|fault| if powers.is_global() { fault } else { hide(fault) })?;
    if id != own.id {
        need(context, on, "checkRight")?;
    }
    match kind {
        GranteeType::Usr => context.state.directory.account_by_id(&id)?.ok_or_else(Fault::denied),
        _ => Err(Fault::invalid("only an account can be asked about")),
    }
}

/// `setAttrs`, `getAttrs` or both in expandAllAttrs.
struct Expand {
    get: bool,
    set: bool,
}

impl Expand {
    fn of(request: &Element) -> Result<Expand> {
        let mut expand = Expand { get: false, set: false };
        for word in request.get("expandAllAttrs").unwrap_or_default().split(',').map(str::trim) {
            match word {
                "getAttrs" => expand.get = true,
                "setAttrs" => expand.set = true,
                "" => {}
                _ => return Err(Fault::invalid("expandAllAttrs is getAttrs or setAttrs, or both with a comma")),
            }
        }
        Ok(expand)
    }
}

pub async fn effective(context: &Context, request: &Element) -> Result<Element> {
    let powers = context.powers()?;
    let on = target(context, request).map_err(|fault| if powers.is_global() { fault } else { hide(fault) })?;
    let account = about(context, request, &on)?;
    let expand = Expand::of(request)?;
    let effective = context.state.directory.powers(&account)?.effective(&on)?;
    // Who may do nothing with it is not told that it is there.
    if effective.is_empty() && account.id == context.auth()?.account.id {
        return Err(Fault::denied());
    }
    let target = Element::new("target").attr("type", on.target.name()).attr("id", on.id()).attr("name", on.name());
    let target = with_rights(context, target, &effective, on.target, Some(&on), &expand)?;
    Ok(Element::answer_to(request).unique(grantee_element(&account)).unique(target))
}

pub async fn all_effective(context: &Context, request: &Element) -> Result<Element> {
    let account = about(context, request, &context.state.directory.on_everything()?)?;
    let expand = Expand::of(request)?;
    let mut answer = Element::answer_to(request).unique(grantee_element(&account));
    for found in context.state.directory.powers(&account)?.effective_everywhere()? {
        let mut target = Element::new("target").attr("type", found.target.name());
        if let Some(all) = &found.all {
            target.push_unique(with_rights(context, Element::new("all"), all, found.target, None, &expand)?);
        }
        for (name, effective) in &found.in_domains {
            let rights = with_rights(context, Element::new("rights"), effective, found.target, None, &expand)?;
            let domain = Element::new("domain").attr("name", name.clone());
            target.push(Element::new("inDomains").child(domain).unique(rights));
        }
        for (_, name, effective) in &found.entries {
            let rights = with_rights(context, Element::new("rights"), effective, found.target, None, &expand)?;
            let entry = Element::new("entry").attr("name", name.clone());
            target.push(Element::new("entries").child(entry).unique(rights));
        }
        answer.push(target);
    }
    Ok(answer)
}

/// Attributes that may be set on an entry that is to be made.
pub async fn create_attrs(context: &Context, request: &Element) -> Result<Element> {
    let target = request.need_element("target")?;
    let kind = target_type(&target.need_filled("type")?)?;
    let directory = &context.state.directory;
    let (above, right) = match kind {
        TargetType::Account | TargetType::CalResource | TargetType::Dl => {
            let domain = request.need_element("domain")?.text_or_empty().trim().to_owned();
            let right = match kind {
                TargetType::Account => "createAccount",
                TargetType::CalResource => "createCalendarResource",
                _ => "createDistributionList",
            };
            let found = directory.on(TargetType::Domain, &domain).map_err(Fault::from);
            (super::super::Sight::new(context, request)?.found(found)?, right)
        }
        TargetType::Cos => (directory.on_everything()?, "createCos"),
        TargetType::Domain => (directory.on_everything()?, "createTopDomain"),
        TargetType::Server => (directory.on_everything()?, "createServer"),
        _ => return Err(Fault::invalid("such an entry can't be made")),
    };
    need(context, &above, right)?;
    let powers = context.powers()?;
    let powers = powers.on_new(&above, kind)?;
    let settable: Vec<&str> = directory::known::all()
        .iter()
        .filter(|a| {
            kind.kind().is_some_and(|kind| a.is_on(kind)) && a.who != directory::known::Who::System && !a.secret
        })
        .map(|a| a.name)
        .collect();
    let may: Vec<&str> = settable.iter().copied().filter(|name| powers.may(&Need::Set(name))).collect();
    let mut attrs = Element::new("setAttrs");
    if may.len() == settable.len() {
        attrs.set("all", true);
    }
    for name in may {
        attrs.push(Element::new("a").attr("n", name));
    }
    Ok(Element::answer_to(request).unique(attrs))
}

fn grantee_element(account: &Account) -> Element {
    Element::new("grantee").attr("type", "usr").attr("id", account.id.clone()).attr("name", account.name.clone())
}

fn with_rights(
    context: &Context,
    mut element: Element,
    effective: &Effective,
    target: TargetType,
    on: Option<&On>,
    expand: &Expand,
) -> Result<Element> {
    for right in &effective.rights {
        element.push(Element::new("right").attr("n", *right));
    }
    for (name, allowed, expand) in [("setAttrs", &effective.set, expand.set), ("getAttrs", &effective.get, expand.get)]
    {
        let mut attrs = Element::new(name);
        let names: Vec<&str> = match allowed {
            Allowed::All => {
                attrs.set("all", true);
                let known = directory::known::all().iter().filter(|a| !a.secret);
                let there = known.filter(|a| target.kind().is_some_and(|kind| a.is_on(kind)));
                if expand { there.map(|a| a.name).collect() } else { Vec::new() }
            }
            Allowed::These(names) => names.clone(),
        };
        let defaults = on.map(|on| context.state.directory.inherited(on)).transpose()?.unwrap_or_default();
        for attr in names {
            let mut a = Element::new("a").attr("n", attr);
            if let Some(values) = defaults.get(attr) {
                let mut default = Element::new("default");
                values.iter().for_each(|value| default.push(Element::new("v").text(value.clone())));
                a.push_unique(default);
            }
            attrs.push(a);
        }
        element.push_unique(attrs);
    }
    Ok(element)
}
