// SPDX-License-Identifier: AGPL-3.0-or-later
//! Aliases of accounts and lists. Giving one takes a right on who gets it and one on the domain that it is in.

use super::access::{check_address, domain_of, need};
use super::{Sight, find_account, find_list};
use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use directory::rights::TargetType;

pub async fn add_to_account(context: &Context, request: &Element) -> Result<Element> {
    let (id, alias) = of_account(context, request, "addAccountAlias", "addCalendarResourceAlias")?;
    need(context, &domain_of(context, &alias)?, "createAlias")?;
    check_address(context, &alias)?;
    context.state.directory.add_alias(&id, &alias)?;
    Ok(Element::answer_to(request))
}

pub async fn remove_from_account(context: &Context, request: &Element) -> Result<Element> {
    let (id, alias) = of_account(context, request, "removeAccountAlias", "removeCalendarResourceAlias")?;
    context.state.directory.remove_alias(&id, &alias)?;
    Ok(Element::answer_to(request))
}

pub async fn add_to_list(context: &Context, request: &Element) -> Result<Element> {
    let (id, alias) = of_list(context, request, "addDistributionListAlias")?;
    need(context, &domain_of(context, &alias)?, "createAlias")?;
    check_address(context, &alias)?;
    context.state.directory.add_alias(&id, &alias)?;
    Ok(Element::answer_to(request))
}

pub async fn remove_from_list(context: &Context, request: &Element) -> Result<Element> {
    let (id, alias) = of_list(context, request, "removeDistributionListAlias")?;
    context.state.directory.remove_alias(&id, &alias)?;
    Ok(Element::answer_to(request))
}

fn of_account(context: &Context, request: &Element, right: &str, of_resource: &str) -> Result<(String, String)> {
    let account = Sight::new(context, request)?.found(find_account(context, request))?;
    let alias = request.need_filled("alias")?;
    let on = context.state.directory.on(TargetType::Account, &account.id)?;
    need(context, &on, if on.target == TargetType::CalResource { of_resource } else { right })?;
    Ok((account.id, alias))
}

fn of_list(context: &Context, request: &Element, right: &str) -> Result<(String, String)> {
    let list = Sight::new(context, request)?.found(find_list(context, request))?;
    let alias = request.need_filled("alias")?;
    need(context, &context.state.directory.on(TargetType::Dl, &list.id)?, right)?;
    Ok((list.id, alias))
}
