// SPDX-License-Identifier: AGPL-3.0-or-later
//! LSUB (RFC 3501 §6.3.9): subscribed folders, and for `%` the parents of subscribed ones that are not themselves.

use crate::names;
use crate::session::{Done, Outcome, Session};
use crate::wire::encode;
use mailbox::{Flags, Mailbox};

pub async fn run(session: &mut Session, reference: Vec<u8>, pattern: Vec<u8>) -> Outcome {
    let utf8 = session.enabled.utf8;
    let user = session.user()?;
    let pattern = format!("{}{}", names::decode(&reference, utf8)?, names::decode(&pattern, utf8)?);
    let lines = user.handle.run(move |m| lines(m, &pattern, utf8)).await?;
    session.connection.put(&lines);
    Ok(Done::text("LSUB completed"))
}

fn lines(mailbox: &Mailbox, pattern: &str, utf8: bool) -> mailbox::Result<Vec<u8>> {
    let folders = names::visible(mailbox)?;
    let is_subscribed = |flags: Flags| flags.contains(Flags::SUBSCRIBED);
    let mut out = Vec::new();
    for (name, folder) in &folders {
        if !names::matches(pattern, name) {
            continue;
        }
        let subscribed = is_subscribed(folder.item.flags);
        let hidden_child = |other: &str, flags| {
            let below = other.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('/'));
            below && is_subscribed(flags) && !names::matches(pattern, other)
        };
        if !subscribed && !folders.iter().any(|(other, f)| hidden_child(other, f.item.flags)) {
            continue;
        }
        out.extend_from_slice(if subscribed { b"* LSUB () \"/\" " } else { b"* LSUB (\\Noselect) \"/\" " });
        encode::mailbox(&mut out, name, utf8);
        out.extend_from_slice(b"\r\n");
    }
    Ok(out)
}
