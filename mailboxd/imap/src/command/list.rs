// SPDX-License-Identifier: AGPL-3.0-or-later
//! LIST (RFC 3501 §6.3.8; RFC 5258, RFC 5819, RFC 6154). Every folder can be selected and every parent exists; \Noselect are
//! only the places that hold the folders of others.

use super::status;
use crate::listing::{self, Entry, Homes};
use crate::names;
use crate::session::failure::Failure;
use crate::session::{Done, Outcome, Session};
use crate::wire::encode;
use crate::wire::list::List;
use mailbox::Mailbox;
use std::sync::Arc;

/// What one name needs to know of the others.
struct Name {
    name: String,
    is_selected: bool,
}

pub async fn run(session: &mut Session, args: List) -> Outcome {
    let utf8 = session.enabled.utf8;
    let user = session.user()?.clone();
    let reference = names::decode(&args.reference, utf8)?;
    let patterns = args
        .patterns
        .iter()
        .map(|pattern| Ok(format!("{reference}{}", names::decode(pattern, utf8)?)))
        .collect::<Result<Vec<String>, Failure>>()?;
    if !args.extended && args.patterns.iter().all(Vec::is_empty) {
        // RFC 3501 §6.3.8: asks for the separator and the root of the reference.
        session.connection.put(b"* LIST (\\Noselect) \"/\" \"\"\r\n");
        return Ok(Done::text("LIST completed"));
    }
    // RFC 2342 §1: what others share shows only to those who look there.
    let looks_there = patterns.iter().any(|pattern| pattern.starts_with('/'));
    let groups = listing::all(&user, if looks_there { Homes::Yes } else { Homes::No }).await?;
    let each = groups.iter().flat_map(|group| &group.entries);
    let all: Arc<[Name]> =
        each.map(|entry| Name { name: entry.name.clone(), is_selected: is_selected(&args, entry) }).collect();
    let (args, patterns) = (Arc::new(args), Arc::new(patterns));
    for group in groups {
        let (args, patterns, all) = (args.clone(), patterns.clone(), all.clone());
        let addresses = user.addresses.clone();
        let lines =
            group.handle.run(move |m| lines(m, &args, &patterns, &group.entries, &all, &addresses, utf8)).await?;
        session.connection.put(&lines);
        session.connection.flush_if_large().await?;
    }
    Ok(Done::text("LIST completed"))
}

fn lines(
    mailbox: &Mailbox,
    args: &List,
    patterns: &[String],
    entries: &[Entry],
    all: &[Name],
    addresses: &[String],
    utf8: bool,
) -> mailbox::Result<Vec<u8>> {
    let mut out = Vec::new();
    for entry in entries {
        if !patterns.iter().any(|pattern| names::matches(pattern, &entry.name)) {
            continue;
        }
        let selected = is_selected(args, entry);
        let below = || all.iter().filter(|other| is_below(&other.name, &entry.name));
        let child_info = args.recursive_match && below().any(|other| other.is_selected);
        if !selected && !child_info {
            continue;
        }
        out.extend_from_slice(b"* LIST (");
        attributes(&mut out, args, entry, below().next().is_some());
        out.extend_from_slice(b") \"/\" ");
        encode::mailbox(&mut out, &entry.name, utf8);
        if child_info {
            // RFC 5258 §3.5
            let what = if args.select_subscribed { "SUBSCRIBED" } else { "SPECIAL-USE" };
            out.extend_from_slice(format!(" (\"CHILDINFO\" (\"{what}\"))").as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        // RFC 5819 §2: not for what is listed for its children only.
        if let Some(folder) = entry.folder.as_ref().filter(|_| selected && !args.return_status.is_empty()) {
            let folder = status::now(mailbox, folder.clone(), addresses)?;
            status::write(&mut out, mailbox, &folder, &entry.name, &args.return_status, utf8)?;
        }
    }
    Ok(out)
}

fn is_selected(args: &List, entry: &Entry) -> bool {
    let subscribed = !args.select_subscribed || entry.subscribed;
    let special = !args.select_special_use || entry.special_use.is_some();
    subscribed && special
}

fn is_below(name: &str, parent: &str) -> bool {
    name.strip_prefix(parent).is_some_and(|rest| rest.starts_with('/'))
}

fn attributes(out: &mut Vec<u8>, args: &List, entry: &Entry, has_children: bool) {
    if entry.folder.is_none() {
        out.extend_from_slice(b"\\Noselect ");
    }
    // RFC 3348; always told, it is at hand.
    out.extend_from_slice(if has_children { b"\\HasChildren" } else { b"\\HasNoChildren" });
    if (args.return_subscribed || args.select_subscribed) && entry.subscribed {
        out.extend_from_slice(b" \\Subscribed");
    }
    // RFC 6154 §2: may be told without being asked for.
    if let Some(special) = &entry.special_use {
        out.push(b' ');
        out.extend_from_slice(special.as_bytes());
    }
}
