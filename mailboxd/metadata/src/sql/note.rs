// SPDX-License-Identifier: AGPL-3.0-or-later
//! Small named things of a mailbox that are no items.

use super::small;
use crate::driver::{Row, Value};
use crate::{Note, Reader, Result, Writer};

const PUT: &str = "REPLACE INTO note (mailbox_id, space, name, expires_ms, value) VALUES (?, ?, ?, ?, ?)";
const REMOVE: &str = "DELETE FROM note WHERE mailbox_id = ? AND space = ? AND name = ?";
const EXPIRE: &str = "DELETE FROM note WHERE mailbox_id = ? AND space = ? AND expires_ms > 0 AND expires_ms <= ?";
const GET: &str = "SELECT space, name, expires_ms, value FROM note WHERE mailbox_id = ? AND space = ? AND name = ?";
const OF_SPACE: &str =
    "SELECT space, name, expires_ms, value FROM note WHERE mailbox_id = ? AND space = ? ORDER BY space, name";
const ALL: &str = "SELECT space, name, expires_ms, value FROM note WHERE mailbox_id = ? ORDER BY space, name";
const COUNT: &str = "SELECT count(*) FROM note WHERE mailbox_id = ? AND space = ?";

impl Writer<'_> {
    /// In place of one with the same name.
    pub fn put_note(&mut self, note: &Note) -> Result<()> {
        let params = [
            self.mailbox.0.into(),
            note.space.into(),
            Value::Bytes(note.name.as_bytes()),
            note.expires_ms.into(),
            Value::Bytes(&note.value),
        ];
        self.connection.execute("put note", PUT, &params)?;
        Ok(())
    }

    /// Not an error if it is not there.
    pub fn remove_note(&mut self, space: u32, name: &str) -> Result<()> {
        let params = [self.mailbox.0.into(), space.into(), Value::Bytes(name.as_bytes())];
        self.connection.execute("remove note", REMOVE, &params)?;
        Ok(())
    }

    /// Those of a space that have expired by then.
    pub fn expire_notes(&mut self, space: u32, until_ms: i64) -> Result<()> {
        self.connection.execute("expire notes", EXPIRE, &[self.mailbox.0.into(), space.into(), until_ms.into()])?;
        Ok(())
    }
}

impl Reader<'_> {
    pub fn note(&self, space: u32, name: &str) -> Result<Option<Note>> {
        let params = [self.mailbox.0.into(), space.into(), Value::Bytes(name.as_bytes())];
        Ok(self.notes_of(GET, &params)?.pop())
    }

    /// Of one space or all, by space and name, expired or not.
    pub fn notes(&self, space: Option<u32>) -> Result<Vec<Note>> {
        match space {
            Some(space) => self.notes_of(OF_SPACE, &[self.mailbox.0.into(), space.into()]),
            None => self.notes_of(ALL, &[self.mailbox.0.into()]),
        }
    }

    pub fn note_count(&self, space: u32) -> Result<u64> {
        let mut count = 0;
        self.connection.query("count notes", COUNT, &[self.mailbox.0.into(), space.into()], &mut |row| {
            count = row.int(0)?;
            Ok(true)
        })?;
        Ok(count.max(0).cast_unsigned())
    }

    fn notes_of(&self, sql: &str, params: &[Value<'_>]) -> Result<Vec<Note>> {
        let mut found = Vec::new();
        self.connection.query("get notes", sql, params, &mut |row| {
            let octets = |column| bytes(row, column).map(<[u8]>::to_vec);
            let name = String::from_utf8(octets(1)?).map_err(|_| row.corrupt(1, "is not UTF-8"))?;
            found.push(Note { space: small(row, 0)?, name, expires_ms: row.int(2)?, value: octets(3)? });
            Ok(true)
        })?;
        Ok(found)
    }
}

fn bytes<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r [u8]> {
    row.bytes_or_null(column)?.ok_or_else(|| row.corrupt(column, "is NULL"))
}
