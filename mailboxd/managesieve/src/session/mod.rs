// SPDX-License-Identifier: AGPL-3.0-or-later
//! One client's session: reads commands and runs them in the state that it is in.

mod failure;
mod login;
mod scripts;

use crate::limits;
use crate::server::Shared;
use crate::wire::{self, Argument};
use failure::Failure;
use mailbox::Handle;
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

/// RFC 5804 §1.2.
enum State {
    NotAuthenticated { failures: u32 },
    Authenticated { handle: Handle, owner: String },
    Over,
}

/// Code and text of an OK.
type Outcome = Result<Done, Failure>;

#[derive(Default)]
struct Done {
    /// With its parentheses; empty: none.
    code: String,
    text: String,
}

fn done(text: &str) -> Outcome {
    Ok(Done { code: String::new(), text: text.to_owned() })
}

impl Session {
    pub fn new(socket: Socket, shared: Arc<Shared>) -> Box<Session> {
        Box::new(Session {
            socket,
            shared,
            state: State::NotAuthenticated { failures: 0 },
            errors: 0,
            login_until: Instant::now() + limits::LOGIN_TIMEOUT,
        })
    }

    pub async fn run(mut self: Box<Self>) {
        self.capabilities();
        let greeting = format!("{} ready", self.shared.config.hostname);
        self.answer("OK", "", &greeting);
        while !matches!(self.state, State::Over) {
            if let Err(error) = self.step().await {
                match error.kind() {
                    io::ErrorKind::ConnectionAborted => self.answer("BYE", "TRYLATER", "the server is stopping"),
                    io::ErrorKind::TimedOut => self.answer("BYE", "", "you were silent for too long"),
                    _ => tracing::debug!(peer = %self.socket.peer, %error, "managesieve connection ended"),
                }
                break;
            }
        }
        self.state = State::Over;
        Box::pin(self.socket.close()).await;
    }

    async fn step(&mut self) -> io::Result<()> {
        let outcome = match Box::pin(self.arguments()).await {
            Ok(arguments) => Box::pin(self.dispatch(arguments)).await,
            Err(failure) => Err(failure),
        };
        match outcome {
            Ok(Done { code, text }) => {
                self.errors = 0;
                self.answer("OK", &code, &text);
            }
            Err(Failure::Refused { code, text }) => {
                self.answer("NO", code, &text);
                self.errors += 1;
                if self.errors >= limits::ERRORS_MAX {
                    self.answer("BYE", "", "too many errors");
                    self.state = State::Over;
                }
            }
            Err(Failure::Bye { code, text }) => {
                self.answer("BYE", code, &text);
                self.state = State::Over;
            }
            Err(Failure::Closed(error)) => return Err(error),
        }
        self.socket.flush_if_large().await
    }

    /// One command with its literals.
    async fn arguments(&mut self) -> Result<Vec<Argument>, Failure> {
        let (mut arguments, mut is_first, mut octets) = (Vec::new(), true, 0);
        let octets_max = match self.state {
            State::Authenticated { .. } => limits::LITERAL_BYTES_MAX,
            _ => limits::STRANGERS_LITERAL_BYTES_MAX,
        };
        loop {
            let line = match self.line(is_first).await? {
                Line::Whole(line) => line,
                Line::TooLong => return Err(Failure::no("", "line too long")),
            };
            is_first = false;
            let Some(length) = wire::line(&line, &mut arguments).map_err(|text| Failure::no("", text))? else {
                return Ok(arguments);
            };
            octets += length;
            let until = Instant::now() + limits::COMMAND_TIMEOUT;
            let late = |_| Failure::from(io::Error::from(io::ErrorKind::TimedOut));
            if octets > octets_max || arguments.len() >= limits::ARGUMENTS_MAX {
                if length > limits::SKIPPED_LITERAL_BYTES_MAX || !matches!(self.state, State::Authenticated { .. }) {
                    return Err(Failure::bye("QUOTA/MAXSIZE", "that is too large"));
                }
                timeout_at(until, self.socket.skip(length)).await.map_err(late)??;
                let _rest = self.line(false).await?;
                return Err(Failure::no("QUOTA/MAXSIZE", "the script is too large"));
            }
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            arguments.push(Argument::Text(timeout_at(until, self.socket.exactly(length)).await.map_err(late)??));
        }
    }

    async fn line(&mut self, is_first: bool) -> io::Result<Line> {
        let now = Instant::now();
        let until = match self.state {
            State::NotAuthenticated { .. } => self.login_until,
            _ if is_first => now + limits::IDLE_TIMEOUT,
            _ => now + limits::COMMAND_TIMEOUT,
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

    async fn dispatch(&mut self, arguments: Vec<Argument>) -> Outcome {
        let mut arguments = arguments.into_iter();
        let Some(Argument::Word(command)) = arguments.next() else { return Err(Failure::no("", "a command, please")) };
        let rest: Vec<Argument> = arguments.collect();
        match (command.as_str(), rest.as_slice()) {
            ("LOGOUT", []) => {
                self.state = State::Over;
                done("bye")
            }
            ("CAPABILITY", []) => {
                self.capabilities();
                done("that is all")
            }
            ("NOOP", []) => done("nothing done"),
            ("NOOP", [Argument::Text(tag)]) => {
                let mut quoted = Vec::new();
                wire::string(&mut quoted, tag);
                // RFC 5804 §2.13
                Ok(Done { code: format!("(TAG {})", String::from_utf8_lossy(&quoted)), text: "done".to_owned() })
            }
            ("STARTTLS", []) => self.start_tls().await,
            ("AUTHENTICATE", _) => self.authenticate(rest).await,
            ("UNAUTHENTICATE", []) => self.unauthenticate(),
            _ => self.script_command(&command, rest).await,
        }
    }

    /// RFC 5804 §1.7.
    fn capabilities(&mut self) {
        let (extensions, methods) = (sieve::EXTENSIONS.join(" "), sieve::NOTIFY_METHODS.join(" "));
        let sasl = if self.socket.is_private() { "PLAIN" } else { "" };
        let redirects = sieve::REDIRECTS_MAX.to_string();
        let mut pairs = vec![
            ("IMPLEMENTATION", "Posthouse"),
            ("SASL", sasl),
            ("SIEVE", extensions.as_str()),
            ("NOTIFY", methods.as_str()),
            ("MAXREDIRECTS", redirects.as_str()),
        ];
        let owner = match &self.state {
            State::Authenticated { owner, .. } => owner.clone(),
            _ => String::new(),
        };
        if !owner.is_empty() {
            pairs.push(("OWNER", &owner));
        }
        let mut out = Vec::new();
        for (name, value) in pairs {
            out.extend_from_slice(format!("\"{name}\" ").as_bytes());
            wire::string(&mut out, value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        if self.shared.config.tls.is_some() && !self.socket.is_tls() {
            out.extend_from_slice(b"\"STARTTLS\"\r\n");
        }
        out.extend_from_slice(b"\"UNAUTHENTICATE\"\r\n\"VERSION\" \"1.0\"\r\n");
        self.socket.put(&out);
    }

    fn answer(&mut self, word: &str, code: &str, text: &str) {
        let mut out = word.as_bytes().to_vec();
        if !code.is_empty() {
            let code = if code.starts_with('(') { code.to_owned() } else { format!("({code})") };
            out.push(b' ');
            out.extend_from_slice(code.as_bytes());
        }
        out.push(b' ');
        wire::string(&mut out, text.as_bytes());
        out.extend_from_slice(b"\r\n");
        self.socket.put(&out);
    }
}
