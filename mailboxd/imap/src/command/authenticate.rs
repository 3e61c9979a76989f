// SPDX-License-Identifier: AGPL-3.0-or-later
//! AUTHENTICATE PLAIN (RFC 3501 §6.2.2, RFC 4616), with an initial response (RFC 4959).

use super::login;
use crate::session::failure::Failure;
use crate::session::{self, Outcome, Session};
use crate::wire::command::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub async fn run(session: &mut Session, mechanism: &str, initial: Option<Secret>) -> Outcome {
    login::must_be_new(session)?;
    if mechanism != "PLAIN" {
        return Err(Failure::no("CANNOT", "mechanism not supported"));
    }
    let coded = match initial {
        // RFC 4959 §3: "=" is an empty response.
        Some(Secret(coded)) if coded == b"=" => Vec::new(),
        Some(Secret(coded)) => coded,
        None => {
            session.connection.put(b"+ \r\n");
            session::line(session).await?
        }
    };
    if coded == b"*" {
        return Err(Failure::bad("AUTHENTICATE cancelled"));
    }
    let plain = STANDARD.decode(&coded).map_err(|_| Failure::bad("not base64"))?;
    let mut parts = plain.split(|b| *b == 0);
    let (Some(authorize), Some(authenticate), Some(password), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Failure::bad("not a PLAIN response"));
    };
    // Acting for somebody else is not offered.
    if !authorize.is_empty() && !authorize.eq_ignore_ascii_case(authenticate) {
        return Err(Failure::no("AUTHORIZATIONFAILED", "log in as yourself"));
    }
    login::log_in(session, authenticate.to_vec(), Secret(password.to_vec())).await
}
