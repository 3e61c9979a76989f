// SPDX-License-Identifier: AGPL-3.0-or-later
//! Finds a needle in one segment. Nothing is scored: the answer is a set of documents.

use crate::needle::{Needle, Slot};
use crate::schema::ID;
use ids::ItemId;
use tantivy::postings::{Postings, SegmentPostings, TermInfo};
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

    pub fn add(&mut self, other: &Hits) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    pub fn intersect(&mut self, other: &Hits) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
    }

    pub fn remove(&mut self, other: &Hits) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= !other);
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

/// Adds the documents of a number, also those that are deleted.
pub(crate) fn find_id(segment: &SegmentReader, term: &Term, hits: &mut Hits) -> tantivy::Result<()> {
    let index = segment.inverted_index(term.field())?;
    if let Some(mut postings) = index.read_postings(term, IndexRecordOption::Basic)? {
        let mut doc = postings.doc();
        while doc != TERMINATED {
            hits.insert(doc);
            doc = postings.advance();
        }
    }
    Ok(())
}

/// Adds the documents of one token.
pub(crate) fn add_postings(index: &InvertedIndexReader, token: &TermInfo, hits: &mut Hits) -> tantivy::Result<()> {
    let mut postings = index.read_postings_from_terminfo(token, IndexRecordOption::Basic)?;
    while postings.doc() != TERMINATED {
        hits.insert(postings.doc());
        postings.advance();
    }
    Ok(())
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
    let Some((exact, prefix)) = lists(&index, field, needle)? else { return Ok(()) };
    match prefix {
        None => phrase(exact, &mut |doc, _| hits.insert(doc)),
        Some(slot) => {
            let mut found = Starts::new();
            phrase(exact, &mut |doc, starts| found.push((doc, starts.to_vec())));
            narrow(&index, field, slot, &mut found)?;
            for (doc, _) in found {
                hits.insert(doc);
            }
        }
    }
    Ok(())
}

/// The list of one word, and the word's distance from the needle's first.
type List = (SegmentPostings, u32);

/// The lists of the words, the shortest first so that the long ones are only looked into, and the prefix, which has none.
/// `None` if a word is not there at all.
fn lists<'n>(
    index: &InvertedIndexReader,
    field: Field,
    needle: &'n Needle,
) -> tantivy::Result<Option<(Vec<List>, Option<&'n Slot>)>> {
    let (mut exact, mut prefix) = (Vec::with_capacity(needle.slots.len()), None);
    for slot in &needle.slots {
        if slot.prefix {
            prefix = Some(slot);
            continue;
        }
        let term = Term::from_field_text(field, &slot.text);
        match index.read_postings(&term, IndexRecordOption::WithFreqsAndPositions)? {
            Some(postings) => exact.push((postings, slot.offset)),
            None => return Ok(None),
        }
    }
    exact.sort_by_key(|(postings, _)| postings.doc_freq());
    Ok(Some((exact, prefix)))
}

/// Documents with the positions where the needle begins, ascending.
type Starts = Vec<(DocId, Vec<u32>)>;

/// Each document that has all words of `lists` at their distances.
fn phrase(mut lists: Vec<List>, each: &mut dyn FnMut(DocId, &[u32])) {
    let Some(((first, first_offset), others)) = lists.split_first_mut() else { return };
    let (mut starts, mut positions) = (Vec::new(), Vec::new());
    let mut doc = first.doc();
    'docs: while doc != TERMINATED {
        for (other, _) in others.iter_mut() {
            // A seek may not go back.
            let at = if other.doc() < doc { other.seek(doc) } else { other.doc() };
            if at != doc {
                doc = if at == TERMINATED { TERMINATED } else { first.seek(at) };
                continue 'docs;
            }
        }
        first.positions(&mut positions);
        starts.clear();
        starts.extend(positions.iter().filter_map(|p| p.checked_sub(*first_offset)));
        for (other, offset) in others.iter_mut() {
            if starts.is_empty() {
                break;
            }
            other.positions(&mut positions);
            starts.retain(|start| start.checked_add(*offset).is_some_and(|p| positions.binary_search(&p).is_ok()));
        }
        if !starts.is_empty() {
            each(doc, &starts);
        }
        doc = first.advance();
    }
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
