// SPDX-License-Identifier: AGPL-3.0-or-later
//! Sends drafts whose time has come. What waits is in the mailboxes ([`mailbox::Mailbox::schedules`]); the queue here only says
//! where to look next, and is made anew at each start.

use crate::compose::{Outgoing, Speaker, stage};
use crate::fault::{Fault, Result};
use crate::handler::send_msg;
use crate::outbound::SendError;
use crate::state::{State, now_ms};
use directory::Account;
use futures_util::StreamExt;
use mailbox::{Actor, Handle, Item, ItemId};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// While the way out is shut, or the directory is away.
const TRIES: u32 = 10;
const TRY_AGAIN_MS: i64 = 60_000;
/// The wall clock may be set meanwhile.
const SLEEP_MAX: Duration = Duration::from_secs(30);
const AT_ONCE: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at_ms: i64,
    account: String,
    draft: ItemId,
}

#[derive(Default)]
pub(crate) struct Queue {
    /// With how often it was tried.
    due: Mutex<BTreeMap<Due, u32>>,
    changed: Notify,
}

impl Queue {
    pub fn put(&self, account: &str, draft: ItemId, at_ms: i64) {
        self.push(Due { at_ms, account: account.to_owned(), draft }, 0);
        self.changed.notify_one();
    }

    fn push(&self, due: Due, tried: u32) {
        self.due.lock().insert(due, tried);
    }

    /// Each draft once, however often it was saved: two at a time would both send it.
    fn take(&self, now_ms: i64) -> Vec<(Due, u32)> {
        let mut seen = HashSet::new();
        let mut due = self.due.lock();
        let later = due.split_off(&Due { at_ms: now_ms.saturating_add(1), account: String::new(), draft: ItemId(0) });
        let taken = std::mem::replace(&mut *due, later).into_iter();
        taken.filter(|(due, _)| seen.insert((due.account.clone(), due.draft))).collect()
    }

    fn sleep(&self, now_ms: i64) -> Duration {
        let next = self.due.lock().keys().next().map(|due| due.at_ms.saturating_sub(now_ms).max(0));
        next.and_then(|ms| u64::try_from(ms).ok()).map_or(SLEEP_MAX, Duration::from_millis).min(SLEEP_MAX)
    }
}

/// Sends drafts at their time until the daemon stops; what was missed while it was down goes at once.
pub async fn serve_schedule(state: State, mut stopping: watch::Receiver<bool>) {
    let found = state.store.run(|store| {
        let all = store.accounts().into_iter().flat_map(|account| match store.schedules(&account) {
            Ok(schedules) => schedules.iter().map(|(id, at_ms)| (account.clone(), *id, *at_ms)).collect::<Vec<_>>(),
            Err(error) => {
                tracing::error!(%account, %error, "drafts that are to be sent later were not found");
                Vec::new()
            }
        });
        all.collect::<Vec<_>>()
    });
    for (account, draft, at_ms) in found.await.unwrap_or_default() {
        state.schedule.put(&account, draft, at_ms);
    }
    loop {
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            () = state.schedule.changed.notified() => {}
            () = tokio::time::sleep(state.schedule.sleep(now_ms())) => {}
        }
        let due = state.schedule.take(now_ms());
        futures_util::stream::iter(due).for_each_concurrent(AT_ONCE, |(due, tried)| one(&state, due, tried)).await;
    }
}

async fn one(state: &State, due: Due, tried: u32) {
    if let Err(fault) = attempt(state, &due, tried + 1 >= TRIES).await {
        tracing::warn!(account = %due.account, draft = %due.draft, error = %fault.reason, "not sent yet");
        // The store itself may be out of order: that is no reason to forget it.
        state.schedule.push(Due { at_ms: now_ms().saturating_add(TRY_AGAIN_MS), ..due }, (tried + 1).min(TRIES));
    }
}

