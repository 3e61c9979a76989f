// SPDX-License-Identifier: AGPL-3.0-or-later
//! A message ready to leave: who sends, who gets it, the bytes that go out and the bytes that stay.

use super::{Composition, RECIPIENTS_MAX};
use crate::context::Context;
use crate::fault::{Fault, Result};
use crate::handler::{get_msg, rights};
use axum::body::Bytes;
use mailbox::{Handle, ItemId};

pub struct Outgoing {
    /// Envelope sender.
    pub sender: String,
    pub recipients: Vec<String>,
    /// To, Cc and Bcc with their names.
    pub written_to: Vec<mime::Mailbox>,
    /// What leaves: without Bcc.
    pub bytes: Bytes,
    /// What stays in Sent: with Bcc, so that its writer sees whom it went to.
    pub saved: Bytes,
    pub origin: Option<(ItemId, String)>,
}

impl Outgoing {
    pub async fn from_composition(context: &Context, composition: Composition) -> Result<Outgoing> {
        let draft = composition.draft;
        let from = draft.from.as_ref().map(|from| from.address.clone()).unwrap_or_default();
        let sender = draft.sender.as_ref().map(|sender| sender.address.clone());
        let sender = check_sender(context, &from, sender.as_deref()).await?;
        let recipients = unique(draft.to.iter().chain(&draft.cc).chain(&draft.bcc))?;
        let written_to = draft.to.iter().chain(&draft.cc).chain(&draft.bcc).cloned().collect();
        // Building encodes every attachment: not on the async threads.
        let (bytes, saved) = tokio::task::spawn_blocking(move || {
            let bytes = Bytes::from(mime::build(&draft, false));
            let saved = if draft.bcc.is_empty() { bytes.clone() } else { Bytes::from(mime::build(&draft, true)) };
            (bytes, saved)
        })
        .await
        .map_err(Fault::failure)?;
        Ok(Outgoing { sender, recipients, written_to, bytes, saved, origin: composition.origin })
    }

    /// A draft as it was saved.
    pub async fn from_draft(context: &Context, handle: &Handle, id: ItemId) -> Result<Outgoing> {
        let (item, bytes) = handle
            .run(move |mailbox| {
                let item = get_msg::message(mailbox, id)?;
                let bytes = mailbox.content(&item)?;
                Ok((item, bytes))
            })
            .await?;
        let origin = match item.detail {
            mailbox::Detail::Message(detail) => detail.origin,
            _ => None,
        };
        Outgoing { origin, ..Outgoing::from_bytes(context, bytes).await? }.checked()
    }

    pub async fn from_upload(context: &Context, aid: &str) -> Result<Outgoing> {
        let upload = context.state.uploads.get(aid, &context.auth()?.account.id)?;
        let bytes = tokio::fs::read(&upload.path).await?;
        Outgoing::from_bytes(context, bytes.into()).await?.checked()
    }

    async fn from_bytes(context: &Context, saved: Bytes) -> Result<Outgoing> {
        let summary = mime::summary(&saved);
        let from = summary.from.first().map(|from| from.address.clone()).unwrap_or_default();
        let sender = summary.sender.first().map(|sender| sender.address.as_str());
        let sender = check_sender(context, &from, sender).await?;
        let recipients = unique(summary.to.iter().chain(&summary.cc).chain(&summary.bcc))?;
        let bytes = Bytes::from(without_header(&saved, "bcc"));
        let written_to = summary.to.into_iter().chain(summary.cc).chain(summary.bcc).collect();
        Ok(Outgoing { sender, recipients, written_to, bytes, saved, origin: None })
    }

    fn checked(self) -> Result<Outgoing> {
        if self.recipients.is_empty() {
            return Err(Fault::new("mail.SEND_FAILURE", "no recipient addresses"));
        }
        Ok(self)
    }
}

/// The directory says whom this account may speak for: itself, who lets it send in their name, and, if it says that it is the
/// sender, who lets it send on their behalf. Answers the envelope sender.
async fn check_sender(context: &Context, from: &str, sender: Option<&str>) -> Result<String> {
    let account = context.target()?;
    let denied = |address: &str| {
        let reason = format!("may not send as {address}");
        Err(Fault::new("service.PERM_DENIED", reason).arg("address", "STR", address))
    };
    if let Some(sender) = sender
        && !context.state.directory.may_send_as(account, sender)?
    {
        return denied(sender);
    }
    if !context.state.directory.may_send_as(account, from)? {
        let (directory, asked) = (context.state.directory.clone(), from.to_owned());
        let (asks, on_behalf) = (context.auth()?.account.clone(), sender.is_some());
        let given = context.state.store.run(move |_| -> Result<bool> {
            let Some(owner) = directory.account(&asked)? else { return Ok(false) };
            let given = |right: &str| rights::has(&directory, &owner, &asks, right);
            Ok(given("sendAs")? || (on_behalf && given("sendOnBehalfOf")?))
        });
        if !given.await?? {
            return denied(from);
        }
    }
    Ok(sender.unwrap_or(from).to_owned())
}

fn unique<'a>(list: impl Iterator<Item = &'a mime::Mailbox>) -> Result<Vec<String>> {
    let mut seen = std::collections::HashSet::new();
    let mut out = Vec::new();
    for mailbox in list {
        if !mailbox.address.is_empty() && seen.insert(mailbox.address.to_lowercase()) {
            out.push(mailbox.address.clone());
        }
    }
    if out.len() > RECIPIENTS_MAX {
        return Err(Fault::invalid(format!("more than {RECIPIENTS_MAX} recipients")));
    }
    Ok(out)
}

/// The message without the fields `name`, continuation lines (RFC 5322 §2.2.3) included; the rest byte for byte.
fn without_header(message: &[u8], name: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len());
    let mut dropping = false;
    let mut rest = message;
    while !rest.is_empty() {
        let end = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        if line == b"\r\n" || line == b"\n" {
            break;
        }
        let folded = line.starts_with(b" ") || line.starts_with(b"\t");
        if !folded {
            let field = line.iter().position(|b| *b == b':').map(|at| line[..at].trim_ascii_end());
            dropping = field.is_some_and(|field| field.eq_ignore_ascii_case(name.as_bytes()));
        }
        if !dropping {
            out.extend_from_slice(line);
        }
        rest = after;
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bcc_does_not_leave() {
        let message = b"To: a\r\nBCC : b,\r\n c\r\nX: y\r\n\r\nBcc: stays\r\n";
        assert_eq!(without_header(message, "bcc"), b"To: a\r\nX: y\r\n\r\nBcc: stays\r\n");
        assert_eq!(without_header(b"Bcc: x", "bcc"), b"");
        assert_eq!(without_header(b"", "bcc"), b"");
    }
}
