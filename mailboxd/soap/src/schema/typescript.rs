// SPDX-License-Identifier: AGPL-3.0-or-later
//! The same definitions as types of TypeScript, for the pages. The file is kept in the tree, so that the pages build without this crate;
//! a test says when it is old, and writes it anew where `UPDATE_SCHEMA` is set.

use super::{Kind, Member, TABLES};
use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/kit/core/api/schema.ts");
const HEAD: &str = "\
// SPDX-License-Identifier: AGPL-3.0-or-later
// Made from the server's definitions (mailboxd/soap/src/schema/) by a test of theirs: don't edit.
/** What each request takes, as the server checks it. */

export type Texts = string | number;
export type Numbers = number | string;
export type Flags = boolean | 0 | 1 | '0' | '1' | 'true' | 'false' | 'TRUE' | 'FALSE';
/** What has no members of its own may be an object with its text. */
export type Plain<T> = T | { _content: T };
export type Some<T> = T | readonly T[];
";

fn written() -> String {
    let mut requests = String::new();
    let mut shapes = Shapes::default();
    for (_, table) in TABLES {
        table.iter().for_each(|request| shapes.count(request.members));
    }
    for (ns, table) in TABLES {
        let noun = ns.trim_start_matches("urn:zimbra");
        let _ = write!(requests, "\n/** Of {ns}. */\nexport interface {noun}Schema {{\n");
        for request in table {
            let body = shapes.object(request.members, 1);
            let _ = write!(requests, "  /** {} */\n  {}: {body};\n", request.about, request.name);
        }
        requests.push_str("}\n");
    }
    let mut out = HEAD.to_owned();
    for (name, body) in &shapes.written {
        let _ = write!(out, "\nexport interface {name} {body}\n");
    }
    out + &requests
}

/// What stands in several places has a name, after the first element that it is of.
#[derive(Default)]
struct Shapes {
    /// How often there are elements with these members.
    counts: HashMap<&'static [Member], usize>,
    names: HashMap<&'static [Member], String>,
    written: Vec<(String, String)>,
}

impl Shapes {
    fn count(&mut self, members: &'static [Member]) {
        for member in members {
            if let Kind::One(inner) | Kind::Many(inner) = member.kind {
                *self.counts.entry(inner).or_default() += 1;
                self.count(inner);
            }
        }
    }

    /// The type of an element with these members.
    fn element(&mut self, element: &str, members: &'static [Member], depth: usize) -> String {
        if members.is_empty() || self.counts.get(members).is_none_or(|count| *count < 2) {
            return self.object(members, depth);
        }
        if let Some(name) = self.names.get(members) {
            return name.clone();
        }
        let mut letters = element.chars();
        let noun: String = letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
        let is_taken = |name: &String| self.names.values().any(|known| known == name);
        let numbered = (2..).map(|number| format!("{noun}{number}"));
        let name = std::iter::once(format!("{noun}Element")).chain(numbered).find(|name| !is_taken(name));
        let name = name.unwrap_or_default();
        self.names.insert(members, name.clone());
        let body = self.object(members, 0);
        self.written.push((name.clone(), body));
        name
    }

    fn object(&mut self, members: &'static [Member], depth: usize) -> String {
        if members.is_empty() {
            return "object".to_owned();
        }
        let mut out = "{\n".to_owned();
        let pad = "  ".repeat(depth + 1);
        for member in members {
            let name = if member.name.is_empty() { "_content" } else { member.name };
            let _ = write!(out, "{pad}{name}{}: ", if member.needed { "" } else { "?" });
            match member.kind {
                Kind::Text if member.name.is_empty() => out.push_str("Texts"),
                Kind::Text => out.push_str("Plain<Texts>"),
                Kind::Texts => out.push_str("Some<Plain<Texts>>"),
                Kind::Int => out.push_str("Plain<Numbers>"),
                Kind::Flag => out.push_str("Plain<Flags>"),
                Kind::One(inner) | Kind::Many(inner) => {
                    let inner = self.element(member.name, inner, depth + 1);
                    let _ = write!(out, "Some<{inner}>");
                }
            }
            out.push_str(";\n");
        }
        if members.iter().any(is_pairs) {
            let _ = writeln!(out, "{pad}_attrs?: Record<string, Some<Texts>>;");
        }
        let _ = write!(out, "{}}}", "  ".repeat(depth));
        out
    }
}

/// `<a n="k">v</a>`, which may be a member of `_attrs` in JSON.
fn is_pairs(member: &Member) -> bool {
    let Kind::Many(inner) = member.kind else { return false };
    let has = |name: &str| inner.iter().any(|member| member.name == name);
    has("") && (has("n") || has("name"))
}

#[test]
fn the_types_of_the_pages_are_these_definitions() {
    let (made, path) = (written(), Path::new(FILE));
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == made,
        "the types are old: UPDATE_SCHEMA=1 cargo nextest run -p ph-soap -E 'test(types_of_the_pages)'"
    );
}
