// SPDX-License-Identifier: AGPL-3.0-or-later
//! Reads the tokens of RFC 3501 §9 / RFC 9051 §9 from one command.
//!
//! The buffer holds a command without its last line end; a literal is in it as it came: `{n}` CRLF and n octets.

/// Why a command was not understood. Shown to the client after BAD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} (at octet {at})")]
pub struct ParseError {
    pub what: &'static str,
    pub at: usize,
}

pub type Parsed<T> = Result<T, ParseError>;

/// Longest flag, keyword or name of anything that is an atom.
pub const ATOM_BYTES_MAX: usize = 1024;

#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    buf: &'a [u8],
    at: usize,
}

/// atom-specials of RFC 3501 §9, without `]` (which is resp-specials and allowed in astrings).
pub fn is_atom_char(byte: u8) -> bool {
    byte > b' ' && byte < 0x7f && !matches!(byte, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\' | b']')
}

fn is_astring_char(byte: u8) -> bool {
    is_atom_char(byte) || byte == b']'
}

/// list-char: an astring with the wildcards. UTF-8 is let through for clients that enabled it.
fn is_list_char(byte: u8) -> bool {
    is_astring_char(byte) || matches!(byte, b'%' | b'*') || byte >= 0x80
}

impl<'a> Cursor<'a> {
    pub fn new(buf: &'a [u8]) -> Cursor<'a> {
        Cursor { buf, at: 0 }
    }

    pub fn position(&self) -> usize {
        self.at
    }

    pub fn rest(&self) -> &'a [u8] {
        self.buf.get(self.at..).unwrap_or_default()
    }

    pub fn is_end(&self) -> bool {
        self.at >= self.buf.len()
    }

    pub fn error(&self, what: &'static str) -> ParseError {
        ParseError { what, at: self.at }
    }

    pub fn peek(&self) -> Option<u8> {
        self.buf.get(self.at).copied()
    }

    /// Takes the octet if it is next.
    pub fn eat(&mut self, byte: u8) -> bool {
        let hit = self.peek() == Some(byte);
        self.at += usize::from(hit);
        hit
    }

