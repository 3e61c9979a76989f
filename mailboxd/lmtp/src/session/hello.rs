// SPDX-License-Identifier: AGPL-3.0-or-later
//! LHLO, EHLO, HELO and STARTTLS.

use super::{Next, Session, Verb};
use crate::backend::Backend;
use crate::config::Role;
use crate::reply::{self, Reply};
use std::io;

#[derive(Debug, Clone)]
pub(super) struct Hello {
    pub name: String,
    pub extended: bool,
}

impl<B: Backend> Session<B> {
    pub(super) fn hello(&mut self, verb: Verb, name: &str) -> Next {
        // RFC 2033 §4.1: each protocol refuses the other's greeting.
        if (verb == Verb::Lhlo) != (self.config.role == Role::Lmtp) {
            return self.refuse(Reply::new(500, "5.5.1", "Not the greeting of this protocol"));
        }
        // RFC 5321 §4.1.4: it also resets.
        self.transaction = None;
        self.hello = Some(Hello { name: name.to_string(), extended: verb != Verb::Helo });
        let greeting = format!("{} at your service", self.config.hostname);
        if verb == Verb::Helo {
            return self.accept(&Reply::of(250, "", greeting));
        }
        self.errors = 0;
        let mut lines = vec![greeting];
        lines.extend(["PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8", "CHUNKING"].map(String::from));
        lines.push(format!("SIZE {}", self.config.limits.message_bytes_max));
        if self.config.tls.is_some() && !self.tls {
            lines.push("STARTTLS".into());
        }
        if self.config.role == Role::Submission && self.may_authenticate() {
            lines.push("AUTH PLAIN LOGIN".into());
        }
        let last = lines.len() - 1;
        for (at, line) in lines.iter().enumerate() {
            let mark = if at == last { ' ' } else { '-' };
            self.wire.output.extend_from_slice(format!("250{mark}{line}\r\n").as_bytes());
        }
        Next::Command
    }

    /// RFC 4954 §4: no password in the clear, but on the machine itself.
    pub(super) fn may_authenticate(&self) -> bool {
        self.account.is_none() && (self.tls || self.is_local_peer())
    }

    pub(super) async fn start_tls(&mut self) -> io::Result<Next> {
        let Some(tls) = self.config.tls.clone().filter(|_| !self.tls) else {
            return Ok(self.refuse(reply::SEQUENCE));
        };
        self.reply(&Reply::new(220, "2.0.0", "Ready to start TLS"));
        self.wire.flush().await?;
        self.wire.start_tls(tls).await?;
        self.tls = true;
        // RFC 3207 §4.2: what was said in the clear is forgotten.
        (self.hello, self.transaction, self.account) = (None, None, None);
        Ok(Next::Command)
    }
}
