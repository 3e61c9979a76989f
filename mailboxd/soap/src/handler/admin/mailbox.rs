// SPDX-License-Identifier: AGPL-3.0-or-later
//! Mailboxes: figures, purging, indexing anew.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::reindexing::State as Run;
use directory::Account;
use directory::rights::TargetType;
use mailbox::Usage;

fn account(context: &Context, request: &Element) -> Result<Account> {
    let id = request.need_element("mbox")?.need("id")?;
    context.state.directory.account_by_id(&id)?.ok_or_else(|| Fault::no_such("account", id))
}

/// Makes the mailbox if the account has none yet.
pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let account = account(context, request)?;
    let usage = usage(context, &account).await?;
    Ok(Element::answer_to(request).child(Element::new("mbox").attr("mbxid", usage.id.0).attr("s", usage.bytes)))
}

async fn usage(context: &Context, account: &Account) -> Result<Usage> {
    let id = account.id.clone();
    let found = context.state.store.run(move |store| {
        store.mailbox_of(&id)?;
        store.usage_of(&id)
    });
    found.await??.ok_or_else(|| Fault::no_such("mailbox", account.id.clone()))
}

/// The mailbox goes, the account stays; it gets a new, empty one when it needs one.
pub async fn delete(context: &Context, request: &Element) -> Result<Element> {
    let id = request.need_element("mbox")?.need_filled("id")?;
    let asked = id.clone();
    let usage = context.state.store.run(move |store| store.usage_of(&asked)).await??;
    let account = context.state.directory.account_by_id(&id)?;
    if usage.is_none() && account.is_none() {
        return Err(Fault::no_such("account", id));
    }
    if account.is_some_and(|account| account.retention().is_held) {
        return Err(Fault::invalid("the account is on hold (zimbraDumpsterPurgeEnabled FALSE): its mail stays"));
    }
    context.state.sessions.end(&id, None, None);
    forget(context, &id).await?;
    tracing::info!(account = %id, by = %context.auth()?.account.name, "mailbox deleted");
    let mut answer = Element::answer_to(request);
    if let Some(usage) = usage {
        answer.push(Element::new("mbox").attr("mbxid", usage.id.0).attr("id", id));
    }
    Ok(answer)
}

/// No mailbox is as good as one that is gone.
async fn forget(context: &Context, account: &str) -> Result<()> {
    let id = account.to_owned();
    match context.state.store.run(move |store| store.delete_mailbox(&id)).await? {
        Ok(()) | Err(mailbox::Error::NoSuch { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

pub async fn all(context: &Context, request: &Element) -> Result<Element> {
    let limit = request.number::<usize>("limit")?.filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let offset = request.number::<usize>("offset")?.unwrap_or(0);
    let usages = context.state.store.run(|store| store.usages()).await??;
    let more = usages.len() > offset.saturating_add(limit);
    let mut answer = Element::answer_to(request).attr("more", more).attr("searchTotal", usages.len() as i64);
    for usage in usages.into_iter().skip(offset).take(limit) {
        let element = Element::new("mbox").attr("id", usage.id.0).attr("accountId", usage.account);
        let element = element.attr("groupId", usage.id.0).attr("indexVolumeId", 1);
        let element = element.attr("itemIdCheckPoint", usage.next_item).attr("sizeCheckPoint", usage.bytes);
        let element = element.attr("changeCheckPoint", usage.changes).attr("contactCount", 0).attr("trackingSync", 0);
        answer.push(element.attr("trackingImap", false).attr("lastSoapAccess", 0).attr("newMessages", 0));
    }
    Ok(answer)
}

pub async fn stats(context: &Context, request: &Element) -> Result<Element> {
    let usages = context.state.store.run(|store| store.usages()).await??;
    let bytes: u64 = usages.iter().map(|usage| usage.bytes).sum();
    let stats = Element::new("stats").attr("numMboxes", usages.len() as i64).attr("totalSize", bytes);
    Ok(Element::answer_to(request).unique(stats))
}

/// What is older than it may become (docs/admin/retention.md), now and not only at night: of one mailbox, or of all, which takes an administrator
/// of everything.
pub async fn purge(context: &Context, request: &Element) -> Result<Element> {
    let accounts = match request.first("mbox") {
        Some(_) => {
            let account = super::Sight::new(context, request)?.found(account(context, request))?;
            let on = context.state.directory.on(TargetType::Account, &account.id)?;
            super::access::need(context, &on, "purgeMessages")?;
            vec![account]
        }
        None if context.powers()?.is_global() => {
            let usages = context.state.store.run(|store| store.usages()).await??;
            let mut accounts = Vec::new();
            for usage in usages {
                accounts.extend(context.state.directory.account_by_id(&usage.account)?);
            }
            accounts
        }
        None => return Err(Fault::denied()),
    };
    let mut answer = Element::answer_to(request);
    for account in accounts {
        let of = account.clone();
        let directory = context.state.directory.clone();
        let gone = context.state.store.run(move |store| crate::purge(store, &directory, &of)).await??;
        tracing::info!(account = %account.name, messages = gone, "purged");
        let usage = usage(context, &account).await?;
        answer.push(Element::new("mbox").attr("mbxid", usage.id.0).attr("s", usage.bytes));
    }
    Ok(answer)
}

/// `start`, `status` or `cancel`. It goes on beside everything else; one mailbox at a time is worked on, the others wait.
pub async fn reindex(context: &Context, request: &Element) -> Result<Element> {
    let account = account(context, request)?;
    let runs = &context.state.reindexing;
    let answer = Element::answer_to(request);
    let progress = |run: &Run| {
        let element = Element::new("progress").attr("numSucceeded", run.done).attr("numFailed", 0);
        element.attr("numRemaining", run.total.saturating_sub(run.done))
    };
    match request.get("action").as_deref() {
        None | Some("" | "start") => {
            let id = account.id.clone();
            let Some(usage) = context.state.store.run(move |store| store.usage_of(&id)).await?? else {
                return Err(Fault::new("service.FAILURE", "the account has no mailbox yet"));
            };
            let messages = usage.messages;
            match runs.start(&context.state.store, &account.id, messages) {
                true => Ok(answer.attr("status", "started")),
                false => Err(Fault::new("service.ALREADY_IN_PROGRESS", "the mailbox is being indexed already")),
            }
        }
        Some("status") => Ok(match runs.state(&account.id) {
            Some(run) => answer.attr("status", "running").unique(progress(&run)),
            None => answer.attr("status", "idle"),
        }),
        Some("cancel") => match runs.cancel(&account.id) {
            Some(run) => Ok(answer.attr("status", "cancelled").unique(progress(&run))),
            None => Ok(answer.attr("status", "idle")),
        },
        Some(_) => Err(Fault::invalid("action is start, status or cancel")),
    }
}

/// Sizes and numbers are counted with every change here, and can't go astray: this tells them.
pub async fn recalculate(context: &Context, request: &Element) -> Result<Element> {
    let account = account(context, request)?;
    let usage = usage(context, &account).await?;
    Ok(Element::answer_to(request).unique(Element::new("mbox").attr("id", account.id).attr("used", usage.bytes)))
}
