// SPDX-License-Identifier: AGPL-3.0-or-later
//! The accept loop: a cap on connections, and an end that lets logins under way finish.

use crate::mechanism::Credentials;
use crate::session::{Session, Shared, stopped};
use directory::Directory;
use prometheus_client::metrics::{counter::Counter, gauge::Gauge};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Pause after an accept that failed (out of descriptors): others must end first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// What logins under way get at shutdown.
const GOODBYE: Duration = Duration::from_secs(5);
/// Each process of Postfix that asked once keeps its connection.
const CONNECTIONS_MAX: usize = 1_000;
/// Passwords judged at a time: each takes a processor for tens of milliseconds.
const CHECKS_MAX: usize = 16;

#[derive(Debug, Clone)]
pub struct Config {
    pub connections_max: usize,
    pub checks_max: usize,
    pub metrics: Metrics,
}

#[derive(Debug, Clone, Default)]
pub struct Metrics {
    pub sessions: Gauge,
    pub sessions_begun: Counter,
}

impl Default for Config {
    fn default() -> Config {
        Config { connections_max: CONNECTIONS_MAX, checks_max: CHECKS_MAX, metrics: Metrics::default() }
    }
}

/// Serves until `shutdown` becomes true.
pub async fn serve(listener: UnixListener, config: Config, directory: Directory, mut shutdown: watch::Receiver<bool>) {
    let judge = move |credentials: &Credentials, remote| {
        let account = directory.authenticate_from(&credentials.name, &credentials.password, remote)?;
        tracing::info!(target: "audit", protocol = "sasl", account = account.name, ?remote, "login");
        Ok(account.name)
    };
    let shared = Arc::new(Shared { judge: Box::new(judge), checks: Semaphore::new(config.checks_max) });
    let mut sessions = JoinSet::new();
    let stopping = shutdown.clone();
    let mut connection: u32 = 0;
    loop {
        tokio::select! {
            biased;
            () = stopped(&mut shutdown) => break,
            Some(_) = sessions.join_next(), if !sessions.is_empty() => {
                config.metrics.sessions.dec();
            }
            accepted = listener.accept() => match accepted {
                Ok(_) if sessions.len() >= config.connections_max => {
                    // Postfix takes a lost connection for what it is: try again later.
                    tracing::warn!("login socket: connection refused: too many");
                }
                Ok((io, _)) => {
                    connection = connection.wrapping_add(1);
                    config.metrics.sessions_begun.inc();
                    config.metrics.sessions.inc();
                    sessions.spawn(Session::new(io, connection, shared.clone(), stopping.clone()).run());
                }
                Err(error) => {
                    tracing::warn!(%error, "login socket: accept failed");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    let ending = async { while sessions.join_next().await.is_some() {} };
    if tokio::time::timeout(GOODBYE, ending).await.is_err() {
        sessions.shutdown().await;
    }
}
