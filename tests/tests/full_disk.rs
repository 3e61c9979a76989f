// SPDX-License-Identifier: AGPL-3.0-or-later
//! The real daemon on a small disk that is filled by mail: temporary errors before it is too late, reads go on, nothing
//! acknowledged is lost, and deliveries go on by themselves once there is space, whoever made it.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use posthouse_tests::daemon::{Daemon, PASSWORD, Site, address};
use posthouse_tests::disk::{Ext4, available};
use posthouse_tests::imap::Imap;
use posthouse_tests::lmtp::{Lmtp, Reply};
use posthouse_tests::run::not_root;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Two segments of the journal (64 MiB each), the reserve, which the index may use up behind the mail, and some mail.
const DISK_MEBIBYTES: u64 = 400;
const RESERVE: u64 = 80 << 20;
const SETTINGS: &str = "[store]\nreserve_bytes = 83886080";
const MESSAGE_BYTES: usize = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(60);

struct Small {
    daemon: Daemon,
    site: Site,
    disk: Ext4,
}

impl Small {
    fn new() -> Small {
        let disk = Ext4::new(DISK_MEBIBYTES).unwrap();
        let site = Site::new(&disk.path().join("state"), SETTINGS).unwrap();
        let daemon = site.start().unwrap();
        site.provision(&daemon, &["alice"]).unwrap();
        Small { daemon, site, disk }
    }

    /// Delivers until a refusal, and answers how many were taken.
    fn fill(&mut self, from: usize) -> (usize, Reply) {
        let mut lmtp = Lmtp::connect(self.site.lmtp).unwrap();
        for n in from.. {
            let reply = lmtp.deliver("s@example.test", &[&address("alice")], &message(n)).unwrap().remove(0);
            if !reply.is_ok() {
                assert!(reply.is_temporary(), "a full disk is no reason to give up on mail: {reply:?}");
                assert!(self.daemon.is_alive());
                return (n - from, reply);
            }
        }
        unreachable!()
    }

    /// All that was acknowledged, byte for byte.
    fn check(&self, numbers: std::ops::Range<usize>) {
        let mut imap = Imap::login(self.site.imap, &address("alice"), PASSWORD).unwrap();
        imap.select("INBOX").unwrap();
        let mails = imap.fetch_all().unwrap();
        assert_eq!(mails.len(), numbers.len());
        for (mail, n) in mails.iter().zip(numbers) {
            assert!(mail.bytes == message(n), "message {n} did not come back as it was sent");
        }
    }

    /// Deliveries are taken again, without a restart.
    fn resumes(&self, n: usize) {
        let begun = Instant::now();
        let mut last = None;
        while begun.elapsed() < PATIENCE {
            let mut lmtp = Lmtp::connect(self.site.lmtp).unwrap();
            let reply = lmtp.deliver("s@example.test", &[&address("alice")], &message(n)).unwrap().remove(0);
            if reply.is_ok() {
                return;
            }
            last = Some(reply);
        }
        panic!("there is space, and mail is still deferred: {last:?}\n{}", self.daemon.log());
    }
}

/// Large enough for a file of its own, and never the same twice.
fn message(n: usize) -> Vec<u8> {
    let mut text = format!("Message-ID: <{n}@full>\r\nSubject: {n}\r\n\r\n");
    let line = format!("{n:08} filling the disk, one line after the other, to the last block of it\r\n");
    while text.len() < MESSAGE_BYTES {
        text += &line;
    }
    text.into_bytes()
}

#[test]
fn space_that_somebody_else_frees() {
    if let Some(why) = not_root() {
        println!("{why}");
        return;
    }
    let mut small = Small::new();
    let ballast: PathBuf = small.disk.path().join("ballast");
    let file = std::fs::File::create(&ballast).unwrap();
    nix::fcntl::fallocate(&file, nix::fcntl::FallocateFlags::empty(), 0, 100 << 20).unwrap();
    let (taken, _) = small.fill(0);
    assert!(taken > 5, "only {taken} messages were taken");
    small.check(0..taken);
    // an open file keeps its blocks
    drop(file);
    std::fs::remove_file(ballast).unwrap();
    small.resumes(taken);
    small.check(0..taken + 1);
    small.daemon.verify().unwrap();
    let Small { daemon, site, disk } = small;
    daemon.kill();
    site.verify_stopped().unwrap();
    drop(disk);
}

/// The owner makes space: deleting must work when delivering does not.
#[test]
fn space_that_the_owner_frees() {
    if let Some(why) = not_root() {
        println!("{why}");
        return;
    }
    let mut small = Small::new();
    let (taken, _) = small.fill(0);
    let gone = taken / 2;
    let mut imap = Imap::login(small.site.imap, &address("alice"), PASSWORD).unwrap();
    imap.select("INBOX").unwrap();
    imap.ok(&format!("STORE 1:{gone} +FLAGS.SILENT (\\Deleted)")).unwrap();
    imap.ok("EXPUNGE").unwrap();
    // bytes go when the journal no longer needs them
    small.daemon.checkpoint().unwrap();
    assert!(available(&small.disk.path()).unwrap() > RESERVE);
    small.resumes(taken);
    small.check(gone..taken + 1);
    small.daemon.verify().unwrap();
}

/// Somebody else fills the disk to the last block, through the reserve: still nothing is lost and reads go on.
#[test]
fn a_disk_without_a_byte() {
    if let Some(why) = not_root() {
        println!("{why}");
        return;
    }
    let mut small = Small::new();
    let mut lmtp = Lmtp::connect(small.site.lmtp).unwrap();
    for n in 0..10 {
        assert!(lmtp.deliver("s@example.test", &[&address("alice")], &message(n)).unwrap()[0].is_ok());
    }
    small.daemon.control(&serde_json::json!({"verb": "settle"})).unwrap();
    let ballast = small.disk.path().join("ballast");
    let file = std::fs::File::create(&ballast).unwrap();
    let mut step = 64 << 20;
    let mut length = 0;
    while step >= 1 << 10 {
        match nix::fcntl::fallocate(&file, nix::fcntl::FallocateFlags::empty(), length, step) {
            Ok(()) => length += step,
            Err(_) => step /= 2,
        }
    }
    let (taken, _) = small.fill(10);
    small.check(0..10 + taken);
    // a restart on the full disk serves reads too
    let Small { daemon, site, disk } = small;
    daemon.kill();
    let daemon = site.start().unwrap();
    let mut small = Small { daemon, site, disk };
    small.check(0..10 + taken);
    assert_eq!(small.fill(10 + taken).0, 0);
    // an open file keeps its blocks
    drop(file);
    std::fs::remove_file(ballast).unwrap();
    small.resumes(10 + taken);
    small.check(0..11 + taken);
    small.daemon.verify().unwrap();
}
