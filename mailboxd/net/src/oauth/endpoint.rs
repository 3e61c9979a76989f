// SPDX-License-Identifier: AGPL-3.0-or-later
//! The one request of RFC 7662 §2.1: a token is posted, what is known of it comes back. A connection for each, as answers are
//! remembered; redirects are not followed, and nothing is sent in the clear but to this machine.

use super::Config;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::rt::{Read, Write};
use hyper::{Method, Request, StatusCode, Uri, header};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// From the connection to the last octet of the answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// An answer that is longer is none.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}: write an https:// address, or http:// of this machine")]
    Url(String),
    #[error("certificates of {0}: {1}")]
    Ca(String, String),
    #[error("TLS: {0}")]
    Tls(String),
    #[error("can't connect: {0}")]
    Connect(std::io::Error),
    #[error("no answer: {0}")]
    Exchange(String),
    #[error("no answer in time")]
    Slow,
    #[error("it answered {0}: look at the client's id and secret")]
    Status(StatusCode),
    #[error("it did not answer with JSON: {0}")]
    Json(serde_json::Error),
}

pub(super) struct Endpoint {
    host: String,
    port: u16,
    /// Host and port as the URL has them.
    authority: String,
    path: String,
    authorization: String,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Endpoint {
    pub fn new(config: &Config) -> Result<Endpoint, Error> {
        let bad = || Error::Url(config.introspection_url.clone());
        let uri: Uri = config.introspection_url.parse().map_err(|_| bad())?;
        let authority = uri.authority().ok_or_else(bad)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let (port, tls) = match uri.scheme_str() {
            Some("https") => {
                let name = ServerName::try_from(host.clone()).map_err(|_| bad())?;
                (443, Some((connector(config.ca_file.as_deref())?, name)))
            }
            Some("http") if is_here(&host) => (80, None),
            _ => return Err(bad()),
        };
        // RFC 6749 §2.3.1: both are form-encoded before they are joined.
        let credentials = format!("{}:{}", form(&config.client_id), form(&config.client_secret));
        Ok(Endpoint {
            host,
            port: authority.port_u16().unwrap_or(port),
            authority: authority.as_str().to_owned(),
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            authorization: format!("Basic {}", STANDARD.encode(credentials)),
            tls,
        })
    }

    pub async fn introspect(&self, token: &str) -> Result<Value, Error> {
        let answer = timeout(TIMEOUT, self.post(token)).await.map_err(|_| Error::Slow)??;
        serde_json::from_slice(&answer).map_err(Error::Json)
    }

    async fn post(&self, token: &str) -> Result<Bytes, Error> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.path)
            .header(header::HOST, &self.authority)
            .header(header::AUTHORIZATION, &self.authorization)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::CONNECTION, "close")
            .body(Full::new(Bytes::from(format!("token={}&token_type_hint=access_token", form(token)))))
            .map_err(|error| Error::Exchange(error.to_string()))?;
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(Error::Connect)?;
        match &self.tls {
            Some((connector, name)) => {
                let stream = connector.connect(name.clone(), stream).await.map_err(|e| Error::Tls(e.to_string()))?;
                exchange(TokioIo::new(stream), request).await
            }
            None => exchange(TokioIo::new(stream), request).await,
        }
    }
}

/// Both sides of hyper's client are driven here, so that nothing is left when the time is over.
async fn exchange<Io>(io: Io, request: Request<Full<Bytes>>) -> Result<Bytes, Error>
where
    Io: Read + Write + Unpin + Send + 'static,
{
    let broken = |error: hyper::Error| Error::Exchange(error.to_string());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.map_err(broken)?;
    let mut answer = pin!(async move {
        let response = sender.send_request(request).await.map_err(broken)?;
        if response.status() != StatusCode::OK {
            return Err(Error::Status(response.status()));
        }
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        Ok(body.map_err(|error| Error::Exchange(error.to_string()))?.to_bytes())
    });
    tokio::select! {
        answer = &mut answer => answer,
        ended = connection => {
            ended.map_err(broken)?;
            answer.await
        }
    }
}

/// The system's certificates, or those of a file.
fn connector(ca_file: Option<&Path>) -> Result<TlsConnector, Error> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(path) => {
            let bad = |error: &dyn std::fmt::Display| Error::Ca(path.display().to_string(), error.to_string());
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| bad(&error))? {
                roots.add(certificate.map_err(|error| bad(&error))?).map_err(|error| bad(&error))?;
            }
        }
        None => {
            let _unreadable_ones = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        let from = ca_file.map_or_else(|| PathBuf::from("the system"), Path::to_owned);
        return Err(Error::Ca(from.display().to_string(), "there is none".to_owned()));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn is_here(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// application/x-www-form-urlencoded, with a space as `%20`.
fn form(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
