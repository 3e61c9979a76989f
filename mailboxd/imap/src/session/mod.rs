// SPDX-License-Identifier: AGPL-3.0-or-later
//! One client's session: reads commands, runs them in the state that it is in, tells news where news may be told.

pub mod failure;
pub mod notify;
pub mod progress;
pub mod view;

use crate::command;
use crate::connection::Connection;
use crate::limits;
use crate::server::Shared;
use crate::wire::encode::{self, Status};
use crate::wire::framer::{Announcement, Event};
use crate::wire::parse;
use failure::Failure;
use mailbox::Handle;
use net::stopped;
use std::io;
use std::sync::Arc;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::{Instant, timeout, timeout_at};
use view::{Events, Telling, View};

pub struct Session {
    pub connection: Connection,
    pub shared: Arc<Shared>,
    pub state: State,
    pub enabled: Enabled,
    /// What the client asked to be told at once.
    pub notify: Option<Box<notify::Watch>>,
    /// Tag of the command that runs, for ESEARCH and INPROGRESS.
    pub tag: String,
    /// What follows the answer to the command that runs.
    pub starting: Option<Starting>,
    bad_commands: u32,
    login_until: Instant,
}

/// A layer below the words that a command has switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starting {
    /// STARTTLS: the handshake.
    Tls,
    /// COMPRESS
    Deflate,
}

/// RFC 3501 §3.
pub enum State {
    NotAuthenticated { failures: u32 },
    Authenticated(User),
    Selected(User, Box<Selected>),
    Logout,
}

/// Who logged in.
#[derive(Clone)]
pub struct User {
    pub handle: Handle,
    /// The account's address.
    pub name: Arc<str>,
}

pub struct Selected {
    pub view: View,
    pub events: Events,
}

/// What the client switched on (RFC 5161).
#[derive(Debug, Clone, Copy, Default)]
pub struct Enabled {
    pub condstore: bool,
    pub qresync: bool,
    /// RFC 9051: no \Recent, ESEARCH always, names in UTF-8.
    pub rev2: bool,
    pub utf8: bool,
}

/// A command's success.
#[derive(Debug, Default)]
pub struct Done {
    pub code: Option<String>,
    pub text: &'static str,
}

impl Done {
    pub fn text(text: &'static str) -> Done {
        Done { code: None, text }
    }

    pub fn code(code: String, text: &'static str) -> Done {
        Done { code: Some(code), text }
    }
}

pub type Outcome = Result<Done, Failure>;

impl Session {
    pub fn new(connection: Connection, shared: Arc<Shared>) -> Box<Session> {
        Box::new(Session {
            connection,
            shared,
            state: State::NotAuthenticated { failures: 0 },
            enabled: Enabled::default(),
            notify: None,
            tag: String::new(),
            starting: None,
            bad_commands: 0,
            login_until: Instant::now() + limits::LOGIN_TIMEOUT,
        })
    }

    /// The whole conversation. The future of a waiting session is small: every command runs in a box of its own.
    pub async fn run(mut self: Box<Self>) {
        let greeting = format!("{} ready", self.shared.config.hostname);
        let capabilities = format!("CAPABILITY {}", command::capability::list(&self));
        self.untagged(Status::Ok, Some(&capabilities), &greeting);
        while !matches!(self.state, State::Logout) {
            let Err(failure) = self.step().await else { continue };
            match failure {
                Failure::Bye(text) => self.untagged(Status::Bye, None, text),
                Failure::Closed(error) => {
                    tracing::debug!(peer = %self.connection.peer, %error, "imap connection ended")
                }
                // Answered where the command was.
                Failure::Bad(_) | Failure::No { .. } => continue,
            }
            break;
        }
        command::close::forget(&mut self);
        Box::pin(self.connection.close()).await;
    }

    /// Waits for one event of the wire and deals with it.
    async fn step(&mut self) -> Result<(), Failure> {
        let event = if self.notify.is_some() && self.connection.framer().is_idle() {
            Box::pin(self.wait_and_tell()).await?
        } else {
            self.wait().await?
        };
        // A client that pipelines much and reads nothing must not fill our memory with answers.
        self.connection.flush_if_large().await?;
        match event {
            // Lines of these are parsed by themselves: a message put together of others needs no literal.
            Event::Line if command::append::is_one(self.connection.framer().buffer()) => {
                Box::pin(command::append::run(self, None)).await
            }
            Event::Line => {
                let buffer = self.connection.framer().take();
                Box::pin(self.command(buffer)).await
            }
            Event::Literal(literal) => Box::pin(self.literal(literal)).await,
            Event::TooLong => {
                let buffer = self.connection.framer().take();
                self.bad(parse::tag_of(&buffer).as_deref(), "command line too long")
            }
            // Only where a command asked for them.
            Event::Chunk(_) | Event::Streamed | Event::Skipped => Ok(()),
        }
    }

