// SPDX-License-Identifier: AGPL-3.0-or-later
//! Which slot boots: pure functions over two blocks of 1024 bytes that the selector of the image reads (image/src/disk/selector.cfg).
//!
//! **What holds whatever happens to a write:** what says something lies in a block's first sector of 512 bytes, and a disk
//! writes a sector whole, or leaves nonsense that is no block. The copy with the larger SEQ counts, and a decision goes into both,
//! one after the other, the older first: so a lost or torn sector leaves the decision before, or this one. And once it was written,
//! neither copy has an old decision that damage to the other could bring back.

use std::fmt::Write as _;

pub const BLOCK: usize = 1024;
const HEADER: &str = "# GRUB Environment Block\n";
const SECTOR: usize = 512;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    A,
    B,
}

impl Slot {
    pub fn other(self) -> Slot {
        match self {
            Slot::A => Slot::B,
            Slot::B => Slot::A,
        }
    }

    pub fn letter(self) -> &'static str {
        match self {
            Slot::A => "A",
            Slot::B => "B",
        }
    }

    pub fn parse(text: &str) -> Option<Slot> {
        [Slot::A, Slot::B].into_iter().find(|slot| slot.letter() == text)
    }

    pub fn index(self) -> usize {
        self as usize
    }
}

/// A decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    pub primary: Slot,
    /// Whether each may be booted.
    pub is_good: [bool; 2],
}

/// What the selector takes when it can read neither copy: try everything.
const UNKNOWN: State = State { primary: Slot::A, is_good: [true, true] };

/// The decision that counts.
pub fn read(copies: [&[u8]; 2]) -> State {
    newest(copies).map_or(UNKNOWN, |(_, _, state)| state)
}

/// The two writes that make it so, in their order: a copy's number, and what it gets.
pub fn writes(copies: [&[u8]; 2], to: State) -> [(usize, Vec<u8>); 2] {
    let (newest, sequence) = newest(copies).map_or((1, 0), |(copy, sequence, _)| (copy, sequence));
    let older = 1 - newest;
    [(older, render(sequence + 1, to)), (newest, render(sequence + 2, to))]
}

fn newest(copies: [&[u8]; 2]) -> Option<(usize, u64, State)> {
    let read = |(copy, block)| parse(block).map(|(sequence, state)| (copy, sequence, state));
    copies.into_iter().enumerate().filter_map(read).max_by_key(|(_, sequence, _)| *sequence)
}

fn parse(block: &[u8]) -> Option<(u64, State)> {
    let flag = |name| match value(block, name)? {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    };
    let sequence = value(block, "SEQ")?.parse().ok()?;
    let primary = Slot::parse(value(block, "PRIMARY")?)?;
    Some((sequence, State { primary, is_good: [flag("A_OK")?, flag("B_OK")?] }))
}

fn render(sequence: u64, state: State) -> Vec<u8> {
    let flag = |slot: Slot| if state.is_good[slot.index()] { "1" } else { "0" };
    block(&[
        ("SEQ", &sequence.to_string()),
        ("PRIMARY", state.primary.letter()),
        ("A_OK", flag(Slot::A)),
        ("B_OK", flag(Slot::B)),
    ])
}

/// Boots of each slot that nobody called good since; the selector counts up, we put it back to none.
pub fn tries(block: &[u8]) -> [u8; 2] {
    ["A_TRY", "B_TRY"].map(|name| value(block, name).and_then(|text| text.parse().ok()).unwrap_or(0))
}

pub fn render_tries(tries: [u8; 2]) -> Vec<u8> {
    block(&[("A_TRY", &tries[0].to_string()), ("B_TRY", &tries[1].to_string())])
}

/// Numbers and letters: it never fills a sector.
fn block(lines: &[(&str, &str)]) -> Vec<u8> {
    let mut text = HEADER.to_owned();
    for (name, value) in lines {
        let _ = writeln!(text, "{name}={value}");
    }
    debug_assert!(text.len() <= SECTOR);
    let mut block = text.into_bytes();
    block.resize(BLOCK, b'#');
    block
}

