// SPDX-License-Identifier: AGPL-3.0-or-later
//! Every query goes through the index that was made for it, on an empty mailbox as on a large one.

use super::{brief, dumpster, identity, item, scan, tagged, tombstone};
use crate::driver::{Store, Value};
use crate::{Engines, Filter, SortBy};
use ids::{ItemId, MailboxId};

const MAILBOX: MailboxId = MailboxId(1);

fn plan(sql: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), 4, Engines::default()).unwrap();
    let params = vec![Value::Int(1); sql.matches('?').count()];
    let mut lines = Vec::new();
    store
        .write(MAILBOX, |c| {
            c.query("explain", &format!("EXPLAIN QUERY PLAN {sql}"), &params, &mut |row| {
                lines.push(row.text(3)?.to_owned());
                Ok(true)
            })
        })
        .unwrap();
    lines.join("; ")
}

fn scan_plan(filter: Filter, sort: SortBy) -> String {
    plan(&scan::statement(MAILBOX, &filter, &filter.folders, sort).sql())
}

#[test]
fn queries_use_their_index_and_sort_nothing() {
    for (sql, index) in [
        (item::GET.to_owned(), "PRIMARY KEY (rowid=?)"),
        (format!("{}(?,?,?)", item::GET_MANY), "PRIMARY KEY (rowid=?)"),
        (item::CONTAINERS.to_owned(), "item_container"),
        (dumpster::LIST.to_owned(), "COVERING INDEX item_other (mailbox_id=? AND kind>?)"),
        (format!("{}(?)", item::DUMPED), "PRIMARY KEY (rowid=?)"),
        (item::CONVERSATION.to_owned(), "item_conversation"),
        (item::CHANGED.to_owned(), "item_modseq (mailbox_id=? AND modseq>?)"),
        (brief::FOLDER.to_owned(), "item_folder_uid (mailbox_id=? AND folder=? AND uid>?)"),
        (brief::PLACE.to_owned(), "item_folder_uid (mailbox_id=? AND folder=? AND uid=?)"),
        (format!("{}(?,?,?)", brief::BY_MESSAGE_ID), "item_message_id (mailbox_id=? AND message_id_hash=?)"),
        (format!("{}(?,?,?)", brief::BY_THREAD), "item_thread (mailbox_id=? AND thread_hash=?)"),
        (
            format!("{}(?) UNION ALL {}(?)", brief::BY_MESSAGE_ID, brief::BY_THREAD),
            "item_thread (mailbox_id=? AND thread_hash=?)",
        ),
        (brief::BY_SUBJECT.to_owned(), "item_date (mailbox_id=? AND date_ms>?)"),
        (tagged::ITEMS.to_owned(), "PRIMARY KEY (mailbox_id=? AND tag=?)"),
        (format!("{}(?)", tagged::OF_ITEMS), "PRIMARY KEY (rowid=?)"),
        (tombstone::SINCE.to_owned(), "PRIMARY KEY (mailbox_id=? AND modseq>?)"),
        (identity::ALL.to_owned(), "PRIMARY KEY (rowid>?)"),
    ] {
        let plan = plan(&sql);
        assert!(plan.contains(index), "{sql}\n{plan}");
        // Containers are few.
        assert!(index == "item_container" || !plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
    }
}

#[test]
fn scans_by_date_stream_off_an_index() {
    let folders = |n| Filter { folders: (1..=n).map(ItemId).collect(), ..Filter::default() };
    for sort in [SortBy::DateDesc, SortBy::DateAsc] {
        for (filter, index) in [
            (folders(0), "item_date (mailbox_id=?)"),
            (folders(1), "item_folder_date (mailbox_id=? AND folder=?)"),
            (folders(3), "item_folder_date (mailbox_id=? AND folder=?)"),
            (Filter { date_from_ms: Some(1), ..folders(0) }, "item_date (mailbox_id=? AND date_ms>?)"),
            (
                Filter { date_from_ms: Some(1), date_until_ms: Some(2), ..folders(1) },
                "item_folder_date (mailbox_id=? AND folder=? AND date_ms>? AND date_ms<?)",
            ),
            (
                Filter { conversation: Some(ItemId(1)), ..folders(0) },
                "item_conversation (mailbox_id=? AND conversation=?",
            ),
        ] {
            let plan = scan_plan(filter, sort);
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
    assert!(!scan_plan(folders(0), SortBy::IdAsc).contains("TEMP B-TREE"));
}
