// SPDX-License-Identifier: AGPL-3.0-or-later
//! RSS 2.0 and Atom (RFC 4287).

use super::list::escaped;
use mailbox::{Detail, Item, Kind};
use std::fmt::Write;

/// Entries of one feed.
const ENTRIES_MAX: usize = 100;

fn title(item: &Item) -> String {
    let text = if item.kind == Kind::Message { &item.subject } else { &item.name };
    escaped(if text.is_empty() { "(none)" } else { text })
}

fn fragment(item: &Item) -> String {
    match &item.detail {
        Detail::Message(detail) => escaped(&detail.fragment),
        Detail::Document(detail) => escaped(&detail.fragment),
        _ => String::new(),
    }
}

fn author(item: &Item) -> Option<String> {
    match &item.detail {
        Detail::Message(detail) => detail.from.first().map(|from| escaped(&from.address)),
        Detail::Document(detail) => Some(escaped(&detail.author)),
        _ => None,
    }
}

/// `base`: the URL of the mailbox, without a query.
pub fn rss(name: &str, base: &str, items: &[Item]) -> String {
    let (name, base) = (escaped(name), escaped(base));
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel><title>{name}</title><link>{base}</link><description>{name}</description><generator>Posthouse</generator>"
    );
    for item in items.iter().take(ENTRIES_MAX) {
        let _ = write!(
            out,
            "<item><title>{}</title><description>{}</description><link>{base}?id={}</link><guid isPermaLink=\"false\">{}</guid><pubDate>{}</pubDate>",
            title(item),
            fragment(item),
            item.id,
            item.id,
            rfc2822(item.date_ms)
        );
        if let Some(author) = author(item) {
            let _ = write!(out, "<author>{author}</author>");
        }
        out.push_str("</item>");
    }
    out.push_str("</channel></rss>\n");
    out
}

pub fn atom(name: &str, base: &str, items: &[Item]) -> String {
    let (name, base) = (escaped(name), escaped(base));
    let newest = items.iter().map(|item| item.date_ms).max().unwrap_or(0);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>{name}</title><id>{base}</id><link rel=\"alternate\" href=\"{base}\"/><generator>Posthouse</generator><updated>{}</updated>",
        rfc3339(newest)
    );
    for item in items.iter().take(ENTRIES_MAX) {
        let author = author(item).unwrap_or_else(|| name.clone());
        let _ = write!(
            out,
            "<entry><title>{}</title><id>{base}?id={}</id><link href=\"{base}?id={}\"/><updated>{}</updated><summary>{}</summary><author><name>{author}</name></author></entry>",
            title(item),
            item.id,
            item.id,
            rfc3339(item.date_ms),
            fragment(item)
        );
    }
    out.push_str("</feed>\n");
    out
}

fn at(ms: i64) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

pub fn rfc2822(ms: i64) -> String {
    at(ms).to_rfc2822()
}

fn rfc3339(ms: i64) -> String {
    at(ms).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