/// Of the first sector: the rest of the block is filling.
fn value<'a>(block: &'a [u8], name: &str) -> Option<&'a str> {
    if block.len() != BLOCK {
        return None;
    }
    let text = std::str::from_utf8(block.get(..SECTOR)?).ok()?.strip_prefix(HEADER)?;
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn a_state() -> impl Strategy<Value = State> {
        (any::<bool>(), any::<[bool; 2]>())
            .prop_map(|(is_a, is_good)| State { primary: if is_a { Slot::A } else { Slot::B }, is_good })
    }

    fn disk(copies: &[Vec<u8>; 2]) -> [&[u8]; 2] {
        [&copies[0], &copies[1]]
    }

    fn apply(copies: &mut [Vec<u8>; 2], to: State) {
        for (copy, block) in writes(disk(copies), to) {
            copies[copy] = block;
        }
    }

    proptest! {
        /// Each of the two writes in turn is the last that happens; of its sectors any are new, old, zeros or nonsense.
        #[test]
        fn a_torn_write_leaves_the_state_before_or_the_new_one(
            history in prop::collection::vec(a_state(), 1..4),
            to in a_state(),
            last in 0..2usize,
            fates in any::<[u8; 2]>(),
            nonsense in prop::collection::vec(any::<u8>(), SECTOR),
            next in a_state(),
        ) {
            let mut copies = [vec![b'#'; BLOCK], vec![b'#'; BLOCK]];
            for state in &history {
                apply(&mut copies, *state);
            }
            let before = read(disk(&copies));
            prop_assert_eq!(before, *history.last().unwrap());
            for (number, (copy, block)) in writes(disk(&copies), to).into_iter().enumerate().take(last + 1) {
                if number < last {
                    copies[copy] = block;
                    continue;
                }
                for (sector, fate) in fates.iter().enumerate() {
                    let range = sector * SECTOR..(sector + 1) * SECTOR;
                    match fate % 4 {
                        0 => copies[copy][range.clone()].copy_from_slice(&block[range]),
                        1 => {}
                        2 => copies[copy][range].fill(0),
                        _ => copies[copy][range].copy_from_slice(&nonsense),
                    }
                }
            }
            let after = read(disk(&copies));
            prop_assert!(after == before || after == to, "{:?} after {:?} to {:?}", after, before, to);
            // Whatever is left, the next decision is made as always.
            apply(&mut copies, next);
            prop_assert_eq!(read(disk(&copies)), next);
        }

        /// A decision that was written survives the loss of either copy.
        #[test]
        fn one_lost_copy_brings_no_old_decision_back(history in prop::collection::vec(a_state(), 1..4), lost in 0..2usize) {
            let mut copies = [vec![0; BLOCK], vec![0; BLOCK]];
            for state in &history {
                apply(&mut copies, *state);
            }
            copies[lost].fill(0xff);
            prop_assert_eq!(read(disk(&copies)), *history.last().unwrap());
        }

        #[test]
        fn nonsense_is_no_state(bytes in prop::collection::vec(any::<u8>(), 0..2048)) {
            prop_assert_eq!(read([&bytes, &bytes]), UNKNOWN);
            prop_assert_eq!(tries(&bytes), [0, 0]);
        }
    }

    /// Byte for byte what the selector reads, and what image/src/disk/env_block.rs puts on a new disk.
    #[test]
    fn a_block_is_what_grub_reads() {
        let state = State { primary: Slot::A, is_good: [true, false] };
        let [(first, block), (second, _)] = writes([&[], &[]], state);
        assert_eq!((first, second), (0, 1));
        let text = String::from_utf8(block).unwrap();
        assert!(text.starts_with("# GRUB Environment Block\nSEQ=1\nPRIMARY=A\nA_OK=1\nB_OK=0\n###"), "{text}");
        assert_eq!(tries(&render_tries([2, 0])), [2, 0]);
        assert_eq!(render_tries([0, 0]).len(), BLOCK);
    }
}
