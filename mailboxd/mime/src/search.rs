// SPDX-License-Identifier: AGPL-3.0-or-later
//! What is searchable of a message.

use crate::structure::{self, Kind, Node};
use crate::{Mailbox, Part, charset, html, params, part, summary};

/// What is searchable.
#[derive(Debug, Clone, Default)]
pub struct SearchText {
    pub subject: String,
    pub from: String,
    pub to: String,
    pub cc: String,
    pub body: String,
    pub filenames: String,
    pub types: Vec<String>,
    pub message_id: String,
    /// There are parts whose words are not in `body` ([`is_extractable`]).
    pub has_files: bool,
}

/// Encoded octets looked at per octet of text that is still wanted (quoted-printable triples, markup does more).
const ENCODED_FACTOR: usize = 4;
const ENCODED_SLACK: usize = 64 << 10;

/// Text of all text parts, attached messages included, at most `body_bytes_max`. Of alternatives the plain one.
pub fn search_text(message: &[u8], body_bytes_max: usize) -> SearchText {
    let nodes = structure::scan(message);
    let summary = summary::summary(message);
    let mut out = SearchText {
        subject: summary.subject,
        from: people(summary.from.iter().chain(&summary.sender).chain(&summary.reply_to)),
        to: people(summary.to.iter().chain(&summary.bcc)),
        cc: people(summary.cc.iter()),
        message_id: summary.message_id.unwrap_or_default(),
        ..SearchText::default()
    };
    let mut body = Body { message, nodes: &nodes, text: String::new(), max: body_bytes_max, satisfied: Vec::new() };
    for (index, node) in nodes.iter().enumerate() {
        if node.kind == Kind::Multipart {
            continue;
        }
        out.has_files |= node.kind == Kind::Leaf && !node.body.is_empty() && is_file(&node.content_type);
        if !out.types.contains(&node.content_type) {
            out.types.push(node.content_type.clone());
        }
        let disposition = node.disposition.map(|d| params::parse(d).1).unwrap_or_default();
        if let Some(name) = part::filename(&disposition, &node.params) {
            join(&mut out.filenames, &name);
        }
        body.add(index);
    }
    out.body = body.text;
    out
}

/// Types without words in them, or with words that only their owner can read.
const WORDLESS: [&str; 8] = [
    "image/",
    "audio/",
    "video/",
    "font/",
    "application/pgp-",
    "application/pkcs7-",
    "application/x-pkcs7-",
    "multipart/",
];

/// Whether a part is a file whose words are not in [`SearchText`]: its format has to be read for them.
pub fn is_extractable(part: &Part) -> bool {
    !part.is_message() && is_file(&part.content_type) && part.decoded_size > 0
}

/// Whether files of this type (lower case "type/subtype") may have words in them.
pub fn has_words(content_type: &str) -> bool {
    // An image may be drawn in text.
    content_type == "image/svg+xml" || !WORDLESS.iter().any(|kind| content_type.starts_with(kind))
}

fn is_file(content_type: &str) -> bool {
    has_words(content_type) && !is_plain(content_type)
}

/// A text that is its own words.
fn is_plain(content_type: &str) -> bool {
    content_type.starts_with("text/") && !["text/rtf", "text/richtext"].contains(&content_type)
}

fn people<'a>(list: impl Iterator<Item = &'a Mailbox>) -> String {
    let mut out = String::new();
    for mailbox in list {
        mailbox.name.iter().for_each(|name| join(&mut out, name));
        join(&mut out, &mailbox.address);
    }
    out
}

fn join(out: &mut String, word: &str) {
    if !out.is_empty() {
        out.push(' ');
    }
    out.push_str(word);
}

struct Body<'a> {
    message: &'a [u8],
    nodes: &'a [Node<'a>],
    text: String,
    max: usize,
    /// multipart/alternative nodes of which a plain text was taken.
    satisfied: Vec<usize>,
}

impl Body<'_> {
    fn add(&mut self, index: usize) {
        let node = &self.nodes[index];
        let left = self.max.saturating_sub(self.text.len());
        if left == 0 {
            return;
        }
        if node.kind == Kind::Message {
            // The subject of an attached message is part of what this one says.
            let inner = &self.message[node.body.clone()];
            for subject in part::header(inner, "Subject").into_iter().take(1) {
                self.push(&subject);
            }
            return;
        }
        if !is_plain(&node.content_type) {
            return;
        }
        let is_html = node.content_type == "text/html";
        let alternative = self.alternative(index);
        if is_html && alternative.is_some_and(|a| self.satisfied.contains(&a)) {
            return;
        }
        let encoded = &self.message[node.body.clone()];
        let window = left.saturating_mul(ENCODED_FACTOR).saturating_add(ENCODED_SLACK);
        let bytes = node.transfer().decode(&encoded[..encoded.len().min(window)]);
        let sniffed = if is_html && node.param("charset").is_none() { html::charset(&bytes) } else { None };
        let text = charset::decode(node.param("charset").or(sniffed.as_deref()), &bytes);
        if is_html {
            self.push(&html::to_text(&text, left));
        } else if !text.trim().is_empty() {
            self.push(&text);
            self.satisfied.extend(alternative);
        }
    }

    /// The nearest multipart/alternative above.
    fn alternative(&self, mut index: usize) -> Option<usize> {
        while let Some(parent) = self.nodes[index].parent {
            if self.nodes[parent].content_type == "multipart/alternative" {
                return Some(parent);
            }
            index = parent;
        }
        None
    }

    fn push(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let mut end = text.len().min(self.max.saturating_sub(self.text.len()));
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.text.push_str(&text[..end]);
    }
}
