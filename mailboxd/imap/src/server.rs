// SPDX-License-Identifier: AGPL-3.0-or-later
//! From an accepted connection to a session.

use crate::Config;
use crate::connection::Connection;
use crate::content::cache::Cache;
use crate::session::Session;
use directory::Directory;
use mailbox::Store;
use net::{Gate, Logins, Place, Seats};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

// RFC 3501 §7.1.5: the greeting of a server that takes no connection.
const TOO_MANY: &[u8] = b"* BYE [UNAVAILABLE] Too many connections, try again later\r\n";

/// What all sessions of a listener share.
pub struct Shared {
    pub config: Config,
    pub store: Store,
    pub logins: Logins,
    pub seats: Seats,
    pub cache: Arc<Cache>,
    pub shutdown: watch::Receiver<bool>,
}

/// Serves until `shutdown` becomes true, then ends every session with BYE.
pub async fn serve(
    listener: TcpListener,
    config: Config,
    store: Store,
    directory: Directory,
    shutdown: watch::Receiver<bool>,
) {
    let gate = gate(&config);
    let cache = Arc::new(Cache::new());
    let logins = Logins::new(directory).with_oauth(config.oauth.clone());
    let shared = Arc::new(Shared { config, store, logins, seats: Seats::default(), cache, shutdown: shutdown.clone() });
    net::serve(listener, gate, shutdown, move |stream, peer, place| converse(stream, peer, shared.clone(), place))
        .await;
}

fn gate(config: &Config) -> Gate {
    Gate {
        protocol: "imap",
        connections_max: config.connections_max,
        connections_per_ip_max: config.connections_per_ip_max,
        connections_per_ip_minute: config.connections_per_ip_minute,
        too_many: (!config.implicit_tls).then_some(TOO_MANY),
        metrics: config.metrics.clone(),
    }
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
