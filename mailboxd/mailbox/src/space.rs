// SPDX-License-Identifier: AGPL-3.0-or-later
//! Room for applying what is acknowledged is reserved: a change is refused while the disks have less than the reserve free,
//! so that what the journal holds always fits into the stores. Changes that bring no message may go deeper into the reserve:
//! whoever deletes mail to make room needs some room for it.

use crate::error::Error;
use fs::Fs;
use parking_lot::Mutex;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The part of the reserve that a change without a new message leaves alone.
const LAST_PART: u64 = 4;
/// How long an answer of the file system is believed.
const BELIEVED: Duration = Duration::from_millis(100);

pub(crate) struct Space {
    fs: Arc<dyn Fs>,
    /// A directory on each file system that a change needs.
    paths: Vec<PathBuf>,
    reserve_bytes: u64,
    looked: Mutex<Option<(Instant, Result<Least, String>)>>,
}

/// The fullest of the file systems.
#[derive(Debug, Clone)]
struct Least {
    free: u64,
    path: PathBuf,
}

impl Space {
    pub fn new(fs: Arc<dyn Fs>, paths: Vec<PathBuf>, reserve_bytes: u64) -> Space {
        Space { fs, paths, reserve_bytes, looked: Mutex::new(None) }
    }

    /// `grows`: the change brings messages.
    pub fn check(&self, grows: bool) -> crate::Result<()> {
        let least = self.least().map_err(Error::Unavailable)?;
        let reserve = if grows { self.reserve_bytes } else { self.reserve_bytes / LAST_PART };
        if least.free < reserve {
            let (path, free) = (least.path.display(), least.free >> 20);
            return Err(Error::Unavailable(format!("{path} has {free} MiB free, less than the reserve: make room")));
        }
        Ok(())
    }

    /// Less than twice the reserve is free: before mail is refused, other things have to go.
    pub fn is_scarce(&self) -> bool {
        self.least().is_ok_and(|least| least.free < self.reserve_bytes.saturating_mul(2))
    }

    fn least(&self) -> Result<Least, String> {
        let mut looked = self.looked.lock();
        match &*looked {
            Some((when, answer)) if when.elapsed() < BELIEVED => answer.clone(),
            _ => {
                let answer = self.look();
                *looked = Some((Instant::now(), answer.clone()));
                answer
            }
        }
    }

    fn look(&self) -> Result<Least, String> {
        let mut least = Least { free: u64::MAX, path: PathBuf::new() };
        for path in &self.paths {
            let free = self.fs.volume(path).and_then(|volume| volume.available());
            let free = free.map_err(|error| format!("{}: {error}", path.display()))?;
            if free < least.free {
                least = Least { free, path: path.clone() };
            }
        }
        Ok(least)
    }
}
