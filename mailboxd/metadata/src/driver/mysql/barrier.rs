// SPDX-License-Identifier: AGPL-3.0-or-later
//! From committed to durable.
//!
//! InnoDB may relax its flush: with innodb_flush_log_at_trx_commit 0 or 2 a commit is in memory, or in the page cache, and
//! goes to disk about once a second (mariadb.com/kb/en/innodb-system-variables). `FLUSH ENGINE LOGS` is no help: in 10.11
//! it follows the same setting, so under 0 it does nothing and under 2 it writes without syncing (measured: the status
//! Innodb_lsn_flushed stays behind). What is sure: there is one redo log, written in order, and a commit under setting 1
//! syncs it up to itself, and with it all commits before.
//!
//! So a checkpoint commits one small transaction under setting 1, where we have the right to set it (SUPER); without
//! it, the server's own flush comes within innodb_flush_log_at_timeout (1 s). Neither is taken on trust: Innodb_lsn_flushed, the
//! position up to which the log is synced (mariadb.com/kb/en/innodb-status-variables), has to pass the place where the
//! log stood after that commit. What else the server writes may lie between, and nobody syncs that as long as nothing is committed:
//! so the transaction is repeated while we wait.

use super::store::Store;
use super::{Connection, Role, Value};
use crate::{Error, Failure, Result};
use std::time::{Duration, Instant};

/// How long the server may take to sync its log.
const SYNC_MAX: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);
const COMMIT_EVERY: Duration = Duration::from_millis(500);

const SETTING: &str = "SELECT @@GLOBAL.innodb_flush_log_at_trx_commit";
const STATUS: &str =
    "SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = ?";

impl Store {
    pub(crate) fn checkpoint(&self) -> Result<()> {
        if !self.clear_dirty() {
            return Ok(());
        }
        let result = self.with(Role::Writer, barrier);
        if result.is_err() {
            self.set_dirty();
        }
        result
    }
}

pub(super) fn barrier(connection: &Connection) -> Result<()> {
    let relaxed = connection.read(|c| number(c, SETTING, &[]))?;
    // 1 and 3 sync at every commit
    let raised = relaxed % 2 == 0 && raise(connection)?;
    let passed = pass(connection);
    if raised {
        connection
            .statement("relax the flush again", &format!("SET GLOBAL innodb_flush_log_at_trx_commit = {relaxed}"))?;
    }
    passed
}

/// False if we may not.
fn raise(connection: &Connection) -> Result<bool> {
    const NO_RIGHT: u16 = 1227;
    match connection.statement("flush", "SET GLOBAL innodb_flush_log_at_trx_commit = 1") {
        Ok(()) => Ok(true),
        Err(Error::Engine { source, .. }) if matches!(source.downcast_ref(), Some(::mysql::Error::MySqlError(e)) if e.code == NO_RIGHT) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

fn pass(connection: &Connection) -> Result<()> {
    commit(connection)?;
    let status = |name| connection.read(|c| number(c, STATUS, &[Value::Text(name)]));
    let end = status("Innodb_lsn_current")?;
    let begun = Instant::now();
    let mut committed = begun;
    while status("Innodb_lsn_flushed")? < end {
        if begun.elapsed() > SYNC_MAX {
            let late = std::io::Error::new(std::io::ErrorKind::TimedOut, "the server does not sync its log");
            let source = Box::new(late);
            return Err(Error::Engine { path: connection.path.clone(), step: "barrier", kind: Failure::Io, source });
        }
        if committed.elapsed() > COMMIT_EVERY {
            commit(connection)?;
            committed = Instant::now();
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

fn commit(connection: &Connection) -> Result<()> {
    connection.write(|c| {
        let next = 1 + number(c, "SELECT COALESCE(MAX(passed), 0) FROM barrier", &[])?;
        let put = "REPLACE INTO barrier (id, passed) VALUES (1, ?)";
        c.execute("barrier", put, &[Value::Int(next)]).map(drop)
    })
}

fn number(connection: &Connection, sql: &str, params: &[Value<'_>]) -> Result<i64> {
    let mut number = None;
    connection.query("barrier", sql, params, &mut |row| {
        number = row.int_or_null(0)?;
        Ok(true)
    })?;
    let missing = || Error::Corrupt { path: connection.path.clone(), what: format!("no answer to {sql}") };
    number.ok_or_else(missing)
}
