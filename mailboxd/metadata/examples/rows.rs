// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]
//! What rows cost: `cargo run --release -p ph-metadata --example rows [messages] [mysql]`. CPU is the main thread's: with
//! SQLite that is all, with MariaDB (a server of its own, with settings as in production) its half.

use ids::{Digest, ItemId, MailboxId, ModSeq, Seq, Uid};
use ph_metadata::*;
use std::error::Error;
use std::time::{Duration, Instant};

type Outcome<T = ()> = std::result::Result<T, Box<dyn Error>>;

const ID: MailboxId = MailboxId(1);
const DELIVERIES: u32 = 4000;

fn main() -> Outcome {
    let messages = std::env::args().nth(1).map_or(Ok(100_000), |n| n.parse())?;
    let dir = std::env::temp_dir().join(format!("ph-metadata-rows-{}", std::process::id()));
    let server = std::env::args().any(|word| word == "mysql").then(server).transpose()?;
    let result = run(&dir, messages, server.as_ref());
    std::fs::remove_dir_all(&dir)?;
    result
}

fn server() -> Outcome<mariadb::Server> {
    let settings = ["--innodb-buffer-pool-size=256M", "--innodb-log-file-size=96M", "--innodb-flush-log-at-timeout=1"];
    Ok(mariadb::Server::start_with(&settings)?)
}

fn engines(server: &mariadb::Server) -> Outcome<Engines> {
    let mariadb::Database { socket, name, user } = server.database()?;
    Ok(Engines { new: Engine::Mysql, mysql: Some(Server { socket, database: name, user, password_file: None }) })
}

fn run(dir: &std::path::Path, messages: u32, server: Option<&mariadb::Server>) -> Outcome {
    let metadata = Metadata::open_on(dir, 1000, server.map(engines).transpose()?.unwrap_or_default())?;
    let mut next = 256;
    let (wall, cpu) = deliver(&metadata, &mut next, messages, 100)?;
    println!("filled with {messages} messages in {wall:.1?}, {cpu:.1?} CPU");
    metadata.checkpoint()?;
    let data = server.map_or(dir.to_owned(), |server| server.data().join("test0"));
    println!("{} octets a message on disk", size(&data)? / u64::from(messages));
    for batch in [1, 10, 100] {
        let (wall, cpu) = deliver(&metadata, &mut next, DELIVERIES, batch)?;
        let (wall, cpu) = (wall / DELIVERIES, cpu / DELIVERIES);
        let start = Instant::now();
        metadata.checkpoint()?;
        println!(
            "delivery, {batch:3} a transaction: {wall:7.1?}, {cpu:7.1?} CPU; then checkpoint {:.1?}",
            start.elapsed()
        );
    }
    queries(&metadata, next)?;
    if server.is_none() {
        idle(&metadata)?;
    }
    Ok(())
}

fn deliver(metadata: &Metadata, next: &mut u32, count: u32, batch: u32) -> Outcome<(Duration, Duration)> {
    let (start, cpu) = (Instant::now(), cpu()?);
    for _ in 0..count.div_ceil(batch) {
        metadata.write(ID, |w| {
            let mut items: Vec<Item> = (1..=batch).map(|n| message(*next + n)).collect();
            *next += batch;
            items.push(inbox(*next));
            w.put_items(&items.iter().collect::<Vec<_>>())?;
            w.put_mailbox(&state(ID, *next))
        })?;
    }
    Ok((start.elapsed(), self::cpu()? - cpu))
}

fn queries(metadata: &Metadata, next: u32) -> Outcome {
    let page = |filter: Filter, sort, limit: usize| {
        metadata.read(ID, |r| {
            let mut seen = 0;
            r.scan(&filter, sort, &mut |_| {
                seen += 1;
                seen < limit
            })?;
            Ok(seen)
        })
    };
    let inbox = || Filter { folders: vec![ItemId::INBOX], ..Filter::default() };
    let three = || Filter { folders: vec![ItemId::INBOX, ItemId::SENT, ItemId::TRASH], ..Filter::default() };
    let ids: Vec<ItemId> = (0..100).map(|n| ItemId(257 + n * ((next - 300) / 100))).collect();
    timed("first 50 of a folder by date", 100, || page(inbox(), SortBy::DateDesc, 50))?;
    timed("first 50 of three folders by date", 100, || page(three(), SortBy::DateDesc, 50))?;
    timed("first 50 of a folder by subject", 3, || page(inbox(), SortBy::SubjectAsc, 50))?;
    timed("whole mailbox by date", 3, || page(Filter::default(), SortBy::DateDesc, usize::MAX))?;
    timed("whole folder by UID", 3, || metadata.read(ID, |r| Ok(r.folder_messages(ItemId::INBOX, Uid(0))?.len())))?;
    timed("100 items", 100, || metadata.read(ID, |r| Ok(r.items(&ids)?.len())))?;
    timed("one item", 1000, || metadata.read(ID, |r| Ok(r.items(&ids[50..51])?.len())))?;
    timed("thread candidates", 1000, || metadata.peek(ID, |r| Ok(r.thread_candidates(&[hash(5000)], &[17])?.len())))?;
    timed("last 100 changes", 100, || {
        metadata.read(ID, |r| Ok(r.changed_since(ModSeq((next - 100).into()), 1000)?.len()))
    })?;
    let mut modseq = u64::from(next);
    timed("mark read, one transaction each", 1000, || {
        modseq += 1;
        let id = ItemId(257 + (modseq as u32 * 7919) % (next - 300));
        let patch = Patch { id, modseq: ModSeq(modseq), flags: Some(Flags(0)), ..Patch::default() };
        metadata.write(ID, |w| {
            w.patch_item(&patch)?;
            w.put_item(&self::inbox(next))?;
            w.put_mailbox(&state(ID, next))?;
            Ok(1)
        })
    })
}

