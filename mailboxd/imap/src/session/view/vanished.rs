// SPDX-License-Identifier: AGPL-3.0-or-later
//! UIDs that are not there any more (QRESYNC, RFC 7162 §3.2). All that are missing are named, not only those that went since
//! the client was here last: it passes over what it does not know, and no list of the dead has to be kept.

use super::View;
use crate::wire::set::{self, Set};

impl View {
    /// `* VANISHED (EARLIER) …` for the UIDs of a set; nothing if all are there. Here `*` is any UID, not the last that is left:
    /// those above it may be what went.
    pub fn write_vanished_earlier(&self, out: &mut Vec<u8>, set: &Set) {
        let missing = self.missing(&set.resolve(u32::MAX));
        if !missing.is_empty() {
            let mut text = String::from("* VANISHED (EARLIER) ");
            set::write_ranges(&mut text, missing);
            out.extend_from_slice(text.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }

    /// Of those that were given when the folder was read, or were seen since: later ones are still to come.
    fn missing(&self, ranges: &[(u32, u32)]) -> Vec<(u32, u32)> {
        let told = self.messages.get(..self.told).unwrap_or_default();
        let last = self.highest_uid.0.max(self.uids_below.saturating_sub(1));
        let mut missing = Vec::new();
        for &(from, until) in ranges {
            let until = until.min(last);
            let mut next = from.max(1);
            let start = told.partition_point(|m| m.uid.0 < from);
            for uid in told.iter().skip(start).map(|m| m.uid.0).take_while(|uid| *uid <= until) {
                if next < uid {
                    missing.push((next, uid - 1));
                }
                next = uid.saturating_add(1);
            }
            if next <= until {
                missing.push((next, until));
            }
        }
        missing
    }
}
