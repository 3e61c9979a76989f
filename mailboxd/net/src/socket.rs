// SPDX-License-Identifier: AGPL-3.0-or-later
//! One client's socket: plain or TLS, what came and was not read, what waits to be sent.
//!
//! An idle connection owns no buffer: octets are read into the stack of the poll and copied to the heap only when there
//! are any, and emptied buffers are freed before the task sleeps. All methods can be cancelled between octets without
//! losing any, so that a session may wait for the client and for news at once.

use crate::deflate::Deflate;
use bytes::{Buf as _, BytesMut};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Octets read from the socket at once.
const READ_BYTES: usize = 16 * 1024;
/// Answers are sent once this much waits, and at the end of what the client pipelined.
const WRITE_BATCH_BYTES: usize = 64 * 1024;
/// A client that does not take its answers for this long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(120);
pub const TLS_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);
/// A client that is silent for this long has what packs its answers dropped.
const DEFLATE_REST: Duration = Duration::from_secs(5);

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// Between the two, or after a failed handshake.
    Gone,
}

pub struct Socket {
    stream: Stream,
    /// What came and was not used; the reader of a protocol takes from its front.
    pub input: BytesMut,
    output: BytesMut,
    /// What stands between the words and the stream once [`Socket::start_deflate`] was called.
    deflate: Option<Box<Layer>>,
    /// Octets at the front of `input` that are known to hold no end of a line.
    pub(crate) scanned: usize,
    /// Inside a line that is too long.
    pub(crate) skipping: bool,
    pub peer: SocketAddr,
}

struct Layer {
    deflate: Deflate,
    /// Packed, and not sent yet.
    outgoing: BytesMut,
    /// What packs is kept between answers.
    is_kept: bool,
}

fn gone() -> io::Error {
    io::ErrorKind::NotConnected.into()
}

impl Socket {
    pub fn new(stream: TcpStream, peer: SocketAddr) -> io::Result<Socket> {
        // One write an answer and no waiting for the peer's delayed ACK.
        stream.set_nodelay(true)?;
        let (input, output) = (BytesMut::new(), BytesMut::new());
        let deflate = None;
        Ok(Socket { stream: Stream::Plain(stream), input, output, deflate, scanned: 0, skipping: false, peer })
    }

