// SPDX-License-Identifier: AGPL-3.0-or-later
//! A file in `tmp` with an owner.

use crate::Inner;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;

/// A name of its own, that a sweep leaves alone. A file that still has it when this is dropped is removed.
pub struct Temporary<I: Deref<Target = Inner>> {
    inner: I,
    number: u64,
    path: PathBuf,
}

impl<I: Deref<Target = Inner>> Temporary<I> {
    pub fn new(inner: I) -> Temporary<I> {
        let number = inner.next_temporary.fetch_add(1, Relaxed);
        inner.staged.lock().insert(number);
        let path = inner.layout.temporary().join(format!("{number:016x}"));
        Temporary { inner, number, path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl<I: Deref<Target = Inner>> Drop for Temporary<I> {
    fn drop(&mut self) {
        // Renamed by now, if all went well. If this fails, a sweep takes it.
        let _ = self.inner.fs.unlink(&self.path);
        self.inner.staged.lock().remove(&self.number);
    }
}
