// SPDX-License-Identifier: AGPL-3.0-or-later
//! MariaDB over its socket: a connection, and all that is peculiar to it.
//!
//! Statements are prepared once a connection. `REPLACE`s of one kind that follow one another go to the server as one
//! (COM_STMT_BULK_EXECUTE), so that a batch costs a few round trips however many rows it has. There is no BEGIN
//! either: autocommit is off, the first statement opens the transaction.

mod barrier;
mod integrity;
mod owner;
mod schema;
mod server;
mod store;

pub use server::Server;
pub(crate) use store::Store;

use super::{Scan, Value};
use crate::{Error, Failure, Result};
use ::mysql::prelude::Queryable;
use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};

/// Octets held back before they are sent; a packet of the server may have 16 MiB (max_allowed_packet).
const HELD_BYTES_MAX: usize = 4 << 20;
/// Rows of the first answer to a scan: what a page of a client needs. Each further one is larger by the factor.
const SCAN_ROWS: u64 = 100;
const SCAN_FACTOR: u64 = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Writer,
    Reader,
    /// Each query sees what is committed when it begins.
    Peeker,
}

pub(crate) struct Connection {
    conn: RefCell<::mysql::Conn>,
    held: RefCell<Held>,
    /// Socket and database, as errors name them.
    path: PathBuf,
    /// The server is gone, or what it thinks of this connection is unknown: it must not be used again.
    broken: Cell<bool>,
}

/// Rows of one statement that wait to be sent.
#[derive(Default)]
struct Held {
    step: &'static str,
    sql: String,
    rows: Vec<Vec<::mysql::Value>>,
    bytes: usize,
}

impl Connection {
    pub(super) fn new(conn: ::mysql::Conn, path: &Path) -> Connection {
        let held = RefCell::default();
        Connection { conn: RefCell::new(conn), held, path: path.to_owned(), broken: Cell::new(false) }
    }

    pub(crate) fn execute(&self, step: &'static str, sql: &str, params: &[Value<'_>]) -> Result<usize> {
        if sql.starts_with("REPLACE ") {
            return self.hold(step, sql, params).map(|()| 1);
        }
        self.send_held()?;
        self.run(step, |conn| Ok(conn.exec_iter(sql, values(params))?.affected_rows()))
            .map(|rows| usize::try_from(rows).unwrap_or(usize::MAX))
    }

    pub(crate) fn query(
        &self,
        step: &'static str,
        sql: &str,
        params: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<bool>,
    ) -> Result<()> {
        self.send_held()?;
        let mut conn = self.conn.borrow_mut();
        let mut rows = conn.exec_iter(sql, values(params)).map_err(|e| self.failed(step, e))?;
        for row in rows.by_ref() {
            let row = row.map_err(|e| self.failed(step, e))?;
            if !each(&Row { row: &row, path: &self.path })? {
                break;
            }
        }
        Ok(())
    }

    /// The server sends whole answers, and finds other ways to them when it knows how many rows are wanted: they are asked
    /// for in growing portions, of one state.
    pub(crate) fn scan(
        &self,
        step: &'static str,
        scan: &Scan,
        each: &mut dyn FnMut(&Row<'_>) -> Result<bool>,
    ) -> Result<()> {
        let (mut limit, mut offset) = (SCAN_ROWS, 0u64);
        loop {
            let sql = portion(scan, limit, offset);
            let (mut seen, mut more) = (0, true);
            self.query(step, &sql, &scan.params, &mut |row| {
                seen += 1;
                more = each(row)?;
                Ok(more)
            })?;
            if !more || seen < limit {
                return Ok(());
            }
            offset += limit;
            limit = limit.saturating_mul(SCAN_FACTOR);
        }
    }

    fn hold(&self, step: &'static str, sql: &str, params: &[Value<'_>]) -> Result<()> {
        if self.held.borrow().sql != sql {
            self.send_held()?;
        }
        let bytes = {
            let mut held = self.held.borrow_mut();
            if held.sql.is_empty() {
                (held.step, held.sql) = (step, sql.to_owned());
            }
            held.rows.push(values(params));
            held.bytes += params.iter().map(Value::octets).sum::<usize>();
            held.bytes
        };
        if bytes > HELD_BYTES_MAX { self.send_held() } else { Ok(()) }
    }

    fn send_held(&self) -> Result<()> {
        let held = self.held.take();
        match held.rows.len() {
            0 => Ok(()),
            1 => self.run(held.step, |conn| held.rows.into_iter().try_for_each(|row| conn.exec_drop(&held.sql, row))),
            _ => self.run(held.step, |conn| conn.exec_batch(&held.sql, held.rows)),
        }
    }

    /// In a transaction that ends, whatever `work` does.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let end = RollBack(self);
        let value = work(self);
        drop(end);
        value
    }

    fn write<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let end = RollBack(self);
        let value = work(self)?;
        self.send_held()?;
        self.statement("commit", "COMMIT")?;
        std::mem::forget(end);
        Ok(value)
    }

    fn statement(&self, step: &'static str, sql: &str) -> Result<()> {
        self.run(step, |conn| conn.query_drop(sql))
    }

    fn run<T>(&self, step: &'static str, work: impl FnOnce(&mut ::mysql::Conn) -> ::mysql::Result<T>) -> Result<T> {
        work(&mut self.conn.borrow_mut()).map_err(|e| self.failed(step, e))
    }

    fn failed(&self, step: &'static str, error: ::mysql::Error) -> Error {
        let error = failed(&self.path, step, error);
        if error.kind() == Failure::Down {
            self.broken.set(true);
        }
        error
    }
}

