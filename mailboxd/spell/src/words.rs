// SPDX-License-Identifier: AGPL-3.0-or-later
//! What of a text is a word: letters, with apostrophes between them. Addresses, numbers and what is written without spaces
//! between words (Chinese, Japanese, Thai) are left out: a dictionary of words says nothing of them.

/// Octets of a text that is checked in one go.
pub const TEXT_BYTES_MAX: usize = 256 << 10;
/// A longer word is in no dictionary, and is not looked for.
pub const CHECKED_BYTES_MAX: usize = 128;

/// Typographic apostrophes are written as the dictionaries have them.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().filter(|chunk| !is_address(chunk)).flat_map(|chunk| {
        let pieces = chunk.split(|c: char| !c.is_alphanumeric() && !is_apostrophe(c) && !is_mark(c));
        pieces.map(|piece| piece.trim_matches(is_apostrophe).replace(is_apostrophe, "'")).filter(|word| is_word(word))
    })
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2018}' | '\u{02bc}')
}

/// Accents that stand beside their letter.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036f}')
}

fn is_address(chunk: &str) -> bool {
    let is_inside = |at: usize| at > 0 && at + 1 < chunk.len();
    chunk.contains("://") || chunk.starts_with("www.") || chunk.find('@').is_some_and(is_inside)
}

fn is_word(piece: &str) -> bool {
    piece.chars().nth(1).is_some() && !piece.contains(|c: char| c.is_numeric() || is_unspaced(c))
}

fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &[&str]) {
        assert_eq!(words(text).collect::<Vec<_>>(), wanted, "{text:?}");
    }

    #[test]
    fn what_is_a_word() {
        check("Hello! Good  Morning!!", &["Hello", "Good", "Morning"]);
        check("RIM’s 'quoted' don't “atlas GMV”.", &["RIM's", "quoted", "don't", "atlas", "GMV"]);
        check("well-known and/or", &["well", "known", "and", "or"]);
        check("ae\u{301}n 读写汉字 - 学中文 カタカナ", &["ae\u{301}n"]);
        check("", &[]);
        check(":/\\.;<*''", &[]);
    }

    #[test]
    fn what_is_none() {
        check("-432.45a 12.34 3rd x64 a", &[]);
        check(
            "see https://example.test/wrd or www.example.test, write to helo@example.test @home",
            &["see", "or", "write", "to", "home"],
        );
    }
}
