// SPDX-License-Identifier: AGPL-3.0-or-later
//! The Inbox as a session sees it from login to QUIT, and the lock that keeps a second session out (RFC 1939 §3, §4).

use directory::Account;
use mailbox::{FlagChange, Flags, Handle, Item, ItemId, MailboxId, Result, Uid};
use parking_lot::Mutex;
use std::collections::HashSet;
use std::sync::Arc;

/// Maildrops that a session has open.
#[derive(Debug, Clone, Default)]
pub struct Locks(Arc<Mutex<HashSet<MailboxId>>>);

/// Given back when the session ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    locks: Locks,
    id: MailboxId,
}

impl Locks {
    pub fn take(&self, id: MailboxId) -> Option<Lock> {
        self.0.lock().insert(id).then(|| Lock { locks: self.clone(), id })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.locks.0.lock().remove(&self.id);
    }
}

/// A message as it was at login.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub item: ItemId,
    pub uid: Uid,
    /// Octets as stored; a bare LF is one more on the wire.
    pub size: u64,
    pub is_deleted: bool,
}

/// What becomes of a message that the client deletes (Zimbra's zimbraPrefPop3DeleteOption): people who read their mail elsewhere,
/// too, may want to keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Deleted {
    #[default]
    Gone,
    Trash,
    Read,
    Kept,
}

/// The account's own settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settings {
    pub deleted: Deleted,
    /// Messages that came before are not there for POP3; milliseconds since 1970.
    pub since_ms: Option<i64>,
    /// How long the server keeps a message, days; `None`: for ever (RFC 2449 §6.7).
    pub expire_days: Option<u64>,
}

const DAY_MS: u64 = 86_400_000;

impl Settings {
    pub fn of(account: &Account) -> Settings {
        let deleted = match account.attr("zimbraPrefPop3DeleteOption") {
            Some("trash") => Deleted::Trash,
            Some("read") => Deleted::Read,
            Some("keep") => Deleted::Kept,
            _ => Deleted::Gone,
        };
        let since = account.attr("zimbraPrefPop3DownloadSince").and_then(generalized_time);
        Settings { deleted, since_ms: since, expire_days: expire_days(account) }
    }
}

/// Days in the Inbox, the shortest that may come true.
fn expire_days(account: &Account) -> Option<u64> {
    let keep = account.retention();
    let ms = [keep.messages_ms, keep.inbox_read_ms, keep.inbox_unread_ms].into_iter().flatten().min()?;
    Some(ms / DAY_MS)
}

/// RFC 4517 §3.3.13, of which the directory takes `YYYYMMDDhhmmss[.f]Z`.
fn generalized_time(text: &str) -> Option<i64> {
    let digits = text.get(..14)?;
    let time = chrono::NaiveDateTime::parse_from_str(digits, "%Y%m%d%H%M%S").ok()?;
    Some(time.and_utc().timestamp_millis())
}

pub struct Maildrop {
    pub handle: Handle,
    deleted: Deleted,
    pub entries: Vec<Entry>,
    uid_validity: u32,
    pub expire_days: Option<u64>,
    _lock: Lock,
}

impl Maildrop {
    pub async fn open(handle: Handle, lock: Lock, settings: Settings) -> Result<Maildrop> {
        let (uid_validity, entries) = handle
            .run(move |mailbox| {
                let validity = mailbox.folder(ItemId::INBOX)?.detail.uid_validity;
                let briefs = mailbox.folder_messages(ItemId::INBOX, Uid(0))?;
                let entry = |brief: mailbox::Brief| Entry {
                    item: brief.id,
                    uid: brief.uid,
                    size: brief.size,
                    is_deleted: false,
                };
                let is_wanted = |brief: &mailbox::Brief| settings.since_ms.is_none_or(|since| brief.date_ms >= since);
                Ok((validity, briefs.into_iter().filter(is_wanted).map(entry).collect()))
            })
            .await?;
        Ok(Maildrop {
            handle,
            deleted: settings.deleted,
            entries,
            uid_validity,
            expire_days: settings.expire_days,
            _lock: lock,
        })
    }

    /// By message number; those marked as deleted are not there.
    pub fn entry(&mut self, number: u32) -> Option<&mut Entry> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.entries.get_mut(at).filter(|entry| !entry.is_deleted)
    }

    /// Message numbers with what they name.
    pub fn present(&self) -> impl Iterator<Item = (usize, &Entry)> {
        self.entries.iter().enumerate().filter(|(_, entry)| !entry.is_deleted).map(|(at, entry)| (at + 1, entry))
    }

    /// Unique for ever in this mailbox, as UIDs never come again (RFC 1939 §7: 1 to 70 characters).
    pub fn unique_id(&self, entry: &Entry) -> String {
        format!("{}.{}", self.uid_validity, entry.uid)
    }

    /// The message, if it is still in the Inbox.
    pub async fn item(&self, entry: Entry) -> Result<Option<Item>> {
        self.handle
            .run(move |mailbox| {
                let found = mailbox.items(&[entry.item])?.into_iter().next();
                Ok(found.filter(|item| item.folder == ItemId::INBOX && item.uid == entry.uid))
            })
            .await
    }

    /// RFC 1939 §6: the UPDATE state. One durable change; what left the Inbox meanwhile is left alone.
    pub async fn update(&self) -> Result<usize> {
        let marked: Vec<Entry> = self.entries.iter().filter(|entry| entry.is_deleted).copied().collect();
        let deleted = self.deleted;
        if marked.is_empty() || deleted == Deleted::Kept {
            return Ok(0);
        }
        self.handle
            .run(move |mailbox| {
                if deleted == Deleted::Gone {
                    let uids: Vec<Uid> = marked.iter().map(|entry| entry.uid).collect();
                    return mailbox.delete_uids(ItemId::INBOX, &uids);
                }
                let ids: Vec<ItemId> = marked.iter().map(|entry| entry.item).collect();
                let still = |item: &Item| {
                    item.folder == ItemId::INBOX
                        && marked.iter().any(|entry| (entry.item, entry.uid) == (item.id, item.uid))
                };
                let ids: Vec<ItemId> =
                    mailbox.items(&ids)?.iter().filter(|item| still(item)).map(|item| item.id).collect();
                if deleted == Deleted::Trash {
                    return Ok(mailbox.move_items(&ids, ItemId::TRASH)?.len());
                }
                let read = FlagChange { remove: Flags::UNREAD, ..FlagChange::default() };
                mailbox.update_flags(&ids, &read)?;
                Ok(0)
            })
            .await
    }
}
