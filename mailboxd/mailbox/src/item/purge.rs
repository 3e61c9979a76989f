// SPDX-License-Identifier: AGPL-3.0-or-later
//! Mail that goes by itself when its time is over: Trash, Junk, and whatever a class of service keeps for so long and no longer.

use crate::error::{Error, Result};
use crate::mailbox::Mailbox;
use crate::view::View;
use ids::ItemId;
use metadata::{Brief, Detail, Filter, Flags, Item, SortBy};

/// Messages that go in one transaction at most: nobody waits long for the mailbox meanwhile.
const BATCH: usize = 200;

/// What counts as the age of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// When it was received (IMAP INTERNALDATE).
    Received,
    /// When it came into the folder where it is now (RFC 8514).
    Arrived,
}

/// One reason to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// With all folders below it; the user root: every folder.
    pub folder: ItemId,
    /// Without those below it.
    pub alone: bool,
    pub since: Since,
    /// Milliseconds.
    pub keep_ms: i64,
    /// Read messages only, or unread ones only.
    pub read: Option<bool>,
}

impl Lifetime {
    fn filter(&self, view: &View, now_ms: i64) -> Filter {
        // Nothing arrives before it is received, but for dates that a client made up; those wait for their day.
        let mut filter = Filter { date_until_ms: Some(self.until_ms(now_ms)), ..Filter::default() };
        if self.alone {
            filter.folders = vec![self.folder];
        } else if self.folder != ItemId::USER_ROOT {
            filter.folders = view.subtree(self.folder);
        }
        match self.read {
            Some(true) => filter.flags_none = Flags::UNREAD,
            Some(false) => filter.flags_all = Flags::UNREAD,
            None => {}
        }
        filter
    }

    fn until_ms(&self, now_ms: i64) -> i64 {
        now_ms.saturating_sub(self.keep_ms)
    }

    /// Whether its time is over. The filter has not looked at when it arrived, and may have looked a while ago.
    fn is_over(&self, item: &Item, view: &View, now_ms: i64) -> bool {
        let Detail::Message(detail) = &item.detail else { return false };
        let ms = match self.since {
            Since::Received => item.date_ms,
            Since::Arrived => detail.saved_ms.unwrap_or(item.changed_ms),
        };
        let unread = item.flags.contains(Flags::UNREAD);
        let is_there = match self.alone {
            true => item.folder == self.folder,
            false => self.folder == ItemId::USER_ROOT || view.subtree(self.folder).contains(&item.folder),
        };
        ms < self.until_ms(now_ms) && is_there && self.read.is_none_or(|read| read != unread)
    }
}

impl Mailbox {
    /// Deletes for good what is older than any of `lifetimes` allows. Answers how many messages went. Blocking.
    pub fn purge(&self, lifetimes: &[Lifetime]) -> Result<usize> {
        self.check_owner()?;
        let mut gone = 0;
        for lifetime in lifetimes {
            gone += self.purge_one(lifetime)?;
        }
        Ok(gone)
    }

    fn purge_one(&self, lifetime: &Lifetime) -> Result<usize> {
        let now_ms = self.shared().now_ms();
        let filter = lifetime.filter(&self.view(), now_ms);
        let mut old: Vec<ItemId> = Vec::new();
        self.read(|reader| {
            reader.scan(&filter, SortBy::DateAsc, &mut |brief: Brief| {
                old.push(brief.id);
                true
            })
        })?;
        let mut gone = 0;
        for batch in old.chunks(BATCH) {
            gone += self.transact(&[], |draft| {
                let mut rows = self.message_rows(batch)?;
                rows.retain(|row| lifetime.is_over(row, &draft.view, now_ms));
                rows.iter().try_for_each(|row| draft.bury(row))?;
                Ok::<_, Error>(rows.len())
            })?;
        }
        Ok(gone)
    }
}
