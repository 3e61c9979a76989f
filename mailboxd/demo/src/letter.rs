// SPDX-License-Identifier: AGPL-3.0-or-later
//! Writes RFC 5322 messages. Not `mime::build`: that draws its boundaries from the clock, and here two runs are alike.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;

pub(crate) type Person = (&'static str, &'static str);

/// A body part: header fields with CRLF, content in its transfer encoding.
pub(crate) struct Entity {
    header: String,
    body: Vec<u8>,
}

/// RFC 2045 §6.7, §6.8
const ENCODED_LINE_MAX: usize = 76;

impl Entity {
    pub fn text(kind: &str, charset: &str, text: &str) -> Entity {
        let text = text.replace('\n', "\r\n");
        let plain = text.is_ascii() && text.lines().all(|l| l.len() <= 78);
        let (encoding, body) =
            if plain { ("7bit", text.into_bytes()) } else { ("quoted-printable", quoted_printable(&text)) };
        let header = format!("Content-Type: {kind}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n");
        Entity { header, body }
    }

    pub fn plain(text: &str) -> Entity {
        Entity::text("text/plain", "utf-8", text)
    }

    pub fn html(html: &str) -> Entity {
        Entity::text("text/html", "utf-8", html)
    }

    /// Bytes in a character set of old, as they are.
    pub fn eight_bit(charset: &str, body: &[u8]) -> Entity {
        let header = format!("Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n");
        Entity { header, body: body.to_vec() }
    }

    fn base64(fields: String, bytes: &[u8]) -> Entity {
        let mut body = Vec::new();
        for line in STANDARD.encode(bytes).as_bytes().chunks(ENCODED_LINE_MAX) {
            body.extend_from_slice(line);
            body.extend_from_slice(b"\r\n");
        }
        Entity { header: format!("{fields}Content-Transfer-Encoding: base64\r\n"), body }
    }

    pub fn attachment(kind: &str, name: &str, bytes: &[u8]) -> Entity {
        let name = parameter("filename", name);
        Entity::base64(format!("Content-Type: {kind}\r\nContent-Disposition: attachment; {name}\r\n"), bytes)
    }

    pub fn inline(kind: &str, cid: &str, name: &str, bytes: &[u8]) -> Entity {
        let name = parameter("filename", name);
        let fields = format!("Content-Type: {kind}\r\nContent-ID: <{cid}>\r\nContent-Disposition: inline; {name}\r\n");
        Entity::base64(fields, bytes)
    }

    pub fn message(bytes: Vec<u8>) -> Entity {
        let header = "Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n".to_string();
        Entity { header, body: bytes }
    }

    /// `label` makes the boundary: unlike those of other multiparts in the message.
    pub fn multipart(kind: &str, label: &str, parts: Vec<Entity>) -> Entity {
        let boundary = format!("=_demo_{label}");
        let mut body = Vec::new();
        for part in parts {
            body.extend_from_slice(format!("--{boundary}\r\n{}\r\n", part.header).as_bytes());
            body.extend_from_slice(&part.body);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        Entity { header: format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n"), body }
    }

    pub fn alternative(text: &str, html: &str) -> Entity {
        Entity::multipart("alternative", "alt", vec![Entity::plain(text), Entity::html(html)])
    }

    pub fn mixed(first: Entity, rest: Vec<Entity>) -> Entity {
        let mut parts = vec![first];
        parts.extend(rest);
        Entity::multipart("mixed", "mix", parts)
    }
}

pub(crate) struct Letter {
    pub from: Person,
    pub to: Vec<Person>,
    pub cc: Vec<Person>,
    pub subject: &'static str,
    pub date_ms: i64,
    /// Left part of the Message-ID.
    pub id: String,
    /// Message ids of the thread so far, the answered one last.
    pub references: Vec<String>,
    pub extra: Vec<(&'static str, String)>,
    pub body: Entity,
}

impl Letter {
    pub fn message_id(&self) -> String {
        format!("{}@{}", self.id, crate::DOMAIN)
    }

    pub fn bytes(&self) -> Vec<u8> {
        let people = |list: &[Person]| list.iter().map(|p| person(*p)).collect::<Vec<_>>().join(",\r\n ");
        let mut head = format!("From: {}\r\nTo: {}\r\n", person(self.from), people(&self.to));
        if !self.cc.is_empty() {
            head.push_str(&format!("Cc: {}\r\n", people(&self.cc)));
        }
        head.push_str(&format!("Subject: {}\r\nDate: {}\r\n", words(self.subject), date(self.date_ms)));
        head.push_str(&format!("Message-ID: <{}>\r\n", self.message_id()));
        if let Some(last) = self.references.last() {
            let all: Vec<String> = self.references.iter().map(|id| format!("<{id}>")).collect();
            head.push_str(&format!("In-Reply-To: <{last}>\r\nReferences: {}\r\n", all.join("\r\n ")));
        }
        self.extra.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        head.push_str("MIME-Version: 1.0\r\n");
        head.push_str(&self.body.header);
        head.push_str("\r\n");
        [head.as_bytes(), &self.body.body].concat()
    }
}

pub(crate) fn date(ms: i64) -> String {
    let time = DateTime::from_timestamp_millis(ms).unwrap_or_default();
    time.format("%a, %-d %b %Y %H:%M:%S +0000").to_string()
}

pub(crate) fn person((name, address): (&str, &str)) -> String {
    if name.is_empty() { address.to_string() } else { format!("{} <{address}>", phrase(name)) }
}

fn phrase(name: &str) -> String {
    if !name.is_ascii() {
        words(name)
    } else if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ') {
        name.to_string()
    } else {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// RFC 2047 §2: an encoded word has at most 75 characters; 45 octets make 60.
const WORD_BYTES_MAX: usize = 45;

pub(crate) fn words(text: &str) -> String {
    if text.is_ascii() {
        return text.to_string();
    }
    let (mut pieces, mut piece) = (Vec::new(), String::new());
    for c in text.chars() {
        if piece.len() + c.len_utf8() > WORD_BYTES_MAX {
            pieces.push(std::mem::take(&mut piece));
        }
        piece.push(c);
    }
    pieces.push(piece);
    pieces.iter().map(|p| format!("=?utf-8?B?{}?=", STANDARD.encode(p))).collect::<Vec<_>>().join("\r\n ")
}

/// RFC 2231 §4 when it must be.
fn parameter(name: &str, value: &str) -> String {
    if value.is_ascii() {
        return format!("{name}=\"{value}\"");
    }
    let encoded: String = value
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-._".contains(&b) { (b as char).to_string() } else { format!("%{b:02X}") }
        })
        .collect();
    format!("{name}*=utf-8''{encoded}")
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 3 / 2);
    for line in text.split_inclusive("\r\n") {
        let content = line.strip_suffix("\r\n").unwrap_or(line);
        let mut column = 0;
        for (at, byte) in content.bytes().enumerate() {
            let last = at + 1 == content.len();
            let safe = (byte.is_ascii_graphic() && byte != b'=') || (byte == b' ' && !last);
            let width = if safe { 1 } else { 3 };
            if column + width >= ENCODED_LINE_MAX {
                out.extend_from_slice(b"=\r\n");
                column = 0;
            }
            if safe {
                out.push(byte);
            } else {
                out.extend_from_slice(format!("={byte:02X}").as_bytes());
            }
            column += width;
        }
        out.extend_from_slice(&line.as_bytes()[content.len()..]);
    }
    out
}
