// SPDX-License-Identifier: AGPL-3.0-or-later
//! PowerPoint 97 to 2003 (MS-PPT): the text atoms, wherever they are.

use super::compound::{Compound, stream, u16_at, u32_at, utf16};
use crate::job::Job;
use crate::output::Block;

const HEADER: usize = 8;
/// Record types (MS-PPT §2.13.24).
const TEXT_CHARS: u16 = 0x0fa0;
const TEXT_BYTES: u16 = 0x0fa8;
/// Of the current user's stream: the document is encrypted (§2.3.2).
const ENCRYPTED_TOKEN: u32 = 0xf3d1_c4df;
const TOKEN: usize = 12;

pub fn read(job: &mut Job, file: &mut Compound<'_>) {
    let user = stream(file, "Current User").unwrap_or_default();
    if u32_at(&user, TOKEN) == Some(ENCRYPTED_TOKEN) {
        return job.protected();
    }
    let Some(document) = stream(file, "PowerPoint Document") else { return job.damaged() };
    let mut at = 0;
    while at + HEADER <= document.len() && !job.is_over() {
        let (Some(version), Some(kind), Some(length)) =
            (u16_at(&document, at), u16_at(&document, at + 2), u32_at(&document, at + 4))
        else {
            return job.damaged();
        };
        at += HEADER;
        // A container: its records are the next ones.
        if version & 0xf == 0xf {
            continue;
        }
        let Some(content) = document.get(at..at.saturating_add(length as usize)) else { return job.damaged() };
        match kind {
            TEXT_CHARS => paragraphs(job, &utf16(content)),
            // §2.9.43: the low octets of UTF-16
            TEXT_BYTES => paragraphs(job, &content.iter().map(|byte| char::from(*byte)).collect::<String>()),
            _ => {}
        }
        at += length as usize;
    }
}

fn paragraphs(job: &mut Job, text: &str) {
    for line in text.split(['\r', '\u{b}']).filter(|line| !line.is_empty()) {
        job.out.block(Block::Paragraph, line);
    }
}
