// SPDX-License-Identifier: AGPL-3.0-or-later
//! Arguments of SORT and THREAD (RFC 5256 §5, ESORT RFC 5267 §3, SORT=DISPLAY RFC 5957).

use super::cursor::{Cursor, Parsed};
use super::search::{Key, Return, options, program};

/// Each at most once, with and without REVERSE.
const CRITERIA_MAX: usize = 32;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// RETURN (…) was given: answer with ESEARCH.
    pub extended: Option<Return>,
    pub criteria: Vec<Criterion>,
    pub charset: String,
    pub key: Key,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Criterion {
    pub by: By,
    pub reverse: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Arrival,
    Cc,
    Date,
    DisplayFrom,
    DisplayTo,
    From,
    Size,
    Subject,
    To,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    pub algorithm: Algorithm,
    pub charset: String,
    pub key: Key,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    OrderedSubject,
    References,
}

/// Everything after "SORT ".
pub fn sort(cursor: &mut Cursor<'_>) -> Parsed<Sort> {
    let extended = options(cursor)?;
    let criteria = cursor.list(CRITERIA_MAX, criterion)?;
    if criteria.is_empty() {
        return Err(cursor.error("SORT by what?"));
    }
    cursor.space()?;
    let charset = charset(cursor)?;
    Ok(Sort { extended, criteria, charset, key: program(cursor)? })
}

fn criterion(cursor: &mut Cursor<'_>) -> Parsed<Criterion> {
    let mut name = cursor.word()?;
    let reverse = name == "REVERSE";
    if reverse {
        cursor.space()?;
        name = cursor.word()?;
    }
    let by = match name.as_str() {
        "ARRIVAL" => By::Arrival,
        "CC" => By::Cc,
        "DATE" => By::Date,
        "DISPLAYFROM" => By::DisplayFrom,
        "DISPLAYTO" => By::DisplayTo,
        "FROM" => By::From,
        "SIZE" => By::Size,
        "SUBJECT" => By::Subject,
        "TO" => By::To,
        _ => return Err(cursor.error("unknown sort criterion")),
    };
    Ok(Criterion { by, reverse })
}

/// Everything after "THREAD ".
pub fn thread(cursor: &mut Cursor<'_>) -> Parsed<Thread> {
    let algorithm = match cursor.word()?.as_str() {
        "ORDEREDSUBJECT" => Algorithm::OrderedSubject,
        "REFERENCES" => Algorithm::References,
        _ => return Err(cursor.error("unknown threading algorithm")),
    };
    cursor.space()?;
    Ok(Thread { algorithm, charset: charset(cursor)?, key: program(cursor)? })
}

fn charset(cursor: &mut Cursor<'_>) -> Parsed<String> {
    let name = cursor.astring()?;
    let name = String::from_utf8(name).map_err(|_| cursor.error("bad charset"))?;
    cursor.space()?;
    Ok(name)
}
