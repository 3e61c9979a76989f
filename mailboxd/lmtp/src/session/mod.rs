// SPDX-License-Identifier: AGPL-3.0-or-later
//! One connection: the loop, the order of commands, the limits. `hello`, `transaction` and `body` have the commands.

mod auth;
mod body;
#[cfg(any(test, fuzzing))]
pub(crate) mod fake;
mod hello;
mod intake;
#[cfg(test)]
mod tests;
mod transaction;

use crate::backend::Backend;
use crate::command::{self, Command};
use crate::config::{Config, Role};
use crate::reply::{self, Reply};
use crate::wire::{Io, Line, Wire};
use directory::Account;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::watch;

pub(crate) struct Session<B: Backend> {
    wire: Wire,
    backend: B,
    config: Arc<Config>,
    /// None: a Unix socket.
    peer: Option<IpAddr>,
    shutdown: watch::Receiver<bool>,
    hello: Option<hello::Hello>,
    tls: bool,
    account: Option<Account>,
    transaction: Option<transaction::Transaction<B::Body>>,
    /// Refusals in a row.
    errors: u32,
    /// Commands since the last message was taken.
    commands: u32,
    auth_failures: u32,
}

/// What follows a command.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Command,
    Close,
}

const SHUTTING_DOWN: Reply = Reply::new(421, "4.3.2", "Service is shutting down");
const TOO_MANY_ERRORS: Reply = Reply::new(421, "4.7.0", "Too many errors");
const TOO_MANY_COMMANDS: Reply = Reply::new(421, "4.7.0", "Too many commands without a message");
const IDLE: Reply = Reply::new(421, "4.4.2", "Idle for too long");

impl<B: Backend> Session<B> {
    pub fn new(
        io: Box<dyn Io>,
        peer: Option<IpAddr>,
        config: Arc<Config>,
        backend: B,
        shutdown: watch::Receiver<bool>,
    ) -> Session<B> {
        Session {
            wire: Wire::new(io, config.limits.idle),
            backend,
            config,
            peer,
            shutdown,
            hello: None,
            tls: false,
            account: None,
            transaction: None,
            errors: 0,
            commands: 0,
            auth_failures: 0,
        }
    }

    pub async fn run(mut self) {
        let role = self.config.role;
        match self.converse().await {
            Ok(()) => self.wire.close().await,
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                IDLE.write(&mut self.wire.output);
                self.wire.close().await;
            }
            Err(error) => tracing::debug!(peer = ?self.peer, ?role, %error, "connection lost"),
        }
    }

    async fn converse(&mut self) -> io::Result<()> {
        let kind = if self.config.role == Role::Lmtp { "LMTP" } else { "ESMTP" };
        self.reply(&Reply::of(220, "", format!("{} {kind} Posthouse", self.config.hostname)));
        loop {
            let Some(line) = self.next_line().await? else {
                self.reply(&SHUTTING_DOWN);
                return Ok(());
            };
            let next = match line {
                Line::End => return Ok(()),
                Line::TooLong => self.refuse(Reply::new(500, "5.5.6", "Line is too long")),
                // RFC 5321 §2.3.8: lines end in CRLF only.
                Line::BareLf => self.refuse(Reply::new(500, "5.5.2", "Lines end in CRLF")),
                Line::Whole(line) => match command::parse(&line) {
                    Ok(command) => self.execute(command).await?,
                    Err(reply) => self.refuse(reply),
                },
            };
            if next == Next::Close {
                return Ok(());
            }
            self.commands += 1;
            if self.commands > self.config.limits.commands_max {
                self.reply(&TOO_MANY_COMMANDS);
                return Ok(());
            }
            if self.wire.is_full() {
                self.wire.flush().await?;
            }
        }
    }

    /// None when the service ends; an open transaction may still come to its end.
    async fn next_line(&mut self) -> io::Result<Option<Line>> {
        let idle = self.transaction.is_none();
        tokio::select! {
            biased;
            _ = self.shutdown.wait_for(|stop| *stop), if idle => Ok(None),
            line = self.wire.line() => line.map(Some),
        }
    }

    async fn execute(&mut self, command: Command<'_>) -> io::Result<Next> {
        Ok(match command {
            Command::Lhlo(name) => self.hello(Verb::Lhlo, name),
            Command::Ehlo(name) => self.hello(Verb::Ehlo, name),
            Command::Helo(name) => self.hello(Verb::Helo, name),
            Command::StartTls => return self.start_tls().await,
            Command::Auth(mechanism, initial) => return self.auth(mechanism, initial).await,
            Command::Mail(mail) => self.mail(mail),
            Command::Rcpt(to) => self.rcpt(to).await,
            Command::Data => return self.data().await,
            Command::Bdat(size, last) => return self.bdat(size, last).await,
            Command::Rset => {
                self.transaction = None;
                self.accept(&reply::OK)
            }
            Command::Noop => self.accept(&reply::OK),
            // RFC 5321 §3.5.3: it need not tell who is here.
            Command::Vrfy => self.accept(&Reply::new(252, "2.1.5", "Send some mail and see")),
            Command::Help => self.accept(&Reply::new(214, "2.0.0", "RFC 5321, RFC 2033")),
            Command::Quit => {
                self.reply(&Reply::new(221, "2.0.0", "Bye"));
                Next::Close
            }
        })
    }

    fn reply(&mut self, reply: &Reply) {
        reply.write(&mut self.wire.output);
    }

    fn accept(&mut self, reply: &Reply) -> Next {
        self.errors = 0;
        self.reply(reply);
        Next::Command
    }

    /// A refusal that counts: who collects too many in a row is guessing.
    fn refuse(&mut self, reply: Reply) -> Next {
        self.reply(&reply);
        self.errors += 1;
        if self.errors <= self.config.limits.errors_max {
            return Next::Command;
        }
        self.reply(&TOO_MANY_ERRORS);
        Next::Close
    }

    /// On the same machine.
    fn is_local_peer(&self) -> bool {
        self.peer.is_none_or(|ip| ip.to_canonical().is_loopback())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Helo,
    Ehlo,
    Lhlo,
}
