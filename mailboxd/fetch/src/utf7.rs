// SPDX-License-Identifier: AGPL-3.0-or-later
//! Names of folders as IMAP writes them (RFC 3501 §5.1.3, modified UTF-7).

/// `None`: not such a name. What has octets beyond ASCII is taken as UTF-8 (RFC 6855).
pub(crate) fn decode(name: &[u8]) -> Option<String> {
    if !name.is_ascii() {
        return String::from_utf8(name.to_vec()).ok();
    }
    let text = std::str::from_utf8(name).ok()?;
    let mut out = String::new();
    let mut rest = text;
    while let Some((plain, shifted)) = rest.split_once('&') {
        out.push_str(plain);
        let (coded, after) = shifted.split_once('-')?;
        if coded.is_empty() {
            out.push('&');
        } else {
            out.push_str(&utf16(coded)?);
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

fn utf16(coded: &str) -> Option<String> {
    let (mut bits, mut count, mut units) = (0_u32, 0_u32, Vec::new());
    for b in coded.bytes() {
        let value = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' => 62,
            b',' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 16 {
            count -= 16;
            units.push(u16::try_from((bits >> count) & 0xffff).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn names() {
        assert_eq!(decode(b"A&-B").as_deref(), Some("A&B"));
        assert_eq!(
            decode(b"~peter/mail/&U,BTFw-/&ZeVnLIqe-").as_deref(),
            Some("~peter/mail/\u{53f0}\u{5317}/\u{65e5}\u{672c}\u{8a9e}")
        );
        assert_eq!(decode(b"Entw&APw-rfe").as_deref(), Some("Entw\u{fc}rfe"));
        assert_eq!(decode("Entw\u{fc}rfe".as_bytes()).as_deref(), Some("Entw\u{fc}rfe"));
        assert!(decode(b"&2AA-").is_none() && decode(b"&").is_none() && decode(b"&!-").is_none());
    }
}
