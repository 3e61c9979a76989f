// SPDX-License-Identifier: AGPL-3.0-or-later
//! The tree behind both encodings. A handler reads and builds [`Element`]s and never knows whether the wire speaks XML or
//! JSON. Three facts of the JSON mapping can't be told from the XML form, so the tree carries them:
//!
//! - a child is a member of a list (`"m":[{…}]`) or unique (`"refresh":{…}`): [`Shape`];
//! - a text-only child may be a plain member in JSON (`"su":"hello"`): [`Attr::content`];
//! - `<a n="k">v</a>` lists may be one object in JSON (`"_attrs":{"k":"v"}`): [`Pair`].
//!
//! What decoding yields is more uniform (a JSON member and an XML attribute both become attributes); the readers in
//! [`crate::args`] accept every spelling.

mod json;
mod limits;
mod xml;

pub use json::{from_json, to_json};
pub use limits::{DEPTH_MAX, DecodeError, NODES_MAX};
pub use xml::{from_xml, to_xml};

/// Namespaces of the wire.
pub mod ns {
    pub const SOAP12: &str = "http://www.w3.org/2003/05/soap-envelope";
    pub const SOAP11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
    pub const ZIMBRA: &str = "urn:zimbra";
    pub const ACCOUNT: &str = "urn:zimbraAccount";
    pub const MAIL: &str = "urn:zimbraMail";
    pub const ADMIN: &str = "urn:zimbraAdmin";
    /// What the top level of a JSON answer names.
    pub const JSON: &str = "urn:zimbraSoap";
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Element {
    pub name: String,
    /// Empty: that of the parent.
    pub ns: String,
    pub attrs: Vec<Attr>,
    pub children: Vec<Child>,
    pub pairs: Vec<Pair>,
    pub text: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Attr {
    pub name: String,
    pub value: Value,
    /// In XML a child element with this text, in JSON a plain member.
    pub content: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Int(i64),
    Bool(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    List,
    Unique,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Child {
    pub element: Element,
    pub shape: Shape,
}

/// One `<element key="name">value</element>`, a member of `_attrs` in JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    pub element: &'static str,
    pub key: &'static str,
    pub name: String,
    pub value: String,
    /// Further attributes; the member is an object then.
    pub more: Vec<Attr>,
}

impl Value {
    /// XML spells booleans 1 and 0.
    pub fn to_text(&self) -> String {
        match self {
            Value::Text(text) => text.clone(),
            Value::Int(number) => number.to_string(),
            Value::Bool(true) => "1".into(),
            Value::Bool(false) => "0".into(),
        }
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}
impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}
macro_rules! value_from_int {
    ($($t:ty),*) => {$(
        impl From<$t> for Value {
            fn from(number: $t) -> Self {
                Value::Int(number.into())
            }
        }
    )*};
}
value_from_int!(i64, i32, u32, u16, u8);
impl From<u64> for Value {
    fn from(number: u64) -> Self {
        i64::try_from(number).map_or_else(|_| Value::Text(number.to_string()), Value::Int)
    }
}
impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Value::from(number as u64)
    }
}

impl Element {
    pub fn new(name: impl Into<String>) -> Element {
        Element { name: name.into(), ..Element::default() }
    }

    pub fn in_ns(name: impl Into<String>, ns: &str) -> Element {
        Element { name: name.into(), ns: ns.to_owned(), ..Element::default() }
    }

    /// The answer to `request`: same namespace, `…Request` becomes `…Response`.
    pub fn answer_to(request: &Element) -> Element {
        let stem = request.name.strip_suffix("Request").unwrap_or(&request.name);
        Element::in_ns(format!("{stem}Response"), &request.ns)
    }

    #[must_use]
    pub fn attr(mut self, name: &str, value: impl Into<Value>) -> Element {
        self.set(name, value);
        self
    }

    #[must_use]
    pub fn attr_opt(mut self, name: &str, value: Option<impl Into<Value>>) -> Element {
        if let Some(value) = value {
            self.set(name, value);
        }
        self
    }

    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.attrs.push(Attr { name: name.to_owned(), value: value.into(), content: false });
    }

    /// A text-only child in XML, a plain member in JSON.
    #[must_use]
    pub fn content(mut self, name: &str, value: impl Into<Value>) -> Element {
        self.attrs.push(Attr { name: name.to_owned(), value: value.into(), content: true });
        self
    }

    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Element {
        self.text = Some(text.into());
        self
    }

    #[must_use]
    pub fn child(mut self, element: Element) -> Element {
        self.push(element);
        self
    }

    #[must_use]
    pub fn unique(mut self, element: Element) -> Element {
        self.push_unique(element);
        self
    }

    #[must_use]
    pub fn pair(mut self, element: &'static str, key: &'static str, name: &str, value: &str) -> Element {
        self.pairs.push(Pair { element, key, name: name.to_owned(), value: value.to_owned(), more: Vec::new() });
        self
    }

    /// As [`Element::pair`] for a value with attributes: those of `described`.
    pub fn push_pair(&mut self, element: &'static str, key: &'static str, name: &str, described: Element) {
        let value = described.text.unwrap_or_default();
        self.pairs.push(Pair { element, key, name: name.to_owned(), value, more: described.attrs });
    }

    pub fn push(&mut self, element: Element) {
        self.children.push(Child { element, shape: Shape::List });
    }

    pub fn push_unique(&mut self, element: Element) {
        self.children.push(Child { element, shape: Shape::Unique });
    }

    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().map(|child| &child.element)
    }

    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements().filter(move |element| element.name == name)
    }

    pub fn first(&self, name: &str) -> Option<&Element> {
        self.elements().find(|element| element.name == name)
    }

    /// An attribute, or a child element with text: clients use either spelling.
    pub fn get(&self, name: &str) -> Option<String> {
        if let Some(attr) = self.attrs.iter().find(|attr| attr.name == name) {
            return Some(attr.value.to_text());
        }
        self.first(name).map(|child| child.text.clone().unwrap_or_default())
    }

    /// Every value of a text child or member that may repeat.
    pub fn get_all(&self, name: &str) -> Vec<String> {
        let attrs = self.attrs.iter().filter(|attr| attr.name == name).map(|attr| attr.value.to_text());
        let children = self.named(name).map(|child| child.text.clone().unwrap_or_default());
        attrs.chain(children).collect()
    }

    pub fn text_or_empty(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
