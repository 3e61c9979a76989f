// SPDX-License-Identifier: AGPL-3.0-or-later
//! A whole message: addresses, headers, and the `mp` tree with the text of what a reader shows.
//!
//! HTML leaves here only sanitised, with `cid:` references turned into URLs of the parts that they mean.

use super::{Names, address, message};
use crate::element::Element;
use crate::fault::{Fault, Result};
use mailbox::{Detail, Item};
use mime::{Part, SanitizeOptions};

/// Text of one part in an answer; beyond it `truncated` is set and the part can be downloaded.
const BODY_BYTES_MAX: usize = 4 << 20;
/// Parts described in one answer.
const PARTS_MAX: usize = 2_000;

#[derive(Debug, Clone, Default)]
pub struct BodyWish {
    pub html: bool,
    /// Most bytes of text a part.
    pub max: Option<usize>,
    /// Remote images are kept from loading.
    pub neuter: bool,
    pub headers: Vec<String>,
    /// An embedded message instead of the whole.
    pub part: Option<String>,
}

/// One rendering in progress.
pub struct Body<'a> {
    message: &'a [u8],
    id: String,
    wish: &'a BodyWish,
    root: &'a Part,
    bodies: Vec<&'a str>,
    left: usize,
}

pub fn full_message(item: &Item, bytes: &[u8], wish: &BodyWish, names: &Names) -> Result<Element> {
    let tree = mime::parts(bytes);
    let mut element = message::message_row(item, names);
    match wish.part.as_deref().filter(|part| !part.is_empty()) {
        None => {
            envelope(&mut element, bytes, &wish.headers);
            if let Detail::Message(detail) = &item.detail
                && !element.attrs.iter().any(|attr| attr.name == "fr")
            {
                element = element.content("fr", detail.fragment.clone());
            }
            element.push(Body::new(bytes, item, wish, &tree).render());
        }
        Some(number) => {
            let part = find(&tree, number).ok_or_else(|| Fault::no_such("part", number))?;
            let Some(inner) = part.children.first().filter(|_| part.content_type == "message/rfc822") else {
                return Err(Fault::invalid(format!("part is not a message: {number}")));
            };
            element.set("part", number);
            envelope(&mut element, &mime::decoded(bytes, part), &wish.headers);
            element.push(Body::new(bytes, item, wish, inner).render());
        }
    }
    Ok(element)
}

pub fn find<'a>(part: &'a Part, number: &str) -> Option<&'a Part> {
    if part.number == number {
        return Some(part);
    }
    part.children.iter().find_map(|child| find(child, number))
}

/// Addresses, subject, ids, wanted headers.
fn envelope(element: &mut Element, bytes: &[u8], headers: &[String]) {
    let summary = mime::summary(bytes);
    let lists = [
        ("f", &summary.from),
        ("s", &summary.sender),
        ("r", &summary.reply_to),
        ("t", &summary.to),
        ("c", &summary.cc),
        ("b", &summary.bcc),
    ];
    for (kind, list) in lists {
        list.iter().for_each(|mailbox| element.push(address::mailbox_email(kind, mailbox)));
    }
    // Whom a receipt would go to (RFC 8098 §2.1).
    for value in mime::header(bytes, "Disposition-Notification-To").iter().take(1) {
        mime::parse_addresses(value).iter().for_each(|to| element.push(address::mailbox_email("n", to)));
    }
    let mut out = std::mem::take(element);
    if !summary.subject.is_empty() {
        out = out.content("su", summary.subject);
    }
    let mut out = out.content("fr", summary.fragment);
    if let Some(id) = summary.message_id {
        out = out.content("mid", format!("<{id}>"));
    }
    if let Some(id) = summary.in_reply_to.first() {
        out = out.content("irt", format!("<{id}>"));
    }
    if let Some(date_ms) = summary.date_ms {
        out.set("sd", date_ms);
    }
    for name in headers {
        for value in mime::header(bytes, name) {
            out.push(Element::new("header").attr("n", name.clone()).text(value));
        }
    }
    *element = out;
}

