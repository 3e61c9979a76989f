// SPDX-License-Identifier: AGPL-3.0-or-later
//! One client's socket: plain or TLS, what came and was not read, what waits to be sent.
//!
//! An idle connection owns no buffer: octets are read into the stack of the poll and copied to the heap only when there
//! are any, and emptied buffers are freed before the task sleeps. All methods can be cancelled between octets without
//! losing any, so that IDLE may wait for the client and for news at once.

use crate::limits;
use crate::wire::framer::{Event, Framer, Limits};
use bytes::{Buf as _, BytesMut};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// Between the two, or after a failed handshake.
    Gone,
}

pub struct Connection {
    stream: Stream,
    input: BytesMut,
    output: BytesMut,
    framer: Framer,
    pub peer: SocketAddr,
}

fn gone() -> io::Error {
    io::ErrorKind::NotConnected.into()
}

impl Connection {
    pub fn new(stream: TcpStream, peer: SocketAddr) -> io::Result<Connection> {
        // One write an answer and no waiting for the peer's delayed ACK.
        stream.set_nodelay(true)?;
        let framer = Framer::new(Limits { command_bytes_max: limits::COMMAND_BYTES_MAX });
        Ok(Connection { stream: Stream::Plain(stream), input: BytesMut::new(), output: BytesMut::new(), framer, peer })
    }

    pub fn is_tls(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    /// Passwords may be sent in the clear: TLS, or nobody between us.
    pub fn is_private(&self) -> bool {
        self.is_tls() || self.peer.ip().to_canonical().is_loopback()
    }

    /// TLS from the next octet on. What was sent before it is not trusted (RFC 3501 §6.2.1, RFC 9051 §11.2).
    pub async fn start_tls(&mut self, acceptor: &TlsAcceptor) -> io::Result<()> {
        if !self.input.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "octets between STARTTLS and the handshake"));
        }
        let Stream::Plain(plain) = std::mem::replace(&mut self.stream, Stream::Gone) else { return Err(gone()) };
        let handshake = Box::pin(acceptor.accept(plain));
        let tls = timeout(limits::TLS_HANDSHAKE_TIMEOUT, handshake).await??;
        self.stream = Stream::Tls(Box::new(tls));
        Ok(())
    }

    // ---- reading

    pub fn framer(&mut self) -> &mut Framer {
        &mut self.framer
    }

    /// True if the client has already sent more: its answers can go in one write.
    pub fn has_input(&self) -> bool {
        !self.input.is_empty()
    }

    /// The next thing that the framer sees. Waits for the client, sending first what it waits for.
    pub async fn next(&mut self) -> io::Result<Event> {
        loop {
            let (used, event) = self.framer.advance(&self.input);
            self.input.advance(used);
            if let Some(event) = event {
                return Ok(event);
            }
            self.flush().await?;
            self.fill().await?;
        }
    }

    /// The octets of a chunk that the framer announced.
    pub fn take_chunk(&mut self, len: usize) -> BytesMut {
        let chunk = self.input.split_to(len.min(self.input.len()));
        self.framer.chunk_taken(chunk.len());
        chunk
    }

    async fn fill(&mut self) -> io::Result<()> {
        let n = poll_fn(|cx| self.poll_fill(cx)).await?;
        if n == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.input.is_empty() {
            self.input = BytesMut::new();
        }
        let mut space = [0; limits::READ_BYTES];
        let mut buf = ReadBuf::new(&mut space);
        ready!(match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, &mut buf),
            Stream::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, &mut buf),
            Stream::Gone => Poll::Ready(Err(gone())),
        })?;
        self.input.extend_from_slice(buf.filled());
        Poll::Ready(Ok(buf.filled().len()))
    }

    // ---- writing

    /// Where answers are written; [`Connection::flush`] sends them.
    pub fn put(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
    }

    /// Sends if much is waiting: bounds the buffer while an answer is produced.
    pub async fn flush_if_large(&mut self) -> io::Result<()> {
        if self.output.len() >= limits::WRITE_BATCH_BYTES { self.flush().await } else { Ok(()) }
    }

    pub async fn flush(&mut self) -> io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        timeout(limits::WRITE_TIMEOUT, self.write_out()).await??;
        self.output = BytesMut::new();
        Ok(())
    }

    async fn write_out(&mut self) -> io::Result<()> {
        while !self.output.is_empty() {
            let n = poll_fn(|cx| match &mut self.stream {
                Stream::Plain(stream) => Pin::new(stream).poll_write(cx, &self.output),
                Stream::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, &self.output),
                Stream::Gone => Poll::Ready(Err(gone())),
            })
            .await?;
            if n == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.output.advance(n);
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
        let _closed = timeout(limits::TLS_HANDSHAKE_TIMEOUT, closing).await;
    }
}
