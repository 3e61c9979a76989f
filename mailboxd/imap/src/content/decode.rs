// SPDX-License-Identifier: AGPL-3.0-or-later
//! Content-transfer-encodings taken off piece by piece (RFC 2045 §6.7, §6.8), for BINARY (RFC 3516). What is not as it should
//! be is read as most programs read it; no input is an error, and no piece of it makes a difference.

/// How a part is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// 7bit, 8bit, binary: the octets themselves.
    None,
    Base64,
    QuotedPrintable,
    Unknown,
}

impl Encoding {
    /// Of a Content-Transfer-Encoding field.
    pub fn of(name: Option<&str>) -> Encoding {
        match name.map(|name| name.trim().to_ascii_lowercase()).as_deref() {
            None | Some("" | "7bit" | "8bit" | "binary") => Encoding::None,
            Some("base64") => Encoding::Base64,
            Some("quoted-printable") => Encoding::QuotedPrintable,
            Some(_) => Encoding::Unknown,
        }
    }
}

/// White space at the end of a line that is kept until it is known whether the line ends there.
const BLANKS_MAX: usize = 1_024;

#[derive(Debug, Clone)]
pub struct Decoder {
    encoding: Encoding,
    /// base64: digits that are no octet yet, and how many.
    bits: u32,
    digits: u8,
    is_over: bool,
    /// quoted-printable: what may still mean something else: white space, or the start of `=XY`.
    held: Vec<u8>,
}

impl Decoder {
    pub fn new(encoding: Encoding) -> Decoder {
        Decoder { encoding, bits: 0, digits: 0, is_over: false, held: Vec::new() }
    }

    pub fn feed(&mut self, input: &[u8], out: &mut Vec<u8>) {
        match self.encoding {
            Encoding::None | Encoding::Unknown => out.extend_from_slice(input),
            Encoding::Base64 => input.iter().for_each(|byte| self.base64(*byte, out)),
            Encoding::QuotedPrintable => input.iter().for_each(|byte| self.quoted_printable(*byte, out)),
        }
    }

    pub fn finish(&mut self, out: &mut Vec<u8>) {
        // White space at the end of the last line is none either.
        if self.held.first() == Some(&b'=') && self.held != b"=" {
            out.append(&mut self.held);
        }
        self.held.clear();
    }

    /// What is no digit is passed over; padding ends it.
    fn base64(&mut self, byte: u8, out: &mut Vec<u8>) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                self.is_over = true;
                return;
            }
            _ => return,
        };
        if self.is_over {
            return;
        }
        self.bits = self.bits << 6 | u32::from(digit);
        self.digits += 1;
        if self.digits > 1 {
            let shift = [0, 0, 4, 2, 0][usize::from(self.digits)];
            out.push((self.bits >> shift & 0xff) as u8);
        }
        if self.digits == 4 {
            (self.bits, self.digits) = (0, 0);
        }
    }

    fn quoted_printable(&mut self, byte: u8, out: &mut Vec<u8>) {
        if self.held.first() == Some(&b'=') {
            return self.after_equals(byte, out);
        }
        match byte {
            b' ' | b'\t' => {
                if self.held.len() >= BLANKS_MAX {
                    out.append(&mut self.held);
                }
                self.held.push(byte);
            }
            // RFC 2045 §6.7 (3): what stands at the end of a line was added on the way.
            b'\n' => {
                let with_cr = self.held.last() == Some(&b'\r');
                self.held.clear();
                out.extend_from_slice(if with_cr { b"\r\n" } else { b"\n" });
            }
            b'\r' => self.held.push(byte),
            b'=' => {
                out.append(&mut self.held);
                self.held.push(byte);
            }
            _ => {
                out.append(&mut self.held);
                out.push(byte);
            }
        }
    }

    /// `=XY`, a soft line break with white space before its end, or nothing of the kind: then it stands as it came.
    fn after_equals(&mut self, byte: u8, out: &mut Vec<u8>) {
        let is_break = self.held.len() == 1 || matches!(self.held.get(1), Some(b' ' | b'\t' | b'\r'));
        match (byte, self.held.get(1).copied()) {
            (b'\n', _) if is_break => self.held.clear(),
            (b' ' | b'\t' | b'\r', _) if is_break && self.held.len() < BLANKS_MAX => self.held.push(byte),
            (_, None) if byte.is_ascii_hexdigit() => self.held.push(byte),
            (_, Some(high)) if byte.is_ascii_hexdigit() && high.is_ascii_hexdigit() => {
                out.push(hex(high) << 4 | hex(byte));
                self.held.clear();
            }
            _ => {
                out.append(&mut self.held);
                self.quoted_printable(byte, out);
            }
        }
    }
}

fn hex(digit: u8) -> u8 {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole, and in pieces of every size.
    fn decoded(encoding: Encoding, text: &[u8]) -> Vec<u8> {
        let of = |piece: usize| {
            let (mut decoder, mut out) = (Decoder::new(encoding), Vec::new());
            text.chunks(piece).for_each(|piece| decoder.feed(piece, &mut out));
            decoder.finish(&mut out);
            out
        };
        let whole = of(text.len().max(1));
        for piece in 1..text.len().min(9) {
            assert_eq!(of(piece), whole, "{:?} in pieces of {piece}", String::from_utf8_lossy(text));
        }
        whole
    }

    #[test]
    fn base64() {
        for (text, want) in [
            ("", &b""[..]),
            ("aGVsbG8=", b"hello"),
            ("aGVs\r\nbG8=\r\n", b"hello"),
            ("aGVsbG8", b"hello"),
            ("aG!Vs bG8=", b"hello"),
            ("AAEC/w==", b"\x00\x01\x02\xff"),
            ("aGVsbG8=aGVsbG8=", b"hello"),
            ("a", b""),
        ] {
            assert_eq!(decoded(Encoding::Base64, text.as_bytes()), want, "{text}");
        }
    }

    #[test]
    fn quoted_printable() {
        for (text, want) in [
            ("", &b""[..]),
            ("caf=C3=A9", "café".as_bytes()),
            ("caf=c3=a9\r\n", "café\r\n".as_bytes()),
            ("soft =\r\nbreak", b"soft break"),
            ("soft=  \t\r\nbreak", b"softbreak"),
            ("blanks  \t\r\nend \n", b"blanks\r\nend\n"),
            ("a  b", b"a  b"),
            ("=", b""),
            ("=4", b"=4"),
            ("=4G=41", b"=4GA"),
            ("=G1", b"=G1"),
            ("==41", b"=A"),
            ("= x", b"= x"),
            ("=00", b"\x00"),
            ("a\rb", b"a\rb"),
        ] {
            assert_eq!(decoded(Encoding::QuotedPrintable, text.as_bytes()), want, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn pieces_make_no_difference(text in proptest::collection::vec(proptest::sample::select(&b"=4aG \t\r\n\x00/"[..]), 0..40)) {
            for encoding in [Encoding::None, Encoding::Base64, Encoding::QuotedPrintable] {
                decoded(encoding, &text);
            }
        }
    }
}
