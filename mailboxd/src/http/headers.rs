// SPDX-License-Identifier: AGPL-3.0-or-later
//! Headers that every answer carries unless its handler set its own.

use crate::metrics::Metrics;
use axum::Router;
use axum::extract::Request;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn};
use std::sync::Arc;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// The page of the web client. Styles may be inline and images may come from elsewhere because a message's frame
/// (`srcdoc`, sandboxed, no scripts) inherits this policy; its own stricter one keeps remote images out until asked for.
pub const PAGE_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob: https:; font-src 'self' data:; connect-src 'self'; frame-src 'self' blob:; object-src 'none'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'self'";
/// The administrators' console: it shows no foreign HTML, so nothing but its own files and requests to its own server.
pub const CONSOLE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Everything else (API answers, parts of messages): nothing may run, should a browser ever show it as a page.
const DATA_POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'self'";
/// RFC 6797. One year.
const HSTS: &str = "max-age=31536000";

/// `is_tls`: HSTS is only said where it can be obeyed.
pub fn dress(router: Router, is_tls: bool, metrics: Arc<Metrics>) -> Router {
    let fixed = |name: HeaderName, value| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    let mut router = router
        .layer(fixed(CONTENT_SECURITY_POLICY, DATA_POLICY))
        .layer(fixed(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(REFERRER_POLICY, "no-referrer"))
        .layer(fixed(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
        .layer(fixed(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(CompressionLayer::new().gzip(true));
    if is_tls {
        router = router.layer(fixed(STRICT_TRANSPORT_SECURITY, HSTS));
    }
    router.layer(from_fn(move |request: Request, next: Next| {
        let metrics = Arc::clone(&metrics);
        async move {
            let response = next.run(request).await;
            metrics.http_request(response.status().as_u16());
            response
        }
    }))
}
