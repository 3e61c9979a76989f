// SPDX-License-Identifier: AGPL-3.0-or-later
//! Transcripts against the real store.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod common;

use common::{Client, DOMAIN, Server};
use directory::Attrs;
use mailbox::ItemId;
use mailbox::{FETCHED, Remembered, fetched_name};
use ph_lmtp::{Filters, Relay, RelayConfig, Role, SendError, send, take_in};

fn filters() -> Filters {
    Filters::new("near.example.test")
}

async fn lmtp(server: &mut Server) -> Client {
    let mut client = Client::connect(server.listen(Role::Lmtp).await).await;
    client.play("S: 220\nC: LHLO client.test\nS: *").await;
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn to_several_mailboxes_byte_for_byte() {
    let mut server = Server::with_users(&["alice", "bob"]);
    let alice = server.directory.account("alice@example.test").unwrap().unwrap();
    server.directory.add_alias(&alice.id, "info@example.test").unwrap();
    server.mailbox("bob").create_folder(ItemId::USER_ROOT, "Lists", "message").unwrap();
    let mut client = lmtp(&mut server).await;
    client
        .play(
            "C: MAIL FROM:<s@remote.test>
             C: RCPT TO:<Alice@Example.Test>
             C: RCPT TO:<info@example.test>
             C: RCPT TO:<bob+lists@example.test>
             C: RCPT TO:<bob+nosuch@example.test>
             C: RCPT TO:<nobody@example.test>
             C: RCPT TO:<x@remote.test>
             C: DATA
             S: 250 2.1.0
             S: 250
             S: 250
             S: 250
             S: 250
             S: 550 5.1.1
             S: 550 5.7.1
             S: 354",
        )
        .await;
    client.send(b"Subject: x\r\n\r\nbare\nlf, nul \0 and \xff\r\n..dots\r\n.\r\n").await;
    client
        .play(
            "S: 250 2.0.0 <Alice@Example.Test>
             S: 250 2.0.0 <info@example.test>
             S: 250 2.0.0 <bob+lists@example.test>
             S: 250 2.0.0 <bob+nosuch@example.test>
             C: QUIT
             S: 221
             S:",
        )
        .await;
    let body = b"Subject: x\r\n\r\nbare\nlf, nul \0 and \xff\r\n.dots\r\n".to_vec();
    assert_eq!(server.messages("alice", ItemId::INBOX), std::slice::from_ref(&body), "once, though named twice");
    assert_eq!(server.messages("bob", ItemId::INBOX), std::slice::from_ref(&body));
    let lists = server.mailbox("bob").folder_by_path("/Lists").unwrap().unwrap().item.id;
    assert_eq!(server.messages("bob", lists), [body]);
    server.finish().await;
}

/// Whoever speaks SMTP to us can write the mark himself; the filter of a subaddress was the owner's own choice.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_scanner_marked_goes_to_junk() {
    let marked = b"X-Spam-Flag: YES\r\nSubject: x\r\n\r\nhello\r\n";
    for (role, hello, trusts, folder) in [
        (Role::Lmtp, "LHLO", true, ItemId::JUNK),
        (Role::Lmtp, "LHLO", false, ItemId::INBOX),
        (Role::Smtp, "EHLO", true, ItemId::INBOX),
    ] {
        let mut server = Server::with_users(&["alice"]);
        let lists = server.mailbox("alice").create_folder(ItemId::USER_ROOT, "Lists", "message").unwrap().item.id;
        let address = server.listen_with(role, |config| config.trusts_spam_flag = trusts).await;
        let mut client = Client::connect(address).await;
        client.play(&format!("S: 220\nC: {hello} client.test\nS: *")).await;
        for (to, body) in [("alice", &marked[..]), ("alice+lists", marked), ("alice", &marked[18..])] {
            client.play(&format!("C: MAIL FROM:<s@remote.test>\nS: 250\nC: RCPT TO:<{to}@example.test>\nS: 250")).await;
            client.play("C: DATA\nS: 354").await;
            client.send(&[body, b".\r\n"].concat()).await;
            client.play("S: 250").await;
        }
        client.play("C: QUIT\nS: 221").await;
        let held = |folder| server.messages("alice", folder);
        assert_eq!(held(lists).len(), 1);
        let (junk, inbox) = (held(ItemId::JUNK), held(ItemId::INBOX));
        assert_eq!((junk.len(), inbox.len()), if folder == ItemId::JUNK { (1, 1) } else { (0, 2) }, "{role:?}");
        if let [only] = &junk[..] {
            assert!(only.ends_with(marked), "byte for byte");
        }
        server.finish().await;
    }
}

