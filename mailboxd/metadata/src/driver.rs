// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the body of SQL asks of an engine: run a statement with parameters, hand rows over one by one. There are two
//! engines; which one holds a mailbox is decided in `homes.rs`, and nothing above this folder knows.

mod homes;
mod mysql;
mod sqlite;

pub(crate) use homes::Store;
pub use mysql::Server;

use crate::Result;
use ids::MailboxId;

/// A connection to the engine that holds the mailbox, in a transaction.
#[derive(Clone, Copy)]
pub(crate) enum Connection<'a> {
    Sqlite(&'a sqlite::Connection),
    Mysql(&'a mysql::Connection),
}

/// Answers false to end the query.
pub(crate) type Each<'a> = dyn FnMut(&Row<'_>) -> Result<bool> + 'a;

/// A query for [`Connection::scan`].
pub(crate) struct Scan {
    /// Queries of the same columns that find different rows.
    pub branches: Vec<String>,
    /// A total order of all of them.
    pub order: String,
    pub params: Vec<Value<'static>>,
}

impl Scan {
    pub fn sql(&self) -> String {
        self.branches.join(" UNION ALL ") + &self.order
    }
}

impl Connection<'_> {
    /// Runs a statement that changes rows; answers how many it matched. A `REPLACE` may be held back until something else
    /// is asked or the transaction ends, so its errors may come later.
    pub fn execute(&self, step: &'static str, sql: &str, params: &[Value<'_>]) -> Result<usize> {
        match self {
            Connection::Sqlite(c) => c.execute(step, sql, params),
            Connection::Mysql(c) => c.execute(step, sql, params),
        }
    }

    /// Hands each row to `each` until that answers false. Rows stream: nothing is collected. `each` may run no other
    /// statement on this connection.
    pub fn query(&self, step: &'static str, sql: &str, params: &[Value<'_>], each: &mut Each<'_>) -> Result<()> {
        match self {
            Connection::Sqlite(c) => c.query(step, sql, params, &mut |row| each(&Row::Sqlite(row))),
            Connection::Mysql(c) => c.query(step, sql, params, &mut |row| each(&Row::Mysql(row))),
        }
    }

    /// The same for many rows in a total order, of which the caller may want few: what it does not take costs little.
    pub fn scan(&self, step: &'static str, scan: &Scan, each: &mut Each<'_>) -> Result<()> {
        match self {
            Connection::Sqlite(_) => self.query(step, &scan.sql(), &scan.params, each),
            Connection::Mysql(c) => c.scan(step, scan, &mut |row| each(&Row::Mysql(row))),
        }
    }

    pub fn integrity(&self, mailbox: MailboxId) -> Result<Vec<String>> {
        match self {
            Connection::Sqlite(c) => c.integrity(),
            Connection::Mysql(c) => c.integrity(mailbox),
        }
    }
}

/// A row while the cursor stands on it. A value of the wrong type means damage: the schema admits only what we write.
pub(crate) enum Row<'r> {
    Sqlite(&'r sqlite::Row<'r>),
    Mysql(&'r mysql::Row<'r>),
}

impl Row<'_> {
    pub fn int(&self, column: usize) -> Result<i64> {
        self.int_or_null(column)?.ok_or_else(|| self.corrupt(column, "is NULL"))
    }

    pub fn int_or_null(&self, column: usize) -> Result<Option<i64>> {
        match self {
            Row::Sqlite(row) => row.int_or_null(column),
            Row::Mysql(row) => row.int_or_null(column),
        }
    }

    pub fn text(&self, column: usize) -> Result<&str> {
        match self {
            Row::Sqlite(row) => row.text(column),
            Row::Mysql(row) => row.text(column),
        }
    }

    pub fn bytes_or_null(&self, column: usize) -> Result<Option<&[u8]>> {
        match self {
            Row::Sqlite(row) => row.bytes_or_null(column),
            Row::Mysql(row) => row.bytes_or_null(column),
        }
    }

    pub fn corrupt(&self, column: usize, what: impl std::fmt::Display) -> crate::Error {
        match self {
            Row::Sqlite(row) => row.corrupt(column, what),
            Row::Mysql(row) => row.corrupt(column, what),
        }
    }
}

/// A parameter. Both engines have these four and no more.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl Value<'_> {
    /// About what it takes on its way to a server.
    fn octets(&self) -> usize {
        match self {
            Value::Null | Value::Int(_) => size_of::<i64>(),
            Value::Text(v) => v.len(),
            Value::Bytes(v) => v.len(),
        }
    }
}

impl From<i64> for Value<'_> {
    fn from(v: i64) -> Self {
        Value::Int(v)
    }
}

impl From<u32> for Value<'_> {
    fn from(v: u32) -> Self {
        Value::Int(v.into())
    }
}

/// Bit for bit: engines have signed integers only. Change numbers and sizes never come near the sign bit.
impl From<u64> for Value<'_> {
    fn from(v: u64) -> Self {
        Value::Int(v.cast_signed())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(v: &'a str) -> Self {
        Value::Text(v)
    }
}

impl<'a> From<Option<&'a [u8]>> for Value<'a> {
    fn from(v: Option<&'a [u8]>) -> Self {
        v.map_or(Value::Null, Value::Bytes)
    }
}

impl From<Option<u32>> for Value<'_> {
    fn from(v: Option<u32>) -> Self {
        v.map_or(Value::Null, Value::from)
    }
}
