// SPDX-License-Identifier: AGPL-3.0-or-later
//! Where the entities of a message are (RFC 2046 §5.1), by byte offset.
//!
//! One pass, no recursion, one stack of open entities. In a body only a line that starts with "--" can matter, so the
//! scan leaps from one to the next; headers are read line by line. Invariants, which a property test holds:
//! a part's header ends where its body starts; a child lies within its parent's body; siblings don't overlap.
//! The line end before a delimiter belongs to the delimiter (RFC 2046 §5.1.1), except when the body is empty: then it is
//! the blank line that ended the header.
//!
//! Past [`DEPTH_MAX`] an entity is not looked into; past [`PARTS_MAX`] delimiters are no longer seen, and what follows
//! belongs to the last part.

use crate::field::{Field, fields, is_blank_line, line_len, unfold};
use crate::transfer::Encoding;
use crate::{encoded_word, params};
use std::ops::Range;

pub(crate) const DEPTH_MAX: usize = 100;
pub(crate) const PARTS_MAX: usize = 10_000;
/// RFC 2046 §5.1.1 allows 70 characters; senders exceed it.
const BOUNDARY_BYTES_MAX: usize = 1000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Leaf,
    Multipart,
    Message,
}

#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub parent: Option<usize>,
    pub header: Range<usize>,
    pub body: Range<usize>,
    pub kind: Kind,
    /// Lower case, always "type/subtype".
    pub content_type: String,
    pub params: Vec<(String, String)>,
    pub encoding: Option<&'a [u8]>,
    pub disposition: Option<&'a [u8]>,
    pub content_id: Option<&'a [u8]>,
    has_children: bool,
}

impl Node<'_> {
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub fn transfer(&self) -> Encoding {
        // Read as `Part::encoding` shows it, so that every caller comes to the same answer.
        let name = self.encoding.map(|value| encoded_word::decode(&unfold(value)));
        Encoding::named(name.as_deref().map(|name| name.trim().as_bytes()))
    }
}

/// All entities in order of appearance: a parent before its children, index 0 the message itself.
pub(crate) fn scan(message: &[u8]) -> Vec<Node<'_>> {
    let mut scanner = Scanner { message, nodes: Vec::new(), open: Vec::new() };
    scanner.run();
    let mut nodes = scanner.nodes;
    for node in &mut nodes {
        settle_type(node);
    }
    nodes
}

struct Open {
    node: usize,
    boundary: Option<Vec<u8>>,
}

struct Delimiter {
    line: Range<usize>,
    /// Index in the stack of the multipart that it belongs to.
    owner: usize,
    closes: bool,
}

struct Scanner<'a> {
    message: &'a [u8],
    nodes: Vec<Node<'a>>,
    open: Vec<Open>,
}

impl<'a> Scanner<'a> {
    fn run(&mut self) {
        let mut next = Some((0, None));
        while let Some((start, parent)) = next {
            next = self.entity(start, parent);
        }
    }

    /// Takes in the entity at `start`; answers where the next one starts, and whose it is.
    fn entity(&mut self, start: usize, parent: Option<usize>) -> Option<(usize, Option<usize>)> {
        let (header_end, cut) = self.header_end(start);
        let (node, boundary) = self.node(start..header_end, parent);
        let index = self.nodes.len();
        let kind = node.kind;
        self.nodes.push(node);
        self.open.push(Open { node: index, boundary });
        if let Some(parent) = parent {
            self.nodes[parent].has_children = true;
        }
        if kind == Kind::Message && !cut && self.nodes.len() < PARTS_MAX {
            return Some((header_end, Some(index)));
        }
        let mut at = header_end;
        while let Some(delimiter) = self.next_delimiter(at) {
            self.close_above(delimiter.owner, delimiter.line.start);
            at = delimiter.line.end;
            let owner = &mut self.open[delimiter.owner];
            if !delimiter.closes {
                return Some((at, Some(owner.node)));
            }
            // What follows is the epilogue: it belongs to the multipart, which ends with its own parent.
            owner.boundary = None;
        }
        let end = self.message.len();
        for open in self.open.drain(..) {
            self.nodes[open.node].body.end = end;
        }
        None
    }

    /// End of the header that starts at `start`, and whether a delimiter cut it off before its blank line.
    fn header_end(&self, start: usize) -> (usize, bool) {
        let mut at = start;
        while at < self.message.len() {
            let rest = &self.message[at..];
            let len = line_len(rest);
            if is_blank_line(rest) {
                return (at + len, false);
            }
            if rest.starts_with(b"--") && self.delimiter(at..at + len).is_some() {
                return (at, true);
            }
            at += len;
        }
        (at, false)
    }

    fn next_delimiter(&self, from: usize) -> Option<Delimiter> {
        if self.nodes.len() >= PARTS_MAX || self.open.iter().all(|o| o.boundary.is_none()) {
            return None;
        }
        let mut at = from;
        loop {
            let rest = &self.message[at..];
            if rest.starts_with(b"--") {
                let line = at..at + line_len(rest);
                at = line.end;
                if let Some(found) = self.delimiter(line) {
                    return Some(found);
                }
                continue;
            }
            at += memchr::memmem::find(rest, b"\n--")? + 1;
        }
    }

