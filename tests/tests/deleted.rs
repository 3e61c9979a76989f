// SPDX-License-Identifier: AGPL-3.0-or-later
//! Accounts that are deleted and brought back by the real daemon, which is killed at any instant of either.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use fs::Rng;
use posthouse_tests::daemon::{Daemon, PASSWORD, Site, address};
use posthouse_tests::imap::Imap;
use posthouse_tests::lmtp::Lmtp;
use posthouse_tests::run::{is_long, seed};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const KILLS: u64 = 24;
const KILLS_LONG: u64 = 400;
const SETTINGS: &str = "[store]\ninline_bytes_max = 4096\nreserve_bytes = 0";
const MESSAGES: usize = 30;

fn delete() -> Value {
    json!({"verb": "prov", "request": {"deleteAccount": {"name": address("alice")}}})
}

fn undelete() -> Value {
    let account = json!({"by": "name", "_content": address("alice")});
    json!({"verb": "admin", "name": "UndeleteAccountRequest", "body": {"account": account}})
}

fn is_deleted(daemon: &Daemon) -> bool {
    let request = json!({"verb": "admin", "name": "GetDeletedAccountsRequest", "body": {}});
    let found = daemon.control(&request).unwrap();
    let count = found["account"].as_array().map_or(0, Vec::len);
    assert!(count < 2, "{found:#}");
    count == 1
}

fn lives(site: &Site) -> bool {
    Imap::login(site.imap, &address("alice"), PASSWORD).is_ok()
}

/// What was cut off is mended as soon as the daemon is there.
fn settled(site: &Site, daemon: &Daemon) -> bool {
    let begun = Instant::now();
    loop {
        let (deleted, lives) = (is_deleted(daemon), lives(site));
        if deleted != lives {
            return lives;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "deleted: {deleted}, lives: {lives}\n{}", daemon.log());
        std::thread::yield_now();
    }
}

#[test]
fn kill_9_in_the_middle_of_a_deletion_or_a_return_leaves_an_account_or_none() {
    let seed = seed();
    println!("POSTHOUSE_SEED={seed}");
    let mut rng = Rng::new(seed);
    let dir = tempfile::tempdir().unwrap();
    let site = Site::new(&dir.path().join("state"), SETTINGS).unwrap();
    let mut daemon = site.start().unwrap();
    site.provision(&daemon, &["alice", "bob"]).unwrap();
    let mut lmtp = Lmtp::connect(site.lmtp).unwrap();
    for n in 0..MESSAGES {
        let text = format!("Message-ID: <{n}@x>\r\nSubject: {n}\r\n\r\n{}", "text\r\n".repeat(n * 60));
        assert!(lmtp.deliver("s@example.test", &[&address("alice")], text.as_bytes()).unwrap()[0].is_ok());
    }
    let begun = Instant::now();
    daemon.control(&delete()).unwrap();
    let usual = u64::try_from(begun.elapsed().as_micros()).unwrap();
    daemon.control(&undelete()).unwrap();
    let (mut before, mut turns) = (true, 0);
    for kill in 1..=if is_long() { KILLS_LONG } else { KILLS } {
        let (request, control) = (if before { delete() } else { undelete() }, daemon.control_path());
        let asked = std::thread::spawn(move || Daemon::request(&control, &request).is_ok());
        std::thread::sleep(Duration::from_micros(rng.below(usual * 2)));
        daemon.kill();
        let is_done = asked.join().unwrap();
        daemon = site.start().unwrap();
        let now = settled(&site, &daemon);
        assert!(!is_done || now != before, "kill {kill}: it was answered, and has not happened");
        turns += u64::from(now != before);
        before = now;
        if before {
            let mut imap = Imap::login(site.imap, &address("alice"), PASSWORD).unwrap();
            imap.select("INBOX").unwrap();
            assert_eq!(imap.fetch_all().unwrap().len(), MESSAGES, "kill {kill}");
        } else {
            let reply =
                Lmtp::connect(site.lmtp).unwrap().deliver("s@example.test", &[&address("alice")], b"late").unwrap();
            assert!(!reply[0].is_ok(), "kill {kill}: {reply:?}");
        }
        daemon.verify().unwrap_or_else(|error| panic!("kill {kill}: {error:#}"));
    }
    println!("{turns} of the kills came after the deed");
    if !before {
        daemon.control(&undelete()).unwrap();
    }
    assert!(lives(&site));
    daemon.stop().unwrap();
    site.verify_stopped().unwrap();
}
