// SPDX-License-Identifier: AGPL-3.0-or-later
//! Scripts of the directory at delivery: the owner's rules, those of administrators around them, and what becomes of mail when
//! one of them is broken.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at anything unexpected")]

mod common;

use common::{Client, DOMAIN, Server};
use directory::{Attrs, Kind};
use mailbox::{Flags, ItemId};
use ph_lmtp::Role;

const BEFORE: &str = "zimbraAdminSieveScriptBefore";
const OWN: &str = "zimbraMailSieveScript";
const AFTER: &str = "zimbraAdminSieveScriptAfter";

fn attrs(pairs: &[(&str, &str)]) -> Attrs {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect()
}

fn set(server: &Server, pairs: &[(&str, &str)]) {
    let id = server.directory.account(&format!("alice@{DOMAIN}")).unwrap().unwrap().id;
    server.directory.modify_account(&id, attrs(pairs)).unwrap();
}

/// The reply to the message.
async fn deliver(address: std::net::SocketAddr, subject: &str, reply: &str) {
    let mut client = Client::connect(address).await;
    client.play("S: 220\nC: LHLO x\nS: *\nC: MAIL FROM:<s@remote.test>\nS: 250").await;
    client.play("C: RCPT TO:<alice@example.test>\nS: 250\nC: DATA\nS: 354").await;
    client.play(&format!("C: From: s@remote.test\nC: Subject: {subject}\nC:\nC: hello\nC: .\nS: {reply}")).await;
}

/// Tags of the message of this subject, by folder.
fn places(server: &Server, subject: &str) -> Vec<(String, Vec<String>, bool)> {
    let mailbox = server.mailbox("alice");
    let tags = mailbox.tags().unwrap();
    let mut found = Vec::new();
    for folder in mailbox.folders().unwrap() {
        for brief in mailbox.folder_messages(folder.item.id, mailbox::Uid(0)).unwrap_or_default() {
            let item = mailbox.item(brief.id).unwrap();
            if item.subject == subject {
                let name = |id: &ItemId| tags.iter().find(|tag| tag.item.id == *id).unwrap().item.name.clone();
                let mut tags: Vec<String> = item.tags.iter().map(name).collect();
                tags.sort();
                found.push((folder.item.name.clone(), tags, !item.flags.contains(Flags::UNREAD)));
            }
        }
    }
    found
}

fn one(folder: &str, tags: &[&str], is_read: bool) -> (String, Vec<String>, bool) {
    (folder.to_owned(), tags.iter().map(|tag| (*tag).to_owned()).collect(), is_read)
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_of_administrators_stand_around_the_owners() {
    let mut server = Server::with_users(&["alice"]);
    let lmtp = server.listen(Role::Lmtp).await;
    set(
        &server,
        &[(
            OWN,
            "# My rule\nif header :contains \"subject\" \"one\" { fileinto \"/Work/New\"; tag \"my tag\"; stop; }",
        )],
    );
    deliver(lmtp, "one", "250").await;
    assert_eq!(places(&server, "one"), [one("New", &["my tag"], false)]);
    set(&server, &[(BEFORE, "tag \"before\"; stop;"), (AFTER, "flag \"read\";")]);
    deliver(lmtp, "one two", "250").await;
    assert_eq!(places(&server, "one two"), [one("New", &["before", "my tag"], true)]);
    // The domain's counts for who has none of their own, and the account's own before that.
    set(&server, &[(BEFORE, ""), (AFTER, "")]);
    server.directory.modify_domain(DOMAIN, attrs(&[(BEFORE, "tag \"domain\";")])).unwrap();
    deliver(lmtp, "three", "250").await;
    assert_eq!(places(&server, "three"), [one("Inbox", &["domain"], false)]);
    server.directory.modify_domain(DOMAIN, attrs(&[(BEFORE, "")])).unwrap();
    server.directory.create(Kind::Server, "mx.example.test", attrs(&[(AFTER, "tag \"server\";")])).unwrap();
    deliver(lmtp, "four", "250").await;
    assert_eq!(places(&server, "four"), [one("Inbox", &["server"], false)]);
    set(&server, &[(BEFORE, "discard;")]);
    deliver(lmtp, "five", "250").await;
    assert_eq!(places(&server, "five"), []);
    set(&server, &[(BEFORE, "reject \"Not today\";")]);
    deliver(lmtp, "six", "550 5.7.1 <alice@example.test>").await;
    assert_eq!(places(&server, "six"), []);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_script_costs_no_mail() {
    let mut server = Server::with_users(&["alice"]);
    let lmtp = server.listen(Role::Lmtp).await;
    let bomb = format!("{}keep;{}", "if true {".repeat(500), "}".repeat(500));
    let slow = "replaceheader :newvalue \"${1}${1}\" :matches \"subject\" \"*\";".repeat(500);
    for (n, broken) in ["frobnicate;", "tag \"x", bomb.as_str(), slow.as_str()].into_iter().enumerate() {
        // An administrator's is left out, the owner's still runs, and nobody else is told.
        let subject = format!("admin {n}");
        set(&server, &[(BEFORE, broken), (OWN, "tag \"own\";")]);
        deliver(lmtp, &subject, "250").await;
        let all = places(&server, &subject);
        assert!(all.len() == 1 && all[0].0 == "Inbox" && all[0].1.contains(&"own".to_owned()), "{n}: {all:?}");
        assert!(places(&server, "Your mail filter fails").is_empty());
    }
    let id = server.directory.account("alice@example.test").unwrap().unwrap().id;
    let long = format!("# {}\nkeep;", "x".repeat(1 << 20));
    assert!(server.directory.modify_account(&id, attrs(&[(OWN, &long)])).is_err());
    set(&server, &[(BEFORE, "tag \"before\";"), (OWN, "if frobnicate { discard; }")]);
    deliver(lmtp, "own", "250").await;
    assert_eq!(places(&server, "own"), [one("Inbox", &["before"], false)]);
    assert_eq!(places(&server, "Your mail filter fails").len(), 1);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_active_script_filters_instead_of_the_rules() {
    let mut server = Server::with_users(&["alice"]);
    let lmtp = server.listen(Role::Lmtp).await;
    set(&server, &[(OWN, "tag \"rules\";"), (AFTER, "tag \"after\";")]);
    let script = b"require \"imap4flags\"; addflag \"script\"; keep; stop;";
    server.mailbox("alice").put_script("mine", script).unwrap();
    server.mailbox("alice").activate_script(Some("mine")).unwrap();
    deliver(lmtp, "one", "250").await;
    assert_eq!(places(&server, "one"), [one("Inbox", &["after", "script"], false)]);
    server.mailbox("alice").activate_script(None).unwrap();
    deliver(lmtp, "two", "250").await;
    assert_eq!(places(&server, "two"), [one("Inbox", &["after", "rules"], false)]);
    server.finish().await;
}
