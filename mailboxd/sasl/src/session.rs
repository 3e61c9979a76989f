// SPDX-License-Identifier: AGPL-3.0-or-later
//! One connection. Lines are read while passwords are judged, so that one slow login holds up no other; answers come as they
//! are ready, each under the id of its request.
//!
//! While the directory can't be asked, a request is not answered: the connection ends. The protocol has `FAIL … temp` for it,
//! but Postfix (3.7 to 3.10) does not read that word and would tell the client that the password is wrong, for good; of a lost
//! connection it makes what is meant, 454, and connects anew at the next login.

use crate::mechanism::{self, Credentials, Exchange, Step};
use crate::reply::{self, Failure};
use crate::request::{self, Malformed, Params, Request};
use bytes::{Buf, BytesMut};
use directory::Error;
use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// RFC 4954 §4: 12,288 octets for a response; the rest is parameters.
const LINE_BYTES_MAX: usize = 16 << 10;
/// Exchanges of one connection, those under judgement with those that wait for the client. Postfix has one.
const EXCHANGES_MAX: usize = 32;
/// A client that does not read its answers is not waited for.
const WRITE_MAX: Duration = Duration::from_secs(30);

/// Blocking: the account's own name, whatever alias it logged in by. A seam for the fuzzer; else the directory.
pub type Judge = dyn Fn(&Credentials, Option<IpAddr>) -> Result<String, Error> + Send + Sync;

pub struct Shared {
    pub judge: Box<Judge>,
    pub checks: Semaphore,
}

pub struct Session<Io> {
    io: Io,
    number: u32,
    shared: Arc<Shared>,
    stopping: watch::Receiver<bool>,
    input: BytesMut,
    output: Vec<u8>,
    has_version: bool,
    /// Waiting for the client.
    open: BTreeMap<u32, (Exchange, Option<IpAddr>)>,
    /// Being judged, by id: the number of the check, as an id that was given up may come again.
    judged: BTreeMap<u32, u64>,
    checks: JoinSet<(u32, u64, Result<String, Error>)>,
    checks_begun: u64,
}

/// Why a connection ends that its client did not end.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("a line is not of the protocol")]
    Malformed,
    #[error("a line is too long")]
    LineTooLong,
    #[error("too many logins at a time")]
    TooMany,
    #[error("directory is not available")]
    Unavailable,
}

