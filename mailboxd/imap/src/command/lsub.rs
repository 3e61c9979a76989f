// SPDX-License-Identifier: AGPL-3.0-or-later
//! LSUB (RFC 3501 §6.3.9): subscribed folders, and for `%` the parents of subscribed ones that are not themselves.

use crate::listing::{self, Entry, Homes};
use crate::names;
use crate::session::{Done, Outcome, Session};
use crate::wire::encode;

pub async fn run(session: &mut Session, reference: Vec<u8>, pattern: Vec<u8>) -> Outcome {
    let utf8 = session.enabled.utf8;
    let user = session.user()?.clone();
    let pattern = format!("{}{}", names::decode(&reference, utf8)?, names::decode(&pattern, utf8)?);
    // Without LIST-EXTENDED this is how a client learns of what it has subscribed to, in whatever namespace.
    let may_match = pattern.starts_with(['/', '*']);
    let groups = listing::all(&user, if may_match { Homes::Subscribed } else { Homes::No }).await?;
    let all: Vec<Entry> = groups.into_iter().flat_map(|group| group.entries).collect();
    session.connection.put(&lines(&all, &pattern, utf8));
    Ok(Done::text("LSUB completed"))
}

fn lines(all: &[Entry], pattern: &str, utf8: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in all {
        if !names::matches(pattern, &entry.name) {
            continue;
        }
        let hidden_child = |other: &Entry| {
            let below = other.name.strip_prefix(entry.name.as_str()).is_some_and(|rest| rest.starts_with('/'));
            below && other.subscribed && !names::matches(pattern, &other.name)
        };
        if !entry.subscribed && !all.iter().any(hidden_child) {
            continue;
        }
        out.extend_from_slice(if entry.subscribed { b"* LSUB () \"/\" " } else { b"* LSUB (\\Noselect) \"/\" " });
        encode::mailbox(&mut out, &entry.name, utf8);
        out.extend_from_slice(b"\r\n");
    }
    out
}
