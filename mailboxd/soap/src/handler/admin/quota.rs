// SPDX-License-Identifier: AGPL-3.0-or-later
//! How much accounts hold, and how many there are.

use super::access::need;
use super::{Sight, find_account, find_domain};
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::Kind;
use directory::rights::{Need, TargetType};
use std::collections::HashMap;

struct Row {
    name: String,
    id: String,
    used: u64,
    limit: u64,
}

/// Accounts that can be asked about by name in one request.
const NAMED_MAX: usize = 500;

/// Of a domain, or of all accounts, which takes an administrator of everything; or of those that `<account by>` elements name (an
/// extension of ours, for pages that show a few of very many accounts).
pub async fn usage(context: &Context, request: &Element) -> Result<Element> {
    if request.first("account").is_some() {
        return usage_of_named(context, request).await;
    }
    let by = request.get("sortBy").unwrap_or_else(|| "totalUsed".to_owned());
    if !["percentUsed", "totalUsed", "quotaLimit", "name"].contains(&by.as_str()) {
        return Err(Fault::invalid("sortBy is percentUsed, totalUsed, quotaLimit or name"));
    }
    request.flag("sortAscending")?;
    let domain = request.get("domain");
    match &domain {
        Some(domain) => {
            let sight = Sight::new(context, request)?;
            let on = sight.found(context.state.directory.on(TargetType::Domain, domain).map_err(Fault::from))?;
            need(context, &on, "getDomainQuotaUsage")?;
        }
        None if !context.powers()?.is_global() => return Err(Fault::denied()),
        None => {}
    }
    let whole = |name: &str| -> Result<usize> {
        usize::try_from(request.number::<i64>(name)?.unwrap_or(0))
            .map_err(|_| Fault::invalid(format!("{name} is negative")))
    };
    let (limit, offset) = (whole("limit")?, whole("offset")?);
    let mut rows = rows(context, domain).await?;
    let percent = |row: &Row| row.used.saturating_mul(1_000_000).checked_div(row.limit).unwrap_or(0);
    match by.as_str() {
        "totalUsed" => rows.sort_by(|a, b| (a.used, &a.name).cmp(&(b.used, &b.name))),
        "percentUsed" => rows.sort_by(|a, b| (percent(a), &a.name).cmp(&(percent(b), &b.name))),
        // No limit is more than any.
        "quotaLimit" => {
            let limit = |row: &Row| if row.limit == 0 { u64::MAX } else { row.limit };
            rows.sort_by(|a, b| (limit(a), &a.name).cmp(&(limit(b), &b.name)));
        }
        _ => rows.sort_by(|a, b| a.name.cmp(&b.name)),
    }
    // The largest first, as pages of administrators want it.
    if request.flag("sortAscending")? != Some(true) {
        rows.reverse();
    }
    let end = if limit == 0 { usize::MAX } else { offset.saturating_add(limit) };
    let mut answer = Element::answer_to(request).attr("more", rows.len() > end).attr("searchTotal", rows.len() as i64);
    for row in rows.into_iter().skip(offset).take(end - offset) {
        answer.push(element(row));
    }
    Ok(answer)
}

/// In the order in which they are named, without those that are not there or whose mailbox the sender may not ask about; denied, if
/// nothing is left for who may not do everything. No mailbox is made by it.
async fn usage_of_named(context: &Context, request: &Element) -> Result<Element> {
    let selectors: Vec<&Element> = request.named("account").collect();
    if selectors.len() > NAMED_MAX {
        return Err(Fault::invalid(format!("more than {NAMED_MAX} accounts")));
    }
    let powers = context.powers()?;
    let mut accounts = Vec::new();
    for selector in selectors {
        let account = match find_account(context, &Element::default().child(selector.clone())) {
            Ok(account) => account,
            Err(fault) if fault.code == "account.NO_SUCH_ACCOUNT" => continue,
            Err(fault) => return Err(fault),
        };
        let on = context.state.directory.on(TargetType::Account, &account.id)?;
        if powers.may(&on, &Need::Do("getMailboxInfo"))? {
            accounts.push(account);
        }
    }
    if accounts.is_empty() && !powers.is_global() {
        return Err(Fault::denied());
    }
    let found = context.state.store.run(move |store| {
        let of = |account: directory::Account| {
            let used = store.usage_of(&account.id)?.map_or(0, |usage| usage.bytes);
            Ok(Row { used, limit: account.quota(), name: account.name, id: account.id })
        };
        accounts.into_iter().map(of).collect::<std::result::Result<Vec<Row>, mailbox::Error>>()
    });
    let rows = found.await??;
    let mut answer = Element::answer_to(request).attr("more", false).attr("searchTotal", rows.len() as i64);
    rows.into_iter().for_each(|row| answer.push(element(row)));
    Ok(answer)
}

fn element(row: Row) -> Element {
    Element::new("account").attr("name", row.name).attr("id", row.id).attr("used", row.used).attr("limit", row.limit)
}

async fn rows(context: &Context, domain: Option<String>) -> Result<Vec<Row>> {
    let directory = context.state.directory.clone();
    let found = context.state.store.run(move |store| {
        let usages = store.usages()?;
        Ok::<_, mailbox::Error>((usages, directory.find(&[Kind::Account, Kind::Resource], domain.as_deref(), None)))
    });
    let (usages, found) = found.await??;
    let used: HashMap<String, u64> = usages.into_iter().map(|usage| (usage.account, usage.bytes)).collect();
    let row = |item: directory::find::Item| match item {
        directory::find::Item::Account(_, account) => Some(Row {
            used: used.get(&account.id).copied().unwrap_or(0),
            limit: account.quota(),
            name: account.name.clone(),
            id: account.id.clone(),
        }),
        _ => None,
    };
    Ok(found?.into_iter().filter_map(row).collect())
}

/// How much all accounts of each domain hold together.
pub async fn aggregate(context: &Context, request: &Element) -> Result<Element> {
    let mut sums: HashMap<String, u64> = HashMap::new();
    for row in rows(context, None).await? {
        let domain = row.name.rsplit_once('@').map(|(_, domain)| domain).unwrap_or_default();
        *sums.entry(domain.to_owned()).or_default() += row.used;
    }
    let mut answer = Element::answer_to(request);
    for domain in context.state.directory.domains()? {
        let used = sums.get(&domain.name).copied().unwrap_or(0);
        answer.push(Element::new("domain").attr("name", domain.name).attr("id", domain.id).attr("used", used));
    }
    Ok(answer)
}

/// Accounts of a domain by class of service.
pub async fn count_accounts(context: &Context, request: &Element) -> Result<Element> {
    let domain = find_domain(context, request)?;
    let mut answer = Element::answer_to(request);
    for (id, name, count) in context.state.directory.count_by_cos(&domain.name)? {
        answer.push(Element::new("cos").attr("id", id).attr("name", name).text(count.to_string()));
    }
    Ok(answer)
}
