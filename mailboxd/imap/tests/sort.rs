// SPDX-License-Identifier: AGPL-3.0-or-later
//! SORT, THREAD, and the saved result of a search; with a second connection that takes messages away meanwhile.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use common::Server;

/// Date (February 1994), From, Subject, References.
const LETTERS: [(&str, &str, &str, &str); 6] = [
    ("Mon, 7 Feb 1994 10:00:00 +0000", "Zoe <zoe@x.test>", "Budget", ""),
    ("Mon, 7 Feb 1994 09:00:00 +0000", "=?utf-8?q?=C3=84nne?= <bob@x.test>", "Re: Budget", "<m0@x>"),
    // Earlier than the first by its zone.
    ("Mon, 7 Feb 1994 11:30:00 +0200", "ann@x.test", "Lunch", ""),
    ("Tue, 8 Feb 1994 08:00:00 +0000", "Ann <ann@x.test>", "[team] RE: Budget (fwd)", "<m0@x> <m1@x>"),
    ("Wed, 9 Feb 1994 08:00:00 +0000", "carl@x.test", "Äpfel", ""),
    ("Wed, 9 Feb 1994 09:00:00 +0000", "carl@x.test", "zebra", "<gone@x>"),
];

fn filled() -> Server {
    let server = Server::new();
    let mut client = server.login();
    for (n, (date, from, subject, references)) in LETTERS.iter().enumerate() {
        let body = "x\r\n".repeat(LETTERS.len() - n);
        let text = format!(
            "Date: {date}\r\nFrom: {from}\r\nSubject: {subject}\r\nMessage-ID: <m{n}@x>\r\nReferences: {references}\r\n\r\n{body}"
        );
        client.append("INBOX", "(\\Seen) ", text.as_bytes());
    }
    server
}

