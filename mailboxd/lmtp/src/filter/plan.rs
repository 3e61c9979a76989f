// SPDX-License-Identifier: AGPL-3.0-or-later
//! From what a script wants to what is delivered: folders, flags and tags of the mailbox, messages in the store.

use super::claim::Claim;
use super::world::{folder, space, special_use};
use crate::backend::Local;
use mailbox::{Flags, Item, ItemId, Mailbox, Remembered, Staged, Store};
use sieve::{Filing, Outcome, Place, SendKind};

/// Keywords of one copy.
const TAGS_MAX: usize = 16;
/// RFC 5321 §4.4 and Delivered-To: through so many mailboxes a message is sent on, no further.
const REDIRECTED_MAX: usize = 10;

/// Whose message it is.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub local: Local,
    /// Envelope.
    pub from: String,
    pub to: String,
    /// The account's address, and the name before it.
    pub owner: String,
    pub owner_name: String,
    /// Where the message goes when the script says nothing.
    pub folder: ItemId,
}

/// What becomes of a message for one account.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub copies: Vec<Copy>,
    pub remember: Vec<Remembered>,
    /// To whom the message goes on, and its octets.
    pub redirects: Vec<(Vec<String>, Vec<u8>)>,
    /// Answers, which go out last.
    pub answers: Vec<Answer>,
    pub reject: Option<String>,
    /// The owner is to be told.
    pub error: Option<String>,
    /// Held until everything is remembered.
    pub _claims: Vec<Claim>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub to: Vec<String>,
    pub message: Vec<u8>,
    /// It may be from somebody else than the owner.
    pub is_as_written: bool,
}

#[derive(Debug)]
pub(crate) struct Copy {
    /// `None`: the message as it came.
    pub message: Option<Staged>,
    pub folder: ItemId,
    pub flags: Flags,
    pub tags: Vec<ItemId>,
}

impl Copy {
    fn plain(folder: ItemId) -> Copy {
        Copy { message: None, folder, flags: Flags::UNREAD, tags: Vec::new() }
    }
}

impl Plan {
    /// As if there were no script.
    pub fn failed(subject: &Subject, error: String) -> Plan {
        tracing::warn!(account = %subject.owner, %error, "a script failed: the message is kept");
        Plan { copies: vec![Copy::plain(subject.folder)], error: Some(error), ..Plan::default() }
    }

    /// What another script says, and remembers, besides.
    pub fn take_answers(&mut self, other: Plan) {
        self.answers.extend(other.answers);
        self.remember.extend(other.remember);
        self._claims.extend(other._claims);
    }

    /// Keeps it too, if nothing else does: what should have gone elsewhere can't.
    pub fn keep(&mut self, subject: &Subject, error: String) {
        tracing::warn!(account = %subject.owner, %error, "a message could not be sent on: it is kept");
        if self.copies.is_empty() {
            self.copies.push(Copy::plain(subject.folder));
        }
        self.error.get_or_insert(error);
    }
}

/// Blocking.
pub(super) fn make(store: &Store, mailbox: &Mailbox, came: &Staged, subject: &Subject, outcome: Outcome) -> Plan {
    match try_make(store, mailbox, came, subject, outcome) {
        Ok(plan) => plan,
        Err(error) => Plan::failed(subject, error.to_string()),
    }
}

