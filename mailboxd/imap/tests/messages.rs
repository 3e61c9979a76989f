// SPDX-License-Identifier: AGPL-3.0-or-later
//! Messages: in, read, flagged, copied, moved, searched, gone; with a second connection that sees what others see.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use common::{Server, message};

#[test]
fn select_and_fetch() {
    let server = Server::new();
    let mut client = server.login();
    let lines = client.append("INBOX", "(\\Flagged) \"17-Jul-1996 02:44:25 -0700\" ", &message("one", "hello"));
    assert!(lines[0].starts_with("ap OK [APPENDUID "), "{lines:?}");
    server.dialogue(
        r#"
        C: a SELECT inbox
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded $MDNSent \*)] …
        S: * 1 EXISTS
        S: * 1 RECENT
        S: * OK [UNSEEN 1] …
        S: * OK [UIDVALIDITY …] …
        S: * OK [UIDNEXT 2] …
        S: * OK [HIGHESTMODSEQ …] …
        S: * OK [MAILBOXID (F…)] …
        S: a OK [READ-WRITE] …
        C: a FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE)
        S: * 1 FETCH (UID 1 FLAGS (\Flagged \Recent) INTERNALDATE "17-Jul-1996 09:44:25 +0000" RFC822.SIZE 135)
        S: a OK …
        C: a FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT X-None)]
        S: * 1 FETCH (BODY[HEADER.FIELDS (SUBJECT X-None)] {16}
        S: Subject: one
        S:
        S: )
        S: a OK …
        C: a FETCH 1 (BODY.PEEK[TEXT]<1.3> BODY.PEEK[1])
        S: * 1 FETCH (BODY[TEXT]<1> {3}
        S: ell BODY[1] {7}
        S: hello
        S: )
        S: a OK …
        C: a FETCH 1 ENVELOPE
        S: * 1 FETCH (ENVELOPE ("Mon, 7 Feb 1994 21:52:25 -0800" "one" (("Ann" NIL "ann" "example.org")) … "<one@x>"))
        S: a OK …
        C: a FETCH 1 BODYSTRUCTURE
        S: * 1 FETCH (BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 7 1 NIL NIL NIL NIL))
        S: a OK …
        C: a UID FETCH 1 BODY[TEXT]
        S: * 1 FETCH (UID 1 FLAGS (\Seen \Flagged \Recent) BODY[TEXT] {7}
        S: hello
        S: )
        S: a OK …
        C: a FETCH 2 FLAGS
        S: a BAD …
        C: a UID FETCH 7:9 FLAGS
        S: a OK …
        "#,
    );
}

#[test]
fn store_is_seen_by_others() {
    let server = Server::new();
    let mut client = server.login();
    for subject in ["one", "two", "three"] {
        client.append("INBOX", "(\\Seen) ", &message(subject, "x"));
    }
    client.ok("a SELECT INBOX"); // takes \Recent
    let mut other = server.login();
    other.ok("a SELECT INBOX");
    assert_eq!(
        client.ok("b STORE 1:2 +FLAGS (\\Deleted Work)"),
        [
            "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded $MDNSent Work)",
            "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded $MDNSent Work \\*)] Flags that can be kept",
            "* 1 FETCH (UID 1 FLAGS (\\Seen \\Deleted \\Recent Work))",
            "* 2 FETCH (UID 2 FLAGS (\\Seen \\Deleted \\Recent Work))",
        ]
    );
    let news = other.ok("b NOOP");
    assert!(news.contains(&"* 2 FETCH (UID 2 FLAGS (\\Seen \\Deleted Work))".to_owned()), "{news:?}");
    // A silent change by one, a change by the other in between: the first must hear of it.
    other.ok("c STORE 3 FLAGS (\\Flagged)");
    assert_eq!(
        client.ok("c STORE 3 +FLAGS.SILENT (\\Answered)"),
        ["* 3 FETCH (UID 3 FLAGS (\\Answered \\Flagged \\Recent))"]
    );
    assert!(client.ok("d STORE 3 -FLAGS.SILENT (\\Answered)").is_empty());
    // Expunge: not told during FETCH, told at NOOP, and the numbers move.
    assert_eq!(client.ok("e EXPUNGE"), ["* 1 EXPUNGE", "* 1 EXPUNGE"]);
    assert!(other.command("f FETCH 1:3 FLAGS").last().unwrap().starts_with("f NO [EXPUNGEISSUED]"));
    assert_eq!(other.ok("g SEARCH ALL"), ["* SEARCH 3"]);
    let news = other.ok("h NOOP");
    assert_eq!(news[..2], ["* 1 EXPUNGE", "* 1 EXPUNGE"]);
    assert_eq!(other.ok("i UID SEARCH ALL"), ["* SEARCH 3"]);
    assert_eq!(other.ok("j SEARCH KEYWORD work"), ["* SEARCH"]);
}

