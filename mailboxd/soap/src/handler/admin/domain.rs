// SPDX-License-Identifier: AGPL-3.0-or-later
//! Domains.

use super::access::need;
use super::{Sight, change, find_domain, read_attrs};
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::rights::TargetType;
use directory::{Attrs, Kind};

/// What the page of a login may know of a domain.
const PUBLIC: &[&str] = &[
    "zimbraId",
    "zimbraDomainName",
    "zimbraDomainType",
    "zimbraDomainStatus",
    "zimbraPublicServiceHostname",
    "zimbraPublicServicePort",
    "zimbraPublicServiceProtocol",
    "zimbraVirtualHostname",
    "zimbraAuthMech",
    "zimbraGalMode",
    "zimbraDomainDefaultCOSId",
];

/// With zimbraDomainType `alias`, of the domain that zimbraDomainAliasTargetId names. A domain takes a right on the one above it,
/// or on everything.
pub async fn create(context: &Context, request: &Element) -> Result<Element> {
    let name = request.need_filled("name")?.trim().to_owned();
    let mut attrs = read_attrs(request, None)?;
    if !context.powers()?.is_global() {
        let above =
            name.split_once('.').and_then(|(_, above)| context.state.directory.on(TargetType::Domain, above).ok());
        match above {
            Some(above) => need(context, &above, "createSubDomain")?,
            None => need(context, &context.state.directory.on_everything()?, "createTopDomain")?,
        }
        if !attrs.is_empty() {
            return Err(Fault::denied());
        }
    }
    let kind = take_one(&mut attrs, "zimbraDomainType");
    let target = take_one(&mut attrs, "zimbraDomainAliasTargetId");
    let domain = match (kind.as_deref(), target) {
        (Some("alias"), Some(target)) => {
            let target = context.state.directory.domain_by_id(&target)?;
            let target =
                target.ok_or_else(|| Fault::new("account.NO_SUCH_DOMAIN", "no such domain to be an alias of"))?;
            context.state.directory.create_alias_domain(&name, &target.name, attrs)?
        }
        (Some("alias"), None) => return Err(Fault::invalid("an alias needs zimbraDomainAliasTargetId")),
        (None | Some("local"), None) => {
            // Its key costs as much as a password.
            context.state.hashing(move |directory| directory.create_signed_domain(&name, attrs)).await?
        }
        _ => return Err(Fault::new("account.INVALID_ATTR_VALUE", "zimbraDomainType is local or alias")),
    };
    Ok(Element::answer_to(request).child(Sight::of_change(context)?.domain(&domain)?))
}

fn take_one(attrs: &mut Attrs, name: &str) -> Option<String> {
    attrs.remove(name).and_then(|values| values.into_iter().next())
}

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let sight = Sight::new(context, request)?;
    let domain = sight.found(find_domain(context, request))?;
    Ok(Element::answer_to(request).child(sight.domain(&domain)?))
}

/// The little that pages of administrators need before they know who asks.
pub async fn info(context: &Context, request: &Element) -> Result<Element> {
    let mut answer = Element::answer_to(request);
    match find_domain(context, request) {
        Ok(domain) => {
            let mut element = Element::new("domain").attr("name", domain.name.clone()).attr("id", domain.id.clone());
            let shown = domain.attrs.iter().filter(|(name, _)| PUBLIC.contains(&name.as_str()));
            for (name, values) in shown {
                for value in values {
                    element.push(Element::new("a").attr("n", name.clone()).text(value.clone()));
                }
            }
            answer.push(element);
        }
        Err(fault) if fault.code == "account.NO_SUCH_DOMAIN" => {
            let element = Element::new("domain").attr("name", "globalconfig").attr("id", "globalconfig-dummy-id");
            answer.push(element);
        }
        Err(fault) => return Err(fault),
    }
    Ok(answer)
}

pub async fn all(context: &Context, request: &Element) -> Result<Element> {
    let sight = Sight::new(context, request)?;
    let mut answer = Element::answer_to(request);
    for domain in context.state.directory.domains()? {
        if sight.sees(Kind::Domain, &domain.id, &domain.name)? {
            answer.push(sight.domain(&domain)?);
        }
    }
    Ok(answer)
}

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    let domain = Sight::new(context, request)?.found(find_domain(context, request))?;
    let changes = read_attrs(request, Some(&domain.attrs))?;
    let on = context.state.directory.on(TargetType::Domain, &domain.id)?;
    change::check_changes(context, &on, &changes)?;
    let domain = context.state.directory.modify_domain(&domain.name, changes)?;
    Ok(Element::answer_to(request).child(Sight::of_change(context)?.domain(&domain)?))
}

pub async fn delete(context: &Context, request: &Element) -> Result<Element> {
    let domain = find_domain(context, request)?;
    context.state.directory.delete_domain(&domain.name)?;
    Ok(Element::answer_to(request))
}
