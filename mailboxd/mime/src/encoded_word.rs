// SPDX-License-Identifier: AGPL-3.0-or-later
//! RFC 2047 encoded words in header text.
//!
//! Adjacent words in one character set are joined as bytes before they are decoded: RFC 2047 §5 forbids to split a
//! character over two words, and many senders do it all the same.

use crate::charset;
use crate::transfer;

/// RFC 2047 §2 says 75; senders overdo it. The bound keeps the search for `?=` linear.
const WORD_BYTES_MAX: usize = 4096;

struct Word<'a> {
    charset: &'a str,
    bytes: Vec<u8>,
    len: usize,
}

/// Header text, unfolded before, as UTF-8. Control characters become spaces, so that nothing shows up as a new line.
pub(crate) fn decode(value: &[u8]) -> String {
    let mut out = String::with_capacity(value.len());
    if memchr::memmem::find(value, b"=?").is_none() {
        out.push_str(&charset::guess(value));
        return plain(out);
    }
    let mut pending: Option<(&str, Vec<u8>)> = None;
    let mut rest = value;
    while !rest.is_empty() {
        let at = memchr::memmem::find(rest, b"=?").unwrap_or(rest.len());
        let (text, tail) = rest.split_at(at);
        let word = word(tail);
        // RFC 2047 §6.2: white space between adjacent words is not shown.
        if !(pending.is_some() && word.is_some() && text.trim_ascii().is_empty()) {
            flush(&mut out, &mut pending);
            out.push_str(&charset::guess(text));
        }
        match word {
            Some(Word { charset, bytes, len }) => {
                match &mut pending {
                    Some((open, joined)) if open.eq_ignore_ascii_case(charset) => joined.extend_from_slice(&bytes),
                    _ => {
                        flush(&mut out, &mut pending);
                        pending = Some((charset, bytes));
                    }
                }
                rest = &tail[len..];
            }
            None => {
                flush(&mut out, &mut pending);
                let skip = tail.len().min(2);
                out.push_str(&charset::guess(&tail[..skip]));
                rest = &tail[skip..];
            }
        }
    }
    flush(&mut out, &mut pending);
    plain(out)
}

fn flush(out: &mut String, pending: &mut Option<(&str, Vec<u8>)>) {
    if let Some((label, bytes)) = pending.take() {
        out.push_str(&charset::decode(Some(label), &bytes));
    }
}

fn plain(text: String) -> String {
    if !text.contains(char::is_control) {
        return text;
    }
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `=?charset*language?encoding?text?=` at the start of `bytes`.
fn word(bytes: &[u8]) -> Option<Word<'_>> {
    let inner = bytes.get(2..bytes.len().min(WORD_BYTES_MAX))?;
    let first = memchr::memchr(b'?', inner)?;
    let encoding = *inner.get(first + 1)?;
    if inner.get(first + 2) != Some(&b'?') {
        return None;
    }
    let text = &inner[first + 3..];
    let end = memchr::memmem::find(text, b"?=")?;
    let charset = std::str::from_utf8(&inner[..first]).ok()?;
    // RFC 2231 §5: a language may follow the character set.
    let charset = charset.split('*').next().filter(|c| !c.is_empty() && !c.contains(char::is_whitespace))?;
    let bytes = match encoding {
        b'q' | b'Q' => q(&text[..end]),
        b'b' | b'B' => transfer::base64(&text[..end]),
        _ => return None,
    };
    Some(Word { charset, bytes, len: 2 + first + 3 + end + 2 })
}

/// RFC 2047 §4.2.
fn q(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'_' => out.push(b' '),
            b'=' => match transfer::hex_pair(text.get(at..)) {
                Some(decoded) => {
                    out.push(decoded);
                    at += 2;
                }
                None => out.push(b'='),
            },
            _ => out.push(byte),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (input, want) in [
            ("plain", "plain"),
            ("=?iso-8859-1?q?Keld_J=F8rn?= x", "Keld Jørn x"),
            ("a =?utf-8?Q?b?= =?utf-8?Q?c?= d", "a bc d"),
            // one character over two words
            ("=?utf-8?B?5pel5g==?= =?utf-8?B?nKw=?=", "日本"),
            ("=?utf-8?Q?=F0=9F=98?=\t=?UTF-8?Q?=80?=", "😀"),
            ("=?utf-8*de?Q?a?=", "a"),
            ("=?utf-8?X?a?= =?broken", "=?utf-8?X?a?= =?broken"),
            ("=?utf-8?Q?a=0D=0ABcc:_x?=", "a  Bcc: x"),
            ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
            ("??=?=?=?", "??=?=?=?"),
        ] {
            assert_eq!(decode(input.as_bytes()), want, "{input}");
        }
        assert_eq!(decode(b"caf\xe9"), "café");
    }
}
