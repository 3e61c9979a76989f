// SPDX-License-Identifier: AGPL-3.0-or-later
//! From the `m` of SendMsg and SaveDraft to a message.

mod outgoing;
mod parts;
pub mod stage;

pub use outgoing::{Outgoing, Speaker, check_sender, unique};

use crate::args;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::state::now_ms;
use mailbox::{Handle, ItemId};
use mime::{Draft, Mailbox};

pub const RECIPIENTS_MAX: usize = 1000;
const REFERENCES_MAX: usize = 50;
const SUBJECT_BYTES_MAX: usize = 16 << 10;
/// Fields that a request may not set beside the structured ones.
const HEADERS_ALLOWED: [&str; 3] = ["disposition-notification-to", "list-unsubscribe", "auto-submitted"];

/// A message being written, with what it refers to.
pub struct Composition {
    pub draft: Draft,
    /// The message that this answers or forwards, and how ("r", "w").
    pub origin: Option<(ItemId, String)>,
    /// Uploads that it uses: to forget once it is stored.
    pub uploads: Vec<String>,
}

impl Composition {
    pub async fn read(context: &Context, handle: &Handle, m: &Element) -> Result<Composition> {
        let account = context.target()?.clone();
        let mut draft = Draft { date_ms: now_ms(), message_id: message_id(&account.name), ..Draft::default() };
        addresses(&mut draft, m)?;
        draft.subject = m.get("su").unwrap_or_default().trim().to_owned();
        if draft.subject.len() > SUBJECT_BYTES_MAX {
            return Err(Fault::invalid("subject is too long"));
        }
        if draft.from.is_none() {
            draft.from = Some(default_from(&account));
        }
        if let Some(flags) = m.get("f") {
            draft.priority = i8::from(flags.contains('!')) - i8::from(flags.contains('?'));
        }
        draft.extra.extend(extra_headers(m));
        let mut origin = origin(m, &account.id)?;
        draft.in_reply_to = m.get("irt").map(|id| bare_id(&id)).filter(|id| !id.is_empty());
        references(&mut draft, handle, &mut origin).await?;
        let uploads = parts::read(context, handle, m, &mut draft).await?;
        Ok(Composition { draft, origin, uploads })
    }
}

pub fn message_id(name: &str) -> String {
    let domain = name.rsplit('@').next().filter(|domain| !domain.is_empty()).unwrap_or("localhost");
    format!("{}@{domain}", uuid::Uuid::new_v4())
}

pub fn default_from(account: &directory::Account) -> Mailbox {
    let address = account.attr("zimbraPrefFromAddress").unwrap_or(&account.name).to_owned();
    let name = account.attr("zimbraPrefFromDisplay").or(account.display_name()).map(str::to_owned);
    Mailbox { address, name: name.filter(|name| !name.is_empty()) }
}

/// Message-IDs without brackets, and nothing that could start another header field.
fn bare_id(id: &str) -> String {
    id.trim().trim_matches(['<', '>']).chars().filter(|c| c.is_ascii_graphic()).take(998).collect()
}

fn addresses(draft: &mut Draft, m: &Element) -> Result<()> {
    let mut count = 0;
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
            Some("t" | "to") => draft.to.extend(list),
            Some("c" | "cc") => draft.cc.extend(list),
            Some("b" | "bcc") => draft.bcc.extend(list),
            Some("f" | "from") => draft.from = list.into_iter().next().or(draft.from.take()),
            Some("s") => draft.sender = list.into_iter().next(),
            Some("r") => draft.reply_to.extend(list),
            Some("n") => {
                let to = list.iter().map(|mailbox| mailbox.address.clone());
                draft.extra.extend(to.map(|address| ("Disposition-Notification-To".to_owned(), address)));
            }
            other => return Err(Fault::invalid(format!("unknown address type: {}", other.unwrap_or("none")))),
        }
    }
    Ok(())
}

pub fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// `<header name="X-Thing">value</header>`: own fields only, so that none of the structured ones is forged.
fn extra_headers(m: &Element) -> Vec<(String, String)> {
    m.named("header")
        .filter_map(|header| Some((header.get("name").or_else(|| header.get("n"))?, one_line(header.text_or_empty()))))
        .filter(|(name, value)| {
            let lower = name.to_ascii_lowercase();
            let token = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && b != b':');
            token && value.len() < 998 && (lower.starts_with("x-") || HEADERS_ALLOWED.contains(&lower.as_str()))
        })
        .take(32)
        .collect()
}

fn origin(m: &Element, own: &str) -> Result<Option<(ItemId, String)>> {
    let Some(id) = m.get("origid").filter(|id| !id.is_empty()) else { return Ok(None) };
    let how = m.get("rt").unwrap_or_else(|| "r".into());
    // Another word says nothing about either message: what is sent stands for itself.
    Ok(if how == "r" || how == "w" { Some((args::message_id(&id, own)?, how)) } else { None })
}

/// RFC 5322 §3.6.4: the references of what is answered, and its own Message-ID. What is answered may be gone by now: then
/// the answer stands for itself.
async fn references(draft: &mut Draft, handle: &Handle, origin: &mut Option<(ItemId, String)>) -> Result<()> {
    let mut references = Vec::new();
    if let Some((id, how)) = origin.clone() {
        let found = handle
            .run(move |mailbox| match crate::handler::get_msg::message(mailbox, id) {
                Ok(item) => Ok(Some(mime::summary(&mailbox.content(&item)?))),
                Err(mailbox::Error::NoSuch { .. }) => Ok(None),
                Err(error) => Err(error),
            })
            .await?;
        if found.is_none() {
            *origin = None;
        }
        if let Some(summary) = found.filter(|_| how == "r") {
            references = summary.references;
            if references.is_empty() {
                references = summary.in_reply_to;
            }
            references.extend(summary.message_id.clone());
            if draft.in_reply_to.is_none() {
                draft.in_reply_to = summary.message_id;
            }
        }
    }
    if let Some(id) = &draft.in_reply_to
        && !references.contains(id)
    {
        references.push(id.clone());
    }
    let surplus = references.len().saturating_sub(REFERENCES_MAX);
    // The first one names the thread.
    if surplus > 0 {
        references.drain(1..=surplus);
    }
    draft.references = references;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_fields_can_not_be_injected() {
        let header = |name: &str, value: &str| Element::new("header").attr("name", name).text(value);
        let m = Element::new("m")
            .child(header("X-A", "one\r\nBcc: all@x"))
            .child(header("Bcc", "all@x"))
            .child(header("X-B\r\nBcc", "all@x"));
        assert_eq!(extra_headers(&m), [("X-A".to_owned(), "one  Bcc: all@x".to_owned())]);
        assert_eq!(bare_id("<a@b>\r\nBcc: x"), "a@b>Bcc:x");
    }
}
