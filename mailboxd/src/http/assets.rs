// SPDX-License-Identifier: AGPL-3.0-or-later
//! The pages' files: the web client, and the administrators' console below `/admin` of its own port. Embedded in a release build, read
//! from `web/dist` and `web/dist-admin` in a development build.

use super::headers::{CONSOLE_POLICY, PAGE_POLICY};
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

/// Vite puts what has a hash in its name under this folder: such a file never changes.
const HASHED: &str = "assets/";
/// Where the console is on the admin port (`base` of web/vite.admin.config.ts).
const CONSOLE: &str = "admin";
const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Posthouse</title><p>The web pages are not built yet. \
    Run <code>cargo xtask web</code> and load this page again.";

#[derive(Clone, Copy)]
enum Page {
    Client,
    Console,
}

/// The user ports' fallback: a file, else the client's page for a path that a person may have typed or bookmarked.
pub async fn client(request: Request) -> Response {
    let path = match plain_path(&request) {
        Ok(path) => path,
        Err(status) => return refused(status),
    };
    let is_root = path.is_empty() || path == "index.html";
    if !is_root && let Some(file) = file(Page::Client, &path).await {
        return file;
    }
    // A missing file must not look like a page: only paths without an extension are routes of the client.
    let is_file_name = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    if !is_root && (is_file_name || path.starts_with("service/")) {
        return StatusCode::NOT_FOUND.into_response();
    }
    page(Page::Client).await
}

/// The admin port's fallback. The console keeps its places in the fragment, so it has one path; from `/` one is led there.
pub async fn console(request: Request) -> Response {
    let path = match plain_path(&request) {
        Ok(path) => path,
        Err(status) => return refused(status),
    };
    if path.is_empty() {
        return Redirect::temporary("/admin/").into_response();
    }
    match path.strip_prefix(CONSOLE).map(|rest| rest.strip_prefix('/').unwrap_or(rest)) {
        Some("" | "index.html") => page(Page::Console).await,
        Some(name) if path.starts_with("admin/") => {
            file(Page::Console, name).await.unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn plain_path(request: &Request) -> Result<String, StatusCode> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(StatusCode::METHOD_NOT_ALLOWED);
    }
    let path = request.uri().path().trim_start_matches('/').to_owned();
    if is_plain(&path) { Ok(path) } else { Err(StatusCode::NOT_FOUND) }
}

fn refused(status: StatusCode) -> Response {
    match status {
        StatusCode::METHOD_NOT_ALLOWED => (status, [(ALLOW, "GET, HEAD")]).into_response(),
        _ => status.into_response(),
    }
}

async fn file(of: Page, path: &str) -> Option<Response> {
    let bytes = load(of, path.to_owned()).await?;
    let cache = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    Some(([(CONTENT_TYPE, media_type(path)), (CACHE_CONTROL, cache)], bytes).into_response())
}

async fn page(of: Page) -> Response {
    let policy = match of {
        Page::Client => PAGE_POLICY,
        Page::Console => CONSOLE_POLICY,
    };
    let headers =
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-cache"), (CONTENT_SECURITY_POLICY, policy)];
    match load(of, "index.html".to_owned()).await {
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
async fn load(of: Page, path: String) -> Option<Bytes> {
    static CLIENT: include_dir::Dir<'static> = include_dir::include_dir!("$POSTHOUSE_WEB_DIST");
    static CONSOLE: include_dir::Dir<'static> = include_dir::include_dir!("$POSTHOUSE_ADMIN_DIST");
    let dist = match of {
        Page::Client => &CLIENT,
        Page::Console => &CONSOLE,
    };
    dist.get_file(path).map(|file| Bytes::from_static(file.contents()))
}

#[cfg(not(embed_web))]
async fn load(of: Page, path: String) -> Option<Bytes> {
    let dist = match of {
        Page::Client => env!("POSTHOUSE_WEB_DIST"),
        Page::Console => env!("POSTHOUSE_ADMIN_DIST"),
    };
    let file = std::path::Path::new(dist).join(path);
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
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    fn request(method: &str, path: &str) -> Request {
        Request::builder().method(method).uri(path).body(axum::body::Body::empty()).unwrap()
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
            assert_eq!(client(request("GET", path)).await.status(), 404, "{path}");
            assert_eq!(console(request("GET", path)).await.status(), 404, "{path}");
            assert_eq!(console(request("GET", &format!("/admin{path}"))).await.status(), 404, "/admin{path}");
        }
        assert_eq!(client(request("POST", "/")).await.status(), 405);
        assert_eq!(console(request("POST", "/admin")).await.status(), 405);
    }

    #[tokio::test]
    async fn the_console_is_at_one_path_with_a_policy_of_its_own() {
        for path in ["/admin", "/admin/", "/admin/index.html"] {
            let answer = console(request("GET", path)).await;
            assert_eq!(answer.headers()[CONTENT_SECURITY_POLICY], CONSOLE_POLICY, "{path}");
        }
        let answer = console(request("GET", "/")).await;
        assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (307, "/admin/"));
        for path in ["/administrator", "/adminassets/x.js", "/mail"] {
            assert_eq!(console(request("GET", path)).await.status(), 404, "{path}");
        }
    }
}
