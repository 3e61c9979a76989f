// SPDX-License-Identifier: AGPL-3.0-or-later
//! Writes answers. Whatever is handed in, what comes out is one well-formed answer: text that could end a line is
//! written as a literal or, in human-readable text, replaced.

use super::mutf7;

/// Longest string that is written in quotes; longer ones are literals.
const QUOTED_BYTES_MAX: usize = 1000;

/// By hand: an answer to SEARCH may have a hundred thousand of them.
pub fn number(out: &mut Vec<u8>, mut n: u64) {
    let mut digits = [0; u64::MAX.ilog10() as usize + 1];
    let mut start = digits.len();
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (n % 10) as u8;
        n /= 10;
        start -= 1;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

/// `{n}` and line end; the caller writes n octets next.
pub fn literal_head(out: &mut Vec<u8>, len: u64) {
    out.push(b'{');
    number(out, len);
    out.extend_from_slice(b"}\r\n");
}

/// `~{n}`: octets that may be NUL follow (RFC 3516 §4.4).
pub fn literal8_head(out: &mut Vec<u8>, len: u64) {
    out.push(b'~');
    literal_head(out, len);
}

/// Quotes if that is possible, else a literal.
pub fn string(out: &mut Vec<u8>, text: &[u8]) {
    let plain = text.len() <= QUOTED_BYTES_MAX && text.iter().all(|b| (0x20..0x7f).contains(b));
    if !plain {
        literal_head(out, text.len() as u64);
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    for &byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}

pub fn nstring(out: &mut Vec<u8>, text: Option<&[u8]>) {
    match text {
        Some(text) => string(out, text),
        None => out.extend_from_slice(b"NIL"),
    }
}

/// A mailbox name as the session wants it: modified UTF-7, or UTF-8 once enabled.
pub fn mailbox(out: &mut Vec<u8>, name: &str, utf8: bool) {
    let coded;
    let wire = if utf8 {
        name
    } else {
        coded = mutf7::encode(name);
        &coded
    };
    let atom = !wire.is_empty() && wire.bytes().all(super::cursor::is_atom_char) && !wire.eq_ignore_ascii_case("NIL");
    if atom {
        out.extend_from_slice(wire.as_bytes());
    } else if utf8 && !wire.bytes().any(|b| matches!(b, 0 | b'\r' | b'\n')) && wire.len() <= QUOTED_BYTES_MAX {
        // RFC 6855 §3: quoted strings may hold UTF-8 once it is enabled.
        out.push(b'"');
        for byte in wire.bytes() {
            if matches!(byte, b'"' | b'\\') {
                out.push(b'\\');
            }
            out.push(byte);
        }
        out.push(b'"');
    } else {
        string(out, wire.as_bytes());
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Ok,
    No,
    Bad,
    Bye,
}

/// `tag OK [CODE] text`; tag `*` for an untagged one.
pub fn status(out: &mut Vec<u8>, tag: &str, status: Status, code: Option<&str>, text: &str) {
    out.extend_from_slice(tag.as_bytes());
    out.extend_from_slice(match status {
        Status::Ok => b" OK ",
        Status::No => b" NO ",
        Status::Bad => b" BAD ",
        Status::Bye => b" BYE ",
    });
    if let Some(code) = code {
        out.push(b'[');
        out.extend_from_slice(code.as_bytes());
        out.extend_from_slice(b"] ");
    }
    resp_text(out, text);
    out.extend_from_slice(b"\r\n");
}

/// Human-readable text: never empty, one line, ASCII (RFC 3501 §9 text = 1*TEXT-CHAR).
fn resp_text(out: &mut Vec<u8>, text: &str) {
    let start = out.len();
    out.extend(text.chars().map(|c| if (' '..='~').contains(&c) { c as u8 } else { b'?' }));
    // A text that starts with [ would be read as a code.
    if out.len() == start || out.get(start) == Some(&b'[') {
        out.insert(start, b'-');
    }
}

#[cfg(test)]
mod tests {
    use super::super::cursor::Cursor;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotes_or_literal() {
        let mut out = Vec::new();
        string(&mut out, b"a \"b\\");
        assert_eq!(out, b"\"a \\\"b\\\\\"");
        out.clear();
        string(&mut out, b"a\r\nb");
        assert_eq!(out, b"{4}\r\na\r\nb");
    }

    #[test]
    fn text_stays_one_line() {
        let mut out = Vec::new();
        status(&mut out, "a1", Status::No, Some("NONEXISTENT"), "no such\r\n* BYE ä");
        assert_eq!(out, b"a1 NO [NONEXISTENT] no such??* BYE ?\r\n");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(text in proptest::collection::vec(1u8.., 0..2000)) {
            let mut out = Vec::new();
            string(&mut out, &text);
            let mut cursor = Cursor::new(&out);
            prop_assert_eq!(cursor.string(), Ok(text));
            prop_assert!(cursor.is_end());
        }
    }
}
