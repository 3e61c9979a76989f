// SPDX-License-Identifier: AGPL-3.0-or-later
//! IMAP4rev2 (RFC 9051), once a client has switched it on; beside it one that has not.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use common::{Server, message};

#[test]
fn a_session_of_the_second_revision() {
    let server = Server::new();
    let mut client = server.login();
    assert!(client.ok("a CAPABILITY")[0].starts_with("* CAPABILITY IMAP4rev2 IMAP4rev1 "));
    client.ok("a CREATE &ZeVnLIqe-");
    assert_eq!(client.ok("a ENABLE IMAP4rev2"), ["* ENABLED IMAP4REV2"]);
    client.append("INBOX", "", &message("one", "x"));
    client.append("INBOX", "(\\Seen) ", &message("two", "x"));
    server.dialogue(
        r#"
        C: a ENABLE IMAP4rev2 CONDSTORE
        S: * ENABLED IMAP4REV2 CONDSTORE
        S: a OK …
        C: a SELECT inbox
        S: * FLAGS …
        S: * OK [PERMANENTFLAGS …
        S: * 2 EXISTS
        S: * LIST () "/" INBOX
        S: * OK [UIDVALIDITY …
        S: * OK [UIDNEXT 3] …
        S: * OK [HIGHESTMODSEQ …
        S: * OK [MAILBOXID …
        S: a OK [READ-WRITE] …
        C: a FETCH 1:2 FLAGS
        S: * 1 FETCH (FLAGS ())
        S: * 2 FETCH (FLAGS (\Seen))
        S: a OK …
        C: a SEARCH UNSEEN
        S: * ESEARCH (TAG "a") ALL 1
        S: a OK …
        C: b UID SEARCH SUBJECT nowhere
        S: * ESEARCH (TAG "b") UID
        S: b OK …
        C: a SORT (ARRIVAL) UTF-8 ALL
        S: * SORT 1 2
        S: a OK …
        C: a LIST "" "日本*"
        S: * LIST (\HasNoChildren) "/" "日本語"
        S: a OK …
        C: a SELECT "日本語"
        S: * OK [CLOSED] …
        S: * FLAGS …
        S: * OK [PERMANENTFLAGS …
        S: * 0 EXISTS
        S: * LIST () "/" "日本語"
        S: * OK [UIDVALIDITY …
        S: * OK [UIDNEXT 1] …
        S: * OK [HIGHESTMODSEQ …
        S: * OK [MAILBOXID …
        S: a OK [READ-WRITE] …
        C2: a LIST "" &ZeVnLIqe-
        S2: * LIST (\HasNoChildren) "/" &ZeVnLIqe-
        S2: a OK …
        C: a IDLE
        S: + …
        "#,
    );
    // What comes while it waits has no RECENT; a session of the first revision is told of it.
    let mut new = server.login();
    new.ok("n ENABLE IMAP4rev2");
    new.ok("n SELECT INBOX");
    let mut old = server.login();
    old.ok("o SELECT INBOX");
    client.append("INBOX", "", &message("three", "x"));
    assert_eq!(new.ok("n NOOP"), ["* 3 EXISTS"]);
    assert_eq!(old.ok("o NOOP").len(), 2);
    // Switched on in the midst of a mailbox.
    old.ok("o ENABLE IMAP4rev2");
    assert_eq!(old.ok("o FETCH 3 FLAGS"), ["* 3 FETCH (FLAGS ())"]);
}