impl<'a> Body<'a> {
    fn new(message: &'a [u8], item: &Item, wish: &'a BodyWish, root: &'a Part) -> Body<'a> {
        let mut bodies = Vec::new();
        choose(root, wish.html, &mut bodies);
        Body { message, id: item.id.to_string(), wish, root, bodies, left: PARTS_MAX }
    }

    fn render(mut self) -> Element {
        let root = self.root;
        self.part(root)
    }

    fn part(&mut self, part: &Part) -> Element {
        self.left = self.left.saturating_sub(1);
        let filename = part.filename.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let mut element = Element::new("mp").attr("part", part.number.clone()).attr("ct", part.content_type.clone());
        if part.children.is_empty() || part.content_type == "message/rfc822" {
            element.set("s", part.decoded_size);
        }
        element = element
            .attr_opt("cd", part.disposition.clone())
            .attr_opt("filename", filename)
            .attr_opt("ci", part.content_id.clone())
            .attr_opt("cl", part.content_location.clone());
        if self.bodies.contains(&part.number.as_str()) && part.children.is_empty() {
            element.set("body", true);
            element = self.content(element, part);
        }
        for child in &part.children {
            if self.left == 0 {
                element.set("truncated", true);
                break;
            }
            let child = self.part(child);
            element.push(child);
        }
        element
    }

    fn content(&self, element: Element, part: &Part) -> Element {
        let limit = self.wish.max.unwrap_or(BODY_BYTES_MAX).min(BODY_BYTES_MAX);
        let text = mime::text(self.message, part);
        let (text, cut) = cut(&text, limit);
        let element = if cut { element.attr("truncated", true) } else { element };
        if part.content_type != "text/html" {
            return element.content("content", text);
        }
        let url = |cid: &str| self.cid_url(cid);
        let options = SanitizeOptions { cid_url: &url, remote_images: !self.wish.neuter };
        // Cut before it is cleaned: a cut may not undo what cleaning closed.
        let (html, _) = mime::sanitize_html(text, &options);
        element.content("content", html)
    }

    /// URL of the part that a `cid:` reference names.
    fn cid_url(&self, cid: &str) -> Option<String> {
        let cid = cid.strip_prefix("cid:").unwrap_or(cid).trim_matches(['<', '>']);
        let part = by_content_id(self.root, cid)?;
        Some(format!("/service/home/~/?auth=co&id={}&part={}", self.id, part.number))
    }
}

fn by_content_id<'a>(part: &'a Part, cid: &str) -> Option<&'a Part> {
    if part.content_id.as_deref().is_some_and(|id| id.trim_matches(['<', '>']) == cid) {
        return Some(part);
    }
    part.children.iter().find_map(|child| by_content_id(child, cid))
}

/// At most `limit` bytes, whole characters.
fn cut(text: &str, limit: usize) -> (&str, bool) {
    if text.len() <= limit {
        return (text, false);
    }
    let end = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    (&text[..end], true)
}

/// The parts that a reader shows as the message's text. True if there was any.
fn choose<'a>(part: &'a Part, html: bool, out: &mut Vec<&'a str>) -> bool {
    if part.children.is_empty() {
        let text = matches!(part.content_type.as_str(), "text/plain" | "text/html" | "text/enriched");
        let attached = part.disposition.as_deref() == Some("attachment") || part.filename.is_some();
        if text && !attached {
            out.push(&part.number);
        }
        return text && !attached;
    }
    match part.content_type.as_str() {
        "message/rfc822" => false,
        // RFC 2046 §5.1.4: the last alternative is the richest.
        "multipart/alternative" => {
            let holds = |child: &&Part| holds_html(child) == html;
            part.children.iter().find(holds).is_some_and(|child| choose(child, html, out))
                || part.children.iter().rev().any(|child| choose(child, html, out))
        }
        // RFC 2387: the first part is the root.
        "multipart/related" => part.children.iter().any(|child| choose(child, html, out)),
        // All of them: a mixed message may have text after its pictures.
        _ => part.children.iter().filter(|child| choose(child, html, out)).count() > 0,
    }
}

fn holds_html(part: &Part) -> bool {
    part.content_type == "text/html" || (part.content_type != "message/rfc822" && part.children.iter().any(holds_html))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(number: &str, content_type: &str) -> Part {
        Part { number: number.into(), content_type: content_type.into(), ..Part::default() }
    }

    fn multi(number: &str, content_type: &str, children: Vec<Part>) -> Part {
        Part { children, ..leaf(number, content_type) }
    }

    fn chosen(part: &Part, html: bool) -> String {
        let mut out = Vec::new();
        choose(part, html, &mut out);
        out.join(" ")
    }

    #[test]
    fn alternatives() {
        let related = multi("2", "multipart/related", vec![leaf("2.1", "text/html"), leaf("2.2", "image/png")]);
        let tree = multi("", "multipart/alternative", vec![leaf("1", "text/plain"), related]);
        assert_eq!(chosen(&tree, true), "2.1");
        assert_eq!(chosen(&tree, false), "1");
        let only_html = multi("", "multipart/alternative", vec![leaf("1", "text/html")]);
        assert_eq!(chosen(&only_html, false), "1");
    }

    #[test]
    fn attachments_and_embedded_messages_are_no_bodies() {
        let attached = Part { disposition: Some("attachment".into()), ..leaf("2", "text/plain") };
        let embedded = multi("3", "message/rfc822", vec![leaf("3.1", "text/plain")]);
        let tree =
            multi("", "multipart/mixed", vec![leaf("1", "text/plain"), attached, embedded, leaf("4", "text/plain")]);
        assert_eq!(chosen(&tree, true), "1 4");
    }

    #[test]
    fn cuts_at_characters() {
        assert_eq!(cut("aé", 2), ("a", true));
        assert_eq!(cut("aé", 3), ("aé", false));
    }
}
