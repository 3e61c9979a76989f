// SPDX-License-Identifier: AGPL-3.0-or-later
//! SendDeliveryReportRequest: tells the sender of a message, who asked for it, that it was read (RFC 8098). At most once for a
//! message: the flag `n` is set before the report leaves, and taken back only if nobody took it.
//!
//! Who says "always" in the preferences is not asked, so that then a report is automatic, and goes only where RFC 8098 §2.1 lets
//! it: to the address that is also the Return-Path. Otherwise the request is the answer of a person who was asked.

use crate::args;
use crate::compose::message_id;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::handler::{get_msg, send_msg};
use crate::render::VERSION;
use crate::state::now_ms;
use directory::Account;
use mailbox::{Detail, FlagChange, Flags, Handle, Item, ItemId};
use mime::{Mailbox, Receipt};

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    // A report speaks for the recipient, whom nobody stands in for by looking into a shared folder.
    context.need_own()?;
    let account = context.target()?.clone();
    let id = args::message_id(&request.need_filled("mid")?, &account.id)?;
    let how = account.attr("zimbraPrefMailSendReadReceipts").unwrap_or("prompt");
    if account.attr("zimbraFeatureReadReceiptsEnabled") == Some("FALSE") || how == "never" {
        return Err(Fault::denied());
    }
    let automatic = how == "always";
    let handle = context.open().await?;
    let found = handle.run(move |mailbox| {
        let item = get_msg::message(mailbox, id)?;
        let bytes = mailbox.content(&item)?;
        Ok((item, bytes))
    });
    let (item, bytes) = found.await?;
    if item.flags.contains(Flags::NOTIFIED) {
        return Ok(Element::answer_to(request));
    }
    let to = asks(&item, &bytes, automatic).map_err(Fault::invalid)?;
    if !claim(&handle, &item).await? {
        return Ok(Element::answer_to(request));
    }
    let host = context.state.config.host.clone();
    let report = mime::receipt(&receipt(&account, &item, &bytes, to.clone(), automatic, &host), &bytes);
    // RFC 8098 §3: with the null sender, so that nothing answers it.
    let sent = context.state.outbound.send(String::new(), vec![to.address], report.into()).await;
    if let Err(error) = sent {
        mark(&handle, id, FlagChange { remove: Flags::NOTIFIED, ..FlagChange::default() }).await?;
        return Err(send_msg::failure(error));
    }
    Ok(Element::answer_to(request))
}

/// Who is to be told, if anybody may be.
fn asks(item: &Item, message: &[u8], automatic: bool) -> std::result::Result<Mailbox, &'static str> {
    let one = |name: &str| mime::header(message, name);
    if item.flags.intersects(Flags::DRAFT.with(Flags::FROM_ME)) {
        return Err("the message is your own");
    }
    let fields = one("Disposition-Notification-To");
    let addresses: Vec<Mailbox> = fields.iter().flat_map(|field| mime::parse_addresses(field)).collect();
    let ([_], [to]) = (fields.as_slice(), addresses.as_slice()) else {
        return Err("the sender asks for no report, or for several");
    };
    if ["List-Id", "List-Post", "List-Unsubscribe"].iter().any(|name| !one(name).is_empty())
        || one("Precedence").iter().any(|kind| ["bulk", "list", "junk"].contains(&kind.trim().to_lowercase().as_str()))
    {
        return Err("the message came by a list");
    }
    // RFC 8098 §2.2: an option that must be understood, and is not.
    if one("Disposition-Notification-Options").iter().any(|options| options.to_lowercase().contains("required")) {
        return Err("the sender asks for a report of an unknown kind");
    }
    let Some(path) = return_path(item, message) else { return Err("the message has no Return-Path") };
    if automatic && !path.eq_ignore_ascii_case(&to.address) {
        return Err("the report would go to another address than the message came from");
    }
    Ok(to.clone())
}

/// As the delivery noted it; of a message that was put here, as its header has it. `None`: there is none, or it is the null one.
fn return_path(item: &Item, message: &[u8]) -> Option<String> {
    let noted = match &item.detail {
        Detail::Message(detail) => detail.envelope_from.clone(),
        _ => None,
    };
    let path = noted.or_else(|| {
        let field = mime::header(message, "Return-Path").into_iter().next()?;
        Some(field.trim().trim_matches(['<', '>']).to_owned())
    });
    path.filter(|path| path.contains('@'))
}

/// False: somebody else was first.
async fn claim(handle: &Handle, item: &Item) -> Result<bool> {
    let (id, mut since) = (item.id, item.modseq);
    loop {
        let change = FlagChange { add: Flags::NOTIFIED, unchanged_since: Some(since), ..FlagChange::default() };
        if mark(handle, id, change).await? {
            return Ok(true);
        }
        let now = handle.run(move |mailbox| get_msg::message(mailbox, id)).await?;
        if now.flags.contains(Flags::NOTIFIED) {
            return Ok(false);
        }
        since = now.modseq;
    }
}

async fn mark(handle: &Handle, id: ItemId, change: FlagChange) -> Result<bool> {
    let result = handle.run(move |mailbox| mailbox.update_flags(&[id], &change)).await?;
    match result.missing.is_empty() {
        true => Ok(!result.changed.is_empty()),
        false => Err(Fault::no_such("message", id.to_string())),
    }
}

fn receipt(account: &Account, item: &Item, message: &[u8], to: Mailbox, automatic: bool, host: &str) -> Receipt {
    let summary = mime::summary(message);
    // Under the address that the sender knows, if it is one of ours.
    let mut named = summary.to.iter().chain(&summary.cc).map(|to| to.address.as_str());
    let address = named.find(|to| account.addresses().any(|own| own.eq_ignore_ascii_case(to)));
    let from = Mailbox {
        address: address.unwrap_or(&account.name).to_owned(),
        name: account.display_name().map(str::to_owned),
    };
    let text = format!(
        "Your message \"{}\" to <{}> was displayed. That is no promise that it was read or understood.\n",
        item.subject, from.address
    );
    Receipt {
        subject: format!("Read: {}", item.subject),
        text,
        from,
        to,
        date_ms: now_ms(),
        message_id: message_id(&account.name),
        reporting_ua: format!("{host}; Posthouse {VERSION}"),
        automatic,
    }
}
