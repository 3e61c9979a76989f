// SPDX-License-Identifier: AGPL-3.0-or-later
//! STORE (RFC 3501 §6.4.6, RFC 7162 §3.1.3).

use super::copy;
use crate::keywords::{self, MASK, Wanted};
use crate::session::failure::Failure;
use crate::session::view::{Message, View};
use crate::session::{Done, Outcome, Session};
use crate::wire::set;
use crate::wire::store::{Store, StoreMode};
use mailbox::{FlagChange, FlagResult, Flags, Item, ItemId, Mailbox, ModSeq};
use std::collections::HashMap;

/// Messages whose old flags are held at once for a silent STORE; more are answered as if it were not silent.
const SILENT_MAX: usize = 100_000;

pub async fn run(session: &mut Session, uid: bool, store: Store) -> Outcome {
    session.enabled.condstore |= store.unchanged_since.is_some();
    session.refresh().await?;
    let condstore = session.enabled.condstore;
    let (connection, _, selected, _) = session.selected_parts()?;
    let view = &selected.view;
    if view.read_only {
        return Err(Failure::no("CANNOT", "mailbox is read-only"));
    }
    let all = view.select(&copy::ranges(view, &store.set, uid)?, uid);
    let gone = all.iter().any(|m| m.gone);
    let messages: Vec<Message> = all.into_iter().filter(|m| !m.gone).collect();
    let wanted = Wanted::of(&store.flags);
    let ids: Vec<ItemId> = messages.iter().map(|m| m.id).collect();
    let (mode, since, want) = (store.mode, store.unchanged_since.map(ModSeq), wanted.clone());
    let result = if ids.is_empty() {
        FlagResult::default()
    } else {
        selected.handle.run(move |m| change(m, &ids, mode, &want, since)).await?
    };
    // New keywords are in the events: they come before the FETCH that uses them.
    selected.drain();
    selected.settle().await?;
    let view = &mut selected.view;
    let mut out = Vec::new();
    view.tell_keywords(&mut out);
    let changed: HashMap<ItemId, &Item> = result.changed.iter().map(|item| (item.id, item)).collect();
    let silent = store.silent && messages.len() <= SILENT_MAX;
    for message in &messages {
        let tags_before = view.tags(message.number).to_vec();
        if let Some(item) = changed.get(&message.id) {
            view.apply_own(item);
        }
        let expected = silent && is_expected(view, message, &tags_before, &store, &wanted);
        answer(view, message, expected, condstore, &mut out);
    }
    connection.put(&out);
    finish(&store, &messages, &result, gone, uid)
}

/// FETCH for one message that STORE named; what the client knows already need not be told.
fn answer(view: &mut View, before: &Message, expected: bool, condstore: bool, out: &mut Vec<u8>) {
    let number = before.number;
    let Some(now) = view.select(&[(number, number)], false).into_iter().next().filter(|m| !m.gone) else { return };
    view.told_flags(number);
    if !expected {
        view.write_flag_update(out, &now, condstore);
    } else if condstore && now.modseq != before.modseq {
        // RFC 7162 §3.1.3: the new mod-sequence is told even if the flags are not.
        out.extend_from_slice(format!("* {number} FETCH (UID {} MODSEQ ({}))\r\n", now.uid, now.modseq).as_bytes());
    }
}

/// True if the client can work out the flags by itself: nobody else changed them meanwhile.
fn is_expected(view: &View, before: &Message, tags_before: &[ItemId], store: &Store, wanted: &Wanted) -> bool {
    let Some(now) = view.select(&[(before.number, before.number)], false).into_iter().next() else { return false };
    if before.dirty || !wanted.tags.is_empty() && store.mode == StoreMode::Replace {
        return false;
    }
    let (add, remove) = bits(store.mode, wanted);
    let bits_match = before.flags.without(remove).with(add).0 & MASK.0 == now.flags.0 & MASK.0;
    let tags_now = view.tags(before.number);
    let tags_match = !wanted.tags.is_empty() || store.mode == StoreMode::Replace || tags_before == tags_now;
    bits_match && tags_match
}

/// Bits of the store to set and to clear. \Seen is the absence of UNREAD.
fn bits(mode: StoreMode, wanted: &Wanted) -> (Flags, Flags) {
    let unread = |on: bool| if on { Flags::UNREAD } else { Flags::default() };
    match mode {
        StoreMode::Add => (wanted.bits, unread(wanted.seen)),
        StoreMode::Remove => (unread(wanted.seen), wanted.bits),
        StoreMode::Replace => {
            let set = wanted.flags();
            (set, MASK.without(set))
        }
    }
}

fn change(
    mailbox: &Mailbox,
    ids: &[ItemId],
    mode: StoreMode,
    wanted: &Wanted,
    unchanged_since: Option<ModSeq>,
) -> mailbox::Result<FlagResult> {
    let tags = keywords::tag_ids(mailbox, &wanted.tags, mode != StoreMode::Remove && mailbox.is_own())?;
    let (add, remove) = bits(mode, wanted);
    let mut change = FlagChange { add, remove, unchanged_since, ..FlagChange::default() };
    match mode {
        StoreMode::Add => change.tags_add = tags,
        StoreMode::Remove => change.tags_remove = tags,
        StoreMode::Replace => change.tags_set = Some(tags),
    }
    mailbox.update_flags(ids, &change)
}

fn finish(store: &Store, messages: &[Message], result: &FlagResult, gone: bool, uid: bool) -> Outcome {
    if store.unchanged_since.is_some() && !result.conflicts.is_empty() {
        // RFC 7162 §3.1.3: MODIFIED names them as the command did.
        let failed = messages.iter().filter(|m| result.conflicts.contains(&m.id));
        let mut code = String::from("MODIFIED ");
        set::write(&mut code, failed.map(|m| if uid { m.uid.0 } else { m.number }));
        return Ok(Done::code(code, "Conditional STORE failed for some"));
    }
    // A UID that is not there is silently passed over (RFC 3501 §6.4.8); a number that was there is not.
    if !uid && (gone || !result.missing.is_empty()) {
        return Err(Failure::no("EXPUNGEISSUED", "some of the messages are gone"));
    }
    Ok(Done::text("STORE completed"))
}
