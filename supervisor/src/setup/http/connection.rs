// SPDX-License-Identifier: AGPL-3.0-or-later
//! Connections, and what bounds them.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// One administrator and a few browsers that open six at once.
const CONNECTIONS_MAX: usize = 64;
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
const HEADER_READ_MAX: Duration = Duration::from_secs(10);
const HEADER_BYTES_MAX: usize = 16 << 10;
/// A browser opens another one.
const LIFE_MAX: Duration = Duration::from_secs(300);
/// After an accept error that is ours (no file descriptors left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

pub type Answer = Response<Full<Bytes>>;

/// Never ends.
pub async fn serve<F>(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    answer: impl Fn(Request<Incoming>) -> F + 'static,
) where
    F: Future<Output = Answer> + 'static,
{
    let (tls, answer) = (tls.map(TlsAcceptor::from), Rc::new(answer));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            // The others wait in the kernel.
            accepted = listener.accept(), if connections.len() < CONNECTIONS_MAX => accepted,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let (tls, answer) = (tls.clone(), Rc::clone(&answer));
        connections.spawn_local(async move {
            let _ = tokio::time::timeout(LIFE_MAX, connection(stream, tls, answer)).await;
        });
    }
}

async fn connection<F>(stream: TcpStream, tls: Option<TlsAcceptor>, answer: Rc<impl Fn(Request<Incoming>) -> F>)
where
    F: Future<Output = Answer>,
{
    let _ = stream.set_nodelay(true);
    match tls {
        None => exchange(stream, answer).await,
        Some(tls) => {
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE_MAX, tls.accept(stream)).await {
                exchange(stream, answer).await;
            }
        }
    }
}

async fn exchange<F>(stream: impl AsyncRead + AsyncWrite + Unpin, answer: Rc<impl Fn(Request<Incoming>) -> F>)
where
    F: Future<Output = Answer>,
{
    let service = service_fn(|request| {
        let answer = answer(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_READ_MAX).max_buf_size(HEADER_BYTES_MAX);
    // Whoever breaks off has had what he wanted.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}
