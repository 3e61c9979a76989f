// SPDX-License-Identifier: AGPL-3.0-or-later
//! Against real rows and a real index: fixed cases by name, random ones against the plainest evaluator there is.

use super::spot::{self, Cursor};
use super::{Context, Found, FoundHit, Page, Place, compile, drive};
use ids::{ItemId, MailboxId, ModSeq, Seq, Uid};
use index::{Document, Indexes, Term};
use metadata::*;
use proptest::prelude::*;
use query::{Clause, Is, Query, TextField};

const ID: MailboxId = MailboxId(3);
const WORK: ItemId = ItemId(260);
const OLD: ItemId = ItemId(261);
const BELOW_TRASH: ItemId = ItemId(262);
const URGENT: ItemId = ItemId(270);
const ME: &str = "me@example.test";

struct World {
    metadata: Metadata,
    indexes: Indexes,
    folders: Vec<Place>,
    tags: Vec<(String, ItemId)>,
    tail: Vec<(ItemId, Document)>,
    items: Vec<Item>,
    documents: Vec<Document>,
    fetch_max: usize,
    cursor: Option<Cursor>,
    _dir: tempfile::TempDir,
}

impl World {
    /// Every third document is not indexed yet; some of these are indexed with what they were before.
    fn new(items: Vec<Item>, documents: Vec<Document>) -> World {
        let dir = tempfile::tempdir().unwrap();
        let metadata = Metadata::open(dir.path(), 2).unwrap();
        let row = MailboxRow {
            id: ID,
            account: "a".into(),
            next_item_id: 1000,
            modseq: ModSeq(1000),
            size: 0,
            applied: Seq(1),
            purged: ModSeq(0),
        };
        metadata
            .write(ID, |writer| {
                writer.put_mailbox(&row)?;
                items.iter().try_for_each(|item| writer.put_item(item))
            })
            .unwrap();
        let indexes = Indexes::open(&dir.path().join("index"), 1).unwrap();
        let (mut tail, mut add) = (Vec::new(), Vec::new());
        for (n, (item, document)) in items.iter().zip(&documents).enumerate() {
            match n % 3 {
                0 => tail.push((item.id, document.clone())),
                _ => add.push((item.id, document.clone())),
            }
            if n % 6 == 0 {
                add.push((item.id, Document { body: "stale apple".into(), ..Document::default() }));
            }
        }
        // One that was deleted and is still indexed.
        add.push((ItemId(999), Document { body: "apple".into(), ..Document::default() }));
        indexes.apply(ID, add, &[], ModSeq(1)).unwrap();
        let place = |id, parent, path: &str| Place { id, parent, path: path.into() };
        let folders = vec![
            place(ItemId::ROOT, ItemId::ROOT, ""),
            place(ItemId::USER_ROOT, ItemId::ROOT, "/"),
            place(ItemId::INBOX, ItemId::USER_ROOT, "/Inbox"),
            place(ItemId::TRASH, ItemId::USER_ROOT, "/Trash"),
            place(ItemId::JUNK, ItemId::USER_ROOT, "/Junk"),
            place(WORK, ItemId::USER_ROOT, "/Work"),
            place(OLD, WORK, "/Work/Old Stuff"),
            place(BELOW_TRASH, ItemId::TRASH, "/Trash/Deleted"),
        ];
        let tags = vec![("Urgent".into(), URGENT)];
        World {
            metadata,
            indexes,
            folders,
            tags,
            tail,
            items,
            documents,
            fetch_max: drive::FETCH_MAX,
            cursor: None,
            _dir: dir,
        }
    }

