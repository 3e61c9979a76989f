// SPDX-License-Identifier: AGPL-3.0-or-later
//! AUTHENTICATE PLAIN (RFC 3501 §6.2.2, RFC 4616), with an initial response (RFC 4959).

use super::login;
use crate::session::failure::Failure;
use crate::session::{self, Outcome, Session};
use crate::wire::command::Secret;
use net::{NotPlain, Plain};

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
    let Plain { name, password } = Plain::decode(&coded).map_err(|error| match error {
        NotPlain::Base64 => Failure::bad("not base64"),
        NotPlain::Malformed => Failure::bad("not a PLAIN response"),
        NotPlain::SomebodyElse => Failure::no("AUTHORIZATIONFAILED", "log in as yourself"),
    })?;
    login::log_in(session, name, Secret(password)).await
}
