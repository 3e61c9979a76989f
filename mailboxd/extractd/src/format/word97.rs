// SPDX-License-Identifier: AGPL-3.0-or-later
//! Word 97 to 2003 (MS-DOC): the text by its pieces, in the order of the document.

use super::compound::{Compound, stream, u16_at, u32_at, utf16};
use crate::job::Job;

/// Of the file information block (MS-DOC §2.5).
const FLAGS: usize = 0x0a;
const IS_ENCRYPTED: u16 = 1 << 8;
const SECOND_TABLE: u16 = 1 << 9;
const CLX: usize = 0x01a2;
const CLX_BYTES: usize = 0x01a6;
/// Of a piece: its characters are one octet each.
const COMPRESSED: u32 = 1 << 30;

pub fn read(job: &mut Job, file: &mut Compound<'_>) {
    let Some(document) = stream(file, "WordDocument") else { return job.damaged() };
    let Some(flags) = u16_at(&document, FLAGS) else { return job.damaged() };
    if flags & IS_ENCRYPTED != 0 {
        return job.protected();
    }
    let table = if flags & SECOND_TABLE == 0 { "0Table" } else { "1Table" };
    let Some(text) = stream(file, table).and_then(|table| text(&document, &table)) else {
        return job.damaged();
    };
    job.out.verbatim(&readable(&text));
}

fn text(document: &[u8], table: &[u8]) -> Option<String> {
    let at = u32_at(document, CLX)? as usize;
    let length = u32_at(document, CLX_BYTES)? as usize;
    let pieces = pieces(table.get(at..at.checked_add(length)?)?)?;
    // §2.8.35: one more position than there are pieces, 8 octets a piece
    let count = pieces.len().checked_sub(4)? / 12;
    let mut out = String::new();
    // Pieces may name the same octets over and over.
    let mut left = document.len();
    for n in 0..count {
        let (from, until) = (u32_at(pieces, n * 4)?, u32_at(pieces, n * 4 + 4)?);
        let characters = until.checked_sub(from)? as usize;
        let place = u32_at(pieces, (count + 1) * 4 + n * 8 + 2)?;
        let start = (place & !COMPRESSED) as usize;
        let (start, length) = match place & COMPRESSED {
            0 => (start, characters.checked_mul(2)?),
            _ => (start / 2, characters),
        };
        let octets = document.get(start..start.checked_add(length)?)?;
        left = left.checked_sub(length)?;
        if place & COMPRESSED == 0 {
            out.push_str(&utf16(octets));
        } else {
            out.push_str(&mime::decode_text(Some("windows-1252"), octets));
        }
    }
    Some(out)
}

/// Behind the property modifiers (§2.9.38).
fn pieces(mut clx: &[u8]) -> Option<&[u8]> {
    loop {
        match clx.first()? {
            1 => clx = clx.get(3 + usize::from(u16_at(clx, 1)?)..)?,
            2 => return clx.get(5..5_usize.checked_add(u32_at(clx, 1)? as usize)?),
            _ => return None,
        }
    }
}

/// Without what fields are told to do, and with lines and cells as text has them (§2.4.1).
fn readable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Of fields that are open: whether their instruction is still going on.
    let mut fields: Vec<bool> = Vec::new();
    for character in text.chars() {
        match character {
            '\u{13}' => fields.push(true),
            '\u{14}' => {
                if let Some(field) = fields.last_mut() {
                    *field = false;
                }
            }
            '\u{15}' => drop(fields.pop()),
            _ if fields.iter().rev().take(8).any(|in_instruction| *in_instruction) => {}
            '\r' | '\u{b}' | '\u{c}' => out.push('\n'),
            '\u{7}' => out.push('\t'),
            '\u{1e}' => out.push('-'),
            '\0'..='\u{8}' | '\u{e}'..='\u{1f}' => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_show_their_result_and_not_their_instruction() {
        let text = "see \u{13} HYPERLINK \"http://x\" \u{14}here\u{15}.\rcell\u{7}next\u{b}line";
        assert_eq!(readable(text), "see here.\ncell\tnext\nline");
    }

    #[test]
    fn pieces_that_repeat_the_document_are_no_bomb() {
        let mut document = vec![b'a'; 4096];
        document[CLX..CLX + 4].copy_from_slice(&0_u32.to_le_bytes());
        let count = 1000_u32;
        let mut plc = Vec::new();
        for n in 0..=count {
            plc.extend((n * 2000).to_le_bytes());
        }
        for _ in 0..count {
            plc.extend([0, 0]);
            plc.extend(COMPRESSED.to_le_bytes());
            plc.extend([0, 0]);
        }
        let mut clx = vec![2];
        clx.extend((plc.len() as u32).to_le_bytes());
        clx.extend(plc);
        document[CLX_BYTES..CLX_BYTES + 4].copy_from_slice(&(clx.len() as u32).to_le_bytes());
        assert!(text(&document, &clx).is_none());
    }
}
