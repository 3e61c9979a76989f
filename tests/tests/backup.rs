// SPDX-License-Identifier: AGPL-3.0-or-later
//! Backups and restores by the real daemon: killed at any instant, with a target that is full, encrypted, and alone what is left
//! of a machine.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use fs::Rng;
use posthouse_tests::daemon::{DOMAIN, Daemon, PASSWORD, Site, address};
use posthouse_tests::disk::Ext4;
use posthouse_tests::imap::Imap;
use posthouse_tests::lmtp::Lmtp;
use posthouse_tests::run::{is_long, not_root, seed};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const KILLS: u64 = 20;
const KILLS_LONG: u64 = 200;
const SETTINGS: &str = "[store]\ninline_bytes_max = 4096\nreserve_bytes = 0";
const PATIENCE: Duration = Duration::from_secs(60);

fn site(state: &Path, target: &Path, more: &str) -> Site {
    let text = format!("{SETTINGS}\n[backup]\ntarget = \"{}\"\n{more}", target.display());
    Site::new(state, &text).unwrap()
}

fn message(n: usize) -> Vec<u8> {
    let lines = if n.is_multiple_of(7) { 400 } else { 3 + n % 20 };
    let text: String = (0..lines).map(|line| format!("{n} {line} some text of a letter\r\n")).collect();
    format!("From: a@example.test\r\nTo: b@example.test\r\nMessage-ID: <{n}@x>\r\nSubject: {n}\r\n\r\n{text}")
        .into_bytes()
}

fn deliver(site: &Site, numbers: std::ops::Range<usize>) {
    let mut lmtp = Lmtp::connect(site.lmtp).unwrap();
    for n in numbers {
        let to = [address("alice"), address("bob")];
        let replies = lmtp.deliver("s@example.test", &[&to[0], &to[1]], &message(n)).unwrap();
        assert!(replies.iter().all(|reply| reply.is_ok()), "{replies:?}");
    }
}

fn inbox(site: &Site, user: &str) -> Vec<Vec<u8>> {
    let mut imap = Imap::login(site.imap, &address(user), PASSWORD).unwrap();
    imap.select("INBOX").unwrap();
    let mut found: Vec<_> = imap.fetch_all().unwrap().into_iter().map(|mail| mail.bytes).collect();
    found.sort();
    found
}

fn sorted(numbers: impl Iterator<Item = usize>) -> Vec<Vec<u8>> {
    let mut all: Vec<_> = numbers.map(message).collect();
    all.sort();
    all
}

fn full() -> Value {
    json!({"verb": "backup", "request": {"full": {"files": [{"path": "settings/mine.toml", "mode": 0o600, "data": "aGk="}]}}})
}

fn restore(arguments: Value) -> Value {
    json!({"verb": "backup", "request": {"restore_mailbox": arguments}})
}

fn list(daemon: &Daemon) -> Vec<Value> {
    let listed = daemon.control(&json!({"verb": "backup", "request": {"list": {}}})).unwrap();
    assert_eq!(listed["problems"].as_array().unwrap().len(), 0, "{listed:#}");
    listed["snapshots"].as_array().unwrap().clone()
}

fn drill(daemon: &Daemon) -> Value {
    let report = daemon.control(&json!({"verb": "backup", "request": {"verify": {}}})).unwrap();
    assert_eq!(report["problem_count"], 0, "{report:#}");
    report
}

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// Asks, and kills the daemon at some instant of what follows; true if it had answered before.
fn ask_and_kill(daemon: Daemon, request: Value, wait: Duration) -> bool {
    let control = daemon.control_path();
    let asked = std::thread::spawn(move || Daemon::request(&control, &request).is_ok());
    std::thread::sleep(wait);
    daemon.kill();
    asked.join().unwrap()
}

#[test]
fn kill_9_in_the_middle_of_a_backup_leaves_what_was_there() {
    let seed = seed();
    println!("POSTHOUSE_SEED={seed}");
    let mut rng = Rng::new(seed);
    let dir = tempfile::tempdir().unwrap();
    let site = site(&dir.path().join("state"), &dir.path().join("target"), "");
    let mut daemon = site.start().unwrap();
    site.provision(&daemon, &["alice", "bob"]).unwrap();
    deliver(&site, 0..150);
    let begun = std::time::Instant::now();
    daemon.control(&full()).unwrap();
    let usual = u64::try_from(begun.elapsed().as_millis()).unwrap();
    let (mut delivered, mut finished) = (150, 1);
    for kill in 1..=if is_long() { KILLS_LONG } else { KILLS } {
        deliver(&site, delivered..delivered + 3);
        delivered += 3;
        finished += usize::from(ask_and_kill(daemon, full(), Duration::from_millis(rng.below(usual * 3 / 2))));
        daemon = site.start().unwrap();
        let snapshots = list(&daemon).len();
        // one may be whole although nobody was told
        assert!(snapshots >= finished, "kill {kill}: {snapshots} backups, {finished} were acknowledged");
        finished = snapshots;
    }
    let report = drill(&daemon);
    assert_eq!(report["messages"], delivered * 2);
    daemon.control(&full()).unwrap();
    drill(&daemon);
    daemon.verify().unwrap();
    daemon.stop().unwrap();
    site.verify_stopped().unwrap();
}

