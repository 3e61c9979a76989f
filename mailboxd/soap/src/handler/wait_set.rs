// SPDX-License-Identifier: AGPL-3.0-or-later
//! CreateWaitSet, WaitSet, DestroyWaitSet, and their variants for administrators.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::wait_set::{Interests, MEMBERS_MAX, Outcome, WaitSet};
use directory::Account;
use mailbox::ModSeq;
use std::sync::Arc;
use std::time::Duration;

const WAIT_DEFAULT_S: u64 = 300;
const WAIT_MAX_S: u64 = 1200;

fn interests(text: &str) -> Result<Interests> {
    Interests::parse(text).ok_or_else(|| Fault::invalid(format!("not a list of types: {text}")))
}

fn no_such(id: &str) -> Fault {
    Fault::new("mail.NO_SUCH_WAITSET", format!("no such wait set: {id}")).arg("id", "STR", id)
}

/// The `a`s of `<add>`, `<update>`, `<remove>`; a client may leave the wrapper out.
fn listed<'a>(request: &'a Element, name: &'a str) -> impl Iterator<Item = &'a Element> {
    request.named(name).flat_map(|list| list.named("a"))
}

pub async fn create(context: &Context, request: &Element, is_admin: bool) -> Result<Element> {
    let kinds = interests(&request.need("defTypes")?)?;
    let owner = context.auth()?.account.id.clone();
    let set = context.state.wait_sets.create(&owner, is_admin, kinds);
    let mut errors = Vec::new();
    if request.is("allAccounts")? {
        if !is_admin {
            context.state.wait_sets.destroy(&set.id, &owner);
            return Err(Fault::denied());
        }
        let directory = context.state.directory.clone();
        for account in context.state.store.run(move |_| directory.accounts(None)).await??.iter().take(MEMBERS_MAX) {
            add(context, &set, account, kinds, None).await?;
        }
    }
    for a in listed(request, "add").chain(request.named("a")) {
        errors.extend(join(context, &set, a, false).await?);
    }
    let mut answer =
        Element::answer_to(request).attr("waitSet", set.id.clone()).attr("defTypes", kinds.show()).attr("seq", "0");
    errors.into_iter().for_each(|error| answer.push(error));
    Ok(answer)
}

/// The account that an `a` names; `None`: there is none that this actor may listen to.
async fn account(context: &Context, set: &WaitSet, a: &Element) -> Result<Option<Account>> {
    let own = context.auth()?.account.clone();
    let (id, name) = (a.get("id").filter(|id| !id.is_empty()), a.get("name").filter(|name| !name.is_empty()));
    let directory = context.state.directory.clone();
    let found = match (id, name) {
        (Some(id), _) if id == own.id => Some(own.clone()),
        (Some(id), _) => context.state.store.run(move |_| directory.account_by_id(&id)).await??,
        (None, Some(name)) => context.state.store.run(move |_| directory.account(&name)).await??,
        (None, None) => Some(own.clone()),
    };
    Ok(found.filter(|account| account.id == own.id || set.is_admin))
}

/// Answers what went wrong, for the client.
async fn join(context: &Context, set: &Arc<WaitSet>, a: &Element, update: bool) -> Result<Option<Element>> {
    let kinds = match a.get("types").filter(|types| !types.is_empty()) {
        Some(types) => interests(&types)?,
        None => set.interests,
    };
    let token = a.get("token").filter(|token| !token.is_empty());
    let token = match token {
        Some(token) => {
            let number = token.split('-').next().and_then(|number| number.parse().ok());
            Some(ModSeq(number.ok_or_else(|| Fault::invalid("not a token"))?))
        }
        None => None,
    };
    let shown = a.get("id").or_else(|| a.get("name")).unwrap_or_default();
    let error = |kind: &str| Some(Element::new("error").attr("id", shown.clone()).attr("type", kind));
    let Some(account) = account(context, set, a).await? else { return Ok(error("NO_SUCH_ACCOUNT")) };
    if set.has(&account.id) != update {
        return Ok(error(if update { "NOT_IN_SET_DURING_REMOVE" } else { "ALREADY_IN_SET_DURING_ADD" }));
    }
    if !update && set.len() >= MEMBERS_MAX {
        return Ok(error("ERROR_LOADING_MAILBOX"));
    }
    add(context, set, &account, kinds, token).await?;
    Ok(None)
}

async fn add(
    context: &Context,
    set: &Arc<WaitSet>,
    account: &Account,
    kinds: Interests,
    token: Option<ModSeq>,
) -> Result<()> {
    let handle = context.toward(account.clone()).open().await?;
    set.add(&account.id, &handle, kinds, false);
    // Listening first, so that nothing falls between.
    if let Some(token) = token
        && handle.run(|mailbox| mailbox.row()).await?.modseq > token
    {
        set.add(&account.id, &handle, kinds, true);
    }
    Ok(())
}

pub async fn wait(context: &Context, request: &Element) -> Result<Element> {
    let owner = context.auth()?.account.id.clone();
    let (id, seq) = (request.need_filled("waitSet")?, request.need("seq")?);
    let seconds = request.number::<u64>("timeout")?.unwrap_or(WAIT_DEFAULT_S).min(WAIT_MAX_S);
    let block = request.is("block")?;
    let set = context.state.wait_sets.find(&id, &owner).ok_or_else(|| no_such(&id))?;
    let mut errors = Vec::new();
    for (list, update) in [("add", false), ("update", true)] {
        for a in listed(request, list) {
            errors.extend(join(context, &set, a, update).await?);
        }
    }
    for a in listed(request, "remove") {
        let found = account(context, &set, a).await?;
        if !found.is_some_and(|account| set.remove(&account.id)) {
            let id = a.get("id").or_else(|| a.get("name")).unwrap_or_default();
            errors.push(Element::new("error").attr("id", id).attr("type", "NOT_IN_SET_DURING_REMOVE"));
        }
    }
    let wait = (block && errors.is_empty()).then(|| Duration::from_secs(seconds));
    let mut answer = Element::answer_to(request).attr("waitSet", id);
    match set.wait(&seq, wait).await {
        Outcome::Canceled => answer.set("canceled", true),
        Outcome::Changed { seq, accounts } => {
            answer.set("seq", seq.to_string());
            accounts.into_iter().for_each(|account| answer.push(Element::new("a").attr("id", account)));
        }
    }
    errors.into_iter().for_each(|error| answer.push(error));
    Ok(answer)
}

pub fn destroy(context: &Context, request: &Element) -> Result<Element> {
    let id = request.need_filled("waitSet")?;
    match context.state.wait_sets.destroy(&id, &context.auth()?.account.id) {
        true => Ok(Element::answer_to(request).attr("waitSet", id)),
        false => Err(no_such(&id)),
    }
}
