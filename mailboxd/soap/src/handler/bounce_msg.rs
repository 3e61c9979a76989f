// SPDX-License-Identifier: AGPL-3.0-or-later
//! BounceMsgRequest: a message goes on unchanged to other recipients, with Resent fields that say by whom (RFC 5322 §3.6.6).
//! Who may read a message may send it on, in the own name.

use crate::args;
use crate::compose::{RECIPIENTS_MAX, Speaker, check_sender, default_from, message_id, one_line, unique};
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::handler::{get_msg, send_msg};
use crate::state::now_ms;
use mailbox::Flags;
use mime::{Mailbox, Resent};

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let own = context.target()?.id.clone();
    let wanted = request.need_element("m")?;
    let id = args::message_id(&wanted.need_filled("id")?, &own)?;
    // A visitor of the mailbox speaks for itself.
    let asks = &context.auth()?.account;
    let account = if context.owns_target()? { context.target()? } else { asks };
    let speaker = Speaker { state: &context.state, account, asks };
    let mut resent = Resent {
        from: default_from(account),
        date_ms: now_ms(),
        message_id: message_id(&account.name),
        ..Resent::default()
    };
    let hidden = addresses(&mut resent, wanted)?;
    let recipients = unique(resent.to.iter().chain(&resent.cc).chain(&hidden))?;
    if recipients.is_empty() {
        return Err(Fault::new("mail.SEND_FAILURE", "no recipient addresses"));
    }
    let sender = resent.sender.as_ref().map(|sender| sender.address.as_str());
    let sender = check_sender(&speaker, &resent.from.address, sender).await?;
    let handle = context.open().await?;
    let bytes = handle.run(move |mailbox| {
        let item = get_msg::message(mailbox, id)?;
        if item.flags.contains(Flags::DRAFT) {
            return Err(mailbox::Error::Invalid(format!("message {id} is a draft: it was never sent")));
        }
        Ok(mime::resent(&mailbox.content(&item)?, &resent))
    });
    let bytes = bytes.await?;
    context.state.outbound.send(sender, recipients, bytes.into()).await.map_err(send_msg::failure)?;
    Ok(Element::answer_to(request))
}

/// Fills the fields in, and answers who gets a blind copy.
fn addresses(resent: &mut Resent, m: &Element) -> Result<Vec<Mailbox>> {
    let (mut hidden, mut count) = (Vec::new(), 0);
    for e in m.named("e") {
        let text = e.get("a").unwrap_or_default();
        let name = e.get("p").map(|name| one_line(&name)).filter(|name| !name.is_empty());
        let mut list = mime::parse_addresses(&text);
        if list.is_empty() && !text.trim().is_empty() {
            // Not an address as the grammar has it: whoever takes the message says so.
            list.push(Mailbox { address: one_line(&text), name: None });
        }
        if let (Some(name), [only]) = (name, list.as_mut_slice()) {
            only.name = Some(name);
        }
        count += list.len();
        if count > RECIPIENTS_MAX {
            return Err(Fault::invalid(format!("more than {RECIPIENTS_MAX} addresses")));
        }
        match e.get("t").as_deref() {
            Some("t" | "to") => resent.to.extend(list),
            Some("c" | "cc") => resent.cc.extend(list),
            Some("b" | "bcc") => hidden.extend(list),
            Some("f" | "from") => resent.from = list.into_iter().next().unwrap_or_else(|| resent.from.clone()),
            Some("s") => resent.sender = list.into_iter().next(),
            other => return Err(Fault::invalid(format!("unknown address type: {}", other.unwrap_or("none")))),
        }
    }
    Ok(hidden)
}
