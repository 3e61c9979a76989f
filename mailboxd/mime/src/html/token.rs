// SPDX-License-Identifier: AGPL-3.0-or-later
//! A forward-only, linear tokenizer of HTML for reading (text, statistics). It is not the guard against scripts:
//! that is the sanitiser's parser.

pub(crate) enum Token<'a> {
    /// Entities not decoded.
    Text(&'a str),
    Open(Tag<'a>),
    Close(&'a str),
}

pub(crate) struct Tag<'a> {
    pub name: &'a str,
    pub attribute_count: usize,
}

/// Elements whose content is no markup and nothing to read.
const RAW: [&str; 9] = ["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "template"];

pub(crate) struct Tokens<'a> {
    rest: &'a str,
}

pub(crate) fn tokens(html: &str) -> Tokens<'_> {
    Tokens { rest: html }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let bytes = self.rest.as_bytes();
            let at = memchr::memchr(b'<', bytes).unwrap_or(bytes.len());
            if at > 0 {
                return Some(Token::Text(self.take(at)));
            }
            match bytes.get(1)? {
                b'!' | b'?' => self.skip_declaration(),
                b'/' => {
                    if let Some(name) = self.close() {
                        return Some(Token::Close(name));
                    }
                }
                b if b.is_ascii_alphabetic() => return Some(Token::Open(self.open())),
                _ => return Some(Token::Text(self.take(1))),
            }
        }
    }
}

impl<'a> Tokens<'a> {
    fn take(&mut self, len: usize) -> &'a str {
        let (head, tail) = self.rest.split_at(len);
        self.rest = tail;
        head
    }

    fn skip_declaration(&mut self) {
        let (from, end) = if self.rest.starts_with("<!--") { (4, "-->") } else { (2, ">") };
        // "<!-->" and "<!--->" are whole comments.
        let from = if from == 4 && self.rest[4..].starts_with(['>', '-']) { 2 } else { from };
        let len = memchr::memmem::find(&self.rest.as_bytes()[from..], end.as_bytes());
        self.take(len.map_or(self.rest.len(), |l| from + l + end.len()));
    }

    fn close(&mut self) -> Option<&'a str> {
        let len = memchr::memchr(b'>', self.rest.as_bytes()).map_or(self.rest.len(), |l| l + 1);
        let tag = self.take(len);
        let name = &tag[2..2 + name_len(&tag[2..])];
        (!name.is_empty()).then_some(name)
    }

    fn open(&mut self) -> Tag<'a> {
        let name_end = 1 + name_len(&self.rest[1..]);
        let (len, attribute_count) = attributes(&self.rest.as_bytes()[name_end..]);
        let tag = self.take(name_end + len);
        let name = &tag[1..name_end];
        if RAW.iter().any(|r| name.eq_ignore_ascii_case(r)) {
            self.skip_raw(name);
        }
        Tag { name, attribute_count }
    }

    /// To the closing tag of a raw element, which stays to be read.
    fn skip_raw(&mut self, name: &str) {
        let bytes = self.rest.as_bytes();
        let found = memchr::memmem::find_iter(bytes, b"</").find(|&at| {
            bytes.get(at + 2..at + 2 + name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()))
        });
        self.take(found.unwrap_or(bytes.len()));
    }
}

fn name_len(text: &str) -> usize {
    text.bytes().position(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>')).unwrap_or(text.len())
}

/// (octets up to and with '>', number of attributes); quotes hide '>'.
fn attributes(bytes: &[u8]) -> (usize, usize) {
    let (mut count, mut quote, mut in_name, mut after_equals) = (0, None, false, false);
    for (at, &byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'>') => return (at + 1, count),
            (None, b'"' | b'\'') if after_equals => {
                (quote, after_equals) = (Some(byte), false);
            }
            (None, b'=') => (after_equals, in_name) = (true, true),
            (None, b'/') => in_name = false,
            (None, _) if byte.is_ascii_whitespace() => in_name = after_equals,
            (None, _) => {
                count += usize::from(!in_name && !after_equals);
                (in_name, after_equals) = (true, false);
            }
        }
    }
    (bytes.len(), count)
}
