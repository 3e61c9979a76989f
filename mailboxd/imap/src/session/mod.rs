// SPDX-License-Identifier: AGPL-3.0-or-later
//! One client's session: reads commands, runs them in the state that it is in, tells news where news may be told.

pub mod failure;
pub mod notify;
pub mod progress;
pub mod view;

use crate::command;
use crate::connection::Connection;
use crate::limits;
use crate::place::Visits;
use crate::server::Shared;
use crate::wire::encode::{self, Status};
use crate::wire::framer::{Announcement, Event};
use crate::wire::parse;
use failure::Failure;
use mailbox::{Brief, Change, Handle, ItemId, Kind, Mailbox, Rights, Uid};
use net::{Seat, stopped};
use std::io;
use std::sync::Arc;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::{Instant, timeout, timeout_at};
use view::{Events, Telling, View, Virtual};

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
    pub visits: Arc<Visits>,
    /// Given back with the session.
    pub _seat: Arc<Seat>,
    /// The account's addresses.
    pub addresses: Arc<[String]>,
    /// Saved searches are listed among the folders.
    pub shows_searches: bool,
}

pub struct Selected {
    /// Of the mailbox that the folder is in.
    pub handle: Handle,
    pub view: View,
    pub events: Events,
    /// What the user may do in the folder may have changed.
    pub rights_doubted: bool,
    /// Events were lost, or don't say what a saved search finds: the folder is to be read again.
    pub stale: bool,
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
    pub fn selected_parts(&mut self) -> Result<(&mut Connection, &Shared, &mut Selected, Enabled), Failure> {
        let Session { connection, shared, state, enabled, .. } = self;
        match state {
            State::Selected(_, selected) => Ok((connection, shared, selected, *enabled)),
            State::Authenticated(_) => Err(Failure::bad("select a mailbox first")),
            _ => Err(Failure::bad("log in first")),
        }
    }

    // ---- news

    /// Takes over what happened since the last time; nothing is told yet.
    pub async fn refresh(&mut self) -> Result<(), Failure> {
        let State::Selected(_, selected) = &mut self.state else { return Ok(()) };
        selected.handle.catch_up().await?;
        selected.drain();
        selected.settle().await
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
    pub async fn news(&mut self, telling: Telling) -> Result<(), Failure> {
        self.settle().await?;
        while !self.view.has_news(telling) {
            match self.events.recv().await {
                Ok(event) => self.apply(&event),
                Err(RecvError::Lagged(_)) => self.stale = true,
                Err(RecvError::Closed) => std::future::pending().await,
            }
            // What came at the same time is looked at once.
            self.drain();
            self.settle().await?;
        }
        Ok(())
    }

    fn apply(&mut self, event: &mailbox::Event) {
        self.view.apply(event);
        self.rights_doubted |= !self.handle.is_own() && event.changes.iter().any(concerns_rights);
        self.stale |= self.view.search.is_some() && event.changes.iter().any(concerns_search);
    }

    /// Reads again what the events left open. Can be cancelled: then it is still open.
    pub async fn settle(&mut self) -> Result<(), Failure> {
        if self.stale {
            self.catch_up().await?;
        }
        self.check_rights().await
    }

    /// After a change of grants in somebody else's mailbox: what the user may not read any more is gone for them.
    async fn check_rights(&mut self) -> Result<(), Failure> {
        if self.rights_doubted {
            let folder = self.view.folder;
            self.view.rights = self.handle.run(move |m| Ok(m.rights(folder))).await?;
            if !self.view.rights.contains(Rights::READ) {
                self.view.remove_all();
            }
            self.rights_doubted = false;
        }
        Ok(())
    }

    /// Takes what has come; then [`Selected::settle`].
    pub fn drain(&mut self) {
        loop {
            match self.events.try_recv() {
                Ok(event) => self.apply(&event),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
                Err(TryRecvError::Lagged(_)) => self.stale = true,
            }
        }
    }

    /// Reads the folder again and takes the difference for news.
    async fn catch_up(&mut self) -> Result<(), Failure> {
        // Events from here on come on top of what is read below; an older one changes nothing.
        self.events = self.handle.subscribe();
        self.rights_doubted = true;
        let (folder, search) = (self.view.folder, self.view.search.clone());
        let read = self.handle.run(move |m| {
            let modseq = m.row()?.modseq;
            let (messages, search) = read(m, folder, search)?;
            Ok((modseq, messages, search, m.tags()?))
        });
        let (modseq, messages, search, tags) = match read.await {
            Ok(read) => read,
            // Deleted, or not shared any more.
            Err(mailbox::Error::NoSuch { .. } | mailbox::Error::Denied) => {
                self.view.remove_all();
                self.stale = false;
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        self.view.catch_up(&messages, crate::keywords::Keywords::of(&tags), modseq);
        self.view.search = search;
        self.stale = false;
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

/// The messages of a folder by ascending UID; those of a saved search with the UIDs that they have in it.
fn read(mailbox: &Mailbox, folder: ItemId, search: Option<Virtual>) -> mailbox::Result<(Vec<Brief>, Option<Virtual>)> {
    let Some(search) = search else { return Ok((mailbox.folder_messages(folder, Uid(0))?, None)) };
    let found = mailbox.virtual_folder(folder, &search.own)?;
    let (search, messages) = Virtual::of(found, search.own);
    Ok((messages, Some(search)))
}

/// Anything may decide what a search finds.
fn concerns_search(change: &Change) -> bool {
    match change {
        Change::Created(item) => item.kind == Kind::Message,
        Change::Modified { item, what, .. } => item.kind == Kind::Message || what.name || what.folder || what.content,
        Change::Removed { .. } => true,
    }
}

fn concerns_rights(change: &Change) -> bool {
    match change {
        Change::Modified { item, what, .. } => item.kind == Kind::Folder && (what.grants || what.folder),
        _ => false,
    }
}
