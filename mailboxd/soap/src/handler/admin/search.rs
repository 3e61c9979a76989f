// SPDX-License-Identifier: AGPL-3.0-or-later
//! Searches in the directory by filter, with sorting and pages.

use super::{Sight, find_domain};
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::Kind;
use directory::find::{Filter, Item};

/// More hits are an error, unless a request says how many it takes.
const RESULTS_MAX: usize = 5_000;
/// What people look for when they look for a person.
const NAMES: &[&str] = &[
    "uid",
    "cn",
    "sn",
    "givenName",
    "displayName",
    "zimbraId",
    "mail",
    "zimbraMailAlias",
    "zimbraMailDeliveryAddress",
];

pub async fn directory(context: &Context, request: &Element) -> Result<Element> {
    answer(context, request, kinds(request, "accounts")?, query(request)?).await
}

pub async fn accounts(context: &Context, request: &Element) -> Result<Element> {
    request.need("query")?;
    answer(context, request, kinds(request, "accounts")?, query(request)?).await
}

/// `<searchFilter>` of conditions, or none: all resources.
pub async fn resources(context: &Context, request: &Element) -> Result<Element> {
    let filter = match request.first("searchFilter") {
        Some(tree) => Some(Filter::And(tree.elements().map(|part| condition(part, 0)).collect::<Result<_>>()?)),
        None => query(request)?,
    };
    answer(context, request, vec![Kind::Resource], filter).await
}

/// How many entries of a type there are.
pub async fn count_objects(context: &Context, request: &Element) -> Result<Element> {
    let kind = request.need_filled("type")?;
    let (kinds, filter): (&[Kind], &str) = match kind.as_str() {
        "userAccount" => (&[Kind::Account], "(!(zimbraIsSystemAccount=TRUE))"),
        "account" => (&[Kind::Account, Kind::Resource], ""),
        "internalUserAccount" | "internalUserAccountX" => {
            (&[Kind::Account], "(&(!(zimbraIsSystemAccount=TRUE))(!(zimbraIsExternalVirtualAccount=TRUE)))")
        }
        "alias" => (&[Kind::Alias], ""),
        "dl" => (&[Kind::List], ""),
        "domain" => (&[Kind::Domain], ""),
        "cos" => (&[Kind::Cos], ""),
        "server" => (&[Kind::Server], ""),
        "calresource" => (&[Kind::Resource], ""),
        _ => return Err(Fault::invalid(format!("no such type of object: {kind}"))),
    };
    if kind == "server" {
        super::server::ensure(context)?;
    }
    let in_domain = !matches!(kind.as_str(), "cos" | "server");
    let domains: Vec<String> = request
        .named("domain")
        .map(|domain| find_domain(context, &Element::default().child(domain.clone())).map(|domain| domain.name))
        .collect::<Result<_>>()?;
    if !domains.is_empty() && !in_domain {
        return Err(Fault::invalid(format!("{kind} is in no domain")));
    }
    let filter = (!filter.is_empty()).then(|| Filter::parse(filter)).transpose()?;
    let sight = Sight::new(context, request)?;
    let places: Vec<Option<&str>> = match domains.is_empty() {
        true => vec![None],
        false => domains.iter().map(|domain| Some(domain.as_str())).collect(),
    };
    let mut number = 0;
    for place in places {
        for item in context.state.directory.find(kinds, place, filter.as_ref())? {
            number += i64::from(sight.sees(item.kind(), item.id(), item.name())?);
        }
    }
    Ok(Element::answer_to(request).attr("num", number).attr("type", kind))
}

fn kinds(request: &Element, default: &str) -> Result<Vec<Kind>> {
    let text = request.get("types").filter(|types| !types.trim().is_empty()).unwrap_or_else(|| default.to_owned());
    let mut kinds = Vec::new();
    for word in text.split(',').map(str::trim) {
        kinds.push(match word {
            "accounts" => Kind::Account,
            "resources" => Kind::Resource,
            "distributionlists" | "groups" | "staticgroups" => Kind::List,
            // There are none of these.
            "dynamicgroups" => continue,
            "aliases" => Kind::Alias,
            "domains" => Kind::Domain,
            "coses" => Kind::Cos,
            _ => return Err(Fault::invalid(format!("no such type of entry: {word}"))),
        });
    }
    kinds.dedup();
    Ok(kinds)
}