/// Everybody in a list gets it once, however often he is in it, and the list has one answer.
#[tokio::test(flavor = "multi_thread")]
async fn to_a_list_and_to_one_who_is_in_it() {
    let mut server = Server::with_users(&["alice", "bob", "carol"]);
    let full = Attrs::from([("zimbraMailQuota".to_owned(), vec!["1".to_owned()])]);
    let carol = server.directory.account("carol@example.test").unwrap().unwrap();
    server.directory.modify_account(&carol.id, full).unwrap();
    for (list, members) in [("all", ["inner", "alice", "carol"]), ("inner", ["bob", "alice", "all"])] {
        let address = format!("{list}@example.test");
        server.directory.create_list(&address, Attrs::new()).unwrap();
        let members: Vec<String> = members.iter().map(|m| format!("{m}@example.test")).collect();
        server.directory.add_members(&address, &members).unwrap();
    }
    server.directory.create_list("far@example.test", Attrs::new()).unwrap();
    server.directory.add_members("far@example.test", &["x@remote.test".to_owned()]).unwrap();
    server.directory.create_list("none@example.test", Attrs::new()).unwrap();
    let mut client = lmtp(&mut server).await;
    client
        .play(
            "C: MAIL FROM:<s@remote.test>
             C: RCPT TO:<all@example.test>
             C: RCPT TO:<alice@example.test>
             C: RCPT TO:<far@example.test>
             C: RCPT TO:<none@example.test>
             C: DATA
             S: 250 2.1.0
             S: 250
             S: 250
             S: 550 5.7.1
             S: 550 5.2.4
             S: 354",
        )
        .await;
    client.send(b"Subject: x\r\n\r\nhello\r\n.\r\n").await;
    client
        .play(
            "S: 250 2.0.0 <all@example.test>
             S: 250 2.0.0 <alice@example.test>
             C: QUIT
             S: 221
             S:",
        )
        .await;
    for (user, count) in [("alice", 1), ("bob", 1), ("carol", 0)] {
        assert_eq!(server.messages(user, ItemId::INBOX).len(), count, "{user}");
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quota_status_and_size() {
    let mut server = Server::with_users(&["alice"]);
    let attrs = |name: &str, value: &str| Attrs::from([(name.to_string(), vec![value.to_string()])]);
    server.user("small", attrs("zimbraMailQuota", "100"));
    server.user("closed", attrs("zimbraAccountStatus", "closed"));
    server.user("away", attrs("zimbraAccountStatus", "maintenance"));
    let address = server.listen_with(Role::Lmtp, |c| c.limits.message_bytes_max = 1 << 20).await;
    let mut client = Client::connect(address).await;
    client
        .play(
            "S: 220
             C: LHLO x
             S: *
             C: MAIL FROM:<>
             C: RCPT TO:<small@example.test>
             C: RCPT TO:<alice@example.test>
             C: RCPT TO:<closed@example.test>
             C: RCPT TO:<away@example.test>
             C: DATA
             S: 250
             S: 250
             S: 250
             S: 550 5.2.1
             S: 450 4.2.1
             S: 354",
        )
        .await;
    client.send(format!("Subject: x\r\n\r\n{}\r\n.\r\n", "y".repeat(200)).as_bytes()).await;
    client.play("S: 452 4.2.2 <small@example.test>\nS: 250 2.0.0 <alice@example.test>").await;
    // larger than the inline limit of the store: streamed to a file
    client.play("C: MAIL FROM:<>\nC: RCPT TO:<alice@example.test>\nC: DATA\nS: 250\nS: 250\nS: 354").await;
    let large = vec![b'z'; 900_000];
    client.send(&[&b"Subject: large\r\n\r\n"[..], &large, b"\r\n.\r\n"].concat()).await;
    client.play("S: 250 2.0.0").await;
    client.play("C: MAIL FROM:<>\nC: RCPT TO:<alice@example.test>\nC: DATA\nS: 250\nS: 250\nS: 354").await;
    client.send(&[&large[..], &large, b"\r\n.\r\n"].concat()).await;
    client.play("S: 552 5.3.4\nC: QUIT\nS: 221").await;
    let sizes: Vec<usize> = server.messages("alice", ItemId::INBOX).iter().map(Vec::len).collect();
    assert_eq!(sizes, [216, 900_020]);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_breaks_off_leaves_nothing() {
    let mut server = Server::with_users(&["alice"]);
    let address = server.listen(Role::Lmtp).await;
    for part in [&b"DATA\r\nhalf"[..], b"BDAT 100\r\nhalf", b"DATA\r\nx\r\n.\r"] {
        let mut client = Client::connect(address).await;
        client.play("S: 220\nC: LHLO x\nS: *\nC: MAIL FROM:<>\nC: RCPT TO:<alice@example.test>\nS: 250\nS: 250").await;
        client.send(part).await;
    }
    let mut client = Client::connect(address).await;
    client.play("S: 220\nC: LHLO x\nS: *\nC: MAIL FROM:<>\nC: RCPT TO:<alice@example.test>\nS: 250\nS: 250").await;
    client.send(b"BDAT 3\r\na\r\nBDAT 2 LAST\r\n\r\n").await;
    client.play("S: 250\nS: 250 2.0.0 <alice@example.test>").await;
    assert_eq!(server.messages("alice", ItemId::INBOX), [b"a\r\n\r\n".to_vec()]);
    drop(client);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn port_25_serves_local_recipients_only() {
    let mut server = Server::with_users(&["alice"]);
    let mut client = Client::connect(server.listen(Role::Smtp).await).await;
    client
        .play(
            "S: 220
             C: EHLO client.test
             S: *
             C: MAIL FROM:<alice@example.test>
             C: RCPT TO:<x@remote.test>
             C: RCPT TO:<alice@example.test>
             C: DATA
             S: 250
             S: 550 5.7.1
             S: 250
             S: 354
             C: Subject: x
             C:
             C: .
             S: 250 2.0.0
             C: QUIT
             S: 221",
        )
        .await;
    let bytes = server.messages("alice", ItemId::INBOX).remove(0);
    assert!(bytes.starts_with(b"Received: from client.test ([127.0.0.1])\r\n\tby mx.example.test with ESMTP id "));
    assert!(bytes.ends_with(b"\r\nSubject: x\r\n\r\n"));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn submission_over_tls() {
    let mut server = Server::with_users(&["alice", "bob"]);
    let address = server.listen(Role::Submission).await;
    let mut client = Client::connect(address).await;
    // what is sent ahead of the handshake is forgotten
    client.play("S: 220\nC: EHLO x\nS: *").await;
    client.play("C: STARTTLS\nC: MAIL FROM:<alice@example.test>\nS: 220 2.0.0").await;
    let mut client = client.start_tls(&server.certificate).await;
    client.play("C: MAIL FROM:<alice@example.test>\nS: 503\nC: EHLO x\nS: *\nC: STARTTLS\nS: 503").await;
    // "\0alice\0falsch", then the right one, with the default domain
    client.play("C: AUTH PLAIN AGFsaWNlAGZhbHNjaA==\nS: 535 5.7.8\nC: AUTH PLAIN AGFsaWNlAGdlaGVpbQ==\nS: 235").await;
    client
        .play(
            "C: MAIL FROM:<bob@example.test>
             S: 553 5.7.1
             C: MAIL FROM:<alice@example.test>
             S: 250
             C: RCPT TO:<x@remote.test>
             S: 550 5.7.1 No relay host
             C: RCPT TO:<bob@example.test>
             S: 250
             C: DATA
             S: 354
             C: From: alice@example.test
             C:
             C: hello
             C: .
             S: 250 2.0.0
             C: QUIT
             S: 221",
        )
        .await;
    let bytes = server.messages("bob", ItemId::INBOX).remove(0);
    assert!(mime::header(&bytes, "Received")[0].contains("with ESMTPSA id"));
    assert_eq!(mime::header(&bytes, "Message-ID").len(), 1);
    server.finish().await;
}

fn relay(port: u16, takes_all: bool) -> Relay {
    let (host, hostname) = ("127.0.0.1".into(), "near.test".into());
    let config = RelayConfig { host, port, user: None, password: None, require_tls: false, takes_all, hostname };
    Relay::new(&config).unwrap()
}

/// Where an MTA scans, what goes from one of our people to another one goes through it too.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_takes_all_gets_local_mail_as_well() {
    let mut far = Server::with_users(&["bob"]);
    let port = far.listen_with(Role::Smtp, |c| c.tls = None).await.port();
    let near = Server::with_users(&["alice", "bob"]);
    let message = bytes::Bytes::from_static(b"Subject: round\r\n\r\nx\r\n");
    let sender = format!("alice@{DOMAIN}");
    let to = |name: &str| [format!("{name}@{DOMAIN}")];
    send(&near.store, &near.directory, &relay(port, true), &filters(), &sender, &to("bob"), message.clone())
        .await
        .unwrap();
    assert!(near.messages("bob", ItemId::INBOX).is_empty());
    assert_eq!(far.messages("bob", ItemId::INBOX).len(), 1);
    // Who does not exist is known before anything is sent.
    let error =
        send(&near.store, &near.directory, &relay(port, true), &filters(), &sender, &to("nobody"), message).await;
    assert!(matches!(error, Err(SendError::Aborted { .. })));
    near.finish().await;
    far.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relayed_and_delivered() {
    // Another of our servers is the relay host: its domain is the far one.
    let mut far = Server::new();
    far.directory.create_domain("remote.test", Attrs::new()).unwrap();
    far.directory.create_account("x@remote.test", "geheim", Attrs::new()).unwrap();
    let port = far.listen(Role::Smtp).await.port();
    let mut near = Server::with_users(&["alice", "bob"]);
    let relay = |port| relay(port, false);
    near.relay = relay(port);
    // A self-signed certificate is refused even if TLS is only an offer; without one there is plain text.
    let plain = far.listen_with(Role::Smtp, |c| c.tls = None).await.port();
    let to = |list: &[&str]| list.iter().map(|a| a.to_string()).collect::<Vec<_>>();
    let message = bytes::Bytes::from_static(b"Subject: out\r\n\r\n.dot\r\n");
    let both = to(&["bob@example.test", "x@remote.test"]);
    let sender = format!("alice@{DOMAIN}");
    let refused =
        send(&near.store, &near.directory, &near.relay, &filters(), &sender, &both, message.clone()).await.unwrap_err();
    let SendError::Aborted { refused } = refused else { panic!("{refused}") };
    assert!(refused.iter().all(|r| !r.permanent));
    assert!(near.messages("bob", ItemId::INBOX).is_empty(), "nobody gets it when the relay can't be had");
    send(&near.store, &near.directory, &relay(plain), &filters(), &sender, &both, message.clone()).await.unwrap();
    assert_eq!(near.messages("bob", ItemId::INBOX), [message.to_vec()]);
    let account = far.directory.account("x@remote.test").unwrap().unwrap();
    let actor = mailbox::Actor { account: account.id.clone(), is_admin: false };
    let handle = far.store.open_mailbox(&actor, &account.id, 0).unwrap();
    let brief = handle.mailbox().folder_messages(ItemId::INBOX, mailbox::Uid(0)).unwrap().remove(0);
    let got = handle.mailbox().content(&handle.mailbox().item(brief.id).unwrap()).unwrap();
    assert!(got.ends_with(b"\r\nSubject: out\r\n\r\n.dot\r\n"), "{}", String::from_utf8_lossy(&got));
    // addresses that can't work stop it for all
    let bad = to(&["bob@example.test", "nobody@example.test", "no address"]);
    let error =
        send(&near.store, &near.directory, &Relay::none(), &filters(), &sender, &bad, message).await.unwrap_err();
    let SendError::Aborted { refused } = error else { panic!("{error}") };
    assert_eq!(refused.iter().map(|r| r.address.as_str()).collect::<Vec<_>>(), ["nobody@example.test", "no address"]);
    assert!(refused.iter().all(|r| r.permanent));
    near.finish().await;
    far.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_capped() {
    let mut server = Server::with_users(&["alice"]);
    let address = server.listen_with(Role::Smtp, |c| c.limits.connections_per_ip_max = 2).await;
    let mut first = Client::connect(address).await;
    first.play("S: 220").await;
    let mut second = Client::connect(address).await;
    second.play("S: 220").await;
    let mut third = Client::connect(address).await;
    third.play("S: 421 4.7.0\nS:").await;
    second.play("C: QUIT\nS: 221\nS:").await;
    // The place is free again once the session has ended; that is soon after its last byte.
    loop {
        let mut next = Client::connect(address).await;
        if next.line().await.starts_with("220") {
            break;
        }
    }
    server.finish().await;
}

/// SMTP has one answer: it is a refusal only if nobody has the message.
#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_refuses_speaks_for_its_owner_only() {
    let mut server = Server::with_users(&["alice", "bob"]);
    let alice = server.mailbox("alice");
    alice.put_script("no", b"require \"reject\"; reject \"not me\";").unwrap();
    alice.activate_script(Some("no")).unwrap();
    let mut client = Client::connect(server.listen(Role::Smtp).await).await;
    client
        .play(
            "S: 220\nC: EHLO client.test\nS: *\nC: MAIL FROM:<bob@example.test>\nS: 250\nC: RCPT TO:<alice@example.test>\nS: 250\n\
             C: DATA\nS: 354\nC: Subject: a\nC:\nC: x\nC: .\nS: 550 5.7.1 not me\n\
             C: MAIL FROM:<bob@example.test>\nS: 250\nC: RCPT TO:<alice@example.test>\nS: 250\nC: RCPT TO:<bob@example.test>\nS: 250\n\
             C: DATA\nS: 354\nC: Subject: b\nC:\nC: x\nC: .\nS: 250",
        )
        .await;
    let begun = std::time::Instant::now();
    let told = loop {
        let mails = server.messages("bob", ItemId::INBOX);
        if mails.len() == 2 {
            break String::from_utf8(mails[1].clone()).unwrap();
        }
        assert!(begun.elapsed().as_secs() < 30, "nobody was told");
        tokio::task::yield_now().await;
    };
    assert!(told.contains("refused by its recipient") && told.contains("not me"), "{told}");
    assert!(server.messages("alice", ItemId::INBOX).is_empty());
    drop((alice, client));
    server.finish().await;
}

/// Mail from elsewhere is filtered, noted by the record that stores it or lets it go, and answered by nobody.
#[tokio::test(flavor = "multi_thread")]
async fn fetched_mail_is_filtered_and_noted() {
    let server = Server::with_users(&["alice", "bob"]);
    let mailbox = server.mailbox("alice");
    let script = "require [\"fileinto\", \"reject\", \"vacation\"]; vacation \"away\";
        if header :contains \"subject\" \"junk\" { fileinto \"Junk\"; }
        elsif header :contains \"subject\" \"lost\" { discard; }
        elsif header :contains \"subject\" \"no\" { reject \"not me\"; }";
    let account = server.directory.account("alice@example.test").unwrap().unwrap();
    let take = async |subject: &str| {
        let text = format!("From: bob@example.test\r\nTo: alice@example.test\r\nSubject: {subject}\r\n\r\nx\r\n");
        let remember = Remembered { space: FETCHED, name: fetched_name("s", subject), ms: 1 << 40 };
        let (store, directory) = (&server.store, &server.directory);
        take_in(store, directory, &server.relay, &filters(), &account, text.into(), remember).await
    };
    take("before").await.unwrap();
    mailbox.put_script("all", script.as_bytes()).unwrap();
    mailbox.activate_script(Some("all")).unwrap();
    for subject in ["kept", "junk", "lost"] {
        take(subject).await.unwrap();
    }
    let Err(SendError::Aborted { refused }) = take("no").await else { panic!("it was to be refused") };
    assert!(refused[0].permanent && refused[0].why.contains("not me"));
    let mut noted: Vec<String> = mailbox.fetched("s").unwrap().into_keys().collect();
    noted.sort();
    assert_eq!(noted, ["before", "junk", "kept", "lost"]);
    assert_eq!(server.messages("alice", ItemId::INBOX).len(), 2);
    assert_eq!(server.messages("alice", ItemId::JUNK).len(), 1);
    assert!(server.messages("bob", ItemId::INBOX).is_empty(), "nobody was answered");
    server.directory.modify_account(&account.id, Attrs::from([("zimbraMailQuota".into(), vec!["1".into()])])).unwrap();
    let account = server.directory.account("alice@example.test").unwrap().unwrap();
    let remember = Remembered { space: FETCHED, name: fetched_name("s", "full"), ms: 1 << 40 };
    let message = bytes::Bytes::from_static(b"Subject: full\r\n\r\nx\r\n");
    let full = take_in(&server.store, &server.directory, &server.relay, &filters(), &account, message, remember).await;
    let Err(SendError::Aborted { refused }) = full else { panic!("there is no room") };
    assert!(!refused[0].permanent, "it comes when there is");
    assert!(!mailbox.fetched("s").unwrap().contains_key("full"));
    drop(mailbox);
    server.finish().await;
}
