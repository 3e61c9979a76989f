// SPDX-License-Identifier: AGPL-3.0-or-later
//! Mail coming in: LMTP (RFC 2033), and SMTP for the embedded profile: port 25 (RFC 5321) for local recipients only, and
//! submission (RFC 6409) for those who authenticate.
//!
//! A session ([`session`]) reads commands ([`command`]) and bodies ([`data`]) from a [`wire`] and hands them to a
//! [`backend`], which is the store and the directory in the daemon ([`deliver`]) and a fake in the session's own tests.
//! Three rules hold everywhere: a positive answer to a body is given only after the store said that it is durable; a body
//! streams, so that neither its size nor the length of a line costs memory; only CRLF ends a line, so that no two servers
//! disagree where a message ends.

mod address;
mod away;
mod backend;
mod command;
mod config;
mod data;
mod deliver;
mod filter;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod lists;
mod relay;
mod reply;
mod send;
mod serve;
mod session;
mod trace;
mod wire;

pub use config::{Config, Limits, Metrics, Role};
pub use filter::Filters;
pub use relay::{Relay, RelayConfig};
pub use send::{Refused, SendError, send, take_in};
pub use serve::{Listener, serve};
