// SPDX-License-Identifier: AGPL-3.0-or-later
//! Accounts and their passwords.

use super::access::{check_address, domain_of, need};
use super::{Sight, change, find_account, find_domain, read_attrs};
use crate::context::Context;
use crate::deletion;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::find::{Filter, Item};
use directory::rights::TargetType;
use directory::{Account, Attrs, Kind, token};

const SAVED: &str = "zimbraAdminSavedSearches";
/// "address|milliseconds since 1970, when it was given up".
const HISTORY: &str = "zimbraPrimaryEmailChangeHistory";
const SAVED_MAX: usize = 100;

pub async fn create(context: &Context, request: &Element) -> Result<Element> {
    let name = request.need_filled("name")?;
    let password = request.get("password");
    // Without one nobody can log in yet; an empty one is a mistake.
    if password.as_ref().is_some_and(|password| password.trim().is_empty()) {
        return Err(Fault::new("account.INVALID_PASSWORD", "the password is empty"));
    }
    let password = password.unwrap_or_default();
    let attrs = read_attrs(request, None)?;
    change::check_host(context, &attrs)?;
    change::check_new(context, TargetType::Account, &name, &attrs)?;
    check_address(context, &name)?;
    let account = context.state.hashing(move |directory| directory.create_account(&name, &password, attrs)).await?;
    tracing::info!(account = %account.name, by = %context.auth()?.account.name, "account created");
    Ok(Element::answer_to(request).child(Sight::of_change(context)?.account(&account, "account")?))
}

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let sight = Sight::new(context, request)?;
    let account = sight.found(find_account(context, request))?;
    Ok(Element::answer_to(request).child(sight.account(&account, "account")?))
}

pub async fn info(context: &Context, request: &Element) -> Result<Element> {
    let account = find_account(context, request)?;
    let config = &context.state.config;
    let mut answer = Element::answer_to(request)
        .content("name", account.name.clone())
        .child(Element::new("a").attr("n", "zimbraId").text(account.id.clone()))
        .child(Element::new("a").attr("n", "zimbraMailHost").text(config.host.clone()));
    if let Some(cos) = context.state.directory.cos_of_account(&account)? {
        answer.push_unique(Element::new("cos").attr("id", cos.id).attr("name", cos.name));
    }
    Ok(answer
        .child(Element::new("soapURL").text(format!("{}/service/soap/", config.public_url)))
        .content("adminSoapURL", format!("https://{}:7071/service/admin/soap/", config.host))
        .content("publicMailURL", config.public_url.clone()))
}

pub async fn all(context: &Context, request: &Element) -> Result<Element> {
    let domain = match request.first("domain") {
        Some(_) => Some(find_domain(context, request)?.name),
        None => None,
    };
    let accounts = context.state.directory.accounts(domain.as_deref())?;
    answer_with(context, request, accounts, Kind::Account)
}

pub async fn all_admins(context: &Context, request: &Element) -> Result<Element> {
    let filter = Filter::parse("(|(zimbraIsAdminAccount=TRUE)(zimbraIsDelegatedAdminAccount=TRUE))")?;
    let found = context.state.directory.find(&[Kind::Account], None, Some(&filter))?;
    let accounts = found.into_iter().filter_map(|item| match item {
        Item::Account(_, account) => Some(*account),
        _ => None,
    });
    answer_with(context, request, accounts.collect(), Kind::Account)
}

/// Those that the sender may see.
pub fn answer_with(context: &Context, request: &Element, accounts: Vec<Account>, kind: Kind) -> Result<Element> {
    let sight = Sight::new(context, request)?;
    let name = if kind == Kind::Resource { "calresource" } else { "account" };
    let mut answer = Element::answer_to(request);
    for account in accounts {
        if sight.sees(kind, &account.id, &account.name)? {
            answer.push(sight.account(&account, name)?);
        }
    }
    Ok(answer)
}

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    let account = modified(context, request)?;
    Ok(Element::answer_to(request).child(Sight::of_change(context)?.account(&account, "account")?))
}

