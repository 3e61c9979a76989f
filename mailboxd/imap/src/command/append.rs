// SPDX-License-Identifier: AGPL-3.0-or-later
//! APPEND (RFC 3501 §6.3.11; MULTIAPPEND RFC 3502, UIDPLUS RFC 4315, CATENATE RFC 4469); REPLACE goes the same way. Messages
//! stream into the store's staging as they come; nothing is asked for that would be refused afterwards.

mod catenate;
mod receive;

use super::copy::try_create;
use super::replace::{self, Old};
use crate::keywords::{self, Wanted};
use crate::names;
use crate::place::Spot;
use crate::session::failure::Failure;
use crate::session::progress::Progress;
use crate::session::{Done, Outcome, Session};
use crate::wire::append::{Head, Place};
use crate::wire::framer::Announcement;
use crate::wire::{parse, set};
use mailbox::{AddMessage, Error, Folder, Item, Mailbox, Rights, Staged};
pub use receive::Received;

pub use crate::wire::append::is_one;

/// Where the messages go, and what goes for them.
struct Target {
    /// As the client wrote it.
    name: String,
    place: Spot,
    old: Option<Old>,
}

/// The framer holds the command up to its first literal, or all of it.
pub async fn run(session: &mut Session, literal: Option<Announcement>) -> Result<(), Failure> {
    let tag = parse::tag_of(session.connection.framer().buffer()).unwrap_or_default();
    session.tag.clone_from(&tag);
    let outcome = append(session, literal).await;
    session.tag.clear();
    session.finish(&tag, outcome, Some(true)).await
}

async fn append(session: &mut Session, literal: Option<Announcement>) -> Outcome {
    let (mut segment, literal) = receive::segment(session, literal, Place::Start).await?;
    let Some(head) = segment.head.take() else { return Err(Failure::bad("expected a mailbox")) };
    let target = match check(session, &head).await {
        Ok(target) => target,
        Err(failure) => {
            receive::refuse(session, literal)?;
            return Err(failure);
        }
    };
    let messages = receive::all(session, segment, literal, target.old.is_some()).await?;
    match target.old {
        Some(old) => replace::finish(session, target.place, &target.name, messages, old).await,
        None => add(session, target.place, &target.name, messages).await,
    }
}

/// The mailbox must be there, and take messages of this user, before a message is taken; and what is to be replaced, too.
async fn check(session: &mut Session, head: &Head) -> Result<Target, Failure> {
    let old = match head.replaced {
        Some(replaced) => Some(replace::find(session, replaced).await?),
        None => None,
    };
    let name = names::decode(&head.mailbox, session.enabled.utf8)?;
    let Some(place) = session.user()?.place(&name).await? else { return Err(try_create(&name)) };
    let inner = place.name.clone();
    let may = move |m: &Mailbox| {
        let folder = names::find(m, &inner)?;
        Ok(folder.map(|folder| m.rights(folder.item.id).contains(Rights::INSERT)))
    };
    match place.handle.run(may).await? {
        Some(true) => Ok(Target { name, place, old }),
        Some(false) => Err(Failure::no("NOPERM", "no right to put messages there")),
        None => Err(try_create(&name)),
    }
}

async fn add(session: &mut Session, place: Spot, name: &str, messages: Vec<Received>) -> Outcome {
    let Spot { handle, name: inner } = place;
    let added = session.cross(&handle, &Progress::default(), move |m| add_all(m, &inner, messages)).await?;
    let (uid_validity, items) = added.ok_or_else(|| try_create(name))?;
    let mut code = format!("APPENDUID {uid_validity} ");
    set::write(&mut code, items.iter().map(|item| item.uid.0));
    Ok(Done::code(code, "APPEND completed"))
}

/// `None`: the mailbox is gone. All are added or none.
fn add_all(mailbox: &Mailbox, name: &str, messages: Vec<Received>) -> mailbox::Result<Option<(u32, Vec<Item>)>> {
    let Some(folder) = names::find(mailbox, name)? else { return Ok(None) };
    let added: mailbox::Result<Vec<_>> =
        messages.into_iter().map(|message| finish(mailbox, &folder, message)).collect();
    Ok(Some((folder.detail.uid_validity, mailbox.add_messages(&added?)?)))
}

/// What is asked of the domain for a message that has come in whole.
pub fn finish(mailbox: &Mailbox, folder: &Folder, message: Received) -> mailbox::Result<(Staged, AddMessage)> {
    let Received { mut staging, rest, args } = message;
    let unavailable = |error: String| Error::Unavailable(error);
    staging.write(&rest).map_err(|e| unavailable(e.to_string()))?;
    let staged = staging.finish().map_err(|e| unavailable(e.to_string()))?;
    let wanted = Wanted::of(&args.flags);
    let tags = keywords::tag_ids(mailbox, &wanted.tags, mailbox.is_own())?;
    Ok((staged, AddMessage { folder: folder.item.id, flags: wanted.flags(), tags, date_ms: args.date_ms }))
}
