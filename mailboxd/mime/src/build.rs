// SPDX-License-Identifier: AGPL-3.0-or-later
//! Messages to send: text, HTML with its inline pictures, attachments.

use crate::{Mailbox, address, params};
use mail_builder::MessageBuilder;
use mail_builder::encoders::base64::Base64Encoder;
use mail_builder::headers::Header;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use mail_builder::mime::{BodyPart, MimePart};

/// A message to build.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub from: Option<Mailbox>,
    pub sender: Option<Mailbox>,
    pub reply_to: Vec<Mailbox>,
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    pub bcc: Vec<Mailbox>,
    pub subject: String,
    pub date_ms: i64,
    /// Without angle brackets.
    pub message_id: String,
    pub in_reply_to: Option<String>,
    pub references: Vec<String>,
    pub text: Option<String>,
    pub html: Option<String>,
    /// Type and content of a form for programs, the last of the alternatives.
    pub machine: Option<(&'static str, String)>,
    pub attachments: Vec<Attachment>,
    pub priority: i8,
    /// Further header fields, e.g. X-Mailer, Disposition-Notification-To.
    pub extra: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub struct Attachment {
    pub content_type: String,
    pub filename: Option<String>,
    pub content: Vec<u8>,
    pub content_id: Option<String>,
    pub inline: bool,
}

/// RFC 5322 §2.1.1: longer lines can't travel as 7bit or 8bit.
const LINE_BYTES_MAX: usize = 998;

/// RFC 5322 bytes with CRLF. `keep_bcc`: drafts keep the field, what is sent does not.
/// Control characters in values become spaces, so no value can start a field of its own.
pub fn build(draft: &Draft, keep_bcc: bool) -> Vec<u8> {
    let mut builder = MessageBuilder::new().date(Date::new(draft.date_ms.div_euclid(1000)));
    let lists = [
        ("From", draft.from.as_slice()),
        ("Sender", draft.sender.as_slice()),
        ("Reply-To", &draft.reply_to),
        ("To", &draft.to),
        ("Cc", &draft.cc),
        ("Bcc", if keep_bcc { &draft.bcc } else { &[] }),
    ];
    for (name, list) in lists {
        if !list.is_empty() {
            builder = builder.header(name, addresses(list));
        }
    }
    builder = builder.subject(one_line(&draft.subject));
    if !draft.message_id.is_empty() {
        builder = builder.message_id(id(&draft.message_id));
    }
    if let Some(parent) = &draft.in_reply_to {
        builder = builder.in_reply_to(id(parent));
    }
    if !draft.references.is_empty() {
        let list: Vec<String> = draft.references.iter().map(|r| id(r)).collect();
        builder = builder.references(MessageId::new_list(list.into_iter()));
    }
    match draft.priority {
        1.. => builder = builder.header("X-Priority", Raw::new("1")).header("Importance", Raw::new("high")),
        0 => {}
        _ => builder = builder.header("X-Priority", Raw::new("5")).header("Importance", Raw::new("low")),
    }
    for (name, value) in &draft.extra {
        builder = extra(builder, name, value);
    }
    let mut out = Vec::new();
    builder.body(body(draft)).serialize(&mut out);
    out
}

fn extra<'x>(builder: MessageBuilder<'x>, name: &str, value: &str) -> MessageBuilder<'x> {
    let valid = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && b != b':');
    // The structure of the message is not for callers to declare.
    let ours =
        name.get(..8).is_some_and(|n| n.eq_ignore_ascii_case("content-")) || name.eq_ignore_ascii_case("mime-version");
    if !valid || ours {
        return builder;
    }
    let is_address = ["Disposition-Notification-To", "Return-Receipt-To", "Resent-From", "Resent-To", "Resent-Cc"]
        .iter()
        .any(|n| n.eq_ignore_ascii_case(name));
    let parsed = if is_address { address::parse(value.as_bytes(), true) } else { Vec::new() };
    if parsed.is_empty() {
        builder.header(name.to_string(), Text::new(one_line(value)))
    } else {
        builder.header(name.to_string(), addresses(&parsed))
    }
}

pub(crate) fn one_line(value: &str) -> String {
    value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_string()
}

pub(crate) fn id(value: &str) -> String {
    value.chars().filter(|c| !c.is_control() && !c.is_whitespace() && !matches!(c, '<' | '>')).collect()
}

