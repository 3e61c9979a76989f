// SPDX-License-Identifier: AGPL-3.0-or-later
//! Compound files (MS-CFB): what lies in one says which program wrote it.

use super::{sheet, slides97, word97};
use crate::job::Job;
use cfb::CompoundFile;
use extract::DOCUMENT_BYTES_MAX;
use std::io::{Cursor, Read};

pub type Compound<'a> = CompoundFile<Cursor<&'a [u8]>>;

pub fn read(job: &mut Job, bytes: &[u8]) {
    let Ok(mut file) = CompoundFile::open(Cursor::new(bytes)) else {
        return job.damaged();
    };
    if file.is_stream("EncryptedPackage") {
        // MS-OFFCRYPTO §2.3.4: a document of today that asks for a password
        job.protected();
    } else if file.is_stream("WordDocument") {
        word97::read(job, &mut file);
    } else if file.is_stream("PowerPoint Document") {
        slides97::read(job, &mut file);
    } else if file.is_stream("Workbook") || file.is_stream("Book") {
        sheet::old(job, bytes);
    } else {
        job.unknown();
    }
}

/// A stream; no longer than a document, whatever it states.
pub fn stream(file: &mut Compound<'_>, name: &str) -> Option<Vec<u8>> {
    let stream = file.open_stream(name).ok()?;
    let mut out = Vec::new();
    stream.take(DOCUMENT_BYTES_MAX as u64).read_to_end(&mut out).ok()?;
    Some(out)
}

pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(two.try_into().ok()?))
}

pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

pub fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]]));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
