// SPDX-License-Identifier: AGPL-3.0-or-later
//! Pages about a domain for programs: the policy of MTA-STS (RFC 8461) for other servers, and the autoconfiguration that
//! Thunderbird and others read, for clients. They are asked by the names that `posthouse dns` proposes, and answered for our own
//! domains only. And what a certificate authority asks for (RFC 8555 §8.3): the supervisor puts the answers into `run/acme/`.

use crate::config::Config;
use crate::published::{Ports, mta_sts_policy};
use axum::Router;
use axum::extract::Path;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use directory::Directory;
use std::path::PathBuf;
use std::sync::Arc;

const MTA_STS: &str = "mta-sts.";
const AUTOCONFIG: &str = "autoconfig.";
const TOKEN_MAX: usize = 200;

#[derive(Clone)]
struct State {
    config: Arc<Config>,
    directory: Directory,
}

/// `challenges`: the directory of ACME's tokens.
pub fn router(config: Arc<Config>, directory: Directory, challenges: PathBuf) -> Router {
    let state = State { config, directory };
    let challenges = Arc::new(challenges);
    let sts = state.clone();
    let autoconfig = move |prefix: &'static str| {
        let state = state.clone();
        get(move |headers: HeaderMap| async move { state.autoconfig(prefix, &headers).await })
    };
    Router::new()
        .route("/.well-known/mta-sts.txt", get(move |headers: HeaderMap| async move { sts.mta_sts(&headers).await }))
        .route(
            "/.well-known/acme-challenge/{token}",
            get(move |Path(token): Path<String>| async move { challenge(&challenges, &token).await }),
        )
        .route("/mail/config-v1.1.xml", autoconfig(AUTOCONFIG))
        .route("/.well-known/autoconfig/mail/config-v1.1.xml", autoconfig(""))
}

async fn challenge(dir: &std::path::Path, token: &str) -> Response {
    // RFC 8555 §8.3: the alphabet of base64url, and so no way out of the directory.
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if token.is_empty() || token.len() > TOKEN_MAX || !token.bytes().all(is_token) {
        return StatusCode::NOT_FOUND.into_response();
    }
    match tokio::fs::read(dir.join(token)).await {
        Ok(answer) => ([(CONTENT_TYPE, "application/octet-stream")], answer).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

impl State {
    async fn mta_sts(&self, headers: &HeaderMap) -> Response {
        match self.domain(MTA_STS, headers).await {
            Ok(_) => ([(CONTENT_TYPE, "text/plain")], mta_sts_policy(&self.config.hostname)).into_response(),
            Err(status) => status.into_response(),
        }
    }

    async fn autoconfig(&self, prefix: &str, headers: &HeaderMap) -> Response {
        match self.domain(prefix, headers).await {
            Ok(domain) => {
                let page = client_config(&domain, &self.config.hostname, Ports::of(&self.config));
                ([(CONTENT_TYPE, "text/xml; charset=utf-8")], page).into_response()
            }
            Err(status) => status.into_response(),
        }
    }

    /// The domain of ours whose name, behind `prefix`, the client asked for; canonical, so letters, digits, hyphens and dots.
    async fn domain(&self, prefix: &str, headers: &HeaderMap) -> Result<String, StatusCode> {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
        let host = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
        let name = host.strip_prefix(prefix).ok_or(StatusCode::NOT_FOUND)?.to_owned();
        let directory = self.directory.clone();
        match tokio::task::spawn_blocking(move || directory.domain(&name)).await {
            Ok(Ok(Some(domain))) => Ok(domain.name),
            Ok(Ok(None)) => Err(StatusCode::NOT_FOUND),
            _ => Err(StatusCode::SERVICE_UNAVAILABLE),
        }
    }
}

/// <https://datatracker.ietf.org/doc/html/draft-ietf-mailmaint-autoconfig>
fn client_config(domain: &str, hostname: &str, ports: Ports) -> String {
    let server = |tag: &str, kind: &str, port: u16, socket: &str| {
        format!(
            "    <{tag} type=\"{kind}\">\n      <hostname>{hostname}</hostname>\n      <port>{port}</port>\n      \
             <socketType>{socket}</socketType>\n      <authentication>password-cleartext</authentication>\n      \
             <username>%EMAILADDRESS%</username>\n    </{tag}>\n"
        )
    };
    let mut servers = String::new();
    for (port, socket) in [(ports.imaps, "SSL"), (ports.imap, "STARTTLS")] {
        servers.extend(port.map(|port| server("incomingServer", "imap", port, socket)));
    }
    for (port, socket) in [(ports.submissions, "SSL"), (ports.submission, "STARTTLS")] {
        servers.extend(port.map(|port| server("outgoingServer", "smtp", port, socket)));
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<clientConfig version=\"1.1\">\n  <emailProvider id=\"{domain}\">\n    \
         <domain>{domain}</domain>\n    <displayName>{domain}</displayName>\n    \
         <displayShortName>{domain}</displayShortName>\n{servers}  </emailProvider>\n</clientConfig>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    async fn ask(router: &Router, host: &str, path: &str) -> (u16, String) {
        let request = axum::http::Request::get(path).header(HOST, host).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn our_domains_have_their_pages_and_others_have_none() {
        let dir = tempfile::tempdir().unwrap();
        let directory = Directory::open(dir.path()).unwrap();
        directory.create_domain("a.test", directory::Attrs::new()).unwrap();
        let config = "hostname = 'mail.a.test'\n[listen]\nimaps = ['[::]:993']\nsubmission = ['[::]:587']";
        let challenges = dir.path().join("acme");
        std::fs::create_dir(&challenges).unwrap();
        std::fs::write(challenges.join("to-ken_1"), "to-ken_1.thumb").unwrap();
        let router = router(Arc::new(toml::from_str(config).unwrap()), directory, challenges);
        let acme = |token: &str| format!("/.well-known/acme-challenge/{token}");
        assert_eq!(ask(&router, "any.test", &acme("to-ken_1")).await, (200, "to-ken_1.thumb".to_owned()));
        for token in ["none", "..%2Flocal.sqlite", "%2Fetc%2Fpasswd", &"x".repeat(201)] {
            assert_eq!(ask(&router, "any.test", &acme(token)).await.0, 404, "{token}");
        }
        let policy = "version: STSv1\r\nmode: testing\r\nmx: mail.a.test\r\nmax_age: 604800\r\n";
        let sts = "/.well-known/mta-sts.txt";
        assert_eq!(ask(&router, "MTA-STS.a.test:8443", sts).await, (200, policy.to_owned()));
        for host in ["a.test", "mta-sts.b.test", "mta-sts.", "mta-sts.<x>", ""] {
            assert_eq!(ask(&router, host, sts).await.0, 404, "{host}");
        }
        for (host, path) in [
            ("autoconfig.a.test", "/mail/config-v1.1.xml?emailaddress=ann%40a.test"),
            ("a.test", "/.well-known/autoconfig/mail/config-v1.1.xml"),
        ] {
            let (status, page) = ask(&router, host, path).await;
            assert!(status == 200 && page.contains("<port>993</port>\n      <socketType>SSL<"), "{page}");
            assert!(page.contains("<port>587</port>\n      <socketType>STARTTLS<") && !page.contains("465"), "{page}");
        }
        assert_eq!(ask(&router, "autoconfig.b.test", "/mail/config-v1.1.xml").await.0, 404);
    }
}
