// SPDX-License-Identifier: AGPL-3.0-or-later
//! Distribution lists.

use super::access::{domain_of, need};
use super::{Sight, change, find_domain, find_list, read_attrs};
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::rights::TargetType;
use directory::{Kind, Object};

/// Members in one request.
const MEMBERS_MAX: usize = 5_000;

pub async fn create(context: &Context, request: &Element) -> Result<Element> {
    let name = request.need_filled("name")?;
    let attrs = read_attrs(request, None)?;
    change::check_new(context, TargetType::Dl, &name, &attrs)?;
    let list = context.state.directory.create_list(&name, attrs)?;
    Ok(Element::answer_to(request).child(with_members(Sight::of_change(context)?.list(&list)?, &list, 0..usize::MAX)))
}

/// With members, or with `limit` of them from `offset` on.
pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let sight = Sight::new(context, request)?;
    let list = sight.found(find_list(context, request))?;
    // Members come in the order in which they were put in.
    if let Some(order) = request.get("sortAscending") {
        request.flag("sortAscending")?.ok_or_else(|| Fault::invalid(format!("not a boolean: {order}")))?;
    }
    let (limit, offset) = (whole(request, "limit")?, whole(request, "offset")?);
    if offset > list.members().len() || offset > 0 && offset == list.members().len() {
        return Err(Fault::invalid(format!("offset {offset} is behind the last member")));
    }
    let end = if limit == 0 { usize::MAX } else { offset.saturating_add(limit) };
    let more = end < list.members().len();
    let element = with_members(sight.list(&list)?, &list, offset..end);
    Ok(Element::answer_to(request).attr("total", list.members().len() as i64).attr("more", more).child(element))
}

fn whole(request: &Element, name: &str) -> Result<usize> {
    let number = request.number::<i64>(name)?.unwrap_or(0);
    usize::try_from(number).map_err(|_| Fault::invalid(format!("{name} is negative")))
}

fn with_members(mut element: Element, list: &Object, which: std::ops::Range<usize>) -> Element {
    for member in list.members().iter().skip(which.start).take(which.end - which.start) {
        element.push(Element::new("dlm").text(member.clone()));
    }
    element
}

pub async fn all(context: &Context, request: &Element) -> Result<Element> {
    let domain = match request.first("domain") {
        Some(_) => Some(find_domain(context, request)?.name),
        None => None,
    };
    let sight = Sight::new(context, request)?;
    let mut answer = Element::answer_to(request);
    for list in context.state.directory.lists(domain.as_deref())? {
        if sight.sees(Kind::List, &list.id, &list.name)? {
            answer.push(sight.list(&list)?);
        }
    }
    Ok(answer)
}

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    let list = Sight::new(context, request)?.found(find_list(context, request))?;
    let changes = read_attrs(request, Some(&list.attrs))?;
    let on = context.state.directory.on(TargetType::Dl, &list.id)?;
    change::check_changes(context, &on, &changes)?;
    let list = context.state.directory.modify_list(&list.id, changes)?;
    Ok(Element::answer_to(request).child(with_members(Sight::of_change(context)?.list(&list)?, &list, 0..usize::MAX)))
}

pub async fn rename(context: &Context, request: &Element) -> Result<Element> {
    let list = Sight::new(context, request)?.found(find_list(context, request))?;
    let name = request.need_filled("newName")?;
    need(context, &context.state.directory.on(TargetType::Dl, &list.id)?, "renameDistributionList")?;
    if list.name.rsplit_once('@').map(|(_, domain)| domain) != name.rsplit_once('@').map(|(_, domain)| domain) {
        need(context, &domain_of(context, &name)?, "createDistributionList")?;
    }
    let list = context.state.directory.rename_list(&list.id, &name)?;
    Ok(Element::answer_to(request).child(with_members(Sight::of_change(context)?.list(&list)?, &list, 0..usize::MAX)))
}

pub async fn delete(context: &Context, request: &Element) -> Result<Element> {
    let list = find_list(context, request)?;
    context.state.directory.delete_list(&list.id)?;
    Ok(Element::answer_to(request))
}

pub async fn add_members(context: &Context, request: &Element) -> Result<Element> {
    let list = find_list(context, request)?;
    let members = members(request)?;
    context.state.directory.add_members(&list.id, &members)?;
    Ok(Element::answer_to(request))
}

/// Who is not in it is no error, as long as somebody is.
pub async fn remove_members(context: &Context, request: &Element) -> Result<Element> {
    let list = find_list(context, request)?;
    let members = members(request)?;
    if let Some(bad) = members.iter().find(|member| !member.contains('@')) {
        return Err(Fault::invalid(format!("a member is an address: {bad}")));
    }
    let left = context.state.directory.remove_members(&list.id, &members)?;
    if left.members().len() == list.members().len() {
        let name = members.first().cloned().unwrap_or_default();
        return Err(Fault::new("account.NO_SUCH_MEMBER", format!("no such member: {name}")));
    }
    Ok(Element::answer_to(request))
}

fn members(request: &Element) -> Result<Vec<String>> {
    let members: Vec<String> = request.get_all("dlm").into_iter().map(|member| member.trim().to_owned()).collect();
    match members.len() {
        0 => Err(Fault::invalid("missing required element: dlm")),
        count if count > MEMBERS_MAX => Err(Fault::invalid(format!("more than {MEMBERS_MAX} members"))),
        _ => Ok(members),
    }
}
