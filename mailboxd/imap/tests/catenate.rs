// SPDX-License-Identifier: AGPL-3.0-or-later
//! CATENATE (RFC 4469): messages put together from text and from parts of others.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use common::{Client, Server};

const ORIGINAL: &str = "From: Ann <ann@example.org>\r\nSubject: two parts\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/plain\r\n\r\nfirst\r\n\
    --b\r\nContent-Type: image/png\r\n\r\nsecond\r\n--b--\r\n";

/// Two connections that have selected INBOX, where the original is UID 1, and UIDVALIDITY.
fn filled() -> (Server, Client, Client, String) {
    let server = Server::new();
    let (mut client, mut other) = (server.login(), server.login());
    client.append("INBOX", "(\\Seen) ", ORIGINAL.as_bytes());
    let lines = client.ok("a SELECT INBOX");
    let validity = lines.iter().find_map(|line| line.split("UIDVALIDITY ").nth(1)?.split(']').next()).unwrap();
    let validity = validity.to_owned();
    other.ok("a SELECT INBOX");
    (server, client, other, validity)
}

fn content(client: &mut Client, uid: u32) -> String {
    let lines = client.ok(&format!("z UID FETCH {uid} BODY.PEEK[]"));
    let size: usize = lines[0].rsplit('{').next().unwrap().trim_end_matches('}').parse().unwrap();
    let whole = lines[1..].join("\r\n");
    whole[..size].to_owned()
}

#[test]
fn text_and_parts() {
    let (_server, mut client, mut other, validity) = filled();
    let command = format!(
        "b APPEND INBOX (\\Draft) \"17-Jul-1996 02:44:25 -0700\" CATENATE (TEXT {{21+}}\r\nSubject: together\r\n\r\n \
         URL \"/INBOX;UIDVALIDITY={validity}/;UID=1/;SECTION=1\" TEXT {{2+}}\r\n\r\n \
         URL {{{}+}}\r\n/inbox/;UID=1/;section=2.MIME URL \"imap://alice%40example.test@IMAP.example.test/INBOX/;UID=1/;SECTION=2\
         /;PARTIAL=1.4\" URL \";UID=1/;SECTION=HEADER.FIELDS%20(Subject)\")\r\n",
        "/inbox/;UID=1/;section=2.MIME".len()
    );
    client.raw(command.as_bytes());
    let lines = client.until_tag("b");
    assert!(lines.last().unwrap().starts_with(&format!("b OK [APPENDUID {validity} 2]")), "{lines:#?}");
    assert_eq!(other.ok("b NOOP"), ["* 2 EXISTS", "* 1 RECENT"]);
    assert_eq!(
        content(&mut other, 2),
        "Subject: together\r\n\r\nfirst\r\nContent-Type: image/png\r\n\r\neconSubject: two parts\r\n\r\n"
    );
    // One whole message, with no literal at all; then two messages, the first put together, the second not.
    client.send("c APPEND INBOX CATENATE (URL /INBOX/;UID=1)");
    assert!(client.until_tag("c").last().unwrap().contains(" 3] "));
    assert_eq!(content(&mut client, 3), ORIGINAL);
    client.send("d APPEND INBOX CATENATE (URL /INBOX/;UID=1/;SECTION=HEADER TEXT {4}");
    assert!(client.line().starts_with("+ "));
    client.raw(b"body URL ;UID=1/;SECTION=1) (\\Seen) {6}\r\n");
    assert!(client.line().starts_with("+ "));
    client.raw(b"S: x\r\n\r\n");
    assert!(client.until_tag("d").last().unwrap().contains(" 4:5] "));
    let head = ORIGINAL.split("--b\r\n").next().unwrap();
    assert_eq!(content(&mut client, 4), format!("{head}bodyfirst"));
    // A draft that replaces itself by itself with another head.
    client.send("e UID REPLACE 4 INBOX (\\Draft) CATENATE (TEXT {14+}");
    client.raw(b"Subject: new\r\n URL ;UID=4/;SECTION=TEXT)\r\n");
    let lines = client.until_tag("e");
    assert!(lines[0].contains("[APPENDUID ") && lines.iter().any(|line| line.ends_with(" EXPUNGE")), "{lines:#?}");
    assert_eq!(content(&mut client, 6), "Subject: new\r\nbodyfirst");
    assert!(client.ok("f CAPABILITY")[0].contains(" CATENATE "));
}

