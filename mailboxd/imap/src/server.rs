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
use std::collections::HashMap;
use std::io;
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
                    // A full house is told so by the kernel's reset: no work is done for it.
                    if let Some(place) = counts.enter(&shared.config, peer.ip()) {
                        sessions.spawn(converse(stream, peer, shared.clone(), place));
                    } else {
                        tracing::warn!(%peer, "imap connection refused: too many");
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

/// Waits for the end; nobody left who could say so is the end too.
pub async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    // What it answers holds a lock: not across a wait.
    let _guard_or_closed = shutdown.wait_for(|stop| *stop).await.is_ok();
}

async fn converse(stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>, _place: Place) {
    let mut connection = match Connection::new(stream, peer) {
        Ok(connection) => connection,
        Err(error) => return tracing::debug!(%peer, %error, "imap connection lost"),
    };
    if let (true, Some(acceptor)) = (shared.config.implicit_tls, &shared.config.tls)
        && let Err(error) = Box::pin(connection.start_tls(acceptor)).await
    {
        return tracing::debug!(%peer, %error, "imap TLS handshake failed");
    }
    Session::new(connection, shared).run().await;
}

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
        Some(Place { counts: self.clone(), ip })
    }
}

/// Given back when the connection ends, however it ends.
struct Place {
    counts: Arc<Counts>,
    ip: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.counts.0.lock();
        if let Some(n) = counts.get_mut(&self.ip) {
            *n -= 1;
            if *n == 0 {
                counts.remove(&self.ip);
            }
        }
    }
}
