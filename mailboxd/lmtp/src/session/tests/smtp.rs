// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::{connect, connect_with};
use crate::config::Role;

const HELLO: &str = "
    S: 220 mx.test ESMTP
    C: EHLO client.test
    S: 250-mx.test
    S: 250-PIPELINING
    S: 250-ENHANCEDSTATUSCODES
    S: 250-8BITMIME
    S: 250-SMTPUTF8
    S: 250-CHUNKING
    S: 250 SIZE 52428800
";

#[tokio::test]
async fn one_answer_and_a_received_field() {
    let mut client = connect(Role::Smtp);
    client.play(HELLO).await;
    client
        .play(
            "C: MAIL FROM:<s@remote.test> BODY=8BITMIME
             C: RCPT TO:<alice@local.test>
             C: DATA
             S: 250
             S: 250
             S: 354
             C: Subject: x
             C:
             C: body
             C: .
             S: 250 2.0.0",
        )
        .await;
    let text = String::from_utf8(client.backend.only().bytes).unwrap();
    let (received, rest) = text.split_once("\r\nSubject: x").unwrap();
    assert!(received.starts_with("Received: from client.test ([192.0.2.1])\r\n\tby mx.test with ESMTP id "), "{text}");
    assert!(received.contains("\r\n\tfor <alice@local.test>;\r\n\t"), "{text}");
    assert!(received.ends_with(" +0000"), "{text}");
    assert_eq!(rest, "\r\n\r\nbody\r\n");
}

#[tokio::test]
async fn who_is_not_served() {
    for peer in ["192.0.2.1", "127.0.0.1", "::1"] {
        let mut client = connect_with(Role::Smtp, peer, |_| {});
        client.play(HELLO).await;
        client
            .play(
                "C: MAIL FROM:<alice@local.test>
                 C: RCPT TO:<x@remote.test>
                 C: RCPT TO:<nobody@local.test>
                 C: RCPT TO:<full@local.test>
                 C: RCPT TO:<down@local.test>
                 S: 250
                 S: 550 5.7.1 Relaying denied
                 S: 550 5.1.1
                 S: 452 4.2.2
                 S: 451 4.3.0
                 C: AUTH PLAIN AGEAYg==
                 S: 502
                 C: LHLO x
                 S: 500",
            )
            .await;
    }
}

#[tokio::test]
async fn several_recipients_and_one_fails() {
    let mut client = connect(Role::Smtp);
    client.play("S: 220\nC: HELO client.test\nS: 250 mx.test").await;
    client
        .play(
            "C: MAIL FROM:<s@remote.test>
             S: 250
             C: RCPT TO:<alice@local.test>
             S: 250
             C: RCPT TO:<late@local.test>
             S: 250
             C: DATA
             S: 354
             C: x
             C: .
             S: 451 4.3.0",
        )
        .await;
    let text = String::from_utf8(client.backend.only().bytes).unwrap();
    assert!(text.contains(" with SMTP id ") && !text.contains("for <"), "{text}");
}

#[tokio::test]
async fn a_loop_is_cut() {
    let mut client = connect(Role::Smtp);
    client.play(HELLO).await;
    client.play("C: MAIL FROM:<>\nC: RCPT TO:<alice@local.test>\nC: DATA\nS: 250\nS: 250\nS: 354").await;
    client.send("Received: from x\r\n".repeat(100).as_bytes()).await;
    client.play("C:\nC: .\nS: 554 5.4.6").await;
    assert!(client.backend.state().taken.is_empty());
}

#[tokio::test]
async fn harvesters_are_shown_out() {
    let mut client = connect_with(Role::Smtp, "192.0.2.1", |limits| limits.errors_max = 1);
    client.play(HELLO).await;
    client
        .play(
            "C: MAIL FROM:<>\nC: RCPT TO:<a@local.test>\nC: RCPT TO:<b@local.test>\nS: 250\nS: 550\nS: 550\nS: 421\nS:",
        )
        .await;
}

#[tokio::test]
async fn international_addresses_are_announced() {
    let mut client = connect(Role::Smtp);
    client.play(HELLO).await;
    client
        .play(
            "C: MAIL FROM:<ä@remote.test>
             S: 553 5.6.7
             C: MAIL FROM:<a@remote.test>
             S: 250
             C: RCPT TO:<ä@local.test>
             S: 553 5.6.7
             C: RSET
             S: 250
             C: MAIL FROM:<ä@remote.test> SMTPUTF8
             S: 250
             C: RCPT TO:<ä@local.test>
             S: 550 5.1.1",
        )
        .await;
}
