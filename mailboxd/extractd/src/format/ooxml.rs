// SPDX-License-Identifier: AGPL-3.0-or-later
//! Office Open XML (ECMA-376): documents, slides, and the frame of sheets.

use super::archive::{Zip, content, named_content};
use super::plain::stopped;
use super::sheet;
use crate::job::Job;
use crate::output::Block;
use crate::xml::{Walk, walk};
use std::borrow::Cow;

pub fn word(job: &mut Job, zip: &mut Zip<'_>) {
    let mut parts = vec!["word/document.xml".to_owned()];
    let others = ["word/footnotes", "word/endnotes", "word/comments", "word/header", "word/footer"];
    parts.extend(names(zip, &others));
    for name in parts {
        if let Some(xml) = named_content(job, zip, &name) {
            text(job, &xml);
        }
    }
}

pub fn slides(job: &mut Job, zip: &mut Zip<'_>) {
    for name in names(zip, &["ppt/slides/slide", "ppt/notesSlides/notesSlide", "ppt/comments/"]) {
        if job.is_over() {
            return job.cut();
        }
        if let Some(xml) = named_content(job, zip, &name) {
            text(job, &xml);
        }
    }
}

/// All of it is inflated once to be counted: the library that reads it does not count.
pub fn sheets(job: &mut Job, zip: &mut Zip<'_>, bytes: &[u8]) {
    for index in 0..zip.len() {
        if !job.counts_member() || job.is_over() {
            return;
        }
        content(job, zip, index);
        if job.is_spent() {
            return;
        }
    }
    sheet::new(job, bytes);
}

/// Parts whose names begin so, by number.
fn names(zip: &Zip<'_>, beginnings: &[&str]) -> Vec<String> {
    let place = |name: &str| beginnings.iter().position(|beginning| name.starts_with(beginning));
    let number = |name: &str| name.chars().filter(char::is_ascii_digit).collect::<String>().parse::<u64>().unwrap_or(0);
    let all = zip.file_names().flatten().filter(|name| name.ends_with(".xml"));
    let mut names: Vec<String> = all.filter(|name| place(name).is_some()).map(Cow::into_owned).collect();
    names.sort_by_key(|name| (place(name), number(name)));
    names
}

/// Paragraphs, and tables of them, have the same names in word processing and in drawings.
fn text(job: &mut Job, xml: &[u8]) {
    let mut is_text = false;
    let walked = walk(xml, |walk| {
        let out = &mut job.out;
        match walk {
            Walk::Start("t", _) => is_text = true,
            Walk::End("t") => is_text = false,
            Walk::Text(words) if is_text => out.words(words),
            Walk::Start("tab", _) => out.words("\t"),
            Walk::Start("br" | "cr", _) => out.line(),
            Walk::Start("p", _) => out.begin(Block::Paragraph),
            Walk::End("p") => out.end(Block::Paragraph),
            Walk::Start("tbl", _) => out.begin(Block::Table),
            Walk::End("tbl") => out.end(Block::Table),
            Walk::Start("tr", _) => out.begin(Block::Row),
            Walk::End("tr") => out.end(Block::Row),
            Walk::Start("tc", _) => out.begin(Block::Cell),
            Walk::End("tc") => out.end(Block::Cell),
            _ => {}
        }
        !job.is_over()
    });
    stopped(job, walked);
}
