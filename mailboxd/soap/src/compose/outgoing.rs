// SPDX-License-Identifier: AGPL-3.0-or-later
//! A message ready to leave: who sends, who gets it, the bytes that go out and the bytes that stay.

use super::{Composition, RECIPIENTS_MAX};
use crate::context::Context;
use crate::fault::{Fault, Result};
use crate::handler::{get_msg, rights};
use crate::state::State;
use axum::body::Bytes;
use directory::Account;
use mailbox::{Handle, ItemId};

/// In whose name something is sent, and who asks for that.
pub struct Speaker<'a> {
    pub state: &'a State,
    pub account: &'a Account,
    pub asks: &'a Account,
}

impl<'a> Speaker<'a> {
    pub fn of(context: &'a Context) -> Result<Speaker<'a>> {
        Ok(Speaker { state: &context.state, account: context.target()?, asks: &context.auth()?.account })
    }
}

pub struct Outgoing {
    /// Envelope sender.
    pub sender: String,
    pub recipients: Vec<String>,
    /// To, Cc and Bcc with their names.
    pub written_to: Vec<mime::Mailbox>,
    /// Those of them that become contacts, where the client said which.
    pub kept: Option<Vec<mime::Mailbox>>,
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
        let sender = check_sender(&Speaker::of(context)?, &from, sender.as_deref()).await?;
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
        let (kept, origin) = (composition.kept, composition.origin);
        Ok(Outgoing { sender, recipients, written_to, kept, bytes, saved, origin })
    }

    /// A draft as it was saved.
    pub async fn from_draft(speaker: &Speaker<'_>, handle: &Handle, id: ItemId) -> Result<Outgoing> {
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
        Outgoing { origin, ..Outgoing::from_bytes(speaker, bytes).await? }.checked()
    }

    pub async fn from_upload(context: &Context, aid: &str) -> Result<Outgoing> {
        let upload = context.state.uploads.get(aid, &context.auth()?.account.id)?;
        let bytes = tokio::fs::read(&upload.path).await?;
        Outgoing::from_bytes(&Speaker::of(context)?, bytes.into()).await?.checked()
    }

    async fn from_bytes(speaker: &Speaker<'_>, saved: Bytes) -> Result<Outgoing> {
        let summary = mime::summary(&saved);
        let from = summary.from.first().map(|from| from.address.clone()).unwrap_or_default();
        let sender = summary.sender.first().map(|sender| sender.address.as_str());
        let sender = check_sender(speaker, &from, sender).await?;
        let recipients = unique(summary.to.iter().chain(&summary.cc).chain(&summary.bcc))?;
        let bytes = Bytes::from(mime::without(&saved, &["bcc"]));
        let written_to = summary.to.into_iter().chain(summary.cc).chain(summary.bcc).collect();
        Ok(Outgoing { sender, recipients, written_to, kept: None, bytes, saved, origin: None })
    }

    /// With another Date (RFC 5322 §3.6.1): a draft has that of its last saving.
    pub fn dated(self, now_ms: i64) -> Outgoing {
        let date = chrono::DateTime::from_timestamp_millis(now_ms).unwrap_or_default().to_rfc2822();
        let dated = |message: &[u8]| {
            let mut out = format!("Date: {date}\r\n").into_bytes();
            out.extend(mime::without(message, &["date"]));
            Bytes::from(out)
        };
        Outgoing { bytes: dated(&self.bytes), saved: dated(&self.saved), ..self }
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
pub async fn check_sender(speaker: &Speaker<'_>, from: &str, sender: Option<&str>) -> Result<String> {
    let Speaker { state, account, asks } = *speaker;
    let denied = |address: &str| {
        let reason = format!("may not send as {address}");
        Err(Fault::new("service.PERM_DENIED", reason).arg("address", "STR", address))
    };
    if let Some(sender) = sender
        && !state.directory.may_send_as(account, sender)?
    {
        return denied(sender);
    }
    if !state.directory.may_send_as(account, from)? {
        let (directory, asked) = (state.directory.clone(), from.to_owned());
        let (asks, on_behalf) = (asks.clone(), sender.is_some());
        let given = state.store.run(move |_| -> Result<bool> {
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

pub fn unique<'a>(list: impl Iterator<Item = &'a mime::Mailbox>) -> Result<Vec<String>> {
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
