// SPDX-License-Identifier: AGPL-3.0-or-later
//! Archives: the names of their files, and what these say.

use super::{odf, ooxml};
use crate::job::Job;
use extract::About;
use flate2::read::MultiGzDecoder;
use std::io::Cursor;
use zip::ZipArchive;

pub type Zip<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// A zip archive may be a document: what lies in it says so.
pub fn zip(job: &mut Job, bytes: &[u8]) {
    let Ok(mut zip) = ZipArchive::new(Cursor::new(bytes)) else {
        return job.damaged();
    };
    let has = |name: &str| zip.index_for_name(name).is_some();
    if has("[Content_Types].xml") {
        if has("word/document.xml") {
            return ooxml::word(job, &mut zip);
        }
        if has("ppt/presentation.xml") {
            return ooxml::slides(job, &mut zip);
        }
        if has("xl/workbook.xml") || has("xl/workbook.bin") {
            return ooxml::sheets(job, &mut zip, bytes);
        }
    }
    if has("mimetype") && has("content.xml") {
        return odf::read(job, &mut zip);
    }
    files(job, &mut zip);
}

fn files(job: &mut Job, zip: &mut Zip<'_>) {
    for index in 0..zip.len() {
        if !job.counts_member() {
            return;
        }
        let Ok(file) = zip.by_index_raw(index) else {
            job.damaged();
            continue;
        };
        let (name, is_dir) = (String::from_utf8_lossy(file.name_raw()).into_owned(), file.is_dir());
        drop(file);
        if is_dir {
            continue;
        }
        let content = content(job, zip, index);
        job.member(&content, &named(&name));
    }
}

/// One file, inflated; nothing if it asks for a password or is damaged.
pub fn content(job: &mut Job, zip: &mut Zip<'_>, index: usize) -> Vec<u8> {
    match zip.by_index_raw(index) {
        Ok(file) if file.encrypted() => {
            job.protected();
            return Vec::new();
        }
        Ok(_) => {}
        Err(_) => {
            job.damaged();
            return Vec::new();
        }
    }
    match zip.by_index(index) {
        Ok(file) => {
            let packed = file.compressed_size();
            job.inflate(file, packed)
        }
        Err(_) => {
            job.damaged();
            Vec::new()
        }
    }
}

/// The same by name; `None` if there is no such file.
pub fn named_content(job: &mut Job, zip: &mut Zip<'_>, name: &str) -> Option<Vec<u8>> {
    let index = zip.index_for_name(name)?;
    Some(content(job, zip, index))
}

pub fn gzip(job: &mut Job, bytes: &[u8], about: &About) {
    if !job.counts_member() {
        return;
    }
    let content = job.inflate(MultiGzDecoder::new(bytes), bytes.len() as u64);
    let name = about.name.rsplit('/').next().unwrap_or_default();
    let inner = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".tgz")).unwrap_or_default();
    job.member(&content, &named(inner));
}

/// POSIX ustar, also as GNU writes it. What follows a broken header is not read.
pub fn tar(job: &mut Job, bytes: &[u8]) {
    const BLOCK: usize = 512;
    let mut rest = bytes;
    while let Some((header, behind)) = rest.split_at_checked(BLOCK) {
        if header.iter().all(|byte| *byte == 0) {
            return;
        }
        let text = |field: &[u8]| {
            let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
            String::from_utf8_lossy(&field[..end]).into_owned()
        };
        let size = usize::from_str_radix(text(&header[124..136]).trim(), 8);
        let Ok(size) = size else { return job.damaged() };
        let Some(content) = behind.get(..size) else { return job.damaged() };
        // A regular file, in the old way or the new one.
        if matches!(header[156], 0 | b'0') {
            if !job.counts_member() {
                return;
            }
            job.member(content, &named(&text(&header[..100])));
        }
        rest = behind.get(size.next_multiple_of(BLOCK)..).unwrap_or_default();
    }
}

fn named(name: &str) -> About {
    About { name: name.to_owned(), ..About::default() }
}
