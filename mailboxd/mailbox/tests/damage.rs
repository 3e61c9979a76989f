// SPDX-License-Identifier: AGPL-3.0-or-later
//! A damaged journal: a torn last batch is what a crash leaves and is cut; a damaged middle is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails may panic")]

mod common;
mod sim;

use common::message;
use fs::{Fs, Open};
use sim::{Machine, deliver};
use std::path::Path;

fn mail(n: usize) -> Vec<u8> {
    message(&format!("{n}@x"), &format!("rule {n}"), None, &"text ".repeat(n % 40))
}

#[test]
fn a_torn_last_batch_is_cut_and_a_damaged_middle_is_refused() {
    for (victim, refused) in [(mail(7), false), (mail(4), true)] {
        let mut machine = Machine::new(1);
        machine.compress = false;
        let store = machine.boot();
        for n in 0..8 {
            deliver(&store, &mail(n), &["alice"]).remove(0).unwrap();
        }
        drop(store);
        let (segment, offset) = find(&machine, &victim);
        machine.disk.corrupt(&segment, offset, b"????????").unwrap();
        match machine.open() {
            Err(error) => {
                let text = error.to_string();
                assert!(refused && text.contains("damaged") && text.contains("store verify --repair"), "{text}");
            }
            Ok(store) => {
                assert!(!refused, "a damaged middle was accepted");
                drop(store);
            }
        }
    }
}

/// Segment and offset of a body in the journal.
fn find(machine: &Machine, bytes: &[u8]) -> (std::path::PathBuf, u64) {
    let found = machine.segments().into_iter().find_map(|path| {
        let content = read(&machine.disk, &path);
        let at = content.windows(bytes.len()).position(|window| window == bytes)?;
        Some((path, at as u64))
    });
    found.expect("the body is in the journal")
}

fn read(fs: &dyn Fs, path: &Path) -> Vec<u8> {
    let file = fs.open(path, Open::Read).unwrap();
    let mut content = vec![0; file.metadata().unwrap().len as usize];
    let read = file.read_full_at(&mut content, 0).unwrap();
    content.truncate(read);
    content
}
