// SPDX-License-Identifier: AGPL-3.0-or-later
//! The POP3 server (RFC 1939): the Inbox, and nothing else.
//!
//! A session ([`session`]) is a task that owns a connection and a state of RFC 1939 §3. It reads commands ([`command`]) and
//! sees the Inbox as it was at login ([`maildrop`]). A message streams from its file ([`encoder`]), so that its size costs no
//! memory. DELE is only noted; QUIT removes all that was noted in one durable change, and a connection that ends without
//! QUIT changes nothing.

mod command;
mod encoder;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod limits;
mod maildrop;
mod server;
mod session;

pub use maildrop::Locks;
pub use net::Metrics;
pub use server::serve;

use net::oauth::Oauth;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::TlsAcceptor;

/// What the daemon decides.
#[derive(Clone)]
pub struct Config {
    /// `None`: no STLS, and logins only from this machine.
    pub tls: Option<TlsAcceptor>,
    /// TLS from the first octet (port 995).
    pub implicit_tls: bool,
    /// Shown in the greeting.
    pub hostname: String,
    pub connections_max: usize,
    pub connections_per_ip_max: usize,
    /// New ones in a minute, from elsewhere than this machine.
    pub connections_per_ip_minute: u32,
    /// Times the number of failures on this connection: the wait after a wrong password.
    pub login_failure_delay: Duration,
    /// Shared by all listeners of a daemon.
    pub locks: Locks,
    /// Who is asked of OAuth tokens; `None`: none are taken.
    pub oauth: Option<Arc<Oauth>>,
    pub metrics: Metrics,
}

impl Config {
    pub fn new(hostname: impl Into<String>) -> Config {
        Config {
            tls: None,
            implicit_tls: false,
            hostname: hostname.into(),
            connections_max: 10_000,
            connections_per_ip_max: 500,
            connections_per_ip_minute: 600,
            login_failure_delay: Duration::from_secs(1),
            locks: Locks::default(),
            oauth: None,
            metrics: Metrics::default(),
        }
    }
}