impl From<Malformed> for End {
    fn from(_: Malformed) -> End {
        End::Malformed
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin + Send> Session<Io> {
    pub fn new(io: Io, number: u32, shared: Arc<Shared>, stopping: watch::Receiver<bool>) -> Session<Io> {
        Session {
            io,
            number,
            shared,
            stopping,
            input: BytesMut::new(),
            output: Vec::new(),
            has_version: false,
            open: BTreeMap::new(),
            judged: BTreeMap::new(),
            checks: JoinSet::new(),
            checks_begun: 0,
        }
    }

    pub async fn run(mut self) {
        if let Err(end) = self.converse().await {
            let _ = self.flush().await;
            tracing::warn!(connection = self.number, why = %end, "login socket: connection ended");
        }
    }

    async fn converse(&mut self) -> Result<(), End> {
        let mut cookie = [0; 16];
        getrandom::fill(&mut cookie).map_err(io::Error::other)?;
        reply::greeting(self.number, cookie, &mut self.output);
        self.flush().await?;
        let mut ended = false;
        loop {
            let is_full = self.checks.len() >= EXCHANGES_MAX;
            tokio::select! {
                biased;
                Some(done) = self.checks.join_next(), if !self.checks.is_empty() => {
                    let (id, check, outcome) = done.map_err(io::Error::other)?;
                    self.judged(id, check, outcome)?;
                }
                () = stopped(&mut self.stopping), if self.checks.is_empty() => return Ok(()),
                read = self.io.read_buf(&mut self.input), if !ended && !is_full => {
                    ended = read? == 0;
                    self.lines()?;
                }
                else => return Ok(()),
            }
            self.flush().await?;
            if ended && self.checks.is_empty() {
                return Ok(());
            }
        }
    }

    fn lines(&mut self) -> Result<(), End> {
        while let Some(lf) = memchr::memchr(b'\n', &self.input) {
            let line = self.input.split_to(lf);
            self.input.advance(1);
            if line.len() > LINE_BYTES_MAX {
                return Err(End::LineTooLong);
            }
            self.line(&line)?;
        }
        if self.input.len() > LINE_BYTES_MAX { Err(End::LineTooLong) } else { Ok(()) }
    }

    fn line(&mut self, line: &[u8]) -> Result<(), End> {
        match request::parse(line)? {
            // The minor number tells of additions, which change nothing that was there.
            Request::Version(1) => self.has_version = true,
            Request::Version(_) => return Err(End::Malformed),
            Request::Cpid | Request::Unknown => {}
            _ if !self.has_version => return Err(End::Malformed),
            Request::Auth { id, mechanism, params } => self.auth(id, mechanism, &params)?,
            Request::Cont { id, response } => match self.open.remove(&id) {
                Some((exchange, remote)) => self.advance(id, remote, mechanism::answer(exchange, response)),
                None => Failure::new("no such exchange").write(id, &mut self.output),
            },
            Request::Cancel(id) => {
                self.open.remove(&id);
                self.judged.remove(&id);
            }
        }
        Ok(())
    }

    fn auth(&mut self, id: u32, mechanism: &str, params: &Params<'_>) -> Result<(), End> {
        if self.open.contains_key(&id) || self.judged.contains_key(&id) {
            return Err(End::Malformed);
        }
        // RFC 4954 §4: no password in the clear, but on the machine itself.
        if !params.secured && !params.remote.is_some_and(|ip| ip.to_canonical().is_loopback()) {
            tracing::info!(remote = ?params.remote, "login refused: not encrypted");
            Failure::new(reply::NOT_SECURED).write(id, &mut self.output);
            return Ok(());
        }
        if self.checks.len() >= EXCHANGES_MAX {
            return Err(End::TooMany);
        }
        // Postfix says nothing of what it gives up: the oldest are those.
        while self.open.len() + self.checks.len() >= EXCHANGES_MAX && self.open.pop_first().is_some() {}
        self.advance(id, params.remote, mechanism::begin(mechanism, params.response));
        Ok(())
    }

    fn advance(&mut self, id: u32, remote: Option<IpAddr>, step: Result<Step, mechanism::Refusal>) {
        match step {
            Ok(Step::Ask(exchange, question)) => {
                self.open.insert(id, (exchange, remote));
                reply::ask(id, question, &mut self.output);
            }
            Ok(Step::Done(credentials)) => {
                self.checks_begun += 1;
                let (number, shared) = (self.checks_begun, Arc::clone(&self.shared));
                self.judged.insert(id, number);
                self.checks.spawn(async move { (id, number, check(shared, credentials, remote).await) });
            }
            Err(refusal) => Failure::of_mechanism(refusal).write(id, &mut self.output),
        }
    }

    fn judged(&mut self, id: u32, check: u64, outcome: Result<String, Error>) -> Result<(), End> {
        // Given up in the meantime.
        if self.judged.get(&id) != Some(&check) {
            return Ok(());
        }
        self.judged.remove(&id);
        match outcome {
            Ok(user) => reply::ok(id, &user, &mut self.output),
            Err(error) => Failure::of_directory(&error).ok_or(End::Unavailable)?.write(id, &mut self.output),
        }
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        let write = self.io.write_all(&self.output);
        timeout(WRITE_MAX, write).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        self.output.clear();
        Ok(())
    }
}

/// Also when nobody is left to say so.
pub async fn stopped(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await;
}

async fn check(shared: Arc<Shared>, credentials: Credentials, remote: Option<IpAddr>) -> Result<String, Error> {
    let unavailable = |error: &dyn std::error::Error| Error::Unavailable(error.to_string());
    let _permit = shared.checks.acquire().await.map_err(|closed| unavailable(&closed))?;
    let inner = Arc::clone(&shared);
    let judged = tokio::task::spawn_blocking(move || (inner.judge)(&credentials, remote)).await;
    judged.map_err(|failed| unavailable(&failed))?
}
