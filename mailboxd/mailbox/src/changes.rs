// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a client needs that keeps a copy of a mailbox: all that is there, and what has changed since. A visitor is told of the
//! folders that may be read, and of nothing else; what left them is gone for a visitor.

use crate::error::{Error, Result};
use crate::mailbox::Mailbox;
use crate::view::View;
use ids::{ItemId, ModSeq};
use metadata::{Brief, Filter, Item, Kind, Rights, SortBy, Tombstone};

/// Rows that are looked at together for a visitor, who may be told of none of them.
const PAGE: usize = 5_000;

impl Mailbox {
    /// Everything that lies in folders, by id.
    pub fn contents(&self) -> Result<Vec<Brief>> {
        let kinds = [Kind::Message].into_iter().chain(Kind::OTHERS).collect();
        let view = self.view();
        self.read(|reader| {
            let mut found = Vec::new();
            reader.scan(&Filter { kinds, ..Filter::default() }, SortBy::IdAsc, &mut |brief| {
                if self.may(&view, brief.folder, Rights::READ) {
                    found.push(brief);
                }
                true
            })?;
            Ok(found)
        })
    }

    /// Items changed and tombstones after `since`, at most so many of either, by ascending change number.
    pub fn changed_since(&self, since: ModSeq, items: usize, gone: usize) -> Result<(Vec<Item>, Vec<Tombstone>)> {
        let view = self.view();
        if since < view.row.purged {
            return Err(Error::MustResync);
        }
        if self.is_own() {
            return self
                .read(|reader| Ok((reader.changed_since(since, items)?, reader.tombstones_since(since, gone)?)));
        }
        let changed = gather(
            since,
            items,
            |since, limit| self.read(|reader| reader.changed_since(since, limit)),
            |item| (item.modseq, self.is_shown(&view, item.kind, item.id, item.folder)),
        );
        let removed = gather(
            since,
            gone,
            |since, limit| self.read(|reader| reader.tombstones_since(since, limit)),
            |one| (one.modseq, self.is_shown(&view, one.kind, one.folder, one.folder)),
        );
        Ok((changed?, removed?))
    }

    /// Tags are their owner's.
    fn is_shown(&self, view: &View, kind: Kind, id: ItemId, folder: ItemId) -> bool {
        match kind {
            Kind::Tag => false,
            Kind::Folder | Kind::SearchFolder | Kind::MountPoint => self.may(view, id, Rights::READ),
            _ => self.may(view, folder, Rights::READ),
        }
    }
}

/// Of what `read` gives by ascending change number, page by page, what is to be shown.
fn gather<T>(
    since: ModSeq,
    limit: usize,
    read: impl Fn(ModSeq, usize) -> Result<Vec<T>>,
    look: impl Fn(&T) -> (ModSeq, bool),
) -> Result<Vec<T>> {
    let (mut from, mut page, mut found) = (since, PAGE, Vec::new());
    loop {
        let mut rows = read(from, page)?;
        let is_last = rows.len() < page;
        let ends = rows.first().map(|row| look(row).0).zip(rows.last().map(|row| look(row).0));
        if let (false, Some((first, last))) = (is_last, ends) {
            // A transaction may go on behind the page: it is read whole, with what follows or in a larger page.
            if first == last {
                page = page.saturating_mul(2);
                continue;
            }
            rows.retain(|row| look(row).0 < last);
            from = ModSeq(last.0 - 1);
        }
        found.extend(rows.into_iter().filter(|row| look(row).1));
        if is_last || found.len() >= limit {
            found.truncate(limit);
            return Ok(found);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that can't go on ends")]

    use super::*;

    /// Rows of change numbers, with transactions that are larger than a page and such that a page ends in.
    #[test]
    fn what_is_shown_is_found_whatever_lies_between() {
        let sizes = [1, PAGE - 1, 3, 2 * PAGE + 7, 1, 1, PAGE];
        let rows: Vec<(u64, usize)> =
            sizes.iter().zip(1_u64..).flat_map(|(size, change)| (0..*size).map(move |at| (change, at))).collect();
        let read = |since: ModSeq, limit: usize| {
            Ok(rows.iter().copied().filter(|(change, _)| *change > since.0).take(limit).collect::<Vec<_>>())
        };
        let every = |keep: fn(usize) -> bool| move |row: &(u64, usize)| (ModSeq(row.0), keep(row.1));
        for since in 0..8 {
            let expected: Vec<_> = rows.iter().copied().filter(|row| row.0 > since && row.1 % 1_000 == 0).collect();
            for limit in [0, 1, 5, usize::MAX] {
                let found = gather(ModSeq(since), limit, read, every(|at| at % 1_000 == 0)).unwrap();
                assert_eq!(found, expected[..limit.min(expected.len())], "{since} {limit}");
            }
        }
    }
}
