// SPDX-License-Identifier: AGPL-3.0-or-later
//! Bodies of requests as files: bounded each, together for who sends them, and for all; and only while the disk has room.

use crate::State;
use crate::answer::Refusal;
use axum::body::{Body, HttpBody};
use encoding_rs::Encoding;
use futures_util::StreamExt;
use mailbox::{Mailbox, Staged};
use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// Octets of an archive: a whole mailbox may come.
pub const ARCHIVE_BYTES_MAX: u64 = 8 << 30;
/// Of a file of contacts, which is read as a whole.
pub const TEXT_BYTES_MAX: u64 = 32 << 20;

/// What one account may have here at a time: one of the largest archives.
const BYTES_PER_ACCOUNT_MAX: u64 = ARCHIVE_BYTES_MAX;
const FILES_PER_ACCOUNT_MAX: usize = 8;
/// All of them: as much as uploads over SOAP may have.
const BYTES_TOTAL_MAX: u64 = 16 << 30;
/// A client that sends nothing for this long has gone.
const STALL: Duration = Duration::from_secs(60);
/// So often is looked whether the disk still has room.
const LOOK_BYTES: u64 = 8 << 20;

/// What is here of whom: files and octets. Cheap to clone.
#[derive(Clone, Default)]
pub struct Intake {
    held: Arc<Mutex<HashMap<String, (usize, u64)>>>,
}

impl Intake {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, (usize, u64)>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn admit(&self, account: &str) -> Result<(), Refusal> {
        let mut held = self.lock();
        let own = held.entry(account.to_owned()).or_default();
        if own.0 >= FILES_PER_ACCOUNT_MAX {
            return Err(Refusal::Unavailable);
        }
        own.0 += 1;
        Ok(())
    }

    fn grow(&self, account: &str, by: u64) -> Result<(), Refusal> {
        let mut held = self.lock();
        let total: u64 = held.values().map(|(_, bytes)| bytes).sum();
        let own = held.entry(account.to_owned()).or_default();
        if own.1 + by > BYTES_PER_ACCOUNT_MAX || total + by > BYTES_TOTAL_MAX {
            return Err(Refusal::Unavailable);
        }
        own.1 += by;
        Ok(())
    }

    fn release(&self, account: &str, bytes: u64) {
        let mut held = self.lock();
        if let Some(own) = held.get_mut(account) {
            *own = (own.0.saturating_sub(1), own.1.saturating_sub(bytes));
            if own.0 == 0 {
                held.remove(account);
            }
        }
    }
}

/// A body as a file, which goes with it.
pub struct Received {
    pub path: PathBuf,
    /// Octets that the intake counts.
    size: u64,
    account: String,
    intake: Intake,
}

impl Drop for Received {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
        self.intake.release(&self.account, self.size);
    }
}

impl Received {
    /// `TooLarge` for more than `max` octets, `Unavailable` when too much is here already. `account`: id of who sends it.
    pub async fn new(state: &State, account: &str, max: u64, body: Body) -> Result<Received, Refusal> {
        if body.size_hint().lower() > max {
            return Err(Refusal::TooLarge);
        }
        let path = state.store.scratch().map_err(Refusal::from)?;
        state.intake.admit(account)?;
        let mut received = Received { path, size: 0, account: account.to_owned(), intake: state.intake.clone() };
        let mut options = tokio::fs::OpenOptions::new();
        let opened = options.write(true).create_new(true).mode(0o600).open(&received.path).await;
        let mut file = opened.map_err(Refusal::ours)?;
        let mut chunks = body.into_data_stream();
        let mut looked = None;
        loop {
            let next = tokio::time::timeout(STALL, chunks.next()).await;
            let Some(chunk) = next.map_err(|_| Refusal::Bad("the body ended early\n"))? else { break };
            let chunk = chunk.map_err(|_| Refusal::Bad("the body ended early\n"))?;
            let by = chunk.len() as u64;
            if received.size + by > max {
                return Err(Refusal::TooLarge);
            }
            if looked.is_none_or(|looked| received.size - looked >= LOOK_BYTES) {
                // What is only on its way ends before mail has to be refused.
                if state.store.is_space_scarce() {
                    return Err(Refusal::Unavailable);
                }
                looked = Some(received.size);
            }
            state.intake.grow(account, by)?;
            received.size += by;
            file.write_all(&chunk).await.map_err(Refusal::ours)?;
        }
        file.flush().await.map_err(Refusal::ours)?;
        Ok(received)
    }