/// A filter; or bare words, which are looked for in names and addresses.
fn query(request: &Element) -> Result<Option<Filter>> {
    let Some(query) = request.get("query").map(|query| query.trim().to_owned()).filter(|query| !query.is_empty())
    else {
        return Ok(None);
    };
    if !query.contains('=') {
        let parts = NAMES.iter().map(|name| Filter::Like((*name).to_owned(), None, vec![query.clone()], None));
        return Ok(Some(Filter::Or(parts.collect())));
    }
    Ok(Some(Filter::parse(&query)?))
}

/// `<conds or not><cond attr op value not/></conds>`
fn condition(part: &Element, depth: usize) -> Result<Filter> {
    if depth > 16 {
        return Err(Fault::invalid("conditions are nested too deep"));
    }
    let filter = match part.name.as_str() {
        "conds" => {
            let parts = part.elements().map(|part| condition(part, depth + 1)).collect::<Result<Vec<_>>>()?;
            if part.is("or")? { Filter::Or(parts) } else { Filter::And(parts) }
        }
        "cond" => {
            let (attr, value) = (part.need_filled("attr")?, part.get("value").unwrap_or_default());
            match part.need_filled("op")?.as_str() {
                "eq" => Filter::Equal(attr, value),
                "has" => Filter::Like(attr, None, vec![value], None),
                "startswith" => Filter::Like(attr, Some(value), Vec::new(), None),
                "endswith" => Filter::Like(attr, None, Vec::new(), Some(value)),
                "ge" | "gt" => Filter::AtLeast(attr, value),
                "le" | "lt" => Filter::AtMost(attr, value),
                op => return Err(Fault::invalid(format!("no such operator: {op}"))),
            }
        }
        name => return Err(Fault::invalid(format!("unexpected element: {name}"))),
    };
    Ok(if part.is("not")? { Filter::Not(Box::new(filter)) } else { filter })
}

/// What the sender may see of what was found: sorted, and one page of it.
async fn answer(context: &Context, request: &Element, kinds: Vec<Kind>, filter: Option<Filter>) -> Result<Element> {
    let domain = request.get("domain").filter(|domain| !domain.trim().is_empty());
    if let Some(domain) = &domain
        && context.state.directory.domain(domain)?.is_none()
    {
        return Err(Fault::new("account.NO_SUCH_DOMAIN", format!("no such domain: {domain}")));
    }
    let whole = |name: &str| -> Result<usize> {
        usize::try_from(request.number::<i64>(name)?.unwrap_or(0))
            .map_err(|_| Fault::invalid(format!("{name} is negative")))
    };
    let (limit, offset, max) = (whole("limit")?, whole("offset")?, whole("maxResults")?);
    let directory = context.state.directory.clone();
    // A search of everything takes a while.
    let found = context.state.store.run(move |_| directory.find(&kinds, domain.as_deref(), filter.as_ref())).await??;
    let sight = Sight::new(context, request)?;
    let mut seen = Vec::new();
    for item in found {
        if sight.sees(item.kind(), item.id(), item.name())? {
            seen.push(item);
        }
    }
    let too_many = if max == 0 { RESULTS_MAX } else { max };
    if seen.len() > too_many && (max > 0 || limit == 0) {
        return Err(Fault::new("account.TOO_MANY_SEARCH_RESULTS", format!("more than {too_many} entries were found")));
    }
    let mut answer = Element::answer_to(request);
    if request.is("countOnly")? {
        return Ok(answer.attr("num", seen.len() as i64));
    }
    sort(&mut seen, request)?;
    let end = if limit == 0 { usize::MAX } else { offset.saturating_add(limit) };
    let (total, more) = (seen.len(), seen.len() > end);
    answer = answer.attr("num", total.saturating_sub(offset).min(if limit == 0 { total } else { limit }) as i64);
    answer = answer.attr("more", more).attr("searchTotal", total as i64);
    for item in seen.iter().skip(offset).take(end - offset) {
        answer.push(sight.item(item)?);
    }
    Ok(answer)
}

fn sort(items: &mut [Item], request: &Element) -> Result<()> {
    let by = request.get("sortBy").filter(|by| !by.is_empty());
    if let Some(by) = by.filter(|by| by != "name") {
        let value = |item: &Item| {
            let spelled = directory::known::attribute(&by).map_or(by.as_str(), |known| known.name);
            item.attrs().get(spelled).and_then(|values| values.first()).map(|v| v.to_lowercase()).unwrap_or_default()
        };
        items.sort_by_cached_key(value);
    }
    if request.flag("sortAscending")? == Some(false) {
        items.reverse();
    }
    Ok(())
}
