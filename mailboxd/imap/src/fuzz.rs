// SPDX-License-Identifier: AGPL-3.0-or-later
//! What must hold for any octets from the wire and any octets of a message. Built for the fuzz targets `imap_wire` and
//! `imap_content` and for the tests, which run their seeds.
#![allow(clippy::unwrap_used, reason = "a property that does not hold is to be seen")]

use crate::content::envelope::envelope;
use crate::content::header;
use crate::content::structure::Structure;
use crate::keywords;
use crate::wire::append::{self, End, Piece, Place, Segment};
use crate::wire::command::{Body, Command};
use crate::wire::framer::{Event, Framer, Limits};
use crate::wire::set::{self, Set};
use crate::wire::{cursor, flag, mutf7, parse, url};

const LIMITS: Limits = Limits { command_bytes_max: 1024 };

/// The first octet says into what pieces the network cuts the rest; the pieces make no difference.
pub fn wire(octets: &[u8]) {
    let Some((&cut, stream)) = octets.split_first() else { return };
    let whole = converse(stream, stream.len());
    assert_eq!(whole, converse(stream, usize::from(cut) + 1));
}

/// What a session sees of a stream: commands, messages of APPENDs, what was thrown away.
fn converse(stream: &[u8], piece: usize) -> Vec<String> {
    let mut framer = Framer::new(LIMITS);
    let (mut log, mut message, mut input) = (Vec::new(), 0, Vec::new());
    // Within a command that brings messages.
    let mut place: Option<Place> = None;
    for piece in stream.chunks(piece.max(1)) {
        input.extend_from_slice(piece);
        loop {
            let (used, event) = framer.advance(&input);
            input.drain(..used);
            assert!(framer.buffer().len() <= LIMITS.command_bytes_max + 64);
            match event {
                None => break,
                Some(Event::Line) => {
                    let line = framer.take();
                    match place.take().or(append::is_one(&line).then_some(Place::Start)) {
                        Some(place) => {
                            log.push(format!("{:?}", append::segment(&line, place, false).map(put_together)))
                        }
                        None => log.push(format!("{:?}", parse::command(&line).map(examine))),
                    }
                }
                Some(Event::Literal(literal)) => {
                    log.push(format!("{literal:?}"));
                    place = place.or(append::is_one(framer.buffer()).then_some(Place::Start));
                    place = match place {
                        Some(place) => message_literal(&mut framer, place, &mut log),
                        None => {
                            if !framer.accept() {
                                framer.skip();
                            }
                            None
                        }
                    };
                }
                Some(Event::Chunk(len)) => {
                    assert!(0 < len && len <= input.len());
                    input.drain(..len);
                    framer.chunk_taken(len);
                    message += len;
                }
                Some(Event::Streamed) => log.push(format!("message up to {message}")),
                Some(Event::TooLong | Event::Skipped) if place.take().is_some() => log.push("given up".into()),
                Some(Event::TooLong) => log.push(format!("{:?} is too long", parse::tag_of(&framer.take()))),
                Some(Event::Skipped) => log.push("skipped".into()),
            }
        }
    }
    log
}

/// What a session does with a literal of APPEND, and where the command is then.
fn message_literal(framer: &mut Framer, place: Place, log: &mut Vec<String>) -> Option<Place> {
    let segment = append::segment(framer.buffer(), place, true).map(put_together);
    let end = segment.as_ref().map(|segment| segment.end);
    log.push(format!("{segment:?}"));
    match end {
        Ok(End::Inline) if framer.accept() => return Some(place),
        Ok(End::Message) => {
            framer.stream();
            return Some(Place::Between);
        }
        Ok(End::Text) => {
            framer.stream();
            return Some(Place::Parts);
        }
        _ => framer.skip(),
    }
    None
}

/// What the URLs of a segment mean holds.
fn put_together(segment: Segment) -> Segment {
    for piece in &segment.pieces {
        let Piece::Url(raw) = piece else { continue };
        let Some(url) = url::parse(raw) else { continue };
        assert!(url.uid > 0 && url.mailbox.is_none_or(|name| !name.chars().any(char::is_control)));
    }
    segment
}

