// SPDX-License-Identifier: AGPL-3.0-or-later
//! Annotations (METADATA, RFC 5464) and searches that are kept as such (FILTERS, RFC 5466).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use common::{Client, PASSWORD, Server, message};

fn login(server: &Server, user: &str) -> Client {
    let mut client = server.connect();
    client.line();
    client.ok(&format!("l LOGIN {user}@example.test \"{PASSWORD}\""));
    client
}

#[test]
fn values_come_and_go() {
    let server = Server::new();
    server.dialogue(
        r#"
        C: a SETMETADATA INBOX (/private/comment "mine" /shared/Comment "ours")
        S: a OK …
        C2: b GETMETADATA INBOX (/shared/comment /private/comment)
        S2: * METADATA INBOX ("/shared/comment" "ours" "/private/comment" "mine")
        S2: b OK …
        C: a GETMETADATA INBOX /private/nothing
        S: * METADATA INBOX ("/private/nothing" NIL)
        S: a OK …
        C: a GETMETADATA (DEPTH infinity) INBOX (/private)
        S: * METADATA INBOX ("/private/comment" "mine")
        S: a OK …
        C: a SETMETADATA "" (/private/vendor/x/a "1" /private/vendor/x/b/c "22")
        S: a OK …
        C: a GETMETADATA (DEPTH 1) "" /private/vendor/x
        S: * METADATA "" ("/private/vendor/x/a" "1")
        S: a OK …
        C: a GETMETADATA (DEPTH infinity MAXSIZE 1) "" /private/vendor
        S: * METADATA "" ("/private/vendor/x/a" "1")
        S: a OK [METADATA LONGENTRIES 2] …
        C: a SETMETADATA INBOX (/private/comment NIL)
        S: a OK …
        C: a GETMETADATA INBOX /private/comment
        S: * METADATA INBOX ("/private/comment" NIL)
        S: a OK …
        C: a GETMETADATA nowhere /private/comment
        S: a NO [NONEXISTENT] …
        C: a GETMETADATA INBOX /comment
        S: a BAD …
        C: a SETMETADATA INBOX (/private/a* "x")
        S: a BAD …
        "#,
    );
}

#[test]
fn too_much_is_refused_whole() {
    let server = Server::new();
    let mut alice = server.login();
    let long = "x".repeat(20_000);
    alice
        .raw(format!("a SETMETADATA INBOX (/private/a \"1\" /private/b {{{}+}}\r\n{long})\r\n", long.len()).as_bytes());
    assert!(alice.line().starts_with("a NO [METADATA MAXSIZE 16384]"));
    assert_eq!(alice.ok("a GETMETADATA INBOX /private/a"), ["* METADATA INBOX (\"/private/a\" NIL)"]);
    for round in 0..21 {
        let entries: Vec<_> = (0..50).map(|n| format!("/private/n{} \"v\"", round * 50 + n)).collect();
        let answer = alice.command(&format!("a SETMETADATA \"\" ({})", entries.join(" "))).pop().unwrap();
        let expected = if round < 20 { "a OK" } else { "a NO [METADATA TOOMANY]" };
        assert!(answer.starts_with(expected), "{round}: {answer}");
    }
}

#[test]
fn what_is_private_stays_so_in_a_shared_folder() {
    let server = Server::new();
    let mut alice = server.login();
    let mut bob = login(&server, "bob");
    alice.ok("a CREATE Work");
    alice.ok("a SETACL Work bob@example.test lr");
    alice.ok("a SETMETADATA Work (/private/comment \"hers\" /shared/comment \"ours\")");
    let work = "/home/alice@example.test/Work";
    assert_eq!(
        bob.ok(&format!("b GETMETADATA (DEPTH infinity) {work} (/private /shared)")),
        [format!("* METADATA {work} (\"/shared/comment\" \"ours\")")]
    );
    bob.ok(&format!("b SETMETADATA {work} (/private/comment \"his\")"));
    let answer = bob.command(&format!("b SETMETADATA {work} (/shared/comment \"x\")")).pop().unwrap();
    assert!(answer.starts_with("b NO [NOPERM]"), "{answer}");
    assert_eq!(alice.ok("a GETMETADATA Work /private/comment"), ["* METADATA Work (\"/private/comment\" \"hers\")"]);
    alice.ok("a SETACL Work bob@example.test +w");
    bob.ok(&format!("b SETMETADATA {work} (/shared/comment \"x\")"));
    assert_eq!(alice.ok("a GETMETADATA Work /shared/comment"), ["* METADATA Work (\"/shared/comment\" \"x\")"]);
    let answer = bob.command("b GETMETADATA /home/alice@example.test/INBOX /shared/comment").pop().unwrap();
    assert!(answer.starts_with("b NO [NONEXISTENT]"), "{answer}");
    // with the folder its annotations go
    alice.ok("a DELETE Work");
    alice.ok("a CREATE Work");
    assert_eq!(alice.ok("a GETMETADATA Work /shared/comment"), ["* METADATA Work (\"/shared/comment\" NIL)"]);
}

#[test]
fn searches_have_names() {
    let server = Server::new();
    let mut alice = server.login();
    for subject in ["red apple", "red pear", "green pear"] {
        alice.append("INBOX", "", &message(subject, "text"));
    }
    alice.ok("a SETMETADATA \"\" (/private/filters/values/red \"SUBJECT red\")");
    alice.ok("a SETMETADATA \"\" (/shared/filters/values/pears \"SUBJECT pear\")");
    alice.ok("a SETMETADATA \"\" (/private/filters/values/both \"FILTER red FILTER pears\")");
    alice.ok("a SETMETADATA \"\" (/private/filters/values/ring \"OR FILTER ring FILTER ring\")");
    alice.ok("a SETMETADATA \"\" (/private/filters/values/rubbish \"NO SEARCH\")");
    alice.ok("a SELECT INBOX");
    assert_eq!(alice.ok("a SEARCH FILTER red"), ["* SEARCH 1 2"]);
    assert_eq!(alice.ok("a SEARCH NOT FILTER Pears"), ["* SEARCH 1"]);
    assert_eq!(alice.ok("a SEARCH RETURN (ALL) FILTER both"), ["* ESEARCH (TAG \"a\") ALL 2"]);
    for name in ["none", "ring", "rubbish"] {
        let answer = alice.command(&format!("a SEARCH FILTER {name}")).pop().unwrap();
        assert!(answer.starts_with("a NO [UNDEFINED-FILTER "), "{name}: {answer}");
    }
}
