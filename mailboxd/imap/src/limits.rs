// SPDX-License-Identifier: AGPL-3.0-or-later
//! Everything that a stranger could make grow, with its limit.

use std::time::Duration;

/// Octets of one command with its literals (messages of APPEND not counted).
pub const COMMAND_BYTES_MAX: usize = 64 * 1024;
/// A literal that is skipped because its command was refused may be this large; a larger one ends the connection.
pub const SKIPPED_LITERAL_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Commands in a row that were not understood before the connection ends.
pub const BAD_COMMANDS_MAX: u32 = 20;
/// Wrong passwords on one connection before it ends.
pub const LOGIN_FAILURES_MAX: u32 = 4;
/// Sections up to this size are put into the batch; larger ones are read and sent piece by piece.
pub const SECTION_INLINE_BYTES_MAX: u64 = 128 * 1024;
/// A piece of a large section.
pub const STREAM_CHUNK_BYTES: u64 = 256 * 1024;
/// Messages that one crossing to the store renders at most.
pub const FETCH_BATCH_MESSAGES: usize = 128;
/// A pre-rendered batch ends after the message that passes this.
pub const FETCH_BATCH_BYTES: usize = 256 * 1024;
/// And after the message with which so many octets were decoded: BINARY.SIZE answers little and reads much.
pub const FETCH_BATCH_DECODED_BYTES: u64 = 16 * 1024 * 1024;
/// Messages in one MULTIAPPEND, and their octets relative to the largest message.
pub const APPEND_MESSAGES_MAX: usize = 256;
/// Parts of CATENATE in one command.
pub const CATENATE_PARTS_MAX: usize = 1024;
/// Mailboxes with news that a client which asked for them (NOTIFY) has not taken; with more it must ask by itself.
pub const NOTIFY_PENDING_MAX: usize = 1024;
/// Pieces of an APPEND are handed to the store in this size.
pub const APPEND_CHUNK_BYTES: usize = 128 * 1024;

/// RFC 3501 §5.4: an autologout timer must be at least 30 minutes.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(30 * 60);
/// From connect to login.
pub const LOGIN_TIMEOUT: Duration = Duration::from_secs(60);
/// A client that stops in the midst of a message or command.
pub const COMMAND_TIMEOUT: Duration = Duration::from_secs(300);
