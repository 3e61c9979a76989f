// SPDX-License-Identifier: AGPL-3.0-or-later
//! Content-Transfer-Encoding (RFC 2045 §6), read leniently: what is no code is passed over, what is truncated gives
//! as much as is there.

use std::borrow::Cow;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Identity,
    Base64,
    QuotedPrintable,
}

impl Encoding {
    /// Unknown names are read as identity: better the code than nothing.
    pub fn named(name: Option<&[u8]>) -> Encoding {
        let name = name.unwrap_or_default().trim_ascii();
        // Some mailers append a comment or a semicolon.
        let name = name.split(|b| matches!(b, b' ' | b';' | b'(' | b'\t' | b'\r')).next().unwrap_or_default();
        if name.eq_ignore_ascii_case(b"base64") {
            Encoding::Base64
        } else if name.eq_ignore_ascii_case(b"quoted-printable") {
            Encoding::QuotedPrintable
        } else {
            Encoding::Identity
        }
    }

    pub fn decode(self, body: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Encoding::Identity => Cow::Borrowed(body),
            Encoding::Base64 => Cow::Owned(base64(body)),
            Encoding::QuotedPrintable => Cow::Owned(quoted_printable(body)),
        }
    }

    pub fn decoded_len(self, body: &[u8]) -> usize {
        match self {
            Encoding::Identity => body.len(),
            Encoding::Base64 => base64_len(body),
            Encoding::QuotedPrintable => quoted_printable(body).len(),
        }
    }
}

/// Six-bit value of a byte of the alphabet; [`PAD`] for '='; [`SKIP`] for everything else.
const VALUES: [u8; 256] = values();
const PAD: u8 = 0xfe;
const SKIP: u8 = 0xff;

const fn values() -> [u8; 256] {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = [SKIP; 256];
    let mut i = 0;
    while i < alphabet.len() {
        table[alphabet[i] as usize] = i as u8;
        i += 1;
    }
    table[b'=' as usize] = PAD;
    table
}

/// RFC 2045 §6.8: characters outside the alphabet are ignored. Padding in the middle starts a new run.
pub(crate) fn base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0u32, 0);
    for &byte in text {
        match VALUES[byte as usize] {
            SKIP => {}
            PAD => {
                partial(&mut out, bits, count);
                (bits, count) = (0, 0);
            }
            value => {
                bits = bits << 6 | u32::from(value);
                count += 1;
                if count == 4 {
                    out.extend_from_slice(&[(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]);
                    (bits, count) = (0, 0);
                }
            }
        }
    }
    partial(&mut out, bits, count);
    out
}

fn partial(out: &mut Vec<u8>, bits: u32, count: u32) {
    match count {
        2 => out.push((bits >> 4) as u8),
        3 => out.extend_from_slice(&[(bits >> 10) as u8, (bits >> 2) as u8]),
        _ => {}
    }
}

/// What [`base64`] would give, without giving it.
fn base64_len(text: &[u8]) -> usize {
    let (mut total, mut run) = (0, 0);
    for &byte in text {
        match VALUES[byte as usize] {
            SKIP => {}
            PAD => {
                total += run * 3 / 4;
                run = 0;
            }
            _ => run += 1,
        }
    }
    total + run * 3 / 4
}

/// RFC 2045 §6.7. What follows '=' and is no code stays as it is.
pub(crate) fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|&b| b == b'\n') {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        let line_end = &line[content.len()..];
        // §6.7 (3): white space at the end of a line was added on the way.
        let end = content.iter().rposition(|b| !matches!(b, b' ' | b'\t')).map_or(0, |last| last + 1);
        let content = if line_end.is_empty() { content } else { &content[..end] };
        let (content, soft) = match content.strip_suffix(b"=") {
            Some(before) => (before, true),
            None => (content, false),
        };
        quoted_line(content, &mut out);
        if !soft {
            out.extend_from_slice(line_end);
        }
    }
    out
}

fn quoted_line(mut content: &[u8], out: &mut Vec<u8>) {
    while let Some(at) = memchr::memchr(b'=', content) {
        out.extend_from_slice(&content[..at]);
        content = &content[at + 1..];
        match hex_pair(Some(content)) {
            Some(byte) => {
                out.push(byte);
                content = &content[2..];
            }
            None => out.push(b'='),
        }
    }
    out.extend_from_slice(content);
}

pub(crate) fn hex_pair(text: Option<&[u8]>) -> Option<u8> {
    let digit = |b: u8| (b as char).to_digit(16).map(|d| d as u8);
    match text? {
        [high, low, ..] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_lenient() {
        for (input, want) in [
            ("aGVsbG8=", "hello"),
            ("aGVs\r\nbG8", "hello"),
            ("aGVsbG8=aGk=", "hellohi"),
            ("aGV*sbG8h!", "hello!"),
            ("a", ""),
            ("", ""),
        ] {
            assert_eq!(base64(input.as_bytes()), want.as_bytes(), "{input}");
            assert_eq!(base64_len(input.as_bytes()), want.len(), "{input}");
        }
    }

    #[test]
    fn quoted_printable_lenient() {
        for (input, want) in [
            ("a=3Db", "a=b"),
            ("soft=\r\nbreak", "softbreak"),
            ("soft= \t\nbreak", "softbreak"),
            ("trailing \t\r\nx", "trailing\r\nx"),
            ("bad =XY =", "bad =XY "),
            ("=e4", "\u{e4}"),
        ] {
            let want: Vec<u8> = if want == "\u{e4}" { vec![0xe4] } else { want.as_bytes().to_vec() };
            assert_eq!(quoted_printable(input.as_bytes()), want, "{input}");
        }
    }
}
