// SPDX-License-Identifier: AGPL-3.0-or-later
//! Who may do what: giving and taking rights, and asking for them.

mod constraint;
mod describe;
mod effective;

pub use constraint::{get as constraints, modify as modify_constraints};
pub use describe::{all, doc, right};
pub use effective::{all_effective, create_attrs, effective};

use super::access::hide;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::Account;
use directory::rights::{Grant, Granted, GranteeType, Modifiers, Need, On, Right, TargetType, What, find};
use std::borrow::Cow;

/// `<target type by>name</target>`
fn target(context: &Context, request: &Element) -> Result<On> {
    let target = request.need_element("target")?;
    let word = target.need_filled("type")?;
    let kind = target_type(&word)?;
    let key = target.text_or_empty().trim();
    if key.is_empty() && !matches!(kind, TargetType::Config | TargetType::Global) {
        return Err(Fault::invalid("the target is missing"));
    }
    by(target)?;
    let on = context.state.directory.on(kind, key)?;
    // A resource may be named as the account that it is, but nothing else as something else.
    if on.target != kind && kind == TargetType::CalResource {
        return Err(Fault::new("account.NO_SUCH_CALENDAR_RESOURCE", format!("no such calendar resource: {key}")));
    }
    Ok(on)
}

fn target_type(word: &str) -> Result<TargetType> {
    match word {
        // There are no dynamic groups: a group is a list.
        "group" => Ok(TargetType::Dl),
        word => TargetType::of_name(word).ok_or_else(|| Fault::invalid(format!("no such type of target: {word}"))),
    }
}

fn by(selector: &Element) -> Result<()> {
    match selector.get("by").as_deref() {
        None | Some("id" | "name") => Ok(()),
        Some(_) => Err(Fault::invalid("by is id or name")),
    }
}

/// `<grantee type by>name</grantee>`: type, id and name.
fn grantee(context: &Context, request: &Element) -> Result<(GranteeType, String, String)> {
    let grantee = request.need_element("grantee")?;
    let word = grantee.get("type").unwrap_or_else(|| "usr".to_owned());
    let kind = match word.as_str() {
        // An address elsewhere, by whatever it shows that it is the one.
        "gst" | "key" | "email" => GranteeType::Gst,
        word => GranteeType::of_name(word).ok_or_else(|| Fault::invalid(format!("no such type of grantee: {word}")))?,
    };
    by(grantee)?;
    let key = grantee.text_or_empty().trim();
    if key.is_empty() && !matches!(kind, GranteeType::All | GranteeType::Pub) {
        return Err(Fault::invalid("the grantee is missing"));
    }
    let (id, name) = context.state.directory.grantee(kind, key)?;
    Ok((kind, id, name))
}

fn read_grant(context: &Context, request: &Element) -> Result<Grant> {
    let (grantee_type, grantee, _) = grantee(context, request)?;
    let right = request.need_element("right")?;
    let modifiers = Modifiers {
        deny: right.is("deny")?,
        can_delegate: right.is("canDelegate")?,
        sub_domain: right.is("subDomain")?,
        disinherit_sub_groups: right.is("disinheritSubGroups")?,
    };
    let name = right.text_or_empty().trim().to_owned();
    if name.is_empty() {
        return Err(Fault::invalid("the right is missing"));
    }
    Ok(Grant { grantee, grantee_type, right: name, modifiers })
}

pub async fn grant(context: &Context, request: &Element) -> Result<Element> {
    let (on, grant) = given(context, request)?;
    context.state.directory.grant(&on, &grant)?;
    tracing::info!(target: "audit", by = %context.auth()?.account.name, on = on.name(), right = %grant.right, grantee = %grant.grantee, "right granted");
    Ok(Element::answer_to(request))
}

pub async fn revoke(context: &Context, request: &Element) -> Result<Element> {
    let (on, grant) = given(context, request)?;
    context.state.directory.revoke(&on, &grant)?;
    tracing::info!(target: "audit", by = %context.auth()?.account.name, on = on.name(), right = %grant.right, grantee = %grant.grantee, "right revoked");
    Ok(Element::answer_to(request))
}

/// Only rights that the sender may pass on.
fn given(context: &Context, request: &Element) -> Result<(On, Grant)> {
    let powers = context.powers()?;
    let secretive = |fault: Fault| if powers.is_global() { fault } else { hide(fault) };
    let on = target(context, request).map_err(secretive)?;
    let grant = read_grant(context, request).map_err(secretive)?;
    if !powers.may_grant(&on, &grant.right)? {
        return Err(Fault::denied());
    }
    Ok((on, grant))
}

