// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the regular expressions of a script would cost, before any of them is compiled: a few octets can stand for an automaton
//! of megabytes. The estimate is rough and on the safe side.

use crate::CompileError;

/// Patterns of one script, and the names of fields beside them.
const STRINGS_MAX: usize = 128;
/// Sum of what the patterns weigh: about a thousand classes of characters, of some ten KiB each.
const WEIGHT_MAX: u64 = 100_000;
/// A class (`\w`, `.`, `[…]`) against a plain character.
const CLASS: u64 = 100;

pub fn has_any(text: &[u8]) -> bool {
    text.windows(6).any(|word| word.eq_ignore_ascii_case(b":regex"))
}

pub fn check(text: &[u8]) -> Result<(), CompileError> {
    if !has_any(text) {
        return Ok(());
    }
    let (mut strings, mut weight) = (0, 0_u64);
    for (line, pattern) in patterns(text) {
        strings += 1;
        weight = weight.saturating_add(weigh(pattern));
        if strings > STRINGS_MAX || weight > WEIGHT_MAX {
            return Err(CompileError { line, message: "the regular expressions are too many, or too large".into() });
        }
    }
    Ok(())
}

/// Strings between `:regex` and the end of its command or test, with their lines.
fn patterns(text: &[u8]) -> Vec<(usize, &[u8])> {
    let (mut found, mut at, mut line, mut is_regex) = (Vec::new(), 0, 1, false);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = match rest {
            [b'"', ..] => quoted(rest),
            [b'#', ..] => to(rest, b"\n"),
            [b'/', b'*', ..] => to(rest, b"*/"),
            _ if starts(rest, b"text:") => to(rest, b"\n.\r\n").min(to(rest, b"\n.\n")),
            _ if starts(rest, b":regex") => {
                is_regex = true;
                1
            }
            [b';' | b'{', ..] => {
                is_regex = false;
                1
            }
            _ => 1,
        };
        let token = &rest[..length];
        if is_regex && length > 1 && (token[0] == b'"' || starts(token, b"text:")) {
            found.push((line, token));
        }
        line += token.iter().filter(|octet| **octet == b'\n').count();
        at += length;
    }
    found
}

fn starts(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// Octets to the end of what ends so.
fn to(text: &[u8], end: &[u8]) -> usize {
    memchr::memmem::find(text, end).map_or(text.len(), |at| at + end.len())
}

fn quoted(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(octet) = text.get(at) {
        match octet {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// Characters and classes, times all counts of repetition in the pattern: they may be nested.
fn weigh(pattern: &[u8]) -> u64 {
    let classes = pattern.iter().filter(|octet| matches!(octet, b'\\' | b'.' | b'[')).count() as u64;
    let mut weight = (pattern.len() as u64).saturating_add(classes.saturating_mul(CLASS));
    for count in pattern.split(|octet| *octet == b'{').skip(1) {
        let numbers = count.split(|octet| !octet.is_ascii_digit()).take(2);
        let largest = numbers.filter_map(|digits| str::from_utf8(digits).ok()?.parse::<u64>().ok()).max();
        weight = weight.saturating_mul(largest.unwrap_or(1).max(1));
    }
    weight
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_taken_and_bombs_are_not() {
        let script = |pattern: &str| format!("require \"regex\";\nif header :regex \"Subject\" {pattern} {{ keep; }}");
        for pattern in
            ["\"^\\\\[list-[0-9]{1,4}\\\\]\"", "[\"a.*b\", \"\\\\w+@\\\\w+\\\\.test\"]", "\"(?i)invoice|bill\""]
        {
            check(script(pattern).as_bytes()).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        }
        let many = format!("[{}\"z\"]", "\"a\", ".repeat(200));
        for pattern in ["\"(\\\\w{99}){99}\"", "\"a{99999}\\\\w\"", "[\"\\\\w{50}\\\\d{50}\", \"x\"]", many.as_str()] {
            assert!(check(script(pattern).as_bytes()).is_err(), "{pattern}");
        }
        // Not a pattern: a text that has such braces.
        check(b"if header :regex \"a\" \"b\" { vacation \"{99999}{99999}\"; } # \"{99}{99}{99}\"").unwrap();
    }
}
