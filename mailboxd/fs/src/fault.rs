// SPDX-License-Identifier: AGPL-3.0-or-later
//! Failures on demand: switches that can be thrown while the system runs, and a wrapper that obeys them.

use crate::{Entry, File, Fs, Meta, Open, Volume};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

const FOREVER: u64 = u64::MAX;

/// Everything off at first.
#[derive(Debug)]
pub struct Faults {
    /// Bytes by which files may still grow.
    space: AtomicU64,
    failing_syncs: AtomicU64,
    short_writes: AtomicBool,
    read_only: AtomicBool,
}

impl Default for Faults {
    fn default() -> Faults {
        Faults {
            space: AtomicU64::new(FOREVER),
            failing_syncs: AtomicU64::new(0),
            short_writes: AtomicBool::new(false),
            read_only: AtomicBool::new(false),
        }
    }
}

impl Faults {
    /// Files may grow by `bytes` more, then ENOSPC; `None`: no limit. At 0, new names fail too.
    pub fn set_space(&self, bytes: Option<u64>) {
        self.space.store(bytes.unwrap_or(FOREVER), SeqCst);
    }

    /// The next `count` syncs (of files, directories or the volume) fail with EIO.
    pub fn fail_syncs(&self, count: u64) {
        self.failing_syncs.store(count, SeqCst);
    }

    pub fn set_all_syncs_fail(&self, fail: bool) {
        self.failing_syncs.store(if fail { FOREVER } else { 0 }, SeqCst);
    }

    /// A write takes half of what it is given.
    pub fn set_short_writes(&self, short: bool) {
        self.short_writes.store(short, SeqCst);
    }

    /// Whatever changes the disk fails with EROFS.
    pub fn set_read_only(&self, read_only: bool) {
        self.read_only.store(read_only, SeqCst);
    }

    /// All off again.
    pub fn clear(&self) {
        self.set_space(None);
        self.fail_syncs(0);
        self.set_short_writes(false);
        self.set_read_only(false);
    }

    /// Bytes by which files may still grow.
    pub fn space_left(&self) -> u64 {
        self.space.load(SeqCst)
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        let failing = self.failing_syncs.fetch_update(SeqCst, SeqCst, |n| match n {
            0 => None,
            FOREVER => Some(FOREVER),
            n => Some(n - 1),
        });
        match failing {
            Ok(_) => Err(io::Error::from_raw_os_error(libc::EIO)),
            Err(_) => Ok(()),
        }
    }

    pub(crate) fn change(&self) -> io::Result<()> {
        match self.read_only.load(SeqCst) {
            true => Err(io::Error::from_raw_os_error(libc::EROFS)),
            false => Ok(()),
        }
    }

    pub(crate) fn new_name(&self) -> io::Result<()> {
        self.change()?;
        match self.space.load(SeqCst) {
            0 => Err(io::Error::from_raw_os_error(libc::ENOSPC)),
            _ => Ok(()),
        }
    }

    pub(crate) fn grow(&self, bytes: u64) -> io::Result<()> {
        self.change()?;
        match self.take(bytes, bytes) {
            0 if bytes > 0 => Err(io::Error::from_raw_os_error(libc::ENOSPC)),
            _ => Ok(()),
        }
    }

    /// How many of the `len` bytes to be written at `offset` of a file of `size` go through.
    pub(crate) fn write(&self, len: usize, offset: u64, size: u64) -> io::Result<usize> {
        self.change()?;
        let len = if self.short_writes.load(SeqCst) { len.div_ceil(2) } else { len };
        let inside = (size.saturating_sub(offset)).min(len as u64);
        let grows = len as u64 - inside;
        let granted = self.take(grows, 1);
        match inside + granted {
            0 if len > 0 => Err(io::Error::from_raw_os_error(libc::ENOSPC)),
            n => Ok(n as usize),
        }
    }

    /// Takes `want` bytes of space, or what there is if that is at least `least`, or nothing.
    fn take(&self, want: u64, least: u64) -> u64 {
        let mut granted = 0;
        let _ = self.space.fetch_update(SeqCst, SeqCst, |space| {
            granted = if space == FOREVER { want } else { want.min(space) };
            if granted < least {
                granted = 0;
            }
            Some(if space == FOREVER { space } else { space - granted })
        });
        granted
    }
}

/// Any file system, with switches to make it fail.
pub struct FaultFs {
    inner: Arc<dyn Fs>,
    faults: Arc<Faults>,
}

impl FaultFs {
    pub fn new(inner: Arc<dyn Fs>) -> FaultFs {
        FaultFs { inner, faults: Arc::default() }
    }

    pub fn faults(&self) -> Arc<Faults> {
        self.faults.clone()
    }
}

impl Fs for FaultFs {
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn File>> {
        match how {
            Open::Read => {}
            Open::ReadWrite => self.faults.change()?,
            Open::CreateNew => self.faults.new_name()?,
        }
        Ok(Box::new(FaultFile { inner: self.inner.open(path, how)?, faults: self.faults.clone() }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.faults.change()?;
        self.inner.rename(from, to)
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.faults.new_name()?;
        self.inner.hard_link(from, to)
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        self.faults.change()?;
        self.inner.unlink(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.faults.change()?;
        self.inner.remove_dir(path)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        if !self.inner.exists(path) {
            self.faults.new_name()?;
        }
        self.inner.create_dir_all(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<Entry>> {
        self.inner.read_dir(path)
    }

    fn metadata(&self, path: &Path) -> io::Result<Meta> {
        self.inner.metadata(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.faults.sync()?;
        self.inner.sync_dir(path)
    }

    fn volume(&self, path: &Path) -> io::Result<Box<dyn Volume>> {
        Ok(Box::new(FaultVolume { inner: self.inner.volume(path)?, faults: self.faults.clone() }))
    }
}

struct FaultFile {
    inner: Box<dyn File>,
    faults: Arc<Faults>,
}

impl File for FaultFile {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.inner.read_at(buf, offset)
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize> {
        let n = self.faults.write(buf.len(), offset, self.inner.metadata()?.len)?;
        self.inner.write_at(&buf[..n], offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.faults.change()?;
        self.inner.set_len(len)
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        self.faults.grow(len.saturating_sub(self.inner.metadata()?.len))?;
        self.inner.allocate(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.faults.sync()?;
        self.inner.sync_data()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.faults.sync()?;
        self.inner.sync_all()
    }

    fn metadata(&self) -> io::Result<Meta> {
        self.inner.metadata()
    }
}

struct FaultVolume {
    inner: Box<dyn Volume>,
    faults: Arc<Faults>,
}

impl Volume for FaultVolume {
    fn sync(&self) -> io::Result<()> {
        self.faults.sync()?;
        self.inner.sync()
    }

    fn available(&self) -> io::Result<u64> {
        match self.faults.space_left() {
            FOREVER => self.inner.available(),
            space => Ok(space),
        }
    }

    fn is_read_only(&self) -> io::Result<bool> {
        self.inner.is_read_only()
    }

    fn capacity(&self) -> io::Result<u64> {
        self.inner.capacity()
    }
}