#[test]
fn idle_hears_at_once() {
    let server = Server::new();
    let (mut idle, mut client) = (server.login(), server.login());
    idle.ok("a SELECT INBOX");
    idle.send("b IDLE");
    assert_eq!(idle.line(), "+ idling");
    client.append("INBOX", "", &message("one", "x"));
    assert_eq!(idle.line(), "* 1 EXISTS");
    assert_eq!(idle.line(), "* 1 RECENT");
    client.ok("a SELECT INBOX");
    client.ok("b STORE 1 FLAGS (\\Deleted)");
    assert_eq!(idle.line(), "* 1 FETCH (UID 1 FLAGS (\\Deleted \\Recent))");
    client.ok("c EXPUNGE");
    assert_eq!(idle.line(), "* 1 EXPUNGE");
    idle.send("DONE");
    assert!(idle.line().starts_with("b OK"));
}

#[test]
fn copy_and_move() {
    let server = Server::new();
    let mut client = server.login();
    for subject in ["one", "two", "three"] {
        client.append("INBOX", "(\\Seen $Label1) ", &message(subject, "x"));
    }
    client.ok("a CREATE Archive");
    client.ok("a SELECT INBOX");
    let last = client.command("b COPY 2:3 Archive").pop().unwrap();
    assert!(last.starts_with("b OK [COPYUID ") && last.contains(" 2:3 1:2]"), "{last}");
    let lines = client.ok("c UID MOVE 1,3 Archive");
    assert!(lines[0].starts_with("* OK [COPYUID ") && lines[0].contains(" 1,3 3:4]"), "{lines:?}");
    assert_eq!(lines[1..], ["* 1 EXPUNGE", "* 2 EXPUNGE"]);
    assert!(client.command("d COPY 1 Nowhere").pop().unwrap().starts_with("d NO [TRYCREATE]"));
    assert_eq!(client.ok("e UID FETCH 1:* FLAGS"), ["* 1 FETCH (UID 2 FLAGS (\\Seen \\Recent $Label1))"]);
    client.ok("f SELECT Archive");
    assert_eq!(client.ok("g UID SEARCH SUBJECT one"), ["* SEARCH 3"]);
    assert_eq!(client.ok("g FETCH 4 FLAGS"), ["* 4 FETCH (FLAGS (\\Seen \\Recent $Label1))"]);
    assert_eq!(
        client.ok("h STATUS Archive (MESSAGES UNSEEN UIDNEXT)"),
        ["* STATUS Archive (MESSAGES 4 UNSEEN 0 UIDNEXT 5)"]
    );
    // CLOSE expunges silently; UNSELECT does not.
    client.ok("i STORE 1 +FLAGS.SILENT \\Deleted");
    client.ok("j UNSELECT");
    client.ok("k SELECT Archive");
    assert!(client.ok("l CLOSE").is_empty());
    assert_eq!(client.ok("m STATUS Archive (MESSAGES)"), ["* STATUS Archive (MESSAGES 3)"]);
    let lines = client.ok("n EXAMINE Archive");
    assert!(lines.iter().any(|l| l.starts_with("* OK [PERMANENTFLAGS ()]")));
    assert!(client.command("o STORE 1 +FLAGS \\Seen")[0].starts_with("o NO"));
    assert!(client.command("p EXPUNGE")[0].starts_with("p NO"));
}

/// Many messages are narrowed by the index first; the answer is the same as by looking at each.
#[test]
fn searches_look_into_words_in_a_large_folder_too() {
    let server = Server::new();
    let mut client = server.login();
    for n in 0..100 {
        client.append("INBOX", "", &message(&format!("Straße {n} of Springfield"), "text"));
    }
    client.ok("a SELECT INBOX");
    let all = format!("* SEARCH {}", (1..=100).map(|n| n.to_string()).collect::<Vec<_>>().join(" "));
    for (keys, want) in [
        ("SUBJECT INGFIE", all.as_str()),
        ("SUBJECT \"e 42 o\"", "* SEARCH 43"),
        ("SUBJECT absent", "* SEARCH"),
        ("OR SUBJECT \"e 7 \" SUBJECT \"e 9 \"", "* SEARCH 8 10"),
        ("OR SUBJECT \"e 7 \" UID 3", "* SEARCH 3 8"),
        ("NOT SUBJECT field", "* SEARCH"),
        ("FROM nn@ SUBJECT \" 11 \"", "* SEARCH 12"),
        ("TO absent", "* SEARCH"),
        ("NOT SUBJECT e", "* SEARCH"),
        ("SUBJECT tra", all.as_str()),
        ("SUBJECT strasse", "* SEARCH"),
        ("FROM \"Ann <\" UID 5", "* SEARCH 5"),
        ("FROM \"Ann  <\"", "* SEARCH"),
        ("BCC nn UID 5", "* SEARCH"),
        ("NOT (OR SUBJECT \" 1\" FROM absent) UID 1:3", "* SEARCH 1 3"),
    ] {
        assert_eq!(client.ok(&format!("s SEARCH {keys}")), [want], "{keys}");
    }
}

