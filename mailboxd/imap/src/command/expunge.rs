// SPDX-License-Identifier: AGPL-3.0-or-later
//! EXPUNGE (RFC 3501 §6.4.3) and UID EXPUNGE (RFC 4315 §2.1).

use super::copy;
use crate::session::failure::Failure;
use crate::session::progress::Progress;
use crate::session::{Done, Outcome, Session};
use crate::wire::set::{self, Set};
use mailbox::{Flags, Mailbox, Uid};

pub async fn run(session: &mut Session, set: Option<Set>) -> Outcome {
    session.refresh().await?;
    let (_, selected) = session.selected()?;
    if selected.view.read_only {
        return Err(Failure::no("CANNOT", "mailbox is read-only"));
    }
    let highest = expunge(session, set).await?;
    Ok(Done { code: highest.filter(|_| session.enabled.qresync).map(code), text: "EXPUNGE completed" })
}

/// RFC 7162 §3.2.7: so that the client need not ask.
pub fn code(highest_modseq: u64) -> String {
    format!("HIGHESTMODSEQ {}", highest_modseq.max(1))
}

/// Removes what is marked \Deleted. The view learns of it as of everybody's changes. Answers the folder's highest
/// mod-sequence, if there was something to remove.
pub async fn expunge(session: &mut Session, set: Option<Set>) -> Result<Option<u64>, Failure> {
    let (_, selected) = session.selected()?;
    let view = &selected.view;
    let ranges = set.map(|set| copy::ranges(view, &set, true)).transpose()?;
    // Most folders that are closed have nothing to expunge: no crossing for them.
    if !view.iter().any(|m| m.flags.contains(Flags::DELETED) && !m.gone) {
        return Ok(None);
    }
    let folder = view.folder;
    // The mark decides under the mailbox's lock: what another session undeletes or moves away meanwhile stays.
    let expunge = move |m: &Mailbox| {
        match &ranges {
            Some(ranges) => m.expunge(folder, Some(&|uid: Uid| set::holds(ranges, uid.0)))?,
            None => m.expunge(folder, None)?,
        };
        Ok(m.folder(folder)?.detail.highest_modseq)
    };
    let handle = selected.handle.clone();
    Ok(Some(session.cross(&handle, &Progress::default(), expunge).await?))
}