#[test]
fn what_cannot_be_read_is_named() {
    let (_server, mut client, _other, validity) = filled();
    for url in [
        "/INBOX/;UID=2".to_owned(),
        "/nowhere/;UID=1".to_owned(),
        "/Contacts/;UID=1".to_owned(),
        format!("/INBOX;UIDVALIDITY={validity}1/;UID=1"),
        "/INBOX/;UID=1/;SECTION=3".to_owned(),
        "/INBOX/;UID=1/;SECTION=1.HEADER".to_owned(),
        "imap://elsewhere.test/INBOX/;UID=1".to_owned(),
        "imap://imap.example.test:1143/INBOX/;UID=1".to_owned(),
        "imap://bob%40example.test@imap.example.test/INBOX/;UID=1".to_owned(),
        "/INBOX/;UID=1;URLAUTH=anonymous:internal:0".to_owned(),
        "rubbish".to_owned(),
    ] {
        client.send(&format!("a APPEND INBOX CATENATE (URL \"{url}\")"));
        let line = client.line();
        assert!(line.starts_with(&format!("a NO [BADURL {url}] ")), "{line}");
    }
    client.raw(b"a APPEND INBOX CATENATE (URL \"x]\\\\ y\" TEXT {3+}\r\nabc TEXT {3+}\r\nabc)\r\nb NOOP\r\n");
    assert!(client.line().starts_with("a NO [BADURL x%5D%5C%20y] "));
    assert!(client.line().starts_with("b OK"));
    for bad in ["()", "(URL x", "(TEXT abc)", "(URL x)(URL y)", "URL x", "(FILE x)", "(URL /INBOX/;UID=1) x"] {
        client.send(&format!("c APPEND INBOX CATENATE {bad}"));
        let line = client.line();
        assert!(line.starts_with("c BAD"), "{bad}: {line}");
    }
    // A part of no octets is one, a message of none is not.
    client.send("d APPEND INBOX CATENATE (TEXT {0}");
    assert!(client.line().starts_with("+ "));
    client.send(")");
    assert!(client.until_tag("d")[0].starts_with("d NO"));
    assert_eq!(client.ok("e STATUS INBOX (MESSAGES UIDNEXT)"), ["* STATUS INBOX (MESSAGES 1 UIDNEXT 2)"]);
}

#[test]
fn neither_text_nor_parts_grow_without_a_bound() {
    let server = Server::with(|config| config.message_bytes_max = 1000);
    let mut client = server.login();
    client.append("INBOX", "", &[b"Subject: x\r\n\r\n", &[b'x'; 400][..]].concat());
    let url = "URL /INBOX/;UID=1";
    client.send(&format!("a APPEND INBOX CATENATE ({url} {url} {url})"));
    assert!(client.line().starts_with("a NO [TOOBIG]"));
    client.send(&format!("a APPEND INBOX CATENATE ({url} {url} TEXT {{500}}"));
    assert!(client.line().starts_with("a NO [TOOBIG]"));
    client.send(&format!("a APPEND INBOX CATENATE ({}", format!("{url} ").repeat(300)));
    assert!(client.line().starts_with("a BAD too many parts"));
    // Of several segments together.
    let texts = "TEXT {0+}\r\n ".repeat(1500);
    client.raw(format!("a APPEND INBOX CATENATE ({texts}URL x)\r\n").as_bytes());
    assert!(client.line().starts_with("a NO [LIMIT]"));
    client.ok("b NOOP");
    assert_eq!(client.ok("c STATUS INBOX (MESSAGES)"), ["* STATUS INBOX (MESSAGES 1)"]);
}