    /// A line that starts with "--", against the boundaries of all open multiparts, innermost first.
    fn delimiter(&self, line: Range<usize>) -> Option<Delimiter> {
        // RFC 2046 §5.1.1: white space may follow.
        let text = self.message[line.clone()].trim_ascii_end();
        let name = text.get(2..)?;
        let closing = name.strip_suffix(b"--");
        for (owner, open) in self.open.iter().enumerate().rev() {
            let Some(boundary) = &open.boundary else { continue };
            if name == boundary {
                return Some(Delimiter { line, owner, closes: false });
            }
            if closing == Some(boundary) {
                return Some(Delimiter { line, owner, closes: true });
            }
        }
        None
    }

    /// Ends everything inside the multipart at `owner` before the delimiter that starts at `at`.
    fn close_above(&mut self, owner: usize, at: usize) {
        let before = &self.message[..at];
        let end = match before {
            [.., b'\r', b'\n'] => at - 2,
            [.., b'\n'] => at - 1,
            _ => at,
        };
        // The innermost starts last; nothing around it may end before.
        let start = self.open.last().map_or(0, |innermost| self.nodes[innermost.node].body.start);
        for open in self.open.drain(owner + 1..) {
            self.nodes[open.node].body.end = end.max(start);
        }
    }

    fn node(&self, header: Range<usize>, parent: Option<usize>) -> (Node<'a>, Option<Vec<u8>>) {
        let mut node = Node {
            parent,
            body: header.end..header.end,
            kind: Kind::Leaf,
            content_type: String::new(),
            params: Vec::new(),
            encoding: None,
            disposition: None,
            content_id: None,
            has_children: false,
            header: header.clone(),
        };
        let mut declared = None;
        for field in fields(&self.message[header]) {
            if field.name.len() < CONTENT.len() || !field.name[..CONTENT.len()].eq_ignore_ascii_case(CONTENT) {
                continue;
            }
            take(&mut node, &mut declared, field);
        }
        match declared {
            Some(value) => (node.content_type, node.params) = params::parse(value),
            // RFC 2046 §5.1.5: the parts of a digest are messages unless they say otherwise.
            None if parent.is_some_and(|p| self.nodes[p].content_type == "multipart/digest") => {
                node.content_type = "message/rfc822".into();
            }
            None => {}
        }
        let boundary = self.open_as(&mut node);
        (node, boundary)
    }

    /// Decides if the entity is looked into, and by which boundary.
    fn open_as(&self, node: &mut Node<'_>) -> Option<Vec<u8>> {
        // What will be text/plain in the end (RFC 2045 §5.2) has no parts, whatever it calls itself ("multipart//mixed").
        if self.open.len() >= DEPTH_MAX || !is_well_formed(&node.content_type) {
            return None;
        }
        if node.content_type.starts_with("multipart/") {
            let boundary = node.param("boundary")?.trim_end().as_bytes();
            if boundary.is_empty() || boundary.len() > BOUNDARY_BYTES_MAX {
                return None;
            }
            let boundary = boundary.to_vec();
            node.kind = Kind::Multipart;
            return Some(boundary);
        }
        // RFC 2046 §5.2.1: only unencoded messages can be looked into.
        let is_message = matches!(node.content_type.as_str(), "message/rfc822" | "message/global" | "message/news");
        if is_message && node.transfer() == Encoding::Identity {
            node.kind = Kind::Message;
        }
        None
    }
}

const CONTENT: &[u8] = b"Content-";

/// Of repeated fields the first counts.
fn take<'a>(node: &mut Node<'a>, declared: &mut Option<&'a [u8]>, field: Field<'a>) {
    let slot = if field.is("Content-Type") {
        declared
    } else if field.is("Content-Transfer-Encoding") {
        &mut node.encoding
    } else if field.is("Content-Disposition") {
        &mut node.disposition
    } else if field.is("Content-ID") {
        &mut node.content_id
    } else {
        return;
    };
    slot.get_or_insert(field.value);
}

fn is_well_formed(content_type: &str) -> bool {
    content_type.split_once('/').is_some_and(|(t, s)| !t.is_empty() && !s.is_empty() && !s.contains('/'))
}

/// Gives every entity a type that its structure keeps: containers that contain nothing become leaves.
fn settle_type(node: &mut Node<'_>) {
    let declared = &node.content_type;
    let multipart = declared.starts_with("multipart/");
    if !is_well_formed(declared) {
        // RFC 2045 §5.2
        node.content_type = "text/plain".into();
        node.kind = Kind::Leaf;
    } else if !node.has_children {
        // Without a boundary, or without a part, a multipart still has something to read; past the depth limit it has not.
        let readable = node.kind == Kind::Multipart || node.param("boundary").is_none();
        if multipart && readable {
            node.content_type = "text/plain".into();
        } else if multipart || declared == "message/rfc822" {
            node.content_type = "application/octet-stream".into();
        }
        node.kind = Kind::Leaf;
    }
}
