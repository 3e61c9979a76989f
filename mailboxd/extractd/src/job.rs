// SPDX-License-Identifier: AGPL-3.0-or-later
//! One request: what was found so far, and what may still be spent.

use crate::output::{Block, Output};
use crate::{Tools, format, kind};
use extract::{About, Answer, Answered, View};
use std::io::Read;

/// Documents within documents: an archive in a mail in an archive …
const DEPTH_MAX: u32 = 6;
/// Files of all archives and mails together.
const MEMBERS_MAX: u32 = 2_000;
/// Octets of all that was compressed.
const INFLATED_BYTES_MAX: u64 = 128 << 20;
/// More octets out of one is a bomb, once there are a lot of them.
const RATIO_MAX: u64 = 250;
const RATIO_FLOOR_BYTES: u64 = 4 << 20;

pub struct Job {
    pub out: Output,
    pub tools: Tools,
    of: Answered,
    depth: u32,
    members: u32,
    inflated: u64,
    /// There was a bomb: nothing more is inflated.
    is_spent: bool,
}

impl Job {
    pub fn new(view: View, tools: Tools) -> Job {
        Job {
            out: Output::new(view),
            tools,
            of: Answered::default(),
            depth: 0,
            members: 0,
            inflated: 0,
            is_spent: false,
        }
    }

    /// Whatever it is.
    pub fn document(&mut self, bytes: &[u8], about: &About) {
        let kind = kind::of(bytes, about);
        format::read(self, kind, bytes, about);
    }

    /// A file within the document.
    pub fn member(&mut self, bytes: &[u8], about: &About) {
        if self.depth >= DEPTH_MAX {
            self.of.cut = true;
            return;
        }
        if !about.name.is_empty() {
            self.out.block(Block::Heading, &about.name);
        }
        self.depth += 1;
        self.document(bytes, about);
        self.depth -= 1;
    }

    /// Counts a file within the document; false: there are enough.
    pub fn counts_member(&mut self) -> bool {
        self.members += 1;
        let goes_on = self.members <= MEMBERS_MAX && !self.is_over() && !self.is_spent;
        self.of.cut |= !goes_on;
        goes_on
    }

    /// Reads what is compressed to so many octets. What ends early or breaks is what it was until then.
    pub fn inflate(&mut self, mut from: impl Read, packed: u64) -> Vec<u8> {
        let mut out = Vec::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = match from.read(&mut buffer) {
                Ok(0) => return out,
                Ok(read) => read,
                Err(_) => {
                    self.of.damaged = true;
                    return out;
                }
            };
            self.inflated += read as u64;
            let length = (out.len() + read) as u64;
            let is_bomb = length > RATIO_FLOOR_BYTES && length / packed.max(1) > RATIO_MAX;
            if self.inflated > INFLATED_BYTES_MAX || is_bomb {
                self.is_spent = true;
                self.of.cut = true;
                return out;
            }
            out.extend_from_slice(&buffer[..read]);
        }
    }

    /// There is room for nothing more.
    pub fn is_over(&self) -> bool {
        self.out.is_full()
    }

    /// What is compressed is not looked at any more.
    pub fn is_spent(&self) -> bool {
        self.is_spent
    }

    pub fn cut(&mut self) {
        self.of.cut = true;
    }

    pub fn protected(&mut self) {
        self.of.protected = true;
    }

    pub fn damaged(&mut self) {
        self.of.damaged = true;
    }

    /// Says nothing of a file in an archive: there are always some.
    pub fn unknown(&mut self) {
        self.of.unknown |= self.depth == 0;
    }

    pub fn finish(self) -> Answer {
        let mut of = self.of;
        of.cut |= self.out.is_full();
        let text = self.out.finish();
        of.bytes = text.len() as u64;
        Answer { of, text }
    }
}
