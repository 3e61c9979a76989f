// SPDX-License-Identifier: AGPL-3.0-or-later
//! Modified UTF-7 of mailbox names (RFC 3501 §5.1.3).

use base64::Engine as _;
use base64::alphabet::Alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::sync::LazyLock;

/// Standard base64 with `,` for `/`, and no padding.
static BASE64: LazyLock<Option<GeneralPurpose>> = LazyLock::new(|| {
    let alphabet = Alphabet::new("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").ok()?;
    let config =
        GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::RequireNone);
    Some(GeneralPurpose::new(&alphabet, config))
});

/// `None` if it is not valid. Raw UTF-8 is refused here; sessions that enabled it don't come here.
pub fn decode(name: &[u8]) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((&byte, after)) = rest.split_first() {
        match byte {
            b'&' => {
                let end = memchr::memchr(b'-', after)?;
                let (coded, tail) = after.split_at(end);
                rest = tail.get(1..)?;
                if coded.is_empty() {
                    out.push('&');
                } else {
                    out.push_str(&shifted(coded)?);
                }
            }
            0x20..=0x7e => {
                out.push(byte as char);
                rest = after;
            }
            _ => return None,
        }
    }
    Some(out)
}

fn shifted(coded: &[u8]) -> Option<String> {
    let bytes = BASE64.as_ref()?.decode(coded).ok()?;
    if bytes.len() % 2 != 0 {
        return None;
    }
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    String::from_utf16(&units).ok()
}

pub fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut units: Vec<u8> = Vec::new();
    for c in name.chars() {
        if (' '..='~').contains(&c) {
            flush(&mut out, &mut units);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            let mut pair = [0; 2];
            for unit in c.encode_utf16(&mut pair) {
                units.extend_from_slice(&unit.to_be_bytes());
            }
        }
    }
    flush(&mut out, &mut units);
    out
}

fn flush(out: &mut String, units: &mut Vec<u8>) {
    if let (false, Some(base64)) = (units.is_empty(), BASE64.as_ref()) {
        out.push('&');
        base64.encode_string(&*units, out);
        out.push('-');
        units.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn example_of_the_rfc() {
        // RFC 3501 §5.1.3
        let wire = "~peter/mail/&U,BTFw-/&ZeVnLIqe-";
        assert_eq!(decode(wire.as_bytes()).unwrap(), "~peter/mail/台北/日本語");
        assert_eq!(encode("~peter/mail/台北/日本語"), wire);
        assert_eq!(encode("Tom & Jerry"), "Tom &- Jerry");
        assert_eq!(decode(b"&Jjo"), None);
        assert_eq!(decode(b"\xc3\xa4"), None);
    }

    proptest! {
        #[test]
        fn there_and_back(name in "\\PC*") {
            prop_assert_eq!(decode(encode(&name).as_bytes()), Some(name));
        }
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }
    }
}
