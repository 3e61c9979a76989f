// SPDX-License-Identifier: AGPL-3.0-or-later
//! Search filters as text (RFC 4515), kept as a tree and tried on entries by ourselves: so that both backends find the same, also by
//! attributes that an LDAP server's schema does not know, and so that nothing of a stranger's text reaches the server.

use crate::backend::folded;
use crate::known::{Syntax, attribute, duration_ms};
use crate::{Error, Result};

const TEXT_MAX: usize = 16 << 10;
const DEPTH_MAX: usize = 32;
const PARTS_MAX: usize = 500;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Present(String),
    Equal(String, String),
    /// Beginning, pieces in between, end.
    Like(String, Option<String>, Vec<String>, Option<String>),
    AtLeast(String, String),
    AtMost(String, String),
}

impl Filter {
    /// One filter and nothing behind it. The outermost parentheses may be left out, as Zimbra's programs do.
    pub fn parse(text: &str) -> Result<Filter> {
        let invalid = || Error::invalid("search filter", text);
        let text = text.trim();
        if text.len() > TEXT_MAX || text.contains('\0') {
            return Err(invalid());
        }
        let wrapped = if text.starts_with('(') { text.to_owned() } else { format!("({text})") };
        let mut parser = Parser { rest: &wrapped, parts: 0 };
        let filter = parser.filter(0).ok_or_else(invalid)?;
        if parser.rest.trim().is_empty() { Ok(filter) } else { Err(invalid()) }
    }

    /// `values` answers for an attribute's name, in any case. What is not there equals nothing.
    pub fn matches(&self, values: &dyn Fn(&str) -> Vec<String>) -> bool {
        match self {
            Filter::And(parts) => parts.iter().all(|part| part.matches(values)),
            Filter::Or(parts) => parts.iter().any(|part| part.matches(values)),
            Filter::Not(part) => !part.matches(values),
            Filter::Present(name) => !values(name).is_empty(),
            Filter::Equal(name, wanted) => {
                let wanted = folded(wanted);
                values(name).iter().any(|value| folded(value) == wanted)
            }
            Filter::Like(name, first, middle, last) => {
                values(name).iter().any(|value| is_like(&folded(value), first.as_deref(), middle, last.as_deref()))
            }
            Filter::AtLeast(name, edge) => values(name).iter().any(|value| order(name, value, edge).is_ge()),
            Filter::AtMost(name, edge) => values(name).iter().any(|value| order(name, value, edge).is_le()),
        }
    }

    /// An attribute that must have this value: what an index can be asked for first.
    pub fn must_equal(&self) -> Option<(&str, &str)> {
        match self {
            Filter::Equal(name, value) => Some((name, value)),
            Filter::And(parts) => parts.iter().find_map(|part| {
                part.must_equal().filter(|(name, _)| attribute(name).is_some_and(|known| known.indexed))
            }),
            _ => None,
        }
    }
}

