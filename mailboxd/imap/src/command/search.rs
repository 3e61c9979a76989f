// SPDX-License-Identifier: AGPL-3.0-or-later
//! SEARCH and UID SEARCH (RFC 3501 §6.4.4, ESEARCH RFC 4731, SEARCHRES RFC 5182).
//!
//! Flags, numbers, mod-sequences, dates and sizes are tested on the view; subjects and people by the index or on rows; other
//! header fields on the message's header section. These match substrings in any case, as the RFC says. BODY and TEXT ask
//! the full-text index, which finds whole words and beginnings of words next to each other, not substrings, as Dovecot's
//! full-text plug-ins do: a search through 100,000 files would be right and of no use.

pub(super) mod evaluate;
mod filter;
mod test;

use crate::session::failure::Failure;
use crate::session::progress::Progress;
use crate::session::view::{Message, View};
use crate::session::{Done, Outcome, Selected, Session};
use crate::wire::search::{Key, Return, Search};
use crate::wire::{encode, set};
use evaluate::evaluate;
use mailbox::Uid;
use test::{Known, Test};

pub async fn run(session: &mut Session, uid: bool, search: Search) -> Outcome {
    let found = find(session, search.charset.as_deref(), &search.key, search.extended).await?;
    let with_modseq = names_modseq(&search.key);
    // RFC 9051 §6.4.4: IMAP4rev2 has no other answer.
    let all = Return { all: true, ..Return::default() };
    let options = search.extended.or_else(|| session.enabled.rev2.then_some(all));
    answer(session, "SEARCH", uid, options, with_modseq, &found)?;
    Ok(Done::text("SEARCH completed"))
}

/// What is found, by ascending number. With SAVE a refusal empties what was saved (RFC 5182 §2.1).
pub async fn find(
    session: &mut Session,
    charset: Option<&str>,
    key: &Key,
    extended: Option<Return>,
) -> Result<Vec<Message>, Failure> {
    let found = look(session, charset, key).await;
    if extended.is_some_and(|wanted| wanted.save)
        && matches!(found, Err(Failure::No { .. }))
        && let Ok((_, selected)) = session.selected()
    {
        selected.view.save(Vec::new());
    }
    found
}

async fn look(session: &mut Session, charset: Option<&str>, key: &Key) -> Result<Vec<Message>, Failure> {
    let known = |charset: &str| ["utf-8", "us-ascii"].iter().any(|known| charset.eq_ignore_ascii_case(known));
    if !charset.is_none_or(known) {
        return Err(Failure::no("BADCHARSET (UTF-8 US-ASCII)", "charset not supported"));
    }
    let user = session.user()?.clone();
    let key = &filter::expand(&user, key.clone()).await?;
    session.refresh().await?;
    session.enabled.condstore |= names_modseq(key);
    let (_, selected) = session.selected()?;
    let Selected { handle, view, .. } = selected;
    if view.search.is_some() && names_modseq(key) {
        return Err(super::fetch::no_modseq());
    }
    let (folder, holder) = (view.folder, view.holder());
    let test = Test::of(key, view, chrono::Utc::now().timestamp_millis())?;
    if test.asks_fixed() && !view.knows_fixed() {
        view.learn_fixed(&handle.run(move |m| m.folder_messages(folder, Uid(0))).await?);
    }
    let (mut found, open) = sort(&test, view.iter().filter(|m| !m.gone));
    if !open.is_empty() {
        let progress = Progress::towards(open.len());
        let counted = progress.clone();
        let handle = handle.clone();
        found.extend(session.cross(&handle, &progress, move |m| evaluate(m, &holder, test, open, &counted)).await?);
        found.sort_unstable_by_key(|m| m.number);
    }
    Ok(found)
}

/// Of SEARCH and SORT: `found` in the order in which it is answered.
pub fn answer(
    session: &mut Session,
    command: &str,
    uid: bool,
    options: Option<Return>,
    with_modseq: bool,
    found: &[Message],
) -> Result<(), Failure> {
    let tag = session.tag.clone();
    let (connection, _, selected, _) = session.selected_parts()?;
    match options {
        Some(wanted) => {
            if wanted.save {
                selected.view.save(saved(wanted, found));
            }
            if !wanted.is_silent() {
                connection.put(extended(&tag, uid, wanted, with_modseq, found).as_bytes());
            }
        }
        None => connection.put(&plain(command, uid, with_modseq, found)),
    }
    Ok(())
}

