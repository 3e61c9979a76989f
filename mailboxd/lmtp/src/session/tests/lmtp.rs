// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::{connect, connect_with};
use crate::config::Role;
use crate::reply;

const HELLO: &str = "
    S: 220 mx.test LMTP
    C: LHLO client.test
    S: 250-mx.test
    S: 250-PIPELINING
    S: 250-ENHANCEDSTATUSCODES
    S: 250-8BITMIME
    S: 250-SMTPUTF8
    S: 250-CHUNKING
    S: 250 SIZE 52428800
";

#[tokio::test]
async fn an_answer_per_recipient() {
    let mut client = connect(Role::Lmtp);
    client.play(HELLO).await;
    client
        .play(
            "C: MAIL FROM:<s@remote.test>
             C: RCPT TO:<alice@local.test>
             C: RCPT TO:<nobody@local.test>
             C: RCPT TO:<full@local.test>
             C: RCPT TO:<bob+lists@local.test>
             C: RCPT TO:<x@remote.test>
             C: RCPT TO:<down@local.test>
             C: DATA
             S: 250 2.1.0
             S: 250 2.1.5
             S: 550 5.1.1
             S: 250 2.1.5
             S: 250 2.1.5
             S: 550 5.7.1
             S: 451 4.3.0
             S: 354
             C: Subject: x
             C:
             C: ..dot
             C: .
             S: 250 2.0.0 <alice@local.test>
             S: 452 4.2.2 <full@local.test>
             S: 250 2.0.0 <bob+lists@local.test>
             C: QUIT
             S: 221 2.0.0
             S:",
        )
        .await;
    let taken = client.backend.only();
    assert_eq!(taken.from, "s@remote.test");
    assert_eq!(taken.to, ["alice@local.test", "full@local.test", "bob+lists@local.test"]);
    assert_eq!(taken.bytes, b"Subject: x\r\n\r\n.dot\r\n", "as it came: no field added");
}

#[tokio::test]
async fn order_of_commands() {
    let mut client = connect(Role::Lmtp);
    client
        .play(
            "S: 220
             C: MAIL FROM:<a@b>
             S: 503 5.5.1
             C: EHLO x
             S: 500 5.5.1
             C: LHLO x
             S: 250-
             S: 250-
             S: 250-
             S: 250-
             S: 250-
             S: 250-
             S: 250 SIZE
             C: RCPT TO:<alice@local.test>
             S: 503
             C: DATA
             S: 503
             C: MAIL FROM:<>
             S: 250
             C: MAIL FROM:<>
             S: 503
             C: RCPT TO:<nobody@local.test>
             S: 550
             C: DATA
             S: 503 5.5.1 No valid recipients
             C: RCPT TO:<alice@local.test>
             S: 250
             C: RSET
             S: 250
             C: RCPT TO:<alice@local.test>
             S: 503
             C: VRFY alice
             S: 252
             C: NOOP
             S: 250
             C: STARTTLS
             S: 503
             C: AUTH PLAIN x
             S: 502
             C: NONSENSE
             S: 500 5.5.2",
        )
        .await;
}

async fn ready() -> super::Client {
    let mut client = connect(Role::Lmtp);
    client.play(HELLO).await;
    client.play("C: MAIL FROM:<a@b>\nC: RCPT TO:<alice@local.test>\nS: 250\nS: 250").await;
    client
}

#[tokio::test]
async fn chunks() {
    let mut client = ready().await;
    client.send(b"BDAT 5\r\na\r\n.\r").await;
    client.play("S: 250 2.0.0 5 octets").await;
    client.play("C: DATA\nS: 503\nC: RCPT TO:<bob@local.test>\nS: 503").await;
    client.send(b"BDAT 3\r\n\nb\nBDAT 0 LAST\r\n").await;
    client.play("S: 250 2.0.0 3 octets\nS: 250 2.0.0 <alice@local.test>").await;
    assert_eq!(client.backend.only().bytes, b"a\r\n.\r\nb\n");
    // without a recipient the octets are passed over
    client.send(b"BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n").await;
    client.play("S: 503\nS: 250 2.0.0 Ok").await;
}

#[tokio::test]
async fn what_is_no_end_is_data() {
    let mut client = ready().await;
    client.send(b"DATA\r\na\n.\nMAIL FROM:<x@y>\n.\r\n\r.\r\n\0\xff\r\n.\r\nNOOP\r\n").await;
    client.play("S: 354\nS: 250 2.0.0 <alice\nS: 250 2.0.0 Ok").await;
    assert_eq!(client.backend.only().bytes, b"a\n.\nMAIL FROM:<x@y>\n.\r\n\r.\r\n\0\xff\r\n");
}

