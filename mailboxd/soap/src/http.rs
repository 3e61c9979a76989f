// SPDX-License-Identifier: AGPL-3.0-or-later
//! The HTTP edge. The body limit is the first thing that a stranger meets.

use crate::context::{Context, cookie, cookie_name};
use crate::engine::{self, HttpAuth};
use crate::schema;
use crate::state::State;
use crate::{preauth, upload};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Query, State as AxumState};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use std::collections::HashMap;
use std::net::SocketAddr;

/// Largest envelope; messages beyond it come by upload.
pub const BODY_BYTES_MAX: usize = 16 << 20;

/// Whether the connection is encrypted: put into the request's extensions by the listener, beside axum's [`ConnectInfo`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Tls(pub bool);

/// What the listener knows of a connection.
#[derive(Debug, Clone, Copy, Default)]
pub struct Peer {
    pub address: Option<SocketAddr>,
    pub tls: bool,
}

impl Peer {
    fn of(extensions: &Extensions) -> Peer {
        let address = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
        Peer { address, tls: extensions.get::<Tls>().is_some_and(|tls| tls.0) }
    }
}

/// `/service/soap…`, `/service/upload` and `/service/preauth`.
pub fn router(state: State) -> Router {
    let soap = post(user).layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    Router::new()
        .route("/service/soap", soap.clone())
        .route("/service/soap/", soap.clone())
        .route("/service/soap/{*rest}", soap)
        .route("/service/preauth", get(user_preauth))
        .route("/service/upload", any(upload::serve).layer(DefaultBodyLimit::disable()))
        .merge(schema::router())
        .with_state(state)
}

/// `/service/admin/soap…` and `/service/preauth`, for the admin port.
pub fn admin_router(state: State) -> Router {
    let soap = post(admin).layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    Router::new()
        .route("/service/admin/soap", soap.clone())
        .route("/service/admin/soap/", soap.clone())
        .route("/service/admin/soap/{*rest}", soap)
        .route("/service/preauth", get(admin_preauth))
        .merge(schema::router())
        .with_state(state)
}

async fn user(AxumState(state): AxumState<State>, at: Extensions, headers: HeaderMap, body: Bytes) -> Response {
    serve(state, Peer::of(&at), &headers, &body, false).await
}

async fn admin(AxumState(state): AxumState<State>, at: Extensions, headers: HeaderMap, body: Bytes) -> Response {
    serve(state, Peer::of(&at), &headers, &body, true).await
}

type Parameters = Query<HashMap<String, String>>;

async fn user_preauth(AxumState(state): AxumState<State>, at: Extensions, Query(said): Parameters) -> Response {
    preauth::serve(state, Peer::of(&at), &said, false).await
}

async fn admin_preauth(AxumState(state): AxumState<State>, at: Extensions, Query(said): Parameters) -> Response {
    preauth::serve(state, Peer::of(&at), &said, true).await
}

async fn serve(state: State, peer: Peer, headers: &HeaderMap, body: &[u8], admin: bool) -> Response {
    let mut context = Context::new(state, peer, admin);
    let http = HttpAuth {
        cookie: cookie(headers, cookie_name(admin)).map(str::to_owned),
        own_script: is_own_script(headers),
        csrf: csrf_header(headers),
    };
    let answer = engine::run(&mut context, body, http).await;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answer.body).into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for cookie in context.cookies.lock().iter() {
        if let Ok(value) = HeaderValue::from_str(cookie) {
            out.append(header::SET_COOKIE, value);
        }
    }
    response
}

/// Whether a script of this very origin sent the request, or something that is no browser. A browser marks what any other
/// page makes it send: no form and no "simple" fetch can have this content type (all else needs a preflight, which nobody
/// here answers), and `Sec-Fetch-Site`, in older browsers `Origin`, tells where the page is from. On top of that, no
/// stranger's script can read the answer: there are no CORS headers.
fn is_own_script(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let json = text("content-type")
        .is_some_and(|kind| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json"));
    // "scheme://host:port"
    let ours = |origin: &str| origin.split_once("://").is_some_and(|(_, host)| Some(host) == text("host"));
    json && match text("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => text("origin").is_none_or(ours),
    }
}

pub fn csrf_header(headers: &HeaderMap) -> Option<String> {
    headers.get("x-zimbra-csrf-token").and_then(|value| value.to_str().ok()).map(str::to_owned)
}
