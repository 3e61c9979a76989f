// SPDX-License-Identifier: AGPL-3.0-or-later
//! Which documents hold a text anywhere in a header field, within a word too, as IMAP's SEARCH asks (RFC 3501 §6.4.4).
//!
//! The words of `words.rs` can't tell: folding has changed them. So these few short texts are indexed a second time, as they
//! are compared: what stands between white space is one token, marked with its field. A text without white space is held
//! where one token holds it, and the dictionary of tokens is short enough to be walked. One with white space begins at the
//! end of a token and ends at the beginning of another; who has both *may* hold it.

use crate::segment::{Hits, add_postings};
use crate::words::{TOKEN_BYTES_MAX, VALUE_SEPARATOR, is_cut};
use ids::ItemId;
use memchr::memmem;
use tantivy::SegmentReader;
use tantivy::schema::Field;
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Pieces of a text that are looked for; what is behind them is left to whoever looks at the message.
const PIECES_MAX: usize = 8;

/// A header field that is searched as it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Header {
    Subject,
    From,
    To,
    Cc,
    Bcc,
}

impl Header {
    /// First octet of its tokens.
    fn mark(self) -> char {
        match self {
            Header::Subject => 's',
            Header::From => 'f',
            Header::To => 't',
            Header::Cc => 'c',
            Header::Bcc => 'b',
        }
    }
}

/// Documents by what the index can say, unordered, none in both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holding {
    pub sure: Vec<ItemId>,
    /// To be looked at.
    pub maybe: Vec<ItemId>,
}

/// One text of all headers, as [`Analyzer`] reads it.
pub(crate) fn text(headers: &[(Header, String)]) -> String {
    let mut out = String::with_capacity(headers.iter().map(|(_, text)| text.len() + 2).sum());
    for (header, text) in headers {
        out.push(header.mark());
        out.extend(text.chars().map(|c| if c == VALUE_SEPARATOR { ' ' } else { c }));
        out.push(VALUE_SEPARATOR);
    }
    out
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || c == VALUE_SEPARATOR
}

#[derive(Clone)]
pub(crate) struct Analyzer;

pub(crate) struct Stream<'a> {
    values: std::str::Split<'a, char>,
    mark: char,
    rest: &'a str,
    token: Token,
}

impl Tokenizer for Analyzer {
    type TokenStream<'a> = Stream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream<'a> {
        Stream { values: text.split(VALUE_SEPARATOR), mark: ' ', rest: "", token: Token::default() }
    }
}

impl TokenStream for Stream<'_> {
    fn advance(&mut self) -> bool {
        loop {
            self.rest = self.rest.trim_start_matches(is_gap);
            if !self.rest.is_empty() {
                break;
            }
            let Some(value) = self.values.next() else { return false };
            let mut chars = value.chars();
            self.mark = chars.next().unwrap_or(' ');
            self.rest = chars.as_str();
        }
        let end = self.rest.find(is_gap).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.token.text.clear();
        self.token.text.push(self.mark);
        self.token.text.push_str(&word[..word.floor_char_boundary(TOKEN_BYTES_MAX - 1)]);
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

/// What is looked for.
pub(crate) struct Sought {
    mark: u8,
    pieces: Vec<Piece>,
    /// A token that holds the only piece holds the text.
    is_whole: bool,
}

struct Piece {
    finder: memmem::Finder<'static>,
    /// White space is before it, or behind it.
    starts: bool,
    ends: bool,
}

impl Piece {
    fn is_in(&self, word: &[u8]) -> bool {
        let text = self.finder.needle();
        match (self.starts, self.ends) {
            (true, true) => word == text,
            (true, false) => word.starts_with(text),
            (false, true) => word.ends_with(text),
            (false, false) => self.finder.find(word).is_some(),
        }
    }
}

impl Sought {
    /// `None` if there is nothing but white space in `text`.
    pub fn new(header: Header, text: &str) -> Option<Sought> {
        let last = text.split(is_gap).count() - 1;
        let pieces = text.split(is_gap).enumerate().filter(|(_, piece)| !piece.is_empty()).map(|(n, piece)| Piece {
            finder: memmem::Finder::new(piece).into_owned(),
            starts: n > 0,
            ends: n < last,
        });
        let pieces: Vec<_> = pieces.take(PIECES_MAX).collect();
        let mark = u8::try_from(header.mark()).ok()?;
        (!pieces.is_empty()).then_some(Sought { mark, pieces, is_whole: last == 0 })
    }

    /// The documents of a segment: those that hold it, and those that may.
    pub fn find(&self, segment: &SegmentReader, field: Field) -> tantivy::Result<(Hits, Hits)> {
        let index = segment.inverted_index(field)?;
        let mut of_pieces: Vec<Hits> = self.pieces.iter().map(|_| Hits::new(segment)).collect();
        let mut cut = Hits::new(segment);
        let mut tokens = index.terms().range().ge([self.mark]).lt([self.mark + 1]).into_stream()?;
        while tokens.advance() {
            let word = &tokens.key()[1..];
            for (piece, hits) in self.pieces.iter().zip(&mut of_pieces) {
                if piece.is_in(word) {
                    add_postings(&index, tokens.value(), hits)?;
                }
            }
            // what was cut off may be anything
            if is_cut(tokens.key()) {
                add_postings(&index, tokens.value(), &mut cut)?;
            }
        }
        let mut found = of_pieces.swap_remove(0);
        if self.is_whole {
            cut.remove(&found);
            return Ok((found, cut));
        }
        of_pieces.iter().for_each(|other| found.intersect(other));
        found.add(&cut);
        Ok((Hits::new(segment), found))
    }
}
