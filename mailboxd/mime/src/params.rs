// SPDX-License-Identifier: AGPL-3.0-or-later
//! Values with parameters: Content-Type, Content-Disposition (RFC 2045 §5.1, RFC 2183), with RFC 2231 continuations
//! and character sets, and with what senders write instead (encoded words in quotes, spaces without quotes).

use crate::{charset, encoded_word, transfer};

/// More parameters than this are not looked at.
const PARAMS_MAX: usize = 100;

/// The value in lower case and its parameters: names in lower case, values decoded, in order of first appearance.
pub(crate) type Parametrized = (String, Vec<(String, String)>);

struct Raw {
    name: String,
    /// RFC 2231 section number: `name*1`.
    section: Option<u32>,
    /// RFC 2231: `name*=` or `name*1*=`.
    extended: bool,
    value: Vec<u8>,
}

pub(crate) fn parse(value: &[u8]) -> Parametrized {
    let mut cursor = Cursor { rest: value };
    let main = cursor.until_semicolon();
    let main: Vec<u8> = main.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    let main = String::from_utf8_lossy(&main).to_ascii_lowercase();
    let mut raw: Vec<Raw> = Vec::new();
    while raw.len() < PARAMS_MAX {
        match cursor.param() {
            Step::Param(param) => raw.push(param),
            Step::Skip => {}
            Step::End => break,
        }
    }
    (main, join(raw))
}

/// RFC 2231 §3: sections of one name are put together by number, whatever their order.
fn join(raw: Vec<Raw>) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for i in 0..raw.len() {
        let name = &raw[i].name;
        if out.iter().any(|(n, _)| n == name) {
            continue;
        }
        let plain = |r: &&Raw| r.name == *name && r.section.is_none();
        let extended = raw.iter().filter(plain).find(|r| r.extended);
        let mut sections: Vec<&Raw> = raw.iter().filter(|r| r.name == *name && r.section.is_some()).collect();
        sections.sort_by_key(|r| r.section);
        let value = if let Some(extended) = extended {
            extended_value(&[extended])
        } else if !sections.is_empty() {
            extended_value(&sections)
        } else {
            encoded_word::decode(&raw[i].value)
        };
        out.push((name.clone(), value));
    }
    out
}

fn extended_value(sections: &[&Raw]) -> String {
    let mut label = None;
    let mut bytes = Vec::new();
    for (i, section) in sections.iter().enumerate() {
        let mut value = &section.value[..];
        if section.extended {
            // RFC 2231 §4: charset'language'text, in the first section only.
            if i == 0
                && let Some(first) = memchr::memchr(b'\'', value)
                && let Some(second) = memchr::memchr(b'\'', &value[first + 1..])
            {
                label = Some(String::from_utf8_lossy(&value[..first]).into_owned());
                value = &value[first + second + 2..];
            }
            percent(value, &mut bytes);
        } else {
            bytes.extend_from_slice(value);
        }
    }
    let text = charset::decode(label.as_deref(), &bytes);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

pub(crate) fn percent(mut value: &[u8], out: &mut Vec<u8>) {
    while let Some(at) = memchr::memchr(b'%', value) {
        out.extend_from_slice(&value[..at]);
        value = &value[at + 1..];
        match transfer::hex_pair(Some(value)) {
            Some(byte) => {
                out.push(byte);
                value = &value[2..];
            }
            None => out.push(b'%'),
        }
    }
    out.extend_from_slice(value);
}

enum Step {
    Param(Raw),
    Skip,
    End,
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// Up to the next ';' (which is taken), comments left out.
    fn until_semicolon(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while let Some(byte) = self.next() {
            match byte {
                b';' => break,
                b'(' => self.comment(),
                _ => out.push(byte),
            }
        }
        out
    }

    /// RFC 5322 §3.2.2: comments nest. The opening parenthesis was taken.
    fn comment(&mut self) {
        let mut depth = 1u32;
        while let Some(byte) = self.next() {
            match byte {
                b'\\' => drop(self.next()),
                b'(' => depth = depth.saturating_add(1),
                b')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn param(&mut self) -> Step {
        if self.rest.is_empty() {
            return Step::End;
        }
        let mut name = Vec::new();
        loop {
            match self.next() {
                None | Some(b';') => return Step::Skip,
                Some(b'=') => break,
                Some(b'(') => self.comment(),
                Some(byte) if byte.is_ascii_whitespace() => {}
                Some(byte) => name.push(byte),
            }
        }
        let value = self.value();
        let name = String::from_utf8_lossy(&name).to_ascii_lowercase();
        let (name, extended) = match name.strip_suffix('*') {
            Some(name) => (name, true),
            None => (&name[..], false),
        };
        let (name, section) = match name.split_once('*') {
            Some((name, number)) => match number.parse() {
                Ok(number) => (name, Some(number)),
                Err(_) => return Step::Skip,
            },
            None => (name, None),
        };
        if name.is_empty() {
            return Step::Skip;
        }
        Step::Param(Raw { name: name.to_string(), section, extended, value })
    }

    /// Quoted or not; the ';' after it is taken.
    fn value(&mut self) -> Vec<u8> {
        self.rest = self.rest.trim_ascii_start();
        if self.rest.first() != Some(&b'"') {
            let mut raw = self.until_semicolon();
            raw.retain(|b| !matches!(b, b'\r' | b'\n'));
            return raw.trim_ascii().to_vec();
        }
        self.next();
        let mut out = Vec::new();
        while let Some(byte) = self.next() {
            match byte {
                b'"' => break,
                b'\\' => match self.next() {
                    // Windows paths in quotes: the backslash was meant.
                    Some(escaped @ (b'"' | b'\\')) => out.push(escaped),
                    Some(other) => out.extend_from_slice(&[b'\\', other]),
                    None => out.push(b'\\'),
                },
                b'\r' | b'\n' => {}
                _ => out.push(byte),
            }
        }
        self.until_semicolon();
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, main: &str, params: &[(&str, &str)]) {
        let (got, list) = parse(input.as_bytes());
        assert_eq!(got, main, "{input}");
        let list: Vec<(&str, &str)> = list.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(list, params, "{input}");
    }

    #[test]
    fn values() {
        check("Text/Plain; Charset=UTF-8", "text/plain", &[("charset", "UTF-8")]);
        check("text/plain (a (b) c); x = \"y; z\" ; w=1", "text/plain", &[("x", "y; z"), ("w", "1")]);
        check("a/b; name=two words.pdf", "a/b", &[("name", "two words.pdf")]);
        check("a/b; name=\"=?utf-8?Q?=C3=BC.pdf?=\"", "a/b", &[("name", "ü.pdf")]);
        check("a/b; name=\"C:\\dir\\\"x\"", "a/b", &[("name", "C:\\dir\"x")]);
        check("a/b;;; ;x=;=y;z", "a/b", &[("x", "")]);
        check("", "", &[]);
        check("a/b; x=\"open", "a/b", &[("x", "open")]);
    }

    #[test]
    fn rfc2231() {
        check("a/b; t*=us-ascii'en-us'This%20is%20%2A", "a/b", &[("t", "This is *")]);
        check("a/b; u*1=\"b\"; u*0=\"a\"; v=1", "a/b", &[("u", "ab"), ("v", "1")]);
        check("a/b; t*0*=utf-8''%E2%82; t*1*=%AC; t*2=\" x\"", "a/b", &[("t", "€ x")]);
        check("attachment; filename=fallback; filename*=utf-8''%c3%bc", "attachment", &[("filename", "ü")]);
    }
}
