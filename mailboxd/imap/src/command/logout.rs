// SPDX-License-Identifier: AGPL-3.0-or-later
//! LOGOUT (RFC 3501 §6.1.3).

use crate::session::{Done, Outcome, Session, State};
use crate::wire::encode::Status;

pub fn run(session: &mut Session) -> Outcome {
    super::close::forget(session);
    session.untagged(Status::Bye, None, "Logging out");
    session.state = State::Logout;
    Ok(Done::text("LOGOUT completed"))
}
