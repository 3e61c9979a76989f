// SPDX-License-Identifier: AGPL-3.0-or-later
//! ID (RFC 2971). No version is told to strangers.

use crate::session::{Done, Outcome, Session};

pub fn run(session: &mut Session) -> Outcome {
    session.connection.put(b"* ID (\"name\" \"Posthouse\")\r\n");
    Ok(Done::text("ID completed"))
}
