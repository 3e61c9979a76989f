// SPDX-License-Identifier: AGPL-3.0-or-later
//! The TRANSACTION state: STAT, LIST, RETR, DELE, NOOP, RSET (RFC 1939 §5), TOP and UIDL (§7).

use super::failure::Failure;
use super::{Outcome, Session, State};
use crate::command::Command;
use crate::encoder::Encoder;
use crate::limits;
use crate::maildrop::{Entry, Maildrop};
use mailbox::Blob;

/// Lines that are written before the socket is asked to take them.
const LINES_BATCH: usize = 1_000;

fn no_such() -> Failure {
    Failure::plain("no such message")
}

impl Session {
    pub(super) async fn transaction(&mut self, command: Command) -> Outcome {
        let State::Transaction(maildrop) = &mut self.state else {
            return Err(Failure::plain("log in first"));
        };
        match command {
            Command::Noop => Ok("nothing done".to_owned()),
            Command::Stat => {
                let (count, octets) = totals(maildrop);
                Ok(format!("{count} {octets}"))
            }
            Command::Rset => {
                maildrop.entries.iter_mut().for_each(|entry| entry.is_deleted = false);
                Ok("nothing is marked any more".to_owned())
            }
            Command::Dele(number) => {
                maildrop.entry(number).ok_or_else(no_such)?.is_deleted = true;
                Ok(format!("message {number} is marked"))
            }
            Command::List(Some(number)) => {
                let entry = maildrop.entry(number).ok_or_else(no_such)?;
                Ok(format!("{number} {}", entry.size))
            }
            Command::Uidl(Some(number)) => {
                let entry = *maildrop.entry(number).ok_or_else(no_such)?;
                Ok(format!("{number} {}", maildrop.unique_id(&entry)))
            }
            Command::List(None) => {
                let (count, octets) = totals(maildrop);
                self.listing(&format!("{count} messages ({octets} octets)"), |_, entry| entry.size.to_string()).await
            }
            Command::Uidl(None) => self.listing("unique ids follow", Maildrop::unique_id).await,
            Command::Retr(number) => self.send(number, None).await,
            Command::Top(number, lines) => self.send(number, Some(lines)).await,
            _ => Err(Failure::plain("not now")),
        }
    }

    /// A line a message that is not marked.
    async fn listing(&mut self, first: &str, of: impl Fn(&Maildrop, &Entry) -> String) -> Outcome {
        self.ok(first);
        let Session { socket, state, .. } = self;
        let State::Transaction(maildrop) = state else { return Err(Failure::plain("log in first")) };
        for (written, (number, entry)) in maildrop.present().enumerate() {
            socket.put(format!("{number} {}\r\n", of(maildrop, entry)).as_bytes());
            if written % LINES_BATCH == 0 {
                socket.flush_if_large().await?;
            }
        }
        self.put(".");
        Ok(String::new())
    }

    /// A message from its file, piece by piece; `lines` of its body.
    async fn send(&mut self, number: u32, lines: Option<u32>) -> Outcome {
        let State::Transaction(maildrop) = &mut self.state else { return Err(Failure::plain("log in first")) };
        let entry = *maildrop.entry(number).ok_or_else(no_such)?;
        // Somebody else, over IMAP for instance, may have taken it away.
        let item = maildrop.item(entry).await?.ok_or_else(no_such)?;
        let handle = maildrop.handle.clone();
        let mut blob = handle.run(move |mailbox| mailbox.open_blob(&item)).await?;
        self.ok(&format!("{} octets", entry.size));
        let mut encoder = Encoder::new(lines);
        let (mut at, mut out) = (0, Vec::new());
        while !encoder.is_done() && at < blob.len() {
            let (back, piece) = handle.run(move |_| read(blob, at)).await.map_err(cut_short)?;
            blob = back;
            if piece.is_empty() {
                break;
            }
            at += piece.len() as u64;
            encoder.encode(&piece, &mut out);
            self.socket.put(&out);
            out.clear();
            self.socket.flush_if_large().await?;
        }
        encoder.finish(&mut out);
        self.socket.put(&out);
        Ok(String::new())
    }
}

fn totals(maildrop: &Maildrop) -> (usize, u64) {
    maildrop.present().fold((0, 0), |(count, octets), (_, entry)| (count + 1, octets + entry.size))
}

fn read(mut blob: Blob, at: u64) -> mailbox::Result<(Blob, Vec<u8>)> {
    let mut piece = vec![0; limits::CHUNK_BYTES];
    let read = blob.read_at(at, &mut piece).map_err(mailbox::Error::from)?;
    piece.truncate(read);
    Ok((blob, piece))
}

/// In the midst of a message there is no way to say that it failed but to end: a client must not take half of it for all.
fn cut_short(error: mailbox::Error) -> Failure {
    tracing::error!(%error, "pop3: a message could not be read to its end");
    Failure::Closed(std::io::Error::other(error))
}
