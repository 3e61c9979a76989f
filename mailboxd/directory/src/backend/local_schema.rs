// SPDX-License-Identifier: AGPL-3.0-or-later
//! The SQLite file. One connection writes, another reads, so that a look-up never waits for somebody's fsync.
//!
//! WAL with synchronous=FULL: a commit that returned is on disk. A crash leaves either the whole change or none of it.

use crate::{Error, Result};
use parking_lot::Mutex;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

const FILE: &str = "local.sqlite";
/// How long a statement waits for another process (a backup tool, say) before it is `Unavailable`.
const BUSY_MS: u64 = 5_000;

/// Step n brings a file of version n to n + 1. Never edit a step that was released; append.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE domain (
        id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, attrs TEXT NOT NULL
    ) STRICT;
    CREATE TABLE account (
        id TEXT PRIMARY KEY, created INTEGER NOT NULL, password TEXT, attrs TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    -- Every address of every account, so that one key keeps names and aliases apart. One row an account has is_name = 1.
    CREATE TABLE address (
        local TEXT NOT NULL, domain TEXT NOT NULL REFERENCES domain(name),
        account TEXT NOT NULL REFERENCES account(id) ON DELETE CASCADE, is_name INTEGER NOT NULL,
        PRIMARY KEY (domain, local)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX address_account ON address(account);
    CREATE TABLE secret (purpose TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
", "
    CREATE TABLE entry (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL,
        -- Names are taken once in a space: 'address', else the kind. parent: the id of the account that an identity is of.
        space TEXT NOT NULL, parent TEXT NOT NULL, name TEXT NOT NULL, domain TEXT NOT NULL,
        version INTEGER NOT NULL, attrs TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX entry_name ON entry(space, parent, name);
    CREATE INDEX entry_domain ON entry(domain, kind);
    CREATE INDEX entry_parent ON entry(parent) WHERE parent <> '';
    -- Indexed attributes, folded. Empty beside entries: made anew when the file is opened.
    CREATE TABLE value (
        attr TEXT NOT NULL, value TEXT NOT NULL, entry TEXT NOT NULL REFERENCES entry(id) ON DELETE CASCADE,
        PRIMARY KEY (attr, value, entry)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX value_entry ON value(entry);

    INSERT INTO entry SELECT id, 'zimbraDomain', 'zimbraDomain', '', name, '', 1, json_patch(attrs, json_object(
        'zimbraId', json_array(id), 'zimbraDomainName', json_array(name), 'zimbraDomainType', json_array('local'),
        'zimbraCreateTimestamp', json_array(strftime('%Y%m%d%H%M%SZ', created, 'unixepoch')))) FROM domain ORDER BY rowid;
    INSERT INTO entry SELECT account.id, 'zimbraAccount', 'address', '', local || '@' || domain, domain, 1,
        json_patch(attrs, json_object(
            'zimbraId', json_array(account.id), 'uid', json_array(local),
            'zimbraMailDeliveryAddress', json_array(local || '@' || domain),
            'mail', json((SELECT json_group_array(a.local || '@' || a.domain ORDER BY a.is_name DESC, a.domain, a.local)
                FROM address a WHERE a.account = account.id)),
            'zimbraMailAlias', json((SELECT CASE count(*) WHEN 0 THEN NULL
                ELSE json_group_array(a.local || '@' || a.domain ORDER BY a.domain, a.local) END
                FROM address a WHERE a.account = account.id AND a.is_name = 0)),
            'zimbraMailStatus', json_array('enabled'),
            'zimbraAccountStatus', json(coalesce(json_extract(attrs, '$.zimbraAccountStatus'), json_array('active'))),
            'zimbraCreateTimestamp', json_array(strftime('%Y%m%d%H%M%SZ', created, 'unixepoch')),
            'userPassword', json(CASE WHEN password IS NULL THEN NULL ELSE json_array('{ARGON2}' || password) END)))
        FROM account JOIN address ON address.account = account.id AND is_name = 1;
    INSERT INTO entry SELECT account || '/' || local || '@' || domain, 'zimbraAlias', 'address', '',
        local || '@' || domain, domain, 1, json_object(
            'zimbraId', json_array(account || '/' || local || '@' || domain), 'uid', json_array(local),
            'zimbraAliasTargetId', json_array(account)) FROM address WHERE is_name = 0;
    INSERT INTO entry SELECT 'config', 'zimbraGlobalConfig', 'zimbraGlobalConfig', '', 'config', '', 1,
        json_object('zimbraId', json_array('config'), 'posthouseSecret', json_group_array(purpose || ' ' || hex(value)))
        FROM secret HAVING count(*) > 0;
    DROP TABLE address; DROP TABLE account; DROP TABLE domain; DROP TABLE secret;
"];

pub struct Db {
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
}

impl Db {
    pub fn open(dir: &Path) -> Result<Db> {
        let io = |e: std::io::Error| Error::Unavailable(format!("{}: {e}", dir.display()));
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io)?;
        let path = dir.join(FILE);
        // SQLite gives -wal and -shm the mode of the file itself.
        OpenOptions::new().create(true).append(true).mode(0o600).open(&path).map_err(io)?;
        let mut writer = connect(&path)?;
        migrate(&mut writer, &path)?;
        Ok(Db { writer: Mutex::new(writer), reader: Mutex::new(connect(&path)?) })
    }

    pub fn read<T, E>(&self, work: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        work(&self.reader.lock())
    }

    /// All or nothing: an error from `work` rolls back.
    pub fn write<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut writer = self.writer.lock();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let out = work(&transaction)?;
        transaction.commit()?;
        Ok(out)
    }
}

fn connect(path: &Path) -> Result<Connection> {
    let db = Connection::open(path)?;
    db.busy_timeout(Duration::from_millis(BUSY_MS))?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", "ON")?;
    db.set_prepared_statement_cache_capacity(32);
    Ok(db)
}

fn migrate(db: &mut Connection, path: &Path) -> Result<()> {
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let version = usize::try_from(version).unwrap_or(usize::MAX);
    if version > MIGRATIONS.len() {
        return Err(Error::Unavailable(format!("{}: written by a newer release (version {version})", path.display())));
    }
    for (step, sql) in MIGRATIONS.iter().enumerate().skip(version) {
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", step as i64 + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

impl From<rusqlite::Error> for Error {
    fn from(e: rusqlite::Error) -> Error {
        Error::Unavailable(e.to_string())
    }
}

/// True when an INSERT met a key that is already there.
pub fn is_duplicate(e: &rusqlite::Error) -> bool {
    e.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
}
