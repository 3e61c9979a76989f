// SPDX-License-Identifier: AGPL-3.0-or-later
//! What browsers ask:
//!
//!     POST /api/unlock    {"code": …}      sets the session's cookie; answers {"csrf": …}
//!     GET  /api/session                    {"csrf": …}, for a page that was loaded again
//!     GET  /api/facts|progress|draft       and /api/log/STEP
//!     POST /api/check|start|repeat|keep-draft|dns|confirm-network
//!
//! A GET changes nothing. A POST must carry the CSRF token, which only a page that read an answer of ours has.

use super::ask::ask;
use super::assets;
use super::connection::Answer;
use crate::state::StateDir;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, HeaderName, HeaderValue, LOCATION,
    REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Map, Value, json};
use std::rc::Rc;
use std::time::Duration;

/// Answers with a chain of certificates; the supervisor's own limit is a little above.
const BODY_BYTES_MAX: usize = 200 << 10;
const BODY_THROWN_AWAY_MAX: usize = 2 << 20;
const BODY_READ_MAX: Duration = Duration::from_secs(15);
/// `__Host-`: from this host, over TLS, for every path (RFC 6265bis §4.1.3.2).
const COOKIE_NAME: &str = "__Host-posthouse-setup";
const CSRF: &str = "x-posthouse-csrf";
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

pub async fn answer(state: Rc<StateDir>, request: Request<Incoming>) -> Answer {
    let path = request.uri().path().to_owned();
    let Some(verb) = path.strip_prefix("/api/") else {
        return match *request.method() {
            Method::GET | Method::HEAD => assets::serve(&path).await,
            _ => refuse(StatusCode::METHOD_NOT_ALLOWED, "method", "only GET"),
        };
    };
    let token = cookie(request.headers().get(COOKIE));
    let csrf = request.headers().get(CSRF).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let is_post = *request.method() == Method::POST;
    let (asks, body) = match (request.method(), verb) {
        (&Method::GET, "session") => return session(ask(&state, &json!({"session": token})).await, false),
        (&Method::GET, "facts" | "progress" | "draft") => (verb, Map::new()),
        (&Method::GET, log) if log.starts_with("log/") => {
            ("log", Map::from_iter([("step".to_owned(), log.trim_start_matches("log/").into())]))
        }
        (&Method::POST, "unlock" | "check" | "start" | "repeat" | "keep-draft" | "dns" | "confirm-network") => {
            match body(request).await {
                Ok(body) => (verb, body),
                Err(refused) => return refused,
            }
        }
        (&Method::GET | &Method::POST, _) => {
            return refuse(StatusCode::NOT_FOUND, "not-found", "there is no such thing");
        }
        _ => return refuse(StatusCode::METHOD_NOT_ALLOWED, "method", "only GET and POST"),
    };
    if asks == "unlock" {
        let code = body.get("code").and_then(Value::as_str).unwrap_or_default();
        return session(ask(&state, &json!({"unlock": code})).await, true);
    }
    if is_post && csrf.is_none() {
        return refuse(StatusCode::FORBIDDEN, "no-session", "this request does not come from the set-up page");
    }
    let mut request = body;
    request.insert("ask".to_owned(), asks.into());
    plain(ask(&state, &json!({"token": token, "csrf": csrf, "request": request})).await)
}

/// To the page, for whoever typed an address without https.
pub fn redirect(request: Request<Incoming>, port: u16) -> impl Future<Output = Answer> + 'static {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    // Without its port; an IPv6 address has colons within brackets.
    let end = host.rfind(':').filter(|at| !host[*at..].contains(']')).unwrap_or(host.len());
    let host = &host[..end];
    let is_name = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.[]:".contains(&b));
    let port = if port == 443 { String::new() } else { format!(":{port}") };
    let answer = if request.uri().path() == "/readyz" {
        data(StatusCode::OK, &json!({"ok": true}))
    } else if is_name && let Ok(target) = HeaderValue::from_str(&format!("https://{host}{port}/")) {
        // Not to be remembered: another server is here tomorrow.
        let mut answer = data(StatusCode::TEMPORARY_REDIRECT, &json!({}));
        answer.headers_mut().insert(LOCATION, target);
        answer
    } else {
        refuse(StatusCode::BAD_REQUEST, "host", "which host?")
    };
    async { answer }
}

fn cookie(header: Option<&HeaderValue>) -> String {
    let text = header.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let pairs = text.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value.to_owned()).next().unwrap_or_default()
}

async fn body(request: Request<Incoming>) -> Result<Map<String, Value>, Answer> {
    // A form of another site can't send this type without being asked for (Fetch §3.2.2).
    let is_json =
        request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !is_json {
        return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "type", "send application/json"));
    }
    let Ok(read) = tokio::time::timeout(BODY_READ_MAX, read(request.into_body())).await else {
        return Err(refuse(StatusCode::REQUEST_TIMEOUT, "slow", "too slow"));
    };
    let Some(read) = read else {
        return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "too much at once"));
    };
    match serde_json::from_slice(&read) {
        Ok(Value::Object(body)) => Ok(body),
        _ => Err(refuse(StatusCode::BAD_REQUEST, "not-json", "this is no JSON object")),
    }
}

/// None: more than is taken. A little more is read and thrown away: whoever is still sending would not hear the answer.
async fn read(mut body: Incoming) -> Option<Vec<u8>> {
    let (mut bytes, mut length) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let data = frame.ok()?.into_data().unwrap_or_default();
        length += data.len();
        if length <= BODY_BYTES_MAX {
            bytes.extend_from_slice(&data);
        } else if length > BODY_THROWN_AWAY_MAX {
            return None;
        }
    }
    (length <= BODY_BYTES_MAX).then_some(bytes)
}

/// The token goes into the cookie, which no script reads; the page gets the other one.
fn session(said: Value, sets_cookie: bool) -> Answer {
    let (Some(token), Some(csrf)) = (said["ok"]["token"].as_str(), said["ok"]["csrf"].as_str()) else {
        return plain(said);
    };
    let mut answer = data(StatusCode::OK, &json!({"csrf": csrf}));
    let cookie = format!("{COOKIE_NAME}={token}; Path=/; Secure; HttpOnly; SameSite=Strict");
    if sets_cookie && let Ok(cookie) = HeaderValue::from_str(&cookie) {
        answer.headers_mut().insert(SET_COOKIE, cookie);
    }
    answer
}

fn plain(said: Value) -> Answer {
    if let Some(value) = said.get("ok") {
        return data(StatusCode::OK, value);
    }
    let status = match said["code"].as_str() {
        Some("wrong-code" | "no-session") => StatusCode::UNAUTHORIZED,
        Some("wait") => StatusCode::TOO_MANY_REQUESTS,
        Some("away") => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::CONFLICT,
    };
    data(status, &said)
}

fn refuse(status: StatusCode, code: &str, why: &str) -> Answer {
    let mut answer = data(status, &json!({"error": why, "code": code}));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST"));
    }
    answer
}

fn data(status: StatusCode, value: &Value) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(value.to_string())));
    *answer.status_mut() = status;
    dress(&mut answer, "application/json", "no-store", DATA_POLICY);
    answer
}

/// What every answer has.
pub fn dress(answer: &mut Answer, kind: &'static str, cache: &'static str, policy: &'static str) {
    let fixed = [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, cache),
        (CONTENT_SECURITY_POLICY, policy),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}
