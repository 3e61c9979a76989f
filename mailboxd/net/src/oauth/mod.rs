// SPDX-License-Identifier: AGPL-3.0-or-later
//! Logins by OAuth token: whether one is valid, and whose it is, says the server that gave it (token introspection, RFC 7662).
//!
//! What it said is remembered for a short time, by the token's digest; that a token is not valid is never remembered. The
//! account must be here, and be allowed to log in, as after a password.

mod bearer;
mod endpoint;

pub use bearer::{Bearer, NotBearer};
pub use endpoint::Error;

use endpoint::Endpoint;
use lru::LruCache;
use parking_lot::Mutex;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Tokens that are remembered.
const KNOWN_MAX: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9_999);
/// Longest time for which one is. A token that is taken back is refused after it.
pub const CACHE_MAX: Duration = Duration::from_secs(300);

/// What the administrator says of the server.
#[derive(Clone)]
pub struct Config {
    /// Of its introspection: https, or http on this machine.
    pub introspection_url: String,
    pub client_id: String,
    pub client_secret: String,
    /// The claim that names the account: `username`, `email` …
    pub account_claim: String,
    /// A token without it is refused.
    pub scope: Option<String>,
    /// At most [`CACHE_MAX`].
    pub cache: Duration,
    /// PEM certificates that are trusted instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Where clients find out how to get a token (RFC 7628 §3.2.2).
    pub openid_configuration: Option<String>,
}

pub struct Oauth {
    config: Config,
    endpoint: Endpoint,
    known: Mutex<LruCache<[u8; 32], Known>>,
}

struct Known {
    name: String,
    until: Instant,
}

impl Oauth {
    pub fn new(config: Config) -> Result<Oauth, Error> {
        let endpoint = Endpoint::new(&config)?;
        Ok(Oauth { config, endpoint, known: Mutex::new(LruCache::new(KNOWN_MAX)) })
    }

    /// The name that a token stands for, if it was said lately.
    pub fn known(&self, token: &str) -> Option<String> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        let now = Instant::now();
        self.known.lock().get(&digest).filter(|known| known.until > now).map(|known| known.name.clone())
    }

    /// The name that a token stands for; `None`: it is not valid here. An error says nothing of the token.
    pub async fn ask(&self, token: &str) -> Result<Option<String>, Error> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        let now = Instant::now();
        let answer = self.endpoint.introspect(token).await?;
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let Some((name, life)) = self.judge(&answer, since_1970.as_secs()) else {
            self.known.lock().pop(&digest);
            return Ok(None);
        };
        let until = now + life.min(self.config.cache).min(CACHE_MAX);
        self.known.lock().put(digest, Known { name: name.clone(), until });
        Ok(Some(name))
    }

    /// RFC 7662 §2.2: the name, and for how long the token is valid at least.
    fn judge(&self, answer: &Value, now_s: u64) -> Option<(String, Duration)> {
        if answer.get("active") != Some(&Value::Bool(true)) {
            return None;
        }
        if let Some(wanted) = &self.config.scope {
            let given = answer.get("scope").and_then(Value::as_str).unwrap_or_default();
            given.split(' ').find(|scope| scope == wanted)?;
        }
        let life = match answer.get("exp") {
            // Some servers write it with a fraction.
            Some(exp) => exp.as_u64().or_else(|| exp.as_f64().map(|s| s.max(0.0) as u64))?.checked_sub(now_s)?,
            None => CACHE_MAX.as_secs(),
        };
        let name = answer.get(&self.config.account_claim).and_then(Value::as_str).filter(|name| !name.is_empty())?;
        Some((name.to_owned(), Duration::from_secs(life)))
    }

    /// What a client whose token is not valid is told (RFC 7628 §3.2.2): JSON.
    pub fn challenge(&self) -> String {
        let mut challenge = serde_json::json!({ "status": "invalid_token", "schemes": "bearer" });
        let more = [("scope", &self.config.scope), ("openid-configuration", &self.config.openid_configuration)];
        for (name, value) in more {
            if let Some(value) = value {
                challenge[name] = value.as_str().into();
            }
        }
        challenge.to_string()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn oauth(scope: Option<&str>) -> Oauth {
        Oauth::new(Config {
            introspection_url: "http://127.0.0.1:1/introspect".into(),
            client_id: "mail".into(),
            client_secret: "geheim".into(),
            account_claim: "email".into(),
            scope: scope.map(str::to_owned),
            cache: Duration::from_secs(60),
            ca_file: None,
            openid_configuration: None,
        })
        .unwrap()
    }

    #[test]
    fn only_an_active_token_with_the_scope_and_a_name_is_one() {
        let name = |scope, answer: Value| oauth(scope).judge(&answer, 1_000).map(|(name, life)| (name, life.as_secs()));
        let ann = |life| Some(("ann@x".to_owned(), life));
        assert_eq!(name(None, json!({"active": true, "email": "ann@x", "exp": 1_020})), ann(20));
        assert_eq!(name(None, json!({"active": true, "email": "ann@x"})), ann(300));
        assert_eq!(name(Some("imap"), json!({"active": true, "email": "ann@x", "scope": "openid imap"})), ann(300));
        for bad in [
            json!({"active": false, "email": "ann@x"}),
            json!({"active": "true", "email": "ann@x"}),
            json!({"email": "ann@x"}),
            json!({"active": true, "email": "ann@x", "exp": 999}),
            json!({"active": true, "email": "ann@x", "exp": "soon"}),
            json!({"active": true, "username": "ann@x"}),
            json!({"active": true, "email": ""}),
            json!([true]),
        ] {
            assert_eq!(name(None, bad.clone()), None, "{bad}");
        }
        assert_eq!(name(Some("imap"), json!({"active": true, "email": "ann@x", "scope": "imaps"})), None);
    }

    #[test]
    fn a_challenge_is_json() {
        let challenge: Value = serde_json::from_str(&oauth(Some("imap")).challenge()).unwrap();
        assert_eq!(challenge, json!({"status": "invalid_token", "schemes": "bearer", "scope": "imap"}));
    }
}