#[test]
fn kill_9_in_the_middle_of_a_restore_leaves_one_mailbox_or_the_other() {
    let seed = seed();
    println!("POSTHOUSE_SEED={seed}");
    let mut rng = Rng::new(seed);
    let dir = tempfile::tempdir().unwrap();
    let site = site(&dir.path().join("state"), &dir.path().join("target"), "");
    let mut daemon = site.start().unwrap();
    site.provision(&daemon, &["alice", "bob"]).unwrap();
    deliver(&site, 0..100);
    daemon.control(&full()).unwrap();
    deliver(&site, 100..120);
    let then_ms = now_ms() + 1;
    std::thread::sleep(Duration::from_millis(20));
    let then = sorted(0..120);
    let request = restore(json!({"account": address("alice"), "to_ms": then_ms}));
    let mut delivered = 120;
    let mut now = then.clone();
    let mut usual = 500;
    let (mut undone, mut done) = (0, 0);
    for kill in 1..=if is_long() { KILLS_LONG } else { KILLS } {
        deliver(&site, delivered..delivered + 2);
        now.extend(sorted(delivered..delivered + 2));
        now.sort();
        delivered += 2;
        let begun = std::time::Instant::now();
        let answered = ask_and_kill(daemon, request.clone(), Duration::from_millis(rng.below(usual)));
        if answered {
            usual = u64::try_from(begun.elapsed().as_millis()).unwrap() * 3 / 2 + 10;
        }
        daemon = site.start().unwrap();
        let found = inbox(&site, "alice");
        if found == then {
            now = found;
            done += 1;
        } else {
            assert!(!answered, "kill {kill}: it was acknowledged");
            assert!(found == now, "kill {kill}: neither the one nor the other: {} messages", found.len());
            undone += 1;
        }
        assert_eq!(inbox(&site, "bob").len(), delivered);
        if kill % 5 == 0 {
            daemon.verify().unwrap_or_else(|error| panic!("kill {kill}: {error:#}"));
        }
    }
    println!("{done} restored, {undone} undone");
    daemon.control(&request).unwrap();
    assert!(inbox(&site, "alice") == then);
    daemon.stop().unwrap();
    site.verify_stopped().unwrap();
}

/// All that is left of a machine is its target; and the restore is killed, too.
#[test]
fn a_system_comes_back_on_a_new_machine() {
    let mut rng = Rng::new(seed());
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("target");
    let old = site(&dir.path().join("old"), &target, "");
    let daemon = old.start().unwrap();
    old.provision(&daemon, &["alice", "bob"]).unwrap();
    daemon.prov("addAccountAlias", json!({"name": address("alice"), "alias": address("al")})).unwrap();
    deliver(&old, 0..80);
    daemon.control(&full()).unwrap();
    deliver(&old, 80..100);
    let mut imap = Imap::login(old.imap, &address("alice"), PASSWORD).unwrap();
    imap.ok("CREATE Projects").unwrap();
    drop(imap);
    // what is acknowledged is in the archive a second later at most; a stop waits for it
    daemon.stop().unwrap();
    std::fs::remove_dir_all(dir.path().join("old")).unwrap();

    let new = site(&dir.path().join("new"), &target, "");
    let dry = new.restore(&target, &["--dry-run"]).unwrap();
    assert_eq!((&dry["mailboxes"], &dry["messages"]), (&json!(2), &json!(200)));
    assert!(!dir.path().join("new/journal").exists(), "a dry run makes nothing");
    for _ in 0..5 {
        let mut restoring = new.begin_restore(&target).unwrap();
        std::thread::sleep(Duration::from_millis(rng.below(400)));
        restoring.kill().unwrap();
        if restoring.wait().unwrap().success() {
            std::fs::remove_dir_all(dir.path().join("new")).unwrap();
            let _ = site(&dir.path().join("new"), &target, "");
        }
    }
    let restored = new.restore(&target, &[]).unwrap();
    assert_eq!(restored["messages"], 200, "{restored:#}");
    assert_eq!(restored["problems"], json!([]));
    assert_eq!(std::fs::read(dir.path().join("new/settings/mine.toml")).unwrap(), b"hi");
    new.restore(&target, &[]).unwrap_err();

    let daemon = new.start().unwrap();
    for user in ["alice", "bob"] {
        assert!(inbox(&new, user) == sorted(0..100));
    }
    let mut imap = Imap::login(new.imap, &address("alice"), PASSWORD).unwrap();
    imap.select("Projects").unwrap();
    daemon.verify().unwrap();
    // it goes on with the same target
    deliver(&new, 100..103);
    let mut lmtp = Lmtp::connect(new.lmtp).unwrap();
    assert!(lmtp.deliver("s@example.test", &[&address("al")], &message(103)).unwrap()[0].is_ok());
    daemon.control(&full()).unwrap();
    assert_eq!(drill(&daemon)["messages"], 207);
    assert_eq!(list(&daemon).len(), 2);
    daemon.stop().unwrap();
    new.verify_stopped().unwrap();
}

