// SPDX-License-Identifier: AGPL-3.0-or-later
//! AUTHENTICATE (RFC 3501 §6.2.2) by PLAIN (RFC 4616) or, where it is set up, by OAuth token (OAUTHBEARER, RFC 7628; XOAUTH2),
//! with an initial response (RFC 4959).

use super::login;
use crate::session::failure::Failure;
use crate::session::{self, Outcome, Session};
use crate::wire::command::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use net::oauth::{Bearer, NotBearer};
use net::{NotPlain, Plain, Refusal};

pub async fn run(session: &mut Session, mechanism: &str, initial: Option<Secret>) -> Outcome {
    login::must_be_new(session)?;
    let takes_tokens = session.shared.logins.oauth().is_some();
    let decode: fn(&[u8]) -> Result<Bearer, NotBearer> = match mechanism {
        "PLAIN" => return plain(session, initial).await,
        "OAUTHBEARER" if takes_tokens => Bearer::oauthbearer,
        "XOAUTH2" if takes_tokens => Bearer::xoauth2,
        _ => return Err(Failure::no("CANNOT", "mechanism not supported")),
    };
    let coded = response(session, initial).await?;
    let bearer = decode(&coded).map_err(|error| match error {
        NotBearer::Base64 => Failure::bad("not base64"),
        NotBearer::Malformed => Failure::bad("not a response with a token"),
    })?;
    token(session, bearer).await
}

/// The client's first response, which it may have sent with the command.
async fn response(session: &mut Session, initial: Option<Secret>) -> Result<Vec<u8>, Failure> {
    let coded = match initial {
        // RFC 4959 §3: "=" is an empty response.
        Some(Secret(coded)) if coded == b"=" => Vec::new(),
        Some(Secret(coded)) => coded,
        None => {
            session.connection.put(b"+ \r\n");
            session::line(session).await?
        }
    };
    if coded == b"*" { Err(Failure::bad("AUTHENTICATE cancelled")) } else { Ok(coded) }
}

async fn plain(session: &mut Session, initial: Option<Secret>) -> Outcome {
    let coded = response(session, initial).await?;
    let Plain { name, password } = Plain::decode(&coded).map_err(|error| match error {
        NotPlain::Base64 => Failure::bad("not base64"),
        NotPlain::Malformed => Failure::bad("not a PLAIN response"),
        NotPlain::SomebodyElse => Failure::no("AUTHORIZATIONFAILED", "log in as yourself"),
    })?;
    login::log_in(session, name, Secret(password)).await
}

async fn token(session: &mut Session, bearer: Bearer) -> Outcome {
    let peer = session.connection.peer.ip();
    match session.shared.logins.check_token(&bearer, peer).await {
        Ok(account) => login::enter(session, account).await,
        Err(Refusal::Wrong) => {
            // RFC 7628 §3.2.3: the reason comes as a challenge, to which the client answers with nothing (or cancels) before
            // the exchange fails.
            let challenge = session.shared.logins.oauth().map(|oauth| STANDARD.encode(oauth.challenge()));
            session.connection.put(format!("+ {}\r\n", challenge.unwrap_or_default()).as_bytes());
            let _nothing = session::line(session).await?;
            login::failed(session, bearer.user.as_deref().unwrap_or("?")).await
        }
        Err(refusal) => Err(login::refused(refusal)),
    }
}
