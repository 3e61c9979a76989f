// SPDX-License-Identifier: AGPL-3.0-or-later
//! Address lists for ENVELOPE (RFC 5322 §3.4). Unlike `mime::parse_addresses` this keeps encoded words as they are,
//! groups with their names, and the parts of an address apart: that is what IMAP shows.

/// One address structure of ENVELOPE.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    pub name: Option<Vec<u8>>,
    /// Source route.
    pub route: Option<Vec<u8>>,
    /// Local part; a group's name at its start; `None` at a group's end.
    pub mailbox: Option<Vec<u8>>,
    /// `None` marks group syntax (RFC 3501 §7.4.2).
    pub host: Option<Vec<u8>>,
}

/// More than this in one field are left out: ENVELOPE is an overview, and the answer must be bounded.
pub const ADDRESSES_MAX: usize = 4096;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A word: atom or the inside of a quoted string.
    Word(Vec<u8>),
    Special(u8),
    /// A comment's inside; `a@b (Name)` is how old mail names its sender.
    Comment(Vec<u8>),
}

/// Never fails: what can't be read as an address is taken as well as it can be.
pub fn parse(value: &[u8]) -> Vec<Address> {
    let tokens = tokens(value);
    let mut out = Vec::new();
    let mut in_group = false;
    // Between `<@` and `>`: commas and colons belong to a source route.
    let mut in_route = false;
    let mut start = 0;
    for (at, token) in tokens.iter().enumerate() {
        if out.len() >= ADDRESSES_MAX {
            return out;
        }
        match token {
            Token::Special(b'<') => in_route = tokens.get(at + 1) == Some(&Token::Special(b'@')),
            Token::Special(b'>') => in_route = false,
            Token::Special(b',') if !in_route => {
                out.extend(address(&tokens[start..at]));
                start = at + 1;
            }
            Token::Special(b':') if !in_group && !in_route => {
                out.push(Address { mailbox: Some(words(&tokens[start..at])), ..Address::default() });
                in_group = true;
                start = at + 1;
            }
            Token::Special(b';') => {
                out.extend(address(&tokens[start..at]));
                if in_group {
                    out.push(Address::default());
                }
                (in_group, in_route) = (false, false);
                start = at + 1;
            }
            _ => {}
        }
    }
    out.extend(address(&tokens[start..]));
    if in_group {
        out.push(Address::default());
    }
    out
}

fn address(tokens: &[Token]) -> Option<Address> {
    if !tokens.iter().any(|t| !matches!(t, Token::Comment(_))) {
        return None;
    }
    if let Some(open) = tokens.iter().position(|t| *t == Token::Special(b'<')) {
        let inside = &tokens[open + 1..];
        let close = inside.iter().position(|t| *t == Token::Special(b'>')).unwrap_or(inside.len());
        let mut address = addr_spec(&inside[..close]);
        let name = words(&tokens[..open]);
        address.name = Some(name).filter(|n| !n.is_empty());
        return Some(address);
    }
    let mut address = addr_spec(tokens);
    address.name = tokens.iter().find_map(|t| match t {
        Token::Comment(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    });
    Some(address)
}

fn addr_spec(tokens: &[Token]) -> Address {
    let mut tokens = tokens;
    let mut route = None;
    let colon = tokens.iter().position(|t| *t == Token::Special(b':'));
    if let (Some(Token::Special(b'@')), Some(colon)) = (tokens.first(), colon) {
        route = Some(joined(&tokens[..colon]));
        tokens = &tokens[colon + 1..];
    }
    let at = tokens.iter().rposition(|t| *t == Token::Special(b'@'));
    let (local, host) = match at {
        Some(at) => (joined(&tokens[..at]), joined(&tokens[at + 1..])),
        // Dovecot and others: an address without a domain gets an empty host, for NIL would mean a group.
        None => (joined(tokens), Vec::new()),
    };
    Address { name: None, route, mailbox: Some(local), host: Some(host) }
}

/// A display name: words with one space between.
fn words(tokens: &[Token]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut glue = true;
    for token in tokens {
        match token {
            Token::Word(word) => {
                if !glue {
                    out.push(b' ');
                }
                out.extend_from_slice(word);
                glue = false;
            }
            Token::Special(byte) => {
                out.push(*byte);
                glue = *byte == b'@';
            }
            Token::Comment(_) => {}
        }
    }
    out
}

fn joined(tokens: &[Token]) -> Vec<u8> {
    let mut out = Vec::new();
    for token in tokens {
        match token {
            Token::Word(word) => out.extend_from_slice(word),
            Token::Special(byte) => out.push(*byte),
            Token::Comment(_) => {}
        }
    }
    out
}

fn tokens(value: &[u8]) -> Vec<Token> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&byte) = value.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | 0 => at += 1,
            b'"' => {
                let (word, end) = enclosed(value, at + 1, b'"');
                out.push(Token::Word(word));
                at = end;
            }
            b'(' => {
                let (text, end) = comment(value, at + 1);
                out.push(Token::Comment(text));
                at = end;
            }
            b'[' => {
                let (mut text, end) = enclosed(value, at + 1, b']');
                text.insert(0, b'[');
                text.push(b']');
                out.push(Token::Word(text));
                at = end;
            }
            b'<' | b'>' | b'@' | b',' | b':' | b';' => {
                out.push(Token::Special(byte));
                at += 1;
            }
            _ => {
                let rest = &value[at..];
                let len = rest.iter().position(|b| b" \t\r\n\0\"(<>@,:;[".contains(b)).unwrap_or(rest.len()).max(1);
                out.push(Token::Word(rest[..len].to_vec()));
                at += len;
            }
        }
    }
    out
}

