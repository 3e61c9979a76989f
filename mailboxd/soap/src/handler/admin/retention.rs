// SPDX-License-Identifier: AGPL-3.0-or-later
//! Retention policies that are offered everywhere, or with a class of service.

use super::access::need;
use super::{Sight, find_cos};
use crate::context::Context;
use crate::element::{Element, ns};
use crate::fault::{Fault, Result};
use directory::Policy;
use directory::rights::{On, TargetType};

/// Of the class of service that is named, or of everything. The sender must manage policies there.
fn holder(context: &Context, request: &Element) -> Result<On> {
    let directory = &context.state.directory;
    let on = match request.first("cos") {
        Some(_) => {
            let cos = Sight::new(context, request)?.found(find_cos(context, request))?;
            directory.on(TargetType::Cos, &cos.id)?
        }
        None => directory.on(TargetType::Config, "")?,
    };
    need(context, &on, "manageSystemRetentionPolicy")?;
    Ok(on)
}

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let policies = context.state.directory.retention_policies(&holder(context, request)?);
    let list = |name: &str, is_keep: bool| {
        let mut element = Element::in_ns(name, ns::MAIL);
        policies.iter().filter(|policy| policy.is_keep == is_keep).for_each(|policy| element.push(shown(policy)));
        element
    };
    let both = Element::in_ns("retentionPolicy", ns::MAIL).unique(list("keep", true)).unique(list("purge", false));
    Ok(Element::answer_to(request).unique(both))
}

/// `<keep><policy name lifetime/></keep>` or `<purge>…</purge>`
pub async fn create(context: &Context, request: &Element) -> Result<Element> {
    let on = holder(context, request)?;
    let (holder, is_keep) = match (request.first("keep"), request.first("purge")) {
        (Some(keep), None) => (keep, true),
        (None, Some(purge)) => (purge, false),
        _ => return Err(Fault::invalid("either keep or purge is needed")),
    };
    let policy = holder.need_element("policy")?;
    let (name, lifetime) = (policy.need_filled("name")?, policy.need_filled("lifetime")?);
    let policy = context.state.directory.create_retention_policy(&on, &name, &lifetime, is_keep)?;
    Ok(Element::answer_to(request).unique(shown(&policy)))
}

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    let on = holder(context, request)?;
    let policy = request.need_element("policy")?;
    let (name, lifetime) = (policy.get("name"), policy.get("lifetime"));
    let id = policy.need_filled("id")?;
    let policy = context.state.directory.modify_retention_policy(&on, &id, name.as_deref(), lifetime.as_deref())?;
    Ok(Element::answer_to(request).unique(shown(&policy)))
}

pub async fn delete(context: &Context, request: &Element) -> Result<Element> {
    let on = holder(context, request)?;
    context.state.directory.delete_retention_policy(&on, &request.need_element("policy")?.need_filled("id")?)?;
    Ok(Element::answer_to(request))
}

fn shown(policy: &Policy) -> Element {
    Element::in_ns("policy", ns::MAIL)
        .attr("type", "system")
        .attr("id", policy.id.clone())
        .attr("name", policy.name.clone())
        .attr("lifetime", policy.lifetime.clone())
}
