// SPDX-License-Identifier: AGPL-3.0-or-later
//! APPEND (RFC 3501 §6.3.11; MULTIAPPEND RFC 3502, UIDPLUS RFC 4315). Messages stream into the store's staging as they
//! come; nothing is asked for that would be refused afterwards.

use super::copy::try_create;
use crate::keywords::{self, Wanted};
use crate::limits;
use crate::names;
use crate::place::Place;
use crate::session::failure::Failure;
use crate::session::{Done, Outcome, Session};
use crate::wire::append::{self, MessageArgs};
use crate::wire::framer::{Announcement, Event};
use crate::wire::set;
pub use append::announces_message;
use bytes::BytesMut;
use mailbox::{AddMessage, Error, Folder, Item, Mailbox, Rights, Staged, Staging};

/// A message that has come in whole: what is staged and what is still to be staged.
struct Received {
    staging: Staging,
    rest: BytesMut,
    args: MessageArgs,
}

/// The framer holds the head up to the announcement of the first message.
pub async fn run(session: &mut Session, literal: Announcement) -> Result<(), Failure> {
    let head = match append::head(session.connection.framer().buffer()) {
        Ok(head) => head,
        Err(error) => {
            let tag = crate::wire::parse::tag_of(session.connection.framer().buffer());
            session.skip_literal(literal)?;
            return session.bad(tag.as_deref(), &error.to_string());
        }
    };
    let outcome = append(session, head.mailbox, head.message, literal).await;
    session.finish(&head.tag, outcome, Some(true)).await
}

async fn append(session: &mut Session, mailbox: Vec<u8>, first: MessageArgs, literal: Announcement) -> Outcome {
    let (name, place) = match check(session, &mailbox).await {
        Ok(checked) => checked,
        Err(failure) => {
            session.skip_literal(literal)?;
            return Err(failure);
        }
    };
    let messages = receive_all(session, first, literal).await?;
    let added = place.handle.run(move |m| add_all(m, &place.name, messages)).await?;
    let (uid_validity, items) = added.ok_or_else(|| try_create(&name))?;
    let mut code = format!("APPENDUID {uid_validity} ");
    set::write(&mut code, items.iter().map(|item| item.uid.0));
    Ok(Done::code(code, "APPEND completed"))
}

/// The mailbox must be there, and take messages of this user, before a message is taken.
async fn check(session: &Session, mailbox: &[u8]) -> Result<(String, Place), Failure> {
    let name = names::decode(mailbox, session.enabled.utf8)?;
    let Some(place) = session.user()?.place(&name).await? else { return Err(try_create(&name)) };
    let target = place.name.clone();
    let may = move |m: &Mailbox| {
        let folder = names::find(m, &target)?;
        Ok(folder.map(|folder| m.rights(folder.item.id).contains(Rights::INSERT)))
    };
    match place.handle.run(may).await? {
        Some(true) => Ok((name, place)),
        Some(false) => Err(Failure::no("NOPERM", "no right to put messages there")),
        None => Err(try_create(&name)),
    }
}

async fn receive_all(
    session: &mut Session,
    mut args: MessageArgs,
    mut literal: Announcement,
) -> Result<Vec<Received>, Failure> {
    let mut messages = Vec::new();
    let mut left = session.shared.config.message_bytes_max;
    loop {
        if let Err(failure) = check_size(messages.len(), literal, left) {
            session.skip_literal(literal)?;
            return Err(failure);
        }
        // All of one command together are held on disk: no more than the largest message.
        left -= literal.len;
        messages.push(receive(session, args, literal).await?);
        match session.wait().await? {
            Event::Line => {
                let rest = session.connection.framer().take();
                return if rest.is_empty() {
                    Ok(messages)
                } else {
                    Err(Failure::bad("unexpected text after the message"))
                };
            }
            Event::Literal(next) => {
                let parsed = append::next(session.connection.framer().buffer());
                match parsed {
                    Ok(parsed) => (args, literal) = (parsed, next),
                    Err(error) => {
                        session.skip_literal(next)?;
                        return Err(Failure::bad(error.to_string()));
                    }
                }
            }
            _ => {
                session.connection.framer().take();
                return Err(Failure::bad("unexpected text after the message"));
            }
        }
    }
}

fn check_size(count: usize, literal: Announcement, left: u64) -> Result<(), Failure> {
    if literal.len == 0 {
        // RFC 3502 §6.3.11: an empty literal takes the whole APPEND back.
        return Err(Failure::refused("an empty message can't be stored"));
    }
    if count >= limits::APPEND_MESSAGES_MAX {
        return Err(Failure::no("LIMIT", "too many messages in one APPEND"));
    }
    if literal.len > left {
        return Err(Failure::no("TOOBIG", "message is too large"));
    }
    Ok(())
}

async fn receive(session: &mut Session, args: MessageArgs, literal: Announcement) -> Result<Received, Failure> {
    session.connection.framer().stream();
    if literal.waits {
        session.connection.put(b"+ go ahead\r\n");
    }
    let mut staging = session.shared.store.stage();
    let mut rest = BytesMut::new();
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

/// `None`: the mailbox is gone. All are added or none.
fn add_all(mailbox: &Mailbox, name: &str, messages: Vec<Received>) -> mailbox::Result<Option<(u32, Vec<Item>)>> {
    let Some(folder) = names::find(mailbox, name)? else { return Ok(None) };
    let added: mailbox::Result<Vec<_>> =
        messages.into_iter().map(|message| finish(mailbox, &folder, message)).collect();
    Ok(Some((folder.detail.uid_validity, mailbox.add_messages(&added?)?)))
}

fn finish(mailbox: &Mailbox, folder: &Folder, message: Received) -> mailbox::Result<(Staged, AddMessage)> {
    let Received { mut staging, rest, args } = message;
    let unavailable = |error: String| Error::Unavailable(error);
    staging.write(&rest).map_err(|e| unavailable(e.to_string()))?;
    let staged = staging.finish().map_err(|e| unavailable(e.to_string()))?;
    let wanted = Wanted::of(&args.flags);
    let tags = keywords::tag_ids(mailbox, &wanted.tags, mailbox.is_own())?;
    Ok((staged, AddMessage { folder: folder.item.id, flags: wanted.flags(), tags, date_ms: args.date_ms }))
}