/// An error: it is to be tried again. What fails for good is told to the owner, and done.
async fn attempt(state: &State, due: &Due, is_last: bool) -> Result<()> {
    let (directory, id) = (state.directory.clone(), due.account.clone());
    let found = state.store.run(move |_| match directory.account_by_id(&id)? {
        Some(account) => Ok(Some((directory.status(&account)?, account))),
        None => Ok::<_, directory::Error>(None),
    });
    let Some((status, account)) = found.await?? else { return Ok(()) };
    let actor = Actor { account: account.id.clone(), is_admin: false };
    let (of, quota) = (account.id.clone(), account.quota());
    let handle = state.store.run(move |store| store.open_mailbox(&actor, &of, quota)).await??;
    let (draft, now) = (due.draft, now_ms());
    let Some(item) = handle.run(move |mailbox| mailbox.due_draft(draft, now)).await? else { return Ok(()) };
    if status != "active" {
        return fail(state, &handle, &account, &item, "the account is not active", false).await;
    }
    let outgoing = match prepare(state, &handle, &account, &item).await {
        Ok(outgoing) => outgoing,
        Err(fault) if !fault.ours => {
            return fail(state, &handle, &account, &item, &fault.reason, false).await;
        }
        Err(fault) => return Err(fault),
    };
    let sent = state.outbound.send(outgoing.sender.clone(), outgoing.recipients.clone(), outgoing.bytes.clone()).await;
    match sent {
        Ok(()) => {}
        Err(error) if is_passing(&error) && !is_last => return Err(send_msg::failure(error)),
        Err(error) => {
            let some_got_it = matches!(error, SendError::Partial { .. });
            return fail(state, &handle, &account, &item, &send_msg::failure(error).reason, some_got_it).await;
        }
    }
    let revision = item.revision;
    handle.run(move |mailbox| mailbox.end_scheduled(draft, revision)).await?;
    tracing::info!(account = %account.name, %draft, "a draft was sent at its time");
    send_msg::after(&handle, outgoing.origin, None).await;
    send_msg::learn(&account, &handle, outgoing.written_to, outgoing.kept).await;
    Ok(())
}

/// The same checks as when somebody sends it now; then the copy in Sent.
async fn prepare(state: &State, handle: &Handle, account: &Account, item: &Item) -> Result<Outgoing> {
    let speaker = Speaker { state, account, asks: account };
    let outgoing = Outgoing::from_draft(&speaker, handle, item.id).await?.dated(now_ms());
    let (staging, bytes, draft) = (state.store.stage(), outgoing.saved.clone(), item.id);
    handle.run(move |mailbox| mailbox.begin_scheduled(draft, &stage::bytes(staging, &bytes)?)).await?;
    Ok(outgoing)
}

fn is_passing(error: &SendError) -> bool {
    match error {
        SendError::Failed(_) => true,
        SendError::Aborted { refused } => refused.iter().all(|refused| !refused.permanent),
        SendError::Partial { .. } => false,
    }
}

async fn fail(
    state: &State,
    handle: &Handle,
    account: &Account,
    item: &Item,
    why: &str,
    some_got_it: bool,
) -> Result<()> {
    tracing::warn!(account = %account.name, draft = %item.id, %why, "a draft was not sent at its time");
    let bytes = notice(account, item, why, some_got_it);
    let (staging, draft, revision) = (state.store.stage(), item.id, item.revision);
    let work = handle
        .run(move |mailbox| mailbox.fail_scheduled(draft, revision, some_got_it, &stage::bytes(staging, &bytes)?));
    work.await.map_err(Fault::from)
}

fn notice(account: &Account, item: &Item, why: &str, some_got_it: bool) -> Vec<u8> {
    let domain = account.name.rsplit('@').next().unwrap_or("localhost");
    let who = if some_got_it { "was sent, but not to all" } else { "could not be sent" };
    let text = format!(
        "The message \"{}\", which was to be sent at a time you chose, {who}:\n\n{why}\n\nIt is still among your drafts \
         and is not tried again by itself.\n",
        item.subject
    );
    let draft = mime::Draft {
        date_ms: now_ms(),
        message_id: format!("{}@{domain}", uuid::Uuid::new_v4()),
        from: Some(mime::Mailbox { address: format!("postmaster@{domain}"), name: Some("Mail system".into()) }),
        to: vec![mime::Mailbox { address: account.name.clone(), name: None }],
        subject: format!("Not sent: {}", item.subject),
        text: Some(text),
        extra: vec![("Auto-Submitted".into(), "auto-generated".into())],
        ..mime::Draft::default()
    };
    mime::build(&draft, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_taken_once_however_often_it_was_saved() {
        let queue = Queue::default();
        for (account, draft, at_ms) in [("a", 1, 5), ("a", 1, 7), ("b", 1, 7), ("a", 2, 8), ("a", 2, 7)] {
            queue.put(account, ItemId(draft), at_ms);
        }
        assert_eq!(queue.sleep(2), Duration::from_millis(3));
        let taken: Vec<_> = queue.take(7).into_iter().map(|(due, _)| (due.account, due.draft.0)).collect();
        assert_eq!(taken, [("a".to_owned(), 1), ("a".to_owned(), 2), ("b".to_owned(), 1)]);
        assert_eq!(queue.take(7), []);
        assert_eq!(queue.take(8).len(), 1, "it finds out that it is too late");
        assert_eq!(queue.sleep(9), SLEEP_MAX);
    }
}
