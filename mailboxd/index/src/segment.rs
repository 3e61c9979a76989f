// SPDX-License-Identifier: AGPL-3.0-or-later
//! Finds a needle in one segment. Nothing is scored: the answer is a set of documents.

use crate::needle::{Needle, Slot};
use crate::schema::ID;
use ids::ItemId;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::{Field, IndexRecordOption, Term};
use tantivy::{DocId, DocSet, InvertedIndexReader, SegmentReader, TERMINATED};

/// Documents of one segment.
pub(crate) struct Hits(Vec<u64>);

impl Hits {
    pub fn new(segment: &SegmentReader) -> Hits {
        Hits(vec![0; segment.max_doc().div_ceil(64) as usize])
    }

    fn insert(&mut self, doc: DocId) {
        if let Some(word) = self.0.get_mut((doc / 64) as usize) {
            *word |= 1 << (doc % 64);
        }
    }

    /// Ids of the documents that are not deleted.
    pub fn ids(&self, segment: &SegmentReader, out: &mut Vec<ItemId>) -> tantivy::Result<()> {
        let column = segment.fast_fields().u64(ID)?;
        let alive = segment.alive_bitset();
        for (n, word) in self.0.iter().enumerate() {
            let mut word = *word;
            while word != 0 {
                let doc = n as u32 * 64 + word.trailing_zeros();
                word &= word - 1;
                if alive.is_none_or(|alive| alive.is_alive(doc)) {
                    out.extend(column.first(doc).and_then(|id| u32::try_from(id).ok()).map(ItemId));
                }
            }
        }
        Ok(())
    }
}

/// Adds the documents that hold `needle` in `field`.
pub(crate) fn find(segment: &SegmentReader, field: Field, needle: &Needle, hits: &mut Hits) -> tantivy::Result<()> {
    let index = segment.inverted_index(field)?;
    if let [slot] = &needle.slots[..] {
        return each_postings(&index, field, slot, IndexRecordOption::Basic, &mut |mut postings| {
            let mut doc = postings.doc();
            while doc != TERMINATED {
                hits.insert(doc);
                doc = postings.advance();
            }
        });
    }
    for (doc, _) in phrase(&index, field, needle)? {
        hits.insert(doc);
    }
    Ok(())
}

/// Documents with the positions where the needle begins, ascending.
type Starts = Vec<(DocId, Vec<u32>)>;

fn phrase(index: &InvertedIndexReader, field: Field, needle: &Needle) -> tantivy::Result<Starts> {
    // The rarest word first, so that the lists of the common ones are only looked into; a prefix has no list, it is last.
    let mut slots = Vec::with_capacity(needle.slots.len());
    for slot in &needle.slots {
        let documents =
            if slot.prefix { u32::MAX } else { index.doc_freq(&Term::from_field_text(field, &slot.text))? };
        slots.push((documents, slot));
    }
    slots.sort_by_key(|(documents, _)| *documents);
    let mut slots = slots.into_iter().map(|(_, slot)| slot);
    let Some(rarest) = slots.next() else { return Ok(Starts::new()) };
    let mut found = first_word(index, field, rarest)?;
    for slot in slots {
        if found.is_empty() {
            break;
        }
        narrow(index, field, slot, &mut found)?;
    }
    Ok(found)
}

fn first_word(index: &InvertedIndexReader, field: Field, slot: &Slot) -> tantivy::Result<Starts> {
    let mut found = Starts::new();
    each_postings(index, field, slot, IndexRecordOption::WithFreqsAndPositions, &mut |mut postings| {
        let mut positions = Vec::new();
        let mut doc = postings.doc();
        while doc != TERMINATED {
            postings.positions(&mut positions);
            let starts: Vec<u32> = positions.iter().filter_map(|p| p.checked_sub(slot.offset)).collect();
            if !starts.is_empty() {
                found.push((doc, starts));
            }
            doc = postings.advance();
        }
    })?;
    Ok(found)
}

/// Keeps the starts that have `slot`'s word at its distance.
fn narrow(index: &InvertedIndexReader, field: Field, slot: &Slot, found: &mut Starts) -> tantivy::Result<()> {
    let mut kept: Vec<Vec<bool>> = found.iter().map(|(_, starts)| vec![false; starts.len()]).collect();
    each_postings(index, field, slot, IndexRecordOption::WithFreqsAndPositions, &mut |mut postings| {
        let mut positions = Vec::new();
        for ((doc, starts), kept) in found.iter().zip(&mut kept) {
            // A seek may not go back.
            let at = if postings.doc() < *doc { postings.seek(*doc) } else { postings.doc() };
            if at == TERMINATED {
                break;
            }
            if at == *doc {
                postings.positions(&mut positions);
                for (start, kept) in starts.iter().zip(kept) {
                    *kept |= start.checked_add(slot.offset).is_some_and(|p| positions.binary_search(&p).is_ok());
                }
            }
        }
    })?;
    for ((_, starts), kept) in found.iter_mut().zip(&kept) {
        let mut kept = kept.iter();
        starts.retain(|_| kept.next().is_some_and(|kept| *kept));
    }
    found.retain(|(_, starts)| !starts.is_empty());
    Ok(())
}

/// The lists of all tokens that `slot` accepts.
fn each_postings(
    index: &InvertedIndexReader,
    field: Field,
    slot: &Slot,
    option: IndexRecordOption,
    each: &mut dyn FnMut(SegmentPostings),
) -> tantivy::Result<()> {
    if !slot.prefix {
        if let Some(postings) = index.read_postings(&Term::from_field_text(field, &slot.text), option)? {
            each(postings);
        }
        return Ok(());
    }
    let mut tokens = index.terms().range().ge(slot.text.as_bytes()).into_stream()?;
    while tokens.advance() && tokens.key().starts_with(slot.text.as_bytes()) {
        each(index.read_postings_from_terminfo(tokens.value(), option)?);
    }
    Ok(())
}
