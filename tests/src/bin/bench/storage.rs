// SPDX-License-Identifier: AGPL-3.0-or-later
//! Storage that lasts: backups and what they cost those who get mail meanwhile, restores, moves to a secondary volume, and what is kept
//! once that came many times.

use super::corpus::Pool;
use super::deliver::{Load, deliver};
use super::server::{Kind, Server, scratch};
use super::table::{Table, mebibytes};
use super::usage;
use anyhow::{Context, Result, bail};
use demo::Profile;
use posthouse_tests::daemon::Daemon;
use posthouse_tests::lmtp::Lmtp;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Users that the mail goes to, and those of the message that all get.
const USERS: usize = 20;
const MANY: usize = 500;
const CONNECTIONS: usize = 8;
const FILL_MAX: Duration = Duration::from_secs(900);
/// Pairs of cells with and without a backup: what else the machine does falls on both.
const PAIRS: usize = 4;
/// A file system of memory, where backups are copies and the disk of the mail does nothing for them but read.
const OTHER_DISK: &str = "/dev/shm";
const LARGE: usize = 1 << 20;
const IMPORTED: u64 = 1_000;

pub fn run(messages: usize, time: Duration) -> Result<()> {
    backups(messages, time)?;
    moves(messages)?;
    disk(messages)?;
    copies()
}

fn ours(settings: &str, users: usize) -> Result<Server> {
    Server::ours_set("posthouse", users, settings)
}

fn daemon(server: &Server) -> Result<&Daemon> {
    match &server.kind {
        Kind::Ours { daemon, .. } => Ok(daemon),
        Kind::Peer { .. } => bail!("not ours"),
    }
}

fn backup(daemon: &Daemon, request: Value) -> Result<Value> {
    daemon.control(&json!({"verb": "backup", "request": request}))
}

/// Octets that were delivered.
fn fill(server: &Server, messages: usize) -> Result<u64> {
    let pool = Pool::new(Profile::Mix);
    let load = Load { pool: &pool, connections: CONNECTIONS, recipients: 1, time: FILL_MAX, messages, users: USERS };
    let octets = deliver(server, &load)?.octets;
    server.settle()?;
    daemon(server)?.checkpoint()?;
    Ok(octets)
}

fn backups(messages: usize, time: Duration) -> Result<()> {
    let mut made = Table::new(
        "Backups: the first one, the next one, and messages/s delivered while one after the other is made",
        &["target", "mail MiB", "first MiB/s", "next s", "alone/s", "beside/s", "slower by", "backups"],
    );
    let mut brought = Table::new(
        "Restores of one mailbox, beside, searchable when it is done",
        &["target", "messages", "MiB", "MiB/s", "messages/s"],
    );
    for what in ["the same disk (links)", "another one (copies)"] {
        let elsewhere = what.starts_with("another");
        let other =
            tempfile::Builder::new().prefix("bench-").tempdir_in(if elsewhere { OTHER_DISK } else { "/tmp" })?;
        let beside = scratch()?;
        let target = if elsewhere { other.path() } else { beside.path() }.join("target");
        let server = ours(&format!("[store]\ncompress = true\n[backup]\ntarget = \"{}\"\n", target.display()), USERS)?;
        let daemon = daemon(&server)?;
        let octets = fill(&server, messages)?;
        let begun = Instant::now();
        backup(daemon, json!({"full": {}}))?;
        let first = begun.elapsed();
        let begun = Instant::now();
        backup(daemon, json!({"full": {}}))?;
        let next = begun.elapsed();
        let (alone, with, count) = compare(&server, daemon, time)?;
        made.row(vec![
            what.to_owned(),
            mebibytes(octets),
            per_second(octets, first),
            format!("{:.1}", next.as_secs_f64()),
            format!("{alone:.0}"),
            format!("{with:.0}"),
            format!("{:.1} %", (1.0 - with / alone.max(f64::MIN_POSITIVE)) * 100.0),
            count.to_string(),
        ]);
        let begun = Instant::now();
        let request = json!({"account": Server::user(0), "beside": posthouse_tests::daemon::address("restored")});
        let restored = backup(daemon, json!({"restore_mailbox": request}))?;
        let took = begun.elapsed();
        let (number, bytes) = (restored["messages"].as_u64().unwrap_or(0), restored["bytes"].as_u64().unwrap_or(0));
        brought.row(vec![
            what.to_owned(),
            number.to_string(),
            mebibytes(bytes),
            per_second(bytes, took),
            format!("{:.0}", number as f64 / took.as_secs_f64()),
        ]);
    }
    made.print();
    brought.print();
    Ok(())
}

