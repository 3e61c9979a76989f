// SPDX-License-Identifier: AGPL-3.0-or-later
//! One batch of FETCH answers, made in one crossing to the store.

use super::binary::{self, Coded};
use super::content::Content;
use super::remembered;
use crate::content::cache::Cache;
use crate::content::header;
use crate::content::section::{self, Place};
use crate::limits;
use crate::objectid;
use crate::session::view::Holder;
use crate::wire::fetch::{Item, Section, SectionText};
use crate::wire::{date, encode};
use mailbox::{Blob, ItemId, Mailbox, Result, Uid};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

pub struct Target {
    pub id: ItemId,
    pub uid: Uid,
    /// The answer so far.
    pub head: Vec<u8>,
}

pub struct Job {
    pub holder: Holder,
    pub items: Arc<[Item]>,
    pub cache: Arc<Cache>,
    pub targets: Vec<Target>,
    /// Of each target the whole answer, if it is known already.
    pub known: Vec<Option<Vec<u8>>>,
}

pub enum Piece {
    Bytes(Vec<u8>),
    Stream {
        blob: Blob,
        range: Range<u64>,
    },
    /// `wanted` octets of a part that is decoded on the way.
    Decoded {
        blob: Blob,
        part: Coded,
        wanted: Range<u64>,
    },
}

pub struct Rendered {
    pub pieces: Vec<Piece>,
    /// Targets that are dealt with; the rest is for the next batch.
    pub taken: usize,
    /// Some target is no longer in the folder.
    pub missing: bool,
    /// Some part could not be decoded.
    pub unknown_encoding: bool,
}

/// Dates and sizes alone are read for a whole folder at once.
const BRIEF_BATCH_MESSAGES: usize = 4096;
/// From this many messages on, reading the folder's rows in order beats asking for them by id.
const BRIEF_SCAN_MIN: usize = 256;

fn is_brief(items: &[Item]) -> bool {
    items.iter().all(|item| matches!(item, Item::InternalDate | Item::Rfc822Size))
}

pub fn batch_size(items: &[Item]) -> usize {
    if is_brief(items) { BRIEF_BATCH_MESSAGES } else { limits::FETCH_BATCH_MESSAGES }
}

/// Ends at the first message that needs streaming, so that few files are open, or when there is enough to send.
pub(super) struct Writer {
    pub pieces: Vec<Piece>,
    pub out: Vec<u8>,
    pub streams: bool,
    /// Octets that were decoded; they need not be in the answer.
    pub decoded: u64,
    pub unknown_encoding: bool,
}

impl Job {
    pub fn render(self, mailbox: &Mailbox) -> Result<Rendered> {
        if let Some(folder) = self.holder.folder()
            && is_brief(&self.items)
            && self.targets.len() >= BRIEF_SCAN_MIN
        {
            return self.render_briefs(mailbox, folder);
        }
        let unknown = self.targets.iter().zip(&self.known).filter(|(_, known)| known.is_none());
        let ids: Vec<ItemId> = unknown.map(|(target, _)| target.id).collect();
        let rows: HashMap<ItemId, mailbox::Item> =
            mailbox.items(&ids)?.into_iter().map(|item| (item.id, item)).collect();
        let mut writer =
            Writer { pieces: Vec::new(), out: Vec::new(), streams: false, decoded: 0, unknown_encoding: false };
        let mut rendered = Rendered { pieces: Vec::new(), taken: 0, missing: false, unknown_encoding: false };
        for (target, known) in self.targets.into_iter().zip(self.known) {
            rendered.taken += 1;
            if let Some(answer) = known {
                writer.out.extend_from_slice(&answer);
                if writer.out.len() >= limits::FETCH_BATCH_BYTES {
                    break;
                }
                continue;
            }
            // A draft that was saved again has the same id and another UID.
            let Some(row) = rows.get(&target.id).filter(|row| self.holder.holds(row, target.uid)) else {
                rendered.missing = true;
                continue;
            };
            let mark = writer.out.len();
            match message(&mut writer, mailbox, &self.cache, row, &self.items, &target.head) {
                Ok(()) => remembered::learn(mailbox, &self.cache, row),
                // Expunged between the row and the file. An answer that was begun is taken back.
                Err(mailbox::Error::NoSuch { .. }) if !writer.streams => {
                    writer.out.truncate(mark);
                    rendered.missing = true;
                }
                Err(error) => return Err(error),
            }
            let is_enough =
                writer.out.len() >= limits::FETCH_BATCH_BYTES || writer.decoded >= limits::FETCH_BATCH_DECODED_BYTES;
            if writer.streams || is_enough {
                break;
            }
        }
        writer.cut();
        rendered.unknown_encoding = writer.unknown_encoding;
        rendered.pieces = writer.pieces;
        Ok(rendered)
    }

