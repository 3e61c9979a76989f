// SPDX-License-Identifier: AGPL-3.0-or-later
//! One pass over an IMAP account. Its folders become folders below that of the source; what is new in them, by UID, comes with its
//! flags and date. How far a folder was read is noted by the record that stores the message. Nothing changes over there, and what
//! is changed or deleted over there later stays here as it is.

use super::digest;
use super::queue::Work;
use fetch::imap::{Client, Folder, Message};
use mailbox::{AddMessage, Digest, Error, Flags, ItemId, Uid};
use std::collections::HashSet;

/// UIDVALIDITY, and the last UID that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Progress {
    validity: u32,
    last: u32,
}

impl Progress {
    fn read(note: &[u8]) -> Option<Progress> {
        let (validity, last) = std::str::from_utf8(note).ok()?.split_once(' ')?;
        Some(Progress { validity: validity.parse().ok()?, last: last.parse().ok()? })
    }

    fn write(self) -> Vec<u8> {
        format!("{} {}", self.validity, self.last).into_bytes()
    }
}

/// Characters of the name of a folder.
const NAME_CHARS_MAX: usize = 100;

/// How many messages came; or why it went no further.
pub async fn run(work: &Work) -> Result<usize, String> {
    let id = work.id.clone();
    let known = work.handle.run(move |mailbox| mailbox.fetched(&id)).await.map_err(|error| error.to_string())?;
    let limits = super::limits(&work.state);
    let said = |error: fetch::Error| error.to_string();
    let login = Client::login(&work.place, &work.tls, limits, &work.source.user, &work.password);
    let mut client = login.await.map_err(said)?;
    let folders = client.folders().await.map_err(said)?;
    let (mut count, mut failed) = (0, None);
    for folder in &folders {
        let validity = match client.examine(folder).await {
            Ok(validity) => validity,
            // one that may not be opened is no reason to leave the others out
            Err(fetch::Error::Refused(_)) => continue,
            Err(error) => return Err(said(error)),
        };
        let name = digest(&folder.raw);
        let before = known.get(&name).and_then(|note| Progress::read(note));
        let is_same = before.is_some_and(|before| before.validity == validity);
        let progress = before.filter(|_| is_same).unwrap_or(Progress { validity, last: 0 });
        let uids = client.uids(progress.last).await.map_err(said)?;
        let target = match local(work, folder).await {
            Ok(target) => target,
            Err(error @ (Error::CannotContain(_) | Error::Invalid(_) | Error::InvalidName(_))) => {
                failed = Some(format!("{}: {error}", folder.path.join("/")));
                continue;
            }
            Err(error) => return Err(error.to_string()),
        };
        // Numbered anew over there: what is here already, octet by octet, is not taken twice.
        let there = if before.is_some() && !is_same { digests(work, target).await? } else { HashSet::new() };
        for uid in uids {
            let progress = Progress { last: uid, ..progress };
            let size = client.size(uid).await.map_err(said)?;
            let message = match size {
                Some(size) if size <= limits.message_bytes_max => match client.message(uid).await {
                    Ok(message) => message,
                    Err(error @ fetch::Error::TooLarge(_)) => {
                        // More than was said: the next pass goes on behind it.
                        take(work, &name, progress, target, None, &there).await?;
                        return Err(said(error));
                    }
                    Err(error) => return Err(said(error)),
                },
                _ => None,
            };
            count += usize::from(take(work, &name, progress, target, message, &there).await?);
        }
    }
    // whether the goodbye is heard does not matter
    let _ = client.logout().await;
    failed.map_or(Ok(count), Err)
}

/// The folder here that one over there becomes; made when it is not there.
async fn local(work: &Work, folder: &Folder) -> mailbox::Result<ItemId> {
    let (root, path) = (work.source.folder(), folder.path.clone());
    let found = work.handle.run(move |mailbox| {
        let mut at = mailbox.folder(root)?;
        for name in path {
            let name = clean(&name);
            let wanted = format!("{}/{name}", at.path.trim_end_matches('/'));
            at = match mailbox.folder_by_path(&wanted)? {
                Some(known) => known,
                None => mailbox.create_folder(at.item.id, &name, "message")?,
            };
        }
        Ok(at.item.id)
    });
    found.await
}

/// A name that folders here may have.
fn clean(name: &str) -> String {
    let is_bad = |c: char| c.is_control() || matches!(c, '/' | ':' | '"');
    let cleaned: String = name.chars().map(|c| if is_bad(c) { '_' } else { c }).take(NAME_CHARS_MAX).collect();
    match cleaned.trim() {
        "" | "." | ".." => "_".to_owned(),
        cleaned => cleaned.to_owned(),
    }
}

async fn digests(work: &Work, folder: ItemId) -> Result<HashSet<Digest>, String> {
    let all = work.handle.run(move |mailbox| {
        let ids: Vec<ItemId> = mailbox.folder_messages(folder, Uid(0))?.into_iter().map(|brief| brief.id).collect();
        let mut digests = HashSet::new();
        for ids in ids.chunks(500) {
            digests.extend(mailbox.items(ids)?.into_iter().filter_map(|item| item.digest));
        }
        Ok(digests)
    });
    all.await.map_err(|error| error.to_string())
}

/// True: it came. What is gone, too large or marked as deleted is passed over, and noted so.
async fn take(
    work: &Work,
    name: &str,
    progress: Progress,
    folder: ItemId,
    message: Option<Message>,
    there: &HashSet<Digest>,
) -> Result<bool, String> {
    let has = |message: &Message, flag: &str| message.flags.iter().any(|known| known.eq_ignore_ascii_case(flag));
    let message = message.filter(|message| !has(message, "\\Deleted") && !message.content.is_empty());
    let staged = match &message {
        Some(message) => {
            let (mut staging, content) = (work.state.store.stage(), message.content.clone());
            let staged = work.handle.run(move |_| {
                staging.write(&content)?;
                Ok(staging.finish()?)
            });
            Some(staged.await.map_err(|error| error.to_string())?).filter(|staged| !there.contains(&staged.digest))
        }
        None => None,
    };
    let (id, name, value) = (work.id.clone(), name.to_owned(), progress.write());
    let (Some(message), Some(staged)) = (message, staged) else {
        let noted = work.handle.run(move |mailbox| mailbox.note_fetched(&id, &name, value));
        return noted.await.map(|()| false).map_err(|error| error.to_string());
    };
    let mut flags = if has(&message, "\\Seen") { Flags::default() } else { Flags::UNREAD };
    for (flag, meant) in [
        ("\\Answered", Flags::REPLIED),
        ("\\Flagged", Flags::FLAGGED),
        ("\\Draft", Flags::DRAFT),
        ("$Forwarded", Flags::FORWARDED),
        ("$MDNSent", Flags::NOTIFIED),
    ] {
        if has(&message, flag) {
            flags = flags.with(meant);
        }
    }
    let add = AddMessage { folder, flags, tags: Vec::new(), date_ms: message.date_ms };
    let added = work.handle.run(move |mailbox| mailbox.add_fetched(&staged, &add, &id, &name, value));
    added.await.map(|_| true).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_progress() {
        assert_eq!(clean(" a/b:c\u{7} "), "a_b_c_");
        assert_eq!((clean("."), clean("  "), clean("Entw\u{fc}rfe")), ("_".into(), "_".into(), "Entw\u{fc}rfe".into()));
        let progress = Progress { validity: u32::MAX, last: 7 };
        assert_eq!(Progress::read(&progress.write()), Some(progress));
        assert_eq!(Progress::read(b"x 1"), None);
    }
}
