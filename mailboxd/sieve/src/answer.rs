// SPDX-License-Identifier: AGPL-3.0-or-later
//! Messages that a script makes (vacation, notify) before they go out.
//!
//! The interpreter writes the values of variables, which may come from whoever wrote the message that is answered, into header
//! fields as they are. Here a field that does not belong there is left out, a header that was ended early stops the message,
//! and what is beyond ASCII becomes encoded words (RFC 2047).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Fields that an answer may have.
const FIELDS: &[&str] = &[
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "auto-submitted",
    "importance",
    "x-priority",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
    "content-language",
];
/// Octets of text in one encoded word: 75 with its frame (RFC 2047 §2), and whole characters.
const WORD_BYTES_MAX: usize = 42;
/// The same in Q.
const Q_CHARS_MAX: usize = 62;
/// RFC 5322 §2.1.1, without CRLF.
const LINE_BYTES_MAX: usize = 998;

/// The address that the last field of this name has; `None`: no address.
pub fn last(message: &[u8], name: &str) -> Option<String> {
    let value = mime::header(message, name).pop()?;
    let found = mime::parse_addresses(value.trim()).into_iter().next()?;
    let (local, domain) = found.address.rsplit_once('@')?;
    let is_address = |part: &str| !part.is_empty() && part.chars().all(|c| !c.is_control() && !"<>(),;: ".contains(c));
    (is_address(local) && is_address(domain)).then_some(found.address)
}

/// The message as it may go out; `None`: it may not. `from`: instead of what it says.
pub fn tidy(message: &[u8], from: Option<&str>) -> Option<Vec<u8>> {
    let end = memchr::memmem::find(message, b"\r\n\r\n")?;
    let (header, body) = (&message[..end + 2], &message[end + 4..]);
    let mut out = Vec::with_capacity(message.len() + 256);
    let mut seen: Vec<String> = Vec::new();
    for field in fields(header) {
        let Some(colon) = memchr::memchr(b':', field) else { continue };
        let name = String::from_utf8_lossy(&field[..colon]).trim().to_ascii_lowercase();
        // The first of each is the interpreter's own, where there is one.
        if !FIELDS.contains(&name.as_str()) || seen.contains(&name) {
            continue;
        }
        let value = match from.filter(|_| name == "from") {
            Some(from) => format!("<{from}>").into_bytes(),
            None => field[colon + 1..].to_vec(),
        };
        write_field(&mut out, &field[..colon], &value);
        seen.push(name);
    }
    let has = |name: &str| seen.iter().any(|one| one == name);
    // The interpreter ends with these: they are missing when something before them ended the header.
    if !has("auto-submitted") || !has("message-id") || !has("from") {
        return None;
    }
    if !has("mime-version") {
        out.extend_from_slice(b"MIME-Version: 1.0\r\n");
    }
    out.extend_from_slice(b"\r\n");
    write_body(&mut out, body);
    Some(out)
}

/// A message that a script made, or changed: fields that are new are ASCII, as what they say is beyond it (RFC 2047). Those that
/// came with the message stay as they came.
pub fn encoded(message: Vec<u8>, came: &[u8]) -> Vec<u8> {
    let end = memchr::memmem::find(&message, b"\r\n\r\n").map_or(message.len(), |at| at + 2);
    let (header, body) = message.split_at(end);
    if header.is_ascii() {
        return message;
    }
    let mut out = Vec::with_capacity(message.len() + 256);
    for field in fields(header) {
        match memchr::memchr(b':', field) {
            Some(colon) if !field.is_ascii() && memchr::memmem::find(came, field).is_none() => {
                write_field(&mut out, &field[..colon], &field[colon + 1..]);
            }
            _ => {
                out.extend_from_slice(field);
                out.extend_from_slice(b"\r\n");
            }
        }
    }
    out.extend_from_slice(body);
    out
}

/// Fields with their continuation lines, without their last line's end.
fn fields(header: &[u8]) -> Vec<&[u8]> {
    let mut all: Vec<&[u8]> = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in header.split_inclusive(|octet| *octet == b'\n') {
        let continues = matches!(line.first(), Some(b' ' | b'\t'));
        if !continues && at > start {
            all.push(&header[start..at]);
            start = at;
        }
        at += line.len();
    }
    if at > start {
        all.push(&header[start..at]);
    }
    all.into_iter().map(<[u8]>::trim_ascii_end).collect()
}

fn write_field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    let text = String::from_utf8_lossy(value.trim_ascii());
    let text: String = text.split(['\r', '\n', '\0']).map(str::trim).collect::<Vec<_>>().join(" ");
    match split_address(name, &text) {
        Some((display, address)) if !display.is_ascii() => {
            encode(out, display.trim_matches('"'));
            out.extend_from_slice(format!(" {address}").as_bytes());
        }
        None if !text.is_ascii() => encode(out, &text),
        _ => fold(out, &text),
    }
    out.extend_from_slice(b"\r\n");
}

