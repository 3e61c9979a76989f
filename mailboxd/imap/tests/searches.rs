// SPDX-License-Identifier: AGPL-3.0-or-later
//! Saved searches as folders that can only be read.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use common::{Client, Server, message};
use mailbox::{Actor, ItemId, Mailbox};

fn mailbox_of(server: &Server) -> Mailbox {
    let id = server.directory.account("alice@example.test").unwrap().unwrap().id;
    let actor = Actor { account: id, is_admin: false };
    server.store.open_mailbox(&actor, &actor.account, 0).unwrap().mailbox().clone()
}

fn scene() -> (Server, Client) {
    let server = Server::new();
    let mut alice = server.login();
    alice.ok("a CREATE Work");
    alice.append("INBOX", "(\\Seen) ", &message("red one", "text"));
    alice.append("Work", "", &message("red two", "text"));
    alice.append("Work", "", &message("green", "text"));
    let mailbox = mailbox_of(&server);
    mailbox.create_search_folder(ItemId::USER_ROOT, "Red", "subject:red", "message", "").unwrap();
    mailbox.create_search_folder(ItemId::USER_ROOT, "Dates", "subject:red", "appointment", "").unwrap();
    (server, alice)
}

#[test]
fn a_search_is_a_folder_to_read() {
    let (_server, mut alice) = scene();
    let listed = alice.ok("a LIST \"\" *");
    assert!(listed.contains(&"* LIST (\\HasNoChildren) \"/\" Red".to_owned()), "{listed:?}");
    assert!(!listed.iter().any(|line| line.contains("Dates")));
    let status = alice.ok("a STATUS Red (MESSAGES UNSEEN UIDNEXT RECENT DELETED)");
    assert_eq!(status, ["* STATUS Red (MESSAGES 2 UNSEEN 1 UIDNEXT 3 RECENT 0 DELETED 0)"]);
    let listed = alice.ok("a LIST \"\" Red RETURN (STATUS (MESSAGES))");
    assert_eq!(listed[1], "* STATUS Red (MESSAGES 2)");
    let lines = alice.command("a SELECT Red");
    assert!(lines.last().unwrap().starts_with("a OK [READ-ONLY]"));
    assert!(lines.iter().any(|line| line.starts_with("* OK [NOMODSEQ]")) && lines.contains(&"* 2 EXISTS".to_owned()));
    let fetched = alice.ok("a FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])");
    assert!(fetched.contains(&"Subject: red one".to_owned()) && fetched.contains(&"Subject: red two".to_owned()));
    assert_eq!(alice.ok("a SEARCH SUBJECT two"), ["* SEARCH 2"]);
    assert_eq!(alice.ok("a SEARCH LARGER 10 BODY text"), ["* SEARCH 1 2"]);
    assert_eq!(alice.ok("a UID SORT (REVERSE SUBJECT) UTF-8 ALL"), ["* SORT 2 1"]);
    for refused in ["STORE 1 +FLAGS (\\Flagged)", "EXPUNGE", "MOVE 1 Trash", "FETCH 1 (MODSEQ)", "SEARCH MODSEQ 1"] {
        let answer = alice.command(&format!("a {refused}")).pop().unwrap();
        assert!(answer.starts_with("a NO") || answer.starts_with("a BAD"), "{refused}: {answer}");
    }
    let copied = alice.command("a COPY 1 Work").pop().unwrap();
    assert!(copied.starts_with("a OK [COPYUID"), "{copied}");
    alice.send("a APPEND Red {3}");
    assert!(
        !alice.line().starts_with('+') || {
            alice.raw(b"abc\r\n");
            alice.line().starts_with("a NO")
        }
    );
    for refused in ["CREATE Red/x", "COPY 1 Red", "SETACL Red bob@example.test lr"] {
        assert!(alice.command(&format!("a {refused}")).pop().unwrap().starts_with("a NO"), "{refused}");
    }
    alice.ok("a RENAME Red Redder");
    alice.ok("a DELETE Redder");
}

#[test]
fn news_come_while_it_is_open() {
    let (server, mut alice) = scene();
    let mut other = server.login();
    alice.ok("a SELECT Red");
    other.append("Work", "", &message("red three", "text"));
    assert!(alice.ok("a NOOP").contains(&"* 3 EXISTS".to_owned()));
    other.ok("o SELECT Work");
    other.ok("o STORE 1 +FLAGS (\\Flagged)");
    assert!(alice.ok("a NOOP").iter().any(|line| line.starts_with("* 2 FETCH (UID 2 FLAGS (\\Flagged")));
    alice.send("a IDLE");
    assert_eq!(alice.line(), "+ idling");
    other.ok("o STORE 1 +FLAGS.SILENT (\\Deleted)");
    assert!(alice.line().starts_with("* 2 FETCH (UID 2 FLAGS (\\Flagged \\Deleted"));
    other.ok("o EXPUNGE");
    assert_eq!(alice.line(), "* 2 EXPUNGE");
    other.append("INBOX", "", &message("red four", "text"));
    assert_eq!(alice.line(), "* 3 EXISTS");
    alice.send("DONE");
    alice.until_tag("a");
}

/// RFC 9051 §2.3.1.1: what was given is not given again, and ascends in the order of coming.
#[test]
fn uids_do_not_lie() {
    let (server, mut alice) = scene();
    let mailbox = mailbox_of(&server);
    let validity = |lines: Vec<String>| lines.into_iter().find(|line| line.contains("UIDVALIDITY")).unwrap();
    let before = validity(alice.ok("a SELECT Red"));
    // an old message that is found only now comes last
    alice.append("INBOX", "", &message("blue", "text"));
    mailbox
        .modify_search_folder(
            mailbox.folder_by_path("/Red").unwrap().unwrap().item.id,
            "subject:green or subject:red",
            "message",
            "",
        )
        .unwrap();
    assert_eq!(validity(alice.ok("a SELECT Red")), before);
    let subjects = alice.ok("a UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])");
    let of = |uid: u32| {
        let at = subjects.iter().position(|line| line.contains(&format!("UID {uid} "))).unwrap();
        subjects[at + 1].clone()
    };
    assert_eq!([of(1), of(2), of(3)], ["Subject: red one", "Subject: red two", "Subject: green"]);
    // a message that goes to another folder is another one, as it is there
    let mut other = server.login();
    other.ok("o SELECT INBOX");
    other.ok("o MOVE 1 Work");
    assert_eq!(alice.ok("a NOOP"), ["* 1 EXPUNGE", "* 3 EXISTS", "* 0 RECENT"]);
    assert_eq!(alice.ok("a UID SEARCH SUBJECT one"), ["* SEARCH 4"]);
    other.ok("o DELETE Red");
    assert!(alice.ok("a NOOP").iter().filter(|line| line.ends_with("EXPUNGE")).count() == 3);
}

#[test]
fn the_owner_may_want_none_of_them_listed() {
    let (server, _) = scene();
    let id = server.directory.account("alice@example.test").unwrap().unwrap().id;
    let change = [("zimbraPrefImapSearchFoldersEnabled".to_owned(), vec!["FALSE".to_owned()])];
    server.directory.modify_account(&id, change.into_iter().collect()).unwrap();
    let mut alice = server.login();
    assert!(!alice.ok("a LIST \"\" *").iter().any(|line| line.contains("Red")));
    alice.ok("a SELECT Red");
}
