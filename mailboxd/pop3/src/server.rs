// SPDX-License-Identifier: AGPL-3.0-or-later
//! From an accepted connection to a session.

use crate::Config;
use crate::session::Session;
use directory::Directory;
use mailbox::Store;
use net::{Gate, Logins, Place, Socket};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const TOO_MANY: &[u8] = b"-ERR [SYS/TEMP] Too many connections, try again later\r\n";

/// What all sessions of a listener share.
pub struct Shared {
    pub config: Config,
    pub store: Store,
    pub logins: Logins,
    pub shutdown: watch::Receiver<bool>,
}

/// Serves until `shutdown` becomes true. Sessions that are open then end without their UPDATE state.
pub async fn serve(
    listener: TcpListener,
    config: Config,
    store: Store,
    directory: Directory,
    shutdown: watch::Receiver<bool>,
) {
    let gate = Gate {
        protocol: "pop3",
        connections_max: config.connections_max,
        connections_per_ip_max: config.connections_per_ip_max,
        connections_per_ip_minute: config.connections_per_ip_minute,
        too_many: (!config.implicit_tls).then_some(TOO_MANY),
        metrics: config.metrics.clone(),
    };
    let logins = Logins::new(directory).with_oauth(config.oauth.clone());
    let shared = Arc::new(Shared { config, store, logins, shutdown: shutdown.clone() });
    net::serve(listener, gate, shutdown, move |stream, peer, place| converse(stream, peer, shared.clone(), place))
        .await;
}

async fn converse(stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>, _place: Place) {
    match Box::pin(begin(stream, peer, &shared)).await {
        Ok(socket) => Session::new(socket, shared).run().await,
        Err(error) => tracing::debug!(%peer, %error, "pop3 connection lost before its greeting"),
    }
}

async fn begin(stream: TcpStream, peer: SocketAddr, shared: &Shared) -> io::Result<Socket> {
    let mut socket = Socket::new(stream, peer)?;
    if let (true, Some(acceptor)) = (shared.config.implicit_tls, &shared.config.tls) {
        socket.start_tls(acceptor).await?;
    }
    Ok(socket)
}

#[cfg(test)]
mod tests;
