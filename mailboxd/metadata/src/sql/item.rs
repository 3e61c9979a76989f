// SPDX-License-Identifier: AGPL-3.0-or-later
//! Whole rows of the table `item`.

use super::{DUMPED as DUMPED_KINDS, detail, in_chunks, item_id, kind_numbered, large, number, small};
use crate::driver::{Row, Value};
use crate::{Flags, Item, Reader, Result, Writer};
use ids::{Digest, ItemId, ModSeq, Uid};
use std::collections::HashMap;

/// The order that `read` expects.
macro_rules! columns {
    () => {
        "id, kind, folder, conversation, uid, modseq, revision, date_ms, changed_ms, size, flags, tags, name, subject, \
         subject_sort, sender_sort, digest, message_id_hash, thread_hash, detail"
    };
}
/// Rows of the dumpster (`dumpster.rs`) are looked at by nobody who doesn't say so: their numbers of kind begin at 20.
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM item WHERE mailbox_id = ? AND ", $rest)
    };
}

const PUT: &str = concat!(
    "REPLACE INTO item (",
    columns!(),
    ", mailbox_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
);
const REMOVE: &str = "DELETE FROM item WHERE mailbox_id = ? AND id = ? AND kind < 20";
pub(super) const GET: &str = select!("id = ? AND kind < 20");
pub(super) const GET_MANY: &str = select!("kind < 20 AND id IN ");
pub(super) const CONTAINERS: &str = select!("kind < 4 ORDER BY id");
pub(super) const CONVERSATION: &str = select!("conversation = ? ORDER BY date_ms, id");
pub(super) const CHANGED: &str = select!("modseq > ? AND kind < 20 ORDER BY modseq, id LIMIT ?");
pub(super) const DUMPED: &str = select!("kind >= 20 AND id IN ");

impl Writer<'_> {
    pub fn put_item(&mut self, item: &Item) -> Result<()> {
        self.put_items(&[item])
    }

    /// In order; the tags that they had are asked for at once.
    pub fn put_items(&mut self, items: &[&Item]) -> Result<()> {
        let ids: Vec<ItemId> = items.iter().map(|item| item.id).collect();
        let mut tags = self.tags_of(&ids)?;
        for item in items {
            let old = tags.insert(item.id, item.tags.clone()).unwrap_or_default();
            self.relink(item.id, &old, &item.tags)?;
        }
        items.iter().try_for_each(|item| self.put_row(item))
    }

    fn put_row(&mut self, item: &Item) -> Result<()> {
        self.put_row_as(number(item.kind), item)
    }

    /// `kind`: the number in the row.
    pub(super) fn put_row_as(&mut self, kind: i64, item: &Item) -> Result<()> {
        let detail = detail::to_json(self.mailbox, item)?;
        let tags = detail::tags_to_text(&item.tags);
        let params = [
            item.id.0.into(),
            kind.into(),
            item.folder.0.into(),
            item.conversation.map(|c| c.0).into(),
            item.uid.0.into(),
            item.modseq.0.into(),
            item.revision.0.into(),
            item.date_ms.into(),
            item.changed_ms.into(),
            item.size.into(),
            item.flags.0.into(),
            tags.as_str().into(),
            item.name.as_str().into(),
            item.subject.as_str().into(),
            item.subject_sort.as_str().into(),
            item.sender_sort.as_str().into(),
            item.digest.as_ref().map(|d| d.0.as_slice()).into(),
            item.message_id_hash.into(),
            item.thread_hash.into(),
            detail.as_str().into(),
            self.mailbox.0.into(),
        ];
        self.connection.execute("put item", PUT, &params)?;
        Ok(())
    }

    /// Not an error if there is no such item, or if it has gone to the dumpster.
    pub fn remove_item(&mut self, id: ItemId) -> Result<()> {
        self.link_tags(id, &[])?;
        self.connection.execute("remove item", REMOVE, &[self.mailbox.0.into(), id.0.into()])?;
        Ok(())
    }
}

