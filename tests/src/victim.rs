// SPDX-License-Identifier: AGPL-3.0-or-later
//! A daemon that is ill-treated, and another session that must not notice. For tests: what is wrong panics.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use crate::daemon::{Daemon, PASSWORD, Site, address};
use crate::imap::Imap;
use crate::lmtp::Lmtp;
use crate::stream::Stream;
use std::net::SocketAddr;

/// What one bad client may cost at most, in memory.
const GROWTH_MAX: u64 = 160 << 20;

pub struct Victim {
    pub daemon: Daemon,
    pub site: Site,
    /// A session that must not notice anything.
    other: Imap,
    before: u64,
    delivered: usize,
    _dir: tempfile::TempDir,
}

impl Victim {
    pub fn start() -> Victim {
        let dir = tempfile::tempdir().unwrap();
        let site = Site::new(&dir.path().join("state"), "[store]\nreserve_bytes = 0").unwrap();
        let daemon = site.start().unwrap();
        site.provision(&daemon, &["alice", "bob"]).unwrap();
        let mut other = Imap::login(site.imap, &address("bob"), PASSWORD).unwrap();
        other.select("INBOX").unwrap();
        let before = daemon.rss().unwrap();
        Victim { daemon, site, other, before, delivered: 0, _dir: dir }
    }

    pub fn alice(&self) -> Imap {
        let mut imap = Imap::login(self.site.imap, &address("alice"), PASSWORD).unwrap();
        imap.select("INBOX").unwrap();
        imap
    }

    /// Others work as before, and memory has not grown much.
    pub fn still_well(&mut self, what: &str) {
        assert!(self.daemon.is_alive(), "{what}: the daemon died\n{}", self.daemon.log());
        self.delivered += 1;
        let message = format!("Subject: {what}\r\n\r\nstill here\r\n").into_bytes();
        let mut lmtp = Lmtp::connect(self.site.lmtp).unwrap();
        assert!(lmtp.deliver("s@example.test", &[&address("bob")], &message).unwrap()[0].is_ok(), "{what}");
        self.other.ok("NOOP").unwrap_or_else(|error| panic!("{what}: another session: {error}"));
        let mails = self.other.fetch_all().unwrap();
        assert_eq!(mails.len(), self.delivered, "{what}");
        assert_eq!(mails[self.delivered - 1].bytes, message, "{what}");
        let grown = self.daemon.rss().unwrap().saturating_sub(self.before);
        assert!(grown < GROWTH_MAX, "{what}: memory grew by {} MiB", grown >> 20);
    }

    pub fn end(self) {
        self.daemon.verify().unwrap();
        let log = self.daemon.log();
        assert!(!log.contains("panicked"), "{log}");
        self.daemon.stop().unwrap();
        self.site.verify_stopped().unwrap();
    }
}

/// Sends what it can and answers what the server said until it closed.
pub fn blurt(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = Stream::connect(address).unwrap();
    // it may close in the middle of it
    let _ = stream.send(bytes);
    stream.finish().unwrap()
}

/// An HTTP request that asks for the end of the connection; status line and body of the answer.
pub fn http(address: SocketAddr, request: &[u8]) -> (String, String) {
    let mut stream = Stream::connect(address).unwrap();
    let _ = stream.send(request);
    // not `finish`: a client that closes its side is taken for gone, and its request is dropped
    let said = String::from_utf8_lossy(&stream.rest().unwrap()).into_owned();
    let (head, body) = said.split_once("\r\n\r\n").unwrap_or((&said, ""));
    (head.lines().next().unwrap_or_default().into(), body.into())
}
