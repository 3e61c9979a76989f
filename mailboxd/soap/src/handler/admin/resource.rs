// SPDX-License-Identifier: AGPL-3.0-or-later
//! Calendar resources: accounts of rooms and things.

use super::{Sight, account, change, find_account, find_domain, read_attrs};
use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use directory::Kind;
use directory::rights::TargetType;

pub async fn create(context: &Context, request: &Element) -> Result<Element> {
    let name = request.need_filled("name")?;
    let password = request.get("password").unwrap_or_default();
    let attrs = read_attrs(request, None)?;
    change::check_new(context, TargetType::CalResource, &name, &attrs)?;
    let resource = context.state.hashing(move |directory| directory.create_resource(&name, &password, attrs)).await?;
    Ok(Element::answer_to(request).child(Sight::of_change(context)?.account(&resource, "calresource")?))
}

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let sight = Sight::new(context, request)?;
    let resource = sight.found(find(context, request))?;
    Ok(Element::answer_to(request).child(sight.account(&resource, "calresource")?))
}

pub async fn all(context: &Context, request: &Element) -> Result<Element> {
    let domain = match request.first("domain") {
        Some(_) => Some(find_domain(context, request)?.name),
        None => None,
    };
    let resources = context.state.directory.resources(domain.as_deref())?;
    account::answer_with(context, request, resources, Kind::Resource)
}

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    Sight::new(context, request)?.found(find(context, request))?;
    let resource = account::modified(context, request)?;
    Ok(Element::answer_to(request).child(Sight::of_change(context)?.account(&resource, "calresource")?))
}

pub async fn rename(context: &Context, request: &Element) -> Result<Element> {
    Sight::new(context, request)?.found(find(context, request))?;
    let resource = account::renamed(context, request)?;
    Ok(Element::answer_to(request).child(Sight::of_change(context)?.account(&resource, "calresource")?))
}

pub async fn delete(context: &Context, request: &Element) -> Result<Element> {
    find(context, request)?;
    account::delete(context, request).await
}

/// An account that is none is no resource.
fn find(context: &Context, request: &Element) -> Result<directory::Account> {
    let missing = |key: &str| {
        let key = key.chars().take(80).collect();
        crate::fault::Fault::from(directory::Error::NoSuch(Kind::Resource, key))
    };
    let found = find_account(context, request).map_err(|fault| match fault.code {
        "account.NO_SUCH_ACCOUNT" => missing(&request.get("id").unwrap_or_default()),
        _ => fault,
    })?;
    let on = context.state.directory.on(TargetType::Account, &found.id)?;
    if on.target == TargetType::CalResource { Ok(found) } else { Err(missing(&found.name)) }
}
