// SPDX-License-Identifier: AGPL-3.0-or-later
//! In which lists an account or a list is.

use super::{Sight, find_account, find_list};
use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use directory::Kind;

pub async fn of_account(context: &Context, request: &Element) -> Result<Element> {
    let account = find_account(context, request)?;
    let addresses: Vec<String> = account.addresses().map(str::to_owned).collect();
    answer(context, request, &addresses)
}

pub async fn of_list(context: &Context, request: &Element) -> Result<Element> {
    let list = find_list(context, request)?;
    let aliases = list.attrs.get("zimbraMailAlias").cloned().unwrap_or_default();
    let addresses: Vec<String> = std::iter::once(list.name).chain(aliases).collect();
    answer(context, request, &addresses)
}

fn answer(context: &Context, request: &Element, addresses: &[String]) -> Result<Element> {
    let mut lists = context.state.directory.lists_holding(addresses)?;
    lists.sort_by(|a, b| a.0.name.cmp(&b.0.name));
    let sight = Sight::new(context, request)?;
    let mut seen = Vec::new();
    for (list, via) in lists {
        if sight.sees(Kind::List, &list.id, &list.name)? {
            seen.push((list, via));
        }
    }
    let limit = request.number::<usize>("limit")?.filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let mut answer = Element::answer_to(request);
    for (list, via) in seen.into_iter().skip(request.number("offset")?.unwrap_or(0)).take(limit) {
        let mut element = Element::new("dl").attr("name", list.name).attr("id", list.id).attr("dynamic", false);
        if let Some(via) = via {
            element.set("via", via);
        }
        let is_admin_group = list.attrs.get("zimbraIsAdminGroup").and_then(|v| v.first()).cloned();
        let flag = is_admin_group.unwrap_or_else(|| "FALSE".to_owned());
        answer.push(element.child(Element::new("a").attr("n", "zimbraIsAdminGroup").text(flag)));
    }
    Ok(answer)
}
