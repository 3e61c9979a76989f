// SPDX-License-Identifier: AGPL-3.0-or-later
//! Envelopes: what came in, in which dialect, and the answer in the same one (or the one that `<format>` asks for).

use crate::element::{Element, from_json, from_xml, ns, to_json, to_xml};
use crate::fault::{Fault, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Soap11,
    Soap12,
    Json,
}

#[derive(Debug)]
pub struct Envelope {
    /// `Header/context`; empty if there was none.
    pub context: Element,
    /// The first child of the body.
    pub request: Element,
}

/// XML starts with `<`; everything else is JSON.
pub fn sniff(bytes: &[u8]) -> Dialect {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match bytes.iter().find(|b| !b.is_ascii_whitespace()) {
        Some(b'<') => Dialect::Soap12,
        _ => Dialect::Json,
    }
}

pub fn decode(bytes: &[u8], dialect: &mut Dialect) -> Result<Envelope> {
    let mut root = if *dialect == Dialect::Json { from_json(bytes)? } else { from_xml(bytes)? };
    if *dialect != Dialect::Json {
        *dialect = match root.ns.as_str() {
            ns::SOAP12 => Dialect::Soap12,
            ns::SOAP11 => Dialect::Soap11,
            _ => return Err(Fault::new("soap.PARSE_ERROR", "not a SOAP envelope")),
        };
    }
    if root.name != "Envelope" {
        return Err(Fault::new("soap.PARSE_ERROR", "not a SOAP envelope"));
    }
    let context = take(&mut root, "Header").and_then(|mut header| take(&mut header, "context")).unwrap_or_default();
    let mut body = take(&mut root, "Body").ok_or_else(|| Fault::new("soap.PARSE_ERROR", "no body"))?;
    if body.children.is_empty() {
        return Err(Fault::invalid("body is empty"));
    }
    Ok(Envelope { context, request: body.children.remove(0).element })
}

fn take(parent: &mut Element, name: &str) -> Option<Element> {
    let at = parent.children.iter().position(|child| child.element.name == name)?;
    Some(parent.children.remove(at).element)
}

/// The answer as text, with its content type.
pub fn encode(dialect: Dialect, context: Element, body: Element) -> (String, &'static str) {
    let soap = if dialect == Dialect::Soap11 { ns::SOAP11 } else { ns::SOAP12 };
    let root = Element::in_ns("Envelope", soap)
        .unique(Element::in_ns("Header", soap).unique(context))
        .unique(Element::in_ns("Body", soap).unique(body));
    match dialect {
        Dialect::Json => (to_json(&root).to_string(), "text/javascript; charset=utf-8"),
        _ => (to_xml(&root), "text/xml; charset=utf-8"),
    }
}

pub fn fault_element(dialect: Dialect, fault: &Fault) -> Element {
    if dialect == Dialect::Soap11 { fault.to_element_11() } else { fault.to_element() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_in_each_dialect() {
        let mut fault = Fault::no_such("message", "9");
        fault.trace = "t".into();
        let show = |dialect| encode(dialect, Element::in_ns("context", ns::ZIMBRA), fault_element(dialect, &fault)).0;
        insta::assert_snapshot!(show(Dialect::Soap12));
        insta::assert_snapshot!(show(Dialect::Soap11));
        insta::assert_snapshot!(show(Dialect::Json));
    }
}
