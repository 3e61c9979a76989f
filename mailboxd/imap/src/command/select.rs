// SPDX-License-Identifier: AGPL-3.0-or-later
//! SELECT and EXAMINE (RFC 3501 §6.3.1).

use crate::keywords::Keywords;
use crate::names;
use crate::session::failure::Failure;
use crate::session::view::{Snapshot, View};
use crate::session::{Done, Outcome, Selected, Session, State};
use crate::wire::command::SelectArgs;
use crate::wire::encode::Status;
use mailbox::{FolderDetail, Mailbox, Uid};

pub async fn run(session: &mut Session, args: SelectArgs, read_only: bool) -> Outcome {
    let user = session.user()?.clone();
    // RFC 3501 §6.3.1: the old mailbox is left even if the new one can't be opened.
    let had = matches!(session.state, State::Selected(..));
    super::close::forget(session);
    if had {
        // RFC 7162 §3.2.11
        session.untagged(Status::Ok, Some("CLOSED"), "Previous mailbox closed");
    }
    let name = names::decode(&args.mailbox, session.enabled.utf8)?;
    session.enabled.condstore |= args.condstore;
    // Before the snapshot, so that no change falls between them.
    let events = user.handle.subscribe();
    let (snapshot, detail) = user.handle.run(move |m| open(m, &name, read_only)).await?;
    let view = View::new(snapshot);
    describe(session, &view, &detail);
    session.state = State::Selected(user, Box::new(Selected { view, events }));
    Ok(if read_only {
        Done::code("READ-ONLY".to_owned(), "EXAMINE completed")
    } else {
        Done::code("READ-WRITE".to_owned(), "SELECT completed")
    })
}

fn open(mailbox: &Mailbox, name: &str, read_only: bool) -> mailbox::Result<(Snapshot, FolderDetail)> {
    let no_such = || mailbox::Error::NoSuch { kind: "mailbox", id: name.to_owned() };
    let folder = names::find(mailbox, name)?.ok_or_else(no_such)?;
    let id = folder.item.id;
    // EXAMINE must not take \Recent away from anyone (RFC 3501 §6.3.2).
    let recent_from = if read_only { Ok(Uid(folder.detail.recent_from)) } else { mailbox.claim_recent(id) };
    let recent_from = match recent_from {
        // a full disk is no reason not to read
        Err(mailbox::Error::Unavailable(_)) => Uid(folder.detail.recent_from),
        claimed => claimed?,
    };
    let modseq = mailbox.row()?.modseq;
    let messages = mailbox.folder_messages(id, Uid(0))?;
    // After the messages, so that UIDNEXT is above all of them.
    let detail = mailbox.folder(id)?.detail;
    let keywords = Keywords::of(&mailbox.tags()?);
    let snapshot = Snapshot { folder: id, read_only, recent_from, modseq, messages, keywords };
    Ok((snapshot, detail))
}

fn describe(session: &mut Session, view: &View, detail: &FolderDetail) {
    let mut out = Vec::new();
    view.write_keywords(&mut out);
    session.connection.put(&out);
    let counts = format!("* {} EXISTS\r\n* {} RECENT\r\n", view.exists(), view.recent());
    session.connection.put(counts.as_bytes());
    if let Some(unseen) = view.first_unseen() {
        session.untagged(Status::Ok, Some(&format!("UNSEEN {unseen}")), "First unseen");
    }
    session.untagged(Status::Ok, Some(&format!("UIDVALIDITY {}", detail.uid_validity)), "UIDs are valid");
    let uid_next = detail.uid_next.max(view.last_uid().0.saturating_add(1));
    session.untagged(Status::Ok, Some(&format!("UIDNEXT {uid_next}")), "Next UID");
    // RFC 7162 §3.1.2.1: 0 is no mod-sequence.
    let highest = detail.highest_modseq.max(1);
    session.untagged(Status::Ok, Some(&format!("HIGHESTMODSEQ {highest}")), "Highest");
}

/// The error of a mailbox that must be there.
pub fn missing(name: &str) -> Failure {
    Failure::no("NONEXISTENT", format!("no such mailbox: {name}"))
}
