// SPDX-License-Identifier: AGPL-3.0-or-later

use crate::draft::Draft;
use crate::error::Result;
use crate::mailbox::{Mailbox, SETTABLE};
use ids::{ItemId, ModSeq};
use metadata::{Flags, Item, Patch};

#[derive(Debug, Clone, Default)]
pub struct FlagChange {
    pub add: Flags,
    pub remove: Flags,
    pub tags_add: Vec<ItemId>,
    pub tags_remove: Vec<ItemId>,
    /// Replaces the tags whole, before the other two.
    pub tags_set: Option<Vec<ItemId>>,
    /// Leaves alone what changed after this (RFC 7162 §3.1.3 UNCHANGEDSINCE).
    pub unchanged_since: Option<ModSeq>,
}

#[derive(Debug, Clone, Default)]
pub struct FlagResult {
    /// State after the change of every message that is there, changed or not, without the conflicts.
    pub changed: Vec<Item>,
    /// Changed after `unchanged_since`: left alone.
    pub conflicts: Vec<ItemId>,
    pub missing: Vec<ItemId>,
}

impl Mailbox {
    /// Flags and tags of messages, in one transaction. What has them already is not changed and gets no new change number.
    pub fn update_flags(&self, ids: &[ItemId], change: &FlagChange) -> Result<FlagResult> {
        self.transact(&[], |draft| {
            for tag in change.tags_add.iter().chain(change.tags_set.iter().flatten()) {
                draft.view.tag(*tag)?;
            }
            let rows = self.message_rows(ids)?;
            let mut result = FlagResult { missing: missing(ids, &rows), ..FlagResult::default() };
            for row in rows {
                if change.unchanged_since.is_some_and(|since| row.modseq > since) {
                    result.conflicts.push(row.id);
                } else {
                    result.changed.push(update(draft, row, change)?);
                }
            }
            Ok(result)
        })
    }

    /// Rows of what lies in folders, with everything applied (call under the mailbox lock). In the order of `ids`, each once.
    pub(crate) fn message_rows(&self, ids: &[ItemId]) -> Result<Vec<Item>> {
        let mut seen = std::collections::HashSet::new();
        let ids: Vec<_> = ids.iter().copied().filter(|id| seen.insert(*id)).collect();
        let mut rows = self.shared().metadata.glance(self.live.id, |reader| reader.items(&ids))?;
        rows.retain(|item| !item.kind.is_container());
        Ok(rows)
    }
}

fn update(draft: &mut Draft, row: Item, change: &FlagChange) -> Result<Item> {
    let settable = |flags: Flags| Flags(flags.0 & SETTABLE.0);
    let flags = row.flags.without(settable(change.remove)).with(settable(change.add));
    let mut tags = change.tags_set.clone().unwrap_or_else(|| row.tags.clone());
    tags.retain(|tag| !change.tags_remove.contains(tag));
    tags.extend(&change.tags_add);
    tags.sort();
    tags.dedup();
    let patch = Patch {
        flags: (flags != row.flags).then_some(flags),
        tags: (tags != row.tags).then_some(tags),
        ..Patch::default()
    };
    if patch.flags.is_none() && patch.tags.is_none() {
        return Ok(row);
    }
    Ok(draft.patch(&row, patch)?.as_ref().clone())
}

pub(super) fn missing(ids: &[ItemId], rows: &[Item]) -> Vec<ItemId> {
    let found: std::collections::HashSet<_> = rows.iter().map(|row| row.id).collect();
    ids.iter().copied().filter(|id| !found.contains(id)).collect()
}
