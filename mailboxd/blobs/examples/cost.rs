// SPDX-License-Identifier: AGPL-3.0-or-later
//! Microseconds a message, syncs not counted: `cargo run --release -p ph-blobs --example cost [DIR] [BYTES]`.
#![allow(clippy::print_stdout, reason = "a tool")]

use ids::{ItemId, MailboxId, ModSeq};
use ph_blobs::{Blobs, Error, Options};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

const MESSAGES: u32 = 10_000;

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let dir = PathBuf::from(arguments.next().unwrap_or_else(|| "./blobs-cost".into()));
    let bytes: usize = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(10 << 10);
    for compress in [false, true] {
        let blobs = Blobs::open(Arc::new(fs::RealFs), &dir, Options { compress, inline_max: 1 << 20 })?;
        let mut message = vec![b'x'; bytes];
        let mut spent = [Duration::ZERO; 5];
        for item in 0..MESSAGES {
            message[..4].copy_from_slice(&item.to_le_bytes());
            let mut clock = Instant::now();
            let mut lap = |at: usize| {
                spent[at] += clock.elapsed();
                clock = Instant::now();
            };
            let mut staging = blobs.stage(1 << 30);
            staging.write(&message)?;
            let staged = staging.finish()?;
            lap(0);
            if let Some(stored) = &staged.inline {
                blobs.put(staged.digest, stored)?;
            }
            lap(1);
            let mailbox = MailboxId(item % 10 + 1);
            blobs.link(staged.digest, mailbox, ItemId(item), ModSeq(1))?;
            lap(2);
            blobs.open_item(mailbox, ItemId(item), ModSeq(1))?.read_all()?;
            lap(3);
        }
        let clock = Instant::now();
        blobs.sync()?;
        spent[4] = clock.elapsed();
        let each = |at: usize| spent[at].as_secs_f64() * 1e6 / f64::from(MESSAGES);
        println!(
            "compress {compress}: stage {:.1} µs, put {:.1} µs, link {:.1} µs, read {:.1} µs, sync of all {:.0} ms",
            each(0),
            each(1),
            each(2),
            each(3),
            each(4) * f64::from(MESSAGES) / 1e3
        );
        std::fs::remove_dir_all(&dir).map_err(|source| Error::Io { path: dir.clone(), source })?;
    }
    Ok(())
}