/// RFC 5182 §2.4: MIN and MAX alone save only what they name.
fn saved(wanted: Return, found: &[Message]) -> Vec<Uid> {
    if wanted.all || wanted.count || wanted.is_silent() {
        return found.iter().map(|m| m.uid).collect();
    }
    let first = found.first().filter(|_| wanted.min);
    let last = found.last().filter(|_| wanted.max);
    let mut uids: Vec<Uid> = first.into_iter().chain(last).map(|m| m.uid).collect();
    uids.dedup();
    uids
}

/// Messages that pass by what the view knows, and those that it leaves open.
fn sort(test: &Test, messages: impl Iterator<Item = Message>) -> (Vec<Message>, Vec<Message>) {
    let (mut found, mut open) = (Vec::new(), Vec::new());
    for message in messages {
        match test.decide(&message, &Known::default()) {
            Some(true) => found.push(message),
            Some(false) => {}
            None => open.push(message),
        }
    }
    (found, open)
}

pub fn names_modseq(key: &Key) -> bool {
    match key {
        Key::ModSeq(_) => true,
        Key::And(keys) => keys.iter().any(names_modseq),
        Key::Or(one, other) => names_modseq(one) || names_modseq(other),
        Key::Not(key) => names_modseq(key),
        _ => false,
    }
}

fn number(message: &Message, uid: bool) -> u32 {
    if uid { message.uid.0 } else { message.number }
}

fn highest_modseq(found: &[Message]) -> u64 {
    found.iter().map(|m| m.modseq.0).max().unwrap_or(0)
}

fn plain(command: &str, uid: bool, with_modseq: bool, found: &[Message]) -> Vec<u8> {
    let mut out = format!("* {command}").into_bytes();
    for message in found {
        out.push(b' ');
        encode::number(&mut out, number(message, uid).into());
    }
    // RFC 7162 §3.1.5
    if with_modseq && !found.is_empty() {
        out.extend_from_slice(format!(" (MODSEQ {})", highest_modseq(found)).as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out
}

fn extended(tag: &str, uid: bool, wanted: Return, with_modseq: bool, found: &[Message]) -> String {
    // A tag is an astring without quotes or backslashes, so it can be quoted as it is.
    let mut out = format!("* ESEARCH (TAG \"{tag}\")");
    if uid {
        out.push_str(" UID");
    }
    let mut put = |name: &str, message: Option<&Message>| {
        if let Some(message) = message {
            out.push_str(&format!(" {name} {}", number(message, uid)));
        }
    };
    if wanted.min {
        put("MIN", found.first());
    }
    if wanted.max {
        put("MAX", found.last());
    }
    if wanted.count {
        out.push_str(&format!(" COUNT {}", found.len()));
    }
    // RFC 4731 §3.1: nothing found, no ALL.
    if wanted.all && !found.is_empty() {
        out.push_str(" ALL ");
        set::write(&mut out, found.iter().map(|m| number(m, uid)));
    }
    if with_modseq && !found.is_empty() {
        out.push_str(&format!(" MODSEQ {}", extended_modseq(wanted, found)));
    }
    out.push_str("\r\n");
    out
}

/// RFC 4731 §3.2: of what is answered: with MIN or MAX alone, of those messages only.
fn extended_modseq(wanted: Return, found: &[Message]) -> u64 {
    if wanted.all || wanted.count {
        return highest_modseq(found);
    }
    let first = found.first().filter(|_| wanted.min).map_or(0, |m| m.modseq.0);
    let last = found.last().filter(|_| wanted.max).map_or(0, |m| m.modseq.0);
    first.max(last)
}

/// For [`Test::of`]: numbers of messages are checked as everywhere.
fn ranges(view: &View, set: &set::Set, uid: bool) -> Result<Vec<(u32, u32)>, Failure> {
    super::copy::ranges(view, set, uid)
}
