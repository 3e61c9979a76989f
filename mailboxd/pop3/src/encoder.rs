// SPDX-License-Identifier: AGPL-3.0-or-later
//! A message as a multi-line response (RFC 1939 §3): lines end in CRLF, a dot at the start of one is doubled, a line with a
//! dot ends it.
//!
//! A bare LF in a message is sent as CRLF: a client that takes it for the end of a line must not see the end of the response
//! where the message has a dot after it, and one that does not must not see a dot too many.

#[derive(Debug)]
pub struct Encoder {
    /// Octets of the line that is under way.
    line_bytes: u64,
    after_cr: bool,
    in_header: bool,
    /// Of TOP: lines of the body that may follow.
    lines_left: Option<u32>,
    is_done: bool,
}

impl Encoder {
    /// `lines`: of the body; `None`: all.
    pub fn new(lines: Option<u32>) -> Encoder {
        Encoder { line_bytes: 0, after_cr: false, in_header: true, lines_left: lines, is_done: false }
    }

    /// All that TOP asked for was written: what follows is not looked at.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    pub fn encode(&mut self, mut input: &[u8], out: &mut Vec<u8>) {
        while !input.is_empty() && !self.is_done {
            match memchr::memchr(b'\n', input) {
                Some(at) => {
                    self.text(&input[..at], out);
                    self.end_line(out);
                    input = &input[at + 1..];
                }
                None => {
                    self.text(input, out);
                    return;
                }
            }
        }
    }

    fn text(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let Some(last) = text.last() else { return };
        if self.line_bytes == 0 && text.first() == Some(&b'.') {
            out.push(b'.');
        }
        out.extend_from_slice(text);
        self.after_cr = *last == b'\r';
        self.line_bytes += text.len() as u64;
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.after_cr { b"\n" } else { b"\r\n" });
        let is_blank = self.line_bytes == u64::from(self.after_cr);
        self.line_bytes = 0;
        self.after_cr = false;
        if self.in_header {
            self.in_header = !is_blank;
        } else if let Some(left) = &mut self.lines_left {
            *left = left.saturating_sub(1);
        }
        self.is_done = !self.in_header && self.lines_left == Some(0);
    }

    /// The end of the message and of the response.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        if self.line_bytes > 0 {
            self.end_line(out);
        }
        out.extend_from_slice(b".\r\n");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn encoded(message: &[u8], lines: Option<u32>, piece: usize) -> String {
        let (mut encoder, mut out) = (Encoder::new(lines), Vec::new());
        message.chunks(piece).for_each(|piece| encoder.encode(piece, &mut out));
        encoder.finish(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn dots_are_doubled_and_every_line_ends_in_crlf() {
        for (message, want) in [
            ("", ".\r\n"),
            ("a: b\r\n\r\nx\r\n", "a: b\r\n\r\nx\r\n.\r\n"),
            ("a: b\r\n\r\n.\r\n..x\r\nx.", "a: b\r\n\r\n..\r\n...x\r\nx.\r\n.\r\n"),
            ("a: b\n\n.\nend\r", "a: b\r\n\r\n..\r\nend\r\n.\r\n"),
            ("a\r\r\nb\rc\r\n", "a\r\r\nb\rc\r\n.\r\n"),
        ] {
            for piece in 1..message.len().max(1) + 1 {
                assert_eq!(encoded(message.as_bytes(), None, piece), want, "{message:?} in pieces of {piece}");
            }
        }
    }

    #[test]
    fn top_has_the_header_and_some_lines() {
        let message = b"a: b\r\nc: d\r\n\r\n1\r\n.2\r\n3\r\n";
        for (lines, want) in [
            (0, "a: b\r\nc: d\r\n\r\n.\r\n"),
            (2, "a: b\r\nc: d\r\n\r\n1\r\n..2\r\n.\r\n"),
            (9, "a: b\r\nc: d\r\n\r\n1\r\n..2\r\n3\r\n.\r\n"),
        ] {
            for piece in [1, 3, 100] {
                assert_eq!(encoded(message, Some(lines), piece), want);
            }
        }
    }
}
