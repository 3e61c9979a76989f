// SPDX-License-Identifier: AGPL-3.0-or-later
//! What can be checked of one mailbox without reading everybody's tables (`CHECK TABLE` reads them whole): that every index
//! has as many entries as the table has rows, and that the links say what the rows say.

use super::{Connection, Value};
use crate::Result;
use ids::MailboxId;

const INDEXES: [&str; 7] = [
    "item_date",
    "item_folder_uid",
    "item_folder_date",
    "item_conversation",
    "item_modseq",
    "item_message_id",
    "item_thread",
];
const LINKS: &str = "SELECT COUNT(*) FROM tagged WHERE mailbox_id = ?";
/// Every link has an item that says so; together with their number that is all of them.
const LINKED: &str = "SELECT COUNT(*) FROM tagged JOIN item ON item.mailbox_id = tagged.mailbox_id AND item.id = tagged.item \
                      WHERE tagged.mailbox_id = ? AND FIND_IN_SET(tagged.tag, item.tags) > 0";
// What was deleted says which tags it had, and bears none.
const BORNE: &str = "SELECT CAST(COALESCE(SUM(CHAR_LENGTH(tags) - CHAR_LENGTH(REPLACE(tags, ',', '')) + 1), 0) AS SIGNED) FROM item \
                     WHERE mailbox_id = ? AND tags <> '' AND kind < 20";

impl Connection {
    pub(crate) fn integrity(&self, mailbox: MailboxId) -> Result<Vec<String>> {
        let count = |sql: &str| self.count(sql, mailbox);
        let rows = count("SELECT COUNT(*) FROM item FORCE INDEX (PRIMARY) WHERE mailbox_id = ?")?;
        let mut found = Vec::new();
        for index in INDEXES {
            let entries = count(&format!("SELECT COUNT(*) FROM item FORCE INDEX ({index}) WHERE mailbox_id = ?"))?;
            if entries != rows {
                found.push(format!("index {index} has {entries} entries for {rows} rows"));
            }
        }
        let (links, linked, borne) = (count(LINKS)?, count(LINKED)?, count(BORNE)?);
        if links != linked || links != borne {
            found.push(format!("{links} links, {linked} of them with an item, for {borne} tags on items"));
        }
        Ok(found)
    }

    fn count(&self, sql: &str, mailbox: MailboxId) -> Result<i64> {
        let mut count = 0;
        self.query("check", sql, &[Value::from(mailbox.0)], &mut |row| {
            count = row.int_or_null(0)?.unwrap_or_default();
            Ok(true)
        })?;
        Ok(count)
    }
}
