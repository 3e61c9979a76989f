// SPDX-License-Identifier: AGPL-3.0-or-later
//! The accept loop: caps on connections, TLS from the start, an end that says BYE.

use crate::Config;
use crate::connection::Connection;
use crate::content::cache::Cache;
use crate::limits;
use crate::session::Session;
use directory::Directory;
use mailbox::Store;
use parking_lot::Mutex;
use prometheus_client::metrics::gauge::Gauge;
use std::collections::HashMap;
use std::io::{self, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// How long open sessions get to take their BYE.
const GOODBYE: Duration = Duration::from_secs(5);
/// Pause after an accept that failed (out of descriptors): others must end first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
// RFC 3501 §7.1.5: the greeting of a server that takes no connection.
const TOO_MANY: &[u8] = b"* BYE [UNAVAILABLE] Too many connections, try again later\r\n";

/// What all sessions of a listener share.
pub struct Shared {
    pub config: Config,
    pub store: Store,
    pub directory: Directory,
    pub cache: Arc<Cache>,
    pub authentications: Semaphore,
    pub shutdown: watch::Receiver<bool>,
}

/// Serves until `shutdown` becomes true, then ends every session with BYE.
pub async fn serve(
    listener: TcpListener,
    config: Config,
    store: Store,
    directory: Directory,
    mut shutdown: watch::Receiver<bool>,
) -> io::Result<()> {
    let counts = Arc::new(Counts::default());
    let shared = Arc::new(Shared {
        config,
        store,
        directory,
        cache: Arc::new(Cache::new()),
        authentications: Semaphore::new(limits::AUTHENTICATIONS_MAX),
        shutdown: shutdown.clone(),
    });
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            () = stopped(&mut shutdown) => break,
            Some(_) = sessions.join_next(), if !sessions.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    if let Some(place) = counts.enter(&shared.config, peer.ip()) {
                        sessions.spawn(converse(stream, peer, shared.clone(), place));
                    } else {
                        tracing::warn!(%peer, "imap connection refused: too many");
                        turn_away(stream, &shared.config);
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "imap accept failed");
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
    Ok(())
}

/// Says why, if that needs neither a handshake nor waiting: a full house has no time for strangers.
fn turn_away(stream: TcpStream, config: &Config) {
    if !config.implicit_tls {
        // The peer may be gone, or get a reset instead because it spoke first.
        let _told = stream.into_std().and_then(|mut stream| stream.write(TOO_MANY));
    }
}

/// Waits for the end; nobody left who could say so is the end too.
pub async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    // What it answers holds a lock: not across a wait.
    let _guard_or_closed = shutdown.wait_for(|stop| *stop).await.is_ok();
}

async fn converse(stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>, _place: Place) {
    match Box::pin(begin(stream, peer, shared)).await {
        Ok(session) => session.run().await,
        Err(error) => tracing::debug!(%peer, %error, "imap connection lost before its greeting"),
    }
}

async fn begin(stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>) -> io::Result<Box<Session>> {
    let mut connection = Connection::new(stream, peer)?;
    if let (true, Some(acceptor)) = (shared.config.implicit_tls, &shared.config.tls) {
        connection.start_tls(acceptor).await?;
    }
    Ok(Session::new(connection, shared))
}

#[cfg(test)]
mod tests;

/// Connections, in all and by address.
#[derive(Default)]
struct Counts(Mutex<HashMap<IpAddr, usize>>);

impl Counts {
    fn enter(self: &Arc<Self>, config: &Config, ip: IpAddr) -> Option<Place> {
        let ip = ip.to_canonical();
        let mut counts = self.0.lock();
        if counts.values().sum::<usize>() >= config.connections_max {
            return None;
        }
        let of_ip = counts.entry(ip).or_default();
        if *of_ip >= config.connections_per_ip_max {
            return None;
        }
        *of_ip += 1;
        config.metrics.sessions_begun.inc();
        config.metrics.sessions.inc();
        Some(Place { counts: self.clone(), ip, open: config.metrics.sessions.clone() })
    }
}

/// Given back when the connection ends, however it ends.
struct Place {
    counts: Arc<Counts>,
    ip: IpAddr,
    open: Gauge,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open.dec();
        let mut counts = self.counts.0.lock();
        if let Some(n) = counts.get_mut(&self.ip) {
            *n -= 1;
            if *n == 0 {
                counts.remove(&self.ip);
            }
        }
    }
}
