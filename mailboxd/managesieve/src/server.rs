// SPDX-License-Identifier: AGPL-3.0-or-later
//! From an accepted connection to a session.

use crate::Config;
use crate::limits;
use crate::session::Session;
use directory::Directory;
use mailbox::Store;
use net::{Gate, Logins, Place, Socket};
use sieve::Engine;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

const TOO_MANY: &[u8] = b"BYE (TRYLATER) \"Too many connections, try again later\"\r\n";

/// What all sessions of a listener share.
pub struct Shared {
    pub config: Config,
    pub store: Store,
    pub logins: Logins,
    /// Checks scripts.
    pub engine: Arc<Engine>,
    pub checks: Semaphore,
    pub shutdown: watch::Receiver<bool>,
}

/// Serves until `shutdown` becomes true. Sessions that are open then say BYE.
pub async fn serve(
    listener: TcpListener,
    config: Config,
    store: Store,
    directory: Directory,
    shutdown: watch::Receiver<bool>,
) {
    let gate = Gate {
        protocol: "managesieve",
        connections_max: config.connections_max,
        connections_per_ip_max: config.connections_per_ip_max,
        connections_per_ip_minute: config.connections_per_ip_minute,
        too_many: Some(TOO_MANY),
        metrics: config.metrics.clone(),
    };
    let engine = Arc::new(Engine::new(&config.hostname));
    let (logins, checks) = (Logins::new(directory), Semaphore::new(limits::CHECKS_MAX));
    let shared = Arc::new(Shared { config, store, logins, engine, checks, shutdown: shutdown.clone() });
    net::serve(listener, gate, shutdown, move |stream, peer, place| converse(stream, peer, shared.clone(), place))
        .await;
}

async fn converse(stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>, _place: Place) {
    match Socket::new(stream, peer) {
        Ok(socket) => Session::new(socket, shared).run().await,
        Err(error) => tracing::debug!(%peer, %error, "managesieve connection lost before its greeting"),
    }
}
