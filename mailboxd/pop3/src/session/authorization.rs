// SPDX-License-Identifier: AGPL-3.0-or-later
//! The AUTHORIZATION state: USER and PASS (RFC 1939 §7), AUTH PLAIN (RFC 5034), by token (RFC 7628), STLS (RFC 2595 §4).

use super::failure::{CREDENTIALS, Failure, PERMANENT, TEMPORARY, internal};
use super::{Outcome, Session, State};
use crate::command::{Command, Secret};
use crate::limits;
use crate::maildrop::{Maildrop, Settings};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use directory::Account;
use mailbox::Actor;
use net::oauth::{Bearer, NotBearer};
use net::{Line, NotPlain, Plain, Refusal};

const WRONG: &str = "wrong name or password";

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
                self.ok("mechanisms follow");
                if self.socket.is_private() {
                    self.mechanisms().split(' ').for_each(|mechanism| self.put(mechanism));
                }
                self.put(".");
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

    pub(super) fn mechanisms(&self) -> &'static str {
        if self.shared.logins.oauth().is_some() { "PLAIN OAUTHBEARER XOAUTH2" } else { "PLAIN" }
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
        let takes_tokens = self.shared.logins.oauth().is_some();
        let decode: fn(&[u8]) -> Result<Bearer, NotBearer> = match mechanism {
            "PLAIN" => return self.plain(initial).await,
            "OAUTHBEARER" if takes_tokens => Bearer::oauthbearer,
            "XOAUTH2" if takes_tokens => Bearer::xoauth2,
            _ => return Err(Failure::plain("mechanism not supported")),
        };
        let coded = self.response(initial).await?;
        let bearer = decode(&coded).map_err(|error| match error {
            NotBearer::Base64 => Failure::plain("not base64"),
            NotBearer::Malformed => Failure::plain("not a response with a token"),
        })?;
        Box::pin(self.token(bearer)).await
    }

    async fn token(&mut self, bearer: Bearer) -> Outcome {
        match self.shared.logins.check_token(&bearer, self.socket.peer.ip()).await {
            Ok(account) => self.enter(account).await,
            Err(Refusal::Wrong) => {
                // RFC 7628 §3.2.3: the reason is a challenge, to which the client answers with nothing before this fails.
                let challenge = self.shared.logins.oauth().map(|oauth| STANDARD.encode(oauth.challenge()));
                self.put(&format!("+ {}", challenge.unwrap_or_default()));
                let _nothing = self.wait().await?;
                self.failed(bearer.user.unwrap_or_default().as_bytes()).await
            }
            Err(refusal) => Err(refused(refusal)),
        }
    }

    /// The client's first response, which it may have sent with the command.
    async fn response(&mut self, initial: Option<Secret>) -> Result<Vec<u8>, Failure> {
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
        if coded == b"*" { Err(Failure::plain("AUTH cancelled")) } else { Ok(coded) }
    }

    async fn plain(&mut self, initial: Option<Secret>) -> Outcome {
        let coded = self.response(initial).await?;
        let Plain { name, password } = Plain::decode(&coded).map_err(|error| match error {
            NotPlain::Base64 => Failure::plain("not base64"),
            NotPlain::Malformed => Failure::plain("not a PLAIN response"),
            NotPlain::SomebodyElse => Failure::coded(CREDENTIALS, "log in as yourself"),
        })?;
        self.log_in(name, Secret(password)).await
    }

    async fn log_in(&mut self, name: Vec<u8>, password: Secret) -> Outcome {
        match self.shared.logins.check(&name, password.0, self.socket.peer.ip()).await {
            Ok(account) => self.enter(account).await,
            Err(Refusal::Wrong) => self.failed(&name).await,
            Err(refusal) => Err(refused(refusal)),
        }
    }

    /// The account has shown who it is.
    async fn enter(&mut self, account: Account) -> Outcome {
        let peer = self.socket.peer;
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
        let text = WRONG;
        let is_last = failures >= limits::LOGIN_FAILURES_MAX;
        Err(if is_last { Failure::end(CREDENTIALS, text) } else { Failure::coded(CREDENTIALS, text) })
    }
}

/// What is wrong is to be counted by [`Session::failed`].
fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Wrong => Failure::coded(CREDENTIALS, WRONG),
        Refusal::Inactive => Failure::coded(CREDENTIALS, "this account can't log in now"),
        Refusal::Away => Failure::coded(TEMPORARY, "try again later"),
        Refusal::Internal(error) => internal(&error),
    }
}
