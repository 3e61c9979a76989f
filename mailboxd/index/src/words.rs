// SPDX-License-Identifier: AGPL-3.0-or-later
//! From text to the tokens that are indexed and looked for; every language by the same rules, no stop words.
//!
//! - Case, accents and compatible forms fold away: "Łódź", "lodz" and "ＬＯＤＺ" are one word.
//! - A word is a run of letters and digits, at a position of its own. What joins words ('.', '-', '_', ''') ends one, so a
//!   host, a number or a file name is found by its parts, and whole as its parts next to each other.
//! - An e-mail address is also a token as a whole, at the position of its first word.
//! - Scripts without spaces between words (Han, Kana, Hangul, Thai …) become overlapping pairs of characters, one
//!   position a character; the last character also stands alone, so that a search for one character finds it there.
//!
//! Whatever changes the tokens of some text must raise [`ANALYSIS_VERSION`]: indexes with another one are built anew.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

/// Names the rules of this file in every index.
pub(crate) const ANALYSIS_VERSION: u32 = 1;
/// Longer tokens are cut, in what is indexed as in what is looked for.
pub(crate) const TOKEN_BYTES_MAX: usize = 255;
/// Whether a token may be the beginning of a longer one.
pub(crate) fn is_cut(token: &[u8]) -> bool {
    token.len() + char::MAX.len_utf8() > TOKEN_BYTES_MAX
}

/// Separates values that are not next to each other in one text; no keyboard makes it.
pub const VALUE_SEPARATOR: char = '\u{1e}';
/// Positions between such values.
const VALUE_GAP: u32 = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    /// An e-mail address.
    Whole,
    /// Two characters of a script without spaces.
    Pair,
    /// The last character of such a run; `alone` if it is the first one too.
    Last {
        alone: bool,
    },
}

/// Reads tokens one by one into a buffer.
pub(crate) struct Words {
    text: String,
    at: usize,
    /// Where the next '@' is; `text.len()` if there is none.
    next_at_sign: usize,
    /// Position of the next word.
    next: u32,
    /// A word whose address was just given.
    word: Option<(usize, usize)>,
    dense_end: usize,
    dense_start: usize,
    whole_end: usize,
    token: String,
    position: u32,
}

impl Words {
    pub fn new(text: &str) -> Words {
        Words {
            text: fold(text),
            at: 0,
            next_at_sign: 0,
            next: 0,
            word: None,
            dense_end: 0,
            dense_start: 0,
            whole_end: 0,
            token: String::new(),
            position: 0,
        }
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    pub fn position(&self) -> u32 {
        self.position
    }

    /// Whether the last address reaches to the last word that was read.
    pub fn address_covers_end(&self) -> bool {
        self.whole_end >= self.at
    }

    pub fn advance(&mut self) -> Option<Kind> {
        if let Some((start, end)) = self.word.take() {
            return Some(self.give(Kind::Word, start, end, 1));
        }
        if self.at >= self.dense_end {
            let start = self.skip_to_word()?;
            let rest = &self.text[start..];
            if rest.starts_with(is_dense) {
                let end = start + rest.find(|c| !is_dense(c)).unwrap_or(rest.len());
                (self.at, self.dense_start, self.dense_end) = (start, start, end);
            } else {
                let end = start + rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                self.at = end;
                if start >= self.whole_end
                    && let Some(whole_end) = self.address_end(start)
                {
                    self.whole_end = whole_end;
                    self.word = Some((start, end));
                    return Some(self.give(Kind::Whole, start, whole_end, 0));
                }
                return Some(self.give(Kind::Word, start, end, 1));
            }
        }
        Some(self.dense())
    }

    fn dense(&mut self) -> Kind {
        let start = self.at;
        let mut ends = self.text[start..self.dense_end].char_indices().map(|(at, c)| start + at + c.len_utf8());
        self.at = ends.next().unwrap_or(self.dense_end);
        match ends.next() {
            Some(end) => self.give(Kind::Pair, start, end, 1),
            None => self.give(Kind::Last { alone: start == self.dense_start }, start, self.at, 1),
        }
    }

    fn give(&mut self, kind: Kind, start: usize, end: usize, positions: u32) -> Kind {
        self.token.clear();
        let text = &self.text[start..end];
        self.token.push_str(&text[..text.floor_char_boundary(TOKEN_BYTES_MAX)]);
        self.position = self.next;
        self.next = self.next.saturating_add(positions);
        kind
    }

    fn skip_to_word(&mut self) -> Option<usize> {
        for (at, c) in self.text[self.at..].char_indices() {
            if is_word(c) || is_dense(c) {
                return Some(self.at + at);
            }
            if c == VALUE_SEPARATOR {
                self.next = self.next.saturating_add(VALUE_GAP);
            }
        }
        None
    }

    /// The end of the address that begins at `start`, if one does.
    fn address_end(&mut self, start: usize) -> Option<usize> {
        if self.next_at_sign < start || self.next_at_sign == 0 {
            self.next_at_sign = self.text[start..].find('@').map_or(self.text.len(), |at| start + at);
        }
        let at_sign = self.next_at_sign;
        if at_sign == self.text.len() || at_sign - start > TOKEN_BYTES_MAX {
            return None;
        }
        let local = |c: char| is_word(c) || is_dense(c) || matches!(c, '.' | '_' | '-' | '+');
        if !self.text[start..at_sign].chars().all(local) {
            return None;
        }
        let host = &self.text[at_sign + 1..];
        let end = host.find(|c| !(is_word(c) || is_dense(c) || matches!(c, '.' | '-'))).unwrap_or(host.len());
        let host = host[..end].trim_end_matches(['.', '-']);
        (!host.is_empty()).then_some(at_sign + 1 + host.len())
    }
}

/// ASCII needs no tables, and none of it composes with what [`is_dropped`] leaves, so its runs are folded by themselves.
fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let ascii = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
        out.push_str(&rest[..ascii]);
        let start = out.len() - ascii;
        out[start..].make_ascii_lowercase();
        rest = &rest[ascii..];
        let foreign = rest.bytes().position(|byte| byte.is_ascii()).unwrap_or(rest.len());
        fold_any(&rest[..foreign], &mut out);
        rest = &rest[foreign..];
    }
    out
}

