// SPDX-License-Identifier: AGPL-3.0-or-later
//! `fmt=html` of a message: a page for people, to be read or printed. Its own HTML is made harmless, and nothing is fetched from
//! elsewhere.

use super::feed::rfc2822;
use super::list::escaped;
use mime::{Part, SanitizeOptions};
use std::fmt::Write;

/// Of the text that is shown; what is longer ends there, and says so.
const TEXT_BYTES_MAX: usize = 2 << 20;

/// `as_text`: plain text, where there is any.
pub fn message(id: u32, bytes: &[u8], as_text: bool) -> String {
    let (tree, summary) = (mime::parts(bytes), mime::summary(bytes));
    let title = escaped(if summary.subject.is_empty() { "(none)" } else { &summary.subject });
    let mut out = format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><title>{title}</title></head><body><h1>{title}</h1><table>"
    );
    for (name, list) in [("From", &summary.from), ("To", &summary.to), ("Cc", &summary.cc)] {
        let shown: Vec<String> = list.iter().map(shown).collect();
        if !shown.is_empty() {
            let _ = write!(out, "<tr><th>{name}</th><td>{}</td></tr>", shown.join(", "));
        }
    }
    if let Some(date_ms) = summary.date_ms {
        let _ = write!(out, "<tr><th>Date</th><td>{}</td></tr>", rfc2822(date_ms));
    }
    out.push_str("</table><hr>");
    out.push_str(&body(id, bytes, &tree, as_text));
    let files: Vec<&Part> = tree.walk().filter(|part| part.children.is_empty() && is_file(part)).collect();
    if !files.is_empty() {
        out.push_str("<hr><ul>");
        for part in files {
            let name = part.filename.as_deref().filter(|name| !name.is_empty()).unwrap_or(&part.content_type);
            let _ = write!(out, "<li><a href=\"?id={id}&amp;part={}\">{}</a></li>", part.number, escaped(name));
        }
        out.push_str("</ul>");
    }
    out.push_str("</body></html>\n");
    out
}

fn shown(mailbox: &mime::Mailbox) -> String {
    match mailbox.name.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => format!("{} &lt;{}&gt;", escaped(name), escaped(&mailbox.address)),
        None => escaped(&mailbox.address),
    }
}

fn is_file(part: &Part) -> bool {
    part.disposition.as_deref() == Some("attachment") || part.filename.as_deref().is_some_and(|name| !name.is_empty())
}

fn body(id: u32, bytes: &[u8], tree: &Part, as_text: bool) -> String {
    let first =
        |kind: &str| tree.walk().find(|part| part.children.is_empty() && part.content_type == kind && !is_file(part));
    let found = if as_text { None } else { first("text/html") };
    let Some(part) = found.or_else(|| first("text/plain")).or_else(|| first("text/html")) else { return String::new() };
    let text = mime::text(bytes, part);
    let end = (0..=text.len().min(TEXT_BYTES_MAX)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let cut = if end < text.len() { "<p>[…]</p>" } else { "" };
    let text = &text[..end];
    let url = |cid: &str| {
        let cid = cid.strip_prefix("cid:").unwrap_or(cid).trim_matches(['<', '>']);
        let named = |part: &&Part| part.content_id.as_deref().is_some_and(|id| id.trim_matches(['<', '>']) == cid);
        tree.walk().find(named).map(|part| format!("?id={id}&part={}", part.number))
    };
    match part.content_type.as_str() {
        "text/html" if as_text => plain(&mime::html_to_text(text), cut),
        "text/html" => {
            let options = SanitizeOptions { cid_url: &url, remote_images: false };
            format!("<div>{}</div>{cut}", mime::sanitize_html(text, &options).0)
        }
        _ => plain(text, cut),
    }
}

fn plain(text: &str, cut: &str) -> String {
    format!("<pre style=\"white-space: pre-wrap\">{}</pre>{cut}", escaped(&text.replace('\r', "")))
}
