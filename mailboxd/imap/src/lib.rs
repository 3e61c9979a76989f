// SPDX-License-Identifier: AGPL-3.0-or-later
//! The IMAP server: IMAP4rev1, and IMAP4rev2 for who asks for it.
//!
//! [`wire`] reads commands and writes answers and knows nothing else. A session ([`session`]) is a task that owns a
//! connection and a state: not authenticated, authenticated, selected, over. Each command is one file in `command/`.
//! What the client has been told of its folder is a [`session::view`], which the mailbox's events keep current, so that
//! flags, UIDs and sequence numbers are answered without asking the store. Everything else crosses to the store once a
//! command, or once a batch of messages (`mailbox::Handle::run`). What can be said of a message by its octets alone is in
//! `content/`, cached by digest for all sessions.

mod command;
mod connection;
mod content;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod keywords;
mod limits;
mod listing;
mod names;
mod objectid;
mod place;
mod server;
mod session;
pub mod wire;

pub use net::Metrics;
pub use server::serve;

use net::oauth::Oauth;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::TlsAcceptor;

/// What the daemon decides.
#[derive(Clone)]
pub struct Config {
    /// `None`: no STARTTLS, and logins only from this machine.
    pub tls: Option<TlsAcceptor>,
    /// TLS from the first octet (port 993).
    pub implicit_tls: bool,
    /// Shown in the greeting.
    pub hostname: String,
    /// Largest message that APPEND takes.
    pub message_bytes_max: u64,
    pub connections_max: usize,
    pub connections_per_ip_max: usize,
    /// New ones in a minute, from elsewhere than this machine.
    pub connections_per_ip_minute: u32,
    /// At the same time, of one account.
    pub connections_per_account_max: usize,
    /// Times the number of failures on this connection: the wait after a wrong password.
    pub login_failure_delay: Duration,
    /// Between two signs of life of a command that takes long (RFC 9585 §3: at least 10 seconds).
    pub progress_interval: Duration,
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
            message_bytes_max: 64 * 1024 * 1024,
            connections_max: 20_000,
            connections_per_ip_max: 2_000,
            connections_per_ip_minute: 600,
            connections_per_account_max: 200,
            login_failure_delay: Duration::from_secs(1),
            progress_interval: Duration::from_secs(10),
            oauth: None,
            metrics: Metrics::default(),
        }
    }
}
