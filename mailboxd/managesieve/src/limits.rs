// SPDX-License-Identifier: AGPL-3.0-or-later
//! Everything that a stranger could make grow, with its limit.

use std::time::Duration;

/// Octets of a line without its literals: three quoted strings of 1,024 (RFC 5804 §4), or a response of AUTHENTICATE.
pub const LINE_BYTES_MAX: usize = 12_288;
/// Octets of all literals of one command: a script and its name.
pub const LITERAL_BYTES_MAX: u64 = mailbox::SCRIPT_BYTES_MAX as u64 + 4_096;
/// The same before somebody has logged in.
pub const STRANGERS_LITERAL_BYTES_MAX: u64 = 8_192;
/// A literal that is too large is read to its end up to this size; a larger one ends the connection.
pub const SKIPPED_LITERAL_BYTES_MAX: u64 = 16 << 20;
/// Arguments of one command.
pub const ARGUMENTS_MAX: usize = 8;
/// Commands in a row that were refused before the connection ends.
pub const ERRORS_MAX: u32 = 20;
/// Wrong passwords on one connection before it ends.
pub const LOGIN_FAILURES_MAX: u32 = 4;
/// Scripts that are compiled at once to see whether they are right; the others wait.
pub const CHECKS_MAX: usize = 2;

/// RFC 5804 §1.2: at least 30 minutes once somebody has logged in.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(30 * 60);
/// From connect to login.
pub const LOGIN_TIMEOUT: Duration = Duration::from_secs(60);
/// For the rest of a command that has begun.
pub const COMMAND_TIMEOUT: Duration = Duration::from_secs(300);
