// SPDX-License-Identifier: AGPL-3.0-or-later
//! One line an event on standard error. POSTHOUSE_LOG sets the filter (as RUST_LOG elsewhere), default `info`.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

pub fn start() {
    let filter = std::env::var("POSTHOUSE_LOG").unwrap_or_else(|_| "info,tantivy=warn".to_owned());
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let terminal = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(terminal)
        // When the supervisor is gone the pipe is broken; a message about that would go to the same pipe, and panic.
        .log_internal_errors(false);
    // A second subscriber can only mean a second call: the first one stays.
    let _ = log.try_init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let what = panic.payload().downcast_ref::<&str>().map(|s| (*s).to_owned());
        let what = what.or_else(|| panic.payload().downcast_ref::<String>().cloned()).unwrap_or_default();
        // The task that panicked dies alone (tokio catches it); this line is how we learn of it.
        tracing::error!(place, "panic: {what}");
    }));
}
