// SPDX-License-Identifier: AGPL-3.0-or-later
//! Drafts that are sent at a time of their own. The schedule is a note beside the draft, put by the record that saves it; the
//! mailbox's state in memory has all of them. The mailbox says what is due and keeps the books; who sends is a protocol.
//!
//! The copy for Sent and the mark that it is there are one record, before anybody is handed the message; the draft's end and
//! its schedule's are another one, after. A crash between them sends the message again, as any hop of SMTP may (RFC 5321
//! §4.5.4.1: twice rather than never), with the same Message-ID and without a second copy.

use crate::draft::Draft;
use crate::error::{Error, Result};
use crate::item::AddMessage;
use crate::item::add;
use crate::mailbox::Mailbox;
use crate::note::SCHEDULED;
use crate::store::Store;
use blobs::Staged;
use ids::{ItemId, ModSeq};
use metadata::{Flags, Item, Kind, Note, Patch};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Drafts of one mailbox that wait.
pub const SCHEDULED_MAX: usize = 1_000;

/// When each draft is sent, milliseconds since 1970.
pub type Schedules = BTreeMap<ItemId, i64>;

#[derive(Debug, Clone, Copy, Encode, Decode)]
pub(crate) struct Schedule {
    #[n(0)]
    pub at_ms: i64,
    /// The copy in Sent, once sending has begun.
    #[n(1)]
    pub copy: Option<ItemId>,
}

impl Schedule {
    fn note(self, id: ItemId) -> Result<Note> {
        let value = minicbor::to_vec(self).map_err(|error| Error::Store(error.to_string()))?;
        Ok(Note { space: SCHEDULED, name: id.to_string(), expires_ms: 0, value })
    }
}

/// From a note of [`SCHEDULED`].
pub(crate) fn read(note: &Note) -> Option<(ItemId, Schedule)> {
    Some((ItemId(note.name.parse().ok()?), minicbor::decode(&note.value).ok()?))
}

/// Of all such notes.
pub(crate) fn all(notes: &[Note]) -> Arc<Schedules> {
    Arc::new(notes.iter().filter_map(read).map(|(id, schedule)| (id, schedule.at_ms)).collect())
}

/// With the draft that is saved: `None` takes an earlier schedule away.
pub(crate) fn set(draft: &mut Draft, id: ItemId, at_ms: Option<i64>) -> Result<()> {
    let is_known = draft.view.scheduled.contains_key(&id);
    match at_ms {
        Some(_) if !is_known && draft.view.scheduled.len() >= SCHEDULED_MAX => Err(Error::OverQuota),
        Some(at_ms) => draft.put_note(Schedule { at_ms, copy: None }.note(id)?),
        None if is_known => draft.remove_note(SCHEDULED, &id.to_string()),
        None => Ok(()),
    }
}

impl Store {
    /// What waits in the mailbox of an account, as rows have it: for the start, when all of the journal is in the rows.
    pub fn schedules(&self, account: &str) -> Result<Arc<Schedules>> {
        let id = self.shared.registry.lock().by_account.get(account).copied();
        let Some(id) = id else { return Ok(Arc::default()) };
        Ok(all(&self.shared.metadata.glance(id, |reader| reader.notes(Some(SCHEDULED)))?))
    }
}

impl Mailbox {
    pub fn schedules(&self) -> Arc<Schedules> {
        self.view().scheduled.clone()
    }

    /// The draft, if its time has come. One that was deleted, thrown away or is no draft any more loses its schedule.
    pub fn due_draft(&self, id: ItemId, now_ms: i64) -> Result<Option<Item>> {
        self.transact(&[], |draft| {
            let Some(at_ms) = draft.view.scheduled.get(&id) else { return Ok(None) };
            if *at_ms > now_ms {
                return Ok(None);
            }
            let row = self.message_rows(&[id])?.pop();
            let thrown = |folder| draft.view.subtree(folder);
            let is_wanted = |row: &Item| {
                row.kind == Kind::Message
                    && row.flags.contains(Flags::DRAFT)
                    && !row.flags.contains(Flags::DELETED)
                    && ![ItemId::TRASH, ItemId::JUNK].into_iter().any(|bin| thrown(bin).contains(&row.folder))
            };
            let row = row.filter(is_wanted);
            if row.is_none() {
                draft.remove_note(SCHEDULED, &id.to_string())?;
            }
            Ok(row)
        })
    }

    /// The copy in Sent that a scheduled draft leaves, made once however often sending is tried.
    pub fn begin_scheduled(&self, id: ItemId, copy: &Staged) -> Result<()> {
        let summary = mime::summary(&copy.content);
        self.transact(&[copy], |draft| {
            let schedule = self.schedule(id)?;
            if let Some(known) = schedule.copy
                && !self.message_rows(&[known])?.is_empty()
            {
                return Ok(());
            }
            let add = AddMessage { folder: ItemId::SENT, flags: Flags::FROM_ME, tags: Vec::new(), date_ms: None };
            self.check_quota(&draft.view, copy.size)?;
            let item = self.draft_added(draft, copy, &summary, &add)?;
            draft.put_note(Schedule { copy: Some(item), ..schedule }.note(id)?)
        })
    }

    /// It is out: the draft goes, unless it was saved again meanwhile and is another one.
    pub fn end_scheduled(&self, id: ItemId, revision: ModSeq) -> Result<()> {
        self.transact(&[], |draft| {
            let row = self.message_rows(&[id])?.pop();
            match row {
                Some(row) if row.revision == revision => draft.bury(&row)?,
                Some(_) => return Ok(()),
                None => {}
            }
            draft.remove_note(SCHEDULED, &id.to_string())
        })
    }

    /// It can't be sent: the draft stays without a schedule, the copy goes unless somebody got the message (`keep_copy`), and
    /// a message in the Inbox tells the owner, quota or not.
    pub fn fail_scheduled(&self, id: ItemId, revision: ModSeq, keep_copy: bool, notice: &Staged) -> Result<()> {
        let summary = mime::summary(&notice.content);
        self.transact(&[notice], |draft| {
            if let Some(row) = self.message_rows(&[id])?.pop()
                && row.revision == revision
            {
                let schedule = self.schedule(id)?;
                draft.remove_note(SCHEDULED, &id.to_string())?;
                // so that clients look at it again
                draft.patch(&row, Patch::default())?;
                if let Some(copy) = schedule.copy.filter(|_| !keep_copy) {
                    self.message_rows(&[copy])?.iter().try_for_each(|copy| draft.remove(copy))?;
                }
            }
            let add = AddMessage { folder: ItemId::INBOX, flags: Flags::UNREAD, tags: Vec::new(), date_ms: None };
            self.draft_added(draft, notice, &summary, &add).map(drop)
        })
    }

    fn draft_added(&self, draft: &mut Draft, staged: &Staged, of: &mime::Summary, add: &AddMessage) -> Result<ItemId> {
        let mut rows = vec![add::draft_row(draft, staged, of, add)?];
        crate::item::thread::join_all(self, draft, std::slice::from_ref(of), &mut rows)?;
        let row = rows.pop().ok_or_else(|| Error::Store("nothing was added".into()))?;
        Ok(draft.put_message(row)?.id)
    }

    /// Call it under the mailbox lock, with everything applied.
    fn schedule(&self, id: ItemId) -> Result<Schedule> {
        let note = self.shared().metadata.glance(self.live.id, |reader| reader.note(SCHEDULED, &id.to_string()))?;
        let schedule = note.as_ref().and_then(read).map(|(_, schedule)| schedule);
        schedule.ok_or_else(|| Error::no_such("schedule", id))
    }
}
