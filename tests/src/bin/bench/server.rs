// SPDX-License-Identifier: AGPL-3.0-or-later
//! What is measured: our daemon, or a peer, with the same users.

use anyhow::{Result, bail};
use posthouse_tests::daemon::{Daemon, PASSWORD, Site};
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Users `u0` to `u99`, where a part does not ask for more.
pub const USERS: usize = 100;
/// How long an index may take to follow.
const FOLLOW_MAX: Duration = Duration::from_secs(1_800);
const POLL: Duration = Duration::from_millis(100);

pub struct Server {
    pub name: String,
    pub lmtp: SocketAddr,
    pub imap: SocketAddr,
    /// Of the API; peers have none.
    pub http: Option<SocketAddr>,
    pub pid: u32,
    pub password: &'static str,
    /// Where it keeps mail and everything about it.
    pub data: PathBuf,
    pub kind: Kind,
    /// Removed when it is dropped, after the processes.
    pub _state: TempDir,
}

pub enum Kind {
    Ours { daemon: Daemon, _rows: Option<mariadb::Server> },
    Peer { _running: super::dovecot::Running },
}

impl Server {
    pub fn ours(users: usize) -> Result<Server> {
        Server::ours_with("posthouse", users, "", None)
    }

    /// The server's own share of CPU and disk is not counted.
    pub fn ours_on_mariadb(users: usize) -> Result<Server> {
        let settings =
            ["--innodb-buffer-pool-size=256M", "--innodb-log-file-size=96M", "--innodb-flush-log-at-timeout=1"];
        let rows = mariadb::Server::start_with(&settings)?;
        let settings = posthouse_tests::rows::metadata("mysql", &rows.database()?);
        Server::ours_with("with MariaDB", users, &settings, Some(rows))
    }

    /// With settings of its own.
    pub fn ours_set(name: &str, users: usize, settings: &str) -> Result<Server> {
        Server::ours_with(name, users, settings, None)
    }

    fn ours_with(name: &str, users: usize, settings: &str, rows: Option<mariadb::Server>) -> Result<Server> {
        let state = scratch()?;
        let site = Site::new(&state.path().join("state"), settings)?;
        let daemon = site.start()?;
        let users: Vec<_> = (0..users).map(|n| format!("u{n}")).collect();
        site.provision(&daemon, &users.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(Server {
            name: name.into(),
            lmtp: site.lmtp,
            imap: site.imap,
            http: Some(site.http),
            pid: daemon.pid(),
            password: PASSWORD,
            data: site.state.clone(),
            kind: Kind::Ours { daemon, _rows: rows },
            _state: state,
        })
    }

    pub fn user(n: usize) -> String {
        posthouse_tests::daemon::address(&format!("u{n}"))
    }

    /// Returns when everything that was acknowledged is searchable by the index, and what was written is checkpointed;
    /// a peer has nothing to wait for.
    pub fn settle(&self) -> Result<()> {
        let Kind::Ours { daemon, .. } = &self.kind else { return Ok(()) };
        let until = Instant::now() + FOLLOW_MAX;
        loop {
            let stats = daemon.control(&json!({"verb": "stats"}))?;
            if ["unapplied", "unindexed"].iter().all(|name| stats[name].as_u64() == Some(0)) {
                return Ok(());
            }
            if Instant::now() > until {
                bail!("the index does not follow: {stats}");
            }
            std::thread::sleep(POLL);
        }
    }
}

/// Beside the build, on a disk and not in memory.
pub fn scratch() -> Result<TempDir> {
    let own = std::env::current_exe()?;
    Ok(tempfile::Builder::new().prefix("bench-").tempdir_in(own.parent().unwrap_or(Path::new(".")))?)
}