    fn search(&self, query: &Query, page: Page) -> crate::error::Result<Found> {
        let own = [ME.to_owned()];
        let (folders, tags, tail) = (&self.folders, &self.tags, &self.tail);
        let context = Context { folders, tags, own_addresses: &own, with_trash: false, with_junk: false, tail };
        let mut answer = None;
        self.metadata
            .read(ID, |reader| {
                let node = compile::compile(&self.indexes, ID, query, &context);
                answer =
                    Some(node.and_then(|node| drive::page(reader, &node, page, self.cursor.as_ref(), self.fetch_max)));
                Ok(())
            })
            .unwrap();
        answer.unwrap()
    }
}

impl World {
    fn cursor_at(&self, hit: &FoundHit, sort: SortBy) -> Cursor {
        let (id, members) = match hit {
            FoundHit::Message(id) => (i64::from(id.0), vec![*id]),
            FoundHit::Conversation { id, matched } => (*id, matched.clone()),
        };
        let items = self.items.iter().filter(|item| members.contains(&item.id));
        let first = items.min_by_key(|item| (spot::of_item(item, sort), spot::tie(sort, item.id))).unwrap();
        let value = spot::sort_value(first, sort);
        assert_eq!(spot::parse(&value, sort), Some(spot::of_item(first, sort)), "{value}");
        Cursor { id, from: spot::parse(&value, sort), until: None }
    }
}

fn parse(text: &str) -> Query {
    query::parse(text, &query::Context { now_ms: 1_000_000, tz_offset_minutes: 0 }).unwrap()
}

fn message(id: u32) -> Item {
    Item {
        id: ItemId(id),
        kind: Kind::Message,
        folder: ItemId::INBOX,
        conversation: None,
        uid: Uid(id),
        modseq: ModSeq(id.into()),
        revision: ModSeq(id.into()),
        date_ms: i64::from(id) * 1000,
        changed_ms: 5,
        size: 100,
        flags: Flags::default(),
        tags: Vec::new(),
        name: String::new(),
        subject: String::new(),
        subject_sort: String::new(),
        sender_sort: String::new(),
        digest: None,
        message_id_hash: 0,
        thread_hash: 0,
        detail: Detail::Message(MessageDetail::default()),
    }
}

fn body(text: &str) -> Document {
    Document { body: text.into(), ..Document::default() }
}

/// 300 to 309, of which 302, 304 and 307 are a conversation.
fn world() -> World {
    let mut items: Vec<Item> = (300..310).map(message).collect();
    for n in [2, 4, 7] {
        items[n].conversation = Some(ItemId(290));
    }
    items[1].folder = WORK;
    items[2].folder = OLD;
    items[3].folder = ItemId::TRASH;
    items[5].folder = BELOW_TRASH;
    items[6].folder = ItemId::JUNK;
    items[4].flags = Flags::UNREAD.with(Flags::ATTACHMENT);
    items[7].flags = Flags::FLAGGED.with(Flags::FROM_ME);
    items[8].tags = vec![URGENT];
    items[8].size = 5000;
    items[9].changed_ms = 9;
    let detail = MessageDetail { envelope_from: Some("bounce@list.test".into()), ..MessageDetail::default() };
    items[9].detail = Detail::Message(detail);
    items[9].subject_sort = "zebra".into();
    items[0].subject_sort = "ant".into();
    let mut documents: Vec<Document> = (0..10).map(|n| body(if n % 2 == 0 { "apple pear" } else { "plum" })).collect();
    documents[1].to = format!("Me {ME}");
    documents[7].from = ME.into();
    documents[8].types = vec!["application/msword".into()];
    World::new(items, documents)
}

#[track_caller]
fn check(query: &str, sort: SortBy, expected: &[u32]) {
    let page = Page { sort, conversations: false, offset: 0, limit: 100 };
    let found = world().search(&parse(query), page).unwrap();
    let expected: Vec<FoundHit> = expected.iter().map(|id| FoundHit::Message(ItemId(*id))).collect();
    assert_eq!(found, Found { total: Some(expected.len()), hits: expected, more: false }, "{query}");
}

