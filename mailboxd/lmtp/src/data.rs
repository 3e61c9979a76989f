// SPDX-License-Identifier: AGPL-3.0-or-later
//! The body after DATA (RFC 5321 §4.5.2): takes the transparency dots out and finds the end. No I/O; any split of the input
//! into chunks gives the same result.
//!
//! Only CRLF ends a line. The end is CRLF "." CRLF and nothing else: a bare LF or CR before or after the dot is data, or else
//! one server's data would be the next one's commands (SMTP smuggling). The search is for CRLF "." in whole chunks, so lines
//! cost nothing, however many or long.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// After CRLF, or at the start.
    LineStart,
    Line,
    /// After a CR within a line.
    Cr,
    /// After the dot at the start of a line; not yet written.
    Dot,
    /// After that dot and a CR; neither is written.
    DotCr,
}

#[derive(Debug)]
pub(crate) struct Decoder {
    state: State,
}

impl Decoder {
    pub fn new() -> Decoder {
        Decoder { state: State::LineStart }
    }

    /// Appends the decoded bytes of `input` to `out`. Answers the octets used and whether the end was among them.
    pub fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) -> (usize, bool) {
        let mut at = 0;
        while let Some(&byte) = input.get(at) {
            match (self.state, byte) {
                (State::DotCr, b'\n') => {
                    self.state = State::LineStart;
                    return (at + 1, true);
                }
                (State::DotCr, _) => {
                    // Not the end after all: the dot was transparency, the CR is data.
                    out.push(b'\r');
                    self.state = State::Cr;
                }
                (State::Dot, b'\r') => {
                    self.state = State::DotCr;
                    at += 1;
                }
                (State::Dot, _) => self.state = State::Line,
                (State::LineStart, b'.') => {
                    self.state = State::Dot;
                    at += 1;
                }
                (State::Cr, b'\n') => {
                    out.push(b'\n');
                    self.state = State::LineStart;
                    at += 1;
                }
                (State::LineStart | State::Line | State::Cr, _) => at += self.run(&input[at..], out),
            }
        }
        (at, false)
    }

    /// Copies up to and with the next CRLF that a dot follows, else all.
    fn run(&mut self, input: &[u8], out: &mut Vec<u8>) -> usize {
        let len = memchr::memmem::find(input, b"\r\n.").map_or(input.len(), |found| found + 2);
        out.extend_from_slice(&input[..len]);
        self.state = match input[..len] {
            [.., b'\r', b'\n'] => State::LineStart,
            [.., b'\r'] => State::Cr,
            _ => State::Line,
        };
        len
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// (body, octets used) if there was an end.
    fn decode(input: &[u8], chunk: usize) -> (Vec<u8>, usize, bool) {
        let (mut decoder, mut out, mut used) = (Decoder::new(), Vec::new(), 0);
        for piece in input.chunks(chunk.max(1)) {
            let (n, done) = decoder.decode(piece, &mut out);
            used += n;
            if done {
                return (out, used, true);
            }
            assert_eq!(n, piece.len());
        }
        (out, used, false)
    }

    #[test]
    fn ends_and_dots() {
        for (input, body, used, done) in [
            (&b".\r\n"[..], &b""[..], 3, true),
            (b"a\r\n.\r\nQUIT", b"a\r\n", 6, true),
            (b"..a\r\n...\r\n.\r\n", b".a\r\n..\r\n", 13, true),
            (b".a\r\n.\r\n", b"a\r\n", 7, true),
            // none of these is an end
            (b"a\n.\n", b"a\n.\n", 4, false),
            (b"a\n.\r\n", b"a\n.\r\n", 5, false),
            (b"a\r\n.\n", b"a\r\n\n", 5, false),
            (b"a\r\n.\rx", b"a\r\n\rx", 6, false),
            (b"a\r.\r\n", b"a\r.\r\n", 5, false),
            (b"a\r\r\n.\r\r\n", b"a\r\r\n\r\r\n", 8, false),
            (b"a\0b\r\n.\r\n", b"a\0b\r\n", 8, true),
        ] {
            for chunk in 1..=input.len() {
                assert_eq!(
                    decode(input, chunk),
                    (body.to_vec(), used, done),
                    "{:?} by {chunk}",
                    String::from_utf8_lossy(input)
                );
            }
        }
    }

    /// The rule as RFC 5321 states it, line by line.
    fn naive(input: &[u8]) -> (Vec<u8>, usize, bool) {
        let (mut out, mut at) = (Vec::new(), 0);
        while let Some(end) = memchr::memmem::find(&input[at..], b"\r\n").map(|e| at + e + 2) {
            let line = &input[at..end];
            at = end;
            if line == b".\r\n" {
                return (out, at, true);
            }
            out.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        }
        (out, at, false)
    }

    fn stuff(body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut at = 0;
        while at < body.len() {
            let end = memchr::memmem::find(&body[at..], b"\r\n").map_or(body.len(), |e| at + e + 2);
            if body[at] == b'.' {
                out.push(b'.');
            }
            out.extend_from_slice(&body[at..end]);
            at = end;
        }
        out
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(input in "[a.\r\n]{0,60}", chunk in 1..20usize) {
            let input = input.as_bytes();
            let whole = decode(input, input.len().max(1));
            prop_assert_eq!(&decode(input, chunk), &whole);
            let naive = naive(input);
            prop_assert_eq!(naive.2, whole.2);
            if naive.2 {
                prop_assert_eq!(&naive, &whole);
            }
        }

        #[test]
        fn stuffed_bodies_come_back(body in proptest::collection::vec(prop_oneof![Just(b'.'), Just(b'\r'), Just(b'\n'), any::<u8>()], 0..200), chunk in 1..50usize) {
            let mut body = body;
            body.extend_from_slice(b"\r\n");
            let sent = [&stuff(&body)[..], b".\r\nnext"].concat();
            let (got, used, done) = decode(&sent, chunk);
            prop_assert!(done);
            prop_assert_eq!(got, body);
            prop_assert_eq!(used, sent.len() - 4);
        }
    }
}
