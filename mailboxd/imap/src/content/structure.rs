// SPDX-License-Identifier: AGPL-3.0-or-later
//! BODY and BODYSTRUCTURE (RFC 3501 §7.4.2) from a parsed message, and the table of its parts.

use super::decode::Encoding;
use super::envelope;
use crate::wire::encode;
use mime::Part;
use std::ops::Range;

/// One part that a section can name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    pub number: Box<[u32]>,
    /// The MIME header with its empty line.
    pub header: Range<u64>,
    pub body: Range<u64>,
    pub encoding: Encoding,
    /// message/rfc822: header and body of the message inside.
    pub inner: Option<(Range<u64>, Range<u64>)>,
}

/// What is kept of a parsed message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    pub body: Box<[u8]>,
    pub body_structure: Box<[u8]>,
    pub header: Range<u64>,
    pub text: Range<u64>,
    pub parts: Box<[Located]>,
}

impl Structure {
    pub fn of(message: &[u8]) -> Structure {
        let root = mime::parts(message);
        let mut body = Vec::new();
        describe(&mut body, message, &root, false);
        let mut body_structure = Vec::new();
        describe(&mut body_structure, message, &root, true);
        let mut parts = Vec::new();
        locate(&mut parts, &root, &mut Vec::new(), true);
        Structure {
            body: body.into(),
            body_structure: body_structure.into(),
            header: header_of(&root),
            text: body_of(&root),
            parts: parts.into(),
        }
    }

    pub fn part(&self, number: &[u32]) -> Option<&Located> {
        self.parts.iter().find(|part| *part.number == *number)
    }

    /// Rough octets of memory, for the cache.
    pub fn weight(&self) -> usize {
        let parts: usize = self.parts.iter().map(|p| size_of::<Located>() + p.number.len() * 4).sum();
        size_of::<Structure>() + self.body.len() + self.body_structure.len() + parts
    }
}

fn header_of(part: &Part) -> Range<u64> {
    // The empty line between header and body belongs to the header (RFC 3501 §6.4.5).
    part.header.start as u64..part.body.start as u64
}

fn body_of(part: &Part) -> Range<u64> {
    part.body.start as u64..part.body.end as u64
}

fn is_multipart(part: &Part) -> bool {
    part.content_type.starts_with("multipart/") && !part.children.is_empty()
}

fn inner_message(part: &Part) -> Option<&Part> {
    let message = matches!(part.content_type.as_str(), "message/rfc822" | "message/global");
    part.children.first().filter(|_| message)
}

/// RFC 3501 §6.4.5: a message that is no multipart has one part, number 1; a nested message's parts go on below its own.
fn locate(out: &mut Vec<Located>, part: &Part, number: &mut Vec<u32>, is_message_root: bool) {
    if is_multipart(part) {
        if !is_message_root {
            push(out, part, number);
        }
        for (child, n) in part.children.iter().zip(1u32..) {
            number.push(n);
            locate(out, child, number, false);
            number.pop();
        }
        return;
    }
    if is_message_root {
        number.push(1);
    }
    push(out, part, number);
    if let Some(inner) = inner_message(part) {
        locate(out, inner, number, true);
    }
    if is_message_root {
        number.pop();
    }
}

fn push(out: &mut Vec<Located>, part: &Part, number: &[u32]) {
    let inner = inner_message(part).map(|inner| (header_of(inner), body_of(inner)));
    let encoding = Encoding::of(part.encoding.as_deref());
    out.push(Located { number: number.into(), header: header_of(part), body: body_of(part), encoding, inner });
}

fn describe(out: &mut Vec<u8>, message: &[u8], part: &Part, extended: bool) {
    let (kind, subtype) = part.content_type.split_once('/').unwrap_or(("text", "plain"));
    out.push(b'(');
    if is_multipart(part) {
        for child in &part.children {
            describe(out, message, child, extended);
        }
        out.push(b' ');
        encode::string(out, subtype.as_bytes());
        if extended {
            out.push(b' ');
            params(out, &part.params);
        }
    } else {
        leaf(out, message, part, (kind, subtype), extended);
        if extended {
            out.push(b' ');
            encode::nstring(out, part.md5.as_deref().map(str::as_bytes));
        }
    }
    if extended {
        out.push(b' ');
        extension(out, part);
    }
    out.push(b')');
}

fn leaf(out: &mut Vec<u8>, message: &[u8], part: &Part, (kind, subtype): (&str, &str), extended: bool) {
    // A multipart without parts or a message that did not parse is shown as plain octets: what follows the type must fit it.
    let inner = inner_message(part);
    let (kind, subtype) = match (kind, inner) {
        ("multipart", _) => ("application", "octet-stream"),
        ("message", None) if subtype == "rfc822" || subtype == "global" => ("application", "octet-stream"),
        _ => (kind, subtype),
    };
    for text in [kind, subtype] {
        encode::string(out, text.as_bytes());
        out.push(b' ');
    }
    if kind == "text" && part.params.is_empty() {
        // RFC 2045 §5.2: the default; clients rely on it.
        out.extend_from_slice(b"(\"charset\" \"us-ascii\")");
    } else {
        params(out, &part.params);
    }
    out.push(b' ');
    encode::nstring(out, part.content_id.as_deref().map(str::as_bytes));
    out.push(b' ');
    encode::nstring(out, part.description.as_deref().map(str::as_bytes));
    out.push(b' ');
    encode::string(out, part.encoding.as_deref().unwrap_or("7bit").as_bytes());
    out.push(b' ');
    encode::number(out, part.body.len() as u64);
    if let Some(inner) = inner {
        out.push(b' ');
        let header = message.get(inner.header.start..inner.body.start).unwrap_or_default();
        out.extend_from_slice(&envelope::envelope(header));
        out.push(b' ');
        describe(out, message, inner, extended);
    }
    if kind == "text" || inner.is_some() {
        out.push(b' ');
        encode::number(out, part.lines as u64);
    }
}

/// Disposition, language, location: the part of the extension data that all parts share.
fn extension(out: &mut Vec<u8>, part: &Part) {
    match &part.disposition {
        Some(disposition) => {
            out.push(b'(');
            encode::string(out, disposition.as_bytes());
            out.push(b' ');
            params(out, &part.disposition_params);
            out.push(b')');
        }
        None => out.extend_from_slice(b"NIL"),
    }
    out.push(b' ');
    match part.languages.as_slice() {
        [] => out.extend_from_slice(b"NIL"),
        languages => {
            for (at, language) in languages.iter().enumerate() {
                out.push(if at == 0 { b'(' } else { b' ' });
                encode::string(out, language.as_bytes());
            }
            out.push(b')');
        }
    }
    out.push(b' ');
    encode::nstring(out, part.content_location.as_deref().map(str::as_bytes));
}

fn params(out: &mut Vec<u8>, params: &[(String, String)]) {
    if params.is_empty() {
        out.extend_from_slice(b"NIL");
        return;
    }
    for (at, (name, value)) in params.iter().enumerate() {
        out.push(if at == 0 { b'(' } else { b' ' });
        if value.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            encode::string(out, name.as_bytes());
            out.push(b' ');
            encode::string(out, value.as_bytes());
        } else {
            // The parser decoded RFC 2231; clients expect the wire form.
            encode::string(out, format!("{name}*").as_bytes());
            out.push(b' ');
            encode::string(out, extended_value(value).as_bytes());
        }
    }
    out.push(b')');
}

/// RFC 2231 §4: charset, no language, percent-encoded octets.
fn extended_value(value: &str) -> String {
    let mut out = String::from("utf-8''");
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