impl Reader<'_> {
    pub fn item(&self, id: ItemId) -> Result<Option<Item>> {
        Ok(self.select("get item", GET, &[id.0.into()])?.pop())
    }

    /// In the order of `ids`; what does not exist is left out, what is asked for twice comes once. Any length (chunked
    /// inside).
    pub fn items(&self, ids: &[ItemId]) -> Result<Vec<Item>> {
        self.listed(GET_MANY, ids)
    }

    /// `sql`: all but the ids of an IN list.
    pub(super) fn listed(&self, sql: &'static str, ids: &[ItemId]) -> Result<Vec<Item>> {
        let mut found = HashMap::with_capacity(ids.len());
        in_chunks(ids, |marks, ids| {
            let params: Vec<Value<'_>> = ids.iter().map(|id| id.0.into()).collect();
            let items = self.select("get items", &format!("{sql}{marks}"), &params)?;
            found.extend(items.into_iter().map(|item| (item.id, item)));
            Ok(())
        })?;
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// All folders, saved searches and tags by ascending id: small, the mailbox keeps them in memory.
    pub fn containers(&self) -> Result<Vec<Item>> {
        self.select("get containers", CONTAINERS, &[])
    }

    /// Members of a real conversation, ascending date.
    pub fn conversation(&self, id: ItemId) -> Result<Vec<Item>> {
        self.select("get conversation", CONVERSATION, &[id.0.into()])
    }

    /// Everything with modseq > since, ascending modseq then id, at most `limit`.
    pub fn changed_since(&self, since: ModSeq, limit: usize) -> Result<Vec<Item>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.select("get changes", CHANGED, &[super::bound(since).into(), limit.into()])
    }

    fn select(&self, step: &'static str, sql: &str, rest: &[Value<'_>]) -> Result<Vec<Item>> {
        let mut params = vec![self.mailbox.0.into()];
        params.extend_from_slice(rest);
        let mut items = Vec::new();
        self.connection.query(step, sql, &params, &mut |row| {
            items.push(read(row)?);
            Ok(true)
        })?;
        Ok(items)
    }
}

fn read(row: &Row<'_>) -> Result<Item> {
    let kind = kind_of(row)?;
    Ok(Item {
        id: item_id(row, 0)?,
        kind,
        folder: item_id(row, 2)?,
        conversation: super::brief::conversation(row, 3)?,
        uid: Uid(small(row, 4)?),
        modseq: ModSeq(large(row, 5)?),
        revision: ModSeq(large(row, 6)?),
        date_ms: row.int(7)?,
        changed_ms: row.int(8)?,
        size: large(row, 9)?,
        flags: Flags(small(row, 10)?),
        tags: detail::tags_from_text(row, 11)?,
        name: row.text(12)?.to_owned(),
        subject: row.text(13)?.to_owned(),
        subject_sort: row.text(14)?.to_owned(),
        sender_sort: row.text(15)?.to_owned(),
        digest: digest(row, 16)?,
        message_id_hash: row.int(17)?,
        thread_hash: row.int(18)?,
        detail: detail::from_json(kind, row, 19)?,
    })
}

/// What a row in the dumpster was.
fn kind_of(row: &Row<'_>) -> Result<crate::Kind> {
    match row.int(1)? {
        number if number >= DUMPED_KINDS => kind_numbered(row, 1, number - DUMPED_KINDS),
        number => kind_numbered(row, 1, number),
    }
}

pub(super) fn digest(row: &Row<'_>, column: usize) -> Result<Option<Digest>> {
    let Some(bytes) = row.bytes_or_null(column)? else { return Ok(None) };
    let digest = bytes.try_into().map_err(|_| row.corrupt(column, "is not 32 bytes long"))?;
    Ok(Some(Digest(digest)))
}
