// SPDX-License-Identifier: AGPL-3.0-or-later
//! Address lists (RFC 5322 §3.4): groups flattened, comments as names, quotes and encoded words undone.

use crate::Mailbox;
use crate::encoded_word;

/// More addresses of one field than this are not read.
pub(crate) const ADDRESSES_MAX: usize = 10_000;
/// RFC 5321 §4.5.3.1 allows 254 octets; an obsolete route may come before. A bound keeps the search for '>' linear.
const ANGLE_BYTES_MAX: usize = 2048;

#[derive(Default)]
struct Entry {
    /// Words outside angle brackets, quotes undone.
    phrase: Vec<u8>,
    /// The same as it stands, for `"john doe"@example.com`.
    raw: Vec<u8>,
    comment: Vec<u8>,
    angle: Option<Vec<u8>>,
}

/// `strict`: an entry without '@' or angle brackets is no address and is left out; otherwise it is kept as one.
pub(crate) fn parse(value: &[u8], strict: bool) -> Vec<Mailbox> {
    let mut out = Vec::new();
    let mut entry = Entry::default();
    let mut rest = value;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b',' | b';' => {
                finish(std::mem::take(&mut entry), strict, &mut out);
                if out.len() >= ADDRESSES_MAX {
                    return out;
                }
            }
            // The name of a group; its members follow.
            b':' if entry.angle.is_none() && !entry.phrase.contains(&b'@') => entry = Entry::default(),
            b'<' => rest = angle(rest, &mut entry),
            b'"' => rest = quoted(rest, &mut entry),
            b'(' => rest = comment(rest, &mut entry.comment),
            b'\r' | b'\n' => {}
            _ => {
                entry.phrase.push(byte);
                entry.raw.push(byte);
            }
        }
    }
    finish(entry, strict, &mut out);
    out
}

/// Up to '>'; without one, up to the next separator.
fn angle<'a>(rest: &'a [u8], entry: &mut Entry) -> &'a [u8] {
    let window = &rest[..rest.len().min(ANGLE_BYTES_MAX)];
    let end = memchr::memchr(b'>', window).or_else(|| memchr::memchr2(b',', b';', rest)).unwrap_or(rest.len());
    let inner = &rest[..end];
    // RFC 5322 §4.4: an obsolete route before the address, "@a,@b:user@c".
    let inner = match (inner.trim_ascii().first(), memchr::memchr(b':', inner)) {
        (Some(b'@'), Some(colon)) => &inner[colon + 1..],
        _ => inner,
    };
    entry.angle = Some(inner.to_vec());
    let closed = rest.get(end) == Some(&b'>');
    &rest[end + usize::from(closed)..]
}

fn quoted<'a>(mut rest: &'a [u8], entry: &mut Entry) -> &'a [u8] {
    entry.raw.push(b'"');
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        entry.raw.push(byte);
        match byte {
            b'"' => return rest,
            b'\\' => {
                if let Some((&escaped, tail)) = rest.split_first() {
                    entry.phrase.push(escaped);
                    entry.raw.push(escaped);
                    rest = tail;
                }
            }
            b'\r' | b'\n' => {}
            _ => entry.phrase.push(byte),
        }
    }
    rest
}

/// RFC 5322 §3.2.2: comments nest.
fn comment<'a>(mut rest: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let mut depth = 1u32;
    if !out.is_empty() {
        out.push(b' ');
    }
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'(' => depth = depth.saturating_add(1),
            b')' => depth -= 1,
            b'\\' => {
                if let Some((&escaped, tail)) = rest.split_first() {
                    out.push(escaped);
                    rest = tail;
                }
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            return rest;
        }
        out.push(byte);
    }
    rest
}

fn finish(entry: Entry, strict: bool, out: &mut Vec<Mailbox>) {
    let words = collapse(&encoded_word::decode(&entry.phrase));
    let comment = || Some(collapse(&encoded_word::decode(&entry.comment))).filter(|c| !c.is_empty());
    let (address, name) = match &entry.angle {
        Some(angle) => (compact(angle), Some(words).filter(|w| !w.is_empty()).or_else(comment)),
        None if entry.phrase.contains(&b'@') => (compact(&entry.raw), comment()),
        None if strict => return,
        None => (words, comment()),
    };
    // "<>" with a name is still somebody to show.
    if address.is_empty() && (strict || name.is_none()) {
        return;
    }
    out.push(Mailbox { address, name });
}

/// An address has no white space outside quotes, and no control characters at all.
fn compact(raw: &[u8]) -> String {
    let text = crate::charset::guess(raw);
    let mut in_quotes = false;
    text.chars()
        .filter(|&c| {
            in_quotes ^= c == '"';
            !c.is_control() && (in_quotes || !c.is_whitespace())
        })
        .collect()
}

pub(crate) fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, want: &[(&str, Option<&str>)]) {
        let got = parse(input.as_bytes(), true);
        let got: Vec<(&str, Option<&str>)> = got.iter().map(|m| (m.address.as_str(), m.name.as_deref())).collect();
        assert_eq!(got, want, "{input}");
    }

    #[test]
    fn lists() {
        check("a@b", &[("a@b", None)]);
        check("Ann B <a@b>, \"C, D\" <c@d>", &[("a@b", Some("Ann B")), ("c@d", Some("C, D"))]);
        check("a@b (Ann (the one) B)", &[("a@b", Some("Ann (the one) B"))]);
        check("=?utf-8?Q?M=C3=BCller=2C_A?= <m@x>", &[("m@x", Some("Müller, A"))]);
        check("\"=?utf-8?Q?M=C3=BC?=\" <m@x>", &[("m@x", Some("Mü"))]);
        check("Team: a@b, C <c@d>;, e@f", &[("a@b", None), ("c@d", Some("C")), ("e@f", None)]);
        check("undisclosed-recipients:;", &[]);
        check("\"john doe\"@x.com", &[("\"john doe\"@x.com", None)]);
        check("X <@r1,@r2:a@b>", &[("a@b", Some("X"))]);
        check("X <a@b", &[("a@b", Some("X"))]);
        check("jürgen@müller.example", &[("jürgen@müller.example", None)]);
        check("nobody, <root>", &[("root", None)]);
        check("(((((", &[]);
        check("<>", &[]);
    }

    #[test]
    fn lenient_keeps_words() {
        assert_eq!(parse(b"root", false), [Mailbox { address: "root".into(), name: None }]);
    }
}
