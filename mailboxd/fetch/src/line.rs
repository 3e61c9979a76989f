// SPDX-License-Identifier: AGPL-3.0-or-later
//! Lines and octets from a server, bounded in size and time.

use crate::error::{Error, Result};
use rustls::pki_types::ServerName;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// What a server may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For any one step.
    pub wait: Duration,
    pub line_bytes_max: usize,
    pub message_bytes_max: usize,
    /// Messages, or folders, in one list.
    pub entries_max: usize,
}

impl Limits {
    pub fn new(message_bytes_max: usize) -> Limits {
        Limits { wait: Duration::from_secs(60), line_bytes_max: 64 << 10, message_bytes_max, entries_max: 200_000 }
    }
}

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

pub(crate) struct Line {
    wire: Box<dyn Wire>,
    buffer: Vec<u8>,
    /// What of the buffer was taken.
    at: usize,
    pub limits: Limits,
}

const READ_BYTES: usize = 16 << 10;

impl Line {
    pub fn new(stream: TcpStream, limits: Limits) -> Line {
        Line { wire: Box::new(stream), buffer: Vec::new(), at: 0, limits }
    }

    pub async fn secure(self, tls: &TlsConnector, name: ServerName<'static>) -> Result<Line> {
        // What was sent before the handshake could be an attacker's (CVE-2021-33515 and its like).
        if self.at < self.buffer.len() {
            return Err(Error::Protocol("there is more before TLS begins"));
        }
        let shaken = tokio::time::timeout(self.limits.wait, tls.connect(name, self.wire)).await;
        let stream = shaken.map_err(|_| Error::TimedOut)?.map_err(|error| Error::Tls(error.to_string()))?;
        Ok(Line { wire: Box::new(stream), buffer: Vec::new(), at: 0, limits: self.limits })
    }

    pub async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        let work = async {
            self.wire.write_all(bytes).await?;
            self.wire.flush().await
        };
        Ok(tokio::time::timeout(self.limits.wait, work).await.map_err(|_| Error::TimedOut)??)
    }

    async fn more(&mut self) -> Result<()> {
        if self.at > 0 {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        let before = self.buffer.len();
        self.buffer.resize(before + READ_BYTES, 0);
        let read = tokio::time::timeout(self.limits.wait, self.wire.read(&mut self.buffer[before..])).await;
        let count = match &read {
            Ok(Ok(count)) => *count,
            _ => 0,
        };
        self.buffer.truncate(before + count);
        match read {
            Err(_) => Err(Error::TimedOut),
            Ok(Err(error)) => Err(error.into()),
            Ok(Ok(0)) => Err(Error::Connection("the server hung up".into())),
            Ok(Ok(_)) => Ok(()),
        }
    }

    /// Without its end, which is CRLF or LF.
    pub async fn line(&mut self) -> Result<Vec<u8>> {
        self.line_up_to(self.limits.line_bytes_max, Error::Protocol("a line is too long")).await
    }

    /// The same, of at most so many octets, else the error.
    pub async fn line_up_to(&mut self, max: usize, too_long: Error) -> Result<Vec<u8>> {
        let mut looked = 0;
        loop {
            let held = &self.buffer[self.at..];
            if let Some(end) = held[looked..].iter().position(|b| *b == b'\n').map(|end| looked + end) {
                if end > max {
                    return Err(too_long);
                }
                let line = held[..end].strip_suffix(b"\r").unwrap_or(&held[..end]).to_vec();
                self.at += end + 1;
                return Ok(line);
            }
            looked = held.len();
            if looked > max {
                return Err(too_long);
            }
            self.more().await?;
        }
    }

    pub async fn exactly(&mut self, count: usize) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(count.min(1 << 20));
        while out.len() < count {
            if self.at == self.buffer.len() {
                self.more().await?;
            }
            let end = self.buffer.len().min(self.at + count - out.len());
            out.extend_from_slice(&self.buffer[self.at..end]);
            self.at = end;
        }
        Ok(out)
    }
}
