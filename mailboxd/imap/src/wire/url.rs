// SPDX-License-Identifier: AGPL-3.0-or-later
//! URLs that name a message or a part of one (RFC 5092), as CATENATE has them: absolute (`imap://user@host/…`), from the root
//! of a server (`/mailbox;UIDVALIDITY=1/;UID=2/;SECTION=1.2`), or below the selected mailbox (`;UID=2`).

use super::cursor::Cursor;
use super::fetch::{self, SectionText};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// `None`: this one.
    pub server: Option<Server>,
    /// In UTF-8. `None`: the selected one.
    pub mailbox: Option<String>,
    pub uid_validity: Option<u32>,
    pub uid: u32,
    pub part: Vec<u32>,
    pub text: SectionText,
    /// Offset and length, of the section's octets.
    pub partial: Option<(u64, Option<u64>)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub user: Option<String>,
    pub host: String,
    pub port: Option<u16>,
}

/// `None`: it is none, or asks for what only other servers have (URLAUTH, RFC 4467).
pub fn parse(raw: &[u8]) -> Option<Url> {
    let text = str::from_utf8(raw).ok().filter(|text| text.bytes().all(|b| b.is_ascii_graphic()))?;
    let (server, path) = match text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("imap://")) {
        Some(_) => {
            let (authority, path) = text.split_at(7 + text.get(7..)?.find('/')?);
            (Some(self::server(authority.get(7..)?)?), path)
        }
        None => (None, text),
    };
    // No semicolon is left bare in a mailbox name (RFC 5092 §11: enc-mailbox).
    let (mailbox, attributes) = path.split_once(';')?;
    let mut url = Url {
        mailbox: None,
        server,
        uid_validity: None,
        uid: 0,
        part: Vec::new(),
        text: SectionText::All,
        partial: None,
    };
    let is_relative = mailbox.is_empty() && url.server.is_none();
    if !is_relative {
        let name = mailbox.strip_prefix('/')?;
        url.mailbox = Some(decoded(name.strip_suffix('/').unwrap_or(name)).filter(|name| !name.is_empty())?);
    }
    url.take(attributes, is_relative || mailbox.ends_with('/'))?;
    Some(url)
}

fn server(authority: &str) -> Option<Server> {
    let (user, address) = match authority.rsplit_once('@') {
        Some((user, address)) => (Some(user), address),
        None => (None, authority),
    };
    // How to log in (;AUTH=) does not matter to who is in.
    let user = match user {
        Some(user) => Some(decoded(user.split_once(';').map_or(user, |(user, _)| user))?),
        None => None,
    };
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
        _ => (address, None),
    };
    Some(Server { user, host: decoded(host).filter(|host| !host.is_empty())?, port })
}

impl Url {
    /// `UIDVALIDITY=1/;UID=2/;SECTION=3/;PARTIAL=4.5`: in this order, each at most once. `begun`: the slash that ends the
    /// mailbox was seen, so that UIDVALIDITY can't follow.
    fn take(&mut self, attributes: &str, begun: bool) -> Option<()> {
        let mut rest = attributes.split(';').peekable();
        let mut step = usize::from(begun);
        while let Some(attribute) = rest.next() {
            let attribute = match rest.peek() {
                Some(_) => attribute.strip_suffix('/')?,
                None => attribute,
            };
            let (name, value) = attribute.split_once('=')?;
            let this = ["UIDVALIDITY", "UID", "SECTION", "PARTIAL"]
                .iter()
                .position(|known| known.eq_ignore_ascii_case(name))
                .filter(|at| *at >= step && (begun || step > 0 || *at == 0))?;
            step = this + 1;
            match this {
                0 => self.uid_validity = Some(number(value)?),
                1 => self.uid = number(value)?,
                2 => self.section(&decoded(value)?)?,
                _ => self.partial = Some(partial(value)?),
            }
        }
        (self.uid != 0).then_some(())
    }

    fn section(&mut self, text: &str) -> Option<()> {
        let mut cursor = Cursor::new(text.as_bytes());
        (self.part, self.text) = fetch::section_spec(&mut cursor).ok()?;
        cursor.is_end().then_some(())
    }
}

fn number(digits: &str) -> Option<u32> {
    digits.parse().ok().filter(|n| *n != 0 && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn partial(text: &str) -> Option<(u64, Option<u64>)> {
    let (offset, length) = text.split_once('.').map_or((text, None), |(offset, length)| (offset, Some(length)));
    let length = match length {
        Some(length) => Some(length.parse().ok().filter(|n| *n != 0)?),
        None => None,
    };
    Some((offset.parse().ok()?, length))
}

/// Without its percent signs (RFC 3986 §2.1); what comes out is UTF-8 without control characters.
fn decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let byte = if byte == b'%' {
            let digit = |byte: Option<u8>| (byte? as char).to_digit(16);
            u8::try_from(digit(bytes.next())? * 16 + digit(bytes.next())?).ok()?
        } else {
            byte
        };
        out.push(byte);
    }
    String::from_utf8(out).ok().filter(|text| !text.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        parse(text.as_bytes()).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn of_all_kinds() {
        let plain = url("/Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER");
        assert_eq!((plain.mailbox.as_deref(), plain.uid_validity, plain.uid), (Some("Drafts"), Some(385_759_045), 20));
        assert_eq!((plain.part.len(), plain.text), (0, SectionText::Header));
        let deep = url("imap://fred%40x;AUTH=*@Mail.Example:143/Old%20%C3%A4/b/;uid=4/;SECTION=1.2.MIME/;PARTIAL=1.9");
        let server = deep.server.unwrap();
        assert_eq!((server.user.as_deref(), &*server.host, server.port), (Some("fred@x"), "Mail.Example", Some(143)));
        assert_eq!(deep.mailbox.as_deref(), Some("Old ä/b"));
        assert_eq!((deep.part, deep.text, deep.partial), (vec![1, 2], SectionText::Mime, Some((1, Some(9)))));
        let near = url(";UID=7/;SECTION=HEADER.FIELDS%20(Subject)");
        assert_eq!((near.mailbox, near.uid), (None, 7));
        assert_eq!(near.text, SectionText::HeaderFields { fields: vec!["Subject".into()], not: false });
        assert_eq!(url("/x/;UID=1/;PARTIAL=5").partial, Some((5, None)));
    }

    #[test]
    fn what_is_none() {
        for bad in [
            "",
            "/",
            "/x",
            "x/;UID=1",
            "/;UID=1",
            "/x;UID=1",
            "/x;UID=1/",
            "/x/;UID=0",
            "/x/;UID=+1",
            "/x/;UIDVALIDITY=1/;UID=1",
            "/x;UID=1;SECTION=1",
            "/x/;UID=1/;SECTION=x",
            "/x/;UID=1/;SECTION=1/;URLAUTH=anonymous",
            "/x/;SECTION=1/;UID=1",
            "/x/;UID=1/;UID=1",
            "/x%4/;UID=1",
            "/x%0d/;UID=1",
            "/x%ff/;UID=1",
            "/\u{e4}/;UID=1",
            "http://h/x/;UID=1",
            "imap:///x/;UID=1",
            "imap://h",
            "imap://h:x/y/;UID=1",
            "/x/;UID=1/;PARTIAL=1.0",
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
