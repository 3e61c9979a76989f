// SPDX-License-Identifier: AGPL-3.0-or-later
//! One pass over a POP3 account. A message is noted by its UIDL in the record that stores it, and deleted over there only after;
//! what was noted and is still there is deleted without being fetched again.

use super::digest;
use super::queue::Work;
use crate::outbound::SendError;
use bytes::Bytes;
use fetch::pop3::{Client, Listed};
use mailbox::{FETCHED, FETCHED_MAX, Flags, ItemId, Parcel, ParcelCopy, Remembered, fetched_name};
use std::collections::HashSet;

/// In a note: it did not come, and stays where it is.
const LEFT: &[u8] = b"left";
/// A century: a note of what has come never expires.
const FOR_EVER_MS: i64 = 100 * 366 * 24 * 3_600_000;

enum Taken {
    Yes,
    /// It will not be taken later either.
    Never(String),
}

/// How many messages came; or why it went no further.
pub async fn run(work: &Work) -> Result<usize, String> {
    let id = work.id.clone();
    let known = work.handle.run(move |mailbox| mailbox.fetched(&id)).await.map_err(|error| error.to_string())?;
    let limits = super::limits(&work.state);
    let said = |error: fetch::Error| error.to_string();
    let login = Client::login(&work.place, &work.tls, limits, &work.source.user, &work.password);
    let mut client = login.await.map_err(said)?;
    let listed = client.list().await.map_err(said)?;
    if listed.len() > FETCHED_MAX {
        return Err(format!("there are more than {FETCHED_MAX} messages"));
    }
    let (mut count, mut failed) = (0, None);
    for Listed { number, uidl } in &listed {
        let name = digest(uidl.as_bytes());
        let deletes = !work.source.leave_on_server;
        if let Some(note) = known.get(&name) {
            if deletes && note != LEFT {
                client.delete(*number).await.map_err(said)?;
            }
            continue;
        }
        if client.size(*number).await.map_err(said)? > limits.message_bytes_max {
            leave(work, &name, "it is too large").await?;
            continue;
        }
        let bytes = match client.retrieve(*number).await {
            Ok(bytes) => bytes,
            Err(error @ fetch::Error::TooLarge(_)) => {
                // More than was said: no word of this session can be understood any more, but the next one goes on.
                leave(work, &name, "it is too large").await?;
                return Err(said(error));
            }
            Err(error) => return Err(said(error)),
        };
        match take(work, &name, bytes.into()).await {
            Ok(Taken::Yes) => {
                count += 1;
                if deletes {
                    client.delete(*number).await.map_err(said)?;
                }
            }
            Ok(Taken::Never(why)) => leave(work, &name, &why).await?,
            Err(why) => {
                failed = Some(why);
                break;
            }
        }
    }
    // What came is deleted over there, also if more could not come.
    client.quit().await.map_err(said)?;
    if let Some(why) = failed {
        return Err(why);
    }
    let there: HashSet<String> = listed.iter().map(|listed| digest(listed.uidl.as_bytes())).collect();
    let gone: Vec<String> = known.into_keys().filter(|name| !there.contains(name)).collect();
    let id = work.id.clone();
    work.handle.run(move |mailbox| mailbox.forget_fetched(&id, &gone)).await.map_err(|error| error.to_string())?;
    Ok(count)
}

/// What goes into the Inbox is filtered as all mail; what has a folder of its own is not.
async fn take(work: &Work, name: &str, bytes: Bytes) -> Result<Taken, String> {
    let remember = Remembered { space: FETCHED, name: fetched_name(&work.id, name), ms: FOR_EVER_MS };
    if work.source.folder() == ItemId::INBOX {
        return match work.state.intake.take(work.account.clone(), bytes, remember).await {
            Ok(()) => Ok(Taken::Yes),
            Err(SendError::Aborted { refused } | SendError::Partial { refused }) => match refused.into_iter().next() {
                Some(refused) if refused.permanent => Ok(Taken::Never(refused.why)),
                Some(refused) => Err(refused.why),
                None => Err("it was refused".into()),
            },
            Err(SendError::Failed(why)) => Err(why),
        };
    }
    let parcel = Parcel {
        account: work.account.id.clone(),
        quota_bytes: work.account.quota(),
        trusts_spam_flag: false,
        envelope_from: String::new(),
        envelope_to: work.account.name.clone(),
        copies: vec![ParcelCopy { message: 0, folder: work.source.folder(), flags: Flags::UNREAD, tags: Vec::new() }],
        remember: vec![remember],
    };
    let stored = work.state.store.run(move |store| {
        let mut staging = store.stage();
        staging.write(&bytes)?;
        store.deliver_parcels(&[&staging.finish()?], &[parcel]).into_iter().next().transpose().map(drop)
    });
    match stored.await.and_then(|stored: mailbox::Result<()>| stored) {
        Ok(()) => Ok(Taken::Yes),
        Err(error @ mailbox::Error::TooLarge { .. }) => Ok(Taken::Never(error.to_string())),
        Err(error) => Err(error.to_string()),
    }
}

async fn leave(work: &Work, name: &str, why: &str) -> Result<(), String> {
    tracing::info!(account = %work.account.name, source = %work.source.name, %why, "a message stays where it is");
    let (id, name) = (work.id.clone(), name.to_owned());
    let noted = work.handle.run(move |mailbox| mailbox.note_fetched(&id, &name, LEFT.to_vec()));
    noted.await.map_err(|error| error.to_string())
}