/// Dates and sizes are forgotten while the session waits, and are right for what came and went meanwhile.
#[test]
fn searches_know_dates_and_sizes_after_waiting() {
    let server = Server::new();
    let (mut client, mut other) = (server.login(), server.login());
    for size in [100, 2_000, 100, 2_000] {
        client.append("INBOX", "", &message("one", &"x".repeat(size)));
    }
    client.ok("a SELECT INBOX");
    assert_eq!(client.ok("b SEARCH LARGER 1000"), ["* SEARCH 2 4"]);
    client.send("c IDLE");
    assert_eq!(client.line(), "+ idling");
    other.ok("a SELECT INBOX");
    other.ok("b STORE 1:2 FLAGS (\\Deleted)");
    other.ok("c EXPUNGE");
    other.append("INBOX", "\"1-Jan-2020 00:00:00 +0000\" ", &message("two", &"x".repeat(2_000)));
    while client.line() != "* 3 EXISTS" {}
    client.send("DONE");
    while !client.line().starts_with("c OK") {}
    assert_eq!(client.ok("d UID SEARCH LARGER 1000"), ["* SEARCH 4 5"]);
    assert_eq!(client.ok("e UID SEARCH NOT LARGER 1000"), ["* SEARCH 3"]);
    assert_eq!(client.ok("f UID SEARCH BEFORE 1-Jan-2021 OR LARGER 1000 SUBJECT absent"), ["* SEARCH 5"]);
    assert_eq!(client.ok("g UID SEARCH OR SMALLER 1000 SUBJECT two"), ["* SEARCH 3 5"]);
}

#[test]
fn searches() {
    let server = Server::new();
    let mut client = server.login();
    client.append("INBOX", "(\\Seen) \"17-Jul-1996 02:44:25 -0700\" ", &message("apple pie", "flour and butter"));
    client.append("INBOX", "\"1-Jan-2020 00:00:00 +0000\" ", &message("banana split", "ice cream"));
    client.append("INBOX", "(\\Flagged) ", &message("cherry", &"x".repeat(2000)));
    client.ok("a SELECT INBOX");
    for (keys, want) in [
        ("ALL", "1 2 3"),
        ("UNSEEN", "2 3"),
        ("FLAGGED", "3"),
        ("2:*", "2 3"),
        ("UID 3:500", "3"),
        ("SUBJECT PPLE", "1"),
        ("SUBJECT \"na spl\"", "2"),
        ("FROM ann@", "1 2 3"),
        ("FROM \"Ann <ann\"", "1 2 3"),
        ("TO bob", ""),
        ("BODY butter", "1"),
        ("BODY \"ice cre\"", "2"),
        ("TEXT banana", "2"),
        ("LARGER 1000", "3"),
        ("SMALLER 1000", "1 2"),
        ("BEFORE 1-Jan-2000", "1"),
        ("ON 1-Jan-2020", "2"),
        ("SINCE 1-Jan-2020 UNFLAGGED", "2"),
        ("SENTON 7-Feb-1994", "1 2 3"),
        ("SENTSINCE 8-Feb-1994", ""),
        ("HEADER Message-ID cherry", "3"),
        ("HEADER X-None \"\"", ""),
        ("HEADER Date \"\"", "1 2 3"),
        ("OR SUBJECT apple SUBJECT cherry", "1 3"),
        ("NOT (OR SUBJECT apple BODY ice)", "3"),
        ("YOUNGER 3600", "3"),
        ("OLDER 3600", "1 2"),
        ("CHARSET utf-8 SUBJECT apple", "1"),
        ("KEYWORD none", ""),
        ("UNKEYWORD none", "1 2 3"),
    ] {
        let want = if want.is_empty() { "* SEARCH".to_owned() } else { format!("* SEARCH {want}") };
        assert_eq!(client.ok(&format!("s SEARCH {keys}")), [want], "{keys}");
    }
    assert_eq!(
        client.ok("t SEARCH RETURN (MIN MAX COUNT ALL) UNSEEN"),
        ["* ESEARCH (TAG \"t\") MIN 2 MAX 3 COUNT 2 ALL 2:3"]
    );
    assert_eq!(client.ok("u UID SEARCH RETURN () DELETED"), ["* ESEARCH (TAG \"u\") UID"]);
    assert!(client.command("v SEARCH CHARSET x-klingon ALL")[0].starts_with("v NO [BADCHARSET"));
}

