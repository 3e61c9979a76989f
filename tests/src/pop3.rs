// SPDX-License-Identifier: AGPL-3.0-or-later
//! A small POP3 client (RFC 1939).

use crate::stream::Stream;
use anyhow::{Result, bail};
use std::net::SocketAddr;

pub struct Pop3 {
    pub stream: Stream,
}

impl Pop3 {
    pub fn connect(address: SocketAddr) -> Result<Pop3> {
        let mut pop3 = Pop3 { stream: Stream::connect(address)? };
        pop3.must()?;
        Ok(pop3)
    }

    pub fn login(address: SocketAddr, user: &str, password: &str) -> Result<Pop3> {
        let mut pop3 = Pop3::connect(address)?;
        pop3.ok(&format!("USER {user}"))?;
        pop3.ok(&format!("PASS {password}"))?;
        Ok(pop3)
    }

    pub fn command(&mut self, text: &str) -> Result<String> {
        self.stream.send(format!("{text}\r\n").as_bytes())?;
        self.answer()
    }

    /// A line of an answer.
    pub fn answer(&mut self) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.stream.line()?).into_owned())
    }

    fn must(&mut self) -> Result<String> {
        let answer = self.answer()?;
        match answer.strip_prefix("+OK") {
            Some(text) => Ok(text.trim_start().to_owned()),
            None => bail!("server said {answer}"),
        }
    }

    /// What follows +OK; anything else is an error.
    pub fn ok(&mut self, text: &str) -> Result<String> {
        self.stream.send(format!("{text}\r\n").as_bytes())?;
        self.must()
    }

    /// The octets of a multi-line answer, dots undone.
    pub fn many(&mut self, text: &str) -> Result<Vec<u8>> {
        self.ok(text)?;
        let mut octets = Vec::new();
        loop {
            let line = self.stream.line()?;
            if line == b"." {
                return Ok(octets);
            }
            octets.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            octets.extend_from_slice(b"\r\n");
        }
    }

    pub fn lines(&mut self, text: &str) -> Result<Vec<String>> {
        Ok(String::from_utf8_lossy(&self.many(text)?).lines().map(String::from).collect())
    }
}
