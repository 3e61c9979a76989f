// SPDX-License-Identifier: AGPL-3.0-or-later
//! SELECT and EXAMINE (RFC 3501 §6.3.1, QRESYNC RFC 7162 §3.2.5).

use crate::keywords::Keywords;
use crate::names;
use crate::objectid;
use crate::session::failure::Failure;
use crate::session::view::{Snapshot, View, Virtual};
use crate::session::{Done, Outcome, Selected, Session, State};
use crate::wire::command::{Resync, SelectArgs};
use crate::wire::encode::{self, Status};
use crate::wire::set::Set;
use mailbox::{Folder, FolderDetail, Kind, Mailbox, Rights, Uid};
use std::sync::Arc;

/// Written before the client has to take some.
const OUT_BYTES: usize = 16 * 1024;

pub async fn run(session: &mut Session, args: SelectArgs, read_only: bool) -> Outcome {
    let user = session.user()?.clone();
    // RFC 3501 §6.3.1: the old mailbox is left even if the new one can't be opened.
    let had = matches!(session.state, State::Selected(..));
    super::close::forget(session);
    if had {
        // RFC 7162 §3.2.11
        session.untagged(Status::Ok, Some("CLOSED"), "Previous mailbox closed");
    }
    if args.qresync.is_some() && !session.enabled.qresync {
        return Err(Failure::bad("ENABLE QRESYNC first"));
    }
    let name = names::decode(&args.mailbox, session.enabled.utf8)?;
    let canonical = if name.eq_ignore_ascii_case("inbox") { "INBOX".to_owned() } else { name.clone() };
    session.enabled.condstore |= args.condstore;
    // Before the snapshot, so that no change falls between them.
    let place = user.existing(&name).await?;
    let (handle, inner, addresses) = (place.handle, place.name, user.addresses.clone());
    let events = handle.subscribe();
    let (snapshot, detail) = handle.run(move |m| open(m, &inner, read_only, addresses)).await?;
    let read_only = snapshot.read_only;
    let mut view = View::new(snapshot);
    if session.enabled.rev2 {
        view.hide_recent();
    }
    describe(session, &view, &detail, &canonical);
    let resync = args.qresync.filter(|resync| view.search.is_none() && resync.uid_validity == detail.uid_validity);
    if let Some(resync) = resync {
        bring_up_to_date(session, &view, &resync).await?;
    }
    session.state =
        State::Selected(user, Box::new(Selected { handle, view, events, rights_doubted: false, stale: false }));
    Ok(if read_only {
        Done::code("READ-ONLY".to_owned(), "EXAMINE completed")
    } else {
        Done::code("READ-WRITE".to_owned(), "SELECT completed")
    })
}

fn open(
    mailbox: &Mailbox,
    name: &str,
    read_only: bool,
    addresses: Arc<[String]>,
) -> mailbox::Result<(Snapshot, FolderDetail)> {
    let no_such = || mailbox::Error::NoSuch { kind: "mailbox", id: name.to_owned() };
    let folder = names::find(mailbox, name)?.ok_or_else(no_such)?;
    let id = folder.item.id;
    if folder.item.kind == Kind::SearchFolder {
        return open_search(mailbox, folder, addresses);
    }
    let rights = mailbox.rights(id);
    let changes = rights.without(Rights::READ.with(Rights::PRIVATE).with(Rights::FREEBUSY));
    let read_only = read_only || changes == Rights::NONE;
    // EXAMINE must not take \Recent away from anyone (RFC 3501 §6.3.2), nor a visitor from the owner.
    let recent_from =
        if read_only || !mailbox.is_own() { Ok(Uid(folder.detail.recent_from)) } else { mailbox.claim_recent(id) };
    let recent_from = match recent_from {
        // a full disk is no reason not to read
        Err(mailbox::Error::Unavailable(_)) => Uid(folder.detail.recent_from),
        claimed => claimed?,
    };
    let (modseq, uids_below) = (mailbox.row()?.modseq, folder.detail.uid_next);
    let messages = mailbox.folder_messages(id, Uid(0))?;
    // After the messages, so that UIDNEXT is above all of them.
    let detail = mailbox.folder(id)?.detail;
    let keywords = Keywords::of(&mailbox.tags()?);
    let snapshot =
        Snapshot { folder: id, read_only, search: None, rights, recent_from, modseq, uids_below, messages, keywords };
    Ok((snapshot, detail))
}