/// On a target, to a grantee (and, unless `all="0"`, to the lists it is in), or both.
pub async fn grants(context: &Context, request: &Element) -> Result<Element> {
    let powers = context.powers()?;
    let secretive = |fault: Fault| if powers.is_global() { fault } else { hide(fault) };
    let on = request.first("target").map(|_| target(context, request).map_err(secretive)).transpose()?;
    let ids = match request.first("grantee") {
        None => None,
        Some(element) => {
            let (kind, id, _) = grantee(context, request).map_err(secretive)?;
            let mut ids = vec![id.clone()];
            if element.flag("all")? != Some(false) {
                let addresses = match kind {
                    GranteeType::Usr => {
                        context.state.directory.account_by_id(&id)?.map(|a| a.addresses().map(str::to_owned).collect())
                    }
                    GranteeType::Grp => Some(vec![context.state.directory.list(&id)?.name]),
                    _ => None,
                };
                let lists = context.state.directory.lists_holding(&addresses.unwrap_or_default())?;
                ids.extend(lists.into_iter().map(|(list, _)| list.id));
            }
            Some(ids)
        }
    };
    let found = match (&on, &ids) {
        (Some(on), _) => context.state.directory.grants_on(on),
        (None, Some(ids)) => context.state.directory.grants_to(ids)?,
        (None, None) => return Err(Fault::invalid("a target or a grantee is needed")),
    };
    if let Some(on) = &on {
        super::access::need(context, on, "viewGrants")?;
    }
    let mut answer = Element::answer_to(request);
    let mut hidden = false;
    for granted in
        found.into_iter().filter(|granted| ids.as_ref().is_none_or(|ids| ids.contains(&granted.grant.grantee)))
    {
        if on.is_none() && !powers.may(&granted.on, &Need::Do("viewGrants"))? {
            hidden = true;
            continue;
        }
        answer.push(grant_element(context, &granted)?);
    }
    // Who may see none of them is not told that there are none.
    if on.is_none() && !powers.is_global() && (hidden || answer.children.is_empty()) && answer.children.is_empty() {
        return Err(Fault::denied());
    }
    Ok(answer)
}

fn grant_element(context: &Context, granted: &Granted) -> Result<Element> {
    let Granted { on, grant } = granted;
    let target = Element::new("target").attr("type", on.target.name()).attr("id", on.id()).attr("name", on.name());
    let grantee = Element::new("grantee").attr("type", grant.grantee_type.name()).attr("id", grant.grantee.clone());
    let grantee = grantee.attr("name", context.state.directory.grantee_name(grant)?);
    let mut right = Element::new("right").text(grant.right.clone());
    let Modifiers { deny, can_delegate, sub_domain, disinherit_sub_groups } = grant.modifiers;
    for (name, value) in [
        ("deny", deny),
        ("canDelegate", can_delegate),
        ("subDomain", sub_domain),
        ("disinheritSubGroups", disinherit_sub_groups),
    ] {
        right.set(name, value);
    }
    Ok(Element::new("grant").unique(target).unique(grantee).unique(right))
}

/// Whether somebody has a right, and by which grant. An attribute right is held if each of its attributes may be read or set.
pub async fn check(context: &Context, request: &Element) -> Result<Element> {
    let powers = context.powers()?;
    let secretive = |fault: Fault| if powers.is_global() { fault } else { hide(fault) };
    let (kind, id, name) = grantee(context, request).map_err(secretive)?;
    let right = request.need_filled("right")?;
    let is_self = id == context.auth()?.account.id;
    let on = match target(context, request).map_err(secretive) {
        Ok(on) => on,
        // What is not there is as what one has no right on.
        Err(fault) if is_self && fault.code == "service.PERM_DENIED" => {
            return Ok(Element::answer_to(request).attr("allow", false));
        }
        Err(fault) => return Err(fault),
    };
    if !is_self {
        super::access::need(context, &on, "checkRight")?;
    }
    let right = known(right.trim())?;
    if kind != GranteeType::Usr {
        return Err(Fault::invalid("only an account can be asked about"));
    }
    let account = context.state.directory.account_by_id(&id)?.ok_or_else(Fault::denied)?;
    let (allow, via) = held(context, &account, &on, &right)?;
    let mut answer = Element::answer_to(request).attr("allow", allow);
    if let Some(via) = via {
        let target = Element::new("target").attr("type", via.on.target.name()).text(via.on.name());
        let by = context.state.directory.grantee_name(&via.grant).unwrap_or(name);
        let grantee = Element::new("grantee").attr("type", via.grant.grantee_type.name()).text(by);
        let right = Element::new("right").attr("deny", via.grant.modifiers.deny).text(via.grant.right.clone());
        answer.push_unique(Element::new("via").unique(target).unique(grantee).unique(right));
    }
    Ok(answer)
}

fn held(
    context: &Context,
    account: &Account,
    on: &On,
    right: &Right,
) -> Result<(bool, Option<directory::rights::Via>)> {
    if right.class == directory::rights::Class::User {
        let allow = context.state.directory.user_right(Some(account), on, &right.name)?;
        return Ok((allow.unwrap_or(false), None));
    }
    let powers = context.state.directory.powers(account)?;
    let needs: Vec<Need<'_>> = match &right.what {
        What::Preset => vec![Need::Do(&right.name)],
        What::Get(_) => right.known_attributes(on.target).into_iter().map(Need::Get).collect(),
        What::Set(_) => right.known_attributes(on.target).into_iter().map(Need::Set).collect(),
        What::Combo(_) => return Err(Fault::invalid("a bundle of rights can't be checked, only its rights")),
    };
    // A right on what is below: asked of the domain as if it were there.
    let mut via = None;
    for need in &needs {
        let (allowed, by) = powers.would(on, right, need)?;
        if !allowed {
            return Ok((false, by));
        }
        via = via.or(by);
    }
    Ok((!needs.is_empty(), via))
}

fn known(name: &str) -> Result<Cow<'static, Right>> {
    find(name).ok_or_else(|| Fault::new("account.NO_SUCH_RIGHT", format!("no such right: {name}")))
}
