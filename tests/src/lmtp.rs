// SPDX-License-Identifier: AGPL-3.0-or-later
//! A small LMTP client (RFC 2033).

use crate::stream::Stream;
use anyhow::{Context, Result, bail};
use std::net::SocketAddr;

pub struct Lmtp {
    pub stream: Stream,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub code: u16,
    pub text: String,
}

impl Reply {
    pub fn is_ok(&self) -> bool {
        self.code / 100 == 2
    }

    pub fn is_temporary(&self) -> bool {
        self.code / 100 == 4
    }
}

impl Lmtp {
    pub fn connect(address: SocketAddr) -> Result<Lmtp> {
        let mut lmtp = Lmtp { stream: Stream::connect(address)? };
        let greeting = lmtp.reply()?;
        if greeting.code != 220 {
            bail!("greeted with {greeting:?}");
        }
        lmtp.must("LHLO test.example")?;
        Ok(lmtp)
    }

    pub fn reply(&mut self) -> Result<Reply> {
        let mut text = String::new();
        loop {
            let line = String::from_utf8_lossy(&self.stream.line()?).into_owned();
            let code = line.get(..3).and_then(|code| code.parse().ok()).with_context(|| format!("no reply: {line}"))?;
            text += line.get(4..).unwrap_or_default();
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(Reply { code, text });
            }
            text.push('\n');
        }
    }

    pub fn command(&mut self, line: &str) -> Result<Reply> {
        self.stream.send(format!("{line}\r\n").as_bytes())?;
        self.reply()
    }

    pub fn must(&mut self, line: &str) -> Result<Reply> {
        let reply = self.command(line)?;
        if reply.code >= 400 {
            bail!("{line}: {} {}", reply.code, reply.text);
        }
        Ok(reply)
    }

    /// MAIL, RCPT and DATA; what comes next is the message. The first refusal of a command is the answer.
    pub fn begin(&mut self, from: &str, to: &[&str]) -> Result<Option<Reply>> {
        let mut commands = vec![format!("MAIL FROM:<{from}>")];
        commands.extend(to.iter().map(|to| format!("RCPT TO:<{to}>")));
        commands.push("DATA".into());
        for command in commands {
            let reply = self.command(&command)?;
            if reply.code >= 400 {
                self.command("RSET")?;
                return Ok(Some(reply));
            }
        }
        Ok(None)
    }

    /// An answer per recipient, each handed over as it comes: the connection may break between two.
    pub fn deliver_each(
        &mut self,
        from: &str,
        to: &[&str],
        message: &[u8],
        mut each: impl FnMut(usize, Reply),
    ) -> Result<()> {
        if let Some(refusal) = self.begin(from, to)? {
            (0..to.len()).for_each(|at| each(at, refusal.clone()));
            return Ok(());
        }
        self.stream.send(&stuffed(message))?;
        for at in 0..to.len() {
            let reply = self.reply()?;
            each(at, reply);
        }
        Ok(())
    }

    pub fn deliver(&mut self, from: &str, to: &[&str], message: &[u8]) -> Result<Vec<Reply>> {
        let mut replies = Vec::new();
        self.deliver_each(from, to, message, |_, reply| replies.push(reply))?;
        Ok(replies)
    }
}

/// RFC 5321 §4.5.2: dots doubled at the start of lines, and the end of the message. `message` must end with CRLF.
pub(crate) fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 16);
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if line.first() == Some(&b'.') {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    out.extend_from_slice(b".\r\n");
    out
}