/// A command that was understood: what is made of its parts holds.
fn examine(command: Command) -> Command {
    match &command.body {
        Body::Authenticate { initial: Some(response), .. } => authenticated(&response.0),
        Body::Expunge(Some(set)) => resolved(set),
        Body::Fetch { fetch, .. } => resolved(&fetch.set),
        Body::Store { store, .. } => resolved(&store.set),
        Body::Copy { set, mailbox, .. } | Body::Move { set, mailbox, .. } => {
            resolved(set);
            named(mailbox);
        }
        Body::Create { mailbox, .. } | Body::Delete { mailbox } | Body::Status { mailbox, .. } => named(mailbox),
        Body::List(list) => list.patterns.iter().for_each(|pattern| named(pattern)),
        _ => {}
    }
    command
}

/// Whatever the mechanism.
fn authenticated(response: &[u8]) {
    use net::oauth::Bearer;
    let _name = net::Plain::decode(response);
    for bearer in [Bearer::oauthbearer(response), Bearer::xoauth2(response)].into_iter().flatten() {
        assert!(bearer.token.bytes().all(|b| b.is_ascii_graphic()), "it goes into a request");
    }
}

fn resolved(set: &Set) {
    for last in [0, 1, 7, u32::MAX] {
        let ranges = set.resolve(last);
        assert!(ranges.iter().all(|(from, until)| from <= until));
        assert!(ranges.windows(2).all(|pair| pair[0].1 < pair[1].0));
        assert!(ranges.iter().all(|(from, until)| set::holds(&ranges, *from) && set::holds(&ranges, *until)));
    }
}

fn named(mailbox: &[u8]) {
    if let Some(name) = mutf7::decode(mailbox) {
        assert_eq!(mutf7::decode(mutf7::encode(&name).as_bytes()), Some(name));
    }
}

/// A message's octets: what is said of them is one well-formed answer, and every section lies within them.
pub fn content(message: &[u8]) {
    let head = &message[..header::end(message).unwrap_or(message.len())];
    well_formed(&envelope(head));
    for field in header::fields(head) {
        assert!(!header::unfold(field.value).contains(&b'\n'));
    }
    let not = header::select(head, &["subject".into()], true);
    assert!(not.ends_with(b"\r\n"));
    let structure = Structure::of(message);
    well_formed(&structure.body);
    well_formed(&structure.body_structure);
    let len = message.len() as u64;
    for part in &structure.parts {
        let inner = part.inner.iter().flat_map(|(header, text)| [header, text]);
        for range in [&part.header, &part.body].into_iter().chain(inner) {
            assert!(range.start <= range.end && range.end <= len, "{part:?}");
        }
        assert_eq!(structure.part(&part.number).map(|p| &p.number), Some(&part.number));
    }
    let keyword = keywords::encode(&String::from_utf8_lossy(head));
    assert!(keyword.bytes().all(cursor::is_atom_char));
    let _ = flag::list(&mut cursor::Cursor::new(message));
}

/// Parentheses, quoted strings and literals all end, and nothing else could end the line (RFC 3501 §9).
fn well_formed(answer: &[u8]) {
    let (mut depth, mut at) = (0_u32, 0);
    while let Some(&byte) = answer.get(at) {
        at += 1;
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.checked_sub(1).unwrap(),
            b'"' => loop {
                let byte = answer[at];
                at += if byte == b'\\' { 2 } else { 1 };
                assert!(!matches!(byte, b'\r' | b'\n' | 0));
                if byte == b'"' {
                    break;
                }
            },
            b'{' => {
                let digits = answer[at..].iter().take_while(|b| b.is_ascii_digit()).count();
                let len: usize = std::str::from_utf8(&answer[at..at + digits]).unwrap().parse().unwrap();
                at += digits;
                assert!(answer[at..].starts_with(b"}\r\n"));
                at += 3 + len;
                assert!(at <= answer.len());
            }
            _ => assert!((0x20..0x7f).contains(&byte), "{:?}", String::from_utf8_lossy(answer)),
        }
    }
    assert_eq!(depth, 0);
}

#[cfg(test)]
mod tests {
    fn files(dir: &str) -> impl Iterator<Item = Vec<u8>> {
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(dir);
        std::fs::read_dir(dir).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap())
    }

    #[test]
    fn seeds_of_the_wire() {
        files("../../fuzz/seeds/imap_wire").for_each(|seed| super::wire(&seed));
    }

    #[test]
    fn seeds_of_messages() {
        files("../mime/tests/corpus").for_each(|seed| super::content(&seed));
    }
}
