// SPDX-License-Identifier: AGPL-3.0-or-later
//! Schema of the database: the migrations that it lacks, in order. MariaDB ends a transaction at every DDL statement, so a
//! migration may be cut off anywhere: it must be one that may run twice, and its version is noted after it.

use super::{Connection, Value};
use crate::{Error, Result};

/// In order; the n-th leads from version n to n + 1. Never change one that was released: add another.
const MIGRATIONS: &[(&str, &str)] =
    &[("rows", include_str!("schema/0001_rows/up.sql")), ("notes", include_str!("schema/0002_notes/up.sql"))];

const VERSION: i64 = MIGRATIONS.len() as i64;

pub(super) fn prepare(connection: &Connection) -> Result<()> {
    connection.statement(
        "create",
        "CREATE TABLE IF NOT EXISTS schema_version (id TINYINT UNSIGNED NOT NULL PRIMARY KEY, version BIGINT NOT NULL) \
         ENGINE=InnoDB",
    )?;
    let found = connection.read(version)?;
    if found > VERSION {
        return Err(Error::Newer { path: connection.path.clone(), found, known: VERSION });
    }
    for (at, (name, sql)) in (0..).zip(MIGRATIONS) {
        if found > at {
            continue;
        }
        tracing::info!(database = %connection.path.display(), migration = name, "migrating metadata");
        migrate(connection, at + 1, sql)?;
    }
    Ok(())
}

fn version(connection: &Connection) -> Result<i64> {
    let mut version = 0;
    connection.query("read schema version", "SELECT version FROM schema_version WHERE id = 1", &[], &mut |row| {
        version = row.int_or_null(0)?.unwrap_or_default();
        Ok(true)
    })?;
    Ok(version)
}

fn migrate(connection: &Connection, to: i64, sql: &str) -> Result<()> {
    let lines = sql.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n");
    for statement in lines.split(";\n").map(|one| one.trim().trim_end_matches(';')).filter(|one| !one.is_empty()) {
        connection.statement("migrate", statement)?;
    }
    let put = "REPLACE INTO schema_version (id, version) VALUES (1, ?)";
    connection.write(|c| c.execute("migrate", put, &[Value::Int(to)]).map(drop))
}
