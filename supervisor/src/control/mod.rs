// SPDX-License-Identifier: AGPL-3.0-or-later
//! The two control sockets in `run/`: `control.sock` is the daemon's, `posthouse.sock` ours. Both speak one JSON object a
//! line: a request `{"verb": …}`, then `{"progress": "…"}` lines, then `{"ok": …}` or `{"error": "…"}`.

mod client;
mod server;

pub use client::{Daemon, call, is_running};
pub use server::{Shared, serve};
