// SPDX-License-Identifier: AGPL-3.0-or-later
//! ManageSieve (RFC 5804): people put their filter scripts here, and choose which of them is active. A text is kept only if it
//! is a script that would run.
//!
//! [`wire`] reads arguments and writes answers. A session ([`session`]) is a task that owns a connection and a state.

#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod limits;
mod server;
mod session;
mod wire;

pub use net::Metrics;
pub use server::serve;

use std::time::Duration;
use tokio_rustls::TlsAcceptor;

/// What the daemon decides.
#[derive(Clone)]
pub struct Config {
    /// `None`: no STARTTLS, and logins only from this machine.
    pub tls: Option<TlsAcceptor>,
    /// Shown in the greeting.
    pub hostname: String,
    pub connections_max: usize,
    pub connections_per_ip_max: usize,
    /// New ones in a minute, from elsewhere than this machine.
    pub connections_per_ip_minute: u32,
    /// Times the number of failures on this connection: the wait after a wrong password.
    pub login_failure_delay: Duration,
    pub metrics: Metrics,
}

impl Config {
    pub fn new(hostname: impl Into<String>) -> Config {
        Config {
            tls: None,
            hostname: hostname.into(),
            connections_max: 1_000,
            connections_per_ip_max: 50,
            connections_per_ip_minute: 600,
            login_failure_delay: Duration::from_secs(1),
            metrics: Metrics::default(),
        }
    }
}
