// SPDX-License-Identifier: AGPL-3.0-or-later
//! Scans against a naive model: filter and sort in memory.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

mod common;

use common::*;
use ids::{ItemId, Uid};
use ph_metadata::*;
use proptest::prelude::*;

const SORTS: [SortBy; 18] = [
    SortBy::DateDesc,
    SortBy::DateAsc,
    SortBy::SubjectDesc,
    SortBy::SubjectAsc,
    SortBy::NameDesc,
    SortBy::NameAsc,
    SortBy::SizeDesc,
    SortBy::SizeAsc,
    SortBy::IdDesc,
    SortBy::IdAsc,
    SortBy::ReadDesc,
    SortBy::ReadAsc,
    SortBy::FlagDesc,
    SortBy::FlagAsc,
    SortBy::AttachmentDesc,
    SortBy::AttachmentAsc,
    SortBy::PriorityDesc,
    SortBy::PriorityAsc,
];

fn naive(items: &[Item], filter: &Filter, sort: SortBy) -> Vec<ItemId> {
    let passes = |i: &&Item| {
        i.kind == Kind::Message
            && (filter.folders.is_empty() || filter.folders.contains(&i.folder))
            && filter.conversation.is_none_or(|c| i.conversation == Some(c))
            && filter.date_from_ms.is_none_or(|d| i.date_ms >= d)
            && filter.date_until_ms.is_none_or(|d| i.date_ms < d)
            && i.flags.contains(filter.flags_all)
            && !i.flags.intersects(filter.flags_none)
            && filter.tag.is_none_or(|t| i.tags.contains(&t))
    };
    let mut found: Vec<&Item> = items.iter().filter(passes).collect();
    found.sort_by(|a, b| {
        let key = match sort {
            SortBy::DateDesc | SortBy::DateAsc => a.date_ms.cmp(&b.date_ms),
            SortBy::SubjectDesc | SortBy::SubjectAsc => a.subject_sort.cmp(&b.subject_sort),
            SortBy::NameDesc | SortBy::NameAsc => a.sender_sort.cmp(&b.sender_sort),
            SortBy::SizeDesc | SortBy::SizeAsc => a.size.cmp(&b.size),
            _ => std::cmp::Ordering::Equal,
        };
        if sort.state().is_none() {
            let up = key.then(a.id.cmp(&b.id));
            return if sort.is_descending() { up.reverse() } else { up };
        }
        let rank = sort.rank(a.flags).cmp(&sort.rank(b.flags));
        let rank = if sort.is_descending() { rank.reverse() } else { rank };
        rank.then((b.date_ms, b.id).cmp(&(a.date_ms, a.id)))
    });
    found.into_iter().map(|i| i.id).collect()
}

fn scan(metadata: &Metadata, filter: &Filter, sort: SortBy, limit: usize) -> Vec<ItemId> {
    let mut found = Vec::new();
    metadata
        .read(ID, |r| {
            r.scan(filter, sort, &mut |brief| {
                found.push(brief.id);
                found.len() < limit
            })
        })
        .unwrap();
    found
}

/// The flags that orders go by, one a bit.
fn states(bits: u32) -> Flags {
    let all = [Flags::UNREAD, Flags::FLAGGED, Flags::ATTACHMENT, Flags::URGENT, Flags::LOW_PRIORITY];
    let set = all.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0);
    set.fold(Flags::default(), |flags, (_, flag)| flags.with(*flag))
}

/// Few values of everything, so that filters meet rows and keys are equal.
fn rows() -> impl Strategy<Value = Vec<Item>> {
    let one = (0..25u32, any::<Option<bool>>(), -3..3i64, 0..32u32, 0..3u64, 0..4u32, "[a-cé]{0,2}");
    proptest::collection::vec(one, 1..60).prop_map(|rows| {
        let mut items: Vec<Item> = (300..)
            .zip(rows)
            .map(|(id, (folder, conversation, date_ms, flags, size, tags, key))| Item {
                folder: ItemId(folder),
                conversation: conversation.map(|c| ItemId(900 + u32::from(c))),
                date_ms,
                flags: states(flags),
                size,
                tags: (0..2).filter(|bit| tags & (1 << bit) != 0).map(|bit| ItemId(64 + bit)).collect(),
                sender_sort: key.chars().rev().collect(),
                subject_sort: key,
                ..message(id)
            })
            .collect();
        items.push(folder(256, "not a message"));
        items
    })
}

fn filters() -> impl Strategy<Value = Filter> {
    (
        proptest::collection::vec(0..25u32, 0..20),
        proptest::option::weighted(0.2, 900..902u32),
        proptest::option::weighted(0.4, -3..3i64),
        proptest::option::weighted(0.4, -3..4i64),
        prop_oneof![Just(0), 0..32u32],
        prop_oneof![Just(0), 0..32u32],
        proptest::option::weighted(0.3, 64..66u32),
    )
        .prop_map(|(folders, conversation, date_from_ms, date_until_ms, all, none, tag)| Filter {
            kinds: Vec::new(),
            folders: folders.into_iter().map(ItemId).collect(),
            conversation: conversation.map(ItemId),
            date_from_ms,
            date_until_ms,
            flags_all: states(all),
            flags_none: states(none),
            tag: tag.map(ItemId),
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn scans_agree_with_the_model(items in rows(), filters in proptest::collection::vec(filters(), 1..12), limit in 1..9usize) {
        let (_dir, metadata) = open();
        put(&metadata, &items);
        for filter in filters.iter().chain([&Filter::default()]) {
            for sort in SORTS {
                let expected = naive(&items, filter, sort);
                assert_eq!(scan(&metadata, filter, sort, usize::MAX), expected, "{sort:?} {filter:?}");
                assert_eq!(scan(&metadata, filter, sort, limit), expected[..limit.min(expected.len())]);
            }
        }
        check(&metadata);
    }
}

#[test]
fn a_folder_comes_by_uid() {
    let (_dir, metadata) = open();
    let at = |id, uid| Item { uid: Uid(uid), ..message(id) };
    put(&metadata, &[at(300, 9), at(301, 3), Item { folder: ItemId::TRASH, ..at(302, 4) }, at(303, 5)]);
    let after = |uid| -> Vec<u32> {
        metadata.read(ID, |r| r.folder_messages(ItemId::INBOX, Uid(uid))).unwrap().iter().map(|b| b.uid.0).collect()
    };
    assert_eq!(after(0), [3, 5, 9]);
    assert_eq!(after(3), [5, 9]);
    assert_eq!(after(9), [0; 0]);
    check(&metadata);
}
