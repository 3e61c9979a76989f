// SPDX-License-Identifier: AGPL-3.0-or-later
//! Lists of items as JSON and XML, as the hits of a search look, and as a page for people.

use mailbox::{Address, Detail, Item, Kind, Tag};
use serde_json::{Map, Value, json};
use std::fmt::Write;

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Contact => "cn",
        Kind::Document => "doc",
        _ => "m",
    }
}

/// Attributes, and children: name and attributes, or name and text.
struct Shown {
    name: &'static str,
    attrs: Vec<(&'static str, Value)>,
    texts: Vec<(&'static str, String)>,
    people: Vec<(char, Address)>,
    pairs: Vec<(String, String)>,
}

fn shown(item: &Item, tags: &[Tag]) -> Shown {
    let mut attrs = vec![
        ("id", json!(item.id.to_string())),
        ("l", json!(item.folder.to_string())),
        ("s", json!(item.size)),
        ("d", json!(item.date_ms)),
        ("rev", json!(item.revision.0)),
        ("md", json!(item.changed_ms / 1000)),
        ("ms", json!(item.modseq.0)),
    ];
    let letters = item.flags.letters();
    if !letters.is_empty() {
        attrs.push(("f", json!(letters)));
    }
    if !item.tags.is_empty() {
        let ids: Vec<String> = item.tags.iter().map(ToString::to_string).collect();
        let names = tags.iter().filter(|tag| item.tags.contains(&tag.item.id)).map(|tag| tag.item.name.clone());
        attrs.push(("t", json!(ids.join(","))));
        attrs.push(("tn", json!(names.collect::<Vec<_>>().join(","))));
    }
    let (mut texts, mut people, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
    match &item.detail {
        Detail::Message(detail) => {
            let alone = || format!("-{}", item.id);
            attrs.push(("cid", json!(item.conversation.map_or_else(alone, |id| id.to_string()))));
            texts.push(("su", item.subject.clone()));
            texts.push(("fr", detail.fragment.clone()));
            people.extend(detail.from.iter().map(|from| ('f', from.clone())));
            people.extend(detail.to.iter().map(|to| ('t', to.clone())));
        }
        Detail::Contact(detail) => {
            attrs.push(("fileAsStr", json!(item.name)));
            pairs.clone_from(&detail.attrs);
        }
        Detail::Document(detail) => {
            attrs.push(("name", json!(item.name)));
            attrs.push(("ct", json!(detail.content_type)));
            attrs.push(("ver", json!(detail.version)));
            attrs.push(("leb", json!(detail.author)));
            texts.push(("fr", detail.fragment.clone()));
        }
        _ => {}
    }
    Shown { name: name(item.kind), attrs, texts, people, pairs }
}

pub fn to_json(items: &[Item], tags: &[Tag]) -> String {
    let mut lists: Map<String, Value> = Map::new();
    for item in items {
        let shown = shown(item, tags);
        let mut object: Map<String, Value> =
            shown.attrs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        object.extend(shown.texts.into_iter().map(|(name, text)| (name.to_owned(), json!(text))));
        if !shown.people.is_empty() {
            let one = |(kind, address): &(char, Address)| json!({"t": kind, "a": address.address, "p": address.name});
            object.insert("e".into(), Value::Array(shown.people.iter().map(one).collect()));
        }
        if !shown.pairs.is_empty() {
            let pairs: Map<String, Value> = shown.pairs.into_iter().map(|(name, value)| (name, json!(value))).collect();
            object.insert("_attrs".into(), Value::Object(pairs));
        }
        let list = lists.entry(shown.name).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.push(Value::Object(object));
        }
    }
    Value::Object(lists).to_string()
}

pub fn to_xml(items: &[Item], tags: &[Tag]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<items xmlns=\"urn:zimbraMail\">");
    for item in items {
        let shown = shown(item, tags);
        let _ = write!(out, "<{}", shown.name);
        for (name, value) in &shown.attrs {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let _ = write!(out, " {name}=\"{}\"", escaped(&text));
        }
        out.push('>');
        for (kind, address) in &shown.people {
            let _ = write!(out, "<e t=\"{kind}\" a=\"{}\"", escaped(&address.address));
            if let Some(name) = &address.name {
                let _ = write!(out, " p=\"{}\"", escaped(name));
            }
            out.push_str("/>");
        }
        for (name, text) in &shown.texts {
            let _ = write!(out, "<{name}>{}</{name}>", escaped(text));
        }
        for (name, value) in &shown.pairs {
            let _ = write!(out, "<a n=\"{}\">{}</a>", escaped(name), escaped(value));
        }
        let _ = write!(out, "</{}>", shown.name);
    }
    out.push_str("</items>\n");
    out
}

/// Text for XML and HTML; what neither can hold becomes U+FFFD.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A table with links to the items.
pub fn to_html(title: &str, items: &[Item]) -> String {
    let title = escaped(title);
    let mut out = format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><title>{title}</title></head><body><h1>{title}</h1><table>"
    );
    for item in items {
        let called = if item.kind == Kind::Message { &item.subject } else { &item.name };
        let from = match &item.detail {
            Detail::Message(detail) => detail
                .from
                .first()
                .map(|from| from.name.clone().unwrap_or_else(|| from.address.clone()))
                .unwrap_or_default(),
            _ => String::new(),
        };
        let called = if called.is_empty() { "(none)" } else { called };
        let _ = write!(
            out,
            "<tr><td>{}</td><td><a href=\"?id={}\">{}</a></td><td>{}</td></tr>",
            escaped(&from),
            item.id,
            escaped(called),
            item.size
        );
    }
    out.push_str("</table></body></html>\n");
    out
}
