// SPDX-License-Identifier: AGPL-3.0-or-later
//! Text in any character set, HTML, and XML of which no more is known.

use crate::job::Job;
use crate::output::Block;
use crate::xml::{Stop, Walk, walk};
use extract::About;
use std::borrow::Cow;

pub fn text(job: &mut Job, bytes: &[u8], about: &About) {
    job.out.verbatim(&decoded(bytes, about));
}

/// A byte order mark counts more than what is said.
pub fn decoded<'a>(bytes: &'a [u8], about: &About) -> Cow<'a, str> {
    let label = match bytes {
        [0xff, 0xfe, ..] => Some("utf-16le"),
        [0xfe, 0xff, ..] => Some("utf-16be"),
        [0xef, 0xbb, 0xbf, ..] => Some("utf-8"),
        _ => about.charset.as_deref(),
    };
    mime::decode_text(label, bytes)
}

pub fn html(job: &mut Job, bytes: &[u8], about: &About) {
    let html = mime::decode_html(about.charset.as_deref(), bytes);
    if job.out.is_html() {
        job.out.markup(&html);
    } else {
        job.out.block(Block::Paragraph, &mime::html_to_text(&html));
    }
}

/// The text between the tags.
pub fn xml(job: &mut Job, bytes: &[u8]) {
    let walked = walk(bytes, |walk| {
        if let Walk::Text(text) = walk
            && !text.trim().is_empty()
        {
            job.out.block(Block::Paragraph, text.trim());
        }
        !job.is_over()
    });
    stopped(job, walked);
}

pub fn stopped(job: &mut Job, walked: Result<(), Stop>) {
    match walked {
        Ok(()) => {}
        Err(Stop::Damaged) => job.damaged(),
        Err(Stop::Cut) => job.cut(),
    }
}