    fn render_briefs(self, mailbox: &Mailbox, folder: ItemId) -> Result<Rendered> {
        let first = self.targets.iter().map(|t| t.uid.0).min().unwrap_or(1);
        let rows: HashMap<Uid, (i64, u64)> = mailbox
            .folder_messages(folder, Uid(first.saturating_sub(1)))?
            .into_iter()
            .map(|brief| (brief.uid, (brief.date_ms, brief.size)))
            .collect();
        let mut out = Vec::new();
        let mut missing = false;
        let taken = self.targets.len();
        for target in self.targets {
            let Some((date_ms, size)) = rows.get(&target.uid) else {
                missing = true;
                continue;
            };
            out.extend_from_slice(&target.head);
            let mut first = is_open(&target.head);
            for item in self.items.iter() {
                separate(&mut out, &mut first);
                brief_item(&mut out, item, *date_ms, *size);
            }
            out.extend_from_slice(b")\r\n");
        }
        Ok(Rendered { pieces: vec![Piece::Bytes(out)], taken, missing, unknown_encoding: false })
    }
}

impl Writer {
    pub fn cut(&mut self) {
        if !self.out.is_empty() {
            self.pieces.push(Piece::Bytes(std::mem::take(&mut self.out)));
        }
    }

    /// A string of the message's octets: inline if small.
    fn range(&mut self, content: &mut Content<'_>, range: Range<u64>) -> Result<()> {
        let len = range.end - range.start;
        encode::literal_head(&mut self.out, len);
        if len <= limits::SECTION_INLINE_BYTES_MAX {
            let bytes = content.bytes(range)?;
            self.out.extend_from_slice(&bytes);
            return Ok(());
        }
        let blob = content.reopen()?;
        self.cut();
        self.streams = true;
        self.pieces.push(Piece::Stream { blob, range });
        Ok(())
    }
}

/// A space before every item but the first. Asked of the head, never of an item: its octets may end in anything.
pub(super) fn separate(out: &mut Vec<u8>, first: &mut bool) {
    if !std::mem::take(first) {
        out.push(b' ');
    }
}

/// True if nothing was written behind the opening parenthesis yet.
pub(super) fn is_open(head: &[u8]) -> bool {
    head.ends_with(b"FETCH (")
}

fn message(
    writer: &mut Writer,
    mailbox: &Mailbox,
    cache: &Cache,
    row: &mailbox::Item,
    items: &[Item],
    head: &[u8],
) -> Result<()> {
    let mut content = Content::new(mailbox, row, cache);
    writer.out.extend_from_slice(head);
    let mut first = is_open(head);
    for item in items {
        separate(&mut writer.out, &mut first);
        one(writer, &mut content, row, item)?;
    }
    writer.out.extend_from_slice(b")\r\n");
    content.finish();
    Ok(())
}

pub(super) fn brief_item(out: &mut Vec<u8>, item: &Item, date_ms: i64, size: u64) {
    if *item == Item::InternalDate {
        out.extend_from_slice(b"INTERNALDATE ");
        date::write(out, date_ms);
    } else {
        out.extend_from_slice(b"RFC822.SIZE ");
        encode::number(out, size);
    }
}

