// SPDX-License-Identifier: AGPL-3.0-or-later
//! REPLACE (RFC 8508), with a second connection that sees one message come and one go.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use common::{Client, Server, message};

fn filled(subjects: &[&str]) -> Server {
    let server = Server::new();
    let mut client = server.login();
    for subject in subjects {
        client.append("Drafts", "(\\Seen \\Draft) ", &message(subject, "x"));
    }
    server
}

/// Sends a message after `command`, which ends before the announcement, and answers everything up to the tag.
fn with_message(client: &mut Client, command: &str, message: &[u8]) -> Vec<String> {
    client.send(&format!("{command} {{{}}}", message.len()));
    let first = client.line();
    if !first.starts_with("+ ") {
        return vec![first];
    }
    client.raw(message);
    client.raw(b"\r\n");
    client.until_tag(command.split(' ').next().unwrap())
}

#[test]
fn one_comes_and_one_goes() {
    let server = filled(&["one", "two", "three"]);
    let (mut client, mut other) = (server.login(), server.login());
    client.ok("a SELECT Drafts");
    other.ok("a SELECT Drafts");
    let new = message("two again", "more");
    let lines = with_message(&mut client, "b REPLACE 2 Drafts (\\Draft) \"17-Jul-1996 02:44:25 -0700\"", &new);
    assert!(lines[0].starts_with("* OK [APPENDUID ") && lines[0].contains(" 4] "), "{lines:#?}");
    assert_eq!(lines[1..3], ["* 4 EXISTS", "* 4 RECENT"]);
    assert_eq!(lines[3], "* 2 EXPUNGE");
    assert!(lines[4].starts_with("b OK ") && lines.len() == 5, "{lines:#?}");
    let news = other.ok("b NOOP");
    assert_eq!(news[0], "* 2 EXPUNGE");
    assert_eq!(news[1], "* 3 EXISTS");
    assert_eq!(
        other.ok("c FETCH 3 (UID FLAGS INTERNALDATE)"),
        ["* 3 FETCH (UID 4 FLAGS (\\Draft \\Recent) INTERNALDATE \"17-Jul-1996 09:44:25 +0000\")"]
    );
    // Into another mailbox, by UID, the last one.
    let lines = with_message(&mut client, "c UID REPLACE * Sent (\\Seen)", &new);
    assert!(lines[0].starts_with("* OK [APPENDUID ") && lines[0].contains(" 1] "), "{lines:#?}");
    assert_eq!(lines[1], "* 3 EXPUNGE");
    assert_eq!(other.ok("d STATUS Sent (MESSAGES)"), ["* STATUS Sent (MESSAGES 1)", "* 3 EXPUNGE"]);
    // Clients that resynchronise are told UIDs, and the highest mod-sequence.
    client.ok("a ENABLE QRESYNC");
    let lines = with_message(&mut client, "d UID REPLACE 1 Drafts", &new);
    assert!(lines[0].contains(" 5] ") && lines[1] == "* 3 EXISTS", "{lines:#?}");
    assert!(lines.contains(&"* VANISHED 1".to_owned()), "{lines:#?}");
    assert!(lines.last().unwrap().starts_with("d OK [HIGHESTMODSEQ "), "{lines:#?}");
}

#[test]
fn what_is_not_there_is_refused_before_the_message() {
    let server = filled(&["one", "two", "three"]);
    let (mut client, mut other) = (server.login(), server.login());
    let refused = |client: &mut Client, command: &str, answer: &str| {
        let last = client.command(&format!("{command} {{99}}")).pop().unwrap();
        assert!(last.starts_with(&format!("a {answer}")), "{command}: {last}");
    };
    refused(&mut client, "a REPLACE 1 Drafts", "BAD");
    client.ok("a SELECT Drafts");
    refused(&mut client, "a REPLACE 4 Drafts", "BAD");
    refused(&mut client, "a REPLACE 1:2 Drafts", "BAD");
    refused(&mut client, "a UID REPLACE 9 Drafts", "NO [NONEXISTENT]");
    refused(&mut client, "a UID REPLACE 1 nowhere", "NO [TRYCREATE]");
    other.ok("a SELECT Drafts");
    other.ok("a STORE 2 +FLAGS (\\Deleted)");
    other.ok("a EXPUNGE");
    refused(&mut client, "a REPLACE 2 Drafts", "NO [EXPUNGEISSUED]");
    // What does not wait is thrown away, with what follows it.
    let bytes = message("new", "x");
    client.raw(format!("b REPLACE 9 Drafts {{{}+}}\r\n", bytes.len()).as_bytes());
    client.raw(&bytes);
    client.raw(b" (\\Seen) {3+}\r\nabc\r\nc NOOP\r\n");
    assert!(client.line().starts_with("b BAD"));
    assert!(client.until_tag("c").last().unwrap().starts_with("c OK"));
    // One message only; a set that is read-only loses none.
    client.raw(format!("d REPLACE 1 Drafts {{{}+}}\r\n", bytes.len()).as_bytes());
    client.raw(&bytes);
    client.raw(b" {3+}\r\nabc\r\n");
    assert!(client.until_tag("d").last().unwrap().starts_with("d BAD"));
    client.ok("e EXAMINE Drafts");
    assert!(with_message(&mut client, "f REPLACE 1 Drafts", &bytes)[0].starts_with("f NO [CANNOT]"));
    assert_eq!(client.ok("g STATUS Drafts (MESSAGES UIDNEXT)"), ["* STATUS Drafts (MESSAGES 2 UIDNEXT 4)"]);
}

/// It goes while its successor is still coming: then nothing is stored.
#[test]
fn one_that_goes_meanwhile_leaves_nothing() {
    let server = filled(&["one", "two"]);
    let (mut client, mut other) = (server.login(), server.login());
    client.ok("a SELECT Drafts");
    let bytes = message("new", "x");
    client.send(&format!("b REPLACE 1 Drafts {{{}}}", bytes.len()));
    assert!(client.line().starts_with("+ "));
    other.ok("a SELECT Drafts");
    other.ok("a MOVE 1 Trash");
    client.raw(&bytes);
    client.raw(b"\r\n");
    let lines = client.until_tag("b");
    assert_eq!(lines[0], "* 1 EXPUNGE");
    assert!(lines[1].starts_with("b NO [NONEXISTENT]"), "{lines:#?}");
    assert_eq!(client.ok("g STATUS Drafts (MESSAGES UIDNEXT)"), ["* STATUS Drafts (MESSAGES 1 UIDNEXT 3)"]);
    assert!(client.ok("h CAPABILITY")[0].contains(" REPLACE "));
}
