// SPDX-License-Identifier: AGPL-3.0-or-later
//! LIST with the options of RFC 5258 (LIST-EXTENDED), RFC 5819 (LIST-STATUS) and RFC 6154 (SPECIAL-USE).

use super::cursor::{Cursor, Parsed};
use super::status::{self, StatusItem};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List {
    pub reference: Vec<u8>,
    pub patterns: Vec<Vec<u8>>,
    /// Any of the extended syntax was used.
    pub extended: bool,
    pub select_subscribed: bool,
    pub select_special_use: bool,
    pub recursive_match: bool,
    pub return_subscribed: bool,
    pub return_children: bool,
    pub return_special_use: bool,
    pub return_status: Vec<StatusItem>,
}

const OPTIONS_MAX: usize = 16;
const PATTERNS_MAX: usize = 64;

/// What follows "LIST ".
pub fn list(cursor: &mut Cursor<'_>) -> Parsed<List> {
    let mut list = List::default();
    if cursor.peek() == Some(b'(') {
        list.extended = true;
        cursor.list(OPTIONS_MAX, |cursor| {
            match cursor.word()?.as_str() {
                "SUBSCRIBED" => list.select_subscribed = true,
                "RECURSIVEMATCH" => list.recursive_match = true,
                "SPECIAL-USE" => list.select_special_use = true,
                "REMOTE" => {} // There are no remote mailboxes: all are listed already.
                _ => return Err(cursor.error("unknown LIST selection option")),
            }
            Ok(())
        })?;
        cursor.space()?;
        // RFC 5258 §3.1: RECURSIVEMATCH alone means nothing.
        if list.recursive_match && !list.select_subscribed && !list.select_special_use {
            return Err(cursor.error("RECURSIVEMATCH needs another selection option"));
        }
    }
    list.reference = cursor.astring()?;
    cursor.space()?;
    if cursor.peek() == Some(b'(') {
        list.extended = true;
        list.patterns = cursor.list(PATTERNS_MAX, Cursor::list_pattern)?;
    } else {
        list.patterns = vec![cursor.list_pattern()?];
    }
    if cursor.eat(b' ') {
        if !cursor.eat_word("RETURN ") {
            return Err(cursor.error("expected RETURN"));
        }
        list.extended = true;
        cursor.list(OPTIONS_MAX, |cursor| {
            match cursor.word()?.as_str() {
                "SUBSCRIBED" => list.return_subscribed = true,
                "CHILDREN" => list.return_children = true,
                "SPECIAL-USE" => list.return_special_use = true,
                "STATUS" => {
                    cursor.space()?;
                    list.return_status = status::items(cursor)?;
                }
                _ => return Err(cursor.error("unknown LIST return option")),
            }
            Ok(())
        })?;
    }
    Ok(list)
}
