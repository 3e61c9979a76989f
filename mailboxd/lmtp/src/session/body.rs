// SPDX-License-Identifier: AGPL-3.0-or-later
//! DATA and BDAT: the body, and the answer when it is durable.

use super::intake::Intake;
use super::transaction::Transaction;
use super::{Next, Session};
use crate::backend::{Backend, Envelope};
use crate::config::Role;
use crate::data::Decoder;
use crate::reply::{self, Reply};
use crate::trace::Stamp;
use std::io;
use tokio::time::Instant;

const NO_RECIPIENTS: Reply = Reply::new(503, "5.5.1", "No valid recipients");
const GO_AHEAD: Reply = Reply::new(354, "", "End with CRLF.CRLF");

impl<B: Backend> Session<B> {
    pub(super) async fn data(&mut self) -> io::Result<Next> {
        // RFC 2033 §4.2: without a recipient there is nothing to send; RFC 3030 §3: not after BDAT.
        let transaction = match self.transaction.take() {
            Some(t) if !t.recipients.is_empty() && t.chunks.is_none() => t,
            other => {
                let reply = if other.is_some() { NO_RECIPIENTS } else { reply::SEQUENCE };
                self.transaction = other;
                return Ok(self.refuse(reply));
            }
        };
        self.reply(&GO_AHEAD);
        let mut intake = self.intake(&transaction);
        let mut decoder = Decoder::new();
        let end = Instant::now() + self.config.limits.body;
        loop {
            let before = intake.buffer.len();
            let (used, done) = decoder.decode(&self.wire.input, &mut intake.buffer);
            let added = intake.buffer.len() - before;
            self.wire.consume(used);
            intake.advance(&self.backend, added).await;
            if done {
                break;
            }
            self.more(end).await?;
        }
        self.finish(transaction, intake).await;
        Ok(Next::Command)
    }

    pub(super) async fn bdat(&mut self, size: u64, last: bool) -> io::Result<Next> {
        let mut transaction = match self.transaction.take() {
            Some(t) if !t.recipients.is_empty() => t,
            other => {
                // RFC 3030 §2: the octets come whatever the answer is.
                self.transaction = other;
                self.drop_octets(size).await?;
                return Ok(self.refuse(NO_RECIPIENTS));
            }
        };
        let mut intake = transaction.chunks.take().unwrap_or_else(|| self.intake(&transaction));
        let end = Instant::now() + self.config.limits.body;
        let mut left = size;
        while left > 0 {
            if self.wire.input.is_empty() {
                self.more(end).await?;
            }
            let take = self.wire.input.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            intake.buffer.extend_from_slice(&self.wire.input[..take]);
            self.wire.consume(take);
            intake.advance(&self.backend, take).await;
            left -= take as u64;
        }
        if last {
            self.finish(transaction, intake).await;
        } else {
            transaction.chunks = Some(intake);
            self.transaction = Some(transaction);
            self.accept(&Reply::of(250, "2.0.0", format!("{size} octets")));
        }
        Ok(Next::Command)
    }

    async fn drop_octets(&mut self, size: u64) -> io::Result<()> {
        let end = Instant::now() + self.config.limits.body;
        let mut left = size;
        while left > 0 {
            if self.wire.input.is_empty() {
                self.more(end).await?;
            }
            let take = self.wire.input.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            self.wire.consume(take);
            left -= take as u64;
        }
        Ok(())
    }

    /// Replies first, then waits for more of a body.
    async fn more(&mut self, end: Instant) -> io::Result<()> {
        self.wire.flush().await?;
        let deadline = self.wire.idle_deadline().min(end);
        if self.wire.fill(deadline).await? { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn intake(&self, transaction: &Transaction<B::Body>) -> Intake<B::Body> {
        let stamp = (self.config.role != Role::Lmtp).then(|| self.stamp(transaction));
        Intake::new(transaction.mail.size, self.config.limits.message_bytes_max, stamp)
    }

    fn stamp(&self, transaction: &Transaction<B::Body>) -> Stamp {
        let hello = self.hello.as_ref();
        Stamp {
            hostname: self.config.hostname.clone(),
            greeting: hello.map(|h| h.name.clone()).unwrap_or_default(),
            extended: hello.is_some_and(|h| h.extended),
            peer: self.peer,
            tls: self.tls,
            smtputf8: transaction.mail.smtputf8,
            account: self.account.clone(),
            // RFC 5321 §4.4: more than one would tell Bcc recipients of each other.
            recipient: match transaction.recipients.as_slice() {
                [only] => Some(only.address.clone()),
                _ => None,
            },
        }
    }

    async fn finish(&mut self, transaction: Transaction<B::Body>, intake: Intake<B::Body>) {
        let started = Instant::now();
        let bytes = intake.size;
        let envelope = Envelope { from: transaction.mail.from, recipients: transaction.recipients };
        let addresses: Vec<String> = envelope.recipients.iter().map(|r| r.address.clone()).collect();
        let answers = intake.finish(&self.backend, envelope).await;
        answers.iter().for_each(|answer| self.config.metrics.recipient(answer));
        let taken = answers.iter().filter(|a| a.is_ok()).count();
        let ms = started.elapsed().as_millis();
        tracing::info!(peer = ?self.peer, recipients = answers.len(), taken, bytes, ms = ms as u64, "message");
        if taken > 0 {
            self.commands = 0;
        }
        if self.config.role == Role::Lmtp {
            // RFC 2033 §4.2: one answer for each RCPT that was accepted, in their order.
            for (address, answer) in addresses.iter().zip(answers) {
                let reply = match answer {
                    Ok(()) => Reply::of(250, "2.0.0", format!("<{address}> delivered")),
                    Err(reply) => Reply::of(reply.code, reply.enhanced, format!("<{address}> {}", reply.text)),
                };
                self.reply(&reply);
            }
        } else {
            let reply = summary(&answers);
            self.reply(&reply);
        }
    }
}

/// SMTP's one answer. While one recipient may still get the message it is to be sent again, even if others get it twice:
/// better twice than never.
fn summary(answers: &[Result<(), Reply>]) -> Reply {
    let mut refusals = answers.iter().filter_map(|a| a.as_ref().err());
    let first = refusals.clone().next().cloned();
    refusals.find(|r| !r.is_permanent()).cloned().or(first).unwrap_or(Reply::new(250, "2.0.0", "Message taken"))
}
