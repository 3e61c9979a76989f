// SPDX-License-Identifier: AGPL-3.0-or-later
//! The base subject, for threading and sorting: "Re: [list] Fwd[2]: AW: text (fwd)" is "text".

use crate::address::collapse;

/// Reply and forward marks that mailers put there, in the languages they speak.
const MARKS: [&str; 36] = [
    "re", "aw", "sv", "vs", "antw", "ref", "res", "rif", "r", "odp", "ynt", "atb", "απ", "vá", "bls", "רד", "رد",
    "回复", "答复", "回覆", "转发", "轉寄", "返信", "転送", "fw", "fwd", "wg", "rv", "enc", "tr", "doorst", "vl", "i",
    "pd", "vb", "trs",
];
/// List tags and marks are short; looking no further keeps a long chain of them linear.
const TAG_BYTES_MAX: usize = 120;
const MARK_BYTES_MAX: usize = 40;

/// (base subject, true if a mark of reply or forward was taken off).
pub(crate) fn base(subject: &str) -> (String, bool) {
    let folded = collapse(subject);
    let mut rest = folded.as_str();
    let mut marked = false;
    loop {
        let before = rest;
        if let Some(tail) = strip_mark(rest) {
            rest = tail;
            marked = true;
        }
        // A subject that is all tag keeps it.
        if let Some(tail) = strip_tag(rest).filter(|t| !t.is_empty()) {
            rest = tail;
        }
        if let Some(head) = strip_suffix_fwd(rest) {
            rest = head;
            marked = true;
        }
        if rest.len() == before.len() {
            return (rest.to_string(), marked);
        }
    }
}

/// "Re:", "RE[2]:", "Re^3 :", "AW (5):"
fn strip_mark(text: &str) -> Option<&str> {
    let colon =
        text.char_indices().take_while(|(at, _)| *at < MARK_BYTES_MAX).find(|(_, c)| matches!(c, ':' | '：'))?.0;
    let mark = text.get(..colon)?;
    let name = mark.split(['[', '(', '^']).next()?.trim();
    let count = mark.get(name.len()..)?.trim_matches([' ', '[', ']', '(', ')', '^']);
    let known = name.len() <= 12 && {
        let name = name.to_lowercase();
        MARKS.contains(&name.as_str())
    };
    (known && count.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text[colon..].trim_start_matches([':', '：']).trim_start())
}

fn strip_tag(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let end = inner.bytes().take(TAG_BYTES_MAX).position(|b| b == b']')?;
    (!inner[..end].contains('[')).then(|| inner[end + 1..].trim_start())
}

fn strip_suffix_fwd(text: &str) -> Option<&str> {
    let start = text.len().checked_sub(5)?;
    let tail = text.get(start..)?;
    tail.eq_ignore_ascii_case("(fwd)").then(|| text[..start].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases() {
        for (input, want, marked) in [
            ("hello", "hello", false),
            ("Re: hello", "hello", true),
            ("RE[2]: Fwd:  hello   world (fwd)", "hello world", true),
            ("[list] Re: [list] hello", "hello", true),
            ("AW: WG: Angebot", "Angebot", true),
            ("回复: 你好", "你好", true),
            ("Re：全角", "全角", true),
            ("[tag only]", "[tag only]", false),
            ("Note: hello", "Note: hello", false),
            ("Re:", "", true),
            ("10:30 meeting", "10:30 meeting", false),
            ("", "", false),
        ] {
            assert_eq!(base(input), (want.to_string(), marked), "{input}");
        }
    }

    #[test]
    fn a_long_chain_of_marks_is_linear_enough() {
        assert_eq!(base(&"Re: ".repeat(50_000)).0, "");
        assert_eq!(base(&format!("{}[open", "Re: ".repeat(50_000))).0, "[open");
    }
}
