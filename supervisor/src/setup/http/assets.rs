// SPDX-License-Identifier: AGPL-3.0-or-later
//! The page's files: embedded in a release build, read from `web/dist-setup` in a development build.

use super::api::dress;
use super::connection::Answer;
use bytes::Bytes;
use http_body_util::Full;
use hyper::{Response, StatusCode};

/// Vite puts what has a hash in its name under this folder: such a file never changes.
const HASHED: &str = "assets/";
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Posthouse</title><p>The set-up page is not built yet. \
    Run <code>cargo xtask web</code> and load this page again.";

/// A file; everything else is the page.
pub async fn serve(path: &str) -> Answer {
    let name = path.trim_start_matches('/');
    let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
        && !name.split('/').any(|element| element.starts_with('.'));
    let is_page = name.is_empty() || name == "index.html";
    if !is_plain {
        return answer(StatusCode::NOT_FOUND, Bytes::new(), "text/plain", "no-store");
    }
    let name = if is_page { "index.html" } else { name };
    let cache = if name.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    match load(name.to_owned()).await {
        Some(bytes) => answer(StatusCode::OK, bytes, media_type(name), cache),
        None if is_page => {
            answer(StatusCode::SERVICE_UNAVAILABLE, Bytes::from_static(NOT_BUILT.as_bytes()), media_type(name), cache)
        }
        None => answer(StatusCode::NOT_FOUND, Bytes::new(), "text/plain", "no-store"),
    }
}

fn answer(status: StatusCode, bytes: Bytes, kind: &'static str, cache: &'static str) -> Answer {
    let mut answer = Response::new(Full::new(bytes));
    *answer.status_mut() = status;
    dress(&mut answer, kind, cache, PAGE_POLICY);
    answer
}

#[cfg(embed_web)]
async fn load(path: String) -> Option<Bytes> {
    static DIST: include_dir::Dir<'static> = include_dir::include_dir!("$POSTHOUSE_SETUP_DIST");
    DIST.get_file(path).map(|file| Bytes::from_static(file.contents()))
}

#[cfg(not(embed_web))]
async fn load(path: String) -> Option<Bytes> {
    let file = std::path::Path::new(env!("POSTHOUSE_SETUP_DIST")).join(path);
    tokio::task::spawn_blocking(move || std::fs::read(file).ok()).await.ok().flatten().map(Bytes::from)
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_way_out_of_the_folder() {
        for path in ["/../Cargo.toml", "/assets/../../Cargo.toml", "/.env", "/%2e%2e/Cargo.toml", "/no.such", "/assets"]
        {
            assert_eq!(serve(path).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
