// SPDX-License-Identifier: AGPL-3.0-or-later
//! Message flags as they are written: `\Seen`, `$Forwarded`, a keyword.

use super::cursor::{Cursor, Parsed};

/// Most flags in one list of a command.
pub const FLAGS_MAX: usize = 256;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Flag {
    Seen,
    Answered,
    Flagged,
    Deleted,
    Draft,
    /// Never set by a client; understood so that clients that send it back are not refused.
    Recent,
    /// `\Something` that we don't know.
    Extension(String),
    Keyword(String),
}

pub fn flag(cursor: &mut Cursor<'_>) -> Parsed<Flag> {
    if cursor.eat(b'\\') {
        let name = cursor.atom()?;
        return Ok(match name.to_ascii_lowercase().as_str() {
            "seen" => Flag::Seen,
            "answered" => Flag::Answered,
            "flagged" => Flag::Flagged,
            "deleted" => Flag::Deleted,
            "draft" => Flag::Draft,
            "recent" => Flag::Recent,
            _ => Flag::Extension(name.to_owned()),
        });
    }
    Ok(Flag::Keyword(cursor.atom()?.to_owned()))
}

/// `(\Seen foo)`
pub fn list(cursor: &mut Cursor<'_>) -> Parsed<Vec<Flag>> {
    cursor.list(FLAGS_MAX, flag)
}

/// STORE also takes flags without parentheses (RFC 3501 §9 store-att-flags).
pub fn list_or_bare(cursor: &mut Cursor<'_>) -> Parsed<Vec<Flag>> {
    if cursor.peek() == Some(b'(') {
        return list(cursor);
    }
    let mut flags = vec![flag(cursor)?];
    while cursor.eat(b' ') {
        if flags.len() == FLAGS_MAX {
            return Err(cursor.error("too many flags"));
        }
        flags.push(flag(cursor)?);
    }
    Ok(flags)
}
