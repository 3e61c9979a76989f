// SPDX-License-Identifier: AGPL-3.0-or-later
//! The check of a name and password, or of a token, for every protocol of mail clients. Who guesses is slowed down by the
//! directory, over all protocols together; a flood of logins must not take every core.

use crate::oauth::{Bearer, Oauth};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use directory::{Account, Directory, Error};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Password checks that run at once; the others wait.
const CHECKS_MAX: usize = 4;
/// Tokens that are asked of at once. Not together with passwords: who is asked may be slow.
const ASKS_MAX: usize = 16;

pub struct Logins {
    directory: Directory,
    checks: Semaphore,
    asks: Semaphore,
    oauth: Option<Arc<Oauth>>,
}

/// Why nobody is logged in.
#[derive(Debug)]
pub enum Refusal {
    /// Name or password.
    Wrong,
    /// The password is right, and the account may not log in now.
    Inactive,
    /// The directory can't be asked.
    Away,
    /// Ours: to be logged.
    Internal(String),
}

impl Logins {
    pub fn new(directory: Directory) -> Logins {
        Logins { directory, checks: Semaphore::new(CHECKS_MAX), asks: Semaphore::new(ASKS_MAX), oauth: None }
    }

    /// Tokens are taken too, if there is somebody to ask of them.
    #[must_use]
    pub fn with_oauth(self, oauth: Option<Arc<Oauth>>) -> Logins {
        Logins { oauth, ..self }
    }

    pub fn oauth(&self) -> Option<&Oauth> {
        self.oauth.as_deref()
    }

    /// The account of a token, which must be the one that the client named, if it named one. Wrong ones slow down the address that
    /// they come from, as wrong passwords do.
    pub async fn check_token(&self, bearer: &Bearer, peer: IpAddr) -> Result<Account, Refusal> {
        let Some(oauth) = &self.oauth else { return Err(Refusal::Wrong) };
        let internal = |error: &dyn std::fmt::Display| Refusal::Internal(error.to_string());
        let named = bearer.user.clone().unwrap_or_default();
        let (directory, who) = (self.directory.clone(), named.clone());
        let slowed = move || directory.is_slowed(&who, Some(peer));
        if bearer.token.is_empty() || tokio::task::spawn_blocking(slowed).await.map_err(|e| internal(&e))? {
            return Err(Refusal::Wrong);
        }
        let name = match oauth.known(&bearer.token) {
            Some(name) => Some(name),
            None => {
                let _permit = self.asks.acquire().await.map_err(|e| internal(&e))?;
                oauth.ask(&bearer.token).await.map_err(|error| {
                    tracing::warn!(%error, "can't ask of a token");
                    Refusal::Away
                })?
            }
        };
        let directory = self.directory.clone();
        let vouched = move || match name {
            Some(name) => directory.vouched(&name, &named, Some(peer)),
            None => {
                directory.refused(&named, Some(peer));
                Err(Error::AuthFailed)
            }
        };
        judged(tokio::task::spawn_blocking(vouched).await.map_err(|e| internal(&e))?)
    }

    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Name and password as they came, which must be UTF-8.
    pub async fn check(&self, name: &[u8], password: Vec<u8>, peer: IpAddr) -> Result<Account, Refusal> {
        let (Ok(name), Ok(password)) = (str::from_utf8(name), String::from_utf8(password)) else {
            return Err(Refusal::Wrong);
        };
        let internal = |error: &dyn std::fmt::Display| Refusal::Internal(error.to_string());
        // Each check costs a slow hash.
        let _permit = self.checks.acquire().await.map_err(|e| internal(&e))?;
        let (directory, who) = (self.directory.clone(), name.to_owned());
        let check = move || directory.authenticate_from(&who, &password, Some(peer));
        judged(tokio::task::spawn_blocking(check).await.map_err(|e| internal(&e))?)
    }
}

fn judged(checked: directory::Result<Account>) -> Result<Account, Refusal> {
    match checked {
        Ok(account) => Ok(account),
        Err(Error::AuthFailed | Error::NoSuchAccount(_) | Error::Invalid { .. }) => Err(Refusal::Wrong),
        Err(Error::AccountInactive(_) | Error::ChangePassword) => Err(Refusal::Inactive),
        Err(error) => {
            tracing::warn!(%error, "login not possible");
            Err(Refusal::Away)
        }
    }
}

/// A response of the mechanism PLAIN (RFC 4616).
#[derive(PartialEq, Eq)]
pub struct Plain {
    pub name: Vec<u8>,
    pub password: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum NotPlain {
    Base64,
    Malformed,
    /// Acting for somebody else is not offered.
    SomebodyElse,
}

impl Plain {
    /// From base64.
    pub fn decode(coded: &[u8]) -> Result<Plain, NotPlain> {
        let plain = STANDARD.decode(coded).map_err(|_| NotPlain::Base64)?;
        let mut parts = plain.split(|b| *b == 0);
        let (Some(authorize), Some(authenticate), Some(password), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotPlain::Malformed);
        };
        if !authorize.is_empty() && !authorize.eq_ignore_ascii_case(authenticate) {
            return Err(NotPlain::SomebodyElse);
        }
        Ok(Plain { name: authenticate.to_vec(), password: password.to_vec() })
    }
}

impl std::fmt::Debug for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plain({})", String::from_utf8_lossy(&self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_response_has_three_parts() {
        let of = |text: &str| Plain::decode(STANDARD.encode(text).as_bytes());
        let plain = Plain { name: b"ann".to_vec(), password: b"geheim".to_vec() };
        assert_eq!(of("\0ann\0geheim"), Ok(plain));
        assert!(of("Ann\0ann\0geheim").is_ok());
        assert_eq!(of("bob\0ann\0geheim"), Err(NotPlain::SomebodyElse));
        assert_eq!(of("ann\0geheim"), Err(NotPlain::Malformed));
        assert_eq!(of("\0ann\0geh\0eim"), Err(NotPlain::Malformed));
        assert_eq!(Plain::decode(b"!"), Err(NotPlain::Base64));
        assert!(!format!("{:?}", of("\0ann\0geheim")).contains("geheim"));
    }
}
