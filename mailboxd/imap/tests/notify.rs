// SPDX-License-Identifier: AGPL-3.0-or-later
//! NOTIFY (RFC 5465): a client that says nothing is told what others do. `C`/`S` is told, `C2` does.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use common::{Server, message};

#[test]
fn names_and_subscriptions_come_as_they_change() {
    let server = Server::new();
    server.dialogue(
        r#"
        C: a NOTIFY SET (personal (MailboxName SubscriptionChange))
        S: a OK …
        C2: a CREATE Work/2026
        S2: a OK …
        S: * LIST (\Subscribed) "/" Work
        S: * LIST (\Subscribed) "/" Work/2026
        C2: a UNSUBSCRIBE Work
        S2: a OK …
        S: * LIST () "/" Work
        C2: a RENAME Work "Old &- new"
        S2: a OK …
        S: * LIST () "/" "Old &- new" ("OLDNAME" (Work))
        S: * LIST (\Subscribed) "/" "Old &- new/2026" ("OLDNAME" (Work/2026))
        C2: a SUBSCRIBE "Old &- new"
        S2: a OK …
        S: * LIST (\Subscribed) "/" "Old &- new"
        C2: a DELETE "Old &- new/2026"
        S2: a OK …
        S: * LIST (\NonExistent) "/" "Old &- new/2026"
        # Only what is wanted, and the first group decides.
        C: a NOTIFY SET (mailboxes Quiet NONE) (subtree (Loud quiet) (MailboxName)) (subscribed (SubscriptionChange))
        S: a OK …
        C2: a CREATE Quiet
        S2: a OK …
        C2: a CREATE Other
        S2: a OK …
        C2: a CREATE Loud/er
        S2: a OK …
        S: * LIST (\Subscribed) "/" Loud
        S: * LIST (\Subscribed) "/" Loud/er
        C2: a UNSUBSCRIBE Other
        S2: a OK …
        S: * LIST () "/" Other
        C: a NOTIFY NONE
        S: a OK …
        C2: a DELETE Loud/er
        S2: a OK …
        C: a NOOP
        S: a OK …
        "#,
    );
}

#[test]
fn other_mailboxes_are_told_as_status() {
    let server = Server::new();
    let (mut client, mut other) = (server.login(), server.login());
    other.ok("a CREATE Work");
    other.append("Work", "", &message("zero", "x"));
    client.ok("a SELECT Drafts");
    let lines =
        client.ok("a NOTIFY SET STATUS (mailboxes (inbox Work Nowhere) (MessageNew MessageExpunge FlagChange))");
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].starts_with("* STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY "), "{lines:#?}");
    assert!(lines[1].starts_with("* STATUS Work (MESSAGES 1 UIDNEXT 2 UIDVALIDITY "), "{lines:#?}");
    let mut told = |start: &str, end: &str| {
        let line = client.line();
        assert!(line.starts_with(&format!("* STATUS {start} UIDVALIDITY ")) && line.ends_with(end), "{line}");
    };
    other.append("Trash", "", &message("no matter", "x"));
    other.append("INBOX", "", &message("one", "x"));
    told("INBOX (MESSAGES 1 UIDNEXT 2", " UNSEEN 1)");
    other.ok("b SELECT INBOX");
    other.ok("b STORE 1 +FLAGS (\\Seen)");
    told("INBOX (MESSAGES 1 UIDNEXT 2", " UNSEEN 0)");
    other.ok("b MOVE 1 Trash");
    told("INBOX (MESSAGES 0 UIDNEXT 2", " UNSEEN 0)");
    // A mailbox that the client selects is told as such.
    client.ok("c SELECT INBOX");
    other.append("INBOX", "", &message("two", "x"));
    assert_eq!(client.ok("c NOOP"), ["* 1 EXISTS", "* 1 RECENT"]);
    // In IDLE, and with mod-sequences for who knows them.
    client.ok("c ENABLE CONDSTORE");
    client.send("d IDLE");
    assert_eq!(client.line(), "+ idling");
    other.append("Work", "", &message("three", "x"));
    let line = client.line();
    assert!(line.starts_with("* STATUS Work (MESSAGES 2 ") && line.contains(" HIGHESTMODSEQ "), "{line}");
    client.send("DONE");
    assert!(client.line().starts_with("d OK"));
    assert!(client.ok("e CAPABILITY")[0].contains(" NOTIFY "));
}

