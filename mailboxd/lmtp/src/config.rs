// SPDX-License-Identifier: AGPL-3.0-or-later

use crate::filter::Filters;
use crate::reply::Reply;
use prometheus_client::metrics::{counter::Counter, gauge::Gauge};
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// From our own Postfix, or whoever may reach the port: an answer per recipient, no relaying.
    Lmtp,
    /// Port 25: from anyone, for local recipients.
    Smtp,
    /// Port 587: from our users, for anyone.
    Submission,
}

#[derive(Clone)]
pub struct Config {
    pub role: Role,
    /// As it greets and signs Received fields.
    pub hostname: String,
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// LMTP only: mail comes from a scanner, which takes away the X-Spam-Flag of others and sets its own.
    pub trusts_spam_flag: bool,
    /// Runs the scripts of accounts; one for all listeners.
    pub filters: Filters,
    pub limits: Limits,
    pub metrics: Metrics,
}

/// What the daemon shows of the sessions and of the recipients of messages: one that was refused is one too.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    pub sessions: Gauge,
    pub sessions_begun: Counter,
    pub accepted: Counter,
    /// To be tried again: 4xx.
    pub deferred: Counter,
    pub rejected: Counter,
}

impl Metrics {
    pub(crate) fn recipient<T>(&self, answer: &Result<T, Reply>) {
        match answer {
            Ok(_) => self.accepted.inc(),
            Err(reply) if reply.is_permanent() => self.rejected.inc(),
            Err(_) => self.deferred.inc(),
        };
    }
}

impl Config {
    pub fn new(role: Role, hostname: impl Into<String>) -> Config {
        let hostname = hostname.into();
        Config {
            role,
            filters: Filters::new(&hostname),
            hostname,
            tls: None,
            trusts_spam_flag: false,
            limits: Limits::of(role),
            metrics: Metrics::default(),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Limits {
    pub message_bytes_max: u64,
    pub recipients_max: usize,
    pub connections_max: usize,
    pub connections_per_ip_max: usize,
    /// Refused commands in a row before the connection is closed.
    pub errors_max: u32,
    /// Commands without a message taken before the connection is closed.
    pub commands_max: u32,
    pub auth_failures_max: u32,
    /// RFC 5321 §4.5.3.2.7: five minutes for a command, and here for each read of a body.
    pub idle: Duration,
    /// For one whole body.
    pub body: Duration,
    /// What open transactions get at shutdown.
    pub goodbye: Duration,
}

impl Limits {
    pub fn of(role: Role) -> Limits {
        let lmtp = role == Role::Lmtp;
        Limits {
            message_bytes_max: 50 << 20,
            // RFC 5321 §4.5.3.1.8 asks for at least 100.
            recipients_max: 1000,
            connections_max: if lmtp { 500 } else { 1000 },
            connections_per_ip_max: if lmtp { 500 } else { 50 },
            errors_max: 20,
            commands_max: 5000,
            auth_failures_max: 3,
            idle: Duration::from_secs(300),
            body: Duration::from_secs(3600),
            goodbye: Duration::from_secs(5),
        }
    }
}
