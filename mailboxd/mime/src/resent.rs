// SPDX-License-Identifier: AGPL-3.0-or-later
//! A message sent on by its recipient (RFC 5322 §3.6.6), and the report that it was read (RFC 8098).

use crate::build::{addresses, body_text, id};
use crate::{Mailbox, header};
use mail_builder::MessageBuilder;
use mail_builder::headers::Header;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::mime::{BodyPart, MimePart};

/// Fields that are the resender's and not the author's.
#[derive(Debug, Clone, Default)]
pub struct Resent {
    pub from: Mailbox,
    pub sender: Option<Mailbox>,
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    pub date_ms: i64,
    /// Without angle brackets.
    pub message_id: String,
}

/// Octets of a header that a report brings back.
const HEADER_BYTES_MAX: usize = 32 << 10;

/// The message as it is below one block of Resent fields; `Bcc` and `Return-Path`, which are nobody else's business, don't go
/// with it. Recipients of a blind copy are no field either.
pub fn resent(message: &[u8], resent: &Resent) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 512);
    let lists = [
        ("Resent-From", std::slice::from_ref(&resent.from)),
        ("Resent-Sender", resent.sender.as_slice()),
        ("Resent-To", &resent.to),
        ("Resent-Cc", &resent.cc),
    ];
    let date = Date::new(resent.date_ms.div_euclid(1000)).to_rfc822();
    out.extend_from_slice(format!("Resent-Date: {date}\r\n").as_bytes());
    for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        field(&mut out, name, &addresses(list));
    }
    out.extend_from_slice(format!("Resent-Message-ID: <{}>\r\n", id(&resent.message_id)).as_bytes());
    out.extend_from_slice(&without(message, &["bcc", "return-path"]));
    out
}

fn field(out: &mut Vec<u8>, name: &str, value: &impl Header) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    value.write_header(&mut *out, name.len() + 2);
}

/// The message without the fields of these names (lower case), continuation lines (RFC 5322 §2.2.3) included; the rest byte for
/// byte.
pub fn without(message: &[u8], names: &[&str]) -> Vec<u8> {
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
            dropping = field.is_some_and(|field| names.iter().any(|name| field.eq_ignore_ascii_case(name.as_bytes())));
        }
        if !dropping {
            out.extend_from_slice(line);
        }
        rest = after;
    }
    out.extend_from_slice(rest);
    out
}

/// That somebody has seen a message (RFC 8098 §3).
#[derive(Debug, Clone, Default)]
pub struct Receipt {
    /// Who has seen it, and under which address it came.
    pub from: Mailbox,
    pub to: Mailbox,
    pub subject: String,
    pub text: String,
    pub date_ms: i64,
    /// Of the report, without angle brackets.
    pub message_id: String,
    /// "mail.example.test; Posthouse 0.1".
    pub reporting_ua: String,
    /// No person was asked.
    pub automatic: bool,
}

/// A `multipart/report` about `message`: text, the machine's part, and the header of the message.
pub fn receipt(receipt: &Receipt, message: &[u8]) -> Vec<u8> {
    let of = crate::summary(message).message_id;
    let mode =
        if receipt.automatic { "automatic-action/MDN-sent-automatically" } else { "manual-action/MDN-sent-manually" };
    let mut fields = format!("Reporting-UA: {}\r\n", line(&receipt.reporting_ua));
    if let Some(original) = header(message, "Original-Recipient").first() {
        fields.push_str(&format!("Original-Recipient: {}\r\n", line(original)));
    }
    fields.push_str(&format!("Final-Recipient: rfc822;{}\r\n", line(&receipt.from.address)));
    if let Some(of) = &of {
        fields.push_str(&format!("Original-Message-ID: <{}>\r\n", id(of)));
    }
    fields.push_str(&format!("Disposition: {mode}; displayed\r\n"));
    let head = header_of(message);
    let charset = if head.is_ascii() { "7bit" } else { "8bit" };
    let parts = vec![
        body_text(&receipt.text),
        MimePart::new("message/disposition-notification", BodyPart::Binary(fields.into_bytes().into()))
            .transfer_encoding("7bit"),
        MimePart::new("text/rfc822-headers", BodyPart::Binary(head.into())).transfer_encoding(charset),
    ];
    let report = ContentType::new("multipart/report").attribute("report-type", "disposition-notification");
    let mut builder = MessageBuilder::new()
        .date(Date::new(receipt.date_ms.div_euclid(1000)))
        .header("From", addresses(std::slice::from_ref(&receipt.from)))
        .header("To", addresses(std::slice::from_ref(&receipt.to)))
        .subject(crate::build::one_line(&receipt.subject))
        .message_id(id(&receipt.message_id))
        .header("Auto-Submitted", mail_builder::headers::raw::Raw::new("auto-replied"));
    if let Some(of) = &of {
        builder = builder.in_reply_to(id(of)).references(id(of));
    }
    let mut out = Vec::new();
    builder.body(MimePart::new(report, parts)).serialize(&mut out);
    out
}