fn one(writer: &mut Writer, content: &mut Content<'_>, row: &mailbox::Item, item: &Item) -> Result<()> {
    let whole = |text| Section { peek: true, part: Vec::new(), text, partial: None };
    match item {
        Item::InternalDate | Item::Rfc822Size => brief_item(&mut writer.out, item, row.date_ms, row.size),
        Item::Envelope => {
            writer.out.extend_from_slice(b"ENVELOPE ");
            let envelope = content.envelope()?;
            writer.out.extend_from_slice(&envelope);
        }
        Item::Body => {
            writer.out.extend_from_slice(b"BODY ");
            let structure = content.structure()?;
            writer.out.extend_from_slice(&structure.body);
        }
        Item::BodyStructure => {
            writer.out.extend_from_slice(b"BODYSTRUCTURE ");
            let structure = content.structure()?;
            writer.out.extend_from_slice(&structure.body_structure);
        }
        Item::Rfc822 => {
            writer.out.extend_from_slice(b"RFC822 ");
            put_section(writer, content, &whole(SectionText::All))?;
        }
        Item::Rfc822Header => {
            writer.out.extend_from_slice(b"RFC822.HEADER ");
            put_section(writer, content, &whole(SectionText::Header))?;
        }
        Item::Rfc822Text => {
            writer.out.extend_from_slice(b"RFC822.TEXT ");
            put_section(writer, content, &whole(SectionText::Text))?;
        }
        Item::Section(section) => {
            section_name(&mut writer.out, section);
            writer.out.push(b' ');
            put_section(writer, content, section)?;
        }
        Item::Binary(wanted) => binary::put(writer, content, wanted)?,
        Item::BinarySize(part) => binary::put_size(writer, content, part)?,
        Item::EmailId => {
            writer.out.extend_from_slice(format!("EMAILID ({})", objectid::of_message(row)).as_bytes());
        }
        Item::SaveDate => {
            writer.out.extend_from_slice(b"SAVEDATE ");
            match mailbox::saved_ms(row) {
                Some(ms) => date::write(&mut writer.out, ms),
                None => writer.out.extend_from_slice(b"NIL"),
            }
        }
        Item::ThreadId => {
            writer.out.extend_from_slice(format!("THREADID ({})", objectid::of_thread(row)).as_bytes());
        }
        Item::Preview => {
            writer.out.extend_from_slice(b"PREVIEW ");
            let text = if let mailbox::Detail::Message(detail) = &row.detail { detail.fragment.as_str() } else { "" };
            encode::string(&mut writer.out, text.as_bytes());
        }
        // Written in the head: `run` keeps them apart.
        Item::Flags | Item::Uid | Item::ModSeq => {}
    }
    Ok(())
}

fn put_section(writer: &mut Writer, content: &mut Content<'_>, section: &Section) -> Result<()> {
    match (content.place(&section.part, &section.text)?, &section.text) {
        (Place::Range(range), _) => writer.range(content, section::partial(range, section.partial)),
        (Place::Fields(range), SectionText::HeaderFields { fields, not }) => {
            // Of the message itself mostly, and asked for again and again.
            if section.part.is_empty() {
                put_fields(&mut writer.out, &content.header()?, fields, *not, section.partial);
            } else {
                put_fields(&mut writer.out, &content.bytes(range)?, fields, *not, section.partial);
            }
            Ok(())
        }
        _ => {
            // RFC 3501 §7.4.2: nstring; NIL is "there is no such part".
            writer.out.extend_from_slice(b"NIL");
            Ok(())
        }
    }
}

/// Fields of a header section, or a piece of them.
pub(super) fn put_fields(out: &mut Vec<u8>, header: &[u8], fields: &[String], not: bool, partial: Option<(u64, u64)>) {
    let chosen = header::select(header, fields, not);
    let range = section::partial(0..chosen.len() as u64, partial);
    let part = usize::try_from(range.start).unwrap_or(0)..usize::try_from(range.end).unwrap_or(0);
    let chosen = chosen.get(part).unwrap_or_default();
    encode::literal_head(out, chosen.len() as u64);
    out.extend_from_slice(chosen);
}

pub(super) fn part_number(out: &mut Vec<u8>, part: &[u32]) {
    for (at, n) in part.iter().enumerate() {
        if at > 0 {
            out.push(b'.');
        }
        encode::number(out, u64::from(*n));
    }
}

/// `BODY[1.HEADER.FIELDS (SUBJECT)]<0>`: the answer names what was asked, the count left out.
pub(super) fn section_name(out: &mut Vec<u8>, section: &Section) {
    out.extend_from_slice(b"BODY[");
    part_number(out, &section.part);
    if !section.part.is_empty() && section.text != SectionText::All {
        out.push(b'.');
    }
    match &section.text {
        SectionText::All => {}
        SectionText::Header => out.extend_from_slice(b"HEADER"),
        SectionText::Text => out.extend_from_slice(b"TEXT"),
        SectionText::Mime => out.extend_from_slice(b"MIME"),
        SectionText::HeaderFields { fields, not } => {
            out.extend_from_slice(if *not { b"HEADER.FIELDS.NOT (" } else { b"HEADER.FIELDS (" });
            for (at, field) in fields.iter().enumerate() {
                if at > 0 {
                    out.push(b' ');
                }
                if !field.is_empty() && field.bytes().all(crate::wire::cursor::is_atom_char) {
                    out.extend_from_slice(field.as_bytes());
                } else {
                    encode::string(out, field.as_bytes());
                }
            }
            out.push(b')');
        }
    }
    out.push(b']');
    if let Some((offset, _)) = section.partial {
        out.push(b'<');
        encode::number(out, offset);
        out.push(b'>');
    }
}
