// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the daemon counts is what happened.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use posthouse_tests::daemon::{PASSWORD, Site, address};
use posthouse_tests::imap::Imap;
use posthouse_tests::lmtp::Lmtp;
use posthouse_tests::victim::http;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(30);

/// A sample of the page; 0 if there is none.
fn sample(site: &Site, name: &str) -> u64 {
    let (status, page) = http(site.metrics, b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(status.contains(" 200"), "{status}");
    let value = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(0, |value| value.parse().unwrap())
}

#[test]
fn sessions_logins_and_recipients_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let site = Site::new(&dir.path().join("state"), "[store]\nreserve_bytes = 0").unwrap();
    let daemon = site.start().unwrap();
    site.provision(&daemon, &["alice"]).unwrap();

    let imap = Imap::login(site.imap, &address("alice"), PASSWORD).unwrap();
    Imap::login(site.imap, &address("alice"), "wrong").err().unwrap();
    let mut lmtp = Lmtp::connect(site.lmtp).unwrap();
    for _ in 0..2 {
        assert!(lmtp.deliver("s@example.test", &[&address("alice")], b"Subject: x\r\n\r\nx\r\n").unwrap()[0].is_ok());
    }
    assert_eq!(lmtp.command("MAIL FROM:<s@example.test>").unwrap().code, 250);
    assert_eq!(lmtp.command("RCPT TO:<nobody@example.test>").unwrap().code, 550);

    for (name, want) in [
        ("posthouse_logins_total{result=\"ok\"}", 1),
        ("posthouse_logins_total{result=\"failed\"}", 1),
        ("posthouse_recipients_total{service=\"lmtp\",result=\"accepted\"}", 2),
        ("posthouse_recipients_total{service=\"lmtp\",result=\"rejected\"}", 1),
        ("posthouse_recipients_total{service=\"lmtp\",result=\"deferred\"}", 0),
        ("posthouse_sessions_begun_total{service=\"imap\"}", 2),
        ("posthouse_sessions_begun_total{service=\"lmtp\"}", 1),
        ("posthouse_sessions{service=\"lmtp\"}", 1),
    ] {
        assert_eq!(sample(&site, name), want, "{name}");
    }
    drop((imap, lmtp));
    let until = Instant::now() + SOON;
    while ["imap", "lmtp"].iter().any(|name| sample(&site, &format!("posthouse_sessions{{service=\"{name}\"}}")) > 0) {
        assert!(Instant::now() < until, "sessions that ended are counted as open");
    }
    daemon.verify().unwrap();
    daemon.stop().unwrap();
    site.verify_stopped().unwrap();
}
