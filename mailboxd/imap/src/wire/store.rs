// SPDX-License-Identifier: AGPL-3.0-or-later
//! Arguments of STORE (RFC 3501 §6.4.6, UNCHANGEDSINCE of RFC 7162 §3.1.3).

use super::cursor::{Cursor, Parsed};
use super::flag::{self, Flag};
use super::set::Set;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreMode {
    Replace,
    Add,
    Remove,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    pub set: Set,
    pub mode: StoreMode,
    pub silent: bool,
    pub unchanged_since: Option<u64>,
    pub flags: Vec<Flag>,
}

pub fn store(cursor: &mut Cursor<'_>) -> Parsed<Store> {
    let set = Set::parse(cursor)?;
    cursor.space()?;
    let mut unchanged_since = None;
    if cursor.eat(b'(') {
        if !cursor.eat_word("UNCHANGEDSINCE ") {
            return Err(cursor.error("expected UNCHANGEDSINCE"));
        }
        unchanged_since = Some(cursor.number64()?);
        cursor.expect(b')', "expected )")?;
        cursor.space()?;
    }
    let mode = match cursor.peek() {
        Some(b'+') => StoreMode::Add,
        Some(b'-') => StoreMode::Remove,
        _ => StoreMode::Replace,
    };
    let _sign = cursor.eat(b'+') || cursor.eat(b'-');
    let silent = match cursor.word()?.as_str() {
        "FLAGS" => false,
        "FLAGS.SILENT" => true,
        _ => return Err(cursor.error("expected FLAGS")),
    };
    cursor.space()?;
    let flags = flag::list_or_bare(cursor)?;
    Ok(Store { set, mode, silent, unchanged_since, flags })
}
