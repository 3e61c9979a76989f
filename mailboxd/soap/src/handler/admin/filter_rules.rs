// SPDX-License-Identifier: AGPL-3.0-or-later
//! Filter rules of administrators, before and after those of people: for an account, a domain, a class of service, a server, or
//! everywhere. They are attributes as any other; who may read or set those may read or set the rules.

use super::access::hide;
use super::{change, find_account, find_cos, find_domain, find_server, server};
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::filter::{Rules, Way, Whose, attribute, dialect};
use directory::rights::{Need, TargetType};
use directory::{Account, Attrs, Kind};

/// Where the rules stand, and what is there.
struct Place {
    target: TargetType,
    id: String,
    attrs: Attrs,
    /// What the request said, for the answer.
    selector: Option<Element>,
}

fn whose(request: &Element) -> Result<Whose> {
    match request.need_filled("type")?.to_lowercase().as_str() {
        "before" => Ok(Whose::Before),
        "after" => Ok(Whose::After),
        other => Err(Fault::invalid(format!("type is before or after, not {other:?}"))),
    }
}

/// The place, and the attribute there that the sender may read or set; who may not is told nothing else.
fn allowed(
    context: &Context,
    request: &Element,
    way: Way,
    need: fn(&str) -> Need<'_>,
) -> Result<(Place, &'static str)> {
    let place = place(context, request)?;
    let powers = context.powers()?;
    let whose = if powers.is_global() { whose(request)? } else { whose(request).map_err(|_| Fault::denied())? };
    let name = attribute(way, whose);
    if !powers.may(&context.state.directory.on(place.target, &place.id)?, &need(name))? {
        return Err(Fault::denied());
    }
    Ok((place, name))
}

fn place(context: &Context, request: &Element) -> Result<Place> {
    let found = find(context, request);
    if context.powers()?.is_global() { found } else { found.map_err(hide) }
}

fn find(context: &Context, request: &Element) -> Result<Place> {
    let selector = ["account", "domain", "cos", "server"].iter().find_map(|name| request.first(name)).cloned();
    let (target, id, attrs) = match selector.as_ref().map(|one| one.name.as_str()) {
        Some("account") => {
            let Account { id, attrs, .. } = find_account(context, request)?;
            (TargetType::Account, id, attrs)
        }
        Some("domain") => {
            let domain = find_domain(context, request)?;
            (TargetType::Domain, domain.id, domain.attrs)
        }
        Some("cos") => {
            let cos = find_cos(context, request)?;
            (TargetType::Cos, cos.id, cos.attrs)
        }
        Some("server") => {
            server::ensure(context)?;
            let server = find_server(context, request)?;
            (TargetType::Server, server.id, server.attrs)
        }
        _ => (TargetType::Config, String::new(), context.state.directory.config()?.attrs),
    };
    let selector = selector.map(|one| Element { ns: String::new(), ..one });
    Ok(Place { target, id, attrs, selector })
}

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    read(context, request, Way::In)
}

pub async fn get_outgoing(context: &Context, request: &Element) -> Result<Element> {
    read(context, request, Way::Out)
}

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    write(context, request, Way::In)
}

pub async fn modify_outgoing(context: &Context, request: &Element) -> Result<Element> {
    write(context, request, Way::Out)
}

fn read(context: &Context, request: &Element, way: Way) -> Result<Element> {
    let (place, name) = allowed(context, request, way, |name| Need::Get(name))?;
    let text = place.attrs.get(name).and_then(|values| values.first()).map(String::as_str).unwrap_or_default();
    let mut list = Element::new("filterRules");
    for rule in Rules::of_script(text)?.elements() {
        let mut rule = rule.clone();
        // Rules are words of the other namespace.
        rule.children.iter_mut().for_each(|child| in_mail(&mut child.element));
        list.push(rule);
    }
    let answer = Element::answer_to(request).attr("type", request.get("type").unwrap_or_default());
    Ok(place.selector.into_iter().fold(answer, Element::unique).child(list))
}

fn in_mail(element: &mut Element) {
    element.ns = "urn:zimbraMail".into();
    element.children.iter_mut().for_each(|child| in_mail(&mut child.element));
}

fn write(context: &Context, request: &Element, way: Way) -> Result<Element> {
    let (place, name) = allowed(context, request, way, |name| Need::Set(name))?;
    let directory = &context.state.directory;
    let text = Rules::of_request(request)?.script(way, &dialect(&Account::default(), way))?;
    let changes = Attrs::from([(name.to_owned(), vec![text])]);
    change::check_changes(context, &directory.on(place.target, &place.id)?, &changes)?;
    match place.target {
        TargetType::Account => drop(directory.modify_account(&place.id, changes)?),
        TargetType::Domain => {
            let domain = directory.domain_by_id(&place.id)?.ok_or_else(|| Fault::no_such("domain", place.id))?;
            directory.modify_domain(&domain.name, changes)?;
        }
        TargetType::Cos => drop(directory.modify(Kind::Cos, &place.id, changes)?),
        TargetType::Server => drop(directory.modify(Kind::Server, &place.id, changes)?),
        _ => drop(directory.modify_config(changes)?),
    }
    Ok(Element::answer_to(request))
}
