// SPDX-License-Identifier: AGPL-3.0-or-later
//! The untagged answers that tell a client what changed. The only place where the client's numbers move.

use super::{DIRTY, GONE, Message, Telling, View};
use crate::wire::{encode, set};

impl View {
    /// Writes what the client may be told now.
    pub fn tell(&mut self, out: &mut Vec<u8>, telling: Telling) {
        self.tell_keywords(out);
        if telling.expunge && self.gone > 0 {
            self.tell_expunged(out, telling.vanished);
        }
        if telling.flags && self.dirty > 0 {
            self.tell_flags(out, telling.modseq);
        }
        self.tell_arrivals(out);
    }

    /// May be told at any time: what is new comes last.
    pub fn tell_arrivals(&mut self, out: &mut Vec<u8>) {
        if self.told < self.messages.len() {
            self.told = self.messages.len();
            self.arrivals = true;
            out.extend_from_slice(format!("* {} EXISTS\r\n", self.exists()).as_bytes());
            if self.shows_recent() {
                out.extend_from_slice(format!("* {} RECENT\r\n", self.recent()).as_bytes());
            }
        }
    }

    /// New keywords, before the first FETCH that uses them. May be told at any time.
    pub fn tell_keywords(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.keywords_dirty) {
            self.write_keywords(out);
        }
    }

    /// FLAGS and PERMANENTFLAGS.
    pub fn write_keywords(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"* FLAGS ");
        self.keywords.write_all(out, None);
        out.extend_from_slice(b"\r\n* OK [PERMANENTFLAGS ");
        if self.read_only {
            out.extend_from_slice(b"()");
        } else {
            self.keywords.write_all(out, Some(self.rights));
        }
        out.extend_from_slice(b"] Flags that can be kept\r\n");
    }

    fn tell_expunged(&mut self, out: &mut Vec<u8>, vanished: bool) {
        let mut number = 0u64;
        let mut dirty_lost = 0;
        let mut uids = Vec::new();
        self.expunge_fixed();
        self.messages.retain(|entry| {
            number += 1;
            if entry.flags & GONE == 0 {
                return true;
            }
            dirty_lost += usize::from(entry.flags & DIRTY != 0);
            if vanished {
                uids.push(entry.uid.0);
            } else {
                out.extend_from_slice(b"* ");
                encode::number(out, number);
                out.extend_from_slice(b" EXPUNGE\r\n");
            }
            // Those behind it move up at once (RFC 3501 §7.4.1).
            number -= 1;
            false
        });
        if vanished {
            let mut text = String::from("* VANISHED ");
            set::write(&mut text, uids);
            out.extend_from_slice(text.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        self.told -= self.gone;
        self.dirty -= dirty_lost;
        self.gone = 0;
    }

    fn tell_flags(&mut self, out: &mut Vec<u8>, modseq: bool) {
        for index in 0..self.told {
            let Some(message) = self.at(index).filter(|m| m.dirty) else { continue };
            if !message.gone {
                self.write_flag_update(out, &message, modseq);
            }
            self.told_flags(message.number);
        }
    }

    /// `* n FETCH (UID u FLAGS (…))`: the UID helps clients that lost count and costs little.
    pub fn write_flag_update(&self, out: &mut Vec<u8>, message: &Message, modseq: bool) {
        out.extend_from_slice(format!("* {} FETCH (UID {} ", message.number, message.uid).as_bytes());
        self.write_flags(out, message);
        if modseq {
            out.extend_from_slice(format!(" MODSEQ ({})", message.modseq).as_bytes());
        }
        out.extend_from_slice(b")\r\n");
    }
}
