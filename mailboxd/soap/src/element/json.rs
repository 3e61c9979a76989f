// SPDX-License-Identifier: AGPL-3.0-or-later
//! The JSON form: attributes are members, `_jsns` the namespace, `_content` the text, `_attrs` a key/value list; a child
//! is an object (unique) or in an array. Decoding counts every value, so that a small text can't become a large tree.

use super::limits::{Budget, DEPTH_MAX, DecodeError};
use super::{Attr, Child, Element, Pair, Shape, Value, ns};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};
use std::fmt;

/// The envelope object has no name; the caller knows what it is.
pub fn from_json(bytes: &[u8]) -> Result<Element, DecodeError> {
    let mut budget = Budget::default();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let node = Node { budget: &mut budget, depth: 0 }.deserialize(&mut deserializer).map_err(json_error)?;
    deserializer.end().map_err(json_error)?;
    match node {
        Tree::Object(members) => Ok(object("Envelope", members)),
        _ => Err(DecodeError::Json("not an object".into())),
    }
}

/// Our limits travel through serde's error as text.
fn json_error(error: serde_json::Error) -> DecodeError {
    let text = error.to_string();
    for limit in [DecodeError::TooDeep, DecodeError::TooMany] {
        if text.contains(&limit.to_string()) {
            return limit;
        }
    }
    if text.contains("recursion limit") { DecodeError::TooDeep } else { DecodeError::Json(text) }
}

