// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]
//! Durable appends a second at 1, 8 and 32 threads: `cargo run --release -p ph-journal --example throughput [DIR] [BYTES]`.
#![allow(clippy::print_stdout, reason = "a tool")]

use bytes::Bytes;
use ph_journal::{Error, Journal, Options};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

const SECONDS: u64 = 3;

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let dir = PathBuf::from(arguments.next().unwrap_or_else(|| "./journal-throughput".into()));
    let bytes = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(16 << 10);
    for threads in [1, 8, 32] {
        std::fs::create_dir_all(&dir).map_err(|source| Error::Io { path: dir.clone(), source })?;
        let options = Options { segment_bytes_max: 64 << 20, record_bytes_max: 16 << 20 };
        let journal = Journal::open(Arc::new(fs::RealFs), &dir, options)?;
        let (done, failed) = (AtomicU64::new(0), AtomicU64::new(0));
        let payload = Bytes::from(vec![b'x'; bytes]);
        let end = Instant::now() + Duration::from_secs(SECONDS);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while Instant::now() < end {
                        let outcome = journal.append(1, vec![payload.clone()]).and_then(|pending| pending.wait());
                        if outcome.is_ok() { &done } else { &failed }.fetch_add(1, Relaxed);
                    }
                });
            }
        });
        println!(
            "{threads:>3} threads: {:>7} appends/s of {bytes} bytes, {} failed",
            done.into_inner() / SECONDS,
            failed.into_inner()
        );
        journal.retire(journal.synced())?;
        drop(journal);
        std::fs::remove_dir_all(&dir).map_err(|source| Error::Io { path: dir.clone(), source })?;
    }
    Ok(())
}
