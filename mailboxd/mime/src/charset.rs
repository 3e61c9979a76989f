// SPDX-License-Identifier: AGPL-3.0-or-later
//! Bytes in some character set to text. Never fails: what can't be read becomes U+FFFD.

use encoding_rs::{Encoding, ISO_2022_JP, REPLACEMENT, UTF_8, WINDOWS_1252};
use std::borrow::Cow;

/// Labels longer than this name nothing.
const LABEL_BYTES_MAX: usize = 64;

/// RFC 1468: escapes to its two-byte sets, JIS X 0208 of 1983 and of 1978.
const JAPANESE: [&[u8]; 2] = [b"\x1b$B", b"\x1b$@"];

pub(crate) fn decode<'a>(label: Option<&str>, bytes: &'a [u8]) -> Cow<'a, str> {
    let label = label.map(str::trim).filter(|l| !l.is_empty() && l.len() <= LABEL_BYTES_MAX);
    let Some(label) = label else { return guess(bytes) };
    if ["us-ascii", "ascii", "utf-8", "utf8", "unknown-8bit"].iter().any(|l| label.eq_ignore_ascii_case(l)) {
        return guess(bytes);
    }
    match Encoding::for_label(label.as_bytes()) {
        Some(encoding) if encoding != REPLACEMENT => encoding.decode_with_bom_removal(bytes).0,
        // UTF-7, cp850 and the like are mail's own; the web's table has none of them.
        _ => match mail_parser::decoders::charsets::map::charset_decoder(label.as_bytes()) {
            Some(decoder) => Cow::Owned(decoder(bytes)),
            None => guess(bytes),
        },
    }
}

/// Undeclared 8-bit text is UTF-8 if it can be, else Windows-1252, as old mailers meant it. Undeclared 7-bit text with
/// escapes is Japanese (RFC 1468), where it reads as such.
pub(crate) fn guess(bytes: &[u8]) -> Cow<'_, str> {
    if bytes.is_ascii() && JAPANESE.iter().any(|escape| memchr::memmem::find(bytes, escape).is_some()) {
        let (text, malformed) = ISO_2022_JP.decode_without_bom_handling(bytes);
        if !malformed {
            return text;
        }
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        // A text cut in the middle of a character is still UTF-8, if it was before.
        Err(e) if e.error_len().is_none() && !bytes[..e.valid_up_to()].is_ascii() => {
            UTF_8.decode_without_bom_handling(bytes).0
        }
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        assert_eq!(decode(Some("ISO-8859-15"), b"\xa4"), "€");
        assert_eq!(decode(Some("shift_jis"), b"\x83n\x83\x8d\x81["), "ハロー");
        assert_eq!(decode(Some("iso-2022-jp"), b"\x1b$B%O%m!<\x1b(B"), "ハロー");
        assert_eq!(decode(Some("utf-7"), b"+ZeVnLIqe- x"), "日本語 x");
        assert_eq!(decode(Some("no-such"), "ü".as_bytes()), "ü");
        assert_eq!(decode(None, b"M\xfcller"), "Müller");
        assert_eq!(decode(None, b"\x1b$B%O%m!<\x1b(B!"), "ハロー!");
        assert_eq!(decode(Some("us-ascii"), b"\x1b$B%O%m!<\x1b(B"), "ハロー");
        assert_eq!(decode(None, b"\x1b$B\x1b"), "\x1b$B\x1b", "no such text");
        assert_eq!(decode(Some("us-ascii"), "Müller".as_bytes()), "Müller");
    }
}