/// Text up to `close`, backslashes taken off; and where it goes on.
fn enclosed(value: &[u8], start: usize, close: u8) -> (Vec<u8>, usize) {
    let mut out = Vec::new();
    let mut at = start;
    while let Some(&byte) = value.get(at) {
        at += 1;
        match byte {
            b'\\' => {
                out.extend(value.get(at));
                at += 1;
            }
            b'\r' | b'\n' | 0 => {}
            _ if byte == close => break,
            _ => out.push(byte),
        }
    }
    (out, at.min(value.len()))
}

fn comment(value: &[u8], start: usize) -> (Vec<u8>, usize) {
    let mut out = Vec::new();
    let mut depth = 1;
    let mut at = start;
    while let Some(&byte) = value.get(at) {
        at += 1;
        match byte {
            b'\\' => {
                out.extend(value.get(at));
                at += 1;
                continue;
            }
            b'\r' | b'\n' | 0 => continue,
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        out.push(byte);
    }
    (out, at.min(value.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn show(value: &str) -> Vec<String> {
        let text = |v: Option<Vec<u8>>| v.map_or("NIL".to_owned(), |v| String::from_utf8(v).unwrap());
        parse(value.as_bytes())
            .into_iter()
            .map(|a| format!("{}|{}|{}|{}", text(a.name), text(a.route), text(a.mailbox), text(a.host)))
            .collect()
    }

    #[test]
    fn usual_forms() {
        assert_eq!(show("Fred Foo <fred@x.org>, a.b@c.d"), ["Fred Foo|NIL|fred|x.org", "NIL|NIL|a.b|c.d"]);
        assert_eq!(show("\"Last, First\" <a@b> (note)"), ["Last, First|NIL|a|b"]);
        assert_eq!(show("=?utf-8?q?J=C3=B6rg?= <j@x>"), ["=?utf-8?q?J=C3=B6rg?=|NIL|j|x"]);
        assert_eq!(show("a@b (Old Name)"), ["Old Name|NIL|a|b"]);
        assert_eq!(show("<@r1,@r2:a@b>, c@d"), ["NIL|@r1,@r2|a|b", "NIL|NIL|c|d"]);
        assert_eq!(show("<@r1:a@b>"), ["NIL|@r1|a|b"]);
        assert_eq!(show("\"odd\\\"one\"@[1.2.3.4]"), ["NIL|NIL|odd\"one|[1.2.3.4]"]);
    }

    #[test]
    fn groups() {
        assert_eq!(show("team: a@b, c@d;"), ["NIL|NIL|team|NIL", "NIL|NIL|a|b", "NIL|NIL|c|d", "NIL|NIL|NIL|NIL"]);
        assert_eq!(show("undisclosed-recipients:;"), ["NIL|NIL|undisclosed-recipients|NIL", "NIL|NIL|NIL|NIL"]);
        assert_eq!(show("root"), ["NIL|NIL|root|"]);
        assert!(show("").is_empty());
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            parse(&bytes);
        }
    }
}
