// SPDX-License-Identifier: AGPL-3.0-or-later
//! An untagged answer as values (RFC 3501 §9): atoms, strings, lists. Lenient: what stands in free text is cut at spaces.

use crate::error::{Error, Result};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Atom(String),
    Text(Vec<u8>),
    List(Vec<Value>),
}

impl Value {
    pub fn octets(&self) -> Option<&[u8]> {
        match self {
            Value::Atom(text) => Some(text.as_bytes()),
            Value::Text(text) => Some(text),
            Value::List(_) => None,
        }
    }
}

pub fn atom(value: &Value) -> Option<&str> {
    match value {
        Value::Atom(text) => Some(text),
        _ => None,
    }
}

pub fn number(value: &Value) -> Option<u32> {
    atom(value)?.parse().ok()
}

const DEPTH_MAX: usize = 32;

/// `text` without its `* `; a zero octet stands for each of `literals`.
pub fn parse(text: &[u8], literals: Vec<Vec<u8>>) -> Result<Vec<Value>> {
    let mut literals = literals.into_iter();
    let mut open: Vec<Vec<Value>> = vec![Vec::new()];
    let mut at = 0;
    while let Some(b) = text.get(at).copied() {
        let value = match b {
            b' ' => {
                at += 1;
                continue;
            }
            b'(' => {
                at += 1;
                if open.len() > DEPTH_MAX {
                    return Err(Error::Protocol("lists within lists"));
                }
                open.push(Vec::new());
                continue;
            }
            b')' => {
                at += 1;
                // free text may have one that nothing opened
                if open.len() == 1 {
                    continue;
                }
                Value::List(open.pop().unwrap_or_default())
            }
            b'"' => {
                let (value, end) = string(text, at + 1);
                at = end;
                Value::Text(value)
            }
            0 => {
                at += 1;
                Value::Text(literals.next().ok_or(Error::Protocol("a literal"))?)
            }
            _ => {
                let (value, end) = word(text, at);
                at = end;
                value
            }
        };
        if let Some(last) = open.last_mut() {
            last.push(value);
        }
    }
    // and leave one open
    while open.len() > 1 {
        let list = open.pop().unwrap_or_default();
        if let Some(last) = open.last_mut() {
            last.push(Value::List(list));
        }
    }
    Ok(open.pop().unwrap_or_default())
}

/// One without an end (free text may have such) goes to the end.
fn string(text: &[u8], mut at: usize) -> (Vec<u8>, usize) {
    let mut value = Vec::new();
    while let Some(b) = text.get(at).copied() {
        match b {
            b'"' => return (value, at + 1),
            b'\\' => {
                value.extend(text.get(at + 1));
                at += 2;
            }
            _ => {
                value.push(b);
                at += 1;
            }
        }
    }
    (value, at)
}

/// Up to a space or parenthesis; `BODY[HEADER.FIELDS (A B)]` is one word.
fn word(text: &[u8], start: usize) -> (Value, usize) {
    let (mut at, mut brackets) = (start, false);
    while let Some(b) = text.get(at).copied() {
        match b {
            b'[' if at > start => brackets = true,
            b']' => brackets = false,
            b' ' | b'(' | b')' if !brackets => break,
            b'"' | 0 if at > start => break,
            _ => {}
        }
        at += 1;
    }
    (Value::Atom(String::from_utf8_lossy(&text[start..at]).into_owned()), at.max(start + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a(text: &str) -> Value {
        Value::Atom(text.into())
    }

    fn t(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn answers() {
        let of = |text: &[u8], literals: Vec<Vec<u8>>| parse(text, literals).ok();
        assert_eq!(
            of(b"LIST (\\HasNoChildren) \"/\" \"a \\\"b\\\"\"", vec![]),
            Some(vec![a("LIST"), Value::List(vec![a("\\HasNoChildren")]), t("/"), t("a \"b\"")])
        );
        assert_eq!(
            of(b"3 FETCH (UID 7 BODY[] \0)", vec![b"x)\r\n".to_vec()]),
            Some(vec![a("3"), a("FETCH"), Value::List(vec![a("UID"), a("7"), a("BODY[]"), t("x)\r\n")])])
        );
        let code = of(b"OK [UIDVALIDITY 12] it (is", vec![]).unwrap_or_default();
        assert_eq!((&code[1], &code[2]), (&a("[UIDVALIDITY"), &a("12]")));
        assert_eq!(of(b"1 FETCH (BODY[HEADER.FIELDS (A B)] NIL)", vec![]).map(|v| v.len()), Some(3));
        assert_eq!(of(b"OK say \"x", vec![]), Some(vec![a("OK"), a("say"), t("x")]));
        assert!(of(b"\0", vec![]).is_none());
        assert!(of("(".repeat(100).as_bytes(), vec![]).is_none());
        assert_eq!(of(b")))", vec![]), Some(vec![]));
    }
}
