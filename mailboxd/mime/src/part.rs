// SPDX-License-Identifier: AGPL-3.0-or-later
//! The public tree of parts, made from the scanned structure; bodies of parts.

use crate::field::{fields, unfold};
use crate::structure::{self, Kind, Node};
use crate::transfer::Encoding;
use crate::{charset, encoded_word, html, params};
use serde::Serialize;
use std::borrow::Cow;
use std::ops::Range;

/// One MIME entity. Offsets are byte offsets into the message.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Part {
    /// IMAP part number ("1", "2.1"); "" for a multipart root. Zimbra uses the same numbers, "TEXT" never occurs.
    /// The one child of a message/rfc822 part has that part's number if it is a multipart, else the number plus ".1".
    pub number: String,
    /// Lower case "type/subtype".
    pub content_type: String,
    /// Content-Type parameters, lower-case names, decoded (RFC 2231), in order.
    pub params: Vec<(String, String)>,
    pub charset: Option<String>,
    pub filename: Option<String>,
    /// Content-ID with angle brackets as sent.
    pub content_id: Option<String>,
    pub content_location: Option<String>,
    pub description: Option<String>,
    pub md5: Option<String>,
    pub languages: Vec<String>,
    /// Lower case: "attachment", "inline" …
    pub disposition: Option<String>,
    pub disposition_params: Vec<(String, String)>,
    /// As sent, e.g. "base64"; None if absent.
    pub encoding: Option<String>,
    pub header: Range<usize>,
    pub body: Range<usize>,
    /// Line feeds in the encoded body (text and message/rfc822 need it).
    pub lines: usize,
    /// Octets of the decoded body.
    pub decoded_size: usize,
    /// Parts of a multipart; for message/rfc822 the one embedded message.
    pub children: Vec<Part>,
}

impl Part {
    /// This part and all below it, a parent before its children. Nesting is bounded, so this is.
    pub fn walk(&self) -> impl Iterator<Item = &Part> {
        let mut stack = vec![self];
        std::iter::from_fn(move || {
            let part = stack.pop()?;
            stack.extend(part.children.iter().rev());
            Some(part)
        })
    }

    /// The part with this number; "" is the whole message.
    pub fn find(&self, number: &str) -> Option<&Part> {
        if number.is_empty() { Some(self) } else { self.walk().find(|p| p.number == number) }
    }

    pub fn is_multipart(&self) -> bool {
        self.content_type.starts_with("multipart/")
    }

    /// Text that the message itself says, as opposed to a file in it.
    pub fn is_own_text(&self) -> bool {
        let is_text = ["text/plain", "text/html"].contains(&self.content_type.as_str());
        is_text && self.filename.is_none() && self.disposition.as_deref().is_none_or(|it| it == "inline")
    }

    pub fn is_message(&self) -> bool {
        !self.is_multipart() && !self.children.is_empty()
    }
}

/// The whole tree. Nesting deeper than 100 is kept as application/octet-stream leaves; after 10,000 parts what follows
/// belongs to the last one.
pub fn parts(message: &[u8]) -> Part {
    let nodes = structure::scan(message);
    let mut built: Vec<Part> = number(&nodes).into_iter().map(|number| Part { number, ..Part::default() }).collect();
    for (node, part) in nodes.iter().zip(&mut built) {
        describe(message, node, part);
    }
    // Children come after their parents, so from the end each part is whole when it is handed up.
    for index in (1..built.len()).rev() {
        if let (Some(mut part), Some(parent)) = (built.pop(), nodes[index].parent) {
            part.children.reverse();
            built[parent].children.push(part);
        }
    }
    let mut root = built.pop().unwrap_or_default();
    root.children.reverse();
    root
}

/// Whether there is anything in a message but what it says itself.
pub fn has_files(message: &[u8]) -> bool {
    parts(message).walk().any(|part| part.children.is_empty() && !part.is_own_text())
}