    /// Takes the word (any case) if it is next, whatever follows it.
    pub fn eat_word(&mut self, word: &str) -> bool {
        let hit = self.rest().get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()));
        if hit {
            self.at += word.len();
        }
        hit
    }

    pub fn expect(&mut self, byte: u8, what: &'static str) -> Parsed<()> {
        if self.eat(byte) { Ok(()) } else { Err(self.error(what)) }
    }

    pub fn space(&mut self) -> Parsed<()> {
        self.expect(b' ', "expected a space")
    }

    pub fn end(&self) -> Parsed<()> {
        if self.is_end() { Ok(()) } else { Err(self.error("unexpected text after the command")) }
    }

    fn take_while(&mut self, mut keep: impl FnMut(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let len = rest.iter().position(|b| !keep(*b)).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    /// One or more atom characters, as text.
    pub fn atom(&mut self) -> Parsed<&'a str> {
        let start = self.at;
        let atom = self.take_while(is_atom_char);
        if atom.is_empty() || atom.len() > ATOM_BYTES_MAX {
            self.at = start;
            return Err(self.error("expected an atom"));
        }
        std::str::from_utf8(atom).map_err(|_| self.error("expected an atom"))
    }

    /// Letters, digits, `.` and `-`: the name of a command, a search key, a data item.
    pub fn word(&mut self) -> Parsed<String> {
        let word = self.take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'='));
        if word.is_empty() || word.len() > ATOM_BYTES_MAX {
            return Err(self.error("expected a word"));
        }
        Ok(word.iter().map(|b| b.to_ascii_uppercase() as char).collect())
    }

    pub fn tag(&mut self) -> Parsed<&'a str> {
        // RFC 3501 §9: tag = 1*<any ASTRING-CHAR except "+">
        let tag = self.take_while(|b| is_astring_char(b) && b != b'+');
        if tag.is_empty() || tag.len() > ATOM_BYTES_MAX {
            return Err(self.error("expected a tag"));
        }
        std::str::from_utf8(tag).map_err(|_| self.error("expected a tag"))
    }

    pub fn number64(&mut self) -> Parsed<u64> {
        let digits = self.take_while(|b| b.is_ascii_digit());
        std::str::from_utf8(digits).ok().and_then(|d| d.parse().ok()).ok_or_else(|| self.error("expected a number"))
    }

    pub fn number(&mut self) -> Parsed<u32> {
        let value = self.number64()?;
        u32::try_from(value).map_err(|_| self.error("number too large"))
    }

    pub fn quoted(&mut self) -> Parsed<Vec<u8>> {
        self.expect(b'"', "expected a quoted string")?;
        let mut out = Vec::new();
        loop {
            match self.peek() {
                None | Some(b'\r' | b'\n' | 0) => return Err(self.error("quoted string without an end")),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    // RFC 3501 §9: only the two quoted-specials may be escaped.
                    match self.peek() {
                        Some(byte @ (b'"' | b'\\')) => out.push(byte),
                        _ => return Err(self.error("bad escape in a quoted string")),
                    }
                    self.at += 1;
                }
                Some(byte) => {
                    out.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    /// `{n}`, `{n+}` or `~{n}` with its octets.
    pub fn literal(&mut self) -> Parsed<Vec<u8>> {
        let binary = self.eat(b'~');
        self.expect(b'{', "expected a literal")?;
        let len = usize::try_from(self.number64()?).map_err(|_| self.error("literal too large"))?;
        self.eat(b'+');
        self.expect(b'}', "expected } of a literal")?;
        self.eat(b'\r');
        self.expect(b'\n', "expected a line end after {n}")?;
        let bytes = self.rest().get(..len).ok_or_else(|| self.error("literal cut short"))?;
        // RFC 3501 §9: a literal holds CHAR8, which is anything but NUL; literal8 (RFC 3516) may hold it.
        if !binary && bytes.contains(&0) {
            return Err(self.error("NUL in a literal"));
        }
        self.at += len;
        Ok(bytes.to_vec())
    }

    fn at_literal(&self) -> bool {
        matches!(self.peek(), Some(b'{')) || self.rest().starts_with(b"~{")
    }

    pub fn string(&mut self) -> Parsed<Vec<u8>> {
        if self.at_literal() { self.literal() } else { self.quoted() }
    }

    pub fn astring(&mut self) -> Parsed<Vec<u8>> {
        match self.peek() {
            Some(b'"') => self.quoted(),
            _ if self.at_literal() => self.literal(),
            _ => {
                let text = self.take_while(is_astring_char);
                if text.is_empty() { Err(self.error("expected a string")) } else { Ok(text.to_vec()) }
            }
        }
    }

    /// NIL or a string.
    pub fn nstring(&mut self) -> Parsed<Option<Vec<u8>>> {
        if !matches!(self.peek(), Some(b'"')) && !self.at_literal() && self.eat_word("NIL") {
            return Ok(None);
        }
        self.string().map(Some)
    }

    /// list-mailbox of LIST and LSUB: an astring that may hold wildcards.
    pub fn list_pattern(&mut self) -> Parsed<Vec<u8>> {
        match self.peek() {
            Some(b'"') => self.quoted(),
            _ if self.at_literal() => self.literal(),
            _ => {
                let text = self.take_while(is_list_char);
                if text.is_empty() { Err(self.error("expected a pattern")) } else { Ok(text.to_vec()) }
            }
        }
    }

    /// `(a b c)` with one space between; `max` bounds what a client can make us hold.
    pub fn list<T>(&mut self, max: usize, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.expect(b'(', "expected (")?;
        let mut out = Vec::new();
        if self.eat(b')') {
            return Ok(out);
        }
        loop {
            if out.len() == max {
                return Err(self.error("too many items in a list"));
            }
            out.push(item(self)?);
            if self.eat(b')') {
                return Ok(out);
            }
            self.space()?;
        }
    }
}
