// SPDX-License-Identifier: AGPL-3.0-or-later
//! Records on their way: a group is what will be one batch, and those who wait for it.

use crate::{Error, Result};
use bytes::Bytes;
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;

/// A record that was queued.
pub struct Pending {
    pub seq: u64,
    pub time_ms: u64,
    pub(crate) done: Arc<Done>,
}

impl Pending {
    /// Blocks until the record is durable, or has failed for good.
    pub fn wait(self) -> Result<()> {
        let mut outcome = self.done.outcome.lock();
        loop {
            match outcome.as_ref() {
                Some(Ok(())) => return Ok(()),
                Some(Err(why)) => return Err(Error::NotDurable(why.clone())),
                None => self.done.changed.wait(&mut outcome),
            }
        }
    }
}

#[derive(Default)]
pub(crate) struct Done {
    outcome: Mutex<Option<std::result::Result<(), String>>>,
    changed: Condvar,
}

impl Done {
    pub fn finish(&self, outcome: std::result::Result<(), String>) {
        *self.outcome.lock() = Some(outcome);
        self.changed.notify_all();
    }
}

pub(crate) struct Queued {
    pub kind: u8,
    pub time_ms: u64,
    pub parts: Vec<Bytes>,
}

pub(crate) struct Group {
    pub first_seq: u64,
    pub records: Vec<Queued>,
    pub bytes: usize,
    pub done: Arc<Done>,
}

impl Group {
    pub fn new(first_seq: u64) -> Group {
        Group { first_seq, records: Vec::new(), bytes: 0, done: Arc::default() }
    }
}
