// SPDX-License-Identifier: AGPL-3.0-or-later
//! Schema of a mailbox's file. A new file gets the whole of it; an older one the migrations that it lacks, each in its
//! own transaction with the version that it leads to. A test proves that both ways lead to the same schema.

use super::Connection;
use crate::{Error, Result};

/// Octets. Smaller pages mean fewer bytes in the WAL for a commit of one delivery, larger ones fewer overflow chains;
/// this is what `examples/rows.rs` found best.
const PAGE_SIZE: u32 = 4096;

const FRESH: &str = include_str!("schema/fresh.sql");

/// In order; the n-th leads from version n to n + 1. Never change one that was released: add another.
const MIGRATIONS: &[(&str, &str)] = &[
    ("rows", include_str!("schema/0001_rows/up.sql")),
    ("planner_statistics", include_str!("schema/0002_planner_statistics/up.sql")),
    ("notes", include_str!("schema/0003_notes/up.sql")),
    ("others", include_str!("schema/0004_others/up.sql")),
];

const VERSION: i64 = MIGRATIONS.len() as i64;

pub(super) fn prepare(connection: &mut Connection) -> Result<()> {
    match version(connection)? {
        VERSION => Ok(()),
        0 => create(connection),
        found if found < VERSION => migrate(connection),
        found => Err(Error::Newer { path: connection.path.clone(), found, known: VERSION }),
    }
}

fn version(connection: &Connection) -> Result<i64> {
    let mut version = 0;
    connection.query("read schema version", "PRAGMA user_version", &[], &mut |row| {
        version = row.int(0)?;
        Ok(true)
    })?;
    Ok(version)
}

fn create(connection: &mut Connection) -> Result<()> {
    connection.batch("create", &format!("PRAGMA page_size={PAGE_SIZE}; PRAGMA journal_mode=WAL;"))?;
    connection.write(|c| {
        // Another connection may have been here first.
        if version(c)? != 0 {
            return Ok(());
        }
        c.batch("create", FRESH)?;
        c.batch("create", &format!("PRAGMA user_version={VERSION}"))
    })
}

fn migrate(connection: &Connection) -> Result<()> {
    for (index, (name, sql)) in MIGRATIONS.iter().enumerate() {
        let to = index as i64 + 1;
        connection.write(|c| {
            if version(c)? >= to {
                return Ok(());
            }
            tracing::info!(path = %c.path.display(), migration = name, "migrating metadata");
            c.batch("migrate", sql)?;
            c.batch("migrate", &format!("PRAGMA user_version={to}"))
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Connection, Role};
    use super::*;

    fn described(connection: &Connection) -> Vec<String> {
        let mut all = vec![format!("version {}", version(connection).unwrap())];
        for sql in [
            "SELECT type || name || coalesce(sql, '') FROM sqlite_schema ORDER BY name",
            "SELECT tbl || coalesce(idx, '') || stat FROM sqlite_stat1 ORDER BY 1",
        ] {
            connection
                .query("describe", sql, &[], &mut |row| {
                    all.push(
                        row.text(0)?.split_whitespace().collect::<Vec<_>>().join(" ").replace("IF NOT EXISTS ", ""),
                    );
                    Ok(true)
                })
                .unwrap();
        }
        all
    }

    #[test]
    fn the_sum_of_migrations_is_the_fresh_schema() {
        let dir = tempfile::tempdir().unwrap();
        let fresh = Connection::open(&dir.path().join("fresh.sqlite"), Role::Writer).unwrap();
        let old = Connection {
            sqlite: rusqlite::Connection::open(dir.path().join("old.sqlite")).unwrap(),
            path: dir.path().join("old.sqlite"),
        };
        migrate(&old).unwrap();
        assert_eq!(described(&old), described(&fresh));
        assert_eq!(version(&fresh).unwrap(), VERSION);
    }

    #[test]
    fn a_migration_may_run_twice() {
        let dir = tempfile::tempdir().unwrap();
        let connection = Connection::open(&dir.path().join("1.sqlite"), Role::Writer).unwrap();
        let before = described(&connection);
        for version in (0..VERSION).rev() {
            connection.batch("test", &format!("PRAGMA user_version={version}")).unwrap();
            migrate(&connection).unwrap();
            assert_eq!(described(&connection), before);
        }
    }

    #[test]
    fn a_later_schema_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("1.sqlite");
        Connection::open(&path, Role::Writer).unwrap().batch("test", "PRAGMA user_version=99").unwrap();
        assert!(matches!(Connection::open(&path, Role::Writer), Err(Error::Newer { found: 99, .. })));
    }
}
