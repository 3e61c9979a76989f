// SPDX-License-Identifier: AGPL-3.0-or-later
//! CLOSE (RFC 3501 §6.4.2) and UNSELECT (RFC 3691): the folder is left.

use super::expunge;
use crate::session::{Done, Outcome, Session, State};
use mailbox::Rights;

pub async fn run(session: &mut Session) -> Outcome {
    session.refresh().await?;
    let (_, selected) = session.selected()?;
    // RFC 4314 §4: without the right nothing is removed, and that is no error.
    if !selected.view.read_only && selected.view.rights.contains(Rights::DELETE) {
        expunge::expunge(session, None).await?;
    }
    forget(session);
    Ok(Done::text("CLOSE completed"))
}

pub fn unselect(session: &mut Session) -> Outcome {
    session.selected()?;
    forget(session);
    Ok(Done::text("UNSELECT completed"))
}

/// Back to the authenticated state; nothing is expunged and nothing is told. Elsewhere it does nothing.
pub fn forget(session: &mut Session) {
    let state = std::mem::replace(&mut session.state, State::Logout);
    session.state = match state {
        State::Selected(user, selected) => {
            leave_recent(&selected);
            State::Authenticated(user)
        }
        other => other,
    };
}

/// Messages that arrived while the folder was open were \Recent here and are so nowhere else (RFC 3501 §2.3.2). It is
/// claimed once at the end, not at each arrival, in the background: nobody waits for it, and it may be lost in a crash.
fn leave_recent(selected: &crate::session::Selected) {
    if !selected.handle.is_own() || selected.view.read_only || !selected.view.told_arrivals() {
        return;
    }
    let (handle, folder) = (selected.handle.clone(), selected.view.folder);
    tokio::spawn(async move {
        if let Err(error) = handle.run(move |m| m.claim_recent(folder)).await {
            tracing::debug!(%error, "recent messages not claimed");
        }
    });
}