fn try_make(
    store: &Store,
    mailbox: &Mailbox,
    came: &Staged,
    subject: &Subject,
    outcome: Outcome,
) -> mailbox::Result<Plan> {
    if let Some(error) = &outcome.error {
        tracing::warn!(account = %subject.owner, %error, "a script failed: what it says counts for nothing");
    }
    let mut plan = Plan { reject: outcome.reject, error: outcome.error, ..Plan::default() };
    for filing in &outcome.filings {
        let message = match filing.message.checked_sub(1).and_then(|at| outcome.messages.get(at)) {
            Some(octets) => Some(stage(store, octets)?),
            None => None,
        };
        let (flags, tags) = marks(mailbox, &filing.flags);
        let folder = place(mailbox, filing, subject)?;
        // RFC 5228 §4.1: once into each, by whatever names it goes.
        match plan.copies.iter_mut().find(|copy| copy.folder == folder && copy.message.is_none() && message.is_none()) {
            Some(known) => {
                known.tags.extend(tags.into_iter().filter(|tag| !known.tags.contains(tag)).collect::<Vec<_>>())
            }
            None => plan.copies.push(Copy { message, folder, flags, tags }),
        }
    }
    for known in outcome.remember {
        let ms = i64::try_from(known.seconds.saturating_mul(1_000)).unwrap_or(i64::MAX);
        plan.remember.push(Remembered { space: space(known.asked), name: known.id, ms });
    }
    let octets =
        |at: usize| at.checked_sub(1).and_then(|at| outcome.messages.get(at)).map_or(&came.content[..], Vec::as_slice);
    for send in &outcome.sends {
        match send.kind {
            SendKind::Answer => plan.answers.push(Answer {
                to: send.to.clone(),
                message: octets(send.message).to_vec(),
                is_as_written: send.is_as_written,
            }),
            SendKind::Redirect if is_loop(&came.content, &subject.owner) => {
                plan.keep(subject, "a message came back that was redirected before".to_owned());
            }
            SendKind::Redirect => {
                let mut message = format!("Delivered-To: {}\r\n", subject.owner).into_bytes();
                message.extend_from_slice(octets(send.message));
                plan.redirects.push((send.to.clone(), message));
            }
        }
    }
    Ok(plan)
}

/// It went through this mailbox, or too many, before.
fn is_loop(message: &[u8], owner: &str) -> bool {
    let before = mime::header(message, "Delivered-To");
    before.len() >= REDIRECTED_MAX || before.iter().any(|value| value.trim().eq_ignore_ascii_case(owner))
}

pub(super) fn stage(store: &Store, octets: &[u8]) -> mailbox::Result<Staged> {
    let mut staging = store.stage();
    staging.write(octets)?;
    Ok(staging.finish()?)
}

/// A folder that is not there, and is not to be made, is the Inbox (RFC 5228 §4.1).
fn place(mailbox: &Mailbox, filing: &Filing, subject: &Subject) -> mailbox::Result<ItemId> {
    let Place::Folder { path, special_use: wanted, create } = &filing.place else { return Ok(subject.folder) };
    if let Some(wanted) = wanted
        && let Some(id) = special_use(mailbox, wanted)?
    {
        return Ok(id);
    }
    if let Some(found) = folder(mailbox, path)? {
        return Ok(found.item.id);
    }
    if *create { make_folder(mailbox, path) } else { Ok(subject.folder) }
}

/// What can't be made is the Inbox.
fn make_folder(mailbox: &Mailbox, path: &str) -> mailbox::Result<ItemId> {
    match mailbox.ensure_folder(path, "message") {
        Err(error @ (mailbox::Error::Unavailable(_) | mailbox::Error::Store(_))) => Err(error),
        Ok(ItemId::USER_ROOT) | Err(_) => Ok(ItemId::INBOX),
        Ok(folder) => Ok(folder),
    }
}

/// RFC 5232: flags of IMAP; a keyword is a tag. One that can't be one is left out.
fn marks(mailbox: &Mailbox, names: &[String]) -> (Flags, Vec<ItemId>) {
    let (mut flags, mut tags) = (Flags::UNREAD, Vec::new());
    // A no-break space is part of a keyword: rules of the web client write it for the space in a tag's name.
    let words = names.iter().flat_map(|name| name.split_ascii_whitespace());
    for word in words {
        match word.to_ascii_lowercase().as_str() {
            "\\seen" => flags = flags.without(Flags::UNREAD),
            "\\answered" => flags = flags.with(Flags::REPLIED),
            "\\flagged" => flags = flags.with(Flags::FLAGGED),
            "\\deleted" => flags = flags.with(Flags::DELETED),
            "\\draft" => flags = flags.with(Flags::DRAFT),
            "$forwarded" => flags = flags.with(Flags::FORWARDED),
            "$mdnsent" => flags = flags.with(Flags::NOTIFIED),
            _ if tags.len() < TAGS_MAX => {
                if let Ok(tag) = tag(mailbox, &word.replace('\u{a0}', " ")) {
                    tags.push(tag.id);
                }
            }
            _ => {}
        }
    }
    (flags, tags)
}

fn tag(mailbox: &Mailbox, name: &str) -> mailbox::Result<std::sync::Arc<Item>> {
    let known = mailbox.tags()?.into_iter().find(|tag| tag.item.name.eq_ignore_ascii_case(name));
    Ok(match known {
        Some(tag) => tag.item,
        None => mailbox.ensure_tag(name)?.item,
    })
}
