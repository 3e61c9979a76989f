// SPDX-License-Identifier: AGPL-3.0-or-later
//! A connection: one read buffer, and replies collected to one write a batch of pipelined commands.

use bytes::{Buf, BytesMut};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Duration, Instant, timeout_at};
use tokio_rustls::TlsAcceptor;

/// Read at a time.
pub(crate) const READ_BYTES: usize = 64 << 10;
/// RFC 4954 §4: 12,288 octets for an AUTH line; all others are shorter.
const LINE_BYTES_MAX: usize = 12_288;
/// Replies are written at the latest when they come to this.
const REPLY_BYTES_MAX: usize = 32 << 10;

pub(crate) trait Io: AsyncRead + AsyncWrite + Unpin + Send + Sync {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync> Io for T {}

pub(crate) struct Wire {
    io: Box<dyn Io>,
    pub input: BytesMut,
    pub output: Vec<u8>,
    /// Octets of `output` that are out: a flush may be cancelled half way.
    sent: usize,
    idle: Duration,
    /// Octets of `input` known to have no LF.
    scanned: usize,
    /// Inside a line that is too long.
    skipping: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Without CRLF.
    Whole(BytesMut),
    TooLong,
    /// It ended in a LF without CR.
    BareLf,
    End,
}

impl Wire {
    pub fn new(io: Box<dyn Io>, idle: Duration) -> Wire {
        Wire { io, input: BytesMut::new(), output: Vec::new(), sent: 0, idle, scanned: 0, skipping: false }
    }

    /// What the client sent ahead in the clear is dropped (RFC 3207 §4.2). After an error the connection is gone.
    pub async fn start_tls(&mut self, config: Arc<rustls::ServerConfig>) -> io::Result<()> {
        self.drop_input();
        let plain = std::mem::replace(&mut self.io, Box::new(tokio::io::empty()));
        let handshake = TlsAcceptor::from(config).accept(plain);
        match timeout_at(self.idle_deadline(), handshake).await {
            Ok(stream) => self.io = Box::new(stream?),
            Err(_) => return Err(io::ErrorKind::TimedOut.into()),
        }
        Ok(())
    }

    /// The next line; replies are written before it waits. Safe to cancel.
    pub async fn line(&mut self) -> io::Result<Line> {
        loop {
            if let Some(line) = self.buffered_line() {
                return Ok(line);
            }
            self.flush().await?;
            if !self.fill(self.idle_deadline()).await? {
                return Ok(Line::End);
            }
        }
    }

    fn buffered_line(&mut self) -> Option<Line> {
        let found = memchr::memchr(b'\n', &self.input[self.scanned..]).map(|at| self.scanned + at);
        let Some(lf) = found else {
            self.scanned = self.input.len();
            if self.input.len() > LINE_BYTES_MAX {
                self.skipping = true;
                self.drop_input();
            }
            return None;
        };
        let mut line = self.input.split_to(lf + 1);
        self.scanned = 0;
        let too_long = std::mem::take(&mut self.skipping) || line.len() > LINE_BYTES_MAX;
        if too_long {
            return Some(Line::TooLong);
        }
        if !line.ends_with(b"\r\n") {
            return Some(Line::BareLf);
        }
        line.truncate(lf - 1);
        Some(Line::Whole(line))
    }

    fn drop_input(&mut self) {
        self.input.clear();
        self.scanned = 0;
    }

    pub fn idle_deadline(&self) -> Instant {
        Instant::now() + self.idle
    }

    /// Reads what there is. False at the end of the stream.
    pub async fn fill(&mut self, deadline: Instant) -> io::Result<bool> {
        if self.input.capacity() - self.input.len() < READ_BYTES / 2 {
            self.input.reserve(READ_BYTES);
        }
        match timeout_at(deadline, self.io.read_buf(&mut self.input)).await {
            Ok(read) => Ok(read? > 0),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// Takes `len` octets off the input.
    pub fn consume(&mut self, len: usize) {
        self.input.advance(len);
        self.scanned = 0;
    }

    pub fn is_full(&self) -> bool {
        self.output.len() >= REPLY_BYTES_MAX
    }

    pub async fn flush(&mut self) -> io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        let deadline = self.idle_deadline();
        let work = async {
            while self.sent < self.output.len() {
                match self.io.write(&self.output[self.sent..]).await? {
                    0 => return Err(io::ErrorKind::WriteZero.into()),
                    written => self.sent += written,
                }
            }
            self.io.flush().await
        };
        match timeout_at(deadline, work).await {
            Ok(done) => done?,
            Err(_) => return Err(io::ErrorKind::TimedOut.into()),
        }
        self.output.clear();
        self.sent = 0;
        Ok(())
    }

    pub async fn close(&mut self) {
        if self.flush().await.is_ok() {
            let _ = timeout_at(self.idle_deadline(), self.io.shutdown()).await;
        }
    }
}
