// SPDX-License-Identifier: AGPL-3.0-or-later
//! Data items of FETCH (RFC 3501 §6.4.5).

use super::cursor::{Cursor, Parsed};
use super::set::Set;

/// Most data items in one FETCH: bounds the open files and the answer of one message.
pub const ITEMS_MAX: usize = 64;
/// Most field names in one HEADER.FIELDS list.
pub const FIELDS_MAX: usize = 128;
const MODIFIERS_MAX: usize = 4;
/// Deepest part number.
pub const PART_DEPTH_MAX: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    pub set: Set,
    pub items: Vec<Item>,
    /// RFC 7162 §3.1.4.1
    pub changed_since: Option<u64>,
    /// RFC 7162 §3.2.6
    pub vanished: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    Flags,
    Uid,
    ModSeq,
    InternalDate,
    Rfc822Size,
    Envelope,
    /// BODY
    Body,
    BodyStructure,
    Section(Section),
    /// RFC822, RFC822.HEADER, RFC822.TEXT
    Rfc822,
    Rfc822Header,
    Rfc822Text,
    /// RFC 3516 §4.2
    Binary(Binary),
    BinarySize(Vec<u32>),
    /// RFC 8514 §4.2
    SaveDate,
    /// RFC 8474 §5
    EmailId,
    ThreadId,
    /// RFC 8970; with LAZY or without, it is at hand.
    Preview,
}

/// BINARY[…]<…>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binary {
    pub peek: bool,
    pub part: Vec<u32>,
    /// `<offset.count>`, of the decoded octets
    pub partial: Option<(u64, u64)>,
}

/// BODY[…]<…>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub peek: bool,
    /// Part number; empty for the message itself.
    pub part: Vec<u32>,
    pub text: SectionText,
    /// `<offset.count>`
    pub partial: Option<(u64, u64)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SectionText {
    /// Nothing after the part number: all of it.
    All,
    Header,
    HeaderFields {
        fields: Vec<String>,
        not: bool,
    },
    Text,
    Mime,
}

/// Everything after "FETCH ".
pub fn fetch(cursor: &mut Cursor<'_>) -> Parsed<Fetch> {
    let set = Set::parse(cursor)?;
    cursor.space()?;
    let items = items(cursor)?;
    let (mut changed_since, mut vanished) = (None, false);
    if cursor.eat(b' ') {
        cursor.list(MODIFIERS_MAX, |cursor| {
            match cursor.word()?.as_str() {
                "CHANGEDSINCE" => {
                    cursor.space()?;
                    changed_since = Some(cursor.number64()?);
                }
                "VANISHED" => vanished = true,
                _ => return Err(cursor.error("unknown FETCH modifier")),
            }
            Ok(())
        })?;
        if changed_since.is_none() {
            return Err(cursor.error("VANISHED needs CHANGEDSINCE"));
        }
    }
    Ok(Fetch { set, items, changed_since, vanished })
}

/// In parentheses.
pub fn list(cursor: &mut Cursor<'_>) -> Parsed<Vec<Item>> {
    let items = cursor.list(ITEMS_MAX, item)?;
    if items.is_empty() { Err(cursor.error("FETCH without items")) } else { Ok(items) }
}

fn items(cursor: &mut Cursor<'_>) -> Parsed<Vec<Item>> {
    if cursor.peek() == Some(b'(') {
        return list(cursor);
    }
    use Item::{Body, Envelope, Flags, InternalDate, Rfc822Size};
    let mut probe = cursor.clone();
    let macro_items = match probe.word().unwrap_or_default().as_str() {
        "ALL" => vec![Flags, InternalDate, Rfc822Size, Envelope],
        "FAST" => vec![Flags, InternalDate, Rfc822Size],
        "FULL" => vec![Flags, InternalDate, Rfc822Size, Envelope, Body],
        _ => return Ok(vec![item(cursor)?]),
    };
    *cursor = probe;
    Ok(macro_items)
}