fn timed(what: &str, times: u32, mut run: impl FnMut() -> Result<usize>) -> Outcome {
    let rows = run()?;
    let start = Instant::now();
    for _ in 0..times {
        run()?;
    }
    println!("{what}: {:.1?} for {rows} rows", start.elapsed() / times);
    Ok(())
}

/// What a mailbox costs that is open and idle: a writer and a reader.
fn idle(metadata: &Metadata) -> Outcome {
    let (before, open) = (resident()?, metadata.connections());
    let start = Instant::now();
    for id in 2..202 {
        let id = MailboxId(id);
        metadata.write(id, |w| {
            w.put_item(&message(300))?;
            w.put_item(&inbox(300))?;
            w.put_mailbox(&state(id, 300))
        })?;
        metadata.read(id, |r| Ok((r.mailbox()?, r.containers()?, r.folder_messages(ItemId::INBOX, Uid(0))?)))?;
    }
    let connections = metadata.connections() - open;
    println!("new mailbox: {:.1?}", start.elapsed() / 200);
    println!("idle connection: {} KiB each of {connections}", (resident()? - before) / 1024 / connections as u64);
    (2..202).for_each(|id| metadata.close(MailboxId(id)));
    timed("open and close a mailbox", 100, || {
        metadata.close(MailboxId(2));
        metadata.read(MailboxId(2), |r| Ok(r.containers()?.len()))
    })
}

fn cpu() -> Outcome<Duration> {
    let stat = std::fs::read_to_string("/proc/self/schedstat")?;
    let ns = stat.split(' ').next().unwrap_or_default().parse()?;
    Ok(Duration::from_nanos(ns))
}

fn resident() -> Outcome<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    Ok(statm.split(' ').nth(1).unwrap_or_default().parse::<u64>()? * 4096)
}

fn size(dir: &std::path::Path) -> Outcome<u64> {
    let mut size = 0;
    for entry in std::fs::read_dir(dir)? {
        size += entry?.metadata()?.len();
    }
    Ok(size)
}

fn hash(n: u32) -> i64 {
    i64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64.cast_signed())
}

fn state(id: MailboxId, next: u32) -> MailboxRow {
    MailboxRow {
        id,
        account: "0c5d3d2e-7d5c-4c0a-9a38-5d0d3c0e6a11".into(),
        next_item_id: next + 1,
        modseq: ModSeq(next.into()),
        size: u64::from(next) * 10_000,
        applied: Seq(next.into()),
        purged: ModSeq(0),
    }
}

fn inbox(next: u32) -> Item {
    let detail = FolderDetail {
        view: "message".into(),
        total: next,
        unread: next,
        uid_next: next + 1,
        uid_validity: 1,
        highest_modseq: next.into(),
        uuid: "0c5d3d2e-7d5c-4c0a-9a38-5d0d3c0e6a11".into(),
        ..FolderDetail::default()
    };
    Item {
        id: ItemId::INBOX,
        kind: Kind::Folder,
        folder: ItemId::USER_ROOT,
        name: "Inbox".into(),
        subject: String::new(),
        subject_sort: String::new(),
        sender_sort: String::new(),
        digest: None,
        uid: Uid(0),
        message_id_hash: 0,
        thread_hash: 0,
        detail: Detail::Folder(detail),
        ..message(next)
    }
}

fn message(n: u32) -> Item {
    let address = |name: &str| Address { address: format!("{name}.{}@example.test", n % 100), name: Some(name.into()) };
    let detail = MessageDetail {
        from: vec![address("Alice Archer")],
        to: vec![address("Bob Baker"), address("Carol Carter")],
        fragment: "Dear Bob, as we discussed on Tuesday, here are the figures of the last quarter and what I think of \
                   them. Could you have a look before the meeting, please? Best re"
            .into(),
        message_id: Some(format!("{:016x}.{n}@mail.example.test", hash(n))),
        in_reply_to: n.is_multiple_of(3).then(|| format!("{:016x}.{}@mail.example.test", hash(n - 1), n - 1)),
        sent_ms: Some(1_700_000_000_000),
        envelope_from: Some(format!("alice.{}@example.test", n % 100)),
        envelope_to: Some("bob@example.test".into()),
        ..MessageDetail::default()
    };
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&hash(n).to_be_bytes());
    Item {
        id: ItemId(n),
        kind: Kind::Message,
        folder: ItemId::INBOX,
        conversation: n.is_multiple_of(3).then_some(ItemId(n / 3)),
        uid: Uid(n),
        modseq: ModSeq(n.into()),
        revision: ModSeq(n.into()),
        date_ms: 1_700_000_000_000 + i64::from(n) * 1000,
        changed_ms: 1_700_000_000_000,
        size: 10_000,
        flags: Flags::UNREAD,
        tags: Vec::new(),
        name: String::new(),
        subject: format!("Re: The figures of the last quarter, number {n}"),
        subject_sort: format!("the figures of the last quarter, number {n}"),
        sender_sort: "alice archer".into(),
        digest: Some(Digest(digest)),
        message_id_hash: hash(n),
        thread_hash: hash(n / 3),
        detail: Detail::Message(detail),
    }
}
