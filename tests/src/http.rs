// SPDX-License-Identifier: AGPL-3.0-or-later
//! An HTTP connection that is kept, as far as measuring the API needs it (RFC 9112).

use crate::stream::Stream;
use anyhow::{Context, Result, bail};
use std::net::SocketAddr;

pub struct Http {
    stream: Stream,
    host: SocketAddr,
}

impl Http {
    pub fn connect(host: SocketAddr) -> Result<Http> {
        Ok(Http { stream: Stream::connect(host)?, host })
    }

    /// Status and body of the answer.
    pub fn post(&mut self, path: &str, kind: &str, body: &[u8]) -> Result<(u16, Vec<u8>)> {
        let (host, length) = (self.host, body.len());
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n");
        self.stream.send(&[head.as_bytes(), body].concat())?;
        let status = String::from_utf8(self.stream.line()?)?;
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok()).context("no status")?;
        let mut octets = None;
        loop {
            let line = String::from_utf8(self.stream.line()?)?;
            let Some((name, value)) = line.split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                octets = Some(value.trim().parse()?);
            }
        }
        let Some(octets) = octets else { bail!("an answer of unknown length") };
        Ok((status, self.stream.exactly(octets)?))
    }
}
