// SPDX-License-Identifier: AGPL-3.0-or-later
//! The framer sees the same whatever the pieces are, and holds no more than it may.

use super::*;
use proptest::prelude::*;

const LIMIT: usize = 100;

/// Runs a session: literals of commands that start with "S" stream, those too large are skipped.
fn run(pieces: &[&[u8]]) -> Vec<String> {
    let mut framer = Framer::new(Limits { command_bytes_max: LIMIT });
    let mut log = Vec::new();
    let mut streamed = Vec::new();
    let mut input: Vec<u8> = Vec::new();
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            let (used, event) = framer.advance(&input);
            input.drain(..used);
            assert!(framer.buffer().len() <= LIMIT + 2 + ANNOUNCEMENT_BYTES_MAX);
            let Some(event) = event else { break };
            match event {
                Event::Line => log.push(format!("line {:?}", String::from_utf8_lossy(&framer.take()))),
                Event::Literal(literal) => {
                    log.push(format!("{literal:?}"));
                    if framer.buffer().starts_with(b"S") {
                        framer.stream();
                    } else if !framer.accept() {
                        framer.skip();
                    }
                }
                Event::Chunk(n) => {
                    streamed.extend(input.drain(..n));
                    framer.chunk_taken(n);
                }
                Event::Streamed => {
                    log.push(format!("streamed {:?}", String::from_utf8_lossy(&std::mem::take(&mut streamed))));
                }
                Event::TooLong => {
                    framer.take();
                    log.push("too long".to_owned());
                }
                Event::Skipped => log.push("skipped".to_owned()),
            }
        }
    }
    log
}

fn check(input: &str, want: &[&str]) {
    assert_eq!(run(&[input.as_bytes()]), want);
    let single: Vec<&[u8]> = input.as_bytes().chunks(1).collect();
    assert_eq!(run(&single), want, "octet by octet");
}

#[test]
fn lines_and_literals() {
    check("a NOOP\r\nb NOOP\n", &["line \"a NOOP\"", "line \"b NOOP\""]);
    check(
        "a LOGIN {3}\r\nbob {0+}\r\n\r\nb X\r\n",
        &[
            "Announcement { len: 3, waits: true, binary: false }",
            "Announcement { len: 0, waits: false, binary: false }",
            "line \"a LOGIN {3}\\r\\nbob {0+}\\r\\n\"",
            "line \"b X\"",
        ],
    );
}

#[test]
fn streams_and_goes_on() {
    check(
        "S APPEND x ~{5+}\r\nab\r\nc\r\nb NOOP\r\n",
        &[
            "Announcement { len: 5, waits: false, binary: true }",
            "streamed \"ab\\r\\nc\"",
            "line \"\"",
            "line \"b NOOP\"",
        ],
    );
    check(
        "S {0}\r\n {1}\r\nx\r\n",
        &[
            "Announcement { len: 0, waits: true, binary: false }",
            "streamed \"\"",
            "Announcement { len: 1, waits: true, binary: false }",
            "line \" {1}\\r\\nx\"",
        ],
    );
}

#[test]
fn what_is_too_large_is_passed_over() {
    let long = "x".repeat(200);
    check(&format!("a {long}\r\nb NOOP\r\n"), &["too long", "line \"b NOOP\""]);
    // A non-synchronising literal follows whether we like it or not, and a line after it.
    check(
        &format!("a LOGIN {{200+}}\r\n{long} {{4+}}\r\na\r\nb\r\nb NOOP\r\n"),
        &["Announcement { len: 200, waits: false, binary: false }", "skipped", "line \"b NOOP\""],
    );
    check("a LOGIN {200}\r\nb NOOP\r\n", &["Announcement { len: 200, waits: true, binary: false }", "line \"b NOOP\""]);
    check(
        "a {99999999999999999999999}\r\nb {18446744073709551616}\r\n",
        &[
            "line \"a {99999999999999999999999}\"",
            "Announcement { len: 18446744073709551615, waits: true, binary: false }",
        ],
    );
}

fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("\r\n".to_owned()),
        Just("\n".to_owned()),
        Just("S APPEND ".to_owned()),
        (0u32..130, any::<bool>()).prop_map(|(n, plus)| format!("{{{n}{}}}\r\n", if plus { "+" } else { "" })),
        "[a-z {}~+]{0,40}",
        Just("y".repeat(90)),
    ]
}

proptest! {
    #[test]
    fn pieces_do_not_matter(parts in proptest::collection::vec(fragment(), 0..20), cuts in proptest::collection::vec(1usize..40, 1..60)) {
        let whole = parts.concat();
        let bytes = whole.as_bytes();
        let mut pieces = Vec::new();
        let mut at = 0;
        for cut in cuts.iter().cycle() {
            if at >= bytes.len() { break; }
            let end = (at + cut).min(bytes.len());
            pieces.push(&bytes[at..end]);
            at = end;
        }
        prop_assert_eq!(run(&pieces), run(&[bytes]));
    }

    #[test]
    fn never_panics(pieces in proptest::collection::vec(any::<Vec<u8>>(), 0..10)) {
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        run(&pieces);
    }
}
