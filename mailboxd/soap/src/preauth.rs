// SPDX-License-Identifier: AGPL-3.0-or-later
//! `GET /service/preauth`: a portal sends its people here, signed in. The answer is the session's cookie, and the way to the page.

use crate::context::Context;
use crate::fault::{Fault, Result};
use crate::handler::auth;
use crate::http::Peer;
use crate::state::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::preauth::Preauth;
use std::collections::HashMap;

/// The parameters, as Zimbra names them: account, by, admin, timestamp, expires, preauth, redirectURL.
pub async fn serve(state: State, peer: Peer, query: &HashMap<String, String>, admin: bool) -> Response {
    let context = Context::new(state, peer, admin);
    let mut response = match enter(&context, query, admin).await {
        Ok(to) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Err(fault) => {
            let status = match fault.code {
                "service.INVALID_REQUEST" => StatusCode::BAD_REQUEST,
                "service.FAILURE" | "service.TEMPORARILY_UNAVAILABLE" => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::FORBIDDEN,
            };
            (status, format!("{}\n", fault.reason)).into_response()
        }
    };
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // what signed is in the address of this page
    out.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    for cookie in context.cookies.lock().iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
        out.append(header::SET_COOKIE, cookie);
    }
    response
}

async fn enter(context: &Context, query: &HashMap<String, String>, admin: bool) -> Result<HeaderValue> {
    let need =
        |name: &str| query.get(name).cloned().ok_or_else(|| Fault::invalid(format!("missing parameter: {name}")));
    let number = |name: &str| need(name)?.parse().map_err(|_| Fault::invalid(format!("{name} is no number")));
    let said = Preauth {
        account: need("account")?,
        by: query.get("by").cloned().unwrap_or_else(|| "name".into()),
        admin: query.get("admin").is_some_and(|admin| admin == "1"),
        expires_ms: number("expires")?,
        timestamp_ms: number("timestamp")?,
        mac: need("preauth")?,
    };
    let to = local(query.get("redirectURL").map_or(if admin { "/admin" } else { "/" }, String::as_str))?;
    auth::by_preauth(context, &said).await?;
    Ok(to)
}

/// A path of this server, in ASCII: no other one is visited in our name.
fn local(url: &str) -> Result<HeaderValue> {
    let is_path = url.starts_with('/') && !url.starts_with("//") && !url.contains(['\\', ' ', '\t', '\r', '\n']);
    let value = HeaderValue::from_str(url).ok().filter(|_| is_path && url.is_ascii());
    value.ok_or_else(|| Fault::invalid("redirectURL must be a path of this server"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leads_nowhere_else() {
        for url in [
            "https://evil.test/",
            "//evil.test",
            "/\\evil.test",
            "/\t/evil.test",
            "evil",
            "",
            "javascript:alert(1)",
            "/\n/x",
            "/ä",
        ] {
            assert!(local(url).is_err(), "{url}");
        }
        for url in ["/", "/?app=contacts#x", "/%C3%A4"] {
            assert_eq!(local(url).ok().as_ref().and_then(|to| to.to_str().ok()), Some(url), "{url}");
        }
    }
}
