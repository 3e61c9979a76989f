// SPDX-License-Identifier: AGPL-3.0-or-later
//! The HTTP edge. The body limit is the first thing that a stranger meets.

use crate::context::{Context, cookie, cookie_name};
use crate::engine::{self, HttpAuth};
use crate::state::State;
use crate::upload;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State as AxumState};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use std::net::SocketAddr;

/// Largest envelope; messages beyond it come by upload.
pub const BODY_BYTES_MAX: usize = 16 << 20;

/// What the listener knows of a connection: put it into the request's extensions.
#[derive(Debug, Clone, Copy, Default)]
pub struct Peer {
    pub address: Option<SocketAddr>,
    pub tls: bool,
}

impl Peer {
    fn of(extensions: &Extensions) -> Peer {
        extensions.get::<Peer>().copied().unwrap_or_default()
    }
}

/// `/service/soap…` and `/service/upload`.
pub fn router(state: State) -> Router {
    let soap = post(user).layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    Router::new()
        .route("/service/soap", soap.clone())
        .route("/service/soap/", soap.clone())
        .route("/service/soap/{*rest}", soap)
        .route("/service/upload", any(upload::serve).layer(DefaultBodyLimit::disable()))
        .with_state(state)
}

/// `/service/admin/soap…`, for the admin port.
pub fn admin_router(state: State) -> Router {
    let soap = post(admin).layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    Router::new()
        .route("/service/admin/soap", soap.clone())
        .route("/service/admin/soap/", soap.clone())
        .route("/service/admin/soap/{*rest}", soap)
        .with_state(state)
}

async fn user(AxumState(state): AxumState<State>, at: Extensions, headers: HeaderMap, body: Bytes) -> Response {
    serve(state, Peer::of(&at), &headers, &body, false).await
}

async fn admin(AxumState(state): AxumState<State>, at: Extensions, headers: HeaderMap, body: Bytes) -> Response {
    serve(state, Peer::of(&at), &headers, &body, true).await
}

async fn serve(state: State, peer: Peer, headers: &HeaderMap, body: &[u8], admin: bool) -> Response {
    let mut context = Context::new(state, peer, admin);
    let http = HttpAuth { cookie: cookie(headers, cookie_name(admin)).map(str::to_owned), csrf: csrf_header(headers) };
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

pub fn csrf_header(headers: &HeaderMap) -> Option<String> {
    headers.get("x-zimbra-csrf-token").and_then(|value| value.to_str().ok()).map(str::to_owned)
}