#[tokio::test]
async fn large_bodies_stream() {
    let mut client = ready().await;
    client.play("C: DATA\nS: 354").await;
    let line = vec![b'x'; 3 << 20];
    client.send(&line).await;
    client.send(b"\r\n.\r\n").await;
    client.play("S: 250 2.0.0").await;
    assert_eq!(client.backend.only().bytes.len(), line.len() + 2);
    assert!(client.backend.state().writes >= 10);
}

#[tokio::test]
async fn too_large() {
    let mut client = connect_with(Role::Lmtp, "::1", |limits| limits.message_bytes_max = 1000);
    client.play(&HELLO.replace("52428800", "1000")).await;
    client
        .play(
            "C: MAIL FROM:<a@b> SIZE=1001
             S: 552 5.3.4
             C: MAIL FROM:<a@b> SIZE=10
             S: 250
             C: RCPT TO:<alice@local.test>
             S: 250
             C: DATA
             S: 354",
        )
        .await;
    client.send(&vec![b'x'; 600_000]).await;
    client.send(b"\r\n.\r\n").await;
    client.play("S: 552 5.3.4 <alice@local.test>\nC: NOOP\nS: 250").await;
    assert!(client.backend.state().taken.is_empty());
}

#[tokio::test]
async fn a_store_that_fails_is_never_a_yes() {
    let mut client = ready().await;
    client.backend.state().failure = Some(reply::NO_SPACE);
    client.play("C: DATA\nS: 354\nC: x\nC: .\nS: 452 4.3.1 <alice@local.test>").await;
    client.play("C: MAIL FROM:<a@b>\nC: RCPT TO:<alice@local.test>\nC: DATA\nS: 250\nS: 250\nS: 354").await;
    client.backend.state().failure = Some(reply::NO_SPACE);
    client.send(&vec![b'x'; 2 << 20]).await;
    client.send(b"\r\n.\r\n").await;
    client.play("S: 452 4.3.1 <alice@local.test>\nC: NOOP\nS: 250").await;
    assert!(client.backend.state().taken.is_empty());
}

#[tokio::test]
async fn lines_that_are_none() {
    let mut client = connect(Role::Lmtp);
    client.play(HELLO).await;
    client.send(b"NOOP\nNOOP\r\n").await;
    client.play("S: 500 5.5.2 Lines end in CRLF\nS: 250").await;
    client.send(&vec![b'x'; 1_000_000]).await;
    client.send(b"\r\nNOOP\r\n").await;
    client.play("S: 500 5.5.6\nS: 250").await;
    client.send(b"\xff\x00\r\n").await;
    client.play("S: 500 5.5.2").await;
}

#[tokio::test]
async fn limits() {
    let mut client = connect_with(Role::Lmtp, "192.0.2.1", |limits| {
        limits.recipients_max = 1;
        limits.errors_max = 2;
    });
    client.play(HELLO).await;
    client
        .play(
            "C: MAIL FROM:<a@b>
             C: RCPT TO:<alice@local.test>
             C: RCPT TO:<bob@local.test>
             C: X
             C: X
             C: X
             S: 250
             S: 250
             S: 452 4.5.3
             S: 500
             S: 500
             S: 500
             S: 421 4.7.0
             S:",
        )
        .await;
    let mut client = connect_with(Role::Lmtp, "192.0.2.1", |limits| limits.commands_max = 2);
    client.play("S: 220\nC: NOOP\nC: NOOP\nC: NOOP\nS: 250\nS: 250\nS: 250\nS: 421 4.7.0\nS:").await;
}

#[tokio::test(start_paused = true)]
async fn idle_and_slow_clients() {
    let mut client = connect(Role::Lmtp);
    client.play("S: 220\nS: 421 4.4.2\nS:").await;
    let mut client = ready().await;
    client.play("C: DATA\nS: 354\nC: half\nS: 421 4.4.2\nS:").await;
    assert!(client.backend.state().taken.is_empty());
}

#[tokio::test]
async fn shutdown_lets_a_transaction_end() {
    let mut client = ready().await;
    client.stop.send(true).unwrap();
    client.play("C: DATA\nS: 354\nC: x\nC: .\nS: 250 2.0.0\nS: 421 4.3.2\nS:").await;
    assert_eq!(client.backend.only().bytes, b"x\r\n");
}
