// SPDX-License-Identifier: AGPL-3.0-or-later
//! HTTP/1.1, plain and over TLS: connections, and what every answer gets (headers, compression, counting).
//! What is answered is in the routers of soap and rest, and in `assets`.

pub mod assets;
pub mod headers;
pub mod health;
pub mod well_known;

use crate::metrics::Metrics;
use axum::Router;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// A client that does not send its whole request header in this time is dropped.
const HEADER_READ_MAX: Duration = Duration::from_secs(30);
const HEADER_BYTES_MAX: usize = 64 << 10;
/// After an accept error that is ours (no file descriptors left): long enough not to spin, short enough not to be felt.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// One listening address.
pub struct Listening {
    pub listener: TcpListener,
    pub tls: Option<Arc<rustls::ServerConfig>>,
    pub router: Router,
    pub connections_max: usize,
    pub metrics: Arc<Metrics>,
}

/// Serves until `stop` turns true, then lets the running requests end.
pub async fn serve(on: Listening, mut stop: watch::Receiver<bool>) {
    let slots = Arc::new(Semaphore::new(on.connections_max));
    let tls = on.tls.map(TlsAcceptor::from);
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            // Reap what has ended, so that the set does not grow.
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = on.listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "HTTP: can't accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else {
            tracing::warn!(%peer, limit = on.connections_max, "HTTP: too many connections");
            continue;
        };
        let (router, tls, stop, metrics) = (on.router.clone(), tls.clone(), stop.clone(), Arc::clone(&on.metrics));
        connections.spawn(async move {
            let _slot = slot;
            let _counted = metrics.session("http");
            connection(stream, peer, tls, router, stop).await;
        });
    }
    drop(on.listener);
    while connections.join_next().await.is_some() {}
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    router: Router,
    stop: watch::Receiver<bool>,
) {
    let _ = stream.set_nodelay(true);
    match tls {
        None => exchange(stream, peer, false, router, stop).await,
        Some(tls) => match tokio::time::timeout(HANDSHAKE_MAX, tls.accept(stream)).await {
            Ok(Ok(stream)) => exchange(stream, peer, true, router, stop).await,
            Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake"),
            Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
        },
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: SocketAddr,
    tls: bool,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(soap::Tls(tls));
        router.clone().oneshot(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_READ_MAX).max_buf_size(HEADER_BYTES_MAX);
    // Names of fields have no case (RFC 9110 §5.1), but scripts that look for `Content-Type:` in an answer's text do.
    http.title_case_headers(true);
    let connection = http.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        outcome = &mut connection => Some(outcome),
        _ = stop.wait_for(|stop| *stop) => None,
    };
    let outcome = match ended {
        Some(outcome) => outcome,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%peer, %error, "HTTP connection");
    }
}
