// SPDX-License-Identifier: AGPL-3.0-or-later
//! Messages, and what else lies in folders, without their detail: for searches and IMAP.

use super::{detail, in_chunks, item_id, large, small};
use crate::driver::{Row, Value};
use crate::{Brief, Flags, Reader, Result};
use ids::{ItemId, ModSeq, Uid};
use std::collections::{BTreeMap, HashMap};

/// The order that `read` expects.
macro_rules! columns {
    () => {
        "id, folder, conversation, uid, modseq, date_ms, size, flags, tags, kind"
    };
}
pub(super) const COLUMNS: &str = columns!();
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM item WHERE mailbox_id = ? AND kind = 4 AND ", $rest)
    };
}

pub(super) const FOLDER: &str = select!("folder = ? AND uid > ? ORDER BY uid");
pub(super) const PLACE: &str = select!("folder = ? AND uid = ?");
const MANY: &str =
    concat!("SELECT ", columns!(), " FROM item WHERE mailbox_id = ? AND kind >= 4 AND kind < 20 AND id IN ");
// The predicate that something is hashed at all lets an engine use an index of only such rows.
pub(super) const BY_MESSAGE_ID: &str = select!("message_id_hash <> 0 AND message_id_hash IN ");
pub(super) const BY_THREAD: &str = select!("thread_hash <> 0 AND thread_hash IN ");
/// The newest of the rows first, then the subject: there is no index by it alone.
pub(super) const BY_SUBJECT: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM (SELECT ",
    columns!(),
    ", subject_sort FROM item WHERE mailbox_id = ? AND kind = 4 AND date_ms > ? ORDER BY date_ms DESC LIMIT 2000) AS newest \
     WHERE subject_sort = ?"
);

impl Reader<'_> {
    /// Messages of a folder by ascending UID, from `after` (exclusive).
    pub fn folder_messages(&self, folder: ItemId, after: Uid) -> Result<Vec<Brief>> {
        let mut found = Vec::new();
        let params = [self.mailbox.0.into(), folder.0.into(), after.0.into()];
        self.connection.query("get folder", FOLDER, &params, &mut |row| {
            found.push(read(row)?);
            Ok(true)
        })?;
        Ok(found)
    }

    /// The message that has a UID of a folder.
    pub fn message_at(&self, folder: ItemId, uid: Uid) -> Result<Option<Brief>> {
        let mut found = None;
        let params = [self.mailbox.0.into(), folder.0.into(), uid.0.into()];
        self.connection.query("get place", PLACE, &params, &mut |row| {
            found = Some(read(row)?);
            Ok(false)
        })?;
        Ok(found)
    }

    /// In the order of `ids`; what is a container is left out, what is asked for twice comes once. Any length.
    pub fn briefs(&self, ids: &[ItemId]) -> Result<Vec<Brief>> {
        let mut found = HashMap::with_capacity(ids.len());
        let numbers: Vec<i64> = ids.iter().map(|id| id.0.into()).collect();
        in_chunks(&numbers, |marks, numbers| {
            self.connection.query("get briefs", &format!("{MANY}{marks}"), &self.with_mailbox(numbers), &mut |row| {
                let brief = read(row)?;
                found.insert(brief.id, brief);
                Ok(true)
            })
        })?;
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// Messages whose message_id_hash is in `message_ids` or whose thread_hash is in `threads`, each once, ascending id.
    /// A hash of 0 means none and finds nothing.
    pub fn thread_candidates(&self, message_ids: &[i64], threads: &[i64]) -> Result<Vec<Brief>> {
        let mut queries: Vec<(String, Vec<Value<'_>>)> = Vec::new();
        for (sql, hashes) in [(BY_MESSAGE_ID, message_ids), (BY_THREAD, threads)] {
            in_chunks(hashes, |marks, hashes| {
                queries.push((format!("{sql}{marks}"), self.with_mailbox(hashes)));
                Ok(())
            })?;
        }
        let mut found = BTreeMap::new();
        // as one: every delivery asks, and usually there is one of each
        for both in queries.chunks(2) {
            let sql: Vec<_> = both.iter().map(|(sql, _)| sql.as_str()).collect();
            let params: Vec<_> = both.iter().flat_map(|(_, params)| params).copied().collect();
            self.connection.query("get thread", &sql.join(" UNION ALL "), &params, &mut |row| {
                let brief = read(row)?;
                found.insert(brief.id, brief);
                Ok(true)
            })?;
        }
        Ok(found.into_values().collect())
    }

    /// The newest message with this key of its subject, among the 2,000 newest since `after_ms` that are not in `but`.
    pub fn newest_about(&self, subject_sort: &str, after_ms: i64, but: ItemId) -> Result<Option<Brief>> {
        let mut found: Option<Brief> = None;
        let params = [self.mailbox.0.into(), after_ms.into(), subject_sort.into()];
        self.connection.query("get subject", BY_SUBJECT, &params, &mut |row| {
            let brief = read(row)?;
            let is_newer = found.as_ref().is_none_or(|known| (known.date_ms, known.id) < (brief.date_ms, brief.id));
            if is_newer && brief.folder != but {
                found = Some(brief);
            }
            Ok(true)
        })?;
        Ok(found)
    }

    fn with_mailbox(&self, numbers: &[i64]) -> Vec<Value<'static>> {
        std::iter::once(self.mailbox.0.into()).chain(numbers.iter().map(|number| Value::Int(*number))).collect()
    }
}

pub(super) fn read(row: &Row<'_>) -> Result<Brief> {
    Ok(Brief {
        id: item_id(row, 0)?,
        folder: item_id(row, 1)?,
        conversation: conversation(row, 2)?,
        uid: Uid(small(row, 3)?),
        modseq: ModSeq(large(row, 4)?),
        date_ms: row.int(5)?,
        size: large(row, 6)?,
        flags: Flags(small(row, 7)?),
        tags: detail::tags_from_text(row, 8)?,
        kind: super::kind(row, 9)?,
    })
}

pub(super) fn conversation(row: &Row<'_>, column: usize) -> Result<Option<ItemId>> {
    let Some(id) = row.int_or_null(column)? else { return Ok(None) };
    id.try_into().map(|id| Some(ItemId(id))).map_err(|_| row.corrupt(column, "is out of range"))
}
