// SPDX-License-Identifier: AGPL-3.0-or-later
//! The web client's files: embedded in a release build, read from `web/dist` in a development build.

use super::headers::PAGE_POLICY;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

/// Vite puts what has a hash in its name under this folder: such a file never changes.
const HASHED: &str = "assets/";
const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Posthouse</title><p>The web client is not built yet. \
    Run <code>cargo xtask web</code> and load this page again.";

/// The router's fallback: a file, else the client's page for a path that a person may have typed or bookmarked.
pub async fn serve(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD")]).into_response();
    }
    let path = request.uri().path().trim_start_matches('/').to_owned();
    if !is_plain(&path) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let is_root = path.is_empty() || path == "index.html";
    if !is_root && let Some(bytes) = load(path.clone()).await {
        let cache = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
        return ([(CONTENT_TYPE, media_type(&path)), (CACHE_CONTROL, cache)], bytes).into_response();
    }
    // A missing file must not look like a page: only paths without an extension are routes of the client.
    let is_file_name = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    if !is_root && (is_file_name || path.starts_with("service/")) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, PAGE_POLICY),
    ];
    match load("index.html".to_owned()).await {
        Some(bytes) => (headers, bytes).into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, headers, NOT_BUILT).into_response(),
    }
}

/// No element of the path is empty, hidden or a way up; no escapes (our file names need none).
fn is_plain(path: &str) -> bool {
    path.is_empty()
        || (path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./@~".contains(&b))
            && path.trim_end_matches('/').split('/').all(|element| !element.is_empty() && !element.starts_with('.')))
}

#[cfg(embed_web)]
async fn load(path: String) -> Option<Bytes> {
    static DIST: include_dir::Dir<'static> = include_dir::include_dir!("$POSTHOUSE_WEB_DIST");
    DIST.get_file(path).map(|file| Bytes::from_static(file.contents()))
}

#[cfg(not(embed_web))]
async fn load(path: String) -> Option<Bytes> {
    let file = std::path::Path::new(env!("POSTHOUSE_WEB_DIST")).join(path);
    tokio::task::spawn_blocking(move || std::fs::read(file).ok()).await.ok().flatten().map(Bytes::from)
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn status(method: &str, path: &str) -> u16 {
        let request = Request::builder().method(method).uri(path).body(axum::body::Body::empty()).unwrap();
        serve(request).await.status().as_u16()
    }

    #[tokio::test]
    async fn no_way_out_of_the_folder() {
        for path in [
            "/../Cargo.toml",
            "/..%2f..%2fetc/passwd",
            "/assets/../../Cargo.toml",
            "/.env",
            "/a//b",
            "/%00",
            "/no.such",
            "/service/soap",
        ] {
            assert_eq!(status("GET", path).await, 404, "{path}");
        }
        assert_eq!(status("POST", "/").await, 405);
    }
}
