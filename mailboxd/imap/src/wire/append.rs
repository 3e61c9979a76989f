// SPDX-License-Identifier: AGPL-3.0-or-later
//! APPEND (RFC 3501 §6.3.11, MULTIAPPEND RFC 3502) and REPLACE (RFC 8508), their messages whole or put together (CATENATE,
//! RFC 4469). Octets of messages stream, so the rest is parsed piece by piece: a segment of text up to an announcement, then
//! what follows the announced octets.

use super::cursor::{Cursor, Parsed};
use super::date;
use super::flag::{self, Flag};
use super::set;

/// Most parts that one segment names; each of TEXT begins a new one.
pub const PARTS_MAX: usize = 256;

/// What comes before a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageArgs {
    pub flags: Vec<Flag>,
    /// Milliseconds since 1970.
    pub date_ms: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub mailbox: Vec<u8>,
    /// REPLACE: instead of this one.
    pub replaced: Option<Replaced>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replaced {
    pub uid: bool,
    /// Sequence number or UID; [`set::STAR`] for the last.
    pub number: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A message begins; what follows, up to the next one, is of it.
    Message(MessageArgs),
    /// A part of another message.
    Url(Vec<u8>),
}

/// Where a segment begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// With the tag.
    Start,
    /// Behind a whole message.
    Between,
    /// Behind a TEXT of CATENATE.
    Parts,
}

/// What a segment ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The end of the command.
    Line,
    /// The announcement of a message.
    Message,
    /// The announcement of a TEXT of CATENATE.
    Text,
    /// The announcement of a name or URL: it belongs into the buffer, which is to be parsed again then.
    Inline,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// At [`Place::Start`] only.
    pub head: Option<Head>,
    pub pieces: Vec<Piece>,
    pub end: End,
}

/// True if the buffer begins as a command that brings messages.
pub fn is_one(buffer: &[u8]) -> bool {
    let mut cursor = Cursor::new(buffer);
    cursor.tag().is_ok() && cursor.space().is_ok() && verb(&mut cursor).is_ok()
}

/// `announced`: the buffer ends in the announcement of a literal.
pub fn segment(buffer: &[u8], place: Place, announced: bool) -> Parsed<Segment> {
    let mut reader = Reader { cursor: Cursor::new(buffer), announced, pieces: Vec::new() };
    let mut head = None;
    let end = reader.read(place, &mut head)?;
    Ok(Segment { head, pieces: reader.pieces, end })
}

/// The command's name with its space. True: REPLACE, false: APPEND; and whether UID stood before it.
fn verb(cursor: &mut Cursor<'_>) -> Parsed<(bool, bool)> {
    let mut word = cursor.word()?;
    cursor.space()?;
    let uid = word == "UID";
    if uid {
        word = cursor.word()?;
        cursor.space()?;
    }
    match word.as_str() {
        "APPEND" if !uid => Ok((false, false)),
        "REPLACE" => Ok((true, uid)),
        _ => Err(cursor.error("expected APPEND or REPLACE")),
    }
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    announced: bool,
    pieces: Vec<Piece>,
}

