// SPDX-License-Identifier: AGPL-3.0-or-later
//! Accounts, their passwords and aliases.

use super::{account_element, find_account, read_attrs};
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::token;

pub async fn create(context: &Context, request: &Element) -> Result<Element> {
    let name = request.need_filled("name")?;
    let password = request.get("password").unwrap_or_default();
    let attrs = read_attrs(request, None)?;
    let account = context.state.hashing(move |directory| directory.create_account(&name, &password, attrs)).await?;
    Ok(Element::answer_to(request).child(account_element(context, &account, &Element::default())))
}

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let account = find_account(context, request)?;
    if request.name == "GetAccountInfoRequest" {
        return Ok(Element::answer_to(request)
            .content("name", account.name.clone())
            .child(Element::new("a").attr("n", "zimbraId").text(account.id.clone()))
            .child(Element::new("a").attr("n", "zimbraMailHost").text(context.state.config.host.clone()))
            .child(Element::new("soapURL").text(format!("{}/service/soap/", context.state.config.public_url))));
    }
    Ok(Element::answer_to(request).child(account_element(context, &account, request)))
}

pub async fn all(context: &Context, request: &Element) -> Result<Element> {
    let directory = &context.state.directory;
    let domain = match request.first("domain") {
        Some(domain) => Some(super::domain::find(context, domain)?.name),
        None => None,
    };
    let mut answer = Element::answer_to(request);
    for account in directory.accounts(domain.as_deref())? {
        answer.push(account_element(context, &account, request));
    }
    Ok(answer)
}

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    let account = find_account(context, request)?;
    let changes = read_attrs(request, Some(&account.attrs))?;
    if changes.contains_key("userPassword") {
        return Err(Fault::invalid("use SetPasswordRequest for passwords"));
    }
    let account = context.state.directory.modify_account(&account.id, changes)?;
    Ok(Element::answer_to(request).child(account_element(context, &account, &Element::default())))
}

pub async fn rename(context: &Context, request: &Element) -> Result<Element> {
    let account = find_account(context, request)?;
    let name = request.need_filled("newName")?;
    let account = context.state.directory.rename_account(&account.id, &name)?;
    Ok(Element::answer_to(request).child(account_element(context, &account, &Element::default())))
}

/// First the account, so that nobody logs in or delivers any more, then its mail.
pub async fn delete(context: &Context, request: &Element) -> Result<Element> {
    let account = find_account(context, request)?;
    if account.id == context.auth()?.account.id {
        return Err(Fault::invalid("an administrator can't delete the own account"));
    }
    context.state.directory.delete_account(&account.id)?;
    context.state.sessions.end(&account.id, None, None);
    let id = account.id.clone();
    match context.state.store.run(move |store| store.delete_mailbox(&id)).await? {
        Ok(()) | Err(mailbox::Error::NoSuch { .. }) => {}
        Err(error) => return Err(error.into()),
    }
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

pub async fn add_alias(context: &Context, request: &Element) -> Result<Element> {
    let account = find_account(context, request)?;
    context.state.directory.add_alias(&account.id, &request.need_filled("alias")?)?;
    Ok(Element::answer_to(request))
}

pub async fn remove_alias(context: &Context, request: &Element) -> Result<Element> {
    let account = find_account(context, request)?;
    context.state.directory.remove_alias(&account.id, &request.need_filled("alias")?)?;
    Ok(Element::answer_to(request))
}