/// "Name" <address>
fn split_address<'t>(name: &[u8], text: &'t str) -> Option<(&'t str, &'t str)> {
    let is_address = [&b"from"[..], b"to", b"cc"].iter().any(|one| name.eq_ignore_ascii_case(one));
    let at = text.rfind('<').filter(|_| is_address)?;
    let (display, address) = text.split_at(at);
    Some((display.trim(), address))
}

fn fold(out: &mut Vec<u8>, text: &str) {
    let mut column = 0;
    for (n, word) in text.split(' ').enumerate() {
        if n > 0 {
            let is_long = column + word.len() > 76 && !word.is_empty();
            out.extend_from_slice(if is_long { b"\r\n " } else { b" " });
            column = if is_long { 1 } else { column + 1 };
        }
        let word = word.as_bytes();
        out.extend_from_slice(word.get(..LINE_BYTES_MAX / 2).unwrap_or(word));
        column += word.len();
    }
}

/// RFC 2047 §4: what is mostly ASCII can be read in Q.
fn encode(out: &mut Vec<u8>, text: &str) {
    let is_q = text.chars().filter(char::is_ascii).count() * 2 > text.chars().count();
    let (mut word, mut length, mut is_first) = (String::new(), 0, true);
    let mut put = |word: &mut String, out: &mut Vec<u8>| {
        if !std::mem::take(&mut is_first) {
            out.extend_from_slice(b"\r\n ");
        }
        let (how, text) = if is_q { ('Q', std::mem::take(word)) } else { ('B', STANDARD.encode(std::mem::take(word))) };
        out.extend_from_slice(format!("=?utf-8?{how}?{text}?=").as_bytes());
    };
    for c in text.chars() {
        let (encoded, weight, max) = if is_q {
            let encoded = q(c);
            let weight = encoded.len();
            (encoded, weight, Q_CHARS_MAX)
        } else {
            (c.to_string(), c.len_utf8(), WORD_BYTES_MAX)
        };
        if length + weight > max {
            put(&mut word, out);
            length = 0;
        }
        word.push_str(&encoded);
        length += weight;
    }
    put(&mut word, out);
}

fn q(c: char) -> String {
    match c {
        ' ' => "_".into(),
        '=' | '?' | '_' => format!("={:02X}", c as u32),
        c if c.is_ascii_graphic() => c.into(),
        c => c.to_string().bytes().map(|byte| format!("={byte:02X}")).collect(),
    }
}

/// Every line ends in CRLF, and the last one too.
fn write_body(out: &mut Vec<u8>, body: &[u8]) {
    for line in body.split_inclusive(|octet| *octet == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn tidied(header: &str) -> Option<String> {
        tidy(format!("{header}\r\nText\n").as_bytes(), None).map(|out| String::from_utf8(out).unwrap())
    }

    const REST: &str = "Message-ID: <1@x>\r\nAuto-Submitted: auto-replied\r\n";

    #[test]
    fn a_strangers_words_make_no_fields() {
        let out = tidied(&format!("From: a@x\r\nSubject: Re: x\r\nBcc: victim@x\r\nFrom: other@x\r\n{REST}")).unwrap();
        assert!(!out.contains("victim") && !out.contains("other@x"), "{out}");
        assert!(out.ends_with("MIME-Version: 1.0\r\n\r\nText\r\n"), "{out}");
        assert_eq!(tidied(&format!("From: a@x\r\nSubject: Re: x\r\n\r\nBuy this\r\n{REST}")), None);
    }

    #[test]
    fn new_fields_are_ascii_and_old_ones_stay() {
        let came = "X-Old: ä\r\nTo: a@x\r\n\r\nBody ü\r\n";
        let made = format!("Subject: テスト\r\n{came}").into_bytes();
        let out = String::from_utf8(encoded(made, came.as_bytes())).unwrap();
        assert_eq!(out, format!("Subject: =?utf-8?B?44OG44K544OI?=\r\n{came}"));
    }

    #[test]
    fn what_is_beyond_ascii_is_encoded() {
        let subject = "\u{e4}".repeat(60);
        let header = format!("From: \"J\u{f6}rg\" <j@x>\r\nSubject: {subject}\r\n{REST}");
        let out = tidied(&header).unwrap();
        assert!(out.is_ascii() && out.lines().all(|line| line.len() <= 78), "{out}");
        assert!(out.contains("From: =?utf-8?Q?J=C3=B6rg?= <j@x>\r\n"), "{out}");
        assert_eq!(mime::summary(out.as_bytes()).subject, subject);
    }
}
