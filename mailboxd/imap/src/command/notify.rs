// SPDX-License-Identifier: AGPL-3.0-or-later
//! NOTIFY (RFC 5465 §3); what becomes of it is in `session/notify.rs`.

use crate::names;
use crate::session::failure::Failure;
use crate::session::notify::{self, Known, Watch};
use crate::session::{Done, Outcome, Session};
use crate::wire::notify::Notify;

/// RFC 5465 §8: what BADEVENT names.
const EVENTS: &str = "BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange)";

pub async fn run(session: &mut Session, args: Notify) -> Outcome {
    let handle = session.user()?.handle.clone();
    let Notify::Set { status, groups } = args else {
        session.notify = None;
        return Ok(Done::text("NOTIFY completed"));
    };
    if groups.iter().any(|group| group.events.unknown) {
        return Err(Failure::no(EVENTS, "not all of these events can be told"));
    }
    let events = handle.subscribe();
    let folders = handle.run(names::visible).await?;
    let watch = Watch::new(groups, events, Known::of(&folders), session.enabled.utf8)?;
    session.notify = Some(Box::new(watch));
    if status {
        notify::tell_all(session).await?;
    }
    Ok(Done::text("NOTIFY completed"))
}