#[test]
fn condstore() {
    let server = Server::new();
    let mut client = server.login();
    client.append("INBOX", "", &message("one", "x"));
    client.append("INBOX", "", &message("two", "x"));
    client.ok("a SELECT INBOX (CONDSTORE)");
    let modseq = |line: &str| -> u64 {
        let at = line.find("MODSEQ (").unwrap() + 8;
        line[at..].split(')').next().unwrap().parse().unwrap()
    };
    let lines = client.ok("b FETCH 1:2 MODSEQ");
    let (one, two) = (modseq(&lines[0]), modseq(&lines[1]));
    assert!(one < two);
    let lines = client.ok(&format!("c STORE 1 (UNCHANGEDSINCE {one}) +FLAGS.SILENT (\\Seen)"));
    assert!(modseq(&lines[0]) > two && !lines[0].contains("FLAGS"), "{lines:?}");
    let last = client.command(&format!("d STORE 1:2 (UNCHANGEDSINCE {two}) +FLAGS (\\Flagged)"));
    assert!(last.last().unwrap().starts_with("d OK [MODIFIED 1]"), "{last:?}");
    assert!(last.iter().any(|l| l.starts_with("* 2 FETCH") && l.contains("\\Flagged")));
    let lines = client.ok(&format!("e FETCH 1:* (UID) (CHANGEDSINCE {two})"));
    assert_eq!(lines.len(), 2);
    let lines = client.ok(&format!("f SEARCH MODSEQ {}", modseq(&lines[0])));
    assert!(lines[0].contains("(MODSEQ "), "{lines:?}");
}

#[test]
fn large_messages_stream_through() {
    let server = Server::new();
    let mut client = server.login();
    let body: String = (0..60_000).map(|n| format!("line {n} of a long message\r\n")).collect();
    let whole = message("large", &body);
    client.append("INBOX", "", &whole);
    client.ok("a SELECT INBOX");
    client.send("b FETCH 1 (BODY.PEEK[] UID)");
    assert_eq!(client.line(), format!("* 1 FETCH (UID 1 BODY[] {{{}}}", whole.len()));
    assert!(client.exactly(whole.len()) == whole, "not the bytes that came in");
    assert_eq!(client.line(), ")");
    assert!(client.line().starts_with("b OK"));
    let offset = 300_000;
    client.send(&format!("c FETCH 1 BODY.PEEK[]<{offset}.700000>"));
    assert_eq!(client.line(), format!("* 1 FETCH (BODY[]<{offset}> {{700000}}"));
    assert!(client.exactly(700_000) == whole[offset..offset + 700_000]);
    assert_eq!(client.line(), ")");
    assert!(client.line().starts_with("c OK"));
}

#[test]
fn append_is_checked_before_it_is_sent() {
    let server = Server::with(|config| config.message_bytes_max = 1000);
    let mut client = server.login();
    assert!(client.command("a APPEND INBOX {5000}")[0].starts_with("a NO [TOOBIG]"));
    assert!(client.command("b APPEND Nowhere {50}")[0].starts_with("b NO [TRYCREATE]"));
    assert!(client.command("c APPEND INBOX {0}")[0].starts_with("c NO"));
    assert!(client.command("d APPEND INBOX (\\Seen {5}")[0].starts_with("d BAD"));
    client.raw(format!("e APPEND INBOX {{5000+}}\r\n{}\r\nf NOOP\r\n", "x".repeat(5000)).as_bytes());
    assert!(client.line().starts_with("e NO [TOOBIG]"));
    assert!(client.line().starts_with("f OK"));
    client.send("g APPEND INBOX (\\Seen) {5}");
    assert_eq!(client.line(), "+ go ahead");
    client.raw(b"A: b\n {5+}\r\nC: d\n\r\n");
    let last = client.line();
    assert!(last.starts_with("g OK [APPENDUID ") && last.contains(" 1:2]"), "{last}");
}

