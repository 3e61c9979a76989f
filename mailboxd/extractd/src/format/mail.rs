// SPDX-License-Identifier: AGPL-3.0-or-later
//! A message as a file (RFC 5322): who, what about, its own text, and the files in it.

use crate::job::Job;
use crate::output::Block;
use extract::{About, TEXT_BYTES_MAX};

pub fn read(job: &mut Job, bytes: &[u8]) {
    let text = mime::search_text(bytes, TEXT_BYTES_MAX);
    for line in [&text.from, &text.to, &text.cc, &text.subject] {
        if !line.is_empty() {
            job.out.block(Block::Paragraph, line);
        }
    }
    job.out.verbatim(&text.body);
    for part in mime::parts(bytes).walk().filter(|part| mime::is_extractable(part)) {
        if !job.counts_member() {
            return;
        }
        let about = About {
            name: part.filename.clone().unwrap_or_default(),
            content_type: part.content_type.clone(),
            charset: part.charset.clone(),
        };
        job.member(&mime::decoded(bytes, part), &about);
    }
}
