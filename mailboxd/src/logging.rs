// SPDX-License-Identifier: AGPL-3.0-or-later
//! One line an event on standard error. POSTHOUSE_LOG sets the filter (as RUST_LOG elsewhere), default `info`. Logins of every
//! protocol, and what was refused, are lines with the target `audit`, and go to a file of their own, too.

mod audit;

use std::io::IsTerminal;
use std::path::Path;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

pub fn start() {
    let filter = std::env::var("POSTHOUSE_LOG").unwrap_or_else(|_| "info,tantivy=warn".to_owned());
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let terminal = std::io::stderr().is_terminal();
    let log = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(terminal)
        // When the supervisor is gone the pipe is broken; a message about that would go to the same pipe, and panic.
        .log_internal_errors(false)
        .with_filter(filter);
    let logins = fmt::layer()
        .with_writer(audit::Writer)
        .with_ansi(false)
        .with_target(false)
        .log_internal_errors(false)
        .with_filter(Targets::new().with_target("audit", tracing::Level::INFO));
    // A second subscriber can only mean a second call: the first one stays.
    let _ = tracing_subscriber::registry().with(log).with(logins).try_init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let what = panic.payload().downcast_ref::<&str>().map(|s| (*s).to_owned());
        let what = what.or_else(|| panic.payload().downcast_ref::<String>().cloned()).unwrap_or_default();
        // The task that panicked dies alone (tokio catches it); this line is how we learn of it.
        tracing::error!(place, "panic: {what}");
    }));
}

/// From here on logins are written to `audit/logins.log` of the state directory. What can't be written is no reason not to serve.
pub fn audit_in(state: &Path) {
    if let Err(error) = audit::open(&state.join("audit")) {
        tracing::warn!(%error, "audit/logins.log can't be written: logins are in the common log only");
    }
}
