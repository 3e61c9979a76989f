// SPDX-License-Identifier: AGPL-3.0-or-later
//! ENVELOPE (RFC 3501 §7.4.2) from a header section, values raw as they are in the message.

use super::address;
use super::header::{self, Field};
use crate::wire::encode;

/// Longest field value that goes into ENVELOPE; the rest of it is in the header.
const VALUE_BYTES_MAX: usize = 64 * 1024;

#[derive(Default)]
struct Fields<'a> {
    date: Option<&'a [u8]>,
    subject: Option<&'a [u8]>,
    from: Vec<&'a [u8]>,
    sender: Vec<&'a [u8]>,
    reply_to: Vec<&'a [u8]>,
    to: Vec<&'a [u8]>,
    cc: Vec<&'a [u8]>,
    bcc: Vec<&'a [u8]>,
    in_reply_to: Option<&'a [u8]>,
    message_id: Option<&'a [u8]>,
}

pub fn envelope(header: &[u8]) -> Vec<u8> {
    let fields = collect(header);
    let mut out = Vec::with_capacity(512);
    out.push(b'(');
    text(&mut out, fields.date);
    out.push(b' ');
    text(&mut out, fields.subject);
    // RFC 3501 §7.4.2: absent or empty Sender and Reply-To are From.
    let from = list(&fields.from);
    for own in [None, Some(&fields.sender), Some(&fields.reply_to)] {
        let own = own.map(|values| list(values)).filter(|list| list != b"NIL");
        out.push(b' ');
        out.extend_from_slice(own.as_ref().unwrap_or(&from));
    }
    for values in [&fields.to, &fields.cc, &fields.bcc] {
        out.push(b' ');
        out.extend_from_slice(&list(values));
    }
    out.push(b' ');
    text(&mut out, fields.in_reply_to);
    out.push(b' ');
    text(&mut out, fields.message_id);
    out.push(b')');
    out
}

fn collect(header: &[u8]) -> Fields<'_> {
    let mut fields = Fields::default();
    for Field { name, value, .. } in header::fields(header) {
        let value = &value[..value.len().min(VALUE_BYTES_MAX)];
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted.as_bytes());
        let first = |slot: &mut Option<_>| *slot = slot.or(Some(value));
        if is("Date") {
            first(&mut fields.date);
        } else if is("Subject") {
            first(&mut fields.subject);
        } else if is("In-Reply-To") {
            first(&mut fields.in_reply_to);
        } else if is("Message-ID") {
            first(&mut fields.message_id);
        } else if is("From") {
            fields.from.push(value);
        } else if is("Sender") {
            fields.sender.push(value);
        } else if is("Reply-To") {
            fields.reply_to.push(value);
        } else if is("To") {
            fields.to.push(value);
        } else if is("Cc") {
            fields.cc.push(value);
        } else if is("Bcc") {
            fields.bcc.push(value);
        }
    }
    fields
}

fn text(out: &mut Vec<u8>, value: Option<&[u8]>) {
    encode::nstring(out, value.map(header::unfold).as_deref());
}

fn list(values: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    let addresses = values.iter().flat_map(|value| address::parse(value)).take(address::ADDRESSES_MAX);
    for address in addresses {
        // RFC 3501 §9: env-from = "(" 1*address ")", no space between.
        out.extend_from_slice(if out.is_empty() { b"((" } else { b"(" });
        let parts = [address.name, address.route, address.mailbox, address.host];
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                out.push(b' ');
            }
            encode::nstring(&mut out, part.as_deref());
        }
        out.push(b')');
    }
    if out.is_empty() {
        return b"NIL".to_vec();
    }
    out.push(b')');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn example() {
        let header = b"From: Terry Gray <gray@cac.washington.edu>\r\nSubject: IMAP4rev1 WG mtg\r\n summary\r\n\
            To: imap@cac.washington.edu\r\nCc: minutes@CNRI.Reston.VA.US, John <KLENSIN@MIT.EDU>\r\nMessage-Id: <B27397>\r\n\
            Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n\r\n";
        let gray = "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\"))";
        assert_eq!(
            String::from_utf8(envelope(header)).unwrap(),
            format!(
                "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev1 WG mtg summary\" {gray} {gray} {gray} \
                ((NIL NIL \"imap\" \"cac.washington.edu\")) ((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")\
                (\"John\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL \"<B27397>\")"
            )
        );
        assert_eq!(envelope(b""), b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
    }
}
