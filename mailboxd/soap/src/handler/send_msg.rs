// SPDX-License-Identifier: AGPL-3.0-or-later
//! SendMsgRequest. The copy for Sent is stored first, so that a message that went out is never without one; if nobody
//! took it the copy goes again. Repeating a `suid` answers what was answered before.

use crate::args;
use crate::compose::{Composition, Outgoing, Speaker, stage};
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::filter::Runner;
use crate::handler::rights;
use crate::outbound::{Refused, SendError};
use crate::recent::SUID_BYTES_MAX;
use crate::render::{self, Names};
use directory::Account;
use mailbox::{AddMessage, FlagChange, Flags, Handle, Item, ItemId};

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let Some(suid) = request.get("suid").filter(|suid| !suid.is_empty()) else {
        return send(context, request).await;
    };
    if suid.len() > SUID_BYTES_MAX {
        return Err(Fault::invalid("suid is too long"));
    }
    let slot = context.state.recent_sends.slot(&context.target()?.id, &suid);
    let mut done = slot.lock().await;
    if let Some(answer) = done.as_ref() {
        return Ok(answer.clone());
    }
    let answer = send(context, request).await?;
    *done = Some(answer.clone());
    Ok(answer)
}

async fn send(context: &Context, request: &Element) -> Result<Element> {
    match context.owns_target()? {
        true => send_own(context, request).await,
        false => send_for(context, request).await,
    }
}

/// In the name of the account that the header says, who has given the right to. The copy is in the sender's Sent, so the answer
/// names no message of that account.
async fn send_for(context: &Context, request: &Element) -> Result<Element> {
    let (owner, asks) = (context.target()?.clone(), context.auth()?.account.clone());
    let (directory, from, sender) = (context.state.directory.clone(), owner.clone(), asks.clone());
    let given = context.state.store.run(move |_| -> Result<(bool, bool)> {
        let has = |right: &str| rights::has(&directory, &from, &sender, right);
        Ok((has("sendAs")?, has("sendOnBehalfOf")?))
    });
    let (as_owner, on_behalf) = given.await??;
    if !as_owner && !on_behalf {
        return Err(Fault::denied());
    }
    let mut request = request.clone();
    let wanted = request.children.iter_mut().map(|child| &mut child.element).find(|child| child.name == "m");
    let wanted = wanted.ok_or_else(|| Fault::invalid("missing required element: m"))?;
    let says = |kind: &str| wanted.named("e").any(|e| e.get("t").as_deref() == Some(kind));
    let (has_from, has_sender) = (says("f"), says("s"));
    let person = |kind: &str, account: &Account| {
        Element::new("e").attr("t", kind).attr("a", account.name.clone()).attr_opt("p", account.display_name())
    };
    if !has_from {
        wanted.push(person("f", &owner));
    }
    if !has_sender && !as_owner {
        wanted.push(person("s", &asks));
    }
    send_own(&context.toward(asks), &request).await?;
    Ok(Element::answer_to(&request).child(Element::new("m")))
}

async fn send_own(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let wanted = request.need_element("m")?;
    let handle = context.open().await?;
    let draft = match wanted.get("did").filter(|id| !id.is_empty()) {
        Some(id) => Some(args::message_id(&id, &own)?),
        None => None,
    };
    let mut uploads = Vec::new();
    let outgoing = if let Some(id) = draft.filter(|_| wanted.is("sfd").unwrap_or(false)) {
        Outgoing::from_draft(&Speaker::of(context)?, &handle, id).await?
    } else if let Some(aid) = wanted.get("aid").filter(|aid| !aid.is_empty()) {
        uploads.push(aid.clone());
        Outgoing::from_upload(context, &aid).await?
    } else {
        let composition = Composition::read(context, &handle, wanted).await?;
        uploads.clone_from(&composition.uploads);
        Outgoing::from_composition(context, composition).await?
    };
    if outgoing.recipients.is_empty() {
        return Err(Fault::new("mail.SEND_FAILURE", "no recipient addresses"));
    }
    let saved = if request.is("noSave")? { Vec::new() } else { save(context, &handle, &outgoing).await? };
    let sent =
        context.state.outbound.send(outgoing.sender.clone(), outgoing.recipients.clone(), outgoing.bytes.clone()).await;
    if let Err(error) = sent {
        let fault = failure(error);
        let ids: Vec<ItemId> = saved.iter().map(|item| item.id).collect();
        if !ids.is_empty() && !fault.code.contains("PARTIAL") {
            handle.run(move |mailbox| mailbox.delete_items(&ids)).await?;
        }
        return Err(fault);
    }
    after(&handle, outgoing.origin, draft).await;
    learn(context.target()?, &handle, outgoing.written_to, outgoing.kept).await;
    context.state.uploads.forget(&uploads);
    let message = match saved.into_iter().next() {
        Some(item) => {
            let names = handle.run(Names::of).await?;
            render::message_summary(&item, &names)
        }
        None => Element::new("m"),
    };
    Ok(Element::answer_to(request).child(message))
}