/// Messages a second without a backup and with one, and how many were made.
fn compare(server: &Server, daemon: &Daemon, time: Duration) -> Result<(f64, f64, u64)> {
    let pool = Pool::new(Profile::Mix);
    let load = Load { pool: &pool, connections: CONNECTIONS, recipients: 1, time, messages: usize::MAX, users: USERS };
    let (mut alone, mut with) = (Vec::new(), Vec::new());
    let made = AtomicU64::new(0);
    let rate = |load: &Load<'_>| -> Result<f64> {
        let done = deliver(server, load)?;
        Ok(done.messages as f64 / done.elapsed.as_secs_f64())
    };
    for _ in 0..PAIRS {
        server.settle()?;
        alone.push(rate(&load)?);
        server.settle()?;
        let (over, control) = (AtomicBool::new(false), daemon.control_path());
        std::thread::scope(|scope| -> Result<()> {
            let maker = scope.spawn(|| -> Result<()> {
                while !over.load(Relaxed) {
                    Daemon::request(&control, &json!({"verb": "backup", "request": {"full": {}}}))?;
                    made.fetch_add(1, Relaxed);
                }
                Ok(())
            });
            let rated = rate(&load);
            over.store(true, Relaxed);
            let outcome = maker.join();
            with.push(rated?);
            outcome.map_err(|_| anyhow::anyhow!("the backups panicked"))?
        })?;
    }
    let mean = |rates: &[f64]| rates.iter().sum::<f64>() / rates.len().max(1) as f64;
    Ok((mean(&alone), mean(&with), made.load(Relaxed)))
}

fn moves(messages: usize) -> Result<()> {
    let mut table = Table::new(
        "HSM: everything to a secondary volume of the same disk, and back",
        &["", "messages", "MiB", "messages/s", "MiB/s", "back, messages/s"],
    );
    let cold = scratch()?;
    let server = ours("", USERS)?;
    let daemon = daemon(&server)?;
    fill(&server, messages)?;
    let volume = |request: Value| daemon.control(&json!({"verb": "volume", "request": request}));
    volume(json!({"add": {"wish": {"name": "cold", "root": cold.path()}}}))?;
    daemon.prov("modifyConfig", json!({"attrs": {"zimbraHsmPolicy": ["message:larger:1"]}}))?;
    let begun = Instant::now();
    let moved = daemon.control(&json!({"verb": "hsm", "request": {"run": {}}}))?;
    let there = begun.elapsed();
    if !moved["error"].is_null() {
        bail!("HSM: {moved}");
    }
    let begun = Instant::now();
    let emptied = volume(json!({"empty": {"volume": "cold"}}))?;
    let back = begun.elapsed();
    let (files, bytes) = (moved["files"].as_u64().unwrap_or(0), moved["bytes"].as_u64().unwrap_or(0));
    table.row(vec![
        server.name.clone(),
        files.to_string(),
        mebibytes(bytes),
        format!("{:.0}", files as f64 / there.as_secs_f64()),
        per_second(bytes, there),
        format!("{:.0}", emptied["files"].as_f64().unwrap_or(0.0) / back.as_secs_f64()),
    ]);
    table.print();
    Ok(())
}