fn item(cursor: &mut Cursor<'_>) -> Parsed<Item> {
    Ok(match cursor.word()?.as_str() {
        "FLAGS" => Item::Flags,
        "UID" => Item::Uid,
        "MODSEQ" => Item::ModSeq,
        "INTERNALDATE" => Item::InternalDate,
        "RFC822.SIZE" => Item::Rfc822Size,
        "ENVELOPE" => Item::Envelope,
        "BODYSTRUCTURE" => Item::BodyStructure,
        "RFC822" => Item::Rfc822,
        "RFC822.HEADER" => Item::Rfc822Header,
        "RFC822.TEXT" => Item::Rfc822Text,
        "EMAILID" => Item::EmailId,
        "SAVEDATE" => Item::SaveDate,
        "THREADID" => Item::ThreadId,
        "PREVIEW" => {
            cursor.eat_word(" (LAZY)");
            Item::Preview
        }
        "BODY" if cursor.peek() == Some(b'[') => Item::Section(section(cursor, false)?),
        "BODY" => Item::Body,
        "BODY.PEEK" => Item::Section(section(cursor, true)?),
        "BINARY" => Item::Binary(binary(cursor, false)?),
        "BINARY.PEEK" => Item::Binary(binary(cursor, true)?),
        "BINARY.SIZE" => Item::BinarySize(part_in_brackets(cursor)?),
        _ => return Err(cursor.error("unknown FETCH item")),
    })
}

fn binary(cursor: &mut Cursor<'_>, peek: bool) -> Parsed<Binary> {
    Ok(Binary { peek, part: part_in_brackets(cursor)?, partial: partial(cursor)? })
}

fn part_in_brackets(cursor: &mut Cursor<'_>) -> Parsed<Vec<u32>> {
    cursor.expect(b'[', "expected [")?;
    let part = part(cursor)?;
    cursor.expect(b']', "expected a part number")?;
    Ok(part)
}

fn part(cursor: &mut Cursor<'_>) -> Parsed<Vec<u32>> {
    let mut part = Vec::new();
    while cursor.peek().is_some_and(|b| b.is_ascii_digit()) {
        match cursor.number()? {
            0 => return Err(cursor.error("0 is no part number")),
            n => part.push(n),
        }
        if part.len() > PART_DEPTH_MAX {
            return Err(cursor.error("part number too deep"));
        }
        if !cursor.eat(b'.') {
            break;
        }
    }
    Ok(part)
}

fn section(cursor: &mut Cursor<'_>, peek: bool) -> Parsed<Section> {
    cursor.expect(b'[', "expected [")?;
    let (part, text) = section_spec(cursor)?;
    cursor.expect(b']', "expected ]")?;
    let partial = partial(cursor)?;
    Ok(Section { peek, part, text, partial })
}

/// What stands in the brackets: a part's number, what of it, or both.
pub fn section_spec(cursor: &mut Cursor<'_>) -> Parsed<(Vec<u32>, SectionText)> {
    let part = part(cursor)?;
    let is_all = matches!(cursor.peek(), None | Some(b']'));
    let text = if is_all { SectionText::All } else { section_text(cursor, &part)? };
    Ok((part, text))
}

fn partial(cursor: &mut Cursor<'_>) -> Parsed<Option<(u64, u64)>> {
    if !cursor.eat(b'<') {
        return Ok(None);
    }
    let offset = cursor.number64()?;
    cursor.expect(b'.', "expected . in <offset.count>")?;
    let count = cursor.number64()?;
    cursor.expect(b'>', "expected >")?;
    if count == 0 {
        return Err(cursor.error("count of a partial FETCH is 0"));
    }
    Ok(Some((offset, count)))
}

fn section_text(cursor: &mut Cursor<'_>, part: &[u32]) -> Parsed<SectionText> {
    Ok(match cursor.word()?.as_str() {
        "HEADER" => SectionText::Header,
        "TEXT" => SectionText::Text,
        "MIME" if !part.is_empty() => SectionText::Mime,
        name @ ("HEADER.FIELDS" | "HEADER.FIELDS.NOT") => {
            let not = name.ends_with("NOT");
            cursor.space()?;
            let fields = cursor.list(FIELDS_MAX, |cursor| {
                String::from_utf8(cursor.astring()?).map_err(|_| cursor.error("field name is not ASCII"))
            })?;
            if fields.is_empty() {
                return Err(cursor.error("no field names"));
            }
            SectionText::HeaderFields { fields, not }
        }
        _ => return Err(cursor.error("unknown section")),
    })
}