/// The sender's copy, where the rules for mail that goes out want it: in Sent, elsewhere, in several places, or nowhere.
async fn save(context: &Context, handle: &Handle, outgoing: &Outgoing) -> Result<Vec<Item>> {
    let (staging, bytes) = (context.state.store.stage(), outgoing.saved.clone());
    let add = AddMessage { folder: ItemId::SENT, flags: Flags::FROM_ME, tags: Vec::new(), date_ms: None };
    let runner = Runner::outgoing(&context.state.engine, context.target()?);
    let save = handle.run(move |mailbox| {
        let staged = stage::bytes(staging, &bytes)?;
        match runner {
            Some(runner) => runner.judge(mailbox, &bytes)?.add(mailbox, &staged, &add),
            None => Ok(vec![mailbox.add_message(&staged, &add)?]),
        }
    });
    Ok(save.await?)
}

/// The message is out: what fails here is logged, not answered, or the client would send again.
pub async fn after(handle: &Handle, origin: Option<(ItemId, String)>, draft: Option<ItemId>) {
    let work = handle.run(move |mailbox| {
        if let Some((id, how)) = origin {
            let add = if how == "w" { Flags::FORWARDED } else { Flags::REPLIED };
            mailbox.update_flags(&[id], &FlagChange { add, ..FlagChange::default() })?;
        }
        // Only what is a draft: a client that names another message must not lose it.
        if let Some(id) = draft
            && mailbox.item(id).is_ok_and(|item| item.flags.contains(Flags::DRAFT))
        {
            mailbox.delete_items(&[id])?;
        }
        Ok(())
    });
    if let Err(error) = work.await {
        tracing::warn!(%error, "sent, but its origin or draft was not updated");
    }
}

/// Remembers whom was written to, and makes contacts of those that are in no address book: of those that the client marked, or
/// of all, if the sender wants that.
pub async fn learn(
    account: &Account,
    handle: &Handle,
    written_to: Vec<mime::Mailbox>,
    marked: Option<Vec<mime::Mailbox>>,
) {
    let keep_all = account.attr("zimbraPrefAutoAddAddressEnabled") == Some("TRUE");
    let pair = |to: mime::Mailbox| (to.address, to.name);
    let marked = marked.map(|marked| marked.into_iter().map(pair).collect::<Vec<_>>());
    let own: Vec<String> = account.addresses().map(str::to_owned).collect();
    let work = handle.run(move |mailbox| {
        let others = written_to.into_iter().filter(|to| !own.iter().any(|own| own.eq_ignore_ascii_case(&to.address)));
        let others: Vec<(String, Option<String>)> = others.map(pair).collect();
        mailbox.rank(&others)?;
        match marked {
            Some(marked) => mailbox.keep_addresses(&marked),
            None if keep_all => mailbox.keep_addresses(&others),
            None => Ok(()),
        }
    });
    if let Err(error) = work.await {
        tracing::warn!(%error, "sent, but its recipients were not remembered");
    }
}

/// What the client is told.
pub fn failure(error: SendError) -> Fault {
    let (code, refused) = match error {
        SendError::Aborted { refused } => ("mail.SEND_ABORTED_ADDRESS_FAILURE", refused),
        SendError::Partial { refused } => ("mail.SEND_PARTIAL_ADDRESS_FAILURE", refused),
        SendError::Failed(why) => return Fault::new("mail.SEND_FAILURE", format!("not sent: {why}")),
    };
    refused_fault(code, &refused)
}

fn refused_fault(code: &'static str, refused: &[Refused]) -> Fault {
    let list: Vec<String> = refused.iter().map(|refused| format!("{}: {}", refused.address, refused.why)).collect();
    let mut fault = Fault::new(code, format!("not accepted: {}", list.join("; ")));
    for refused in refused {
        let kind = if refused.permanent { "invalid" } else { "unsent" };
        fault = fault.arg(kind, "STR", refused.address.clone());
    }
    fault
}
