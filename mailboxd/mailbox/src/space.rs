// SPDX-License-Identifier: AGPL-3.0-or-later
//! Room for applying what is acknowledged is reserved: a change is refused while the disks have less than the reserve free,
//! so that what the journal holds always fits into the stores.

use crate::error::{Error, Result};
use fs::Fs;
use parking_lot::Mutex;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long an answer of the file system is believed.
const BELIEVED: Duration = Duration::from_millis(100);

pub(crate) struct Space {
    fs: Arc<dyn Fs>,
    /// A directory on each file system that a change needs.
    paths: Vec<PathBuf>,
    reserve_bytes: u64,
    looked: Mutex<Option<(Instant, Option<String>)>>,
}

impl Space {
    pub fn new(fs: Arc<dyn Fs>, paths: Vec<PathBuf>, reserve_bytes: u64) -> Space {
        Space { fs, paths, reserve_bytes, looked: Mutex::new(None) }
    }

    pub fn check(&self) -> Result<()> {
        let mut looked = self.looked.lock();
        let answer = match &*looked {
            Some((when, answer)) if when.elapsed() < BELIEVED => answer.clone(),
            _ => {
                let answer = self.look();
                *looked = Some((Instant::now(), answer.clone()));
                answer
            }
        };
        answer.map_or(Ok(()), |why| Err(Error::Unavailable(why)))
    }

    /// Why nothing may be written now.
    fn look(&self) -> Option<String> {
        self.paths.iter().find_map(|path| match self.fs.volume(path).and_then(|volume| volume.available()) {
            Ok(free) if free < self.reserve_bytes => {
                Some(format!("{} has {} MiB free, less than the reserve: make room", path.display(), free >> 20))
            }
            Ok(_) => None,
            Err(error) => Some(format!("{}: {error}", path.display())),
        })
    }
}