    /// In UTF-8 unless it is said to be in something else. Blocking.
    pub fn text(&self, encoding: Option<&'static Encoding>) -> mailbox::Result<String> {
        let bytes = std::fs::read(&self.path).map_err(ours)?;
        Ok(encoding.unwrap_or(encoding_rs::UTF_8).decode(&bytes).0.into_owned())
    }

    /// As it goes into a mailbox. Blocking.
    pub fn staged(&self, mailbox: &Mailbox) -> mailbox::Result<Staged> {
        staged(mailbox, &mut std::fs::File::open(&self.path).map_err(ours)?, ours)
    }

    /// The same of a message. Where its first line ends as old Macs ended lines, in a bare CR, nothing of its header could be
    /// read: such line ends become those of mail. Blocking.
    pub fn staged_message(&self, mailbox: &Mailbox) -> mailbox::Result<Staged> {
        let mut file = BufReader::new(std::fs::File::open(&self.path).map_err(ours)?);
        let head = file.fill_buf().map_err(ours)?;
        let end = head.iter().position(|octet| matches!(octet, b'\r' | b'\n'));
        let is_old = end.is_some_and(|at| head[at] == b'\r' && head.get(at + 1).is_some_and(|next| *next != b'\n'));
        if is_old {
            staged(mailbox, &mut BareCr { from: file.bytes(), held: None }, ours)
        } else {
            self.staged(mailbox)
        }
    }
}

/// Bare CRs become CRLF; what ends in LF stays as it is.
struct BareCr<I> {
    from: I,
    /// Read already, and not given yet.
    held: Option<u8>,
}

impl<I: Iterator<Item = io::Result<u8>>> Read for BareCr<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        // two octets may come of one
        while filled + 1 < buffer.len() {
            let Some(octet) = self.held.take().map(Ok).or_else(|| self.from.next()).transpose()? else { break };
            buffer[filled] = octet;
            filled += 1;
            if octet == b'\r' {
                let next = self.from.next().transpose()?;
                buffer[filled] = b'\n';
                filled += 1;
                self.held = next.filter(|next| *next != b'\n');
            }
        }
        Ok(filled)
    }
}

fn ours(error: io::Error) -> mailbox::Error {
    mailbox::Error::Store(error.to_string())
}

/// What is read up to its end; `failed` says whose fault it is when that fails. Blocking.
pub fn staged(
    mailbox: &Mailbox,
    from: &mut dyn Read,
    failed: fn(io::Error) -> mailbox::Error,
) -> mailbox::Result<Staged> {
    let mut staging = mailbox.stage();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match from.read(&mut buffer).map_err(failed)? {
            0 => return Ok(staging.finish()?),
            read => staging.write(&buffer[..read])?,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that can't go on ends")]

    use super::*;

    #[test]
    fn nobody_takes_all_the_room() {
        let intake = Intake::default();
        for _ in 0..FILES_PER_ACCOUNT_MAX {
            intake.admit("a").unwrap();
        }
        assert!(intake.admit("a").is_err());
        intake.grow("a", BYTES_PER_ACCOUNT_MAX).unwrap();
        assert!(intake.grow("a", 1).is_err());
        intake.admit("b").unwrap();
        intake.grow("b", BYTES_TOTAL_MAX - BYTES_PER_ACCOUNT_MAX).unwrap();
        intake.admit("c").unwrap();
        assert!(intake.grow("c", 1).is_err());
        intake.release("a", BYTES_PER_ACCOUNT_MAX);
        intake.grow("c", 1).unwrap();
        intake.admit("a").unwrap();
        intake.release("c", 1);
        assert_eq!(intake.lock().len(), 2);
    }

    #[test]
    fn lines_of_old_macs() {
        for (text, expected) in
            [("a\rb\r\rc", "a\r\nb\r\n\r\nc"), ("a\r\nb\nc\r", "a\r\nb\nc\r\n"), ("\r\r\n\r", "\r\n\r\n\r\n"), ("", "")]
        {
            for room in 2..9 {
                let mut reader = BareCr { from: text.as_bytes().bytes(), held: None };
                let (mut out, mut buffer) = (Vec::new(), vec![0; room]);
                loop {
                    match reader.read(&mut buffer).unwrap() {
                        0 => break,
                        read => out.extend_from_slice(&buffer[..read]),
                    }
                }
                assert_eq!(String::from_utf8(out).unwrap(), expected, "{text:?} {room}");
            }
        }
    }
}
