// SPDX-License-Identifier: AGPL-3.0-or-later
//! Tables of text (RFC 4180, and what else bears that name): a separator of the first line, quotes, lines within quotes.

use super::plain::decoded;
use crate::job::Job;
use crate::output::Block;
use extract::About;

pub fn read(job: &mut Job, bytes: &[u8], about: &About) {
    let text = decoded(bytes, about);
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: &char| first.matches(*separator).count();
    let separator = ['\t', ';', ','].into_iter().max_by_key(count).unwrap_or(',');
    job.out.begin(Block::Table);
    job.out.begin(Block::Row);
    let (mut cell, mut is_quoted) = (String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => cell.push(character),
            '\r' => {}
            '\n' => {
                job.out.block(Block::Cell, &std::mem::take(&mut cell));
                job.out.end(Block::Row);
                job.out.begin(Block::Row);
            }
            _ if character == separator => job.out.block(Block::Cell, &std::mem::take(&mut cell)),
            _ => cell.push(character),
        }
        if job.is_over() {
            return;
        }
    }
    job.out.block(Block::Cell, &cell);
    job.out.end(Block::Row);
    job.out.end(Block::Table);
}
