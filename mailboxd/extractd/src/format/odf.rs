// SPDX-License-Identifier: AGPL-3.0-or-later
//! OpenDocument (ISO/IEC 26300): text, sheets and slides keep what they say in one file.

use super::archive::{Zip, named_content};
use super::plain::stopped;
use crate::job::Job;
use crate::output::Block;
use crate::xml::{Walk, attribute, walk};

/// Spaces that one element may stand for.
const SPACES_MAX: usize = 100;

pub fn read(job: &mut Job, zip: &mut Zip<'_>) {
    // Part 2 §3.4: an encrypted file is told by the manifest, not by the archive.
    let manifest = named_content(job, zip, "META-INF/manifest.xml").unwrap_or_default();
    if manifest.windows(15).any(|window| window == b"encryption-data") {
        return job.protected();
    }
    let Some(content) = named_content(job, zip, "content.xml") else { return };
    let mut depth = 0_u32;
    let walked = walk(&content, |walk| {
        let out = &mut job.out;
        match walk {
            Walk::Start(name @ ("p" | "h"), _) => {
                depth += 1;
                out.begin(block(name));
            }
            Walk::End(name @ ("p" | "h")) => {
                depth = depth.saturating_sub(1);
                out.end(block(name));
            }
            Walk::Text(words) if depth > 0 => out.words(words),
            Walk::Start("tab", _) => out.words("\t"),
            Walk::Start("line-break", _) => out.line(),
            Walk::Start("s", tag) => {
                let count = attribute(tag, "c").and_then(|count| count.parse().ok()).unwrap_or(1);
                out.words(&" ".repeat(SPACES_MAX.min(count)));
            }
            Walk::Start("table", _) => out.begin(Block::Table),
            Walk::End("table") => out.end(Block::Table),
            Walk::Start("table-row", _) => out.begin(Block::Row),
            Walk::End("table-row") => out.end(Block::Row),
            Walk::Start("table-cell", _) => out.begin(Block::Cell),
            Walk::End("table-cell") => out.end(Block::Cell),
            _ => {}
        }
        !job.is_over()
    });
    stopped(job, walked);
}

fn block(name: &str) -> Block {
    if name == "h" { Block::Heading } else { Block::Paragraph }
}
