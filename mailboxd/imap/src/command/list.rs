// SPDX-License-Identifier: AGPL-3.0-or-later
//! LIST (RFC 3501 §6.3.8; RFC 5258, RFC 5819, RFC 6154). Every folder can be selected and every parent exists, so
//! \Noselect and \NonExistent never occur.

use super::status;
use crate::names;
use crate::session::failure::Failure;
use crate::session::{Done, Outcome, Session};
use crate::wire::encode;
use crate::wire::list::List;
use mailbox::{Flags, Folder, Mailbox};

pub async fn run(session: &mut Session, args: List) -> Outcome {
    let utf8 = session.enabled.utf8;
    let user = session.user()?;
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
    let lines = user.handle.run(move |m| lines(m, &args, &patterns, utf8)).await?;
    session.connection.put(&lines);
    Ok(Done::text("LIST completed"))
}

fn lines(mailbox: &Mailbox, args: &List, patterns: &[String], utf8: bool) -> mailbox::Result<Vec<u8>> {
    let folders = names::visible(mailbox)?;
    let mut out = Vec::new();
    for (name, folder) in &folders {
        if !patterns.iter().any(|pattern| names::matches(pattern, name)) {
            continue;
        }
        let selected = is_selected(args, folder);
        let child_info = args.recursive_match
            && folders.iter().any(|(_, other)| is_below(other, folder) && is_selected(args, other));
        if !selected && !child_info {
            continue;
        }
        out.extend_from_slice(b"* LIST (");
        let has_children = folders.iter().any(|(_, other)| other.item.folder == folder.item.id);
        attributes(&mut out, args, folder, has_children);
        out.extend_from_slice(b") \"/\" ");
        encode::mailbox(&mut out, name, utf8);
        if child_info {
            // RFC 5258 §3.5
            let what = if args.select_subscribed { "SUBSCRIBED" } else { "SPECIAL-USE" };
            out.extend_from_slice(format!(" (\"CHILDINFO\" (\"{what}\"))").as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        // RFC 5819 §2: not for what is listed for its children only.
        if !args.return_status.is_empty() && selected {
            status::write(&mut out, mailbox, folder, name, &args.return_status, utf8)?;
        }
    }
    Ok(out)
}

fn is_selected(args: &List, folder: &Folder) -> bool {
    let subscribed = !args.select_subscribed || folder.item.flags.contains(Flags::SUBSCRIBED);
    let special = !args.select_special_use || names::special_use(folder).is_some();
    subscribed && special
}

fn is_below(folder: &Folder, parent: &Folder) -> bool {
    folder.path.strip_prefix(&parent.path).is_some_and(|rest| rest.starts_with('/'))
}

fn attributes(out: &mut Vec<u8>, args: &List, folder: &Folder, has_children: bool) {
    // RFC 3348; always told, it is at hand.
    out.extend_from_slice(if has_children { b"\\HasChildren" } else { b"\\HasNoChildren" });
    if (args.return_subscribed || args.select_subscribed) && folder.item.flags.contains(Flags::SUBSCRIBED) {
        out.extend_from_slice(b" \\Subscribed");
    }
    // RFC 6154 §2: may be told without being asked for.
    if let Some(special) = names::special_use(folder) {
        out.push(b' ');
        out.extend_from_slice(special.as_bytes());
    }
}
