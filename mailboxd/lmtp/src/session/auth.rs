// SPDX-License-Identifier: AGPL-3.0-or-later
//! AUTH PLAIN (RFC 4616) and LOGIN, on submission.

use super::{Next, Session};
use crate::backend::Backend;
use crate::config::Role;
use crate::reply::{self, Reply};
use crate::wire::Line;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io;

const CANCELLED: Reply = Reply::new(501, "5.7.0", "Authentication cancelled");
const MALFORMED: Reply = Reply::new(501, "5.5.2", "Malformed response");

struct Credentials {
    name: String,
    password: String,
}

impl<B: Backend> Session<B> {
    pub(super) async fn auth(&mut self, mechanism: &str, initial: Option<&str>) -> io::Result<Next> {
        if self.config.role != Role::Submission {
            return Ok(self.refuse(Reply::new(502, "5.5.1", "Not offered here")));
        }
        let extended = self.hello.as_ref().is_some_and(|h| h.extended);
        if !extended || self.account.is_some() || self.transaction.is_some() {
            return Ok(self.refuse(reply::SEQUENCE));
        }
        if !self.may_authenticate() {
            return Ok(self.refuse(Reply::new(538, "5.7.11", "Encryption is needed: STARTTLS first")));
        }
        let credentials = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => self.plain(initial).await?,
            "LOGIN" => self.login(initial).await?,
            _ => Err(Reply::new(504, "5.5.4", "Mechanism is not offered")),
        };
        let credentials = match credentials {
            Ok(credentials) => credentials,
            Err(reply) => return Ok(self.refuse(reply)),
        };
        match self.backend.authenticate(credentials.name, credentials.password, self.peer).await {
            Ok(account) => {
                tracing::info!(target: "audit", protocol = "submission", account = account.name, peer = ?self.peer, "login");
                self.account = Some(account);
                Ok(self.accept(&Reply::new(235, "2.7.0", "Welcome")))
            }
            Err(reply) => {
                self.auth_failures += 1;
                if self.auth_failures < self.config.limits.auth_failures_max {
                    return Ok(self.refuse(reply));
                }
                self.reply(&reply);
                self.reply(&Reply::new(421, "4.7.0", "Too many failed logins"));
                Ok(Next::Close)
            }
        }
    }

    /// RFC 4616: authorization id, NUL, name, NUL, password.
    async fn plain(&mut self, initial: Option<&str>) -> io::Result<Result<Credentials, Reply>> {
        let response = match initial {
            Some(initial) => decode(initial.as_bytes()),
            None => self.challenge("").await?,
        };
        Ok(response.and_then(|text| {
            let mut fields = text.split('\0');
            match (fields.next(), fields.next(), fields.next(), fields.next()) {
                // Nobody acts for somebody else here.
                (Some(other), Some(name), _, _) if !other.is_empty() && !other.eq_ignore_ascii_case(name) => {
                    Err(Reply::new(535, "5.7.8", "Acting for another account is not offered"))
                }
                (Some(_), Some(name), Some(password), None) => {
                    Ok(Credentials { name: name.to_string(), password: password.to_string() })
                }
                _ => Err(MALFORMED),
            }
        }))
    }

    async fn login(&mut self, initial: Option<&str>) -> io::Result<Result<Credentials, Reply>> {
        let name = match initial {
            Some(initial) => decode(initial.as_bytes()),
            None => self.challenge("VXNlcm5hbWU6").await?,
        };
        let name = match name {
            Ok(name) => name,
            Err(reply) => return Ok(Err(reply)),
        };
        let password = self.challenge("UGFzc3dvcmQ6").await?;
        Ok(password.map(|password| Credentials { name, password }))
    }

    async fn challenge(&mut self, text: &'static str) -> io::Result<Result<String, Reply>> {
        self.reply(&Reply::new(334, "", text));
        Ok(match self.wire.line().await? {
            Line::Whole(line) if &line[..] == b"*" => Err(CANCELLED),
            Line::Whole(line) => decode(&line),
            Line::End => return Err(io::ErrorKind::UnexpectedEof.into()),
            Line::TooLong | Line::BareLf => Err(MALFORMED),
        })
    }
}

/// RFC 4954 §4: "=" is an empty response.
fn decode(response: &[u8]) -> Result<String, Reply> {
    if response == b"=" {
        return Ok(String::new());
    }
    let bytes = STANDARD.decode(response).map_err(|_| MALFORMED)?;
    String::from_utf8(bytes).map_err(|_| MALFORMED)
}