pub fn modified(context: &Context, request: &Element) -> Result<Account> {
    let account = Sight::new(context, request)?.found(find_account(context, request))?;
    let changes = read_attrs(request, Some(&account.attrs))?;
    if changes.contains_key("userPassword") {
        return Err(Fault::invalid("use SetPasswordRequest for passwords"));
    }
    let on = context.state.directory.on(TargetType::Account, &account.id)?;
    change::check_host(context, &changes)?;
    change::check_account(context, &on, &changes)?;
    change::check_changes(context, &on, &changes)?;
    let status = account.status().to_owned();
    let changed = context.state.directory.modify_account(&account.id, changes)?;
    if changed.status() != status && changed.status() != "active" {
        context.state.sessions.end(&account.id, None, None);
    }
    Ok(changed)
}

pub async fn rename(context: &Context, request: &Element) -> Result<Element> {
    let account = renamed(context, request)?;
    Ok(Element::answer_to(request).child(Sight::of_change(context)?.account(&account, "account")?))
}

/// To another domain: only who may make accounts there.
pub fn renamed(context: &Context, request: &Element) -> Result<Account> {
    let account = Sight::new(context, request)?.found(find_account(context, request))?;
    let name = request.need_filled("newName")?;
    let on = context.state.directory.on(TargetType::Account, &account.id)?;
    let is_resource = on.target == TargetType::CalResource;
    need(context, &on, if is_resource { "renameCalendarResource" } else { "renameAccount" })?;
    let (from, to) = (account.name.rsplit_once('@'), name.rsplit_once('@'));
    if from.map(|(_, domain)| domain) != to.map(|(_, domain)| domain) {
        let right = if is_resource { "createCalendarResource" } else { "createAccount" };
        need(context, &domain_of(context, &name)?, right)?;
    }
    check_address(context, &name)?;
    Ok(context.state.directory.rename_account(&account.id, &name)?)
}

/// As a rename, and the old address goes on as an alias.
pub async fn change_primary(context: &Context, request: &Element) -> Result<Element> {
    let old = Sight::new(context, request)?.found(find_account(context, request))?;
    let on = context.state.directory.on(TargetType::Account, &old.id)?;
    need(context, &on, "addAccountAlias")?;
    let account = renamed(context, request)?;
    if account.name != old.name {
        context.state.directory.add_alias(&account.id, &old.name)?;
        let was = vec![format!("{}|{}", old.name, crate::state::now_ms())];
        let changes = Attrs::from([(format!("+{HISTORY}"), was)]);
        context.state.directory.modify_account(&account.id, changes)?;
    }
    let account = context.state.directory.account_by_id(&account.id)?.unwrap_or(account);
    Ok(Element::answer_to(request).child(Sight::of_change(context)?.account(&account, "account")?))
}

/// It can be had back for a while ([`super::deleted`]).
pub async fn delete(context: &Context, request: &Element) -> Result<Element> {
    let account = find_account(context, request)?;
    if account.id == context.auth()?.account.id {
        return Err(Fault::invalid("an administrator can't delete the own account"));
    }
    let (directory, gone) = (context.state.directory.clone(), account.clone());
    context.state.store.run(move |store| deletion::delete(store, &directory, &gone)).await??;
    context.state.sessions.end(&account.id, None, None);
    tracing::info!(account = %account.name, by = %context.auth()?.account.name, "account deleted");
    Ok(Element::answer_to(request))
}

/// Every token of the account dies with its old password.
pub async fn set_password(context: &Context, request: &Element) -> Result<Element> {
    let account = find_account(context, request)?;
    let password = request.need_filled("newPassword")?;
    let id = account.id.clone();
    context.state.hashing(move |directory| directory.set_password(&id, &password)).await?;
    token::revoke_all(&context.state.directory, &account.id)?;
    context.state.sessions.end(&account.id, None, None);
    Ok(Element::answer_to(request))
}

pub async fn check_password(context: &Context, request: &Element) -> Result<Element> {
    let account = find_account(context, request)?;
    context.state.directory.check_password(&account.id, &request.need_filled("password")?)?;
    Ok(Element::answer_to(request))
}

