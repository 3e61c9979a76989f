// SPDX-License-Identifier: AGPL-3.0-or-later
//! Logging in, folders, and what is refused.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use common::{PASSWORD, Server, message};

#[test]
fn greeting_and_login() {
    let server = Server::new();
    let mut client = server.connect();
    let greeting = client.line();
    assert!(
        greeting.starts_with(
            "* OK [CAPABILITY IMAP4rev2 IMAP4rev1 LITERAL+ SASL-IR ID ENABLE COMPRESS=DEFLATE AUTH=PLAIN]"
        ),
        "{greeting}"
    );
    assert!(client.command("a SELECT INBOX")[0].starts_with("a BAD"));
    assert!(client.command("b LOGIN alice@example.test wrong")[0].starts_with("b NO [AUTHENTICATIONFAILED]"));
    client.send("c AUTHENTICATE PLAIN");
    assert_eq!(client.line(), "+ ");
    use base64::Engine as _;
    let plain = base64::engine::general_purpose::STANDARD.encode(format!("\0alice@example.test\0{PASSWORD}"));
    client.send(&plain);
    assert!(client.line().starts_with("c OK [CAPABILITY IMAP4rev2 IMAP4rev1 "));
    client.ok("d NOOP");
}

#[test]
fn sasl_initial_response() {
    use base64::Engine as _;
    let server = Server::new();
    let mut client = server.connect();
    client.line();
    let plain = base64::engine::general_purpose::STANDARD.encode(format!("\0bob@example.test\0{PASSWORD}"));
    let lines = client.command(&format!("a AUTHENTICATE PLAIN {plain}"));
    assert!(lines[0].starts_with("a OK [CAPABILITY IMAP4rev2 IMAP4rev1"), "{lines:?}");
    assert!(client.command("b LOGIN x y")[0].starts_with("b BAD"));
    client.send("c LOGOUT");
    assert!(client.line().starts_with("* BYE"));
    assert!(client.line().starts_with("c OK"));
    assert_eq!(client.rest(), "");
}

#[test]
fn too_many_wrong_passwords() {
    let server = Server::new();
    let mut client = server.connect();
    client.line();
    for n in 0..3 {
        assert!(client.command(&format!("a{n} LOGIN alice@example.test no"))[0].contains("AUTHENTICATIONFAILED"));
    }
    client.send("b LOGIN alice@example.test no");
    assert!(client.line().starts_with("* BYE"));
    assert_eq!(client.rest(), "");
}

/// Programs that never let go keep nobody else out.
#[test]
fn an_account_has_so_many_connections() {
    let server = Server::with(|config| config.connections_per_account_max = 2);
    let (mut first, _second) = (server.login(), server.login());
    let mut third = server.connect();
    third.line();
    let answer = third.command(&format!("a LOGIN alice@example.test \"{PASSWORD}\"")).pop().unwrap();
    assert!(answer.starts_with("a NO [LIMIT]"), "{answer}");
    third.ok(&format!("b LOGIN bob@example.test \"{PASSWORD}\""));
    first.ok("x LOGOUT");
    first.rest();
    server.login();
}

/// The directory's back-off is by address: a guesser locks nobody out but himself.
#[test]
fn a_guesser_is_refused_and_the_owner_elsewhere_is_not() {
    let server = Server::new();
    let right = format!("z LOGIN alice@example.test \"{PASSWORD}\"");
    for _ in 0..3 {
        let mut guesser = server.connect_from([127, 0, 0, 2]);
        guesser.line();
        for n in 0..3 {
            assert!(
                guesser.command(&format!("a{n} LOGIN alice@example.test guess"))[0].contains("AUTHENTICATIONFAILED")
            );
        }
    }
    let mut guesser = server.connect_from([127, 0, 0, 2]);
    guesser.line();
    assert!(guesser.command(&right)[0].contains("AUTHENTICATIONFAILED"), "even the right one is not looked at now");
    use base64::Engine as _;
    let plain = base64::engine::general_purpose::STANDARD.encode(format!("\0alice@example.test\0{PASSWORD}"));
    assert!(guesser.command(&format!("b AUTHENTICATE PLAIN {plain}"))[0].contains("AUTHENTICATIONFAILED"));
    let mut owner = server.connect_from([127, 0, 0, 3]);
    owner.line();
    owner.ok(&right);
}

