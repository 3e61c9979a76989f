// SPDX-License-Identifier: AGPL-3.0-or-later
//! STARTTLS (RFC 3501 §6.2.1).

use crate::session::failure::Failure;
use crate::session::{Done, Outcome, Session, Starting, State};

/// The answer goes out before the handshake, so this writes it itself and ends with what is said inside TLS: nothing.
pub async fn run(session: &mut Session) -> Outcome {
    // RFC 4978 §3 has TLS below the compression: who wants both begins with TLS.
    if !matches!(session.state, State::NotAuthenticated { .. })
        || session.connection.is_tls()
        || session.connection.is_deflate()
    {
        return Err(Failure::bad("STARTTLS is not possible now"));
    }
    if session.shared.config.tls.is_none() {
        return Err(Failure::bad("STARTTLS is not offered"));
    }
    // The session layer shakes hands once the tagged OK is out: see `Session::command`.
    session.starting = Some(Starting::Tls);
    Ok(Done::text("Begin TLS negotiation now"))
}
