// SPDX-License-Identifier: AGPL-3.0-or-later
//! AUTHENTICATE PLAIN (RFC 5804 §2.1, RFC 4616), STARTTLS (§2.2), UNAUTHENTICATE (§2.14).

use super::failure::{Failure, internal};
use super::{Outcome, Session, State, done};
use crate::limits;
use crate::wire::{self, Argument};
use mailbox::Actor;
use net::{NotPlain, Plain, Refusal};
use tokio::time::Instant;

impl Session {
    pub(super) async fn start_tls(&mut self) -> Outcome {
        let is_new = matches!(self.state, State::NotAuthenticated { .. });
        let Some(acceptor) = self.shared.config.tls.clone().filter(|_| is_new && !self.socket.is_tls()) else {
            return Err(Failure::no("", "STARTTLS is not possible now"));
        };
        self.answer("OK", "", "begin TLS negotiation");
        self.socket.flush().await?;
        self.socket.start_tls(&acceptor).await?;
        // RFC 5804 §2.2: what is offered inside is said again.
        self.capabilities();
        done("TLS negotiation successful")
    }

    pub(super) fn unauthenticate(&mut self) -> Outcome {
        if !matches!(self.state, State::Authenticated { .. }) {
            return Err(Failure::no("", "nobody is logged in"));
        }
        self.state = State::NotAuthenticated { failures: 0 };
        self.login_until = Instant::now() + limits::LOGIN_TIMEOUT;
        done("nobody is logged in any more")
    }

    pub(super) async fn authenticate(&mut self, arguments: Vec<Argument>) -> Outcome {
        if !matches!(self.state, State::NotAuthenticated { .. }) {
            return Err(Failure::no("", "already logged in"));
        }
        if !self.socket.is_private() {
            return Err(Failure::no("ENCRYPT-NEEDED", "use STARTTLS first"));
        }
        let coded = match arguments.as_slice() {
            [Argument::Text(mechanism), rest @ ..] if mechanism.eq_ignore_ascii_case(b"PLAIN") => match rest {
                [Argument::Text(initial)] => initial.clone(),
                [] => self.response().await?,
                _ => return Err(Failure::no("", "too many arguments")),
            },
            [Argument::Text(_), ..] => return Err(Failure::no("", "mechanism not supported")),
            _ => return Err(Failure::no("", "the name of a mechanism, please")),
        };
        if coded == b"*" {
            return Err(Failure::no("", "AUTHENTICATE cancelled"));
        }
        let Plain { name, password } = Plain::decode(&coded).map_err(|error| match error {
            NotPlain::Base64 => Failure::no("", "not base64"),
            NotPlain::Malformed => Failure::no("", "not a PLAIN response"),
            NotPlain::SomebodyElse => Failure::no("", "log in as yourself"),
        })?;
        self.log_in(name, password).await
    }

    /// An empty challenge, and the client's string.
    async fn response(&mut self) -> Result<Vec<u8>, Failure> {
        let mut out = Vec::new();
        wire::string(&mut out, b"");
        out.extend_from_slice(b"\r\n");
        self.socket.put(&out);
        match Box::pin(self.arguments()).await?.as_slice() {
            [Argument::Text(text)] => Ok(text.clone()),
            _ => Err(Failure::no("", "a string, please")),
        }
    }

    async fn log_in(&mut self, name: Vec<u8>, password: Vec<u8>) -> Outcome {
        let peer = self.socket.peer;
        let account = match self.shared.logins.check(&name, password, peer.ip()).await {
            Ok(account) => account,
            Err(Refusal::Wrong) => return self.failed(&name).await,
            Err(Refusal::Inactive) => return Err(Failure::no("", "this account can't log in now")),
            Err(Refusal::Away) => return Err(Failure::no("TRYLATER", "try again later")),
            Err(Refusal::Internal(error)) => return Err(internal(&error)),
        };
        let (quota, id) = (account.quota(), account.id.clone());
        // An administrator has nobody's scripts but its own here.
        let actor = Actor { account: account.id, is_admin: false };
        let handle = self.shared.store.run(move |store| store.open_mailbox(&actor, &id, quota)).await??;
        tracing::info!(target: "audit", protocol = "managesieve", account = %account.name, %peer, tls = self.socket.is_tls(), "login");
        self.state = State::Authenticated { handle, owner: account.name };
        done("logged in")
    }

    /// The wait grows with each failure; the connection ends after some.
    async fn failed(&mut self, name: &[u8]) -> Outcome {
        let State::NotAuthenticated { failures } = &mut self.state else {
            return Err(Failure::no("", "already logged in"));
        };
        *failures += 1;
        let failures = *failures;
        let name = String::from_utf8_lossy(name);
        tracing::info!(account = %name, peer = %self.socket.peer, failures, "managesieve login failed");
        tokio::time::sleep(self.shared.config.login_failure_delay * failures).await;
        let text = "wrong name or password";
        Err(if failures >= limits::LOGIN_FAILURES_MAX { Failure::bye("", text) } else { Failure::no("", text) })
    }
}
