// SPDX-License-Identifier: AGPL-3.0-or-later
//! The AUTHORIZATION state: USER and PASS (RFC 1939 §7), AUTH PLAIN (RFC 5034), STLS (RFC 2595 §4).

use super::failure::{CREDENTIALS, Failure, PERMANENT, TEMPORARY, internal};
use super::{Outcome, Session, State};
use crate::command::{Command, Secret};
use crate::limits;
use crate::maildrop::{Maildrop, Settings};
use mailbox::Actor;
use net::{Line, NotPlain, Plain, Refusal};

impl Session {
    pub(super) async fn authorization(&mut self, command: Command) -> Outcome {
        let State::Authorization { name, .. } = &mut self.state else {
            return Err(Failure::plain("already logged in"));
        };
        match command {
            Command::Stls => self.stls().await,
            // RFC 6856 §2: messages are sent as they are anyway.
            Command::Utf8 => Ok("UTF8 it is".to_owned()),
            Command::Auth { mechanism: None, .. } => {
                let mechanism = if self.socket.is_private() { "PLAIN\r\n." } else { "." };
                self.ok("mechanisms follow");
                self.put(mechanism);
                Ok(String::new())
            }
            _ if !self.socket.is_private() => Err(Failure::coded(PERMANENT, "use STLS first")),
            Command::User(user) => {
                // The same answer whether there is such a name.
                *name = Some(user);
                Ok("password, please".to_owned())
            }
            Command::Pass(password) => match name.take() {
                Some(name) => self.log_in(name, password).await,
                None => Err(Failure::plain("USER first")),
            },
            Command::Auth { mechanism: Some(mechanism), initial } => self.auth(&mechanism, initial).await,
            _ => Err(Failure::plain("not now")),
        }
    }

    async fn stls(&mut self) -> Outcome {
        let Some(acceptor) = self.shared.config.tls.clone().filter(|_| !self.socket.is_tls()) else {
            return Err(Failure::plain("STLS is not possible now"));
        };
        self.ok("begin TLS negotiation");
        self.socket.flush().await?;
        self.socket.start_tls(&acceptor).await?;
        // RFC 2595 §4: what was said in the clear is forgotten.
        if let State::Authorization { name, .. } = &mut self.state {
            *name = None;
        }
        Ok(String::new())
    }

    async fn auth(&mut self, mechanism: &str, initial: Option<Secret>) -> Outcome {
        if mechanism != "PLAIN" {
            return Err(Failure::plain("mechanism not supported"));
        }
        let coded = match initial {
            // RFC 5034 §4: "=" is an empty response.
            Some(Secret(coded)) if coded == b"=" => Vec::new(),
            Some(Secret(coded)) => coded,
            None => {
                self.put("+ ");
                match self.wait().await? {
                    Line::Whole(line) => line,
                    Line::TooLong => return Err(Failure::plain("line too long")),
                }
            }
        };
        if coded == b"*" {
            return Err(Failure::plain("AUTH cancelled"));
        }
        let Plain { name, password } = Plain::decode(&coded).map_err(|error| match error {
            NotPlain::Base64 => Failure::plain("not base64"),
            NotPlain::Malformed => Failure::plain("not a PLAIN response"),
            NotPlain::SomebodyElse => Failure::coded(CREDENTIALS, "log in as yourself"),
        })?;
        self.log_in(name, Secret(password)).await
    }

    async fn log_in(&mut self, name: Vec<u8>, password: Secret) -> Outcome {
        let peer = self.socket.peer;
        let account = match self.shared.logins.check(&name, password.0, peer.ip()).await {
            Ok(account) => account,
            Err(Refusal::Wrong) => return self.failed(&name).await,
            Err(Refusal::Inactive) => return Err(Failure::coded(CREDENTIALS, "this account can't log in now")),
            Err(Refusal::Away) => return Err(Failure::coded(TEMPORARY, "try again later")),
            Err(Refusal::Internal(error)) => return Err(internal(&error)),
        };
        if account.attr("zimbraPop3Enabled") == Some("FALSE") {
            return Err(Failure::coded(PERMANENT, "POP3 is not enabled for this account"));
        }
        let quota = account.quota();
        let settings = Settings::of(&account);
        let id = account.id.clone();
        // An administrator reads nobody's mail over POP3.
        let actor = Actor { account: account.id, is_admin: false };
        let handle = self.shared.store.run(move |store| store.open_mailbox(&actor, &id, quota)).await??;
        let Some(lock) = self.shared.config.locks.take(handle.id()) else {
            return Err(Failure::coded(Some("IN-USE"), "another session has this mailbox open"));
        };
        let maildrop = Maildrop::open(handle, lock, settings).await?;
        let count = maildrop.entries.len();
        tracing::info!(target: "audit", protocol = "pop3", account = %account.name, %peer, tls = self.socket.is_tls(), "login");
        self.state = State::Transaction(maildrop);
        Ok(format!("{count} messages"))
    }

    /// The wait grows with each failure; the connection ends after some.
    async fn failed(&mut self, name: &[u8]) -> Outcome {
        let State::Authorization { failures, .. } = &mut self.state else {
            return Err(Failure::plain("already logged in"));
        };
        *failures += 1;
        let failures = *failures;
        let name = String::from_utf8_lossy(name);
        tracing::info!(account = %name, peer = %self.socket.peer, failures, "pop3 login failed");
        tokio::time::sleep(self.shared.config.login_failure_delay * failures).await;
        let text = "wrong name or password";
        let is_last = failures >= limits::LOGIN_FAILURES_MAX;
        Err(if is_last { Failure::end(CREDENTIALS, text) } else { Failure::coded(CREDENTIALS, text) })
    }
}
