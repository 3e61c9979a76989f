// SPDX-License-Identifier: AGPL-3.0-or-later
//! The row of mailbox state, written with every transaction.

use super::{large, small};
use crate::{Error, MailboxRow, Reader, Result, Writer};
use ids::{MailboxId, ModSeq, Seq};

const PUT: &str = "REPLACE INTO mailbox (mailbox_id, account, next_item_id, modseq, size, applied, purged) \
                   VALUES (?, ?, ?, ?, ?, ?, ?)";
const GET: &str =
    "SELECT mailbox_id, account, next_item_id, modseq, size, applied, purged FROM mailbox WHERE mailbox_id = ?";

impl Writer<'_> {
    pub fn put_mailbox(&mut self, row: &MailboxRow) -> Result<()> {
        if row.id != self.mailbox {
            return Err(Error::Invalid { mailbox: self.mailbox, what: format!("it is the row of mailbox {}", row.id) });
        }
        let params = [
            row.id.0.into(),
            row.account.as_str().into(),
            row.next_item_id.into(),
            row.modseq.0.into(),
            row.size.into(),
            row.applied.0.into(),
            row.purged.0.into(),
        ];
        self.connection.execute("put mailbox", PUT, &params)?;
        Ok(())
    }
}

impl Reader<'_> {
    pub fn mailbox(&self) -> Result<Option<MailboxRow>> {
        let mut found = None;
        self.connection.query("get mailbox", GET, &[self.mailbox.0.into()], &mut |row| {
            found = Some(MailboxRow {
                id: MailboxId(small(row, 0)?),
                account: row.text(1)?.to_owned(),
                next_item_id: small(row, 2)?,
                modseq: ModSeq(large(row, 3)?),
                size: large(row, 4)?,
                applied: Seq(large(row, 5)?),
                purged: ModSeq(large(row, 6)?),
            });
            Ok(true)
        })?;
        Ok(found)
    }
}
