// SPDX-License-Identifier: AGPL-3.0-or-later
//! A body on its way in. It is collected up to [`CHUNK_BYTES`] and then handed to the backend: most messages cross to the
//! blocking pool once, with their end. After a failure the rest is read and dropped, so that the answer finds the client.

use crate::backend::{Backend, Envelope};
use crate::reply::{self, Reply};
use crate::trace::Stamp;

pub(super) const CHUNK_BYTES: usize = 256 << 10;
/// Room for a message of unknown size.
const FIRST_BYTES: usize = 16 << 10;

pub(super) struct Intake<Body> {
    /// Not yet handed over.
    pub buffer: Vec<u8>,
    body: Option<Body>,
    /// Octets that came from the client and were counted.
    pub size: u64,
    size_max: u64,
    failure: Option<Reply>,
    /// What is to be written before the body; None once it is, and for LMTP, which stores what came.
    stamp: Option<Stamp>,
}

impl<Body: Send + 'static> Intake<Body> {
    pub fn new(declared: Option<u64>, size_max: u64, stamp: Option<Stamp>) -> Intake<Body> {
        let declared = declared.and_then(|d| usize::try_from(d).ok()).unwrap_or(FIRST_BYTES);
        let buffer = Vec::with_capacity(declared.clamp(FIRST_BYTES, CHUNK_BYTES) + FIRST_BYTES / 4);
        Intake { buffer, body: None, size: 0, size_max, failure: None, stamp }
    }

    /// To be called when `added` octets were appended to the buffer.
    pub async fn advance<B: Backend<Body = Body>>(&mut self, backend: &B, added: usize) {
        self.size += added as u64;
        if self.size > self.size_max {
            self.fail(reply::TOO_LARGE);
        }
        if self.failure.is_some() {
            self.buffer.clear();
        } else if self.buffer.len() >= CHUNK_BYTES {
            self.hand_over(backend).await;
        }
    }

    fn fail(&mut self, reply: Reply) {
        self.failure.get_or_insert(reply);
        self.body = None;
    }

    async fn hand_over<B: Backend<Body = Body>>(&mut self, backend: &B) {
        if let Err(reply) = self.stamp(backend, false) {
            self.buffer.clear();
            return self.fail(reply);
        }
        let chunk = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK_BYTES + FIRST_BYTES));
        match backend.write(self.body.take(), chunk).await {
            Ok(body) => self.body = Some(body),
            Err(reply) => self.fail(reply),
        }
    }

    fn stamp<B: Backend>(&mut self, backend: &B, whole: bool) -> Result<(), Reply> {
        let Some(stamp) = self.stamp.take() else { return Ok(()) };
        let mut stamped = stamp.fields(&self.buffer, whole, |account, from| backend.may_send_as(account, from))?;
        stamped.extend_from_slice(&self.buffer);
        self.buffer = stamped;
        Ok(())
    }

    /// An answer per recipient.
    pub async fn finish<B: Backend<Body = Body>>(mut self, backend: &B, envelope: Envelope) -> Vec<Result<(), Reply>> {
        if self.failure.is_none()
            && let Err(reply) = self.stamp(backend, true)
        {
            self.failure = Some(reply);
        }
        let count = envelope.recipients.len();
        if let Some(reply) = self.failure {
            return vec![Err(reply); count];
        }
        let mut answers = backend.accept(self.body, self.buffer, envelope).await;
        // Never a positive answer that nobody gave.
        answers.resize_with(count, || Err(reply::internal("a recipient was not answered")));
        answers
    }
}
