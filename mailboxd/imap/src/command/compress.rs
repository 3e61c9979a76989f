// SPDX-License-Identifier: AGPL-3.0-or-later
//! COMPRESS (RFC 4978 §3).

use crate::session::failure::Failure;
use crate::session::{Done, Outcome, Session, Starting};

/// The tagged answer is the last thing that is not compressed: see `Session::command`.
pub fn run(session: &mut Session, algorithm: &str) -> Outcome {
    if algorithm != "DEFLATE" {
        return Err(Failure::bad("the only algorithm is DEFLATE"));
    }
    if session.connection.is_deflate() {
        return Err(Failure::no("COMPRESSIONACTIVE", "this connection is compressed already"));
    }
    session.starting = Some(Starting::Deflate);
    Ok(Done::text("DEFLATE active"))
}
