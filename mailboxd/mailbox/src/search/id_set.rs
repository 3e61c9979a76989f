// SPDX-License-Identifier: AGPL-3.0-or-later
use ids::ItemId;

/// Ids of messages: a bitmap when they are dense, else a list; never larger than the list would be.
#[derive(Debug, Clone, Default)]
pub struct IdSet {
    /// Ascending, each once.
    ids: Vec<ItemId>,
    /// Empty when the ids are too sparse for it.
    bits: Vec<u64>,
}

impl IdSet {
    pub fn new(mut ids: Vec<ItemId>) -> IdSet {
        // the index gives them in a few ascending runs, which this sort makes use of
        ids.sort();
        ids.dedup();
        let words = ids.last().map_or(0, |last| last.0 as usize / 64 + 1);
        let mut bits = Vec::new();
        if words <= ids.len() {
            bits.resize(words, 0u64);
            for id in &ids {
                bits[id.0 as usize / 64] |= 1 << (id.0 % 64);
            }
        }
        IdSet { ids, bits }
    }

    pub(crate) fn ids(&self) -> &[ItemId] {
        &self.ids
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn contains(&self, id: ItemId) -> bool {
        if self.bits.is_empty() {
            return self.ids.binary_search(&id).is_ok();
        }
        self.bits.get(id.0 as usize / 64).is_some_and(|word| word >> (id.0 % 64) & 1 == 1)
    }

    pub(crate) fn intersection(&self, other: &IdSet) -> IdSet {
        let (few, many) = if self.len() <= other.len() { (self, other) } else { (other, self) };
        IdSet::new(few.ids.iter().copied().filter(|id| many.contains(*id)).collect())
    }
}
