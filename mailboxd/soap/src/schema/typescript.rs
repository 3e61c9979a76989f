// SPDX-License-Identifier: AGPL-3.0-or-later
//! The same definitions as types of TypeScript, for the pages. The file is kept in the tree, so that the pages build without this crate;
//! a test says when it is old, and writes it anew where `UPDATE_SCHEMA` is set.

use super::{Kind, Member, TABLES};
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
    let mut out = HEAD.to_owned();
    for (ns, table) in TABLES {
        let noun = ns.trim_start_matches("urn:zimbra");
        let _ = write!(out, "\n/** Of {ns}. */\nexport interface {noun}Schema {{\n");
        for request in table {
            let _ = write!(out, "  /** {} */\n  {}: ", request.about, request.name);
            object(&mut out, request.members, 1);
            out.push_str(";\n");
        }
        out.push_str("}\n");
    }
    out
}

fn object(out: &mut String, members: &[Member], depth: usize) {
    if members.is_empty() {
        out.push_str("object");
        return;
    }
    out.push_str("{\n");
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
                out.push_str("Some<");
                object(out, inner, depth + 1);
                out.push('>');
            }
        }
        out.push_str(";\n");
    }
    if members.iter().any(is_pairs) {
        let _ = writeln!(out, "{pad}_attrs?: Record<string, Some<Texts>>;");
    }
    let _ = write!(out, "{}}}", "  ".repeat(depth));
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
