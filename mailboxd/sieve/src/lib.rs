// SPDX-License-Identifier: AGPL-3.0-or-later
//! Sieve (RFC 5228): is a text a script, and what does a script want done with a message? Nothing is done here: the answer is
//! an [`Outcome`], and what must be known of the mailbox is asked of a [`World`]. The interpreter is sieve-rs; here are its
//! limits, what of it is offered, and the rules for mail that goes out.
//!
//! A script that fails wants one thing only: the message in the Inbox (RFC 5228 §2.10.6). What it had decided before counts for
//! nothing, so that no message is half filtered.

mod answer;
mod chain;
mod compile;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod outcome;
mod quoted;
mod regex_cost;
mod run;
pub mod zimbra;

pub use chain::{Chain, Failure};
pub use compile::{Checked, CompileError, EXTENSIONS, NOTIFY_METHODS, Script};
pub use outcome::{Asked, Filing, Known, Outcome, Place, Send, SendKind};
pub use quoted::quoted;
pub use run::{Mail, World};

use sieve::compiler::grammar::Capability;
use sieve::{Compiler, Runtime};

/// Octets of a script.
const SCRIPT_BYTES_MAX: usize = 1 << 20;
/// Octets of one string of a script: a vacation text.
const STRING_BYTES_MAX: usize = 64 << 10;
/// Instructions that a script may run on a small, a large and a huge message: what a test costs grows with the message.
const INSTRUCTIONS_MAX: [(usize, usize); 3] = [(256 << 10, 20_000), (4 << 20, 5_000), (usize::MAX, 1_500)];
/// Includes within includes (RFC 6609 §3.1).
const INCLUDES_MAX: usize = 5;
/// Redirects and other messages that one run may send.
pub const REDIRECTS_MAX: usize = 5;
const MESSAGES_MAX: usize = 8;
/// Received fields of a message that is still sent on or answered: more is a loop (RFC 5321 §6.3 wants at least 100 for a
/// server; a filter is more careful).
const RECEIVED_MAX: usize = 50;
/// RFC 5230 §4.1: 7 days where the script says nothing.
const VACATION_SECONDS: u64 = 7 * 86_400;

/// Compiler and interpreter with their limits. Make one and keep it.
pub struct Engine {
    compiler: Compiler,
    runtimes: Vec<(usize, Runtime)>,
}

impl Engine {
    /// `hostname`: in the Message-ID of what is sent.
    pub fn new(hostname: &str) -> Engine {
        let compiler = Compiler::new()
            .with_max_script_size(SCRIPT_BYTES_MAX)
            .with_max_string_size(STRING_BYTES_MAX)
            .with_max_includes(INCLUDES_MAX * 4)
            .with_max_header_size(4096);
        let runtimes = INSTRUCTIONS_MAX
            .iter()
            .map(|(bytes_max, instructions)| (*bytes_max, runtime(hostname.to_owned(), *instructions)))
            .collect();
        Engine { compiler, runtimes }
    }

    /// For a message of so many octets.
    fn runtime(&self, bytes: usize) -> Option<&Runtime> {
        self.runtimes.iter().find(|(bytes_max, _)| bytes <= *bytes_max).map(|(_, runtime)| runtime)
    }
}

fn runtime(hostname: String, instructions: usize) -> Runtime {
    let mut runtime = Runtime::new()
        .with_cpu_limit(instructions)
        .with_max_nested_includes(INCLUDES_MAX)
        .with_max_redirects(REDIRECTS_MAX)
        .with_max_out_messages(MESSAGES_MAX)
        .with_max_received_headers(RECEIVED_MAX)
        .with_max_header_size(4096)
        .with_max_variable_size(16 << 10)
        .with_default_vacation_expiry(VACATION_SECONDS)
        .with_local_hostname(hostname)
        .with_env_variable("name", "Posthouse")
        .with_env_variable("version", env!("CARGO_PKG_VERSION"))
        .with_valid_notification_uri("mailto")
        // What says that we have seen a message must not be taken away by a script.
        .with_protected_header("Received")
        .with_protected_header("Auto-Submitted")
        .with_protected_header("Delivered-To");
    for capability in Capability::all() {
        let name = capability.to_string();
        let is_core = name.starts_with("comparator-") || name == "encoded-character";
        if !is_core && !EXTENSIONS.contains(&name.as_str()) {
            runtime.unset_capability(capability.clone());
        }
    }
    runtime
}