fn fold_any(text: &str, out: &mut String) {
    if text.is_empty() {
        return;
    }
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(text.chars());
    let bare = decomposed.filter(|c| !is_dropped(*c));
    // What has no accent left composes again: Kana with their sound marks, Hangul syllables.
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize_iter(bare);
    for c in composed.flat_map(char::to_lowercase) {
        match c {
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' => out.push('d'),
            'ı' => out.push('i'),
            'ς' => out.push('σ'),
            c => out.push(c),
        }
    }
}

/// Accents, points and harakat, and what is invisible within words.
fn is_dropped(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}'
        | '\u{483}'..='\u{487}'
        | '\u{591}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{670}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{fe20}'..='\u{fe2f}'
        | '\u{ad}'
        | '\u{200c}'
        | '\u{200d}'
        | '\u{2060}'
        | '\u{feff}')
}

fn is_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    // The signs of Indic scripts that kill or change a letter are no letters to Unicode, but they end no word.
    let indic_sign =
        || (('\u{900}'..='\u{dff}').contains(&c) && matches!(u32::from(c) & 0x7f, 0x3c | 0x4d)) || c == '\u{dca}';
    !is_dense(c) && (c.is_alphanumeric() || indic_sign())
}

/// Written without spaces between words.
fn is_dense(c: char) -> bool {
    c > '\u{dff}'
        && matches!(c,
            '\u{e01}'..='\u{e4e}' // Thai
            | '\u{e81}'..='\u{ece}' // Lao
            | '\u{1000}'..='\u{109f}' // Myanmar
            | '\u{1780}'..='\u{17d3}' // Khmer
            | '\u{3005}'..='\u{3007}'
            | '\u{3041}'..='\u{30ff}' // Kana
            | '\u{3105}'..='\u{312f}' // Bopomofo
            | '\u{31f0}'..='\u{31ff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}' // Han
            | '\u{ac00}'..='\u{d7a3}' // Hangul
            | '\u{f900}'..='\u{faff}'
            | '\u{1f300}'..='\u{1faff}' // Emoji
            | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::{Words, fold, fold_any};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn runs_of_ascii_fold_as_the_whole(text in "([ -~]|\\PC|[\u{300}-\u{345}\u{3099}]){0,40}") {
            let mut whole = String::new();
            fold_any(&text, &mut whole);
            prop_assert_eq!(fold(&text), whole);
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut words = Words::new(text);
        let mut out = Vec::new();
        while words.advance().is_some() {
            out.push(format!("{}{}", words.position(), words.token()));
        }
        assert_eq!(out.join(" "), expected, "{text}");
    }

    #[test]
    fn words_fold() {
        check("Hello, World!", "0hello 1world");
        check("Łódź CAFÉ straße ΣΊΣΥΦΟΣ ＬＯＤＺ ﬁne", "0lodz 1cafe 2strasse 3σισυφοσ 4lodz 5fine");
        check("don't re-use v1.2.3 1,234.56", "0don 1t 2re 3use 4v1 52 63 71 8234 956");
        check("soft\u{ad}hyphen zero\u{200d}joined", "0softhyphen 1zerojoined");
        check("हिन्दी مُحَمَّد Київ", "0हिन्दी 1محمد 2киів");
        check("", "");
        check(" -- \u{301}", "");
    }

    #[test]
    fn addresses_are_whole_too() {
        check("Bob <bob@example.test>.", "0bob 1bob@example.test 1bob 2example 3test");
        check("mailto:a.b+c@x-y.test, d@e", "0mailto 1a.b+c@x-y.test 1a 2b 3c 4x 5y 6test 7d@e 7d 8e");
        check("@example.test a@ b", "0example 1test 2a 3b");
        check("a@b@c", "0a@b 0a 1b 2c");
    }

    #[test]
    fn scripts_without_spaces_become_pairs() {
        check("東京都 hello", "0東京 1京都 2都 3hello");
        check("日", "0日");
        check("한국어", "0한국 1국어 2어");
        check("가\u{1112}\u{1161}", "0가하 1하");
        check("がｶﾞ", "0がガ 1ガ");
        check("v2東京", "0v2 1東京 2京");
    }

    #[test]
    fn values_keep_apart_and_long_tokens_are_cut() {
        check("a\u{1e}b", "0a 101b");
        check(&"é".repeat(400), &format!("0{}", "e".repeat(255)));
        check(&"я".repeat(400), &format!("0{}", "я".repeat(127)));
    }
}
