// SPDX-License-Identifier: AGPL-3.0-or-later
//! What each request takes: the one definition that arguments are checked by before a handler sees them, that `/service/docs` shows,
//! and that the types of the web client are made from (`web/kit/core/api/schema.ts`). It names what handlers look at; what else a client
//! sends is ignored. A request that can be sent and stands in none of the tables fails a test.

mod account;
mod admin;
mod docs;
mod mail;
mod rules;
mod shapes;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod typescript;

use crate::element::{Element, ns};
use crate::fault::{Fault, Result};
pub use docs::router;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    pub members: &'static [Member],
}

/// An attribute, or a child: clients use either spelling for what has no members of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Member {
    /// Empty: the text between the tags, `_content` in JSON.
    pub name: &'static str,
    pub kind: Kind,
    /// Without it the answer is a fault.
    pub needed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Text,
    /// May be repeated.
    Texts,
    /// A whole number.
    Int,
    /// 0 or 1, false or true.
    Flag,
    One(&'static [Member]),
    Many(&'static [Member]),
}

pub const CONTENT: Member = text("");

const fn request(name: &'static str, about: &'static str, members: &'static [Member]) -> Request {
    Request { name, about, members }
}

const fn member(name: &'static str, kind: Kind) -> Member {
    Member { name, kind, needed: false }
}

const fn text(name: &'static str) -> Member {
    member(name, Kind::Text)
}

const fn texts(name: &'static str) -> Member {
    member(name, Kind::Texts)
}

const fn int(name: &'static str) -> Member {
    member(name, Kind::Int)
}

const fn flag(name: &'static str) -> Member {
    member(name, Kind::Flag)
}

const fn one(name: &'static str, members: &'static [Member]) -> Member {
    member(name, Kind::One(members))
}

const fn many(name: &'static str, members: &'static [Member]) -> Member {
    member(name, Kind::Many(members))
}

const fn need(member: Member) -> Member {
    Member { needed: true, ..member }
}

/// Those of one shape, and what another one has besides.
const fn joined<const A: usize, const B: usize, const ALL: usize>(a: [Member; A], b: [Member; B]) -> [Member; ALL] {
    let mut all = [CONTENT; ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < A { a[at] } else { b[at - A] };
        at += 1;
    }
    all
}

/// The requests of each namespace, in the order of their names.
pub const TABLES: [(&str, &[Request]); 3] =
    [(ns::ACCOUNT, account::REQUESTS), (ns::MAIL, mail::REQUESTS), (ns::ADMIN, admin::REQUESTS)];

pub fn find(ns: &str, name: &str) -> Option<&'static Request> {
    let (_, table) = TABLES.iter().find(|(known, _)| *known == ns)?;
    table.binary_search_by(|known| known.name.cmp(name)).ok().map(|at| &table[at])
}

/// Whether what is there is of its kind. What is missing the handler finds out, which knows when it can do without.
pub fn check(request: &Element) -> Result<()> {
    match find(&request.ns, &request.name) {
        Some(known) => check_members(known.members, request),
        None => Ok(()),
    }
}

fn check_members(members: &[Member], element: &Element) -> Result<()> {
    for member in members {
        let is_right: fn(&str) -> bool = match member.kind {
            Kind::Text | Kind::Texts => continue,
            Kind::One(inner) | Kind::Many(inner) => {
                element.named(member.name).try_for_each(|child| check_members(inner, child))?;
                continue;
            }
            Kind::Int => |text| text.parse::<i64>().is_ok(),
            Kind::Flag => |text| matches!(text, "0" | "1" | "true" | "false" | "TRUE" | "FALSE"),
        };
        // An empty one is for the handler, as none is.
        if element.get_all(member.name).iter().any(|value| !value.is_empty() && !is_right(value)) {
            let kind = if member.kind == Kind::Int { "valid number" } else { "boolean" };
            return Err(Fault::invalid(format!("not a {kind}: {}", member.name)));
        }
    }
    Ok(())
}