/// Ends the transaction when dropped, also by a panic.
struct RollBack<'a>(&'a Connection);

impl Drop for RollBack<'_> {
    fn drop(&mut self) {
        *self.0.held.borrow_mut() = Held::default();
        // the server rolls back what belongs to a connection that is closed
        if !self.0.broken.get() && self.0.statement("roll back", "ROLLBACK").is_err() {
            self.0.broken.set(true);
        }
    }
}

pub(crate) struct Row<'r> {
    row: &'r ::mysql::Row,
    path: &'r Path,
}

impl Row<'_> {
    pub(crate) fn int_or_null(&self, column: usize) -> Result<Option<i64>> {
        match self.row.as_ref(column) {
            Some(::mysql::Value::Int(v)) => Ok(Some(*v)),
            // a number above the sign bit is no number of ours: 64 bits are stored signed
            Some(::mysql::Value::UInt(v)) => {
                i64::try_from(*v).map(Some).map_err(|_| self.corrupt(column, "is out of range"))
            }
            Some(::mysql::Value::NULL) => Ok(None),
            _ => Err(self.corrupt(column, "is not an integer")),
        }
    }

    pub(crate) fn text(&self, column: usize) -> Result<&str> {
        match self.row.as_ref(column) {
            Some(::mysql::Value::Bytes(v)) => std::str::from_utf8(v).map_err(|_| self.corrupt(column, "is not UTF-8")),
            _ => Err(self.corrupt(column, "is not text")),
        }
    }

    pub(crate) fn bytes_or_null(&self, column: usize) -> Result<Option<&[u8]>> {
        match self.row.as_ref(column) {
            Some(::mysql::Value::Bytes(v)) => Ok(Some(v)),
            Some(::mysql::Value::NULL) => Ok(None),
            _ => Err(self.corrupt(column, "is not a byte string")),
        }
    }

    pub(crate) fn corrupt(&self, column: usize, what: impl std::fmt::Display) -> Error {
        let columns = self.row.columns_ref();
        let name = columns.get(column).map_or("?".into(), |c| c.name_str());
        Error::Corrupt { path: self.path.to_owned(), what: format!("column {name} {what}") }
    }
}

/// Few different texts, since limits grow by a fixed rule: they stay prepared. Each branch is limited by itself, or the server
/// would sort all rows of all.
fn portion(scan: &Scan, limit: u64, offset: u64) -> String {
    let order = &scan.order;
    let end = offset.saturating_add(limit);
    let rows = match &scan.branches[..] {
        [one] => format!("{one}{order}"),
        many => {
            let many: Vec<_> = many.iter().map(|one| format!("({one}{order} LIMIT {end})")).collect();
            format!("{}{order}", many.join(" UNION ALL "))
        }
    };
    format!("{rows} LIMIT {limit} OFFSET {offset}")
}

fn values(params: &[Value<'_>]) -> Vec<::mysql::Value> {
    let value = |value: &Value<'_>| match *value {
        Value::Null => ::mysql::Value::NULL,
        Value::Int(v) => ::mysql::Value::Int(v),
        Value::Text(v) => ::mysql::Value::Bytes(v.as_bytes().to_vec()),
        Value::Bytes(v) => ::mysql::Value::Bytes(v.to_vec()),
    };
    params.iter().map(value).collect()
}

fn failed(path: &Path, step: &'static str, error: ::mysql::Error) -> Error {
    use ::mysql::Error::*;
    let kind = match &error {
        MySqlError(e) => server_failure(e.code, &e.message),
        DriverError(::mysql::DriverError::PacketTooLarge | ::mysql::DriverError::MismatchedStmtParams(..)) => {
            Failure::Bug
        }
        // no answer, or one that makes no sense: the server is gone
        IoError(_) | DriverError(_) | CodecError(_) => Failure::Down,
        _ => Failure::Bug,
    };
    if kind == Failure::Corrupt {
        return Error::Corrupt { path: path.to_owned(), what: format!("{step}: {error}") };
    }
    Error::Engine { path: path.to_owned(), step, kind, source: Box::new(error) }
}

/// Codes of mariadb.com/kb/en/mariadb-error-codes.
fn server_failure(code: u16, message: &str) -> Failure {
    match code {
        // disk full, table full, or the errno that InnoDB met (28: ENOSPC)
        1021 | 1114 => Failure::Full,
        1030 if message.contains("error 28 ") => Failure::Full,
        1030 | 1026 | 1036 => Failure::Io,
        // read only, by option or by lock
        1290 | 1792 => Failure::ReadOnly,
        // too many connections, lock wait timeout, deadlock, checkread of a snapshot
        1040 | 1203 | 1205 | 1213 | 1020 => Failure::Busy,
        // crashed or damaged tables and indexes
        1034 | 1035 | 1194 | 1195 | 1712 | 1877 | 1932 => Failure::Corrupt,
        // it goes down, killed the connection, or does not let us in (again)
        1044 | 1045 | 1049 | 1053 | 1077..=1079 | 1152 | 1153 | 1158..=1161 | 1317 | 1698 | 1927 | 1969 => {
            Failure::Down
        }
        _ => Failure::Bug,
    }
}
