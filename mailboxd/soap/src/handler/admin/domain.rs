// SPDX-License-Identifier: AGPL-3.0-or-later
//! Domains.

use super::{domain_element, read_attrs};
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::Domain;

/// `<domain by="id|name">`
pub fn find(context: &Context, selector: &Element) -> Result<Domain> {
    let key = selector.text_or_empty();
    match selector.get("by").as_deref() {
        Some("id") => by_id(context, key),
        Some("name") | None => context.state.directory.domain(key)?.ok_or_else(|| missing(key)),
        Some(_) => Err(Fault::invalid("domain: unknown value of by")),
    }
}

fn missing(key: &str) -> Fault {
    Fault::new("account.NO_SUCH_DOMAIN", format!("no such domain: {key}"))
}

fn by_id(context: &Context, id: &str) -> Result<Domain> {
    let domains = context.state.directory.domains()?;
    domains.into_iter().find(|domain| domain.id == id).ok_or_else(|| missing(id))
}

pub async fn create(context: &Context, request: &Element) -> Result<Element> {
    let name = request.need_filled("name")?;
    let attrs = read_attrs(request, None)?;
    // Its key costs as much as a password.
    let domain = context.state.hashing(move |directory| directory.create_signed_domain(&name, attrs)).await?;
    Ok(Element::answer_to(request).child(domain_element(&domain, request)))
}

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let domain = find(context, request.need_element("domain")?)?;
    Ok(Element::answer_to(request).child(domain_element(&domain, request)))
}

pub async fn all(context: &Context, request: &Element) -> Result<Element> {
    let mut answer = Element::answer_to(request);
    for domain in context.state.directory.domains()? {
        answer.push(domain_element(&domain, request));
    }
    Ok(answer)
}

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    let domain = by_id(context, &request.need_filled("id")?)?;
    let changes = read_attrs(request, Some(&domain.attrs))?;
    let domain = context.state.directory.modify_domain(&domain.name, changes)?;
    Ok(Element::answer_to(request).child(domain_element(&domain, request)))
}

pub async fn delete(context: &Context, request: &Element) -> Result<Element> {
    let domain = by_id(context, &request.need_filled("id")?)?;
    context.state.directory.delete_domain(&domain.name)?;
    Ok(Element::answer_to(request))
}
