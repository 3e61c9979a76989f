// SPDX-License-Identifier: AGPL-3.0-or-later
//! Random mailboxes and queries against the plainest evaluator there is.

use super::*;
use proptest::prelude::*;
use query::Is;

fn matches(query: &Query, item: &Item, document: &Document) -> bool {
    match query {
        Query::All => true,
        Query::And(members) => members.iter().all(|member| matches(member, item, document)),
        Query::Or(members) => members.iter().any(|member| matches(member, item, document)),
        Query::Not(inner) => !matches(inner, item, document),
        Query::Clause(Clause::Text { text, prefix, .. }) => {
            let term = Term { fields: vec![index::Field::Content], text: text.clone(), prefix: *prefix };
            Indexes::matches(document, &term)
        }
        Query::Clause(Clause::In { path, under }) if path == "Work" => {
            item.folder == WORK || (*under && item.folder == OLD)
        }
        Query::Clause(Clause::In { .. }) => item.folder == ItemId::INBOX,
        Query::Clause(Clause::InId { id: 3, .. }) => [ItemId::TRASH, BELOW_TRASH].contains(&item.folder),
        Query::Clause(Clause::InId { .. }) => item.folder == ItemId::JUNK,
        Query::Clause(Clause::Is(Is::Unread)) => item.flags.contains(Flags::UNREAD),
        Query::Clause(Clause::Is(Is::FromMe)) => item.flags.contains(Flags::FROM_ME),
        Query::Clause(Clause::Is(Is::Anywhere)) => true,
        Query::Clause(Clause::Tag(_)) => item.tags == [URGENT],
        Query::Clause(Clause::Date { from_ms, until_ms }) => {
            from_ms.is_none_or(|from| item.date_ms >= from) && until_ms.is_none_or(|until| item.date_ms < until)
        }
        Query::Clause(Clause::Changed { from_ms, .. }) => from_ms.is_none_or(|from| item.changed_ms >= from),
        Query::Clause(Clause::Item(ids)) => ids.contains(&item.id.0),
        Query::Clause(Clause::Conversation(id)) => item.conversation.is_some_and(|c| i64::from(c.0) == *id),
        Query::Clause(other) => panic!("{other:?} is not made here"),
    }
}

fn first_recipient(item: &Item) -> String {
    spot::text_of(item, SortBy::RecipientAsc)
}

/// All hits of a query in order, with the conversation of each.
fn naive(world: &World, query: &Query, sort: SortBy) -> Vec<(i64, ItemId)> {
    let query = query::guarded(query.clone(), &parse("-underid:3 -underid:4"));
    let mut found: Vec<&Item> = world
        .items
        .iter()
        .zip(&world.documents)
        .filter(|(item, document)| matches(&query, item, document))
        .map(|(item, _)| item)
        .collect();
    found.sort_by(|a, b| {
        let key = match sort {
            SortBy::DateDesc | SortBy::DateAsc => a.date_ms.cmp(&b.date_ms),
            SortBy::ReadDesc => {
                let unread = |item: &Item| item.flags.contains(Flags::UNREAD);
                (unread(a), a.date_ms).cmp(&(unread(b), b.date_ms))
            }
            SortBy::RecipientAsc | SortBy::RecipientDesc => first_recipient(a).cmp(&first_recipient(b)),
            _ => a.sender_sort.cmp(&b.sender_sort),
        };
        let up = key.then(a.id.cmp(&b.id));
        if sort.is_descending() { up.reverse() } else { up }
    });
    found.iter().map(|item| (item.conversation.map_or(-i64::from(item.id.0), |c| i64::from(c.0)), item.id)).collect()
}

fn expected(world: &World, query: &Query, page: Page) -> (Vec<FoundHit>, bool) {
    let all = naive(world, query, page.sort);
    let mut hits: Vec<FoundHit> = all.iter().map(|(_, id)| FoundHit::Message(*id)).collect();
    if page.conversations {
        let newest_first = naive(world, query, SortBy::DateDesc);
        let matched = |id| newest_first.iter().filter(|(c, _)| *c == id).map(|(_, m)| *m).collect();
        let mut seen = std::collections::HashSet::new();
        let ids = all.iter().map(|(id, _)| *id).filter(|id| seen.insert(*id));
        hits = ids.map(|id| FoundHit::Conversation { id, matched: matched(id) }).collect();
    }
    let more = hits.len() > page.offset + page.limit;
    (hits.into_iter().skip(page.offset).take(page.limit).collect(), more)
}

const SORTS: [SortBy; 7] = [
    SortBy::DateDesc,
    SortBy::DateAsc,
    SortBy::NameDesc,
    SortBy::NameAsc,
    SortBy::RecipientDesc,
    SortBy::RecipientAsc,
    SortBy::ReadDesc,
];