#[test]
fn a_full_target_is_told_and_mail_goes_on() {
    if let Some(why) = not_root() {
        println!("{why}");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let disk = Ext4::new(16).unwrap();
    let target = disk.path().join("target");
    let site = site(&dir.path().join("state"), &target, "");
    let daemon = site.start().unwrap();
    site.provision(&daemon, &["alice", "bob"]).unwrap();
    deliver(&site, 0..20);
    daemon.control(&full()).unwrap();
    // most of what is left is taken by somebody else
    let left = posthouse_tests::disk::available(&disk.path()).unwrap();
    let filler = disk.path().join("filler");
    std::fs::write(&filler, vec![1; usize::try_from(left - (60 << 10)).unwrap()]).unwrap();
    deliver(&site, 20..60);
    let error = daemon.control(&full()).unwrap_err().to_string();
    assert!(error.contains("full"), "{error}");
    deliver(&site, 60..70);
    daemon.checkpoint().unwrap();
    assert_eq!(list(&daemon).len(), 1, "what began is no backup");
    let status = daemon.control(&json!({"verb": "status"})).unwrap();
    assert!(status["backup"]["error"].as_str().unwrap().contains("full"), "{status:#}");
    std::fs::remove_file(&filler).unwrap();
    daemon.control(&full()).unwrap();
    assert_eq!(drill(&daemon)["messages"], 140);
    let status = daemon.control(&json!({"verb": "status"})).unwrap();
    assert_eq!((&status["backup"]["error"], &status["backup"]["lost"]), (&Value::Null, &Value::Null));
    daemon.verify().unwrap();
}

#[test]
fn an_account_that_was_deleted_and_one_beside_from_an_encrypted_target() {
    let dir = tempfile::tempdir().unwrap();
    const PUBLIC: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
    const SECRET: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
    let site = site(&dir.path().join("state"), &dir.path().join("target"), &format!("encrypt_to = [\"{PUBLIC}\"]"));
    let daemon = site.start().unwrap();
    site.provision(&daemon, &["alice", "bob"]).unwrap();
    deliver(&site, 0..30);
    daemon.control(&full()).unwrap();
    deliver(&site, 30..40);
    assert_eq!(drill(&daemon)["is_partial"], true);
    let verify = json!({"verb": "backup", "request": {"verify": {"identity": SECRET}}});
    let report = daemon.control(&verify).unwrap();
    assert_eq!(
        (&report["is_partial"], &report["messages"], &report["problem_count"]),
        (&json!(false), &json!(80), &json!(0))
    );
    std::thread::sleep(Duration::from_millis(5));
    let then_ms = now_ms();
    std::thread::sleep(Duration::from_millis(5));

    let beside = json!({"account": address("alice"), "beside": format!("then@{DOMAIN}"), "identity": SECRET});
    let without = json!({"account": address("alice"), "beside": format!("then@{DOMAIN}")});
    assert!(daemon.control(&restore(without)).unwrap_err().to_string().contains("encrypted"));
    daemon.control(&restore(beside.clone())).unwrap();
    assert!(inbox(&site, "then") == sorted(0..40), "with the password of the other one");
    let again = daemon.control(&restore(beside)).unwrap_err().to_string();
    assert!(again.contains("has mail already"), "{again}");

    daemon.prov("deleteAccount", json!({"name": address("alice")})).unwrap();
    assert!(Imap::login(site.imap, &address("alice"), PASSWORD).is_err());
    let deleted = json!({"account": address("alice"), "to_ms": then_ms, "identity": SECRET});
    daemon.control(&restore(deleted)).unwrap();
    assert!(inbox(&site, "alice") == sorted(0..40));

    // a few messages into a folder of their own
    let pick = |more: Value| {
        let mut request = json!({"account": address("bob"), "to_ms": then_ms, "identity": SECRET});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        daemon.control(&json!({"verb": "backup", "request": {"restore_items": request}})).unwrap()
    };
    let mut imap = Imap::login(site.imap, &address("bob"), PASSWORD).unwrap();
    imap.select("INBOX").unwrap();
    imap.ok("STORE 1:* +FLAGS (\\Deleted)").unwrap();
    imap.ok("EXPUNGE").unwrap();
    let dry = pick(json!({"query": "subject:7", "into": "Back", "dry_run": true}));
    assert_eq!(dry["messages"], 1, "{dry:#}");
    assert!(imap.select("Back/Inbox").is_err());
    pick(json!({"query": "subject:7", "into": "Back"}));
    imap.select("Back/Inbox").unwrap();
    assert_eq!(imap.fetch_all().unwrap()[0].bytes, message(7));
    pick(json!({"folder": "/inbox", "into": "All"}));
    imap.select("All/Inbox").unwrap();
    assert_eq!(imap.fetch_all().unwrap().len(), 40);
    daemon.verify().unwrap();
    let begun = std::time::Instant::now();
    while daemon.control(&json!({"verb": "status"})).unwrap()["backup"]["archived"] == 0 {
        assert!(begun.elapsed() < PATIENCE);
    }
}