    pub fn is_tls(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    /// Passwords may be sent in the clear: TLS, or nobody between us.
    pub fn is_private(&self) -> bool {
        self.is_tls() || self.peer.ip().to_canonical().is_loopback()
    }

    /// TLS from the next octet on. What was sent before it is not trusted (RFC 2595 §2.2, RFC 3501 §6.2.1, RFC 9051 §11.2).
    pub async fn start_tls(&mut self, acceptor: &TlsAcceptor) -> io::Result<()> {
        if !self.input.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "octets between STARTTLS and the handshake"));
        }
        let Stream::Plain(plain) = std::mem::replace(&mut self.stream, Stream::Gone) else { return Err(gone()) };
        let handshake = Box::pin(acceptor.accept(plain));
        let tls = timeout(TLS_HANDSHAKE_TIMEOUT, handshake).await??;
        self.stream = Stream::Tls(Box::new(tls));
        Ok(())
    }

    pub fn is_deflate(&self) -> bool {
        self.deflate.is_some()
    }

    /// Compressed both ways from the next octet on (RFC 4978 §3); what waits is sent as it is. A stranger gets what packs his
    /// answers for each of them only, so that many strangers cost little.
    pub async fn start_deflate(&mut self, is_stranger: bool) -> io::Result<()> {
        self.flush().await?;
        let deflate = Deflate::new(std::mem::take(&mut self.input));
        self.deflate = Some(Box::new(Layer { deflate, outgoing: BytesMut::new(), is_kept: !is_stranger }));
        Ok(())
    }

    /// The stranger has logged in.
    pub fn keep_deflate(&mut self) {
        if let Some(layer) = &mut self.deflate {
            layer.is_kept = true;
        }
    }

    // ---- reading

    /// True if the client has already sent more: its answers can go in one write.
    pub fn has_input(&self) -> bool {
        !self.input.is_empty()
    }

    /// Waits for octets. The end of the stream is an error.
    pub async fn fill(&mut self) -> io::Result<()> {
        if self.deflate.as_ref().is_some_and(|layer| layer.deflate.is_awake()) {
            // In a box, as few clients need the timer.
            let waiting = Box::pin(timeout(DEFLATE_REST, poll_fn(|cx| self.poll_fill(cx))));
            if let Ok(filled) = waiting.await {
                return filled;
            }
            if let Some(layer) = &mut self.deflate {
                layer.deflate.rest();
            }
        }
        poll_fn(|cx| self.poll_fill(cx)).await
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.input.is_empty() {
            self.input = BytesMut::new();
        }
        loop {
            if let Some(layer) = &mut self.deflate
                && layer.deflate.unpack(&mut self.input)?
            {
                return Poll::Ready(Ok(()));
            }
            ready!(self.poll_read(cx))?;
            if self.deflate.is_none() {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Octets as they come, to where they are unpacked or used.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut space = [0; READ_BYTES];
        let mut buf = ReadBuf::new(&mut space);
        ready!(match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, &mut buf),
            Stream::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, &mut buf),
            Stream::Gone => Poll::Ready(Err(gone())),
        })?;
        if buf.filled().is_empty() {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        }
        match &mut self.deflate {
            Some(layer) => layer.deflate.came(buf.filled()),
            None => self.input.extend_from_slice(buf.filled()),
        }
        Poll::Ready(Ok(()))
    }

    // ---- writing

    /// Where answers are written; [`Socket::flush`] sends them.
    pub fn put(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
    }

    /// Sends if much is waiting: bounds the buffer while an answer is produced.
    pub async fn flush_if_large(&mut self) -> io::Result<()> {
        if self.output.len() >= WRITE_BATCH_BYTES { self.flush().await } else { Ok(()) }
    }

    pub async fn flush(&mut self) -> io::Result<()> {
        if let Some(layer) = &mut self.deflate
            && !self.output.is_empty()
        {
            layer.deflate.pack(&self.output, &mut layer.outgoing)?;
            self.output = BytesMut::new();
            if !layer.is_kept {
                layer.deflate.rest();
            }
        }
        if self.outgoing().is_empty() {
            return Ok(());
        }
        timeout(WRITE_TIMEOUT, self.write_out()).await??;
        *self.outgoing() = BytesMut::new();
        Ok(())
    }

    /// What goes to the stream as it is.
    fn outgoing(&mut self) -> &mut BytesMut {
        match &mut self.deflate {
            Some(layer) => &mut layer.outgoing,
            None => &mut self.output,
        }
    }

    async fn write_out(&mut self) -> io::Result<()> {
        while !self.outgoing().is_empty() {
            let n = poll_fn(|cx| {
                let waiting = self.deflate.as_ref().map_or(&self.output, |layer| &layer.outgoing);
                match &mut self.stream {
                    Stream::Plain(stream) => Pin::new(stream).poll_write(cx, waiting),
                    Stream::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, waiting),
                    Stream::Gone => Poll::Ready(Err(gone())),
                }
            })
            .await?;
            if n == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.outgoing().advance(n);
        }
        poll_fn(|cx| match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
            Stream::Gone => Poll::Ready(Err(gone())),
        })
        .await
    }

    /// Sends what is left and says goodbye; errors no longer matter to anyone.
    pub async fn close(mut self) {
        let _sent = self.flush().await;
        let closing = async {
            match &mut self.stream {
                Stream::Plain(stream) => stream.shutdown().await,
                Stream::Tls(stream) => stream.shutdown().await,
                Stream::Gone => Ok(()),
            }
        };
        let _closed = timeout(TLS_HANDSHAKE_TIMEOUT, closing).await;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn what_packs_is_kept_for_those_who_logged_in() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, peer) = listener.accept().await.unwrap();
        let mut socket = Socket::new(stream, peer).unwrap();
        socket.start_deflate(true).await.unwrap();
        for is_kept in [false, true] {
            socket.put(b"* OK\r\n");
            socket.flush().await.unwrap();
            assert_eq!(socket.deflate.as_ref().unwrap().deflate.is_awake(), is_kept);
            socket.keep_deflate();
        }
    }
}