fn items() -> impl Strategy<Value = Vec<(Item, Document)>> {
    let folder =
        prop::sample::select(vec![ItemId::INBOX, ItemId::INBOX, WORK, OLD, ItemId::TRASH, BELOW_TRASH, ItemId::JUNK]);
    let one =
        (folder, prop::option::of(290..293u32), 0..6i64, 0..64u32, any::<bool>(), "[ab]{0,1}", "((a|b|ab) ){0,3}");
    prop::collection::vec(one, 1..40).prop_map(|rows| {
        let numbered = rows.into_iter().zip(300..);
        let item = |((folder, conversation, date, flags, tagged, sender, text), id): (
            (_, Option<u32>, _, _, bool, String, String),
            _,
        )| {
            let item = Item {
                folder,
                conversation: conversation.map(ItemId),
                date_ms: date,
                changed_ms: date % 3,
                flags: Flags(flags),
                tags: if tagged { vec![URGENT] } else { vec![] },
                detail: Detail::Message(MessageDetail {
                    to: vec![Address { address: format!("{sender}@x"), name: None }],
                    ..MessageDetail::default()
                }),
                sender_sort: sender,
                ..message(id)
            };
            (item, body(&text))
        };
        numbered.map(item).collect()
    })
}

fn queries() -> impl Strategy<Value = Query> {
    let text = (prop::sample::select(vec!["a", "b", "ab", "a b", "c"]), any::<bool>());
    let clause = prop_oneof![
        3 => text.prop_map(|(text, prefix)| Clause::Text { field: TextField::Content, text: text.into(), prefix }),
        1 => (prop::sample::select(vec!["Work", "Inbox"]), any::<bool>())
            .prop_map(|(path, under)| Clause::In { path: path.into(), under }),
        1 => prop::sample::select(vec![Is::Unread, Is::FromMe, Is::Anywhere]).prop_map(Clause::Is),
        1 => Just(Clause::Tag("urgent".into())),
        1 => (prop::option::of(0..6i64), prop::option::of(0..6i64))
            .prop_map(|(from_ms, until_ms)| Clause::Date { from_ms, until_ms }),
        1 => prop::option::of(0..3i64).prop_map(|from_ms| Clause::Changed { from_ms, until_ms: None }),
        1 => prop::collection::vec(300..340u32, 1..5).prop_map(Clause::Item),
        1 => (290..293i64).prop_map(Clause::Conversation),
    ];
    clause.prop_map(Query::Clause).prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 1..4).prop_map(Query::and),
            1 => prop::collection::vec(inner.clone(), 1..4).prop_map(Query::or),
            1 => inner.prop_map(Query::negate),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_way_leads_to_the_same_page(
        rows in items(),
        queries in prop::collection::vec(queries(), 1..20),
        sort in prop::sample::select(SORTS.to_vec()),
        conversations in any::<bool>(),
        offset in 0..4usize,
        limit in 0..6usize,
        fetch_max in prop::sample::select(vec![0, drive::FETCH_MAX]),
    ) {
        let (items, documents) = rows.into_iter().unzip();
        let world = World { fetch_max, ..World::new(items, documents) };
        let page = Page { sort, kinds: Kinds::MESSAGES, conversations, offset, limit };
        for query in &queries {
            let found = world.search(query, page).unwrap();
            let (hits, more) = expected(&world, query, page);
            prop_assert_eq!((&found.hits, found.more), (&hits, more), "{}", query);
            if let Some(total) = found.total {
                let all = Page { offset: 0, limit: usize::MAX / 2, ..page };
                prop_assert_eq!(total, expected(&world, query, all).0.len(), "{}", query);
            }
        }
    }

    /// Page by page from the last hit of the page before, what comes is what comes at once.
    #[test]
    fn cursors_go_on_where_they_stopped(
        rows in items(),
        query in queries(),
        sort in prop::sample::select(SORTS.to_vec()),
        conversations in any::<bool>(),
        limit in 1..4usize,
        fetch_max in prop::sample::select(vec![0, drive::FETCH_MAX]),
    ) {
        let (items, documents) = rows.into_iter().unzip();
        let mut world = World { fetch_max, ..World::new(items, documents) };
        let whole = world.search(&query, Page { sort, kinds: Kinds::MESSAGES, conversations, offset: 0, limit: 100 }).unwrap().hits;
        let mut read = Vec::new();
        loop {
            let found = world.search(&query, Page { sort, kinds: Kinds::MESSAGES, conversations, offset: 0, limit }).unwrap();
            let Some(last) = found.hits.last().cloned() else { break };
            read.extend(found.hits);
            if !found.more {
                break;
            }
            world.cursor = Some(world.cursor_at(&last, sort));
        }
        prop_assert_eq!(read, whole, "{} {:?}", query, sort);
    }
}
