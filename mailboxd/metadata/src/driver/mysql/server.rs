// SPDX-License-Identifier: AGPL-3.0-or-later
//! Where the server is, and what a connection to it must be like.

use super::{Connection, Role, failed};
use crate::{Error, Failure, Result};
use ::mysql::consts::CapabilityFlags;
use ::mysql::{Conn, OptsBuilder};
use std::path::PathBuf;
use std::time::Duration;

/// A server that takes longer for one answer hangs; a checkpoint of InnoDB under load may take seconds.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// Prepared statements kept per connection.
const STATEMENTS_MAX: usize = 64;
/// Seconds that a statement waits for a row lock. Writers of one mailbox queue before they come here.
const LOCK_WAIT: u32 = 10;
/// Seconds that an idle connection stays: as long as the server allows.
const IDLE_MAX: u32 = 31_536_000;

/// A MariaDB server on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub socket: PathBuf,
    pub database: String,
    pub user: String,
    /// Without it the server knows us by our system user (plugin unix_socket).
    pub password_file: Option<PathBuf>,
}

impl Server {
    pub(super) fn name(&self) -> PathBuf {
        self.socket.join(&self.database)
    }

    pub(super) fn connect(&self, role: Role) -> Result<Connection> {
        let path = self.name();
        let fail = |step, e| failed(&path, step, e);
        let Some(socket) = self.socket.to_str() else {
            return Err(Error::file(&self.socket, "connect", std::io::ErrorKind::InvalidFilename.into()));
        };
        let options = OptsBuilder::new()
            .socket(Some(socket))
            .user(Some(&self.user))
            .pass(self.password()?)
            .db_name(Some(&self.database))
            .prefer_socket(false)
            .read_timeout(Some(ANSWER_MAX))
            .write_timeout(Some(ANSWER_MAX))
            .stmt_cache_size(STATEMENTS_MAX)
            // rows that matched are counted, changed or not
            .additional_capabilities(CapabilityFlags::CLIENT_FOUND_ROWS)
            .init(session(role));
        let conn = Conn::new(options).map_err(|e| match fail("connect", e) {
            // whatever keeps us out now may be mended without us
            Error::Engine { path, step, kind: Failure::Bug, source } => {
                Error::Engine { path, step, kind: Failure::Down, source }
            }
            other => other,
        })?;
        Ok(Connection::new(conn, &path))
    }

    /// Read at each connection: it may be changed while we run.
    fn password(&self) -> Result<Option<String>> {
        let Some(file) = &self.password_file else { return Ok(None) };
        let text = std::fs::read_to_string(file).map_err(|e| Error::file(file, "read password", e))?;
        Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

fn session(role: Role) -> Vec<String> {
    // Strict: what does not fit is an error and never cut. A writer needs no gap locks, since nobody else writes to its
    // mailbox; a reader sees one state from its first query on.
    let isolation = match role {
        Role::Writer | Role::Peeker => "READ COMMITTED",
        Role::Reader => "REPEATABLE READ",
    };
    let autocommit = u8::from(role == Role::Peeker);
    vec![
        format!(
            "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', SESSION autocommit = {autocommit},
             SESSION innodb_lock_wait_timeout = {LOCK_WAIT}, SESSION wait_timeout = {IDLE_MAX}"
        ),
        format!("SET SESSION TRANSACTION ISOLATION LEVEL {isolation}"),
    ]
}
