// SPDX-License-Identifier: AGPL-3.0-or-later
//! Where one word, quoted text or name of a field ends.

use crate::ParseError;

/// The text and how far it has been read. `at` is always on a character's boundary.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// The value of a condition.
pub(crate) struct Term {
    pub text: String,
    /// Quoted or in braces.
    pub quoted: bool,
    /// Where it began.
    pub at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Cursor<'a> {
        Cursor { text, at: 0 }
    }

    pub fn at(&self) -> usize {
        self.at
    }

    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    pub fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// An unquoted word that is `word` in any case.
    pub fn eat_keyword(&mut self, word: &str) -> bool {
        let rest = self.rest();
        let found = rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
            && rest[word.len()..].chars().next().is_none_or(ends_word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// The name before a colon, if `known` accepts it; the cursor is then behind the colon.
    pub fn eat_field<T>(&mut self, known: impl Fn(&str) -> Option<T>) -> Option<T> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))?;
        let field = rest[end..].starts_with(':').then(|| known(&rest[..end].to_ascii_lowercase())).flatten()?;
        self.at += end + 1;
        Some(field)
    }

    /// The name in `#name:` or `field[name]:`; the cursor is then behind the colon.
    pub fn eat_attribute(&mut self) -> Option<&'a str> {
        const FIELD: &str = "field[";
        let rest = self.rest();
        let (start, end_mark) = match rest.strip_prefix('#') {
            Some(_) => (1, ":"),
            None if rest.get(..FIELD.len()).is_some_and(|start| start.eq_ignore_ascii_case(FIELD)) => {
                (FIELD.len(), "]:")
            }
            None => return None,
        };
        let name = &rest[start..start + rest[start..].find(end_mark)?];
        let plain =
            !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '(' | ')' | ':'));
        if !plain {
            return None;
        }
        self.at += start + name.len() + end_mark.len();
        Some(name)
    }

    /// A word, "quoted" or {braced} text. An empty word is the caller's to judge.
    pub fn term(&mut self) -> Result<Term, ParseError> {
        let at = self.at;
        match self.peek() {
            Some('"') => Ok(Term { text: self.quoted()?, quoted: true, at }),
            Some('{') => {
                let inner = &self.rest()[1..];
                let end = inner.find('}').ok_or_else(|| self.error("no closing }"))?;
                self.at += end + 2;
                Ok(Term { text: inner[..end].to_owned(), quoted: true, at })
            }
            _ => {
                let word = word_of(self.rest());
                self.at += word.len();
                Ok(Term { text: word.to_owned(), quoted: false, at })
            }
        }
    }

    /// Within quotes a backslash takes the next character as it is.
    fn quoted(&mut self) -> Result<String, ParseError> {
        let mut out = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += at + 1;
                    return Ok(out);
                }
                '\\' => out.extend(chars.next().map(|(_, c)| c)),
                c => out.push(c),
            }
        }
        Err(self.error("no closing quote"))
    }

    pub fn error(&self, what: impl Into<String>) -> ParseError {
        ParseError::new(what.into(), self.at)
    }
}

fn word_of(text: &str) -> &str {
    let end = text.find(ends_word).unwrap_or(text.len());
    &text[..end]
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '"')
}
