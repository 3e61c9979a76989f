// SPDX-License-Identifier: AGPL-3.0-or-later
//! The XML form. Namespaces are resolved on the way in; on the way out the SOAP ones get the prefix `soap`, every other
//! is declared as the default where it changes. No document type is accepted, so there is no entity to expand.

use super::limits::{Budget, DEPTH_MAX, DecodeError};
use super::{Attr, Child, Element, Shape, Value, ns};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;
use std::fmt::Write;

pub fn from_xml(bytes: &[u8]) -> Result<Element, DecodeError> {
    let text = std::str::from_utf8(bytes).map_err(|_| DecodeError::NotUtf8)?;
    let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
    let mut budget = Budget::default();
    let mut open: Vec<Element> = Vec::new();
    loop {
        let at = reader.buffer_position();
        let fail = |what: String| DecodeError::Xml { at, what };
        let (resolved, event) = reader.read_resolved_event().map_err(|error| fail(error.to_string()))?;
        match event {
            Event::Start(start) => {
                if open.len() >= DEPTH_MAX {
                    return Err(DecodeError::TooDeep);
                }
                open.push(start_element(&start, &resolved, &mut budget, at)?);
            }
            Event::Empty(start) => {
                let element = start_element(&start, &resolved, &mut budget, at)?;
                if let Some(root) = close(&mut open, element) {
                    return Ok(root);
                }
            }
            Event::End(_) => {
                let element = open.pop().ok_or_else(|| fail("closing tag without an opening one".into()))?;
                if let Some(root) = close(&mut open, element) {
                    return Ok(root);
                }
            }
            Event::Text(text) => append(&mut open, &text.xml10_content(), at)?,
            Event::CData(data) => append(&mut open, &data.xml10_content(), at)?,
            Event::GeneralRef(reference) => append(&mut open, resolve(&reference)?.encode_utf8(&mut [0; 4]), at)?,
            Event::DocType(_) => return Err(DecodeError::Doctype),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
            Event::Eof => {
                return Err(if open.is_empty() { DecodeError::Empty } else { fail("document ends early".into()) });
            }
        }
    }
}

/// Hands `element` to its parent; the root comes back.
fn close(open: &mut [Element], mut element: Element) -> Option<Element> {
    // White space between child elements is layout, not content.
    if !element.children.is_empty() && element.text.as_deref().is_some_and(|text| text.trim().is_empty()) {
        element.text = None;
    }
    match open.last_mut() {
        Some(parent) => {
            parent.children.push(Child { element, shape: Shape::List });
            None
        }
        None => Some(element),
    }
}

fn append(open: &mut [Element], text: &str, at: u64) -> Result<(), DecodeError> {
    match open.last_mut() {
        Some(element) => {
            element.text.get_or_insert_default().push_str(text);
            Ok(())
        }
        None if text.trim().is_empty() => Ok(()),
        None => Err(DecodeError::Xml { at, what: "text outside of the document element".into() }),
    }
}

/// Character references and the five entities of XML itself; there are no others without a document type.
fn resolve(reference: &BytesRef<'_>) -> Result<char, DecodeError> {
    if let Some(character) = reference.resolve_char_ref().map_err(|_| DecodeError::Doctype)? {
        return Ok(character);
    }
    Ok(match &**reference {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => return Err(DecodeError::Doctype),
    })
}

fn start_element(
    start: &BytesStart<'_>,
    resolved: &ResolveResult<'_>,
    budget: &mut Budget,
    at: u64,
) -> Result<Element, DecodeError> {
    budget.take()?;
    let fail = |what: String| DecodeError::Xml { at, what };
    let ns = match resolved {
        ResolveResult::Bound(namespace) => namespace.as_ref().to_owned(),
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(prefix) => return Err(fail(format!("unknown prefix {prefix:?}"))),
    };
    let mut element = Element::in_ns(start.local_name().as_ref(), &ns);
    for attribute in start.attributes() {
        budget.take()?;
        let attribute = attribute.map_err(|error| fail(error.to_string()))?;
        let name = attribute.key;
        if name.as_namespace_binding().is_some() {
            continue;
        }
        let value =
            attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).map_err(|error| fail(error.to_string()))?;
        element.attrs.push(Attr {
            name: name.local_name().as_ref().to_owned(),
            value: Value::Text(value.into_owned()),
            content: false,
        });
    }
    Ok(element)
}

pub fn to_xml(root: &Element) -> String {
    let mut out = String::with_capacity(1024);
    write_element(&mut out, root, "", "");
    out
}

fn soap_ns(ns: &str) -> bool {
    ns == ns::SOAP12 || ns == ns::SOAP11
}

/// `default`: the namespace that an unprefixed name has here. `soap`: what the prefix is bound to.
fn write_element(out: &mut String, element: &Element, default: &str, soap: &str) {
    let own = if element.ns.is_empty() { default } else { element.ns.as_str() };
    let prefixed = soap_ns(&element.ns);
    let prefix = if prefixed { "soap:" } else { "" };
    let name = xml_name(&element.name);
    let (mut inner_default, mut inner_soap) = (default, soap);
    let _ = write!(out, "<{prefix}{name}");
    if prefixed {
        if soap != own {
            let _ = write!(out, " xmlns:soap=\"{own}\"");
            inner_soap = own;
        }
    } else if own != default {
        let _ = write!(out, " xmlns=\"{}\"", escape(own));
        inner_default = own;
    }
    for attr in element.attrs.iter().filter(|attr| !attr.content) {
        let _ = write!(out, " {}=\"{}\"", xml_name(&attr.name), escape(&attr.value.to_text()));
    }
    out.push('>');
    if let Some(text) = &element.text {
        out.push_str(&escape(text));
    }
    for attr in element.attrs.iter().filter(|attr| attr.content) {
        let name = xml_name(&attr.name);
        let _ = write!(out, "<{prefix}{name}>{}</{prefix}{name}>", escape(&attr.value.to_text()));
    }
    for pair in &element.pairs {
        let (name, key) = (pair.element, pair.key);
        let _ = write!(out, "<{name} {key}=\"{}\"", escape(&pair.name));
        for attr in &pair.more {
            let _ = write!(out, " {}=\"{}\"", xml_name(&attr.name), escape(&attr.value.to_text()));
        }
        let _ = write!(out, ">{}</{name}>", escape(&pair.value));
    }
    for child in &element.children {
        write_element(out, &child.element, inner_default, inner_soap);
    }
    let _ = write!(out, "</{prefix}{name}>");
}

/// Names come from our own code, except where a fault echoes a request's: keep those well-formed too.
fn xml_name(name: &str) -> String {
    let clean: String = name.chars().filter(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')).collect();
    if clean.starts_with(|c: char| c.is_alphabetic() || c == '_') { clean } else { format!("_{clean}") }
}

/// XML 1.0 §2.2 has no room for most control characters, not even escaped: they become U+FFFD. CR, and in attributes LF
/// and TAB, are written as references, or a parser would fold them.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}
