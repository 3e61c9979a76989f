// SPDX-License-Identifier: AGPL-3.0-or-later
//! Structure of the awkward messages in tests/corpus, and what holds for any bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod common;

use common::{corpus, load, message::all_functions, message::sound};
use ph_mime::parts;
use proptest::prelude::*;

/// One line a part: number, type, header and body as text.
fn outline(message: &[u8]) -> Vec<String> {
    let text = |r: std::ops::Range<usize>| String::from_utf8_lossy(&message[r]).escape_debug().to_string();
    parts(message)
        .walk()
        .map(|p| {
            if p.children.is_empty() {
                format!("{} {} |{}|", p.number, p.content_type, text(p.body.clone()))
            } else {
                format!("{} {}", p.number, p.content_type)
            }
        })
        .collect()
}

fn check(file: &str, want: &[&str]) {
    assert_eq!(outline(&load(file)), want, "{file}");
}

#[test]
fn outlines() {
    check("plain.eml", &["1 text/plain |Hello Bob,\\r\\nthis is plain.\\r\\n|"]);
    check(
        "alternative.eml",
        &[
            " multipart/mixed",
            "1 multipart/alternative",
            "1.1 text/plain |> quoted before\\r\\nGr=FC=DFe aus K=F6ln|",
            "1.2 text/html |<html><body><p>Gr&uuml;&szlig;e</p></body></html>|",
            "2 application/pdf |JVBERi0xLjQK\\r\\n|",
        ],
    );
    check(
        "embedded.eml",
        &[
            " multipart/mixed",
            "1 text/plain |see below|",
            "2 message/rfc822",
            "2 multipart/mixed",
            "2.1 text/plain |inner text|",
            "2.2 message/rfc822",
            "2.2.1 text/plain |deep text|",
        ],
    );
    check(
        "digest.eml",
        &[" multipart/digest", "1 message/rfc822", "1.1 text/plain |one|", "2 message/rfc822", "2.1 text/plain |two|"],
    );
    check(
        "boundary-prefix.eml",
        &[" multipart/mixed", "1 multipart/mixed", "1.1 text/plain |one|", "2 text/plain |two|"],
    );
    check("same-boundary-nested.eml", &[" multipart/mixed", "1 multipart/mixed", "1.1 text/plain |who am I|"]);
    check("unclosed.eml", &[" multipart/mixed", "1 text/plain |never closed|"]);
    check("no-boundary.eml", &["1 text/plain |only text\\r\\n|"]);
    check("no-parts.eml", &["1 text/plain |only a preamble\\r\\n|"]);
    check("no-blank-line.eml", &[" multipart/mixed", "1 text/plain ||", "2 text/html |<b>b</b>|"]);
    check("empty-parts.eml", &[" multipart/mixed", "1 text/plain ||", "2 text/plain ||", "3 text/plain ||"]);
    check("bare-lf.eml", &[" multipart/mixed", "1 text/plain |one|", "2 text/html |<p>two|"]);
    check(
        "encoded-message.eml",
        &[" multipart/mixed", "1 application/octet-stream |U3ViamVjdDogaGlkZGVuDQoNCmJvZHkNCg==|"],
    );
    check("empty.eml", &["1 text/plain ||"]);
    check("header-only.eml", &["1 text/plain ||"]);
    check("only-newlines.eml", &["1 text/plain |\\r\\n\\r\\n|"]);
}

#[test]
fn details_of_a_part() {
    let message = load("alternative.eml");
    let root = parts(&message);
    let pdf = root.find("2").unwrap();
    assert_eq!(pdf.filename.as_deref(), Some("über.pdf"));
    assert_eq!(pdf.disposition.as_deref(), Some("attachment"));
    assert_eq!((pdf.decoded_size, pdf.lines), (9, 1));
    assert_eq!(ph_mime::decoded(&message, pdf), b"%PDF-1.4\n");
    let plain = root.find("1.1").unwrap();
    assert_eq!(ph_mime::text(&message, plain), "> quoted before\r\nGrüße aus Köln");
    assert_eq!(plain.charset.as_deref(), Some("iso-8859-1"));
    assert!(root.find("3").is_none());
}

#[test]
fn a_multipart_of_no_proper_type_has_no_parts() {
    let message = b"Content-Type: multipart//mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b--\r\n";
    let root = parts(message);
    assert_eq!((root.content_type.as_str(), root.children.len()), ("text/plain", 0));
    sound(message, &root);
}

#[test]
fn corpus_is_sound() {
    for (_, message) in corpus() {
        all_functions(&message);
    }
}

#[test]
fn bombs() {
    let mut nested = Vec::new();
    for i in 0..10_000 {
        nested.extend_from_slice(format!("Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n").as_bytes());
    }
    all_functions(&nested);
    assert_eq!(parts(&nested).walk().count(), 101);

    let messages = b"Content-Type: message/rfc822\r\n\r\n".repeat(10_000);
    all_functions(&messages);

    let wide =
        [&b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"[..], &b"--x\r\n\r\na\r\n".repeat(50_000)].concat();
    all_functions(&wide);
    assert_eq!(parts(&wide).walk().count(), 10_000);

    // Delimiter-like lines against many open boundaries.
    nested.extend_from_slice(&b"--b1x\r\n".repeat(100_000));
    parts(&nested);
}

#[test]
fn huge_headers() {
    let many = [&b"X: y\r\n".repeat(500_000)[..], b"Subject: end\r\n\r\nbody"].concat();
    assert_eq!(ph_mime::summary(&many).subject, "end");
    let long = [&b"To: "[..], &b"a@b,\r\n <".repeat(1_000_000), b"\r\nSubject: end\r\n\r\nbody"].concat();
    let summary = ph_mime::summary(&long);
    assert_eq!(summary.subject, "end");
    assert!(summary.to.len() <= 10_000);
    let parameters = [&b"Content-Type: text/plain"[..], &b"; a*0*=%41".repeat(100_000), b"\r\n\r\nbody"].concat();
    assert!(parts(&parameters).params.len() <= 100);
    let words = [&b"Subject: "[..], &b"=?utf-8?Q?".repeat(100_000), b"\r\n\r\nbody"].concat();
    ph_mime::summary(&words);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(message in proptest::collection::vec(any::<u8>(), 0..600)) {
        all_functions(&message);
    }

    /// Corpus messages with pieces cut out, doubled, overwritten.
    #[test]
    fn mutated(file in 0..corpus().len(), edits in proptest::collection::vec((any::<u16>(), any::<u8>(), 0..4u8), 1..12)) {
        let mut message = corpus().swap_remove(file).1;
        for (at, byte, kind) in edits {
            if message.is_empty() {
                break;
            }
            let at = at as usize % message.len();
            let end = (at + byte as usize).min(message.len());
            match kind {
                0 => message[at] = byte,
                1 => drop(message.drain(at..end)),
                2 => { let piece = message[at..end].to_vec(); message.splice(at..at, piece); }
                _ => message.insert(at, b'\n'),
            }
        }
        all_functions(&message);
    }

    /// Text of the alphabet that matters most.
    #[test]
    fn delimiters(message in "(Content-Type: (multipart/mixed; boundary=(a|b|a--)|message/rfc822)\r?\n|\r?\n|--(a|b)(--)? ?\r?\n|x){0,40}") {
        all_functions(message.as_bytes());
    }
}
