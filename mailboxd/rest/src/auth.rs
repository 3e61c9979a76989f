// SPDX-License-Identifier: AGPL-3.0-or-later
//! Who asks: cookie, HTTP Basic, or a token in the query.

use crate::State;
use crate::answer::{HTTP_DATE, Refusal, Stamp};
use crate::query::Query;
use crate::raw::Range;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use directory::token::{self, TokenError};
use directory::{Account, Error};
use mailbox::Actor;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::time::{SystemTime, UNIX_EPOCH};

pub struct Caller {
    pub account: Account,
    pub actor: Actor,
}

/// What a request shows of its sender.
pub struct Shown {
    headers: HeaderMap,
    peer: Option<IpAddr>,
}

impl<S: Sync> FromRequestParts<S> for Shown {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Shown, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Ok(Shown { headers: parts.headers.clone(), peer })
    }
}

impl Shown {
    /// Whether it shows anything to know its sender by.
    pub fn has_credentials(&self, query: &Query) -> bool {
        cookie(&self.headers).is_some() || basic(&self.headers).is_some() || query.token.is_some()
    }

    fn text(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the client has this already (RFC 9110 §13.1.2, §13.1.3): a time counts only where no tag is shown.
    pub fn has(&self, stamp: &Stamp) -> bool {
        match self.text(&header::IF_NONE_MATCH) {
            Some(tags) => {
                tags.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == stamp.tag || one == "*")
            }
            None => match (self.text(&header::IF_MODIFIED_SINCE).and_then(seconds), stamp.changed_ms) {
                (Some(since), Some(changed_ms)) => changed_ms.div_euclid(1000) <= since,
                _ => false,
            },
        }
    }

    /// What is asked for of a thing; all of it, if the client has a part of another one (RFC 9110 §13.1.5). Times are too coarse
    /// for that.
    pub fn range(&self, stamp: &Stamp) -> Option<Range> {
        if self.text(&header::IF_RANGE).is_some_and(|known| known.trim() != stamp.tag) {
            return None;
        }
        Range::parse(self.text(&header::RANGE)?)
    }
}

/// Seconds since 1970 of a date (RFC 9110 §5.6.7).
fn seconds(date: &str) -> Option<i64> {
    chrono::NaiveDateTime::parse_from_str(date.trim(), HTTP_DATE).ok().map(|time| time.and_utc().timestamp())
}

const COOKIES: [&str; 2] = ["ZM_AUTH_TOKEN", "ZM_ADMIN_AUTH_TOKEN"];
const CREDENTIALS_BYTES_MAX: usize = 2048;

/// The first way that the client uses decides: a wrong cookie is not made up for by a right password.
pub async fn caller(state: &State, query: &Query, shown: &Shown) -> Result<Caller, Refusal> {
    let headers = &shown.headers;
    for way in &query.auth {
        match way.as_str() {
            "co" => {
                if let Some(token) = cookie(headers) {
                    return by_token(state, token);
                }
            }
            "qp" => {
                if let Some(token) = &query.token {
                    return by_token(state, token);
                }
            }
            "ba" | "nsc" | "sc" => {
                if let Some(credentials) = basic(headers) {
                    return by_password(state, credentials, shown.peer).await;
                }
            }
            _ => {}
        }
    }
    Err(Refusal::Unauthorized)
}

/// Who shows a token of the admin API, and still is an administrator.
pub fn administrator(state: &State, shown: &Shown) -> Result<Account, Refusal> {
    let token = named_cookie(&shown.headers, COOKIES[1]).ok_or(Refusal::Unauthorized)?;
    match token::authenticate(&state.directory, token, now_ms()) {
        Ok((account, claims)) if claims.admin && (account.is_admin || account.is_delegated_admin()) => Ok(account),
        Ok(_) => Err(Refusal::Forbidden),
        Err(TokenError::Directory(error)) => Err(Refusal::ours(error)),
        Err(_) => Err(Refusal::Unauthorized),
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    COOKIES.iter().find_map(|name| named_cookie(headers, name))
}

fn named_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let values = headers.get_all(header::COOKIE);
    let texts = values.iter().filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, value)| *key == name && !value.is_empty()).map(|pair| pair.1)
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn by_token(state: &State, token: &str) -> Result<Caller, Refusal> {
    match token::authenticate(&state.directory, token, now_ms()) {
        Ok((account, claims)) => {
            let actor = Actor { account: account.id.clone(), is_admin: claims.admin && account.is_admin };
            Ok(Caller { account, actor })
        }
        Err(TokenError::Directory(error)) => Err(Refusal::ours(error)),
        Err(_) => Err(Refusal::Unauthorized),
    }
}

/// RFC 7617 §2
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > CREDENTIALS_BYTES_MAX {
        return None;
    }
    let decoded = String::from_utf8(BASE64.decode(encoded.trim()).ok()?).ok()?;
    let (name, password) = decoded.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

async fn by_password(
    state: &State,
    (name, password): (String, String),
    peer: Option<IpAddr>,
) -> Result<Caller, Refusal> {
    let directory = state.directory.clone();
    let _turn = state.decoding.acquire().await.map_err(Refusal::ours)?;
    let done = tokio::task::spawn_blocking(move || directory.authenticate_from(&name, &password, peer)).await;
    match done.map_err(Refusal::ours)? {
        // A password never makes an administrator here: that takes an admin token.
        Ok(account) => Ok(Caller { actor: Actor { account: account.id.clone(), is_admin: false }, account }),
        Err(Error::Unavailable(why)) => Err(Refusal::ours(why)),
        Err(_) => Err(Refusal::Unauthorized),
    }
}
