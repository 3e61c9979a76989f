// SPDX-License-Identifier: AGPL-3.0-or-later
//! HTTPS to a certificate authority: one connection a request, since there are a dozen of them in two months.

use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::header::HOST;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

const PATIENCE: Duration = Duration::from_secs(30);
/// A chain of certificates is a hundredth of it.
const BODY_BYTES_MAX: usize = 1 << 20;
const HTTPS: u16 = 443;

pub struct Client(TlsConnector);

impl Client {
    /// `authorities`: PEM of whom to believe instead of the system's own list.
    pub fn new(authorities: Option<&Path>) -> Result<Client> {
        let mut roots = RootCertStore::empty();
        match authorities {
            Some(path) => {
                let text = || path.display().to_string();
                for certificate in CertificateDer::pem_file_iter(path).with_context(text)? {
                    roots.add(certificate.with_context(text)?).with_context(text)?;
                }
            }
            None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
        }
        if roots.is_empty() {
            bail!("this machine knows no certificate authorities: install ca-certificates");
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Client(TlsConnector::from(Arc::new(config))))
    }
}

impl HttpClient for Client {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let tls = self.0.clone();
        Box::pin(async move {
            let answered = tokio::time::timeout(PATIENCE, exchange(tls, request)).await;
            let answered = answered.map_err(|_| anyhow!("no answer in {} s", PATIENCE.as_secs()));
            answered.and_then(|answered| answered).map_err(|error| Error::Other(error.into()))
        })
    }
}

async fn exchange(tls: TlsConnector, mut request: Request<BodyWrapper<Bytes>>) -> Result<BytesResponse> {
    let uri = request.uri().clone();
    if uri.scheme_str() != Some("https") {
        bail!("{uri} is no https:// URL");
    }
    let host = uri.host().context("a URL without a host")?.to_owned();
    let port = uri.port_u16().unwrap_or(HTTPS);
    let stream = TcpStream::connect((host.as_str(), port)).await.with_context(|| format!("{host}:{port}"))?;
    let name = ServerName::try_from(host.clone()).with_context(|| host.clone())?;
    let stream = tls.connect(name, stream).await.with_context(|| format!("{host}:{port}"))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driven = tokio::spawn(connection);
    // On the wire only the path is said, and whose (RFC 9112 §3.2.1).
    let authority = if port == HTTPS { host } else { format!("{host}:{port}") };
    request.headers_mut().insert(HOST, authority.parse()?);
    *request.uri_mut() = uri.path_and_query().map_or("/", |path| path.as_str()).parse()?;
    let (parts, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, BODY_BYTES_MAX).collect().await.map_err(|e| anyhow!("{e}"))?;
    driven.abort();
    Ok(BytesResponse::from(Response::from_parts(parts, http_body_util::Full::new(body.to_bytes()))))
}