#[test]
fn by_every_criterion() {
    let server = filled();
    server.dialogue(
        r#"
        C: a EXAMINE INBOX
        S: * FLAGS …
        S: * OK [PERMANENTFLAGS …
        S: * 6 EXISTS
        S: * 6 RECENT
        S: * OK [UIDVALIDITY …
        S: * OK [UIDNEXT …
        S: * OK [HIGHESTMODSEQ …
        S: * OK [MAILBOXID (F…)] …
        S: a OK …
        C: a SORT (DATE) UTF-8 ALL
        S: * SORT 2 3 1 4 5 6
        S: a OK …
        C: a SORT (REVERSE DATE) UTF-8 ALL
        S: * SORT 6 5 4 1 3 2
        S: a OK …
        C: a SORT (SUBJECT DATE) US-ASCII ALL
        S: * SORT 5 2 1 4 3 6
        S: a OK …
        C: a SORT (SUBJECT REVERSE ARRIVAL) UTF-8 ALL
        S: * SORT 5 …
        S: a OK …
        C: a SORT (FROM) UTF-8 ALL
        S: * SORT 3 4 2 5 6 1
        S: a OK …
        C: a SORT (DISPLAYFROM) UTF-8 1:4
        S: * SORT 4 3 2 1
        S: a OK …
        C: a UID SORT (REVERSE SIZE) UTF-8 SUBJECT budget
        S: * SORT …
        S: a OK …
        C: a SORT (ARRIVAL) UTF-8 SUBJECT nowhere
        S: * SORT
        S: a OK …
        C: a SORT RETURN (MIN MAX COUNT ALL) (DATE) UTF-8 ALL
        S: * ESEARCH (TAG "a") MIN 2 MAX 6 COUNT 6 ALL 2:3,1,4:6
        S: a OK …
        C: a SORT (DATE) KOI8-R ALL
        S: a NO [BADCHARSET …
        C: a SORT () UTF-8 ALL
        S: a BAD …
        C: a SORT (COLOUR) UTF-8 ALL
        S: a BAD …
        C: a SORT (DATE) ALL
        S: a BAD …
        "#,
    );
}

#[test]
fn threads() {
    let server = filled();
    let mut client = server.login();
    client.ok("a SELECT INBOX");
    assert_eq!(client.ok("a THREAD REFERENCES UTF-8 ALL"), ["* THREAD (3)(1 2 4)(5)(6)"]);
    assert_eq!(client.ok("a UID THREAD REFERENCES UTF-8 UID 2:*"), ["* THREAD (2 4)(3)(5)(6)"]);
    assert_eq!(client.ok("a THREAD ORDEREDSUBJECT UTF-8 ALL"), ["* THREAD (2 (1)(4))(3)(5)(6)"]);
    assert_eq!(client.ok("a THREAD REFERENCES UTF-8 SUBJECT nowhere"), ["* THREAD"]);
    for bad in ["THREAD ORDEREDCOLOUR UTF-8 ALL", "THREAD REFERENCES UTF-8", "THREAD REFERENCES"] {
        client.send(&format!("a {bad}"));
        assert!(client.line().starts_with("a BAD"), "{bad}");
    }
}

#[test]
fn what_a_search_saved_is_used_again() {
    let server = filled();
    let mut client = server.login();
    client.ok("a SELECT INBOX");
    // Nothing was saved yet, and that is no error.
    assert!(client.ok("a FETCH $ UID").is_empty());
    assert!(client.ok("a SEARCH RETURN (SAVE) SUBJECT budget").is_empty(), "SAVE alone has no answer");
    let fetched = client.ok("a FETCH $ UID");
    assert_eq!(fetched, ["* 1 FETCH (UID 1)", "* 2 FETCH (UID 2)", "* 4 FETCH (UID 4)"]);
    assert_eq!(client.ok("a SEARCH $ SINCE 1-Jan-1990 FROM ann"), ["* SEARCH 4"]);
    assert_eq!(client.ok("a UID SEARCH RETURN (COUNT) UID $"), ["* ESEARCH (TAG \"a\") UID COUNT 3"]);
    // Somebody else takes one away: it drops out, also by number.
    let mut other = server.login();
    other.ok("b SELECT INBOX");
    other.ok("b STORE 1 +FLAGS (\\Deleted)");
    other.ok("b EXPUNGE");
    client.ok("a NOOP");
    assert_eq!(client.ok("a FETCH $ UID"), ["* 1 FETCH (UID 2)", "* 3 FETCH (UID 4)"]);
    client.ok("a COPY $ Sent");
    client.ok("a UID STORE $ +FLAGS.SILENT (\\Flagged)");
    assert_eq!(client.ok("a SEARCH FLAGGED"), ["* SEARCH 1 3"]);
    // RFC 5182 §2.4: with MIN and MAX alone, those.
    client.ok("a SEARCH RETURN (SAVE MIN MAX) ALL");
    assert_eq!(client.ok("a UID SEARCH $"), ["* SEARCH 2 6"]);
    client.ok("a SORT RETURN (SAVE MIN) (REVERSE DATE) UTF-8 ALL");
    assert_eq!(client.ok("a UID SEARCH $"), ["* SEARCH 6"]);
    // A refusal empties it; what is no command does not.
    client.ok("a SEARCH RETURN (SAVE) ALL");
    client.send("a SEARCH RETURN (SAVE) CHARSET KOI8-R ALL");
    assert!(client.line().starts_with("a NO [BADCHARSET"));
    assert!(client.ok("a FETCH $ UID").is_empty());
    client.ok("a SEARCH RETURN (SAVE) ALL");
    client.send("a SEARCH RETURN (SAVE) COLOUR red");
    assert!(client.line().starts_with("a BAD"));
    assert_eq!(client.ok("a FETCH $ UID").len(), 5);
    client.ok("a MOVE $ Trash");
    assert!(client.ok("a FETCH $ UID").is_empty());
    // Another mailbox begins without.
    client.ok("a SELECT Trash");
    assert!(client.ok("a FETCH $ UID").is_empty());
    client.send("a FETCH $,1 UID");
    assert!(client.line().starts_with("a BAD"));
}