/// RFC 7162 §3.1.2.2 lets a mailbox have no mod-sequences: a message may come into a search by the mere passing of time.
fn open_search(mailbox: &Mailbox, folder: Folder, own: Arc<[String]>) -> mailbox::Result<(Snapshot, FolderDetail)> {
    let id = folder.item.id;
    let modseq = mailbox.row()?.modseq;
    let found = mailbox.virtual_folder(id, &own)?;
    let detail = FolderDetail { uid_next: found.uid_next, uid_validity: found.uid_validity, ..folder.detail };
    let (search, messages) = Virtual::of(found, own);
    let keywords = Keywords::of(&mailbox.tags()?);
    let snapshot = Snapshot {
        folder: id,
        read_only: true,
        search: Some(search),
        rights: Rights::READ,
        recent_from: Uid(u32::MAX),
        modseq,
        uids_below: detail.uid_next,
        messages,
        keywords,
    };
    Ok((snapshot, detail))
}

fn describe(session: &mut Session, view: &View, detail: &FolderDetail, name: &str) {
    let mut out = Vec::new();
    view.write_keywords(&mut out);
    session.connection.put(&out);
    session.connection.put(format!("* {} EXISTS\r\n", view.exists()).as_bytes());
    if view.shows_recent() {
        session.connection.put(format!("* {} RECENT\r\n", view.recent()).as_bytes());
        if let Some(unseen) = view.first_unseen() {
            session.untagged(Status::Ok, Some(&format!("UNSEEN {unseen}")), "First unseen");
        }
    } else {
        // RFC 9051 §6.3.2
        let mut list = b"* LIST () \"/\" ".to_vec();
        encode::mailbox(&mut list, name, true);
        list.extend_from_slice(b"\r\n");
        session.connection.put(&list);
    }
    session.untagged(Status::Ok, Some(&format!("UIDVALIDITY {}", detail.uid_validity)), "UIDs are valid");
    let uid_next = detail.uid_next.max(view.last_uid().0.saturating_add(1));
    session.untagged(Status::Ok, Some(&format!("UIDNEXT {uid_next}")), "Next UID");
    // RFC 7162 §3.1.2.1: 0 is no mod-sequence.
    let highest = detail.highest_modseq.max(1);
    if view.search.is_some() {
        session.untagged(Status::Ok, Some("NOMODSEQ"), "A search has no mod-sequences");
    } else {
        session.untagged(Status::Ok, Some(&format!("HIGHESTMODSEQ {highest}")), "Highest");
    }
    let id = objectid::of_mailbox(view.folder);
    session.untagged(Status::Ok, Some(&format!("MAILBOXID ({id})")), "Never changes");
}

/// RFC 7162 §3.2.5.1: what went and what changed since the client was here.
async fn bring_up_to_date(session: &mut Session, view: &View, resync: &Resync) -> Result<(), Failure> {
    let all = Set::all();
    let known = resync.known.as_ref().unwrap_or(&all);
    let mut out = Vec::new();
    view.write_vanished_earlier(&mut out, known);
    for message in
        view.select(&super::copy::ranges(view, known, true)?, true).iter().filter(|m| m.modseq.0 > resync.modseq)
    {
        view.write_flag_update(&mut out, message, true);
        if out.len() >= OUT_BYTES {
            session.connection.put(&out);
            session.connection.flush_if_large().await?;
            out.clear();
        }
    }
    session.connection.put(&out);
    Ok(())
}

/// The error of a mailbox that must be there.
pub fn missing(name: &str) -> Failure {
    Failure::no("NONEXISTENT", format!("no such mailbox: {name}"))
}
