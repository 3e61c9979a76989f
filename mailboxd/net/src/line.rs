// SPDX-License-Identifier: AGPL-3.0-or-later
//! Lines of a bounded length.

use crate::Socket;
use std::io;

#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// Without its end, CRLF or a bare LF.
    Whole(Vec<u8>),
    /// It was read to its end and forgotten.
    TooLong,
}

impl Socket {
    /// The next line of at most `bytes_max` octets with its end. Sends what waits before it waits itself. Can be cancelled.
    pub async fn line(&mut self, bytes_max: usize) -> io::Result<Line> {
        loop {
            if let Some(line) = self.buffered_line(bytes_max) {
                return Ok(line);
            }
            self.flush().await?;
            self.fill().await?;
        }
    }

    /// The next `len` octets, as they are. Not to be cancelled.
    pub async fn exactly(&mut self, len: usize) -> io::Result<Vec<u8>> {
        let mut octets = Vec::new();
        while octets.len() < len {
            if self.input.is_empty() {
                self.flush().await?;
                self.fill().await?;
            }
            let take = (len - octets.len()).min(self.input.len());
            octets.extend_from_slice(&self.input.split_to(take));
        }
        self.scanned = 0;
        Ok(octets)
    }

    /// The same, forgotten at once.
    pub async fn skip(&mut self, len: u64) -> io::Result<()> {
        let mut left = len;
        while left > 0 {
            if self.input.is_empty() {
                self.flush().await?;
                self.fill().await?;
            }
            let take = usize::try_from(left).unwrap_or(usize::MAX).min(self.input.len());
            drop(self.input.split_to(take));
            left -= take as u64;
        }
        self.scanned = 0;
        Ok(())
    }

    fn buffered_line(&mut self, bytes_max: usize) -> Option<Line> {
        let found = memchr::memchr(b'\n', self.input.get(self.scanned..).unwrap_or_default());
        let Some(end) = found.map(|at| self.scanned + at) else {
            self.scanned = self.input.len();
            if self.input.len() > bytes_max {
                self.skipping = true;
                self.input.clear();
                self.scanned = 0;
            }
            return None;
        };
        let line = self.input.split_to(end + 1);
        self.scanned = 0;
        if std::mem::take(&mut self.skipping) || line.len() > bytes_max {
            return Some(Line::TooLong);
        }
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        Some(Line::Whole(line.strip_suffix(b"\r").unwrap_or(line).to_vec()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;
    use tokio::net::{TcpListener, TcpStream};

    async fn pair() -> (TcpStream, Socket) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, peer) = listener.accept().await.unwrap();
        (client, Socket::new(stream, peer).unwrap())
    }

    #[tokio::test]
    async fn lines_end_in_any_way_and_long_ones_are_forgotten() {
        let (mut client, mut socket) = pair().await;
        let long = vec![b'x'; 100_000];
        let sent = tokio::spawn(async move {
            client.write_all(b"USER a\r\nPASS b\n\r\n").await.unwrap();
            client.write_all(&long).await.unwrap();
            client.write_all(b"\r\nQUIT\r\nhalf").await.unwrap();
        });
        for want in ["USER a", "PASS b", ""] {
            assert_eq!(socket.line(100).await.unwrap(), Line::Whole(want.into()));
        }
        assert_eq!(socket.line(100).await.unwrap(), Line::TooLong);
        assert_eq!(socket.line(100).await.unwrap(), Line::Whole("QUIT".into()));
        sent.await.unwrap();
        assert_eq!(socket.line(100).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