    /// The next event, within the time that the state allows, unless the server ends.
    pub async fn wait(&mut self) -> Result<Event, Failure> {
        let now = Instant::now();
        let between = self.connection.framer().is_idle();
        let until = match self.state {
            State::NotAuthenticated { .. } => self.login_until,
            _ if between => now + limits::IDLE_TIMEOUT,
            _ => now + limits::COMMAND_TIMEOUT,
        };
        let mut shutdown = self.shared.shutdown.clone();
        tokio::select! {
            event = timeout_at(until, self.connection.next()) => match event {
                Ok(event) => Ok(event?),
                Err(_) => Err(Failure::Bye("Autologout; idle for too long")),
            },
            () = stopped(&mut shutdown) => Err(Failure::Bye("Server is shutting down")),
        }
    }

    async fn literal(&mut self, literal: Announcement) -> Result<(), Failure> {
        if command::append::is_one(self.connection.framer().buffer()) {
            return command::append::run(self, Some(literal)).await;
        }
        if self.connection.framer().accept() {
            if literal.waits {
                self.connection.put(b"+ go ahead\r\n");
            }
            return Ok(());
        }
        let tag = parse::tag_of(self.connection.framer().buffer());
        self.skip_literal(literal)?;
        self.bad(tag.as_deref(), "literal too large")
    }

    /// Refuses the literal that was announced.
    pub fn skip_literal(&mut self, literal: Announcement) -> Result<(), Failure> {
        if !literal.waits && literal.len > limits::SKIPPED_LITERAL_BYTES_MAX {
            return Err(Failure::Bye("Literal too large"));
        }
        self.connection.framer().skip();
        Ok(())
    }

    async fn command(&mut self, buffer: Vec<u8>) -> Result<(), Failure> {
        let command = match parse::command(&buffer) {
            Ok(command) => command,
            Err(bad) => {
                let text = bad.error.to_string();
                return self.bad(bad.tag.as_deref(), &text);
            }
        };
        drop(buffer);
        let telling = command::telling(&command.body);
        self.tag = command.tag;
        let outcome = command::dispatch(self, command.body).await;
        let tag = std::mem::take(&mut self.tag);
        self.finish(&tag, outcome, telling).await?;
        match self.starting.take() {
            Some(Starting::Tls) => self.start_tls().await,
            Some(Starting::Deflate) => {
                let is_stranger = matches!(self.state, State::NotAuthenticated { .. });
                Ok(self.connection.start_deflate(is_stranger).await?)
            }
            None => Ok(()),
        }
    }

    async fn start_tls(&mut self) -> Result<(), Failure> {
        let Some(acceptor) = self.shared.config.tls.clone() else { return Ok(()) };
        self.connection.flush().await?;
        Ok(self.connection.start_tls(&acceptor).await?)
    }

    /// News first, then the command's own answer, so that a client that waits for the tag has seen all (RFC 3501 §5.2).
    pub async fn finish(&mut self, tag: &str, outcome: Outcome, expunge: Option<bool>) -> Result<(), Failure> {
        if let (Some(expunge), false) = (expunge, matches!(outcome, Err(Failure::Closed(_) | Failure::Bye(_)))) {
            self.tell(expunge).await?;
        }
        match outcome {
            Ok(Done { code, text }) => {
                self.bad_commands = 0;
                self.tagged(tag, Status::Ok, code.as_deref(), if text.is_empty() { "Done" } else { text });
            }
            Err(Failure::No { code, text }) => {
                self.bad_commands = 0;
                self.tagged(tag, Status::No, code.as_deref(), &text);
            }
            Err(Failure::Bad(text)) => return self.bad(Some(tag), &text),
            Err(fatal) => return Err(fatal),
        }
        Ok(())
    }

    /// BAD, and the end after too many of them.
    pub fn bad(&mut self, tag: Option<&str>, text: &str) -> Result<(), Failure> {
        self.tagged(tag.unwrap_or("*"), Status::Bad, None, text);
        self.bad_commands += 1;
        if self.bad_commands >= limits::BAD_COMMANDS_MAX { Err(Failure::Bye("Too many bad commands")) } else { Ok(()) }
    }

    pub fn tagged(&mut self, tag: &str, status: Status, code: Option<&str>, text: &str) {
        let mut line = Vec::new();
        encode::status(&mut line, tag, status, code, text);
        self.connection.put(&line);
    }