/// RFC 9051 §6.4.5.1.
fn number(nodes: &[Node<'_>]) -> Vec<String> {
    let mut numbers: Vec<String> = Vec::with_capacity(nodes.len());
    let mut seen = vec![0usize; nodes.len()];
    for node in nodes {
        let multipart = node.kind == Kind::Multipart;
        let number = match node.parent {
            None if multipart => String::new(),
            None => "1".to_string(),
            Some(parent) => {
                seen[parent] += 1;
                let above = &numbers[parent];
                match nodes[parent].kind {
                    Kind::Message if multipart => above.clone(),
                    _ if above.is_empty() => seen[parent].to_string(),
                    _ => format!("{above}.{}", seen[parent]),
                }
            }
        };
        numbers.push(number);
    }
    numbers
}

fn describe(message: &[u8], node: &Node<'_>, part: &mut Part) {
    part.content_type = node.content_type.clone();
    part.params = node.params.clone();
    part.charset = node.param("charset").filter(|c| !c.is_empty()).map(str::to_string);
    part.header = node.header.clone();
    part.body = node.body.clone();
    part.encoding = node.encoding.map(text_of);
    part.content_id = node.content_id.map(text_of);
    if let Some((disposition, params)) = node.disposition.map(params::parse) {
        part.disposition = Some(disposition).filter(|d| !d.is_empty());
        part.disposition_params = params;
    }
    part.filename = filename(&part.disposition_params, &part.params);
    for field in fields(&message[node.header.clone()]) {
        let slot = if field.is("Content-Location") {
            &mut part.content_location
        } else if field.is("Content-Description") {
            &mut part.description
        } else if field.is("Content-MD5") {
            &mut part.md5
        } else {
            if field.is("Content-Language") && part.languages.is_empty() {
                let tags = text_of(field.value);
                part.languages = tags.split(',').map(|t| t.trim().to_string()).filter(|t| !t.is_empty()).collect();
            }
            continue;
        };
        slot.get_or_insert_with(|| text_of(field.value));
    }
    let body = &message[part.body.clone()];
    part.lines = memchr::memchr_iter(b'\n', body).count();
    part.decoded_size = match node.kind {
        Kind::Leaf => node.transfer().decoded_len(body),
        _ => body.len(),
    };
}

fn text_of(value: &[u8]) -> String {
    encoded_word::decode(&unfold(value)).trim().to_string()
}

/// The name of a file, without a path, whoever wrote it.
pub(crate) fn filename(disposition: &[(String, String)], content_type: &[(String, String)]) -> Option<String> {
    let find = |list: &[(String, String)], name: &str| list.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    let name = find(disposition, "filename").or_else(|| find(content_type, "name"))?;
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    (!base.is_empty()).then(|| base.to_string())
}

/// Body of a part with its transfer encoding undone, bytes as they are. Multiparts and messages have none to undo.
pub fn decoded(message: &[u8], part: &Part) -> Vec<u8> {
    decoded_slice(message, part, usize::MAX).into_owned()
}

/// Of at most `encoded_max` octets of the encoded body.
fn decoded_slice<'a>(message: &'a [u8], part: &Part, encoded_max: usize) -> Cow<'a, [u8]> {
    let body = message.get(part.body.clone()).unwrap_or_default();
    let body = &body[..body.len().min(encoded_max)];
    if part.children.is_empty() {
        Encoding::named(part.encoding.as_deref().map(str::as_bytes)).decode(body)
    } else {
        Cow::Borrowed(body)
    }
}

/// Body of a text part as UTF-8.
pub fn text(message: &[u8], part: &Part) -> String {
    let bytes = decoded_slice(message, part, usize::MAX);
    let sniffed = (part.charset.is_none() && part.content_type == "text/html").then(|| html::charset(&bytes)).flatten();
    charset::decode(part.charset.as_deref().or(sniffed.as_deref()), &bytes).into_owned()
}

/// Fields of one name that are answered at most.
const REPEATED_MAX: usize = 1000;

/// Raw values of a header field, unfolded and RFC 2047-decoded, in order.
pub fn header(message: &[u8], name: &str) -> Vec<String> {
    fields(message).filter(|f| f.is(name)).take(REPEATED_MAX).map(|f| encoded_word::decode(&unfold(f.value))).collect()
}
