// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]
//! Rows to test with.
#![allow(dead_code, reason = "each test file uses some of it")]

use ids::{Digest, ItemId, MailboxId, ModSeq, Seq, Uid};
use ph_metadata::*;
use proptest::prelude::*;

pub const ID: MailboxId = MailboxId(3);

pub fn state(id: MailboxId) -> MailboxRow {
    MailboxRow {
        id,
        account: format!("account-{id}"),
        next_item_id: 256,
        modseq: ModSeq(1),
        size: 0,
        applied: Seq(1),
        purged: ModSeq(0),
    }
}

pub fn message(id: u32) -> Item {
    Item {
        id: ItemId(id),
        kind: Kind::Message,
        folder: ItemId::INBOX,
        conversation: None,
        uid: Uid(id),
        modseq: ModSeq(id.into()),
        revision: ModSeq(id.into()),
        date_ms: 1_700_000_000_000 + i64::from(id),
        changed_ms: 1_700_000_000_000,
        size: 1000,
        flags: Flags::UNREAD,
        tags: Vec::new(),
        name: String::new(),
        subject: format!("Subject {id}"),
        subject_sort: format!("subject {id}"),
        sender_sort: "alice".into(),
        digest: Some(Digest([id as u8; 32])),
        message_id_hash: id.into(),
        thread_hash: 77,
        detail: Detail::Message(MessageDetail { fragment: "Dear Bob".into(), ..MessageDetail::default() }),
    }
}

pub fn folder(id: u32, name: &str) -> Item {
    let detail = Detail::Folder(FolderDetail { uid_next: 1, ..FolderDetail::default() });
    Item {
        kind: Kind::Folder,
        folder: ItemId::USER_ROOT,
        uid: Uid(0),
        size: 0,
        name: name.into(),
        subject: String::new(),
        digest: None,
        message_id_hash: 0,
        thread_hash: 0,
        detail,
        ..message(id)
    }
}

/// A store with nothing in it, and what it needs while it lives.
pub fn open() -> (Home, Metadata) {
    let home = Home::new();
    let metadata = home.open();
    (home, metadata)
}

/// Where a store lives: a directory, and in the suite of MariaDB (`mysql.rs`) a database.
pub struct Home {
    pub dir: tempfile::TempDir,
    engines: Engines,
}

impl Home {
    pub fn new() -> Home {
        let engines = if env!("CARGO_CRATE_NAME") == "mysql" { on_mysql(&database()) } else { Engines::default() };
        Home { dir: tempfile::tempdir().unwrap(), engines }
    }

    pub fn open(&self) -> Metadata {
        Metadata::open_on(self.dir.path(), 8, self.engines.clone()).unwrap()
    }
}

pub fn database() -> mariadb::Database {
    mariadb::shared().unwrap().database().unwrap()
}

pub fn on_mysql(database: &mariadb::Database) -> Engines {
    let mariadb::Database { socket, name, user } = database.clone();
    Engines { new: Engine::Mysql, mysql: Some(Server { socket, database: name, user, password_file: None }) }
}

pub fn put(metadata: &Metadata, items: &[Item]) {
    metadata
        .write(ID, |w| {
            w.put_mailbox(&state(ID))?;
            items.iter().try_for_each(|item| w.put_item(item))
        })
        .unwrap();
}

/// The store ends every test sound, and its links agree with its rows.
pub fn check(metadata: &Metadata) {
    metadata
        .read(ID, |r| {
            assert_eq!(r.integrity()?, Vec::<String>::new());
            let mut ids = Vec::new();
            r.all_ids(&mut |identity| {
                ids.push(identity.id);
                true
            })?;
            let items = r.items(&ids)?;
            assert_eq!(items.len(), ids.len());
            assert_eq!(items.iter().filter(|i| i.kind == Kind::Message).count() as u64, r.message_count()?);
            let tags: std::collections::BTreeSet<_> = items.iter().flat_map(|i| i.tags.clone()).collect();
            for tag in tags {
                let bearers: Vec<_> = items.iter().filter(|i| i.tags.contains(&tag)).map(|i| i.id).collect();
                assert_eq!(r.tagged(tag)?, bearers);
            }
            Ok(())
        })
        .unwrap();
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), Just("O'Brien \"x\" \0 😀 \\ %_;--".to_owned()), Just(String::new())]
}

