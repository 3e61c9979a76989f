// SPDX-License-Identifier: AGPL-3.0-or-later
//! Everything that a stranger could make grow, with its limit.

use std::time::Duration;

/// Octets of a line: 255 of a command (RFC 2449 §4), 12,288 of a response of AUTH (RFC 5034 §4).
pub const LINE_BYTES_MAX: usize = 12_288;
/// Commands in a row that were refused before the connection ends.
pub const ERRORS_MAX: u32 = 20;
/// Wrong passwords on one connection before it ends.
pub const LOGIN_FAILURES_MAX: u32 = 4;
/// A piece of a message between two crossings to the store.
pub const CHUNK_BYTES: usize = 256 * 1024;

/// RFC 1939 §3: an autologout timer must be at least 10 minutes.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(10 * 60);
/// From connect to login.
pub const LOGIN_TIMEOUT: Duration = Duration::from_secs(60);
