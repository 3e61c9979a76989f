// SPDX-License-Identifier: AGPL-3.0-or-later
//! A small ManageSieve client (RFC 5804).

use crate::stream::Stream;
use anyhow::{Result, bail};
use std::net::SocketAddr;

pub struct ManageSieve {
    pub stream: Stream,
}

impl ManageSieve {
    /// With the capabilities that it greets with.
    pub fn connect(address: SocketAddr) -> Result<(ManageSieve, Vec<String>)> {
        let mut client = ManageSieve { stream: Stream::connect(address)? };
        let (greeting, status) = client.answer()?;
        if !status.starts_with("OK") {
            bail!("greeted with {status}");
        }
        Ok((client, greeting))
    }

    pub fn login(address: SocketAddr, user: &str, password: &str) -> Result<ManageSieve> {
        let (mut client, _) = ManageSieve::connect(address)?;
        let plain = base64(format!("\0{user}\0{password}").as_bytes());
        client.ok(&format!("AUTHENTICATE \"PLAIN\" \"{plain}\""))?;
        Ok(client)
    }

    pub fn command(&mut self, text: &str) -> Result<(Vec<String>, String)> {
        self.stream.send(format!("{text}\r\n").as_bytes())?;
        self.answer()
    }

    pub fn ok(&mut self, text: &str) -> Result<Vec<String>> {
        match self.command(text)? {
            (lines, status) if status.starts_with("OK") => Ok(lines),
            (_, status) => bail!("{text}: {status}"),
        }
    }

    /// The script is put and is active when this returns.
    pub fn activate(&mut self, name: &str, script: &str) -> Result<()> {
        self.put(name, script)?;
        self.ok(&format!("SETACTIVE \"{name}\"")).map(drop)
    }

    pub fn put(&mut self, name: &str, script: &str) -> Result<()> {
        self.ok(&format!("PUTSCRIPT \"{name}\" {{{}+}}\r\n{script}", script.len())).map(drop)
    }

    /// Lines, with literals in place of their lengths, and the status.
    fn answer(&mut self) -> Result<(Vec<String>, String)> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::from_utf8_lossy(&self.stream.line()?).into_owned();
            if let Some(octets) = line.strip_suffix('}').and_then(|l| l.rsplit_once('{')?.1.parse().ok()) {
                let literal = self.stream.exactly(octets)?;
                line += &String::from_utf8_lossy(&literal);
                line += &String::from_utf8_lossy(&self.stream.line()?);
            }
            if ["OK", "NO", "BYE"].iter().any(|word| line.starts_with(word)) {
                return Ok((lines, line));
            }
            lines.push(line);
        }
    }
}

pub fn base64(octets: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |group: &[u8]| {
        let bits = (0..3).fold(0_usize, |bits, at| bits << 8 | usize::from(group.get(at).copied().unwrap_or(0)));
        let digit = |at: usize| if at > group.len() { '=' } else { char::from(DIGITS[bits >> (18 - 6 * at) & 63]) };
        [digit(0), digit(1), digit(2), digit(3)]
    };
    octets.chunks(3).flat_map(group).collect()
}
