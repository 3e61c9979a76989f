// SPDX-License-Identifier: AGPL-3.0-or-later
//! The accept loop: caps on connections in all and by address, and an end that lets open transactions finish.

use crate::config::{Config, Role};
use crate::deliver::Posthouse;
use crate::relay::Relay;
use crate::session::Session;
use crate::wire::Io;
use directory::Directory;
use mailbox::Store;
use parking_lot::Mutex;
use prometheus_client::metrics::gauge::Gauge;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Pause after an accept that failed (out of descriptors): others must end first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const TOO_MANY: &[u8] = b"421 4.7.0 Too many connections, try again later\r\n";
/// A line of a stranger that doesn't read is not waited for.
const TOO_MANY_WRITE: Duration = Duration::from_secs(1);

pub enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Listener {
        Listener::Tcp(listener)
    }
}

impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Listener {
        Listener::Unix(listener)
    }
}

/// Serves until `shutdown` becomes true; sessions that are in the middle of a message get a moment to end it.
pub async fn serve(
    listener: impl Into<Listener>,
    config: Config,
    store: Store,
    directory: Directory,
    relay: Relay,
    mut shutdown: watch::Receiver<bool>,
) {
    let listener = listener.into();
    let config = Arc::new(config);
    // Only LMTP comes from a scanner; whoever speaks SMTP to us may have written the mark.
    let trusts_spam_flag = config.trusts_spam_flag && config.role == Role::Lmtp;
    let filters = config.filters.clone();
    let has_one_answer = config.role != Role::Lmtp;
    let backend =
        Posthouse { store, directory, relay, trusts_spam_flag, filters, has_one_answer, tells_refusals: false };
    let counts = Arc::new(Counts::default());
    let mut sessions = JoinSet::new();
    let stopping = shutdown.clone();
    loop {
        tokio::select! {
            biased;
            () = stopped(&mut shutdown) => break,
            accepted = accept(&listener) => match accepted {
                Ok((io, peer)) => {
                    let Some(place) = counts.enter(&config, peer) else {
                        tracing::warn!(?peer, role = ?config.role, "connection refused: too many");
                        sessions.spawn(turn_away(io));
                        continue;
                    };
                    let session = Session::new(io, peer, config.clone(), backend.clone(), stopping.clone());
                    sessions.spawn(async move {
                        let _place = place;
                        session.run().await;
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "accept failed");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = sessions.join_next(), if !sessions.is_empty() => {}
        }
    }
    drop(listener);
    let ending = async { while sessions.join_next().await.is_some() {} };
    if tokio::time::timeout(config.limits.goodbye, ending).await.is_err() {
        sessions.shutdown().await;
    }
}

/// Also when nobody is left to say so.
async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    let _ = shutdown.wait_for(|stop| *stop).await;
}

async fn accept(listener: &Listener) -> io::Result<(Box<dyn Io>, Option<IpAddr>)> {
    match listener {
        Listener::Tcp(listener) => {
            let (stream, peer) = listener.accept().await?;
            // A batch of replies is one write: nothing is gained by waiting for more.
            stream.set_nodelay(true)?;
            Ok((Box::new(stream), Some(peer.ip())))
        }
        Listener::Unix(listener) => Ok((Box::new(listener.accept().await?.0), None)),
    }
}

async fn turn_away(mut io: Box<dyn Io>) {
    let goodbye = async {
        io.write_all(TOO_MANY).await?;
        io.shutdown().await
    };
    let _ = tokio::time::timeout(TOO_MANY_WRITE, goodbye).await;
}

#[derive(Default)]
struct Counts(Mutex<State>);

#[derive(Default)]
struct State {
    all: usize,
    by_ip: HashMap<IpAddr, usize>,
}

struct Place {
    counts: Arc<Counts>,
    ip: Option<IpAddr>,
    open: Gauge,
}

impl Counts {
    fn enter(self: &Arc<Self>, config: &Config, peer: Option<IpAddr>) -> Option<Place> {
        let ip = peer.map(site);
        let mut state = self.0.lock();
        if state.all >= config.limits.connections_max {
            return None;
        }
        if let Some(ip) = ip {
            let count = state.by_ip.entry(ip).or_default();
            if *count >= config.limits.connections_per_ip_max {
                return None;
            }
            *count += 1;
        }
        state.all += 1;
        config.metrics.sessions_begun.inc();
        config.metrics.sessions.inc();
        Some(Place { counts: self.clone(), ip, open: config.metrics.sessions.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open.dec();
        let mut state = self.counts.0.lock();
        state.all -= 1;
        let Some(ip) = self.ip else { return };
        if let Some(count) = state.by_ip.get_mut(&ip) {
            *count -= 1;
            if *count == 0 {
                state.by_ip.remove(&ip);
            }
        }
    }
}

/// A customer of IPv6 has a /64, and counts as one.
fn site(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
        v4 => v4,
    }
}
