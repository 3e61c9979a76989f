// SPDX-License-Identifier: AGPL-3.0-or-later
//! Takes in the messages of one command: their octets into stagings, the text around them parsed as it comes.

use super::catenate;
use crate::limits;
use crate::session::Session;
use crate::session::failure::Failure;
use crate::wire::append::{self, End, MessageArgs, Piece, Place, Segment};
use crate::wire::framer::{Announcement, Event};
use bytes::BytesMut;
use mailbox::Staging;

/// A message that has come in: what is staged and what is still to be staged.
pub struct Received {
    pub staging: Staging,
    pub rest: BytesMut,
    pub args: MessageArgs,
}

impl Received {
    fn is_empty(&self) -> bool {
        self.staging.is_empty() && self.rest.is_empty()
    }
}

/// All messages of the command, of which the first segment was parsed. With `single` no more than one.
pub async fn all(
    session: &mut Session,
    mut segment: Segment,
    mut literal: Option<Announcement>,
    single: bool,
) -> Result<Vec<Received>, Failure> {
    // All of one command together are held on disk: no more than the largest message.
    let mut coming = Coming { messages: Vec::new(), parts: 0, left: session.shared.config.message_bytes_max, single };
    loop {
        let taken = coming.take(session, &segment, literal).await;
        if let Err(failure) = taken {
            refuse(session, literal)?;
            return Err(failure);
        }
        let Some(announced) = literal else { return Ok(coming.messages) };
        let message = coming.messages.pop().ok_or_else(|| Failure::bad("expected a message"))?;
        coming.left -= announced.len;
        coming.messages.push(stream(session, message, announced).await?);
        let place = if segment.end == End::Text { Place::Parts } else { Place::Between };
        literal = next(session).await?;
        (segment, literal) = self::segment(session, literal, place).await?;
    }
}

struct Coming {
    messages: Vec<Received>,
    /// Of CATENATE, in all messages.
    parts: usize,
    /// Octets that may still come.
    left: u64,
    single: bool,
}

impl Coming {
    /// What a segment says, up to the literal at its end, which must not be too large.
    async fn take(
        &mut self,
        session: &mut Session,
        segment: &Segment,
        literal: Option<Announcement>,
    ) -> Result<(), Failure> {
        for piece in &segment.pieces {
            match piece {
                Piece::Message(args) => self.begin(session, args.clone())?,
                Piece::Url(url) => {
                    self.count()?;
                    let message = self.messages.pop().ok_or_else(|| Failure::bad("expected a message"))?;
                    let before = message.staging.len() + message.rest.len() as u64;
                    let message = catenate::copy(session, message, url, self.left).await?;
                    self.left = self.left.saturating_sub(message.staging.len() - before);
                    self.messages.push(message);
                }
            }
        }
        match (segment.end, literal) {
            (End::Text, Some(literal)) => {
                self.count()?;
                fits(literal, self.left)
            }
            // RFC 3502 §6.3.11: an empty literal takes the whole APPEND back.
            (End::Message, Some(literal)) if literal.len == 0 => Err(is_empty()),
            (End::Message, Some(literal)) => fits(literal, self.left),
            _ => self.end(),
        }
    }

    fn begin(&mut self, session: &Session, args: MessageArgs) -> Result<(), Failure> {
        self.end()?;
        if self.single && !self.messages.is_empty() {
            return Err(Failure::bad("REPLACE has one message"));
        }
        if self.messages.len() >= limits::APPEND_MESSAGES_MAX {
            return Err(Failure::no("LIMIT", "too many messages in one APPEND"));
        }
        self.messages.push(Received { staging: session.shared.store.stage(), rest: BytesMut::new(), args });
        Ok(())
    }

    /// The last message is complete.
    fn end(&self) -> Result<(), Failure> {
        if self.messages.last().is_some_and(Received::is_empty) { Err(is_empty()) } else { Ok(()) }
    }