#[test]
fn multipart_sections() {
    let server = Server::new();
    let mut client = server.login();
    let text = "MIME-Version: 1.0\r\nSubject: outer\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\npreamble\r\n\
        --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nfirst\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
        Subject: inner\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\nplain\r\n--c\r\nContent-Type: text/html\r\n\r\n<p>\r\n--c--\r\n\
        --b\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\
        Content-Disposition: attachment; filename=\"a.pdf\"\r\n\r\nAAAA\r\n--b--\r\n";
    client.append("INBOX", "", text.as_bytes());
    client.ok("a SELECT INBOX");
    for (section, want) in [
        ("1", "first"),
        ("2.1", "plain"),
        ("2.2", "<p>"),
        ("3", "AAAA"),
        ("2.HEADER.FIELDS (Subject)", "Subject: inner\r\n\r\n"),
        (
            "3.MIME",
            "Content-Type: application/pdf; name=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"a.pdf\"\r\n\r\n",
        ),
        ("HEADER.FIELDS (Subject)", "Subject: outer\r\n\r\n"),
    ] {
        client.send(&format!("b FETCH 1 BODY.PEEK[{section}]"));
        assert_eq!(client.line(), format!("* 1 FETCH (BODY[{section}] {{{}}}", want.len()));
        assert_eq!(String::from_utf8(client.exactly(want.len())).unwrap(), want);
        assert_eq!(client.line(), ")");
        assert!(client.line().starts_with("b OK"));
    }
    assert_eq!(client.ok("c FETCH 1 BODY.PEEK[7]"), ["* 1 FETCH (BODY[7] NIL)"]);
    let inner = "(NIL \"inner\" NIL NIL NIL NIL NIL NIL NIL NIL)";
    assert_eq!(
        client.ok("d FETCH 1 BODY"),
        [format!(
            "* 1 FETCH (BODY ((\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" 5 0)(\"message\" \"rfc822\" NIL NIL NIL \
             \"7bit\" 123 {inner} ((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 5 0)(\"text\" \"html\" \
             (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 0) \"alternative\") 10)(\"application\" \"pdf\" (\"name\" \"a.pdf\") NIL NIL \
             \"base64\" 4) \"mixed\"))"
        )]
    );
}

/// RFC 3502: all or none. A part that was taken back would have used a UID.
#[test]
fn multiappend_adds_all_or_none() {
    let server = Server::new();
    let alice = server.directory.account("alice@example.test").unwrap().unwrap();
    let quota = [("zimbraMailQuota".to_owned(), vec!["2000".to_owned()])];
    server.directory.modify_account(&alice.id, quota.into_iter().collect()).unwrap();
    let (mut client, mut other) = (server.login(), server.login());
    other.ok("s SELECT INBOX");
    let (small, large) = (message("small", "x"), message("large", &"y".repeat(2000)));
    let mut command = format!("a APPEND INBOX {{{}+}}\r\n", small.len()).into_bytes();
    command.extend_from_slice(&small);
    command.extend_from_slice(format!(" (\\Seen) {{{}+}}\r\n", large.len()).as_bytes());
    command.extend_from_slice(&large);
    command.extend_from_slice(b"\r\n");
    client.raw(&command);
    let answer = client.until_tag("a");
    assert!(answer[0].starts_with("a NO [OVERQUOTA]"), "{answer:?}");
    assert_eq!(other.ok("n NOOP"), Vec::<String>::new(), "nobody saw any of it");
    let status = client.ok("b STATUS INBOX (MESSAGES UIDNEXT)");
    assert_eq!(status, ["* STATUS INBOX (MESSAGES 0 UIDNEXT 1)"]);
    let again = String::from_utf8(command)
        .unwrap()
        .replace(&"y".repeat(2000), "y")
        .replace(&format!("{{{}+", large.len()), &format!("{{{}+", large.len() - 1999));
    client.raw(again.as_bytes());
    let answer = client.until_tag("a");
    assert!(answer.last().unwrap().contains(" 1:2] "), "{answer:?}");
}

/// What another session undeletes before the command is not expunged, whatever this client was told.
#[test]
fn expunge_obeys_the_mark_and_not_what_was_told() {
    let server = Server::new();
    let mut client = server.login();
    for n in 0..3 {
        client.append("INBOX", "(\\Deleted) ", &message(&format!("m{n}"), "x"));
    }
    let (mut one, mut two) = (server.login(), server.login());
    one.ok("a SELECT INBOX");
    two.ok("a SELECT INBOX");
    two.ok("b UID STORE 2 -FLAGS.SILENT (\\Deleted)");
    assert_eq!(one.ok("b UID EXPUNGE 2:3").iter().filter(|line| line.ends_with("EXPUNGE")).count(), 1);
    one.ok("c CLOSE");
    assert_eq!(two.ok("c UID SEARCH ALL")[..1], ["* SEARCH 2"]);
}