/// Numbers and durations by size, the rest as text.
fn order(name: &str, a: &str, b: &str) -> std::cmp::Ordering {
    let size = |text: &str| match attribute(name).map(|known| known.syntax) {
        Some(Syntax::Duration) => duration_ms(text).map(i128::from),
        Some(Syntax::Time) => None,
        _ => text.parse::<i128>().ok(),
    };
    match (size(a), size(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => folded(a).cmp(&folded(b)),
    }
}

fn is_like(value: &str, first: Option<&str>, middle: &[String], last: Option<&str>) -> bool {
    let mut rest = value;
    if let Some(first) = first {
        let Some(behind) = rest.strip_prefix(lower(first).as_str()) else { return false };
        rest = behind;
    }
    for piece in middle {
        let piece = lower(piece);
        let Some(at) = rest.find(&piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    last.is_none_or(|last| rest.ends_with(&lower(last)))
}

/// A piece keeps its spaces at the edges: they may be in the middle of a value.
fn lower(text: &str) -> String {
    text.to_lowercase()
}

struct Parser<'a> {
    rest: &'a str,
    parts: usize,
}

impl Parser<'_> {
    fn filter(&mut self, depth: usize) -> Option<Filter> {
        self.parts += 1;
        if depth > DEPTH_MAX || self.parts > PARTS_MAX {
            return None;
        }
        self.rest = self.rest.trim_start().strip_prefix('(')?.trim_start();
        let out = match self.rest.chars().next()? {
            '&' => Filter::And(self.list(depth)?),
            '|' => Filter::Or(self.list(depth)?),
            '!' => {
                self.rest = &self.rest[1..];
                Filter::Not(Box::new(self.filter(depth + 1)?))
            }
            _ => self.item()?,
        };
        self.rest = self.rest.trim_start().strip_prefix(')')?;
        Some(out)
    }

    fn list(&mut self, depth: usize) -> Option<Vec<Filter>> {
        self.rest = &self.rest[1..];
        let mut parts = Vec::new();
        while self.rest.trim_start().starts_with('(') {
            parts.push(self.filter(depth + 1)?);
        }
        Some(parts)
    }

    fn item(&mut self) -> Option<Filter> {
        let end = self.rest.find(')')?;
        let (item, rest) = self.rest.split_at(end);
        self.rest = rest;
        let at = item.find('=')?;
        let (name, value) = (&item[..at], &item[at + 1..]);
        let (name, sign) = match name.chars().next_back()? {
            sign @ ('>' | '<' | '~') => (&name[..name.len() - 1], sign),
            _ => (name, '='),
        };
        let name = name.trim();
        let fine = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.len() <= 64
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !fine || value.contains('(') {
            return None;
        }
        let name = name.to_owned();
        Some(match sign {
            '>' => Filter::AtLeast(name, unescape(value)?),
            '<' => Filter::AtMost(name, unescape(value)?),
            '=' if value == "*" => Filter::Present(name),
            '=' if value.contains('*') => {
                let pieces = value.split('*').map(unescape).collect::<Option<Vec<_>>>()?;
                let edge = |piece: Option<&String>| piece.filter(|piece| !piece.is_empty()).cloned();
                let middle = pieces[1..pieces.len() - 1].iter().filter(|piece| !piece.is_empty()).cloned().collect();
                Filter::Like(name, edge(pieces.first()), middle, edge(pieces.last()))
            }
            _ => Filter::Equal(name, unescape(value)?),
        })
    }
}

/// RFC 4515 §3: a backslash and two hexadecimal digits are an octet.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        if *byte == b'\\' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;
    use proptest::prelude::*;

    fn ann(name: &str) -> Vec<String> {
        let values: &[&str] = match name.to_ascii_lowercase().as_str() {
            "cn" => &["Ann  Example"],
            "mail" => &["ann@example.test", "a@example.test"],
            "zimbramailquota" => &["900"],
            "zimbraauthtokenlifetime" => &["2h"],
            "description" => &["a(b)*c"],
            _ => &[],
        };
        values.iter().map(|v| (*v).to_owned()).collect()
    }

    #[test]
    fn filters_find() {
        for yes in [
            "(cn=ann example)",
            "cn=*EXAM*",
            "(mail=a@example.test)",
            "(mail=ann*)",
            "(mail=*@example.test)",
            "(cn=*)",
            "(&(cn=ann*)(!(sn=*)))",
            "(|(sn=x)(cn=a*n*e))",
            "(&)",
            "(!(|))",
            "(zimbraMailQuota>=100)",
            "(zimbraMailQuota<=1000)",
            "(zimbraAuthTokenLifetime>=90m)",
            "(description=a\\28b\\29\\2ac)",
            "(CN~=ann example)",
        ] {
            assert!(Filter::parse(yes).unwrap().matches(&ann), "{yes}");
        }
        for no in ["(cn=ann)", "(sn=*)", "(!(cn=*))", "(zimbraMailQuota>=1000)", "(cn=*y*)", "(mail=nn*)", "(|)"] {
            assert!(!Filter::parse(no).unwrap().matches(&ann), "{no}");
        }
    }

    #[test]
    fn hostile_filters_are_refused() {
        let deep = "(!".repeat(200) + "(cn=*)" + &")".repeat(200);
        let wide = format!("(|{})", "(cn=a)".repeat(600));
        for bad in [
            "",
            "(",
            ")",
            "()",
            "(cn)",
            "(=x)",
            "(cn=a))",
            "(cn=a)(cn=b)",
            "(cn=\\zz)",
            "(cn=\\2)",
            "(a b=c)",
            "(cn=(x)",
            "(&(cn=a)",
            "(cn=a\0b)",
            "(cn=\\ff)",
            &deep,
            &wide,
            &"x".repeat(20_000),
        ] {
            assert!(Filter::parse(bad).is_err(), "{:.40}", bad);
        }
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text in "[()&|!=*\\\\<>~a-c ]{0,40}") {
            if let Ok(filter) = Filter::parse(&text) {
                filter.matches(&ann);
            }
        }
    }
}
