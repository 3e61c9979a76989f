// SPDX-License-Identifier: AGPL-3.0-or-later
//! One client's session: reads commands and runs them in the state that it is in.

mod authorization;
mod failure;
mod transaction;

use crate::command::{self, Command};
use crate::limits;
use crate::maildrop::Maildrop;
use crate::server::Shared;
use failure::Failure;
use net::{Line, Socket, stopped};
use std::io;
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};

pub struct Session {
    socket: Socket,
    shared: Arc<Shared>,
    state: State,
    /// Commands in a row that were refused.
    errors: u32,
    login_until: Instant,
}

/// RFC 1939 §3.
enum State {
    Authorization {
        /// Of USER.
        name: Option<Vec<u8>>,
        failures: u32,
    },
    Transaction(Maildrop),
    Over,
}

/// The first line of a response without its `+OK `; what follows it was written already.
type Outcome = Result<String, Failure>;

impl Session {
    pub fn new(socket: Socket, shared: Arc<Shared>) -> Box<Session> {
        Box::new(Session {
            socket,
            shared,
            state: State::Authorization { name: None, failures: 0 },
            errors: 0,
            login_until: Instant::now() + limits::LOGIN_TIMEOUT,
        })
    }

    pub async fn run(mut self: Box<Self>) {
        // No time stamp in angle brackets: APOP, which needs readable passwords, is not offered (RFC 1939 §7).
        self.ok(&format!("{} ready", self.shared.config.hostname));
        while !matches!(self.state, State::Over) {
            if let Err(error) = self.step().await {
                tracing::debug!(peer = %self.socket.peer, %error, "pop3 connection ended");
                break;
            }
        }
        self.state = State::Over;
        self.socket.close().await;
    }

    async fn step(&mut self) -> io::Result<()> {
        let line = self.wait().await?;
        // A client that pipelines much and reads nothing must not fill our memory with answers.
        self.socket.flush_if_large().await?;
        let outcome = match line {
            Line::TooLong => Err(Failure::plain("line too long")),
            Line::Whole(line) => match command::parse(&line) {
                Ok(command) => Box::pin(self.dispatch(command)).await,
                Err(text) => Err(Failure::plain(text)),
            },
        };
        match outcome {
            Ok(text) => {
                self.errors = 0;
                if !text.is_empty() {
                    self.ok(&text);
                }
            }
            Err(Failure::Refused { code, text }) => {
                self.refuse(code, &text);
                self.errors += 1;
                if self.errors >= limits::ERRORS_MAX {
                    self.state = State::Over;
                }
            }
            Err(Failure::End { code, text }) => {
                self.refuse(code, &text);
                self.state = State::Over;
            }
            Err(Failure::Closed(error)) => return Err(error),
        }
        Ok(())
    }

    async fn dispatch(&mut self, command: Command) -> Outcome {
        match command {
            Command::Quit => self.quit().await,
            Command::Capa => Ok(self.capa()),
            Command::User(_) | Command::Pass(_) | Command::Auth { .. } | Command::Stls | Command::Utf8 => {
                self.authorization(command).await
            }
            other => self.transaction(other).await,
        }
    }

    async fn wait(&mut self) -> io::Result<Line> {
        let idle = Instant::now() + limits::IDLE_TIMEOUT;
        let until = match self.state {
            State::Authorization { .. } => idle.min(self.login_until),
            _ => idle,
        };
        let mut shutdown = self.shared.shutdown.clone();
        tokio::select! {
            biased;
            () = stopped(&mut shutdown) => Err(io::ErrorKind::ConnectionAborted.into()),
            line = timeout_at(until, self.socket.line(limits::LINE_BYTES_MAX)) => {
                line.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
            }
        }
    }

    /// RFC 1939 §6: what was marked goes now, and only now.
    async fn quit(&mut self) -> Outcome {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Transaction(maildrop) => {
                let removed = maildrop.update().await.map_err(|error| match Failure::from(error) {
                    Failure::Refused { code, .. } => Failure::end(code, "nothing was removed, try again later"),
                    other => other,
                })?;
                tracing::debug!(peer = %self.socket.peer, removed, "pop3 session ended");
                Ok(format!("bye, {removed} messages removed"))
            }
            _ => Ok("bye".to_owned()),
        }
    }

    /// RFC 2449 §6.7: before the login the shortest that any account may have, after it the account's own.
    fn expire(&self) -> String {
        match &self.state {
            State::Transaction(maildrop) => match maildrop.expire_days {
                Some(days) => format!("EXPIRE {days}"),
                None => "EXPIRE NEVER".to_owned(),
            },
            _ => format!("EXPIRE {} USER", directory::FOLDER_MIN_DAYS),
        }
    }

    /// RFC 2449 §5: the same in every state, but for what TLS and the account change.
    fn capa(&mut self) -> String {
        self.ok("capabilities follow");
        let sasl;
        let expire = self.expire();
        let mut lines = vec!["TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", &expire, "UTF8 USER"];
        if self.socket.is_private() {
            lines.push("USER");
            sasl = format!("SASL {}", self.mechanisms());
            lines.push(&sasl);
        }
        if self.shared.config.tls.is_some() && !self.socket.is_tls() {
            lines.push("STLS");
        }
        lines.push("IMPLEMENTATION Posthouse");
        for line in lines {
            self.put(line);
        }
        self.put(".");
        String::new()
    }

    fn ok(&mut self, text: &str) {
        self.socket.put(b"+OK ");
        self.put(text);
    }

    fn refuse(&mut self, code: Option<&str>, text: &str) {
        let line = match code {
            // RFC 2449 §8
            Some(code) => format!("-ERR [{code}] {text}"),
            None => format!("-ERR {text}"),
        };
        self.put(&line);
    }

    fn put(&mut self, line: &str) {
        self.socket.put(line.as_bytes());
        self.socket.put(b"\r\n");
    }
}
