// SPDX-License-Identifier: AGPL-3.0-or-later
//! Sequence sets (RFC 3501 §9 sequence-set): numbers and ranges of messages or UIDs.

use super::cursor::{Cursor, Parsed};
use std::fmt::Write as _;

/// `*` while it is not known what it stands for. No message has this number (nz-number ends below it in practice).
pub const STAR: u32 = u32::MAX;

/// Most ranges in one set of a command.
pub const RANGES_MAX: usize = 16_384;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Set {
    /// As written: either end may be [`STAR`], and the first may be the larger one.
    ranges: Vec<(u32, u32)>,
    /// `$`: what the last search saved (RFC 5182). Then there are no ranges.
    saved: bool,
}

impl Set {
    pub fn parse(cursor: &mut Cursor<'_>) -> Parsed<Set> {
        let mut ranges = Vec::new();
        if cursor.eat(b'$') {
            return Ok(Set { ranges, saved: true });
        }
        loop {
            if ranges.len() == RANGES_MAX {
                return Err(cursor.error("too many ranges in a set"));
            }
            let from = number(cursor)?;
            let until = if cursor.eat(b':') { number(cursor)? } else { from };
            ranges.push((from, until));
            if !cursor.eat(b',') {
                return Ok(Set { ranges, saved: false });
            }
        }
    }

    /// Ascending ranges that don't touch, with `*` as `last`. RFC 3501 §6.4.8: `559:*` always holds the last one.
    pub fn resolve(&self, last: u32) -> Vec<(u32, u32)> {
        let real = |n: u32| if n == STAR { last } else { n };
        let mut ranges: Vec<(u32, u32)> =
            self.ranges.iter().map(|(a, b)| (real(*a), real(*b))).map(|(a, b)| (a.min(b), a.max(b))).collect();
        ranges.sort_unstable();
        let mut out: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (from, until) in ranges {
            match out.last_mut() {
                Some(previous) if from <= previous.1.saturating_add(1) => previous.1 = previous.1.max(until),
                _ => out.push((from, until)),
            }
        }
        out
    }

    /// The largest number named, `*` left out: what must exist for the set to be valid as sequence numbers.
    pub fn highest(&self) -> u32 {
        self.ranges.iter().flat_map(|(a, b)| [*a, *b]).filter(|n| *n != STAR).max().unwrap_or(0)
    }

    /// `1:*`
    pub fn all() -> Set {
        Set { ranges: vec![(1, STAR)], saved: false }
    }

    pub fn is_saved(&self) -> bool {
        self.saved
    }

    pub fn has_star(&self) -> bool {
        self.ranges.iter().any(|(a, b)| *a == STAR || *b == STAR)
    }
}

fn number(cursor: &mut Cursor<'_>) -> Parsed<u32> {
    if cursor.eat(b'*') {
        return Ok(STAR);
    }
    match cursor.number()? {
        0 => Err(cursor.error("0 is no message number")),
        n => Ok(n),
    }
}

/// True if ascending `ranges` (from [`Set::resolve`]) hold `n`.
pub fn holds(ranges: &[(u32, u32)], n: u32) -> bool {
    let at = ranges.partition_point(|(_, until)| *until < n);
    ranges.get(at).is_some_and(|(from, _)| *from <= n)
}

/// Ascending ranges as a set.
pub fn write_ranges(out: &mut String, ranges: impl IntoIterator<Item = (u32, u32)>) {
    for (n, (from, until)) in ranges.into_iter().enumerate() {
        let comma = if n == 0 { "" } else { "," };
        let _infallible =
            if from == until { write!(out, "{comma}{from}") } else { write!(out, "{comma}{from}:{until}") };
    }
}

/// Ascending numbers as a set: `1:3,7`. Numbers that are out of order start a new range.
pub fn write(out: &mut String, numbers: impl IntoIterator<Item = u32>) {
    let mut run: Option<(u32, u32)> = None;
    let mut first = true;
    let mut put = |out: &mut String, (from, until): (u32, u32)| {
        let comma = if first { "" } else { "," };
        first = false;
        let _infallible =
            if from == until { write!(out, "{comma}{from}") } else { write!(out, "{comma}{from}:{until}") };
    };
    for n in numbers {
        run = match run {
            Some((from, until)) if n == until.wrapping_add(1) && until != u32::MAX => Some((from, n)),
            Some(done) => {
                put(out, done);
                Some((n, n))
            }
            None => Some((n, n)),
        };
    }
    if let Some(done) = run {
        put(out, done);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> Set {
        let mut cursor = Cursor::new(text.as_bytes());
        let set = Set::parse(&mut cursor).unwrap();
        cursor.end().unwrap();
        set
    }

    #[test]
    fn stars_and_reversed_ranges() {
        assert_eq!(set("*:4,5:7,2").resolve(9), vec![(2, 2), (4, 9)]);
        assert_eq!(set("559:*").resolve(10), vec![(10, 559)]);
        assert!(holds(&set("1:3,9").resolve(9), 9));
        assert!(!holds(&set("1:3,9").resolve(9), 4));
        assert_eq!(set("1,7:*").highest(), 7);
    }

    #[test]
    fn zero_and_rubbish_are_refused() {
        for bad in ["0", "a", "", "1:", "4294967296", ","] {
            assert!(Set::parse(&mut Cursor::new(bad.as_bytes())).is_err(), "{bad}");
        }
    }

    #[test]
    fn written_in_runs() {
        let mut out = String::new();
        write(&mut out, [1, 2, 3, 7, 9, 10]);
        assert_eq!(out, "1:3,7,9:10");
    }
}
