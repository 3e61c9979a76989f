// SPDX-License-Identifier: AGPL-3.0-or-later
//! BINARY: parts without their transfer encoding, small and large, whole and in pieces.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{Client, Server};

const LARGE_OCTETS: usize = 700_000;

fn large() -> Vec<u8> {
    (0..LARGE_OCTETS).map(|n| (n * 7 % 251) as u8).collect()
}

fn message() -> Vec<u8> {
    let lines: Vec<String> =
        STANDARD.encode(large()).as_bytes().chunks(76).map(|l| String::from_utf8_lossy(l).into_owned()).collect();
    format!(
        "Subject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
         Gr=C3=BC=C3=9Fe und ein langer =\r\nSatz  \r\n\
         --b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC/w==\r\n\
         --b\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin\r\n\
         --b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
        lines.join("\r\n")
    )
    .into_bytes()
}

/// The octets of the one literal of an answer, and the line before them.
fn literal(client: &mut Client, command: &str) -> (String, Vec<u8>) {
    client.send(&format!("a {command}"));
    let head = client.line();
    let len =
        head.rsplit_once('{').unwrap_or_else(|| panic!("{command}: {head}")).1.trim_end_matches('}').parse().unwrap();
    let octets = client.exactly(len);
    client.until_tag("a");
    (head, octets)
}

#[test]
fn parts_come_decoded() {
    let server = Server::new();
    let mut client = server.login();
    let message = message();
    client.append("INBOX", "", &message);
    client.ok("a SELECT INBOX");
    let (head, text) = literal(&mut client, "FETCH 1 BINARY.PEEK[1]");
    assert_eq!(text, "Grüße und ein langer Satz".as_bytes());
    assert!(head.ends_with("BINARY[1] {27}"), "{head}");
    // NUL needs a literal8.
    let (head, octets) = literal(&mut client, "FETCH 1 (BINARY.PEEK[2])");
    assert!(head.ends_with("BINARY[2] ~{4}"), "{head}");
    assert_eq!(octets, [0, 1, 2, 255]);
    let (head, octets) = literal(&mut client, "FETCH 1 BINARY.PEEK[2]<1.2>");
    assert!(head.contains("BINARY[2]<1> "), "{head}");
    assert_eq!(octets, [1, 2]);
    let (_, octets) = literal(&mut client, "FETCH 1 BINARY.PEEK[4]");
    assert!(octets == large(), "a large part");
    for (from, count) in [(0, 10), (262_140, 10), (LARGE_OCTETS - 5, 100), (LARGE_OCTETS + 5, 1), (300_000, 300_000)] {
        let (_, octets) = literal(&mut client, &format!("FETCH 1 BINARY.PEEK[4]<{from}.{count}>"));
        let whole = large();
        let from = from.min(whole.len());
        assert!(octets == whole[from..whole.len().min(from + count)], "{from} {count}");
    }
    let (_, octets) = literal(&mut client, "FETCH 1 BINARY.PEEK[]");
    assert!(octets == message, "the message itself");
    let sizes = client.ok("a FETCH 1 (BINARY.SIZE[1] BINARY.SIZE[2] BINARY.SIZE[4] BINARY.SIZE[9])");
    assert_eq!(
        sizes,
        [format!("* 1 FETCH (BINARY.SIZE[1] 27 BINARY.SIZE[2] 4 BINARY.SIZE[4] {LARGE_OCTETS} BINARY.SIZE[9] 0)")]
    );
    assert_eq!(client.ok("a SEARCH UNSEEN"), ["* SEARCH 1"], "PEEK reads nothing");
    assert_eq!(client.ok("a FETCH 1 BINARY.PEEK[9]"), ["* 1 FETCH (BINARY[9] NIL)"]);
    for item in ["BINARY.PEEK[3]", "BINARY.SIZE[3]"] {
        let lines = client.command(&format!("a FETCH 1 {item}"));
        assert!(lines.last().unwrap().starts_with("a NO [UNKNOWN-CTE]"), "{lines:#?}");
    }
    literal(&mut client, "FETCH 1 BINARY[1]");
    assert_eq!(client.ok("a SEARCH UNSEEN"), ["* SEARCH"]);
    for bad in ["BINARY[1.MIME]", "BINARY[HEADER]", "BINARY.SIZE[1]<0.5>", "BINARY", "BINARY[1"] {
        client.send(&format!("a FETCH 1 {bad}"));
        assert!(client.line().starts_with("a BAD"), "{bad}");
    }
}

/// RFC 3516 §4.3: an APPEND may bring NUL octets with a literal8.
#[test]
fn binary_is_appended() {
    let server = Server::new();
    let mut client = server.login();
    let message = b"Subject: nul\r\nContent-Transfer-Encoding: binary\r\n\r\n\x00\x01\x00\r\n";
    client.raw(format!("ap APPEND INBOX ~{{{}+}}\r\n", message.len()).as_bytes());
    client.raw(message);
    client.raw(b"\r\n");
    assert!(client.until_tag("ap").last().unwrap().starts_with("ap OK"));
    client.ok("a SELECT INBOX");
    let (_, octets) = literal(&mut client, "FETCH 1 BINARY[]");
    assert_eq!(octets, message);
}