/// ASCII on one line: what the machine's part may hold.
fn line(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii() && !c.is_ascii_control()).take(500).collect()
}

fn header_of(message: &[u8]) -> Vec<u8> {
    let mut end = 0;
    for line in message.split_inclusive(|b| *b == b'\n') {
        if line == b"\r\n" || line == b"\n" || end + line.len() > HEADER_BYTES_MAX || line.len() > 998 {
            break;
        }
        end += line.len();
    }
    without(&message[..end], &["bcc"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailbox(address: &str) -> Mailbox {
        Mailbox { address: address.into(), name: None }
    }

    #[test]
    fn bcc_does_not_leave() {
        let message = b"To: a\r\nBCC : b,\r\n c\r\nX: y\r\n\r\nBcc: stays\r\n";
        assert_eq!(without(message, &["bcc"]), b"To: a\r\nX: y\r\n\r\nBcc: stays\r\n");
        assert_eq!(without(b"Bcc: x", &["bcc"]), b"");
        assert_eq!(without(b"", &["bcc"]), b"");
    }

    #[test]
    fn what_is_resent_is_unchanged_below_its_block() {
        let message = b"Return-Path: <x@y>\r\nFrom: a@x\r\nSubject: =?utf-8?q?=C3=BC?=\r\n\r\nbody\xff\r\n";
        let name = Some("\u{e9}va\r\nBcc: all@x".to_owned());
        let fields = Resent {
            from: Mailbox { address: "me@x".into(), name },
            to: vec![mailbox("a@x"), mailbox("b@x")],
            message_id: "1@x".into(),
            ..Resent::default()
        };
        let out = resent(message, &fields);
        assert!(out.ends_with(b"From: a@x\r\nSubject: =?utf-8?q?=C3=BC?=\r\n\r\nbody\xff\r\n"));
        assert_eq!(header(&out, "Return-Path"), [""; 0]);
        assert_eq!(header(&out, "Bcc"), [""; 0]);
        assert_eq!(header(&out, "Resent-Message-ID"), ["<1@x>"]);
        assert_eq!(crate::parse_addresses(&header(&out, "Resent-To")[0]), [mailbox("a@x"), mailbox("b@x")]);
        assert_eq!(header(&out, "Resent-From").len(), 1);
        assert!(
            out.starts_with(b"Resent-Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n"),
            "{}",
            String::from_utf8_lossy(&out)
        );
        assert_eq!(crate::summary(&out).from, [mailbox("a@x")]);
    }

    #[test]
    fn a_receipt_has_the_three_parts_of_rfc_8098() {
        let message =
            b"From: a@x\r\nMessage-ID: <m@x>\r\nBcc: c@x\r\nOriginal-Recipient: rfc822;me@x\r\n\r\nsecret\r\n";
        let what = Receipt {
            from: mailbox("me@x"),
            to: mailbox("a@x"),
            subject: "Read: x".into(),
            text: "seen".into(),
            message_id: "r@x".into(),
            reporting_ua: "host; Posthouse\r\nX: y".into(),
            ..Receipt::default()
        };
        let out = receipt(&what, message);
        let text = String::from_utf8(out.clone()).unwrap();
        let tree = crate::parts(&out);
        let types: Vec<_> = tree.walk().map(|part| part.content_type.clone()).collect();
        let wanted = ["multipart/report", "text/plain", "message/disposition-notification", "text/rfc822-headers"];
        assert_eq!(types, wanted, "{text}");
        assert!(header(&out, "Content-Type")[0].contains("report-type=\"disposition-notification\""), "{text}");
        let fields = "Reporting-UA: host; PosthouseX: y\r\nOriginal-Recipient: rfc822;me@x\r\n\
                      Final-Recipient: rfc822;me@x\r\nOriginal-Message-ID: <m@x>\r\n\
                      Disposition: manual-action/MDN-sent-manually; displayed\r\n";
        assert!(text.contains(fields), "{text}");
        assert!(!text.contains("secret") && !text.contains("c@x"), "{text}");
        assert_eq!(crate::summary(&out).in_reply_to, ["m@x"]);
        let automatic = receipt(&Receipt { automatic: true, ..what }, b"");
        assert!(String::from_utf8(automatic).unwrap().contains("automatic-action/MDN-sent-automatically"));
    }
}