/// An address without a name stands bare (RFC 5322 §3.4, `addr-spec`): programs that read fields as text look for that.
pub(crate) fn addresses(list: &[Mailbox]) -> Raw<'static> {
    Raw::new(list.iter().map(address).collect::<Vec<_>>().join(", "))
}

fn address(mailbox: &Mailbox) -> String {
    let name = mailbox.name.as_deref().map(one_line).filter(|n| !n.is_empty());
    let email: String = one_line(&mailbox.address).chars().filter(|c| !matches!(c, '<' | '>')).collect();
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.@".contains(&c);
    if name.is_none() && !email.is_empty() && email.bytes().all(is_plain) {
        return email;
    }
    let mut out = Vec::new();
    Address::new_address(name, email).write_header(&mut out, 0);
    // It is folded where its field stands.
    String::from_utf8_lossy(&out).trim_end().replace("\r\n", "")
}

fn body(draft: &Draft) -> MimePart<'static> {
    let (inline, attached): (Vec<_>, Vec<_>) =
        draft.attachments.iter().partition(|a| a.inline && a.content_id.is_some() && draft.html.is_some());
    let text = draft.text.as_deref().map(body_text);
    let html = draft.html.as_deref().map(|h| {
        let html = MimePart::new("text/html", BodyPart::Text(crlf(h).into()));
        with("multipart/related", html, &inline)
    });
    let machine =
        draft.machine.as_ref().map(|(kind, content)| MimePart::new(*kind, BodyPart::Text(crlf(content).into())));
    let mut forms: Vec<_> = [text, html, machine].into_iter().flatten().collect();
    let main = match forms.len() {
        0 => MimePart::new("text/plain", BodyPart::Text("".into())),
        1 => forms.remove(0),
        _ => MimePart::new("multipart/alternative", forms),
    };
    with("multipart/mixed", main, &attached)
}

pub(crate) fn body_text(text: &str) -> MimePart<'static> {
    MimePart::new("text/plain", BodyPart::Text(crlf(text).into()))
}

fn with(container: &'static str, first: MimePart<'static>, rest: &[&Attachment]) -> MimePart<'static> {
    if rest.is_empty() {
        return first;
    }
    let mut parts = vec![first];
    parts.extend(rest.iter().map(|a| attachment(a)));
    MimePart::new(container, parts)
}

fn attachment(attachment: &Attachment) -> MimePart<'static> {
    let (declared, attributes) = params::parse(attachment.content_type.as_bytes());
    let valid = declared.split_once('/').is_some_and(|(t, s)| !s.is_empty() && !t.is_empty() && t != "multipart");
    let mut content_type = ContentType::new(if valid { declared.clone() } else { "application/octet-stream".into() });
    for (name, value) in attributes.into_iter().filter(|(n, _)| n != "name" && n != "boundary") {
        content_type = content_type.attribute(name, one_line(&value));
    }
    let filename = attachment.filename.as_deref().map(one_line).filter(|n| !n.is_empty());
    if let Some(name) = &filename {
        content_type = content_type.attribute("name", name.clone());
    }
    // RFC 2046 §5.2.1: a message is never base64. All others are, so that they come back byte for byte.
    let (encoding, content) = if declared == "message/rfc822" {
        (identity(&attachment.content), attachment.content.clone())
    } else {
        let mut encoded = Vec::with_capacity(attachment.content.len() / 57 * 78 + 80);
        Base64Encoder::new().wrap_lines().encode_into(&attachment.content, &mut encoded);
        ("base64", encoded)
    };
    let mut disposition = ContentType::new(if attachment.inline { "inline" } else { "attachment" });
    if let Some(name) = filename {
        disposition = disposition.attribute("filename", name);
    }
    let mut part = MimePart::new(content_type, BodyPart::Binary(content.into()))
        .header("Content-Disposition", disposition)
        .transfer_encoding(encoding);
    if let Some(cid) = &attachment.content_id {
        part = part.cid(id(cid));
    }
    part
}

fn identity(content: &[u8]) -> &'static str {
    if content.contains(&0) || content.split(|&b| b == b'\n').any(|l| l.len() > LINE_BYTES_MAX) {
        "binary"
    } else if content.is_ascii() {
        "7bit"
    } else {
        "8bit"
    }
}

fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
}
