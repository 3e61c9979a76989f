// SPDX-License-Identifier: AGPL-3.0-or-later
//! Where the octets of BODY[…] lie in a message.

use super::structure::Structure;
use crate::wire::fetch::SectionText;
use std::ops::Range;

/// What a section stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// These octets as they are.
    Range(Range<u64>),
    /// Some fields of the header section that lies here.
    Fields(Range<u64>),
    /// There is no such part: an empty string for the client (RFC 3501 §6.4.5 leaves it open; NIL is what most send).
    Nothing,
}

/// True if the section can be found without parsing the message's MIME structure.
pub fn is_top(part: &[u32]) -> bool {
    part.is_empty()
}

/// A section of the message itself. `header_end` is where its body begins.
pub fn top(text: &SectionText, header_end: u64, len: u64) -> Place {
    match text {
        SectionText::All => Place::Range(0..len),
        SectionText::Header => Place::Range(0..header_end),
        SectionText::HeaderFields { .. } => Place::Fields(0..header_end),
        SectionText::Text => Place::Range(header_end..len),
        SectionText::Mime => Place::Nothing, // The grammar has no MIME without a part number.
    }
}

pub fn of_part(number: &[u32], text: &SectionText, structure: &Structure) -> Place {
    let Some(part) = structure.part(number) else { return Place::Nothing };
    match (text, &part.inner) {
        (SectionText::All, _) => Place::Range(part.body.clone()),
        (SectionText::Mime, _) => Place::Range(part.header.clone()),
        (SectionText::Header, Some((header, _))) => Place::Range(header.clone()),
        (SectionText::HeaderFields { .. }, Some((header, _))) => Place::Fields(header.clone()),
        (SectionText::Text, Some((_, text))) => Place::Range(text.clone()),
        // HEADER and TEXT of a part that is no message.
        (_, None) => Place::Nothing,
    }
}

/// The part of `range` that `<offset.count>` asks for.
pub fn partial(range: Range<u64>, partial: Option<(u64, u64)>) -> Range<u64> {
    let Some((offset, count)) = partial else { return range };
    let start = range.start.saturating_add(offset).min(range.end);
    start..start.saturating_add(count).min(range.end)
}
