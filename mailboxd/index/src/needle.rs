// SPDX-License-Identifier: AGPL-3.0-or-later
//! What is looked for: words at fixed distances. The same needle is found in the index (`segment`) and in a document that
//! is not indexed yet (here), so that both give one answer.

use crate::words::{Kind, Words};
use crate::{Document, Error, Field, Result, Term, schema};

/// Most words of one condition.
pub const TERM_WORDS_MAX: usize = 256;

pub(crate) struct Needle {
    /// Never empty.
    pub slots: Vec<Slot>,
}

pub(crate) struct Slot {
    /// Distance from the needle's first word.
    pub offset: u32,
    pub text: String,
    /// Any token that begins with `text`.
    pub prefix: bool,
}

impl Slot {
    fn accepts(&self, token: &str) -> bool {
        if self.prefix { token.starts_with(&self.text) } else { token == self.text }
    }
}

impl Needle {
    /// `None` if there is no word in the term: it matches nothing.
    pub fn new(term: &Term) -> Result<Option<Needle>> {
        let mut words = Words::new(&term.text);
        let mut slots = Vec::new();
        let mut address = None;
        let mut last = None;
        while let Some(kind) = words.advance() {
            let slot = Slot { offset: words.position(), text: words.token().to_owned(), prefix: false };
            match kind {
                Kind::Whole if slots.is_empty() => address = Some(slot),
                // Its words are looked for one by one; the end of a longer run is in the pair before.
                Kind::Whole | Kind::Last { alone: false } => {}
                Kind::Word | Kind::Pair | Kind::Last { alone: true } => slots.push(slot),
            }
            last = Some(kind);
            if slots.len() > TERM_WORDS_MAX {
                return Err(Error::TooManyWords { max: TERM_WORDS_MAX });
            }
        }
        // An address and nothing else is one exact token, not words that happen to be neighbours.
        if let Some(address) = address.filter(|_| words.address_covers_end()) {
            slots = vec![address];
        }
        if let Some(slot) = slots.last_mut() {
            // One character of a script without spaces is only indexed alone at the end of a run.
            slot.prefix = match last {
                Some(Kind::Last { alone }) => alone,
                _ => term.prefix,
            };
        }
        let first = slots.first().map_or(0, |slot| slot.offset);
        for slot in &mut slots {
            slot.offset -= first;
        }
        Ok((!slots.is_empty()).then_some(Needle { slots }))
    }

    pub fn is_in(&self, text: &str) -> bool {
        let mut words = Words::new(text);
        // Where each slot's word stands, less its offset: a needle begins where all of them agree.
        let mut starts: Vec<Vec<u32>> = self.slots.iter().map(|_| Vec::new()).collect();
        while words.advance().is_some() {
            for (slot, starts) in self.slots.iter().zip(&mut starts) {
                if slot.accepts(words.token())
                    && let Some(start) = words.position().checked_sub(slot.offset)
                {
                    starts.push(start);
                }
            }
        }
        let mut common = starts.swap_remove(0);
        for other in &starts {
            common.retain(|start| other.binary_search(start).is_ok());
        }
        !common.is_empty()
    }
}

pub(crate) fn matches(document: &Document, term: &Term) -> bool {
    let Ok(Some(needle)) = Needle::new(term) else { return false };
    let texts = schema::TEXTS.iter().filter(|text| term.fields.iter().any(|field| text.answers(*field)));
    texts.into_iter().any(|text| match text.field {
        Field::Type => needle.is_in(&schema::types_text(document)),
        _ => needle.is_in(text.of(document)),
    })
}
