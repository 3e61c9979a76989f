// SPDX-License-Identifier: AGPL-3.0-or-later
//! The largest message: what its delivery costs the daemon, and that it comes back as it went in.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use posthouse_tests::daemon::{PASSWORD, Site, address};
use posthouse_tests::imap::Imap;
use posthouse_tests::lmtp::Lmtp;
use posthouse_tests::wait::until;
use serde_json::json;
use std::time::Duration;

const INDEXED_MAX: Duration = Duration::from_secs(60);
const MIB: usize = 1 << 20;
const MESSAGE_BYTES: usize = 48 * MIB;
/// The message once, for parsing, and what else a delivery needs. (Whoever indexes it reads it once more, later.)
const GROWTH_MAX: u64 = (MESSAGE_BYTES + MESSAGE_BYTES / 4) as u64;

/// Peak resident memory in octets: `VmHWM` of proc_pid_status(5), which counts in KiB.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
}

/// A letter with one attachment that fills it, in lines of 76 base64 digits, none like the one before.
fn large() -> Vec<u8> {
    let mut text = b"From: ann@example.test\r\nTo: alice@example.test\r\nSubject: large\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the attachment.\r\n\
        --b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\
        Content-Disposition: attachment; filename=large.bin\r\n\r\n"
        .to_vec();
    for n in 0u64.. {
        if text.len() >= MESSAGE_BYTES - 200 {
            break;
        }
        text.extend_from_slice(&format!("{n:016x}").repeat(5).as_bytes()[..76]);
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"--b--\r\n");
    text
}

#[test]
fn the_largest_message_is_in_memory_once_while_it_is_delivered() {
    let dir = tempfile::tempdir().unwrap();
    let site = Site::new(&dir.path().join("state"), "[store]\nreserve_bytes = 0").unwrap();
    let daemon = site.start().unwrap();
    site.provision(&daemon, &["alice", "bob"]).unwrap();
    let mut lmtp = Lmtp::connect(site.lmtp).unwrap();
    let (alice, bob) = (address("alice"), address("bob"));
    assert!(
        lmtp.deliver("s@example.test", &[&alice, &bob], b"Subject: x\r\n\r\nx\r\n")
            .unwrap()
            .iter()
            .all(|reply| reply.is_ok())
    );
    // The index of a mailbox is opened for its first message, half a second later, and takes memory of its own: for both of
    // them before the one that counts.
    until("the first messages are indexed", INDEXED_MAX, || {
        let stats = daemon.control(&json!({"verb": "stats"}))?;
        Ok(["unapplied", "unindexed"].iter().all(|name| stats[name] == 0))
    })
    .unwrap();
    let before = peak(daemon.pid());
    let message = large();
    let replies = lmtp.deliver("s@example.test", &[&alice, &bob], &message).unwrap();
    assert!(replies.iter().all(|reply| reply.is_ok()), "{replies:?}");
    let grown = peak(daemon.pid()) - before;
    assert!(grown <= GROWTH_MAX, "grew by {} MiB for a message of {} MiB", grown >> 20, message.len() >> 20);
    daemon.verify().unwrap();
    let mut imap = Imap::login(site.imap, &bob, PASSWORD).unwrap();
    imap.select("INBOX").unwrap();
    let fetched = imap.fetch_all().unwrap();
    assert!(fetched.iter().any(|one| one.bytes == message), "it came back otherwise");
    daemon.stop().unwrap();
}