enum Tree {
    Null,
    Scalar(Value),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

struct Node<'a> {
    budget: &'a mut Budget,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Tree;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Node<'_> {
    fn count<E: serde::de::Error>(&mut self) -> Result<(), E> {
        if self.depth > DEPTH_MAX {
            return Err(E::custom(DecodeError::TooDeep));
        }
        self.budget.take().map_err(E::custom)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Tree;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E: serde::de::Error>(mut self) -> Result<Tree, E> {
        self.count()?;
        Ok(Tree::Null)
    }
    fn visit_bool<E: serde::de::Error>(mut self, value: bool) -> Result<Tree, E> {
        self.count()?;
        Ok(Tree::Scalar(value.into()))
    }
    fn visit_i64<E: serde::de::Error>(mut self, value: i64) -> Result<Tree, E> {
        self.count()?;
        Ok(Tree::Scalar(value.into()))
    }
    fn visit_u64<E: serde::de::Error>(mut self, value: u64) -> Result<Tree, E> {
        self.count()?;
        Ok(Tree::Scalar(value.into()))
    }
    fn visit_f64<E: serde::de::Error>(mut self, value: f64) -> Result<Tree, E> {
        self.count()?;
        Ok(Tree::Scalar(value.to_string().into()))
    }
    fn visit_str<E: serde::de::Error>(mut self, value: &str) -> Result<Tree, E> {
        self.count()?;
        Ok(Tree::Scalar(value.into()))
    }
    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<Tree, A::Error> {
        self.count()?;
        let depth = self.depth + 1;
        let mut list = Vec::new();
        while let Some(tree) = access.next_element_seed(Node { budget: &mut *self.budget, depth })? {
            list.push(tree);
        }
        Ok(Tree::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Tree, A::Error> {
        self.count()?;
        let depth = self.depth + 1;
        let mut members = Vec::new();
        while let Some(name) = access.next_key::<String>()? {
            if name.is_empty() {
                return Err(A::Error::custom("empty member name"));
            }
            members.push((name, access.next_value_seed(Node { budget: &mut *self.budget, depth })?));
        }
        Ok(Tree::Object(members))
    }
}

fn object(name: &str, members: Vec<(String, Tree)>) -> Element {
    let mut element = Element::new(name);
    for (key, tree) in members {
        match (key.as_str(), tree) {
            ("_jsns", Tree::Scalar(value)) => element.ns = value.to_text(),
            ("_content", Tree::Scalar(value)) => element.text = Some(value.to_text()),
            ("_attrs", Tree::Object(pairs)) => {
                for (name, tree) in pairs {
                    key_values(&mut element, &name, tree);
                }
            }
            (_, tree) => member(&mut element, &key, tree, Shape::Unique),
        }
    }
    element
}

fn member(element: &mut Element, key: &str, tree: Tree, shape: Shape) {
    match tree {
        Tree::Null => {}
        Tree::Scalar(value) if shape == Shape::List => {
            element.children.push(Child { element: Element::new(key).text(value.to_text()), shape });
        }
        Tree::Scalar(value) => element.attrs.push(Attr { name: key.to_owned(), value, content: false }),
        Tree::Object(members) => element.children.push(Child { element: object(key, members), shape }),
        Tree::List(list) => list.into_iter().for_each(|tree| member(element, key, tree, Shape::List)),
    }
}

fn key_values(element: &mut Element, name: &str, tree: Tree) {
    match tree {
        Tree::Scalar(value) => {
            element.pairs.push(Pair {
                element: "a",
                key: "n",
                name: name.to_owned(),
                value: value.to_text(),
                more: Vec::new(),
            });
        }
        Tree::List(list) => list.into_iter().for_each(|tree| key_values(element, name, tree)),
        Tree::Null | Tree::Object(_) => {}
    }
}

/// The envelope, without its name.
pub fn to_json(root: &Element) -> Json {
    let mut object = members(root, &root.ns);
    object.insert("_jsns".into(), Json::from(ns::JSON));
    Json::Object(object)
}

fn scalar(value: &Value) -> Json {
    match value {
        Value::Text(text) => Json::from(text.as_str()),
        Value::Int(number) => Json::from(*number),
        Value::Bool(value) => Json::from(*value),
    }
}

fn members(element: &Element, own: &str) -> Map<String, Json> {
    let mut object = Map::new();
    for attr in &element.attrs {
        object.insert(attr.name.clone(), scalar(&attr.value));
    }
    if let Some(text) = &element.text {
        object.insert("_content".into(), Json::from(text.as_str()));
    }
    if !element.pairs.is_empty() {
        object.insert("_attrs".into(), Json::Object(attrs(&element.pairs)));
    }
    for child in &element.children {
        let ns = if child.element.ns.is_empty() { own } else { child.element.ns.as_str() };
        let mut inner = members(&child.element, ns);
        // The SOAP namespaces are never named in JSON.
        if ns != own && ns != ns::SOAP12 && ns != ns::SOAP11 {
            inner.insert("_jsns".into(), Json::from(ns));
        }
        place(&mut object, child, Json::Object(inner));
    }
    object
}

/// A second child of one name makes a list of it, whatever was asked for: nothing is lost.
fn place(object: &mut Map<String, Json>, child: &Child, value: Json) {
    match object.get_mut(&child.element.name) {
        Some(Json::Array(list)) => list.push(value),
        Some(other) => {
            let first = other.take();
            *other = Json::Array(vec![first, value]);
        }
        None if child.shape == Shape::List => {
            object.insert(child.element.name.clone(), Json::Array(vec![value]));
        }
        None => {
            object.insert(child.element.name.clone(), value);
        }
    }
}

fn pair_value(pair: &Pair) -> Json {
    if pair.more.is_empty() {
        return Json::from(pair.value.as_str());
    }
    let mut object: Map<String, Json> = pair.more.iter().map(|attr| (attr.name.clone(), scalar(&attr.value))).collect();
    if !pair.value.is_empty() {
        object.insert("_content".into(), Json::from(pair.value.as_str()));
    }
    Json::Object(object)
}

fn attrs(pairs: &[Pair]) -> Map<String, Json> {
    let mut object = Map::new();
    for pair in pairs {
        let value = pair_value(pair);
        match object.get_mut(&pair.name) {
            Some(Json::Array(list)) => list.push(value),
            Some(other) => {
                let first = other.take();
                *other = Json::Array(vec![first, value]);
            }
            None => {
                object.insert(pair.name.clone(), value);
            }
        }
    }
    object
}
