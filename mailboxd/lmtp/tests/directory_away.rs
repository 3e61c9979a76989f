// SPDX-License-Identifier: AGPL-3.0-or-later
//! slapd killed under LMTP and submission: who was seen keeps getting mail, everybody else is told to try again.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at anything unexpected")]

extern crate directory as ph_directory;

mod common;
#[path = "../../directory/tests/suite/common/slapd.rs"]
#[allow(dead_code, reason = "not every test uses all of it")]
mod slapd;

use common::{Client, DOMAIN, Server};
use directory::{Attrs, Directory};
use mailbox::ItemId;
use ph_lmtp::Role;

#[tokio::test(flavor = "multi_thread")]
async fn who_was_seen_gets_mail_and_others_wait() {
    let mut slapd = slapd::Slapd::start();
    let mut server = Server::new();
    server.directory = Directory::ldap(&slapd.at()).unwrap();
    server.directory.create_domain(DOMAIN, Attrs::new()).unwrap();
    server.user("alice", Attrs::new());
    let lmtp = server.listen(Role::Lmtp).await;
    let submission = server.listen(Role::Submission).await;
    let mut client = Client::connect(lmtp).await;
    client.play("S: 220\nC: LHLO x\nS: *\nC: MAIL FROM:<s@remote.test>\nS: 250\nC: RCPT TO:<nobody@example.test>\nS: 550 5.1.1").await;
    slapd.kill();
    let message = "C: DATA
                   S: 354
                   C: Subject: x
                   C:
                   C: hello
                   C: .
                   S: 250 2.0.0 <alice@example.test>";
    client.play("C: RCPT TO:<alice@example.test>\nS: 250\nC: RCPT TO:<nobody@example.test>\nS: 451 4.3.0").await;
    client.play(message).await;
    let client = Client::connect(submission).await;
    let mut client = start_tls(client, &server).await;
    client.play("C: EHLO x\nS: *\nC: AUTH PLAIN AGFsaWNlAGdlaGVpbQ==\nS: 454 4.7.0").await;
    slapd.restart();
    // The probe finds it by itself.
    while server.directory.domains().is_err() {
        tokio::task::yield_now().await;
    }
    client.play("C: AUTH PLAIN AGFsaWNlAGdlaGVpbQ==\nS: 235").await;
    let mut client = Client::connect(lmtp).await;
    client.play("S: 220\nC: LHLO x\nS: *\nC: MAIL FROM:<s@remote.test>\nS: 250\nC: RCPT TO:<nobody@example.test>\nS: 550 5.1.1").await;
    assert_eq!(server.messages("alice", ItemId::INBOX).len(), 1);
    server.finish().await;
}

async fn start_tls(mut client: Client, server: &Server) -> Client {
    client.play("S: 220\nC: EHLO x\nS: *\nC: STARTTLS\nS: 220 2.0.0").await;
    client.start_tls(&server.certificate).await
}
