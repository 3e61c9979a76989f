// SPDX-License-Identifier: AGPL-3.0-or-later
//! A connection with deadlines: a server that does not answer fails the test instead of hanging it.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::os::fd::AsRawFd;
use std::time::Duration;

/// Longer than anything that a loaded machine may take, shorter than the patience of people.
pub const ANSWER_MAX: Duration = Duration::from_secs(60);

pub struct Stream {
    reader: BufReader<TcpStream>,
}

impl Stream {
    pub fn connect(address: SocketAddr) -> Result<Stream> {
        let stream = TcpStream::connect_timeout(&address, ANSWER_MAX);
        Stream::over(stream.with_context(|| format!("connect to {address}"))?)
    }

    /// From one of this machine's addresses.
    pub fn connect_from(own: Ipv4Addr, to: SocketAddr) -> Result<Stream> {
        use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn, bind, connect, socket};
        let SocketAddr::V4(to) = to else { bail!("{to} can't be reached from {own}") };
        let socket = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
        bind(socket.as_raw_fd(), &SockaddrIn::from(SocketAddrV4::new(own, 0)))?;
        connect(socket.as_raw_fd(), &SockaddrIn::from(to)).with_context(|| format!("connect to {to}"))?;
        Stream::over(TcpStream::from(socket))
    }

    fn over(stream: TcpStream) -> Result<Stream> {
        stream.set_read_timeout(Some(ANSWER_MAX))?;
        stream.set_write_timeout(Some(ANSWER_MAX))?;
        stream.set_nodelay(true)?;
        Ok(Stream { reader: BufReader::new(stream) })
    }

    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.reader.get_ref().write_all(bytes)?)
    }

    /// One line without its CRLF. The end of the stream is an error.
    pub fn line(&mut self) -> Result<Vec<u8>> {
        let mut line = Vec::new();
        self.reader.read_until(b'\n', &mut line).context("read a line")?;
        if line.pop() != Some(b'\n') {
            bail!("connection closed");
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(line)
    }

    pub fn exactly(&mut self, octets: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; octets];
        self.reader.read_exact(&mut bytes).context("read a literal")?;
        Ok(bytes)
    }

    /// No more from us; the answer is what the server says until it closes.
    pub fn finish(self) -> Result<Vec<u8>> {
        // it may have closed already
        let _ = self.reader.get_ref().shutdown(std::net::Shutdown::Write);
        self.rest()
    }

    /// What the server says until it closes.
    pub fn rest(mut self) -> Result<Vec<u8>> {
        let mut rest = Vec::new();
        match self.reader.read_to_end(&mut rest) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                bail!("the server neither answers nor closes")
            }
            // reset: it closed while we were still sending
            _ => Ok(rest),
        }
    }
}
