// SPDX-License-Identifier: AGPL-3.0-or-later
//! Servers that mean no good: nothing they say costs more than its limit in memory, or waits longer than its time.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use fetch::{Error, Limits, Place, Security, Tls, imap, pop3};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Says one thing after each line that comes, the first at once; then the last one for ever, or is silent.
async fn server(says: Vec<Vec<u8>>, repeats_last: bool) -> Place {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 4096];
        for (at, said) in says.iter().enumerate() {
            if at > 0 && stream.read(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
            if stream.write_all(said).await.is_err() {
                return;
            }
        }
        let last = says.last().unwrap();
        if repeats_last {
            while stream.write_all(last).await.is_ok() {}
            return;
        }
        // open, and silent
        while stream.read(&mut buffer).await.unwrap_or(0) > 0 {}
    });
    Place { host: "127.0.0.1".into(), port, security: Security::Cleartext, is_trusted: true }
}

fn limits() -> Limits {
    Limits { wait: Duration::from_millis(500), line_bytes_max: 4096, message_bytes_max: 100_000, entries_max: 100 }
}

fn words(says: &[&str]) -> Vec<Vec<u8>> {
    says.iter().map(|said| said.as_bytes().to_vec()).collect()
}

async fn pop3_at(place: &Place) -> fetch::Result<pop3::Client> {
    pop3::Client::login(place, &Tls::system(), limits(), "me", "secret").await
}

async fn imap_at(place: &Place) -> fetch::Result<imap::Client> {
    imap::Client::login(place, &Tls::system(), limits(), "me", "secret").await
}