#[test]
fn a_full_house_says_so() {
    let server = Server::with(|config| config.connections_per_ip_max = 2);
    let (mut one, _two) = (server.login(), server.login());
    let mut three = server.connect();
    assert_eq!(three.line(), "* BYE [UNAVAILABLE] Too many connections, try again later");
    assert_eq!(three.rest(), "");
    one.ok("a NOOP");
    let mut elsewhere = server.connect_from([127, 0, 0, 2]);
    assert!(elsewhere.line().starts_with("* OK"));
}

#[test]
fn folders() {
    let server = Server::new();
    server.dialogue(
        r#"
        C: a LIST "" ""
        S: * LIST (\Noselect) "/" ""
        S: a OK …
        C: a LIST "" *
        S: * LIST (…) "/" INBOX
        S: * LIST (… \Trash) "/" Trash
        S: * LIST (… \Junk) "/" Junk
        S: * LIST (… \Sent) "/" Sent
        S: * LIST (… \Drafts) "/" Drafts
        S: a OK …
        C: a CREATE Work/2026/Q1
        S: a OK …
        C: a CREATE work/2026
        S: a NO [ALREADYEXISTS] …
        C: a CREATE "B&APw-cher"
        S: a OK …
        C: a LIST "" "B*"
        S: * LIST (\HasNoChildren) "/" B&APw-cher
        S: a OK …
        C: a LIST "Work/" %
        S: * LIST (\HasChildren) "/" Work/2026
        S: a OK …
        C: a DELETE Work
        S: a NO [HASCHILDREN] …
        C: a RENAME Work/2026 Play/Old
        S: a OK …
        C: a LIST "" "Play*"
        S: * LIST (\HasChildren) "/" Play
        S: * LIST (\HasChildren) "/" Play/Old
        S: * LIST (\HasNoChildren) "/" Play/Old/Q1
        S: a OK …
        C: a RENAME Play Play/Old/Deep
        S: a NO [CANNOT] …
        C: a DELETE Play/Old/Q1
        S: a OK …
        C: a DELETE Sent
        S: a NO [CANNOT] …
        C: a DELETE INBOX
        S: a NO [CANNOT] …
        C: a DELETE nowhere
        S: a NO [NONEXISTENT] …
        C: a SELECT nowhere
        S: a NO [NONEXISTENT] …
        C: a CREATE "&bad"
        S: a NO [CANNOT] …
        C: a STATUS Contacts (MESSAGES)
        S: a NO [NONEXISTENT] …
        C: a NAMESPACE
        S: * NAMESPACE (("" "/")) (("/home/" "/")) NIL
        S: a OK …
        "#,
    );
}

#[test]
fn subscriptions() {
    let server = Server::new();
    server.dialogue(
        r#"
        C: a CREATE Lists/rust
        S: a OK …
        # What is made is subscribed to, as in the web client's tree.
        C: a UNSUBSCRIBE Lists
        S: a OK …
        C: a SUBSCRIBE Lists/rust
        S: a OK …
        C: a SUBSCRIBE nowhere
        S: a NO …
        C: a LSUB "" "Lists/*"
        S: * LSUB () "/" Lists/rust
        S: a OK …
        C: a LSUB "" Lis%
        S: * LSUB (\Noselect) "/" Lists
        S: a OK …
        C: a LIST (SUBSCRIBED RECURSIVEMATCH) "" Lis% RETURN (CHILDREN)
        S: * LIST (\HasChildren) "/" Lists ("CHILDINFO" ("SUBSCRIBED"))
        S: a OK …
        C: a LIST (SUBSCRIBED) "" L* RETURN (STATUS (MESSAGES UIDNEXT))
        S: * LIST (\HasNoChildren \Subscribed) "/" Lists/rust
        S: * STATUS Lists/rust (MESSAGES 0 UIDNEXT 1)
        S: a OK …
        C: a UNSUBSCRIBE Lists/rust
        S: a OK …
        C: a LSUB "" "Lists/*"
        S: a OK …
        "#,
    );
}

