// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a delivery keeps of a message. On the path of every delivery: headers, structure, and the first kilobytes of the
//! first text part; attachments are not decoded.

use crate::field::{Field, fields, unfold};
use crate::structure::{self, Kind, Node};
use crate::transfer::Encoding;
use crate::{Mailbox, address, charset, date, encoded_word, html, params, part, subject};

/// What a delivery keeps of a message. All text decoded; empty where absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    pub subject: String,
    /// Without Re:, Fwd:, list tags in brackets; white space folded; for threading and sorting.
    pub subject_base: String,
    /// A mark of reply or forward stood before the subject.
    pub is_reply: bool,
    pub from: Vec<Mailbox>,
    pub sender: Vec<Mailbox>,
    pub reply_to: Vec<Mailbox>,
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    pub bcc: Vec<Mailbox>,
    /// Without angle brackets.
    pub message_id: Option<String>,
    pub in_reply_to: Vec<String>,
    /// The newest hundred.
    pub references: Vec<String>,
    pub date_ms: Option<i64>,
    /// First words of the text, at most 160 characters.
    pub fragment: String,
    pub has_attachment: bool,
    pub has_invite: bool,
    /// -1 low, 0, 1 urgent.
    pub priority: i8,
    /// The first X-Spam-Flag says YES. Anybody can write that field: it counts where a scanner takes away those of others.
    pub is_marked_spam: bool,
}

/// "X-MSMail-Priority" is the longest name of interest.
const NAME_BYTES_MAX: usize = 17;
const REFERENCES_MAX: usize = 100;
const FRAGMENT_CHARS_MAX: usize = 160;
/// Encoded octets of a text part that are decoded for the fragment.
const TEXT_WINDOW: usize = 2 << 10;
const HTML_WINDOW: usize = 16 << 10;
/// Where `<body` is looked for.
const HTML_HEAD_MAX: usize = 256 << 10;
/// Text parts that are tried until one has words.
const CANDIDATES_MAX: usize = 4;

pub fn summary(message: &[u8]) -> Summary {
    let nodes = structure::scan(message);
    let mut summary = Summary::default();
    let mut spam_flag = None;
    let header = nodes.first().map(|n| n.header.clone()).unwrap_or_default();
    for field in fields(&message[header]) {
        if spam_flag.is_none() && field.name.eq_ignore_ascii_case(b"X-Spam-Flag") {
            spam_flag = Some(field.value.trim_ascii().eq_ignore_ascii_case(b"YES"));
        }
        take(&mut summary, field);
    }
    summary.is_marked_spam = spam_flag == Some(true);
    (summary.subject_base, summary.is_reply) = subject::base(&summary.subject);
    summary.fragment = fragment(message, &nodes);
    summary.has_attachment = nodes.iter().any(|n| is_attachment(n, &nodes));
    summary.has_invite = nodes.iter().any(|n| n.content_type == "text/calendar");
    summary
}

/// Of repeated fields the first counts, as RFC 5322 §3.6 allows one; address fields add up.
fn take(summary: &mut Summary, field: Field<'_>) {
    if field.name.len() > NAME_BYTES_MAX {
        return;
    }
    let name = field.name.to_ascii_lowercase();
    let list = match name.as_slice() {
        b"from" => &mut summary.from,
        b"sender" => &mut summary.sender,
        b"reply-to" => &mut summary.reply_to,
        b"to" => &mut summary.to,
        b"cc" => &mut summary.cc,
        b"bcc" => &mut summary.bcc,
        b"subject" if summary.subject.is_empty() => {
            summary.subject = encoded_word::decode(&unfold(field.value)).trim().to_string();
            return;
        }
        b"date" if summary.date_ms.is_none() => {
            summary.date_ms = date::parse(&unfold(field.value));
            return;
        }
        b"message-id" if summary.message_id.is_none() => {
            summary.message_id = ids(field.value, 1).pop();
            return;
        }
        b"in-reply-to" if summary.in_reply_to.is_empty() => {
            summary.in_reply_to = ids(field.value, REFERENCES_MAX);
            return;
        }
        b"references" if summary.references.is_empty() => {
            summary.references = ids(field.value, REFERENCES_MAX);
            return;
        }
        b"x-priority" | b"importance" | b"priority" | b"x-msmail-priority" if summary.priority == 0 => {
            summary.priority = priority(field.value);
            return;
        }
        _ => return,
    };
    if list.len() < address::ADDRESSES_MAX {
        list.extend(address::parse(field.value, false));
    }
}

fn priority(value: &[u8]) -> i8 {
    let value = value.to_ascii_lowercase();
    let starts = |words: &[&str]| words.iter().any(|w| value.starts_with(w.as_bytes()));
    if starts(&["non-urgent", "low", "4", "5"]) { -1 } else { i8::from(starts(&["urgent", "high", "1", "2"])) }
}

