// SPDX-License-Identifier: AGPL-3.0-or-later
//! Coming back to a mailbox (QRESYNC), identifiers, previews, quota; with a second connection that changes things meanwhile.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use common::{Client, Server, message};

fn filled(count: usize) -> Server {
    let server = Server::new();
    let mut client = server.login();
    for n in 1..=count {
        client.append("INBOX", "(\\Seen) ", &message(&format!("number {n}"), "x"));
    }
    server
}

/// The number in a response code of an untagged OK.
fn number(lines: &[String], name: &str) -> u64 {
    let line = lines.iter().find(|line| line.contains(name)).unwrap_or_else(|| panic!("no {name} in {lines:#?}"));
    line.split(name).nth(1).unwrap().trim_start().split(']').next().unwrap().parse().unwrap()
}

fn resync(client: &mut Client, rest: &str) -> Vec<String> {
    let lines = client.ok(&format!("a SELECT INBOX (QRESYNC ({rest}))"));
    lines.into_iter().filter(|line| line.contains("VANISHED") || line.contains("FETCH")).collect()
}

#[test]
fn what_went_and_changed_meanwhile() {
    let server = filled(9);
    let mut client = server.login();
    client.send("a SELECT INBOX (QRESYNC (1 1))");
    assert!(client.line().starts_with("a BAD"), "it must be enabled first");
    assert_eq!(client.ok("a ENABLE QRESYNC"), ["* ENABLED QRESYNC"]);
    let lines = client.ok("a SELECT INBOX");
    let (validity, modseq) = (number(&lines, "UIDVALIDITY"), number(&lines, "HIGHESTMODSEQ"));
    client.ok("a UNSELECT");

    let mut other = server.login();
    other.ok("b SELECT INBOX");
    other.ok("b STORE 2 +FLAGS (\\Flagged)");
    other.ok("b STORE 3:4,9 +FLAGS.SILENT (\\Deleted)");
    other.ok("b EXPUNGE");
    other.ok("b UID MOVE 6 Trash");
    other.append("INBOX", "", &message("new", "x"));

    let news = resync(&mut client, &format!("{validity} {modseq}"));
    assert_eq!(news.len(), 3, "{news:#?}");
    assert_eq!(news[0], "* VANISHED (EARLIER) 3:4,6,9");
    assert!(news[1].starts_with("* 2 FETCH (UID 2 FLAGS (\\Seen \\Flagged) MODSEQ ("), "{news:#?}");
    assert!(news[2].starts_with("* 6 FETCH (UID 10 "), "{news:#?}");
    // Only of what the client has, with and without the numbers that it remembers.
    client.ok("a UNSELECT");
    assert_eq!(resync(&mut client, &format!("{validity} {modseq} 1,4:5")), ["* VANISHED (EARLIER) 4"]);
    client.ok("a UNSELECT");
    let news = resync(&mut client, &format!("{validity} {modseq} 1:9 (1,5 1,5)"));
    assert_eq!(news.len(), 2, "{news:#?}");
    client.ok("a UNSELECT");
    // A star is not the last one that is left: 9 went above it.
    other.ok("b UID STORE 10 +FLAGS.SILENT (\\Deleted)");
    other.ok("b EXPUNGE");
    assert_eq!(resync(&mut client, &format!("{validity} {modseq} 5:*"))[0], "* VANISHED (EARLIER) 6,9:10");
    let lines = client.ok(&format!("a UID FETCH 8:* (FLAGS) (CHANGEDSINCE {modseq} VANISHED)"));
    assert_eq!(lines[0], "* VANISHED (EARLIER) 9:10");
    client.ok("a UNSELECT");
    // Another UIDVALIDITY: the client has nothing of this mailbox.
    assert!(resync(&mut client, &format!("{} {modseq}", validity + 1)).is_empty());
    // From now on UIDs go, in the tagged answer the highest mod-sequence comes.
    other.ok("b STORE 1 +FLAGS (\\Deleted)");
    let closed = other.ok("b EXPUNGE");
    assert_eq!(closed, ["* 1 EXPUNGE"], "who did not ask is told as ever");
    let told = client.ok("a NOOP");
    assert_eq!(told, ["* VANISHED 1"]);
    client.ok("a UID STORE 2 +FLAGS.SILENT (\\Deleted)");
    let lines = client.command("a UID EXPUNGE 2");
    assert_eq!(lines[0], "* VANISHED 2");
    assert!(lines[1].starts_with("a OK [HIGHESTMODSEQ "), "{lines:#?}");
    let lines = client.command("a UID MOVE 5 Trash");
    assert!(lines[0].contains("COPYUID") && lines[1] == "* VANISHED 5", "{lines:#?}");
    assert!(lines[2].starts_with("a OK [HIGHESTMODSEQ "), "{lines:#?}");
    let lines = client.ok(&format!("a UID FETCH 1:8 (FLAGS) (CHANGEDSINCE {modseq} VANISHED)"));
    assert_eq!(lines[0], "* VANISHED (EARLIER) 1:6");
    assert_eq!(lines.len(), 1, "7 and 8 are as they were: {lines:#?}");
    for bad in [
        "FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)",
        "UID FETCH 1 FLAGS (VANISHED)",
        "SELECT INBOX (QRESYNC (1))",
        "SELECT INBOX (QRESYNC (1 1 1:2 (1)))",
    ] {
        client.send(&format!("a {bad}"));
        assert!(client.line().starts_with("a BAD"), "{bad}");
    }
}

