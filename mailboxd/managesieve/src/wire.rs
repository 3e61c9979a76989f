// SPDX-License-Identifier: AGPL-3.0-or-later
//! Arguments of commands, and strings of answers (RFC 5804 §4).

use crate::limits;

#[derive(Clone, PartialEq, Eq)]
pub enum Argument {
    /// A command's name, in upper case.
    Word(String),
    /// Quoted or literal.
    Text(Vec<u8>),
    Number(u64),
}

impl std::fmt::Debug for Argument {
    /// A text may be a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Argument::Word(word) => write!(f, "{word}"),
            Argument::Text(text) => write!(f, "Text({} octets)", text.len()),
            Argument::Number(number) => write!(f, "{number}"),
        }
    }
}

/// Takes the arguments of a line. The answer is the octets of a literal that follows it, if one does.
pub fn line(line: &[u8], out: &mut Vec<Argument>) -> Result<Option<u64>, &'static str> {
    let mut rest = line;
    loop {
        rest = rest.trim_ascii_start();
        let Some(first) = rest.first() else { return Ok(None) };
        if out.len() >= limits::ARGUMENTS_MAX {
            return Err("too many arguments");
        }
        match first {
            b'"' => {
                let (text, after) = quoted(&rest[1..])?;
                out.push(Argument::Text(text));
                rest = after;
            }
            b'{' => {
                // Only at the end of a line; a client does not wait for us (literal-c2s).
                let inner = rest.strip_suffix(b"}").and_then(|rest| rest.strip_prefix(b"{")).ok_or("bad literal")?;
                let digits = inner.strip_suffix(b"+").unwrap_or(inner);
                return Ok(Some(number(digits).ok_or("bad literal")?));
            }
            _ => {
                let end =
                    rest.iter().position(|octet| matches!(octet, b' ' | b'\t' | b'"' | b'{')).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                out.push(self::word(word)?);
                rest = after;
            }
        }
    }
}

fn word(word: &[u8]) -> Result<Argument, &'static str> {
    if let Some(number) = number(word) {
        return Ok(Argument::Number(number));
    }
    if !word.iter().all(u8::is_ascii_alphanumeric) {
        return Err("bad argument");
    }
    Ok(Argument::Word(String::from_utf8_lossy(word).to_ascii_uppercase()))
}

fn number(digits: &[u8]) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    if is_number { str::from_utf8(digits).ok()?.parse().ok() } else { None }
}

/// What is between the quotes, and what follows them.
fn quoted(rest: &[u8]) -> Result<(Vec<u8>, &[u8]), &'static str> {
    let mut text = Vec::new();
    let mut octets = rest.iter().enumerate();
    while let Some((at, octet)) = octets.next() {
        match octet {
            b'"' => return Ok((text, &rest[at + 1..])),
            b'\\' => match octets.next() {
                Some((_, octet @ (b'"' | b'\\'))) => text.push(*octet),
                _ => return Err("bad quoted string"),
            },
            octet => text.push(*octet),
        }
    }
    Err("quoted string without an end")
}

/// A string as it may stand in an answer: quoted, or a literal where it has lines or is long.
pub fn string(out: &mut Vec<u8>, text: &[u8]) {
    let is_plain = |octet: &u8| !matches!(octet, b'\r' | b'\n' | 0);
    if text.len() <= 512 && text.iter().all(is_plain) {
        out.push(b'"');
        for octet in text {
            if matches!(octet, b'"' | b'\\') {
                out.push(b'\\');
            }
            out.push(*octet);
        }
        out.push(b'"');
    } else {
        out.extend_from_slice(format!("{{{}}}\r\n", text.len()).as_bytes());
        out.extend_from_slice(text);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, Option<u64>), &'static str> {
        let mut out = Vec::new();
        let literal = line(text.as_bytes(), &mut out)?;
        Ok((format!("{out:?}"), literal))
    }

    #[test]
    fn arguments() {
        for (text, want, literal) in [
            ("", "[]", None),
            ("noop", "[NOOP]", None),
            (r#"HaveSpace "my \"script\"" 999"#, "[HAVESPACE, Text(11 octets), 999]", None),
            (r#"PutScript "a" {31+}"#, "[PUTSCRIPT, Text(1 octets)]", Some(31)),
            (r#""{5+}""#, "[Text(4 octets)]", None),
            (r#"AUTHENTICATE "PLAIN" """#, "[AUTHENTICATE, Text(5 octets), Text(0 octets)]", None),
        ] {
            assert_eq!(read(text), Ok((want.to_owned(), literal)), "{text}");
        }
        for text in
            ["\"", "\"a\\x\"", "{}", "{+}", "{-1+}", "{1+} x", "{99999999999999999999+}", "a-b", "1 2 3 4 5 6 7 8 9"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn strings_of_answers() {
        let written = |text: &str| {
            let mut out = Vec::new();
            string(&mut out, text.as_bytes());
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written(r#"a "b" \"#), r#""a \"b\" \\""#);
        assert_eq!(written("a\r\nb"), "{4}\r\na\r\nb");
    }
}
