// SPDX-License-Identifier: AGPL-3.0-or-later
//! BINARY[…] and BINARY.SIZE[…] (RFC 3516 §4): parts without their transfer encoding. A part is read twice, piece by piece:
//! once for its size, which comes first in the answer, once to be sent.

use super::content::{self, Content};
use super::render::{Piece, Writer, part_number};
use crate::connection::Connection;
use crate::content::decode::{Decoder, Encoding};
use crate::limits;
use crate::session::failure::{Failure, internal};
use crate::wire::encode;
use crate::wire::fetch::Binary;
use mailbox::{Blob, Handle, Result};
use std::ops::Range;

/// Where a part lies, and how it is coded.
#[derive(Debug, Clone)]
pub struct Coded {
    range: Range<u64>,
    encoding: Encoding,
}

/// What a pass over all of it has shown.
struct Measure {
    octets: u64,
    has_nul: bool,
}

pub fn put(writer: &mut Writer, content: &mut Content<'_>, wanted: &Binary) -> Result<()> {
    writer.out.extend_from_slice(b"BINARY[");
    part_number(&mut writer.out, &wanted.part);
    writer.out.push(b']');
    if let Some((offset, _)) = wanted.partial {
        writer.out.extend_from_slice(format!("<{offset}>").as_bytes());
    }
    writer.out.push(b' ');
    let Some(part) = find(writer, content, &wanted.part)? else { return Ok(()) };
    let measure = measure(writer, content, &part)?;
    let range = crate::content::section::partial(0..measure.octets, wanted.partial);
    let len = range.end - range.start;
    if measure.has_nul {
        encode::literal8_head(&mut writer.out, len);
    } else {
        encode::literal_head(&mut writer.out, len);
    }
    if measure.octets <= limits::SECTION_INLINE_BYTES_MAX {
        let whole = decode(content, &part)?;
        let wanted = usize::try_from(range.start).unwrap_or(0)..usize::try_from(range.end).unwrap_or(0);
        writer.out.extend_from_slice(whole.get(wanted).unwrap_or_default());
        return Ok(());
    }
    let blob = content.reopen()?;
    writer.cut();
    writer.streams = true;
    writer.pieces.push(Piece::Decoded { blob, part, wanted: range });
    Ok(())
}

pub fn put_size(writer: &mut Writer, content: &mut Content<'_>, number: &[u32]) -> Result<()> {
    writer.out.extend_from_slice(b"BINARY.SIZE[");
    part_number(&mut writer.out, number);
    writer.out.extend_from_slice(b"] ");
    let size = match locate(content, number)? {
        Some(part) if part.encoding == Encoding::Unknown => {
            writer.unknown_encoding = true;
            0
        }
        Some(part) => measure(writer, content, &part)?.octets,
        None => 0,
    };
    encode::number(&mut writer.out, size);
    Ok(())
}

/// A part that can be decoded; else NIL is written.
fn find(writer: &mut Writer, content: &mut Content<'_>, number: &[u32]) -> Result<Option<Coded>> {
    let part = locate(content, number)?;
    writer.unknown_encoding |= part.as_ref().is_some_and(|part| part.encoding == Encoding::Unknown);
    let part = part.filter(|part| part.encoding != Encoding::Unknown);
    if part.is_none() {
        writer.out.extend_from_slice(b"NIL");
    }
    Ok(part)
}

/// Without a number the message itself, which has no encoding.
fn locate(content: &mut Content<'_>, number: &[u32]) -> Result<Option<Coded>> {
    if number.is_empty() {
        return Ok(Some(Coded { range: 0..content.len(), encoding: Encoding::None }));
    }
    let structure = content.structure()?;
    Ok(structure.part(number).map(|part| Coded { range: part.body.clone(), encoding: part.encoding }))
}

fn pieces(range: &Range<u64>) -> impl Iterator<Item = Range<u64>> + use<> {
    let (mut at, end) = (range.start, range.end);
    std::iter::from_fn(move || {
        let piece = at..end.min(at + limits::STREAM_CHUNK_BYTES);
        at = piece.end;
        (!piece.is_empty()).then_some(piece)
    })
}

fn measure(writer: &mut Writer, content: &mut Content<'_>, part: &Coded) -> Result<Measure> {
    writer.decoded += part.range.end - part.range.start;
    let mut measure = Measure { octets: 0, has_nul: false };
    each_piece(content, part, |piece| {
        measure.octets += piece.len() as u64;
        measure.has_nul |= piece.contains(&0);
    })?;
    Ok(measure)
}

fn decode(content: &mut Content<'_>, part: &Coded) -> Result<Vec<u8>> {
    let mut whole = Vec::new();
    each_piece(content, part, |piece| whole.extend_from_slice(piece))?;
    Ok(whole)
}

fn each_piece(content: &mut Content<'_>, part: &Coded, mut take: impl FnMut(&[u8])) -> Result<()> {
    let (mut decoder, mut out) = (Decoder::new(part.encoding), Vec::new());
    for piece in pieces(&part.range) {
        decoder.feed(&content.bytes(piece)?, &mut out);
        take(&out);
        out.clear();
    }
    decoder.finish(&mut out);
    take(&out);
    Ok(())
}

/// Decodes again, and sends what is wanted. If it can't be read the connection must end: the number of octets was promised.
pub async fn send(
    connection: &mut Connection,
    handle: &Handle,
    mut blob: Blob,
    part: Coded,
    wanted: Range<u64>,
) -> std::result::Result<(), Failure> {
    let mut decoder = Decoder::new(part.encoding);
    let mut at = 0;
    let mut pieces = pieces(&part.range);
    loop {
        let mut out = Vec::new();
        let piece = pieces.next();
        let is_last = piece.is_none();
        if let Some(piece) = piece {
            let read = handle.run(move |_| content::read(&mut blob, piece).map(|bytes| (blob, bytes))).await;
            let bytes;
            (blob, bytes) = read.map_err(|error| {
                let _logged = internal(&error);
                Failure::Closed(std::io::Error::other("message can't be read"))
            })?;
            decoder.feed(&bytes, &mut out);
        } else {
            decoder.finish(&mut out);
        }
        let end = at + out.len() as u64;
        let start = usize::try_from(wanted.start.clamp(at, end) - at).unwrap_or(0);
        let until = usize::try_from(wanted.end.clamp(at, end) - at).unwrap_or(0);
        connection.put(out.get(start..until).unwrap_or_default());
        connection.flush_if_large().await?;
        at = end;
        if is_last || at >= wanted.end {
            return Ok(());
        }
    }
}
