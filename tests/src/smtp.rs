// SPDX-License-Identifier: AGPL-3.0-or-later
//! A small SMTP client (RFC 5321) that chooses where it comes from, and says what no proper client would.

use crate::lmtp::{Lmtp, Reply, stuffed};
use crate::stream::Stream;
use anyhow::{Result, bail};
use std::net::{Ipv4Addr, SocketAddr};

pub struct Smtp {
    pub wire: Lmtp,
}

/// What became of a message.
#[derive(Debug)]
pub struct Sent {
    /// The answer to each RCPT.
    pub recipients: Vec<Reply>,
    /// To MAIL if that was refused, to the end of the message if any recipient was taken.
    pub last: Reply,
}

impl Smtp {
    pub fn connect(from: Ipv4Addr, to: SocketAddr) -> Result<Smtp> {
        let mut smtp = Smtp { wire: Lmtp { stream: Stream::connect_from(from, to)? } };
        let greeting = smtp.wire.reply()?;
        if greeting.code != 220 {
            bail!("greeted with {greeting:?}");
        }
        smtp.wire.must("EHLO out.example.net")?;
        Ok(smtp)
    }

    /// `message` must end with CRLF.
    pub fn send(&mut self, from: &str, to: &[&str], message: &[u8]) -> Result<Sent> {
        let mut last = self.wire.command(&format!("MAIL FROM:<{from}>"))?;
        let mut recipients = Vec::new();
        if last.is_ok() {
            for to in to {
                recipients.push(self.wire.command(&format!("RCPT TO:<{to}>"))?);
            }
            match recipients.iter().any(Reply::is_ok) {
                true => {
                    last = self.wire.must("DATA")?;
                    self.wire.stream.send(&stuffed(message))?;
                    last = self.wire.reply().map_err(|error| error.context(format!("after DATA: {last:?}")))?;
                }
                false => last = recipients.last().cloned().unwrap_or(last),
            }
        }
        if !last.is_ok() {
            self.wire.command("RSET")?;
        }
        Ok(Sent { recipients, last })
    }
}

impl Sent {
    pub fn is_taken(&self) -> bool {
        self.last.is_ok() && self.recipients.iter().all(Reply::is_ok)
    }
}