fn addresses() -> impl Strategy<Value = Vec<Address>> {
    proptest::collection::vec((text(), proptest::option::of(text())), 0..3)
        .prop_map(|all| all.into_iter().map(|(address, name)| Address { address, name }).collect())
}

pub fn detail() -> impl Strategy<Value = (Kind, Detail)> {
    let optional = || proptest::option::of(text());
    let message = (addresses(), addresses(), text(), optional(), any::<Option<i64>>(), any::<Option<u32>>()).prop_map(
        |(from, to, fragment, message_id, sent_ms, origin)| {
            let origin = origin.map(|id| (ItemId(id), "r".to_owned()));
            let (in_reply_to, cc) = (message_id.clone(), to.clone());
            let detail = MessageDetail {
                from,
                to,
                cc,
                fragment,
                message_id,
                in_reply_to,
                sent_ms,
                origin,
                saved_ms: sent_ms,
                ..Default::default()
            };
            (Kind::Message, Detail::Message(detail))
        },
    );
    let folder = (text(), any::<(u32, u32, u64, u32, u32, u64)>(), any::<Option<u8>>(), optional(), any::<bool>())
        .prop_map(|(view, (total, unread, size, uid_next, uid_validity, highest_modseq), color, query, search)| {
            let kind = if search { Kind::SearchFolder } else { Kind::Folder };
            let detail = FolderDetail {
                view,
                total,
                unread,
                size,
                uid_next,
                uid_validity,
                highest_modseq,
                color,
                special_use: query.clone(),
                query,
                ..Default::default()
            };
            (kind, Detail::Folder(detail))
        });
    let tag = (any::<Option<u8>>(), optional(), any::<(u32, u32)>()).prop_map(|(color, rgb, (unread, total))| {
        (Kind::Tag, Detail::Tag(TagDetail { color, rgb, unread, total, custom: None }))
    });
    let contact = proptest::collection::vec((text(), text()), 0..4).prop_map(|attrs| {
        let members = vec![Member { kind: MemberKind::Inline, value: "a@x".into() }];
        (Kind::Contact, Detail::Contact(ContactDetail { attrs, members, files: Vec::new(), custom: None }))
    });
    let document = (text(), any::<(u32, i64, [u8; 32], u64)>()).prop_map(|(text, (version, ms, digest, size))| {
        let earlier = DocumentVersion {
            version,
            revision: ModSeq(size),
            digest: Digest(digest),
            size,
            name: text.clone(),
            content_type: text.clone(),
            author: text.clone(),
            date_ms: ms,
            description: text.clone(),
            fragment: String::new(),
        };
        let detail =
            DocumentDetail { author: text, version, created_ms: ms, versions: vec![earlier], ..Default::default() };
        (Kind::Document, Detail::Document(detail))
    });
    prop_oneof![message, folder, tag, contact, document]
}

pub fn item() -> impl Strategy<Value = Item> {
    let numbers = any::<(u32, Option<u32>, u32, u64, u64, i64, i64, u64, u32)>();
    let tags = proptest::collection::btree_set(any::<u32>().prop_map(ItemId), 0..4);
    let hashes = any::<(Option<[u8; 32]>, i64, i64)>();
    (1..200u32, detail(), numbers, tags, (text(), text(), text(), text()), hashes).prop_map(
        |(
            id,
            (kind, detail),
            n,
            tags,
            (name, subject, subject_sort, sender_sort),
            (digest, message_id_hash, thread_hash),
        )| Item {
            id: ItemId(id),
            kind,
            folder: ItemId(n.0),
            conversation: n.1.map(ItemId),
            uid: Uid(n.2),
            modseq: ModSeq(n.3),
            revision: ModSeq(n.4),
            date_ms: n.5,
            changed_ms: n.6,
            size: n.7,
            flags: Flags(n.8),
            tags: tags.into_iter().collect(),
            name,
            subject,
            subject_sort,
            sender_sort,
            digest: digest.map(Digest),
            message_id_hash,
            thread_hash,
            detail,
        },
    )
}