fn disk(messages: usize) -> Result<()> {
    let mut table = Table::new(
        "Disk, metadata and search index included, of the mix",
        &["primary volume", "mail MiB", "disk MiB", "disk/mail", "of it messages", "rows", "index"],
    );
    for (what, settings) in [("as it is", ""), ("compressed", "[store]\ncompress = true\n")] {
        let server = ours(settings, USERS)?;
        let octets = fill(&server, messages)?;
        let of = |path: &str| usage::disk(&server.data.join(path));
        nix::unistd::sync();
        let disk = usage::disk(&server.data)?.saturating_sub(of("journal")?);
        let share = |octets_there: u64| format!("{:.3}", octets_there as f64 / octets.max(1) as f64);
        table.row(vec![
            what.to_owned(),
            mebibytes(octets),
            mebibytes(disk),
            share(disk),
            share(of("store")?),
            share(of("metadata")?),
            share(of("index")?),
        ]);
    }
    table.print();
    Ok(())
}

/// What comes more than once.
fn copies() -> Result<()> {
    let mut table = Table::new(
        "Single copies: octets of message files for what came many times",
        &["what", "came MiB", "message files MiB", "kept of it", "all of disk MiB"],
    );
    let server = ours("", MANY)?;
    let daemon = daemon(&server)?;
    let mut lmtp = Lmtp::connect(server.lmtp)?;
    let all: Vec<String> = (0..MANY).map(Server::user).collect();
    // Each has a mailbox before.
    send(&mut lmtp, &all, b"Subject: welcome\r\n\r\nHello.\r\n")?;
    let line = "A line of a long letter that everybody gets, and it is always the same.\r\n";
    let large = format!("Subject: to all\r\nMessage-ID: <all@bench>\r\n\r\n{}", line.repeat(LARGE / line.len()));
    let before = kept(&server, daemon)?;
    send(&mut lmtp, &all, large.as_bytes())?;
    row(&mut table, "one message of 1 MiB to 500", large.len() as u64 * MANY as u64, before, kept(&server, daemon)?);
    let import = |lmtp: &mut Lmtp, user: usize| -> Result<u64> {
        let mut octets = 0;
        for n in 0..IMPORTED {
            let message = demo::corpus(Profile::Mix, 7, n);
            octets += message.len() as u64;
            send(lmtp, &[Server::user(user)], &message)?;
        }
        Ok(octets)
    };
    let before = kept(&server, daemon)?;
    let first = import(&mut lmtp, 1)?;
    let once = kept(&server, daemon)?;
    row(&mut table, "a mailbox of 1,000, imported", first, before, once);
    let second = import(&mut lmtp, 1)?;
    row(&mut table, "the same once more", second, once, kept(&server, daemon)?);
    table.print();
    Ok(())
}

fn row(table: &mut Table, what: &str, came: u64, before: (u64, u64), after: (u64, u64)) {
    let (files, all) = (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1));
    let share = format!("{:.4}", files as f64 / came.max(1) as f64);
    table.row(vec![what.to_owned(), mebibytes(came), mebibytes(files), share, mebibytes(all)]);
}

/// Octets of message files, and of everything but the journal.
fn kept(server: &Server, daemon: &Daemon) -> Result<(u64, u64)> {
    server.settle()?;
    daemon.checkpoint()?;
    nix::unistd::sync();
    let of = |path: &Path| usage::disk(path);
    let all = of(&server.data)?.saturating_sub(of(&server.data.join("journal"))?);
    Ok((of(&server.data.join("store"))?, all))
}

fn send(lmtp: &mut Lmtp, to: &[String], message: &[u8]) -> Result<()> {
    // an MTA sends no more at once
    for some in to.chunks(100) {
        let to: Vec<&str> = some.iter().map(String::as_str).collect();
        let replies = lmtp.deliver("bench@corpus.test", &to, message).context("LMTP")?;
        if let Some(refused) = replies.iter().find(|reply| !reply.is_ok()) {
            bail!("{refused:?}");
        }
    }
    Ok(())
}

fn per_second(octets: u64, time: Duration) -> String {
    format!("{:.1}", octets as f64 / f64::from(1 << 20) / time.as_secs_f64().max(f64::MIN_POSITIVE))
}
