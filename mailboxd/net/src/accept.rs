// SPDX-License-Identifier: AGPL-3.0-or-later
//! The accept loop: caps on connections in all and by address, an end that lets sessions say goodbye.

use crate::rate::Rates;
use parking_lot::Mutex;
use prometheus_client::metrics::{counter::Counter, gauge::Gauge};
use std::collections::HashMap;
use std::future::Future;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long open sessions get to take their goodbye.
const GOODBYE: Duration = Duration::from_secs(5);
/// Pause after an accept that failed (out of descriptors): others must end first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the daemon shows of the sessions.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    pub sessions: Gauge,
    pub sessions_begun: Counter,
}

/// Who is let in at one listener.
#[derive(Debug, Clone)]
pub struct Gate {
    /// As the log names it.
    pub protocol: &'static str,
    pub connections_max: usize,
    pub connections_per_ip_max: usize,
    /// New ones in a minute, from elsewhere than this machine.
    pub connections_per_ip_minute: u32,
    /// Said to those who are not let in; `None` where TLS comes first: a full house has no time for a handshake.
    pub too_many: Option<&'static [u8]>,
    pub metrics: Metrics,
}

/// Serves until `shutdown` becomes true. Sessions watch it themselves, and are cut off a little later.
pub async fn serve<Converse, Session>(
    listener: TcpListener,
    gate: Gate,
    mut shutdown: watch::Receiver<bool>,
    converse: Converse,
) where
    Converse: Fn(TcpStream, SocketAddr, Place) -> Session,
    Session: Future<Output = ()> + Send + 'static,
{
    let counts = Arc::new(Counts::default());
    let protocol = gate.protocol;
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            () = stopped(&mut shutdown) => break,
            Some(_) = sessions.join_next(), if !sessions.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => match counts.enter(&gate, peer.ip()) {
                    Some(place) => {
                        sessions.spawn(converse(stream, peer, place));
                    }
                    None => {
                        tracing::warn!(protocol, %peer, "connection refused: too many");
                        turn_away(stream, &gate);
                    }
                },
                Err(error) => {
                    tracing::warn!(protocol, %error, "accept failed");
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

/// Says why, if that needs neither a handshake nor waiting: a full house has no time for strangers.
fn turn_away(stream: TcpStream, gate: &Gate) {
    if let Some(text) = gate.too_many {
        // The peer may be gone, or get a reset instead because it spoke first.
        let _told = stream.into_std().and_then(|mut stream| stream.write(text));
    }
}

/// Waits for the end; nobody left who could say so is the end too.
pub async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    // What it answers holds a lock: not across a wait.
    let _guard_or_closed = shutdown.wait_for(|stop| *stop).await.is_ok();
}

/// Connections, in all and by address.
#[derive(Default)]
pub struct Counts(Mutex<Known>);

#[derive(Default)]
struct Known {
    open: HashMap<IpAddr, usize>,
    rates: Rates,
}

impl Counts {
    pub fn enter(self: &Arc<Self>, gate: &Gate, ip: IpAddr) -> Option<Place> {
        let ip = ip.to_canonical();
        let mut known = self.0.lock();
        let Known { open, rates } = &mut *known;
        if open.values().sum::<usize>() >= gate.connections_max {
            return None;
        }
        if !ip.is_loopback() && !rates.take(ip, gate.connections_per_ip_minute, Instant::now()) {
            return None;
        }
        let of_ip = open.entry(ip).or_default();
        if *of_ip >= gate.connections_per_ip_max {
            return None;
        }
        *of_ip += 1;
        gate.metrics.sessions_begun.inc();
        gate.metrics.sessions.inc();
        Some(Place { counts: self.clone(), ip, open: gate.metrics.sessions.clone() })
    }
}

/// Given back when the connection ends, however it ends.
pub struct Place {
    counts: Arc<Counts>,
    ip: IpAddr,
    open: Gauge,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open.dec();
        let open = &mut self.counts.0.lock().open;
        if let Some(n) = open.get_mut(&self.ip) {
            *n -= 1;
            if *n == 0 {
                open.remove(&self.ip);
            }
        }
    }
}