#[tokio::test]
async fn silence_ends() {
    for says in [vec![Vec::new()], words(&["+OK\r\n", ""]), words(&["* OK hi\r\n", "* OK still\r\n"])] {
        let began = Instant::now();
        let place = server(says.clone(), false).await;
        let error = pop3_at(&place).await.err().unwrap();
        assert!(matches!(error, Error::TimedOut | Error::Protocol(_)), "{error:?}");
        let place = server(says, false).await;
        let error = imap_at(&place).await.err().unwrap();
        assert!(matches!(error, Error::TimedOut | Error::Protocol(_)), "{error:?}");
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn lines_without_an_end() {
    let place = server(vec![vec![b'x'; 10_000]], true).await;
    assert_eq!(pop3_at(&place).await.err(), Some(Error::Protocol("a line is too long")));
    let place = server(vec![vec![b'x'; 1 << 20]], true).await;
    assert_eq!(imap_at(&place).await.err(), Some(Error::Protocol("a line is too long")));
}

#[tokio::test]
async fn other_protocols() {
    let place = server(words(&["HTTP/1.1 400 Bad Request\r\n"]), false).await;
    assert_eq!(pop3_at(&place).await.err(), Some(Error::Protocol("not POP3")));
    let place = server(words(&["220 mx ESMTP\r\n"]), false).await;
    assert_eq!(imap_at(&place).await.err(), Some(Error::Protocol("not IMAP")));
}

#[tokio::test]
async fn lists_and_messages_have_a_size() {
    let hello = ["+OK hi\r\n", "+OK\r\n", "+OK\r\n"];
    let place = server(words(&[&hello[..], &["+OK\r\n1 a\r\n"]].concat()), true).await;
    let mut client = pop3_at(&place).await.unwrap();
    assert!(matches!(client.list().await, Err(Error::Protocol(_))));
    for uidl in
        ["+OK\r\nx y\r\n.\r\n", "+OK\r\n1\r\n.\r\n", "+OK\r\n1 \r\n.\r\n", "+OK\r\n1 \u{fc}\r\n99999999999 a\r\n.\r\n"]
    {
        let place = server(words(&[&hello[..], &[uidl]].concat()), false).await;
        assert!(matches!(pop3_at(&place).await.unwrap().list().await, Err(Error::Protocol(_))), "{uidl}");
    }
    let long = format!("+OK\r\n{}", "a line of it\r\n".repeat(100));
    let place = server(words(&[&hello[..], &[long.as_str()]].concat()), true).await;
    // the answer is repeated with its +OK, which is text by then
    assert_eq!(pop3_at(&place).await.unwrap().retrieve(1).await.err(), Some(Error::TooLarge(100_000)));
}

#[tokio::test]
async fn answers_of_imap() {
    let hello = ["* OK hi\r\n", "P1 OK in\r\n"];
    let with = |said: &str| words(&[&hello[..], &[said]].concat());
    for (said, ends) in [
        ("* 1 FETCH (UID 1 BODY[] {99999999999}\r\n", Error::TooLarge(100_000)),
        ("* 1 FETCH (UID 1 BODY[] {200000}\r\n", Error::TooLarge(100_000)),
        ("P9 OK\r\n", Error::Protocol("an answer to nothing")),
        ("P2 NO not yours\r\n", Error::Refused("not yours".into())),
        ("P2 BAD \u{1b}[31mred\r\n", Error::Refused("[31mred".into())),
    ] {
        let mut client = imap_at(&server(with(said), false).await).await.unwrap();
        assert_eq!(client.message(1).await.err(), Some(ends), "{said}");
    }
    // Another message than the one that was asked for is none.
    let place = server(with("* 1 FETCH (UID 7 BODY[] {3}\r\nabc)\r\nP2 OK\r\n"), false).await;
    assert_eq!(imap_at(&place).await.unwrap().message(1).await, Ok(None));
    let place = server(with("* 1 FETCH (UID 1 FLAGS (\\Seen) BODY[] {3}\r\na)c INTERNALDATE \" 1-Nov-2026 10:00:00 +0100\")\r\nP2 OK\r\n"), false).await;
    let message = imap_at(&place).await.unwrap().message(1).await.unwrap().unwrap();
    assert_eq!(
        (message.content.as_slice(), message.flags.as_slice()),
        (b"a)c".as_slice(), ["\\Seen".to_owned()].as_slice())
    );
    assert_eq!(message.date_ms, Some(1_793_523_600_000));
    let deep = format!("* LIST {}\r\n", "(".repeat(1000));
    assert!(matches!(
        imap_at(&server(with(&deep), false).await).await.unwrap().folders().await,
        Err(Error::Protocol(_))
    ));
    let many = "* LIST () \"/\" \"a\"\r\n".repeat(200);
    assert!(matches!(
        imap_at(&server(with(&many), false).await).await.unwrap().folders().await,
        Err(Error::Protocol(_))
    ));
    let uids = "* SEARCH 5 6 1 2 3\r\nP2 OK\r\n";
    assert_eq!(imap_at(&server(with(uids), false).await).await.unwrap().uids(3).await, Ok(vec![5, 6]));
}

/// What is said before TLS begins is not taken for said within it.
#[tokio::test]
async fn nothing_is_slipped_in_before_tls() {
    let place = server(words(&["+OK hi\r\n", "+OK begin\r\n+OK logged in\r\n"]), false).await;
    let place = Place { security: Security::StartTls, ..place };
    assert!(matches!(pop3_at(&place).await.err(), Some(Error::Protocol(_))));
    let place = server(words(&["* OK hi\r\n", "P1 OK begin\r\nP2 OK logged in\r\n"]), false).await;
    let place = Place { security: Security::StartTls, ..place };
    assert!(matches!(imap_at(&place).await.err(), Some(Error::Protocol(_))));
    // Who wants TLS does not go on without.
    let place = server(words(&["+OK hi\r\n", "-ERR no\r\n"]), false).await;
    assert!(matches!(pop3_at(&Place { security: Security::StartTls, ..place }).await.err(), Some(Error::Tls(_))));
}

#[tokio::test]
async fn this_machine_is_no_place_unless_somebody_vouches_for_it() {
    let place = server(words(&["+OK hi\r\n"]), false).await;
    for host in ["127.0.0.1", "localhost", "::1", "0.0.0.0"] {
        let place = Place { host: host.into(), is_trusted: false, ..place.clone() };
        assert_eq!(pop3_at(&place).await.err(), Some(Error::Forbidden), "{host}");
        assert_eq!(imap_at(&place).await.err(), Some(Error::Forbidden), "{host}");
    }
}