    fn count(&mut self) -> Result<(), Failure> {
        self.parts += 1;
        if self.parts > limits::CATENATE_PARTS_MAX {
            return Err(Failure::no("LIMIT", "too many parts in CATENATE"));
        }
        Ok(())
    }
}

fn is_empty() -> Failure {
    Failure::refused("an empty message can't be stored")
}

fn fits(literal: Announcement, left: u64) -> Result<(), Failure> {
    if literal.len > left { Err(too_big()) } else { Ok(()) }
}

pub(super) fn too_big() -> Failure {
    Failure::no("TOOBIG", "message is too large")
}

/// The segment that the framer holds, with the literals of its names and URLs, which it waits for. A literal that comes with it
/// is of a message, and not taken yet.
pub async fn segment(
    session: &mut Session,
    mut literal: Option<Announcement>,
    place: Place,
) -> Result<(Segment, Option<Announcement>), Failure> {
    loop {
        let parsed = append::segment(session.connection.framer().buffer(), place, literal.is_some());
        match (parsed, literal) {
            (Ok(Segment { end: End::Inline, .. }), Some(inline)) => {
                if !session.connection.framer().accept() {
                    session.skip_literal(inline)?;
                    return Err(Failure::bad("literal too large"));
                }
                if inline.waits {
                    session.connection.put(b"+ go ahead\r\n");
                }
                literal = next(session).await?;
            }
            (Ok(segment), Some(_)) if segment.end == End::Line => {
                refuse(session, literal)?;
                return Err(Failure::bad("unexpected literal"));
            }
            (Ok(segment), literal) => {
                if literal.is_none() {
                    session.connection.framer().take();
                }
                return Ok((segment, literal));
            }
            (Err(error), literal) => {
                refuse(session, literal)?;
                return Err(Failure::bad(error.to_string()));
            }
        }
    }
}

/// The rest of the command is not wanted. Without a literal all of it has come.
pub fn refuse(session: &mut Session, literal: Option<Announcement>) -> Result<(), Failure> {
    match literal {
        Some(literal) => session.skip_literal(literal),
        None => {
            session.connection.framer().take();
            Ok(())
        }
    }
}

/// Waits for the next literal, or for the end of the command.
async fn next(session: &mut Session) -> Result<Option<Announcement>, Failure> {
    match session.wait().await? {
        Event::Line => Ok(None),
        Event::Literal(next) => Ok(Some(next)),
        _ => {
            session.connection.framer().take();
            Err(Failure::bad("unexpected text after the message"))
        }
    }
}

/// The octets of a literal onto the end of a message.
async fn stream(session: &mut Session, message: Received, literal: Announcement) -> Result<Received, Failure> {
    session.connection.framer().stream();
    if literal.waits {
        session.connection.put(b"+ go ahead\r\n");
    }
    let Received { mut staging, mut rest, args } = message;
    loop {
        match session.wait().await? {
            Event::Chunk(len) => {
                let chunk = session.connection.take_chunk(len);
                if rest.is_empty() {
                    rest = chunk;
                } else {
                    rest.extend_from_slice(&chunk);
                }
                if rest.len() >= limits::APPEND_CHUNK_BYTES {
                    staging = stage(session, staging, std::mem::take(&mut rest)).await?;
                }
            }
            Event::Streamed => return Ok(Received { staging, rest, args }),
            _ => return Err(Failure::Bye("lost track of a message")),
        }
    }
}

/// Staging may write to a file: off the async threads.
async fn stage(session: &Session, mut staging: Staging, bytes: BytesMut) -> Result<Staging, Failure> {
    let staged = session.shared.store.run(move |_| staging.write(&bytes).map(|()| staging)).await?;
    // The rest of the message is still to come and has nowhere to go.
    staged.map_err(|error| {
        tracing::warn!(%error, "imap append can't be staged");
        Failure::Bye("The message can't be stored now")
    })
}