#[test]
fn identifiers_never_change() {
    let server = filled(2);
    let mut client = server.login();
    let made = client.command("a CREATE Projects");
    let id = made[0].split("MAILBOXID (").nth(1).unwrap().split(')').next().unwrap().to_owned();
    client.ok("a RENAME Projects Work");
    assert_eq!(client.ok("a STATUS Work (MAILBOXID)"), [format!("* STATUS Work (MAILBOXID ({id}))")]);
    let lines = client.ok("a SELECT Work");
    assert!(lines.iter().any(|line| line.starts_with(&format!("* OK [MAILBOXID ({id})]"))), "{lines:#?}");
    client.ok("a SELECT INBOX");
    let of = |lines: Vec<String>| lines[0].split("EMAILID (").nth(1).unwrap().split(')').next().unwrap().to_owned();
    let first = of(client.ok("a FETCH 1 (EMAILID THREADID)"));
    let second = of(client.ok("a FETCH 2 EMAILID"));
    assert_ne!(first, second);
    assert_eq!(client.ok(&format!("a SEARCH EMAILID {second}")), ["* SEARCH 2"]);
    assert_eq!(client.ok("a SEARCH THREADID T1"), ["* SEARCH"]);
    client.ok("a COPY 1 Work");
    client.ok("a MOVE 2 Work");
    client.ok("a SELECT Work");
    assert_eq!(of(client.ok("a FETCH 1 EMAILID")), first);
    assert_eq!(of(client.ok("a FETCH 2 EMAILID")), second);
    let thread = |client: &mut Client, n| {
        client.ok(&format!("a FETCH {n} THREADID"))[0]
            .split("THREADID (")
            .nth(1)
            .unwrap()
            .split(')')
            .next()
            .unwrap()
            .to_owned()
    };
    let threads = [thread(&mut client, 1), thread(&mut client, 2)];
    assert_ne!(threads[0], threads[1]);
    client.append("INBOX", "", b"Message-ID: <root@x>\r\nSubject: one\r\n\r\n");
    client.append("INBOX", "", b"Message-ID: <b@x>\r\nReferences: <root@x>\r\nSubject: other\r\n\r\n");
    client.append("INBOX", "", b"Message-ID: <c@x>\r\nReferences: <root@x> <b@x>\r\nSubject: third\r\n\r\n");
    client.ok("a SELECT INBOX");
    let root = thread(&mut client, 2);
    assert_eq!(client.ok(&format!("a SEARCH THREADID {root}")), ["* SEARCH 2 3 4"]);
    client.ok("a COPY 3 Work");
    client.ok("a SELECT Work");
    assert_eq!(thread(&mut client, 3), root, "a copy is of the same thread");
    assert_eq!([thread(&mut client, 1), thread(&mut client, 2)], threads);
}

#[test]
fn previews_are_the_first_words() {
    let server = Server::new();
    let mut client = server.login();
    client.append("INBOX", "", &message("plain", "Good  morning,\r\n\r\nhow are you?"));
    client.append(
        "INBOX",
        "",
        "Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Grüße <b>dir</b></p>".as_bytes(),
    );
    client.append("INBOX", "", b"Subject: empty\r\n\r\n");
    client.ok("a SELECT INBOX");
    assert_eq!(client.ok("a FETCH 1 (UID PREVIEW)"), ["* 1 FETCH (UID 1 PREVIEW \"Good morning, how are you?\")"]);
    let lines = client.ok("a FETCH 2 (PREVIEW (LAZY) UID)");
    assert!(lines.join("\n").contains("Grüße dir"), "{lines:#?}");
    assert_eq!(client.ok("a FETCH 3 PREVIEW (LAZY)"), ["* 3 FETCH (PREVIEW \"\")"]);
    assert!(client.ok("a SEARCH UNSEEN")[0].ends_with("1 2 3"), "a preview is not read");
}

#[test]
fn quota_is_told_and_not_set() {
    let server = filled(1);
    let mut client = server.login();
    assert_eq!(client.ok("a GETQUOTAROOT INBOX"), ["* QUOTAROOT INBOX \"\"", "* QUOTA \"\" ()"]);
    let alice = server.directory.account("alice@example.test").unwrap().unwrap();
    let limit = [("zimbraMailQuota".to_owned(), vec!["1048576".to_owned()])].into_iter().collect();
    server.directory.modify_account(&alice.id, limit).unwrap();
    let mut client = server.login();
    assert_eq!(client.ok("a GETQUOTA \"\""), ["* QUOTA \"\" (STORAGE 1 1024)"]);
    for (command, code) in [
        ("GETQUOTA other", "NO [NONEXISTENT]"),
        ("GETQUOTAROOT nowhere", "NO [NONEXISTENT]"),
        ("SETQUOTA \"\" (STORAGE 5)", "NO [NOPERM]"),
        ("SETQUOTA \"\" STORAGE", "BAD"),
    ] {
        client.send(&format!("a {command}"));
        let line = client.line();
        assert!(line.starts_with(&format!("a {code}")), "{command}: {line}");
    }
}
