// SPDX-License-Identifier: AGPL-3.0-or-later
//! SQLite: a connection to one mailbox's file, and all that is peculiar to it.
//!
//! The file is in WAL mode with synchronous=NORMAL: a commit writes the WAL and syncs nothing (the journal replays what
//! a power cut takes), a checkpoint syncs the WAL before it touches the database and the database before the WAL is
//! reused, so a cut never tears. Checkpoints are ours alone (`checkpoint.rs`): SQLite's automatic ones, and the one at
//! the last close, swallow the error of a failed sync.

mod checkpoint;
#[cfg(test)]
mod faults;
mod files;
mod schema;
mod store;

pub(crate) use store::Store;

use super::Value;
use crate::{Error, Failure, Result};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, OpenFlags, ToSql, ffi, params_from_iter};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long to wait for a lock that another process holds (an administrator with the sqlite3 shell). Inside this
/// process writers queue before they come here.
const BUSY_WAIT: Duration = Duration::from_secs(5);
/// Page cache of a connection. The kernel caches the file; this saves only system calls.
const CACHE_KIB: i64 = 256;
/// Prepared statements kept per connection.
const STATEMENTS_MAX: usize = 24;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Writer,
    Reader,
}

pub(crate) struct Connection {
    sqlite: rusqlite::Connection,
    path: PathBuf,
}

impl Connection {
    /// Opens the file, creates it for a writer if it is not there, and brings its schema up to date.
    pub(super) fn open(path: &Path, role: Role) -> Result<Connection> {
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if role == Role::Writer {
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        let fail = |e| failed(path, "open", e);
        let sqlite = rusqlite::Connection::open_with_flags(path, flags).map_err(fail)?;
        sqlite.busy_timeout(BUSY_WAIT).map_err(fail)?;
        sqlite.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        sqlite.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(fail)?;
        // cell_size_check: damage in a page is reported where it is read instead of spreading.
        sqlite
            .execute_batch(&format!(
                "PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-{CACHE_KIB};
                 PRAGMA mmap_size=0; PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF;"
            ))
            .map_err(fail)?;
        let mut connection = Connection { sqlite, path: path.to_owned() };
        schema::prepare(&mut connection)?;
        if role == Role::Reader {
            connection.batch("open", "PRAGMA query_only=ON")?;
        }
        Ok(connection)
    }

    pub(crate) fn execute(&self, step: &'static str, sql: &str, params: &[Value<'_>]) -> Result<usize> {
        let run = || self.sqlite.prepare_cached(sql)?.execute(params_from_iter(params));
        run().map_err(|e| self.failed(step, e))
    }

    /// Here, and only here, `each` may run other statements.
    pub(crate) fn query(
        &self,
        step: &'static str,
        sql: &str,
        params: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<bool>,
    ) -> Result<()> {
        let mut statement = self.sqlite.prepare_cached(sql).map_err(|e| self.failed(step, e))?;
        let mut rows = statement.query(params_from_iter(params)).map_err(|e| self.failed(step, e))?;
        while let Some(row) = rows.next().map_err(|e| self.failed(step, e))? {
            if !each(&Row { row, path: &self.path })? {
                break;
            }
        }
        Ok(())
    }

    pub(crate) fn integrity(&self) -> Result<Vec<String>> {
        let mut found = Vec::new();
        self.query("check", "PRAGMA integrity_check", &[], &mut |row| {
            found.push(row.text(0)?.to_owned());
            Ok(true)
        })?;
        found.retain(|line| line != "ok");
        Ok(found)
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let transaction = Transaction::begin(self, "BEGIN")?;
        let result = work(self);
        drop(transaction);
        result
    }

    fn write<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let transaction = Transaction::begin(self, "BEGIN IMMEDIATE")?;
        let value = work(self)?;
        transaction.commit()?;
        Ok(value)
    }

    fn batch(&self, step: &'static str, sql: &str) -> Result<()> {
        self.sqlite.execute_batch(sql).map_err(|e| self.failed(step, e))
    }

    fn failed(&self, step: &'static str, error: rusqlite::Error) -> Error {
        failed(&self.path, step, error)
    }
}

/// Rolled back when dropped, also by a panic, unless committed before.
struct Transaction<'a>(&'a Connection);

impl<'a> Transaction<'a> {
    fn begin(connection: &'a Connection, how: &'static str) -> Result<Transaction<'a>> {
        connection.execute("begin", how, &[])?;
        Ok(Transaction(connection))
    }

    fn commit(self) -> Result<()> {
        self.0.execute("commit", "COMMIT", &[])?;
        Ok(())
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // SQLite has rolled back by itself after some errors (full, I/O), and there is nothing after a commit.
        if !self.0.sqlite.is_autocommit()
            && let Err(error) = self.0.execute("roll back", "ROLLBACK", &[])
        {
            tracing::warn!(%error, "a transaction could not be rolled back");
        }
    }
}

pub(crate) struct Row<'r> {
    row: &'r rusqlite::Row<'r>,
    path: &'r Path,
}

impl Row<'_> {
    pub(crate) fn int(&self, column: usize) -> Result<i64> {
        self.int_or_null(column)?.ok_or_else(|| self.corrupt(column, "is NULL"))
    }

    pub(crate) fn int_or_null(&self, column: usize) -> Result<Option<i64>> {
        match self.row.get_ref(column) {
            Ok(ValueRef::Integer(v)) => Ok(Some(v)),
            Ok(ValueRef::Null) => Ok(None),
            _ => Err(self.corrupt(column, "is not an integer")),
        }
    }

    pub(crate) fn text(&self, column: usize) -> Result<&str> {
        match self.row.get_ref(column) {
            Ok(ValueRef::Text(v)) => std::str::from_utf8(v).map_err(|_| self.corrupt(column, "is not UTF-8")),
            _ => Err(self.corrupt(column, "is not text")),
        }
    }

    pub(crate) fn bytes_or_null(&self, column: usize) -> Result<Option<&[u8]>> {
        match self.row.get_ref(column) {
            Ok(ValueRef::Blob(v)) => Ok(Some(v)),
            Ok(ValueRef::Null) => Ok(None),
            _ => Err(self.corrupt(column, "is not a byte string")),
        }
    }

    pub(crate) fn corrupt(&self, column: usize, what: impl std::fmt::Display) -> Error {
        let name = self.row.as_ref().column_name(column).unwrap_or("?");
        Error::Corrupt { path: self.path.to_owned(), what: format!("column {name} {what}") }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Value::Null => ValueRef::Null,
            Value::Int(v) => ValueRef::Integer(v),
            Value::Text(v) => ValueRef::Text(v.as_bytes()),
            Value::Bytes(v) => ValueRef::Blob(v),
        }))
    }
}

fn failed(path: &Path, step: &'static str, error: rusqlite::Error) -> Error {
    if matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) {
        return Error::Corrupt { path: path.to_owned(), what: format!("{step}: {error}") };
    }
    let kind = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Failure::Full,
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Failure::ReadOnly,
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => Failure::Io,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Failure::Busy,
        _ => Failure::Bug,
    };
    Error::Engine { path: path.to_owned(), step, kind, source: Box::new(error) }
}

fn extended_code(error: &rusqlite::Error) -> Option<i32> {
    error.sqlite_error().map(|e| e.extended_code)
}

fn is_sync_failure(error: &Error) -> bool {
    let Error::Engine { source, .. } = error else { return false };
    let code = source.downcast_ref::<rusqlite::Error>().and_then(extended_code);
    matches!(code, Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC))
}
