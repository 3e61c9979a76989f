// SPDX-License-Identifier: AGPL-3.0-or-later

use super::{add, message, thread};
use crate::error::{Error, Result};
use crate::mailbox::Mailbox;
use crate::schedule;
use blobs::Staged;
use ids::ItemId;
use metadata::{Detail, Flags, Item, Kind};

impl Mailbox {
    /// A new draft, or the next content of one: same id, new UID. `origin` is what it answers and how ("r" reply,
    /// "w" forward).
    pub fn save_draft(&self, staged: &Staged, id: Option<ItemId>, origin: Option<(ItemId, String)>) -> Result<Item> {
        self.schedule_draft(staged, id, origin, None)
    }

    /// The same, to be sent at a time, milliseconds since 1970; `None` takes an earlier time away.
    pub fn schedule_draft(
        &self,
        staged: &Staged,
        id: Option<ItemId>,
        origin: Option<(ItemId, String)>,
        at_ms: Option<i64>,
    ) -> Result<Item> {
        let summary = mime::summary(&staged.content);
        self.transact(&[staged], |draft| {
            let before = id.map(|id| self.draft_row(id)).transpose()?;
            let flags = Flags::DRAFT.with(Flags::FROM_ME);
            let mut item = message::row(&summary, staged, flags, draft.now_ms);
            if let Detail::Message(detail) = &mut item.detail {
                detail.origin = origin;
            }
            let Some(before) = before else {
                self.check_quota(&draft.view, staged.size)?;
                add::place(draft, &mut item, ItemId::DRAFTS)?;
                let candidates = thread::candidates(self, &summary, &item)?;
                item.conversation = thread::join(self, draft, &candidates)?;
                schedule::set(draft, item.id, at_ms)?;
                return Ok(draft.put_message(item)?.as_ref().clone());
            };
            self.check_quota(&draft.view, staged.size.saturating_sub(before.size))?;
            keep_identity(&before, &mut item);
            schedule::set(draft, item.id, at_ms)?;
            item.uid = draft.next_uid(before.folder)?;
            item.modseq = draft.modseq;
            item.revision = draft.modseq;
            item.changed_ms = draft.now_ms;
            add::set_saved(&mut item, draft.now_ms);
            Ok(draft.revise(&before, item)?.as_ref().clone())
        })
    }

    fn draft_row(&self, id: ItemId) -> Result<Item> {
        let row = self.shared().metadata.glance(self.live.id, |reader| reader.item(id))?;
        let row = row.filter(|item| item.kind == Kind::Message).ok_or_else(|| Error::no_such("message", id))?;
        if !row.flags.contains(Flags::DRAFT) {
            return Err(Error::Immutable(format!("message {id}, which is no draft,")));
        }
        Ok(row)
    }
}

/// What a draft keeps when it is saved again.
fn keep_identity(before: &Item, after: &mut Item) {
    after.id = before.id;
    after.folder = before.folder;
    after.conversation = before.conversation;
    after.tags.clone_from(&before.tags);
    after.flags = after.flags.with(Flags(before.flags.0 & Flags::FLAGGED.0));
    if let (Detail::Message(old), Detail::Message(new)) = (&before.detail, &mut after.detail)
        && new.origin.is_none()
    {
        new.origin.clone_from(&old.origin);
    }
}