impl Reader<'_> {
    fn read(&mut self, place: Place, head: &mut Option<Head>) -> Parsed<End> {
        let mut has_message = true;
        if place == Place::Start {
            *head = self.head()?;
            if head.is_none() {
                return Ok(End::Inline);
            }
            has_message = false;
        }
        if place == Place::Parts
            && let Some(end) = self.parts(false)?
        {
            return Ok(end);
        }
        loop {
            if has_message && self.cursor.is_end() {
                return Ok(End::Line);
            }
            if let Some(end) = self.message()? {
                return Ok(end);
            }
            has_message = true;
        }
    }

    /// `None`: the mailbox is the announced literal.
    fn head(&mut self) -> Parsed<Option<Head>> {
        self.cursor.tag()?;
        self.cursor.space()?;
        let (replaces, uid) = verb(&mut self.cursor)?;
        let mut replaced = None;
        if replaces {
            replaced = Some(Replaced { uid, number: self.number()? });
            self.cursor.space()?;
        }
        if self.is_announced() {
            return Ok(None);
        }
        Ok(Some(Head { mailbox: self.cursor.astring()?, replaced }))
    }

    fn number(&mut self) -> Parsed<u32> {
        if self.cursor.eat(b'*') {
            return Ok(set::STAR);
        }
        match self.cursor.number()? {
            0 => Err(self.cursor.error("0 is no message number")),
            n => Ok(n),
        }
    }

    /// The announced literal is all that is left.
    fn is_announced(&self) -> bool {
        let mut ahead = self.cursor.clone();
        ahead.eat(b'~');
        let shape = ahead.eat(b'{') && ahead.number64().is_ok() && {
            ahead.eat(b'+');
            ahead.eat(b'}')
        };
        ahead.eat(b'\r');
        let line_end = ahead.eat(b'\n');
        self.announced && shape && line_end && ahead.is_end()
    }

    /// One message with its space; `None` if it is complete.
    fn message(&mut self) -> Parsed<Option<End>> {
        let cursor = &mut self.cursor;
        let mut args = MessageArgs::default();
        cursor.space()?;
        if cursor.peek() == Some(b'(') {
            args.flags = flag::list(cursor)?;
            cursor.space()?;
        }
        if cursor.peek() == Some(b'"') {
            args.date_ms = Some(date::date_time(cursor)?);
            cursor.space()?;
        }
        let is_catenate = cursor.eat_word("CATENATE ");
        if is_catenate {
            cursor.expect(b'(', "expected ( of CATENATE")?;
        }
        self.pieces.push(Piece::Message(args));
        if is_catenate {
            return self.parts(true);
        }
        if self.is_announced() { Ok(Some(End::Message)) } else { Err(self.cursor.error("expected a message literal")) }
    }

    /// Parts of CATENATE up to its `)`; `None` if that was reached. `first`: no part was before.
    fn parts(&mut self, mut first: bool) -> Parsed<Option<End>> {
        loop {
            if !first {
                if self.cursor.eat(b')') {
                    return Ok(None);
                }
                self.cursor.space()?;
            }
            first = false;
            if self.pieces.len() >= PARTS_MAX {
                return Err(self.cursor.error("too many parts in CATENATE"));
            }
            let word = self.cursor.word()?;
            self.cursor.space()?;
            match word.as_str() {
                "TEXT" if self.is_announced() => return Ok(Some(End::Text)),
                "URL" if self.is_announced() => return Ok(Some(End::Inline)),
                "URL" => self.pieces.push(Piece::Url(self.cursor.astring()?)),
                _ => return Err(self.cursor.error("expected TEXT with a literal, or URL")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_start(text: &str) -> Segment {
        segment(text.as_bytes(), Place::Start, true).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn mailbox_as_a_literal_is_not_the_message() {
        assert_eq!(at_start("a APPEND {5}\r\n").end, End::Inline);
        assert_eq!(at_start("a APPEND {5}\r\nINBOX {10}\r\n").end, End::Message);
        assert_eq!(at_start("a append INBOX (\\Seen) {10+}\r\n").end, End::Message);
        assert!(is_one(b"a uid replace 4 x {1}\r\n") && !is_one(b"a UID APPEND x {1}\r\n"));
        assert!(!is_one(b"a LOGIN x {10}\r\n") && !is_one(b"a APPENDED x {10}\r\n"));
    }

    #[test]
    fn head_with_all() {
        let segment = at_start("a1 APPEND \"Sent Mail\" (\\Seen $Work) \"17-Jul-1996 02:44:25 -0700\" ~{10+}\r\n");
        assert_eq!(segment.head, Some(Head { mailbox: b"Sent Mail".to_vec(), replaced: None }));
        let flags = vec![Flag::Seen, Flag::Keyword("$Work".into())];
        assert_eq!(segment.pieces, [Piece::Message(MessageArgs { flags, date_ms: Some(837_596_665_000) })]);
        let between = |text: &[u8], announced| super::segment(text, Place::Between, announced);
        assert_eq!(between(b" {3}\r\n", true).unwrap().pieces, [Piece::Message(MessageArgs::default())]);
        assert_eq!(between(b"", false).unwrap().end, End::Line);
        assert!(between(b" foo\r\n", false).is_err());
        assert!(between(b" foo{3}\r\n", true).is_err());
    }

    #[test]
    fn replace_names_one_message() {
        let replaced = |text: &str| at_start(text).head.unwrap().replaced.unwrap();
        assert_eq!(replaced("a REPLACE 4 Drafts {3}\r\n"), Replaced { uid: false, number: 4 });
        assert_eq!(replaced("a UID REPLACE * Drafts (\\Draft) {3}\r\n"), Replaced { uid: true, number: set::STAR });
        for bad in ["a REPLACE 0 x {3}\r\n", "a REPLACE 1:2 x {3}\r\n", "a REPLACE x {3}\r\n", "a REPLACE 1 x{3}\r\n"] {
            assert!(super::segment(bad.as_bytes(), Place::Start, true).is_err(), "{bad}");
        }
    }

    #[test]
    fn parts_of_a_message() {
        let url = |url: &str| Piece::Url(url.as_bytes().to_vec());
        let first = at_start("a APPEND x CATENATE (URL \"/y/;UID=1\" URL {3+}\r\nabc TEXT {5}\r\n");
        assert_eq!(first.pieces[1..], [url("/y/;UID=1"), url("abc")]);
        assert_eq!(first.end, End::Text);
        assert_eq!(at_start("a APPEND x CATENATE (URL {3}\r\n").end, End::Inline);
        let rest = |text: &str, announced| super::segment(text.as_bytes(), Place::Parts, announced);
        let segment = rest(" URL z) (\\Seen) {3}\r\n", true).unwrap();
        assert_eq!((segment.pieces.len(), segment.end), (2, End::Message));
        assert_eq!(rest(")", false).unwrap().end, End::Line);
        for bad in ["", " )", " TEXT x)", " FILE x)", " URL)", ") x"] {
            assert!(rest(bad, false).is_err(), "{bad}");
        }
        let many = format!("a APPEND x CATENATE ({}", "URL u ".repeat(PARTS_MAX + 1));
        assert!(super::segment(many.as_bytes(), Place::Start, false).is_err());
        assert!(super::segment(b"a APPEND x CATENATE ()", Place::Start, false).is_err());
    }
}
