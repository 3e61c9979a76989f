// SPDX-License-Identifier: AGPL-3.0-or-later
//! Messages, and what else lies in folders, by filter in a sort order, streamed. By date, the order of almost every list, rows come straight off an
//! index, also for a few folders (a merge of one index walk per folder): a caller that stops after a page has paid for
//! a page. Other orders are sorted by the engine, which spills what is large to a file.

use super::{brief, number};
use crate::driver::{Scan, Value};
use crate::{Brief, Filter, Flags, Kind, Reader, Result, SortBy};
use ids::{ItemId, MailboxId};

/// More folders than this are checked row by row while walking all messages.
const MERGED_FOLDERS_MAX: usize = 16;

impl Reader<'_> {
    /// Messages that pass `filter`, in `sort` order (equal keys by id, in the same direction), handed to `each` until it
    /// returns false. `each` must not use this reader.
    pub fn scan(&self, filter: &Filter, sort: SortBy, each: &mut dyn FnMut(Brief) -> bool) -> Result<()> {
        let mut folders = filter.folders.clone();
        folders.sort_unstable();
        folders.dedup();
        let checked = if folders.len() > MERGED_FOLDERS_MAX { std::mem::take(&mut folders) } else { Vec::new() };
        let scan = statement(self.mailbox, filter, &folders, sort);
        self.connection.scan("scan", &scan, &mut |row| {
            let brief = brief::read(row)?;
            let passes = checked.is_empty() || checked.binary_search(&brief.folder).is_ok();
            Ok(!passes || each(brief))
        })
    }
}

pub(super) fn statement(mailbox: MailboxId, filter: &Filter, folders: &[ItemId], sort: SortBy) -> Scan {
    let mut params = Vec::new();
    let by_date = matches!(sort, SortBy::DateAsc | SortBy::DateDesc);
    let branches = if by_date && folders.len() > 1 {
        folders.chunks(1).map(|one| branch(mailbox, filter, one, &mut params)).collect()
    } else {
        vec![branch(mailbox, filter, folders, &mut params)]
    };
    Scan { branches, order: order(sort), params }
}

fn order(sort: SortBy) -> String {
    let column = match sort {
        SortBy::DateDesc | SortBy::DateAsc => "date_ms",
        SortBy::SubjectDesc | SortBy::SubjectAsc => "subject_sort",
        SortBy::NameDesc | SortBy::NameAsc => "sender_sort",
        SortBy::SizeDesc | SortBy::SizeAsc => "size",
        // The bound, true of every id, leads the engine to the primary key.
        SortBy::IdAsc | SortBy::RecipientAsc => return " AND id >= 0 ORDER BY id".into(),
        SortBy::IdDesc | SortBy::RecipientDesc => return " AND id >= 0 ORDER BY id DESC".into(),
        _ => {
            let (above, below) = sort.state().unwrap_or_default();
            let direction = if sort.is_descending() { "DESC" } else { "ASC" };
            return format!(
                " ORDER BY ((flags & {}) <> 0) - ((flags & {}) <> 0) {direction}, date_ms DESC, id DESC",
                above.0, below.0
            );
        }
    };
    if sort.is_descending() { format!(" ORDER BY {column} DESC, id DESC") } else { format!(" ORDER BY {column}, id") }
}

/// Literally, so that an engine may use an index of only such rows.
fn of_kinds(kinds: &[Kind]) -> String {
    match kinds {
        [] => format!(" AND kind = {}", number(Kind::Message)),
        [one] => format!(" AND kind = {}", number(*one)),
        many => {
            let numbers: Vec<String> = many.iter().map(|kind| number(*kind).to_string()).collect();
            format!(" AND kind IN ({})", numbers.join(","))
        }
    }
}

fn branch(mailbox: MailboxId, filter: &Filter, folders: &[ItemId], params: &mut Vec<Value<'static>>) -> String {
    let mut sql = format!("SELECT {} FROM item WHERE mailbox_id = ?{}", brief::COLUMNS, of_kinds(&filter.kinds));
    params.push(mailbox.0.into());
    let mut and = |condition: &str, values: &[Value<'static>]| {
        sql.push_str(condition);
        params.extend_from_slice(values);
    };
    match folders {
        [] => {}
        [one] => and(" AND folder = ?", &[one.0.into()]),
        many => {
            let values: Vec<_> = many.iter().map(|f| f.0.into()).collect();
            and(&format!(" AND folder IN (?{})", ",?".repeat(many.len() - 1)), &values);
        }
    }
    if let Some(conversation) = filter.conversation {
        and(" AND conversation = ?", &[conversation.0.into()]);
    }
    if let Some(from) = filter.date_from_ms {
        and(" AND date_ms >= ?", &[from.into()]);
    }
    if let Some(until) = filter.date_until_ms {
        and(" AND date_ms < ?", &[until.into()]);
    }
    if filter.flags_all != Flags::default() {
        and(" AND (flags & ?) = ?", &[filter.flags_all.0.into(), filter.flags_all.0.into()]);
    }
    if filter.flags_none != Flags::default() {
        and(" AND (flags & ?) = 0", &[filter.flags_none.0.into()]);
    }
    if let Some(tag) = filter.tag {
        let links = " AND id IN (SELECT item FROM tagged WHERE mailbox_id = ? AND tag = ?)";
        and(links, &[mailbox.0.into(), tag.0.into()]);
    }
    sql
}
