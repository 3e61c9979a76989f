// SPDX-License-Identifier: AGPL-3.0-or-later
//! Against real rows and a real index: fixed cases by name here, random ones in [`random`].

use super::spot::{self, Cursor};
use super::{Context, Found, FoundHit, Kinds, Page, Place, compile, drive};
use ids::{ItemId, MailboxId, ModSeq, Seq, Uid};
use index::{Document, Indexes, Term};
use metadata::*;
use query::{Clause, Query, TextField};

mod random;

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
        let context = Context {
            only: None,
            folders,
            tags,
            own_addresses: &own,
            with_trash: false,
            with_junk: false,
            with_contacts: false,
            tail,
        };
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
    let page = Page { sort, kinds: Kinds::MESSAGES, conversations: false, offset: 0, limit: 100 };
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
    let page = Page { sort: SortBy::DateDesc, kinds: Kinds::MESSAGES, conversations: true, offset: 1, limit: 2 };
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
        let page = Page { sort: SortBy::DateDesc, kinds: Kinds::MESSAGES, conversations: false, offset: 0, limit: 1 };
        assert_eq!(world().search(&parse(query), page).unwrap_err().to_string(), expected);
    }
}