/// Message ids in angle brackets, without them, the last `max`; a field without brackets is one id per word.
fn ids(value: &[u8], max: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut rest = value;
    while let Some(open) = memchr::memchr(b'<', rest) {
        let Some(close) = memchr::memchr(b'>', &rest[open..]) else { break };
        push_id(&rest[open + 1..open + close], &mut out);
        rest = &rest[open + close + 1..];
    }
    if out.is_empty() {
        value.split(|b| b.is_ascii_whitespace()).filter(|w| w.contains(&b'@')).for_each(|w| push_id(w, &mut out));
    }
    out.drain(..out.len().saturating_sub(max));
    out
}

fn push_id(raw: &[u8], out: &mut Vec<String>) {
    let id: String =
        charset::guess(raw).chars().filter(|c| !c.is_whitespace() && !c.is_control() && *c != '<').collect();
    if !id.is_empty() {
        out.push(id);
    }
}

/// Not beneath an attached message.
fn is_own(mut index: usize, nodes: &[Node<'_>]) -> bool {
    while let Some(parent) = nodes[index].parent {
        if nodes[parent].kind == Kind::Message && parent != 0 {
            return false;
        }
        index = parent;
    }
    true
}

pub(crate) fn is_declared_attachment(node: &Node<'_>) -> bool {
    node.disposition.is_some_and(|d| d.len() >= 10 && d[..10].eq_ignore_ascii_case(b"attachment"))
}

fn is_attachment(node: &Node<'_>, nodes: &[Node<'_>]) -> bool {
    if node.kind == Kind::Multipart {
        return false;
    }
    if is_declared_attachment(node) {
        return true;
    }
    let signature = ["application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"];
    if signature.contains(&node.content_type.as_str()) {
        return false;
    }
    // A picture that the HTML beside it shows.
    let related = node.parent.is_some_and(|p| nodes[p].content_type == "multipart/related");
    if related && node.content_id.is_some() {
        return false;
    }
    let disposition = node.disposition.map(|d| params::parse(d).1).unwrap_or_default();
    let named = part::filename(&disposition, &node.params).is_some();
    let root_message = node.parent.is_none() && node.kind == Kind::Message;
    named || !(node.content_type.starts_with("text/") || root_message)
}

fn fragment(message: &[u8], nodes: &[Node<'_>]) -> String {
    let readable = |n: &Node<'_>| {
        n.kind == Kind::Leaf
            && matches!(n.content_type.as_str(), "text/plain" | "text/html")
            && !is_declared_attachment(n)
    };
    let candidates = nodes.iter().enumerate().filter(|(i, n)| readable(n) && is_own(*i, nodes));
    for (_, node) in candidates.take(CANDIDATES_MAX) {
        let body = &message[node.body.clone()];
        let found = if node.content_type == "text/html" { of_html(node, body) } else { of_text(node, body) };
        if !found.is_empty() {
            return found;
        }
    }
    String::new()
}

fn of_text(node: &Node<'_>, body: &[u8]) -> String {
    let window = &body[..body.len().min(TEXT_WINDOW)];
    let bytes = node.transfer().decode(window);
    let text = charset::decode(node.param("charset"), &bytes);
    // What is quoted was said before; it serves only when there is nothing else.
    let own = words(text.lines().filter(|l| !l.starts_with('>')));
    if own.is_empty() { words(text.lines()) } else { own }
}

fn of_html(node: &Node<'_>, body: &[u8]) -> String {
    let encoding = node.transfer();
    let head = &body[..body.len().min(HTML_HEAD_MAX)];
    let find = |tag: &[u8]| memchr::memmem::find(head, tag);
    let start = if encoding == Encoding::Base64 { None } else { find(b"<body").or_else(|| find(b"<BODY")) };
    let start = start.unwrap_or(0);
    let bytes = encoding.decode(&body[start..body.len().min(start + HTML_WINDOW)]);
    let sniffed = if node.param("charset").is_none() { html::charset(body) } else { None };
    let text = charset::decode(node.param("charset").or(sniffed.as_deref()), &bytes);
    words(html::to_text(&text, FRAGMENT_CHARS_MAX * 4).lines())
}

fn words<'t>(lines: impl Iterator<Item = &'t str>) -> String {
    let (mut out, mut count) = (String::new(), 0);
    for word in lines.flat_map(str::split_whitespace) {
        if count > 0 {
            out.push(' ');
            count += 1;
        }
        for c in word.chars().filter(|c| !c.is_control()) {
            if count >= FRAGMENT_CHARS_MAX {
                out.truncate(out.trim_end().len());
                return out;
            }
            out.push(c);
            count += 1;
        }
    }
    // The window may have cut the last character.
    out.truncate(out.trim_end_matches(char::REPLACEMENT_CHARACTER).trim_end().len());
    out
}
