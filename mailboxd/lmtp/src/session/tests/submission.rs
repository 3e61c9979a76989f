// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::{Client, connect, connect_with};
use crate::config::Role;

/// base64 of "\0alice\0geheim" and "\0alice\0falsch"
const RIGHT: &str = "AGFsaWNlAGdlaGVpbQ==";
const WRONG: &str = "AGFsaWNlAGZhbHNjaA==";

/// On the machine itself, where a password may travel in the clear.
async fn greeted(limits: impl FnOnce(&mut crate::config::Limits)) -> Client {
    let mut client = connect_with(Role::Submission, "127.0.0.1", limits);
    client.play("S: 220\nC: EHLO client.test\nS: 250-\nS: 250-\nS: 250-\nS: 250-\nS: 250-\nS: 250-\nS: 250-SIZE\nS: 250 AUTH PLAIN LOGIN").await;
    client
}

#[tokio::test]
async fn authentication_comes_first() {
    let mut client = connect(Role::Submission);
    client
        .play(&format!(
            "S: 220
             C: EHLO client.test
             S: 250-
             S: 250-
             S: 250-
             S: 250-
             S: 250-
             S: 250-
             S: 250 SIZE
             C: MAIL FROM:<alice@local.test>
             S: 530 5.7.0
             C: AUTH PLAIN {RIGHT}
             S: 538 5.7.11"
        ))
        .await;
}

#[tokio::test]
async fn mechanisms() {
    greeted(|_| {}).await.play(&format!("C: AUTH PLAIN {RIGHT}\nS: 235 2.7.0\nC: AUTH PLAIN {RIGHT}\nS: 503")).await;
    greeted(|_| {}).await.play(&format!("C: AUTH PLAIN\nS: 334\nC: {RIGHT}\nS: 235 2.7.0")).await;
    greeted(|_| {})
        .await
        .play("C: auth login\nS: 334 VXNlcm5hbWU6\nC: YWxpY2U=\nS: 334 UGFzc3dvcmQ6\nC: Z2VoZWlt\nS: 235")
        .await;
    greeted(|_| {})
        .await
        .play("C: AUTH LOGIN YWxpY2U=\nS: 334 UGFzc3dvcmQ6\nC: *\nS: 501\nC: AUTH GSSAPI\nS: 504\nC: AUTH PLAIN ?\nS: 501")
        .await;
    // "bob\0alice\0geheim": acting for somebody else
    greeted(|_| {}).await.play("C: AUTH PLAIN Ym9iAGFsaWNlAGdlaGVpbQ==\nS: 535 5.7.8").await;
    let wrong = format!("C: AUTH PLAIN {WRONG}\nS: 535 5.7.8\n");
    greeted(|_| {}).await.play(&format!("{}S: 421 4.7.0\nS:", wrong.repeat(3))).await;
}

#[tokio::test]
async fn only_as_oneself() {
    let mut client = greeted(|_| {}).await;
    client.play(&format!("C: AUTH PLAIN {RIGHT}\nS: 235")).await;
    client
        .play(
            "C: MAIL FROM:<bob@local.test>
             S: 553 5.7.1
             C: MAIL FROM:<alice@local.test>
             S: 250
             C: RCPT TO:<x@remote.test>
             S: 550 5.7.1 No relay host is configured
             C: RCPT TO:<bob@local.test>
             S: 250
             C: DATA
             S: 354
             C: From: Bob <bob@local.test>
             C:
             C: x
             C: .
             S: 553 5.7.1 From is not",
        )
        .await;
    assert!(client.backend.state().taken.is_empty());
}

#[tokio::test]
async fn what_is_missing_is_added() {
    let mut client = greeted(|_| {}).await;
    client.play(&format!("C: AUTH PLAIN {RIGHT}\nS: 235")).await;
    let transaction = "C: MAIL FROM:<alice@local.test>\nC: RCPT TO:<bob@local.test>\nC: DATA\nS: 250\nS: 250\nS: 354\n";
    client.play(&format!("{transaction}C: From: alice@local.test\nC:\nC: x\nC: .\nS: 250 2.0.0")).await;
    let bytes = client.backend.only().bytes;
    assert_eq!(mime::header(&bytes, "Date").len(), 1);
    assert_eq!(mime::header(&bytes, "Message-ID").len(), 1);
    assert!(mime::summary(&bytes).date_ms.is_some());
    assert!(mime::header(&bytes, "Received")[0].contains("with ESMTPA id"));
    client
        .play(&format!(
            "{transaction}C: From: alice@local.test\nC: Date: Mon, 23 Nov 2026 10:00:00 +0000\nC: Message-ID: <own@x>\nC:\nC: .\nS: 250"
        ))
        .await;
    let bytes = client.backend.state().taken[1].bytes.clone();
    assert_eq!(mime::header(&bytes, "Message-ID"), ["<own@x>"]);
    assert_eq!(mime::header(&bytes, "Date").len(), 1);
    // a header that never ends can't be checked
    client.play(transaction).await;
    client.send("X: y\r\n".repeat(100_000).as_bytes()).await;
    client.play("C: .\nS: 552 5.3.4").await;
}
