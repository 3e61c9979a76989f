// SPDX-License-Identifier: AGPL-3.0-or-later
//! Deleted accounts: which there are, and what becomes of them. Zimbra has no such requests; these are extensions of ours, in its
//! manner. What may be done to one says the right deleteAccount on it as it was; to make it live again takes the right to create
//! accounts in its domain, too.

use super::access::{domain_of, hide, need};
use super::{Sight, find_domain};
use crate::context::Context;
use crate::deletion::{self, Deleted};
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::rights::{Need, On, TargetType};

/// All, or those of a domain, the latest first.
pub async fn all(context: &Context, request: &Element) -> Result<Element> {
    let domain = match request.first("domain") {
        Some(_) => Some(Sight::new(context, request)?.found(find_domain(context, request))?.name),
        None => None,
    };
    let is_meant = |one: &Deleted| match &domain {
        Some(domain) => one.name().rsplit_once('@').is_some_and(|(_, of)| of == domain),
        None => true,
    };
    let found = context.state.store.run(deletion::deleted).await??;
    let powers = context.powers()?;
    let mut answer = Element::answer_to(request);
    for one in found.iter().filter(|one| is_meant(one)) {
        let is_seen = match target(context, one)? {
            Some((on, right)) => powers.may(&on, &Need::Do(right))?,
            None => powers.is_global(),
        };
        if is_seen {
            answer.push(element(context, one).await?);
        }
    }
    Ok(answer)
}

/// `name`: the one that it comes back under, if its own is taken.
pub async fn undelete(context: &Context, request: &Element) -> Result<Element> {
    let one = found(context, request).await?;
    let name = request.get("name").filter(|name| !name.is_empty());
    let (remains, powers) = (one.need_remains()?, context.powers()?);
    if !powers.is_global() {
        let on = context.state.directory.on_remains(remains)?;
        let is_resource = on.target == TargetType::CalResource;
        let right = if is_resource { "createCalendarResource" } else { "createAccount" };
        for address in [Some(&remains.account.name), name.as_ref()].into_iter().flatten() {
            need(context, &domain_of(context, address).map_err(hide)?, right)?;
            super::access::check_address(context, address)?;
        }
        if context.state.directory.gives_rights(remains)? {
            return Err(Fault::denied());
        }
    }
    let (directory, id) = (context.state.directory.clone(), one.id.clone());
    let back = context.state.store.run(move |store| deletion::undelete(store, &directory, &id, name.as_deref()));
    let (account, problems) = back.await??;
    tracing::info!(account = %account.name, by = %context.auth()?.account.name, "deleted account brought back");
    let shown = Sight::of_change(context)?.account(&account, "account")?;
    let mut answer = Element::answer_to(request).child(shown);
    for problem in problems {
        answer.push(Element::new("problem").text(problem));
    }
    Ok(answer)
}

/// `hold="1"`: it stays until that is taken back.
pub async fn hold(context: &Context, request: &Element) -> Result<Element> {
    let one = found(context, request).await?;
    let is_held = request.flag("hold")?.ok_or_else(|| Fault::invalid("missing required attribute: hold"))?;
    let on = context.state.directory.on_remains(one.need_remains()?)?;
    context.powers()?.need(&on, &Need::Set("zimbraDumpsterPurgeEnabled"))?;
    let id = one.id.clone();
    context.state.store.run(move |store| deletion::hold(store, &id, is_held)).await??;
    tracing::info!(account = %one.name(), by = %context.auth()?.account.name, is_held, "hold of a deleted account");
    Ok(Element::answer_to(request))
}

/// For good, before its time.
pub async fn purge(context: &Context, request: &Element) -> Result<Element> {
    let one = found(context, request).await?;
    let (directory, id) = (context.state.directory.clone(), one.id.clone());
    context.state.store.run(move |store| deletion::purge(store, &directory, &id)).await??;
    tracing::info!(account = %one.name(), by = %context.auth()?.account.name, "deleted account gone for good");
    Ok(Element::answer_to(request))
}

/// `<account by="id|name">` or `id`. Who may do nothing to it is not told that there is one.
async fn found(context: &Context, request: &Element) -> Result<Deleted> {
    let key = match request.first("account") {
        Some(account) => account.text_or_empty().trim().to_owned(),
        None => request.need_filled("id")?,
    };
    let one = context.state.store.run(move |store| deletion::find(store, &key)).await?;
    if context.powers()?.is_global() {
        return one;
    }
    let one = one.map_err(|_| Fault::denied())?;
    let (on, right) = target(context, &one)?.ok_or_else(Fault::denied)?;
    need(context, &on, right)?;
    Ok(one)
}

/// The account as it was, and the right that everything about it takes.
fn target(context: &Context, one: &Deleted) -> Result<Option<(On, &'static str)>> {
    let Some(remains) = &one.remains else { return Ok(None) };
    let on = context.state.directory.on_remains(remains)?;
    let right = if on.target == TargetType::CalResource { "deleteCalendarResource" } else { "deleteAccount" };
    Ok(Some((on, right)))
}

async fn element(context: &Context, one: &Deleted) -> Result<Element> {
    let id = one.id.clone();
    let usage = context.state.store.run(move |store| store.deleted_usage(&id)).await??;
    let (expires_ms, is_held) = one.expires(&context.state.directory)?;
    let is_resource = one.remains.as_ref().is_some_and(|remains| remains.account.class == "zimbraCalendarResource");
    Ok(Element::new("account")
        .attr("id", one.id.clone())
        .attr("name", one.name())
        .attr("resource", is_resource)
        .attr("deleted", one.deleted_ms)
        .attr_opt("expires", expires_ms)
        .attr("hold", is_held)
        .attr("s", usage.as_ref().map_or(0, |usage| usage.bytes))
        .attr("messages", usage.as_ref().map_or(0, |usage| usage.messages))
        .attr_opt("error", one.remains.is_none().then(|| "what it was can't be read".to_owned())))
}
