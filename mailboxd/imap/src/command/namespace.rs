// SPDX-License-Identifier: AGPL-3.0-or-later
//! NAMESPACE (RFC 2342): one personal namespace without a prefix, one of other users.

use crate::session::{Done, Outcome, Session};

pub fn run(session: &mut Session) -> Outcome {
    session.user()?;
    session.connection.put(b"* NAMESPACE ((\"\" \"/\")) ((\"/home/\" \"/\")) NIL\r\n");
    Ok(Done::text("NAMESPACE completed"))
}
