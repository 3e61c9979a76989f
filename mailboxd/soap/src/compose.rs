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
/// Fields that a request may set beside the structured ones; zimbraCustomMimeHeaderNameAllowed has others.
const HEADERS_ALLOWED: [&str; 3] = ["disposition-notification-to", "list-unsubscribe", "auto-submitted"];

/// Never by a client, whatever is allowed: they come from other parts of a request.
const STRUCTURED: [&str; 11] =
    ["from", "sender", "reply-to", "to", "cc", "bcc", "subject", "date", "message-id", "in-reply-to", "references"];
const HEADERS_MAX: usize = 32;
/// RFC 5322 §2.1.1
const HEADER_BYTES_MAX: usize = 998;

/// A message being written, with what it refers to.
pub struct Composition {
    pub draft: Draft,
    /// The message that this answers or forwards, and how ("r", "w").
    pub origin: Option<(ItemId, String)>,
    /// Addresses marked `add="1"`: the sender wants them in the address book. `None`: none is marked either way.
    pub kept: Option<Vec<Mailbox>>,
    /// Uploads that it uses: to forget once it is stored.
    pub uploads: Vec<String>,
}

impl Composition {
    pub async fn read(context: &Context, handle: &Handle, m: &Element) -> Result<Composition> {
        let account = context.target()?.clone();
        let mut draft = Draft { date_ms: now_ms(), message_id: message_id(&account.name), ..Draft::default() };
        let kept = addresses(&mut draft, m)?;
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
        let config = context.state.directory.config()?;
        let allowed = config.attrs.get("zimbraCustomMimeHeaderNameAllowed").map_or(&[][..], Vec::as_slice);
        draft.extra.extend(extra_headers(m, allowed)?);
        let origin = Origin::of(context, m).await?;
        draft.in_reply_to = m.get("irt").map(|id| bare_id(&id)).filter(|id| !id.is_empty());
        let origin = references(&mut draft, handle, origin).await?;
        let uploads = parts::read(context, handle, m, &mut draft).await?;
        Ok(Composition { draft, origin, kept, uploads })
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

/// Answers those that are marked to be kept, if any is marked.
fn addresses(draft: &mut Draft, m: &Element) -> Result<Option<Vec<Mailbox>>> {
    let (mut count, mut kept) = (0, None::<Vec<Mailbox>>);
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
        if let Some(add) = e.flag("add")? {
            kept.get_or_insert_default().extend(list.iter().filter(|_| add).cloned());
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
    Ok(kept)
}

pub fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// `<header name="X-Thing">value</header>`: own fields, and those that the administrator allows, so that none of the structured
/// ones is forged.
fn extra_headers(m: &Element, allowed: &[String]) -> Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    for header in m.named("header") {
        let Some(name) = header.get("name").or_else(|| header.get("n")) else { continue };
        let (lower, value) = (name.to_ascii_lowercase(), one_line(header.text_or_empty()));
        let token = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && b != b':');
        let known = lower.starts_with("x-")
            || HEADERS_ALLOWED.contains(&lower.as_str())
            || allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(&name))
                && !STRUCTURED.contains(&lower.as_str());
        if !token || !known {
            let shown: String = name.chars().take(64).collect();
            return Err(Fault::invalid(format!("header field {shown:?} is not allowed")));
        }
        if value.len() >= HEADER_BYTES_MAX {
            return Err(Fault::invalid(format!("header field {name} is too long")));
        }
        headers.push((name, value));
    }
    if headers.len() > HEADERS_MAX {
        return Err(Fault::invalid(format!("more than {HEADERS_MAX} header fields")));
    }
    Ok(headers)
}

/// `origid` and `rt`.
struct Origin {
    id: ItemId,
    how: String,
    /// The mailbox of somebody else that it is in.
    elsewhere: Option<Handle>,
}

impl Origin {
    async fn of(context: &Context, m: &Element) -> Result<Option<Origin>> {
        let Some(text) = m.get("origid").filter(|id| !id.is_empty()) else { return Ok(None) };
        let how = m.get("rt").unwrap_or_else(|| "r".into());
        // Another word says nothing about either message: what is sent stands for itself.
        if how != "r" && how != "w" {
            return Ok(None);
        }
        let own = &context.target()?.id;
        Ok(Some(match text.rsplit_once(':') {
            Some((account, _)) if account != own => {
                let elsewhere = Some(context.toward_id(account).await?.open().await?);
                Origin { id: args::message_id(&text, account)?, how, elsewhere }
            }
            _ => Origin { id: args::message_id(&text, own)?, how, elsewhere: None },
        }))
    }
}

/// RFC 5322 §3.6.4: the references of what is answered, and its own Message-ID. What is answered may be gone by now: then
/// the answer stands for itself. Answers it if it is in the mailbox at hand, which is told that it was answered.
async fn references(draft: &mut Draft, handle: &Handle, origin: Option<Origin>) -> Result<Option<(ItemId, String)>> {
    let mut references = Vec::new();
    let mut known = None;
    if let Some(Origin { id, how, elsewhere }) = origin {
        let found = elsewhere
            .as_ref()
            .unwrap_or(handle)
            .run(move |mailbox| match crate::handler::get_msg::message(mailbox, id) {
                Ok(item) => Ok(Some(mime::summary(&mailbox.content(&item)?))),
                Err(mailbox::Error::NoSuch { .. }) => Ok(None),
                Err(error) => Err(error),
            })
            .await?;
        if found.is_some() && elsewhere.is_none() {
            known = Some((id, how.clone()));
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
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_fields_can_not_be_injected() {
        let header = |name: &str, value: &str| Element::new("header").attr("name", name).text(value);
        let read = |name: &str, value: &str| {
            extra_headers(&Element::new("m").child(header(name, value)), &["Thread-Topic".into(), "To".into()])
        };
        let one = |name: &str, value: &str| Ok(vec![(name.to_owned(), value.to_owned())]);
        assert_eq!(read("X-A", "one\r\nBcc: all@x"), one("X-A", "one  Bcc: all@x"));
        assert_eq!(read("thread-topic", "x"), one("thread-topic", "x"));
        for bad in ["Bcc", "X-B\r\nBcc", "To", "", "Received"] {
            assert_eq!(read(bad, "all@x").unwrap_err().code, "service.INVALID_REQUEST", "{bad:?}");
        }
        assert!(read("X-A", &"x".repeat(2_000)).is_err());
        assert_eq!(bare_id("<a@b>\r\nBcc: x"), "a@b>Bcc:x");
    }
}
