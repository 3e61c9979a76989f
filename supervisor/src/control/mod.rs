// SPDX-License-Identifier: AGPL-3.0-or-later
//! The control sockets in `run/`: `control.sock` is the daemon's, `posthouse.sock` ours, `mailboxd.sock` what the daemon may ask of us.
//! All speak one JSON object a line: a request `{"verb": …}`, then `{"progress": "…"}` lines, then `{"ok": …}` or `{"error": "…"}`.

mod client;
pub mod errands;
mod server;

pub use client::{Daemon, call, is_running};
pub use server::{Shared, serve};