    pub fn untagged(&mut self, status: Status, code: Option<&str>, text: &str) {
        self.tagged("*", status, code, text);
    }

    // ---- state

    pub fn user(&self) -> Result<&User, Failure> {
        match &self.state {
            State::Authenticated(user) | State::Selected(user, _) => Ok(user),
            _ => Err(Failure::bad("log in first")),
        }
    }

    pub fn selected(&mut self) -> Result<(&User, &mut Selected), Failure> {
        match &mut self.state {
            State::Selected(user, selected) => Ok((user, selected)),
            State::Authenticated(_) => Err(Failure::bad("select a mailbox first")),
            _ => Err(Failure::bad("log in first")),
        }
    }

    /// Like [`Session::selected`], with what answers are written to.
    pub fn selected_parts(&mut self) -> Result<(&mut Connection, &Shared, &User, &mut Selected, Enabled), Failure> {
        let Session { connection, shared, state, enabled, .. } = self;
        match state {
            State::Selected(user, selected) => Ok((connection, shared, user, selected, *enabled)),
            State::Authenticated(_) => Err(Failure::bad("select a mailbox first")),
            _ => Err(Failure::bad("log in first")),
        }
    }

    // ---- news

    /// Takes over what happened since the last time; nothing is told yet.
    pub async fn refresh(&mut self) -> Result<(), Failure> {
        let State::Selected(user, selected) = &mut self.state else { return Ok(()) };
        user.handle.catch_up().await?;
        if selected.drain() {
            return Ok(());
        }
        selected.catch_up(user).await?;
        Ok(())
    }

    pub async fn tell(&mut self, expunge: bool) -> Result<(), Failure> {
        let telling = self.telling(expunge);
        self.tell_selected(telling).await?;
        if self.notify.is_some() {
            Box::pin(notify::tell(self)).await?;
        }
        Ok(())
    }

    /// All that may be told.
    pub fn telling(&self, expunge: bool) -> Telling {
        let Enabled { condstore: modseq, qresync: vanished, .. } = self.enabled;
        Telling { expunge, flags: true, modseq, vanished }
    }

    async fn tell_selected(&mut self, telling: Telling) -> Result<(), Failure> {
        self.refresh().await?;
        let State::Selected(_, selected) = &mut self.state else { return Ok(()) };
        if !selected.view.has_news(telling) {
            return Ok(());
        }
        let (mut out, last) = (Vec::new(), selected.view.last_uid());
        selected.view.tell(&mut out, telling);
        let has_new = selected.view.last_uid() > last;
        self.connection.put(&out);
        if has_new && self.notify.is_some() {
            Box::pin(self.show_new(last)).await?;
        }
        Ok(())
    }
}

impl Selected {
    /// Waits until there is something to tell. Can be cancelled: an event is applied in the same poll that takes it.
    pub async fn news(&mut self, user: &User, telling: Telling) -> Result<(), Failure> {
        while !self.view.has_news(telling) {
            match self.events.recv().await {
                Ok(event) => self.view.apply(&event),
                Err(RecvError::Lagged(_)) => self.catch_up(user).await?,
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
        Ok(())
    }

    /// False: events were lost, the whole state is to be read again.
    pub fn drain(&mut self) -> bool {
        loop {
            match self.events.try_recv() {
                Ok(event) => self.view.apply(&event),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return true,
                Err(TryRecvError::Lagged(_)) => return false,
            }
        }
    }

    /// Reads the folder again and takes the difference for news.
    pub async fn catch_up(&mut self, user: &User) -> Result<(), Failure> {
        // Events from here on come on top of what is read below; an older one changes nothing.
        self.events = user.handle.subscribe();
        let folder = self.view.folder;
        let (modseq, messages, tags) = user
            .handle
            .run(move |m| Ok((m.row()?.modseq, m.folder_messages(folder, mailbox::Uid(0))?, m.tags()?)))
            .await?;
        self.view.catch_up(&messages, crate::keywords::Keywords::of(&tags), modseq);
        Ok(())
    }
}

/// For commands that talk while they run: a line from the client within the time for commands.
pub async fn line(session: &mut Session) -> Result<Vec<u8>, Failure> {
    let event = timeout(limits::COMMAND_TIMEOUT, session.wait())
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    match event {
        Event::Line => Ok(session.connection.framer().take()),
        Event::Literal(literal) => {
            session.skip_literal(literal)?;
            Err(Failure::bad("unexpected literal"))
        }
        _ => {
            session.connection.framer().take();
            Err(Failure::bad("line too long"))
        }
    }
}