/// Which pages of an administrator's client an account is shown: its own list, and those of the administrators' groups it is in. Of
/// the sender, unless another account or a list is named.
pub async fn ui_components(context: &Context, request: &Element) -> Result<Element> {
    const NAME: &str = "zimbraAdminConsoleUIComponents";
    let directory = &context.state.directory;
    let sight = Sight::new(context, request)?;
    let mut found: Vec<(String, bool)> = Vec::new();
    let addresses: Vec<String> = if request.first("dl").is_some() {
        let list = sight.found(super::find_list(context, request))?;
        need(context, &directory.on(TargetType::Dl, &list.id)?, "viewDistributionListAdminUI")?;
        found.extend(list.attrs.get(NAME).into_iter().flatten().map(|value| (value.clone(), false)));
        vec![list.name]
    } else {
        let account = match request.first("account") {
            Some(_) => sight.found(find_account(context, request))?,
            None => context.auth()?.account.clone(),
        };
        if account.id != context.auth()?.account.id {
            need(context, &directory.on(TargetType::Account, &account.id)?, "viewAccountAdminUI")?;
        }
        found.extend(account.attrs.get(NAME).into_iter().flatten().map(|value| (value.clone(), false)));
        if account.is_admin && found.is_empty() {
            // Zimbra's word for all of them.
            found.push(("cartBlancheUI".to_owned(), false));
        }
        account.addresses().map(str::to_owned).collect()
    };
    for (list, _) in directory.lists_holding(&addresses)? {
        if list.attrs.get("zimbraIsAdminGroup").is_some_and(|values| values.iter().any(|value| value == "TRUE")) {
            found.extend(list.attrs.get(NAME).into_iter().flatten().map(|value| (value.clone(), true)));
        }
    }
    let mut answer = Element::answer_to(request);
    let mut told = std::collections::HashSet::new();
    for (value, inherited) in found {
        if told.insert(value.clone()) {
            answer.push(Element::new("a").attr("n", NAME).attr("inherited", inherited).text(value));
        }
    }
    Ok(answer)
}

/// Searches that an administrator keeps under a name.
pub async fn saved_searches(context: &Context, request: &Element) -> Result<Element> {
    let wanted: Vec<String> = request.named("search").filter_map(|search| search.get("name")).collect();
    let mut answer = Element::answer_to(request);
    for (name, query) in saved(context)? {
        if wanted.is_empty() || wanted.contains(&name) {
            answer.push(Element::new("search").attr("name", name).text(query));
        }
    }
    Ok(answer)
}

/// An empty query takes the search away.
pub async fn modify_saved_searches(context: &Context, request: &Element) -> Result<Element> {
    let mut kept = saved(context)?;
    for search in request.named("search") {
        let (name, query) = (search.need_filled("name")?, search.text_or_empty().to_owned());
        if name.contains(':') || name.trim() != name {
            return Err(Fault::invalid("the name of a search has no colon, and no space at its ends"));
        }
        kept.retain(|(have, _)| *have != name);
        if !query.is_empty() {
            kept.push((name, query));
        }
    }
    if kept.len() > SAVED_MAX {
        return Err(Fault::invalid(format!("more than {SAVED_MAX} searches")));
    }
    let values = kept.into_iter().map(|(name, query)| format!("{name} : {query}")).collect();
    let changes = Attrs::from([(SAVED.to_owned(), values)]);
    context.state.directory.modify_account(&context.auth()?.account.id, changes)?;
    let mut answer = Element::answer_to(request);
    for (name, query) in saved(context)? {
        answer.push(Element::new("search").attr("name", name).text(query));
    }
    Ok(answer)
}

fn saved(context: &Context) -> Result<Vec<(String, String)>> {
    let account = context.state.directory.account_by_id(&context.auth()?.account.id)?.ok_or_else(Fault::denied)?;
    let values = account.attrs.get(SAVED).into_iter().flatten();
    let split = values.filter_map(|value| value.split_once(" : "));
    Ok(split.map(|(name, query)| (name.to_owned(), query.to_owned())).collect())
}