#[test]
fn messages_are_found_by_what_they_are() {
    let newest = SortBy::DateDesc;
    check("", newest, &[309, 308, 307, 304, 302, 301, 300]);
    check("is:anywhere", newest, &[309, 308, 307, 306, 305, 304, 303, 302, 301, 300]);
    check("in:trash", newest, &[303]);
    check("under:/TRASH/", newest, &[305, 303]);
    check("in:\"work/old stuff\"", newest, &[302]);
    check("under:work", newest, &[302, 301]);
    check("inid:4 or underid:260", newest, &[306, 302, 301]);
    check("apple", newest, &[308, 304, 302, 300]);
    check("apple is:anywhere", newest, &[308, 306, 304, 302, 300]);
    check("stale is:anywhere", newest, &[]);
    check("\"apple pear\" -tag:urgent", newest, &[304, 302, 300]);
    check("plum or tag:URGENT", newest, &[309, 308, 307, 301]);
    check("is:unread has:attachment", newest, &[304]);
    check("not (is:unread has:attachment) apple", newest, &[308, 302, 300]);
    check("is:read is:unflagged is:received in:inbox", newest, &[309, 308, 300]);
    check("is:tome", newest, &[301]);
    check("is:fromme", newest, &[307]);
    check("is:tofromme", newest, &[307, 301]);
    check("is:solo", newest, &[309, 308, 301, 300]);
    check("is:tagged", newest, &[308]);
    check("larger:4kb", newest, &[308]);
    check("type:word", newest, &[308]);
    check("item:300,304,777", newest, &[304, 300]);
    check("conv:290", newest, &[307, 304, 302]);
    check("conv:-300", newest, &[300]);
    check("conv:-9223372036854775808", newest, &[]);
    check("modseq:>=308", newest, &[309, 308]);
    check("mdate:>=@9", newest, &[309]);
    check("mdate:<@9 apple", newest, &[308, 304, 302, 300]);
    check("envfrom:list.test", newest, &[309]);
    check("-envfrom:list.test plum", newest, &[307, 301]);
    check("date:>=@302000<@308000", SortBy::DateAsc, &[302, 304, 307]);
    check("in:inbox", SortBy::SubjectDesc, &[309, 300, 308, 307, 304]);
    check("apple in:inbox", SortBy::SubjectAsc, &[304, 308, 300]);
    check("apple", SortBy::SizeDesc, &[308, 304, 302, 300]);
    check("item:none", newest, &[]);
    check("is:remote", newest, &[]);
}

#[test]
fn conversations_come_once_in_the_order_of_their_best_message() {
    let page = Page { sort: SortBy::DateDesc, conversations: true, offset: 1, limit: 2 };
    let found = world().search(&parse("apple or is:flagged"), page).unwrap();
    let conversation = FoundHit::Conversation { id: 290, matched: [307, 304, 302].map(ItemId).to_vec() };
    let alone = FoundHit::Conversation { id: -300, matched: vec![ItemId(300)] };
    assert_eq!(found, Found { hits: vec![conversation, alone], more: false, total: Some(3) });
}

#[test]
fn what_is_named_must_exist() {
    for (query, expected) in [
        ("in:nowhere", "no such folder: nowhere"),
        ("inid:77", "no such folder: 77"),
        ("tag:nothing or a", "no such tag: nothing"),
        (&format!("\"{}\"", "a ".repeat(300)), "invalid request: more than 256 words in one condition"),
    ] {
        let page = Page { sort: SortBy::DateDesc, conversations: false, offset: 0, limit: 1 };
        assert_eq!(world().search(&parse(query), page).unwrap_err().to_string(), expected);
    }
}

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
        let page = Page { sort, conversations, offset, limit };
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
        let whole = world.search(&query, Page { sort, conversations, offset: 0, limit: 100 }).unwrap().hits;
        let mut read = Vec::new();
        loop {
            let found = world.search(&query, Page { sort, conversations, offset: 0, limit }).unwrap();
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