#[test]
fn the_selected_mailbox_is_told_at_once() {
    let server = Server::new();
    let (mut client, mut other) = (server.login(), server.login());
    client.ok("a SELECT INBOX");
    other.ok("a SELECT INBOX");
    client.ok(
        "a NOTIFY SET (selected (MessageNew (BODY.PEEK[HEADER.FIELDS (SUBJECT)] FLAGS) MessageExpunge FlagChange)) \
         (personal (MessageNew MessageExpunge))",
    );
    other.append("INBOX", "(\\Seen) ", &message("one", "x"));
    for want in [
        "* 1 EXISTS",
        "* 1 RECENT",
        "* 1 FETCH (UID 1 FLAGS (\\Seen \\Recent) BODY[HEADER.FIELDS (SUBJECT)] {16}",
        "Subject: one",
        "",
        ")",
    ] {
        assert_eq!(client.line(), want);
    }
    other.ok("b STORE 1 +FLAGS (\\Deleted)");
    assert_eq!(client.line(), "* 1 FETCH (UID 1 FLAGS (\\Seen \\Deleted \\Recent))");
    other.ok("b EXPUNGE");
    assert_eq!(client.line(), "* 1 EXPUNGE");
    // Delayed: what went is told with a command that allows it; the rest at once.
    client.ok("b NOTIFY SET (selected-delayed (MessageNew MessageExpunge))");
    other.append("INBOX", "", &message("two", "x"));
    assert_eq!([client.line(), client.line()], ["* 1 EXISTS", "* 1 RECENT"]);
    other.ok("c STORE 1 +FLAGS (\\Deleted)");
    other.ok("c EXPUNGE");
    other.append("INBOX", "", &message("three", "x"));
    assert_eq!([client.line(), client.line()], ["* 2 EXISTS", "* 2 RECENT"]);
    assert_eq!(client.ok("d NOOP"), ["* 1 EXPUNGE"]);
    // None of it, or no group for it: as ever, with a command.
    client.ok("e NOTIFY SET (selected NONE) (personal (MailboxName))");
    other.append("INBOX", "", &message("four", "x"));
    other.ok("f CREATE Mark");
    assert_eq!(client.line(), "* LIST (\\Subscribed) \"/\" Mark");
    assert_eq!(client.ok("g NOOP"), ["* 2 EXISTS", "* 2 RECENT"]);
}

#[test]
fn what_cannot_be_told_is_refused() {
    let server = Server::new();
    let mut client = server.connect();
    client.line();
    assert!(client.command("a NOTIFY NONE")[0].starts_with("a BAD"));
    let mut client = server.login();
    let events = "BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange)";
    for event in ["AnnotationChange", "MailboxMetadataChange", "ServerMetadataChange", "Whatever"] {
        let lines = client.command(&format!("a NOTIFY SET (personal (MailboxName {event}))"));
        assert!(lines[0].starts_with(&format!("a NO [{events}] ")), "{lines:#?}");
    }
    for bad in ["", " SET", " SET (personal (MessageNew))", " SET (selected (MailboxName))", " SOME"] {
        assert!(client.command(&format!("b NOTIFY{bad}"))[0].starts_with("b BAD"), "{bad}");
    }
    assert!(client.command("c NOTIFY SET (mailboxes \"&bad\" (MailboxName))")[0].starts_with("c NO [CANNOT]"));
}

/// Who takes nothing while very much happens must ask by himself, and is told so.
#[test]
fn too_much_news_ends_it() {
    let server = Server::new();
    let (mut client, mut other) = (server.login(), server.login());
    client.ok("a NOTIFY SET (personal (MessageNew MessageExpunge FlagChange))");
    // Not listened to while a message comes in.
    client.send("b APPEND Drafts {5}");
    assert!(client.line().starts_with("+ "));
    other.append("INBOX", "", &message("one", "x"));
    other.ok("a SELECT INBOX");
    for n in 0..50 {
        other.ok(&format!("b{n} STORE 1 +FLAGS.SILENT (\\Flagged)"));
        other.ok(&format!("c{n} STORE 1 -FLAGS.SILENT (\\Flagged)"));
    }
    client.raw(b"x: y\n\r\n");
    let lines = client.until_tag("b");
    assert!(lines[0].starts_with("* OK [NOTIFICATIONOVERFLOW] "), "{lines:#?}");
    assert!(lines[1].starts_with("b OK"));
    other.ok("d STORE 1 +FLAGS.SILENT (\\Flagged)");
    assert!(client.ok("c NOOP").is_empty());
}