#[test]
fn rename_inbox_moves_its_mail() {
    let server = Server::new();
    let mut client = server.login();
    client.append("INBOX", "", &message("one", "x"));
    client.ok("a CREATE INBOX/sub");
    client.ok("a RENAME INBOX Old");
    assert_eq!(client.ok("a STATUS Old (MESSAGES)"), ["* STATUS Old (MESSAGES 1)"]);
    assert_eq!(client.ok("a STATUS INBOX (MESSAGES)"), ["* STATUS INBOX (MESSAGES 0)"]);
    assert_eq!(client.ok("a LIST \"\" INBOX/%"), ["* LIST (\\HasNoChildren) \"/\" INBOX/sub"]);
}

#[test]
fn rubbish_gets_bad_and_then_bye() {
    let server = Server::new();
    let mut client = server.login();
    client.send("a FOO");
    assert!(client.line().starts_with("a BAD"));
    client.raw(b"\0\0\xff\r\n");
    assert!(client.line().starts_with("* BAD"));
    client.raw(&[vec![b'x'; 100_000], b"\r\n".to_vec()].concat());
    assert!(client.line().contains("BAD command line too long"));
    // A sync literal too large: refused before it is sent, and the session goes on.
    client.send("b LOGIN {100000}");
    assert!(client.line().starts_with("b BAD"));
    client.ok("c NOOP");
    client.raw(format!("d LOGIN {{100000+}}\r\n{} x\r\n", "y".repeat(100_000)).as_bytes());
    assert!(client.line().starts_with("d BAD"));
    client.ok("e NOOP");
    let mut bad = String::new();
    for n in 0..30 {
        bad.push_str(&format!("z{n} RUBBISH\r\n"));
    }
    let _the_server_may_be_gone = client.try_raw(bad.as_bytes());
    let rest = client.rest();
    assert!(rest.contains("* BYE Too many bad commands"), "{rest}");
    server.login().ok("a NOOP");
}

#[test]
fn truncated_sessions_disturb_nobody() {
    let server = Server::new();
    for start in ["a LOG", "a LOGIN {5}\r\nal", "", "a LOGIN alice@example.test {13+}\r\nshort"] {
        server.connect().raw(start.as_bytes());
    }
    let mut client = server.login();
    client.raw(b"x APPEND INBOX {100000+}\r\nonly this");
    drop(client);
    assert_eq!(server.login().ok("a STATUS INBOX (MESSAGES)"), ["* STATUS INBOX (MESSAGES 0)"]);
}

#[test]
fn the_end_of_the_server_says_bye() {
    let mut server = Server::new();
    let (mut idle, mut waiting) = (server.login(), server.login());
    idle.send("a IDLE");
    assert_eq!(idle.line(), "+ idling");
    server.stop();
    assert!(idle.line().starts_with("* BYE"));
    assert!(waiting.line().starts_with("* BYE"));
}

#[test]
fn an_account_without_imap_is_told_so() {
    let server = Server::new();
    let bob = server.directory.account("bob@example.test").unwrap().unwrap();
    let off = [("zimbraImapEnabled".to_owned(), vec!["FALSE".to_owned()])].into_iter().collect();
    server.directory.modify_account(&bob.id, off).unwrap();
    let mut client = server.connect();
    client.line();
    // Who does not know the password learns nothing of it.
    for (password, code) in [("wrong", "AUTHENTICATIONFAILED"), (PASSWORD, "AUTHORIZATIONFAILED")] {
        client.send(&format!("a LOGIN bob@example.test \"{password}\""));
        let line = client.line();
        assert!(line.starts_with(&format!("a NO [{code}]")), "{line}");
    }
    client.send("a SELECT INBOX");
    assert!(client.line().starts_with("a BAD"));
    client.ok(&format!("a LOGIN alice@example.test \"{PASSWORD}\""));
}
