// SPDX-License-Identifier: AGPL-3.0-or-later
//! The file-system seam: what the journal and the blob store ask of a disk, and nothing more.
//!
//! Three implementations: [`RealFs`] is Linux; [`SimFs`] is a disk in memory that remembers what was synced and
//! can lose the rest ([`SimFs::power_cut`]); [`FaultFs`] wraps either and fails on demand.
//!
//! What a caller may rely on, and no more (the same as POSIX with the strict reading of `fsync`):
//! - bytes of a file survive a power cut only behind [`File::sync_data`], [`File::sync_all`] or [`Volume::sync`];
//! - a name (create, link, rename, unlink, directory) survives only behind [`Fs::sync_dir`] of its directory or
//!   [`Volume::sync`]. Syncing a file does not save its name. A rename is atomic;
//! - a failed sync says nothing about what reached the disk, and a later sync that succeeds doesn't either;
//! - a sector of 512 bytes is written whole or not at all, and bytes that a write did not cover are not harmed by it.

mod fault;
mod real;
mod rng;
mod sim;

pub use fault::{FaultFs, Faults};
pub use real::RealFs;
pub use rng::Rng;
pub use sim::SimFs;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// How [`Fs::open`] opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    Read,
    ReadWrite,
    /// For reading and writing; fails with `AlreadyExists` if the name is taken.
    CreateNew,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    pub len: u64,
    /// Hard links.
    pub links: u64,
    pub inode: u64,
    pub is_dir: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: OsString,
    pub is_dir: bool,
}

pub trait Fs: Send + Sync + 'static {
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn File>>;
    /// Replaces `to` if it exists. Files only.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Fails with `AlreadyExists` if `to` exists, with `TooManyLinks` at the file system's limit.
    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn unlink(&self, path: &Path) -> io::Result<()>;
    fn create_dir_all(&self, path: &Path) -> io::Result<()>;
    /// In no particular order.
    fn read_dir(&self, path: &Path) -> io::Result<Vec<Entry>>;
    fn metadata(&self, path: &Path) -> io::Result<Meta>;
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// The file system that holds `path`. Keep it open: errors of write-back since then are reported to it.
    fn volume(&self, path: &Path) -> io::Result<Box<dyn Volume>>;

    /// Removes an empty directory, where that is worth it.
    fn remove_dir(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    /// A hint where it is known: what is made below `dir` from now on are unrelated trees, to be kept apart on the disk. A
    /// file is made where its directory is, and where many are removed, making one takes longer.
    fn spread(&self, _dir: &Path) {}

    fn exists(&self, path: &Path) -> bool {
        self.metadata(path).is_ok()
    }
}

pub trait File: Send + Sync {
    /// 0 at or behind the end.
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize>;
    /// May write less than asked.
    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize>;
    fn set_len(&self, len: u64) -> io::Result<()>;
    /// Grows the file to `len` with its space reserved; reads as zeros.
    fn allocate(&self, len: u64) -> io::Result<()>;
    fn sync_data(&self) -> io::Result<()>;
    fn sync_all(&self) -> io::Result<()>;
    fn metadata(&self) -> io::Result<Meta>;

    fn write_all_at(&self, mut buf: &[u8], mut offset: u64) -> io::Result<()> {
        while !buf.is_empty() {
            match self.write_at(buf, offset) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => {
                    buf = &buf[n..];
                    offset += n as u64;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// Fills as much of `buf` as the file has; less than `buf.len()` only at the end of the file.
    fn read_full_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut done = 0;
        while done < buf.len() {
            match self.read_at(&mut buf[done..], offset + done as u64) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(done)
    }
}

pub trait Volume: Send + Sync {
    /// Everything written to the file system so far, names included (`syncfs`).
    fn sync(&self) -> io::Result<()>;
    /// Bytes that an unprivileged writer can still use.
    fn available(&self) -> io::Result<u64>;
    fn is_read_only(&self) -> io::Result<bool>;
    /// Bytes of the whole file system, whoever uses them.
    fn capacity(&self) -> io::Result<u64>;
}

/// The old content or the new one, durable under its name when this returns; never something between. What is beside it with the
/// extension `new` goes.
pub fn write_durably(fs: &dyn Fs, path: &Path, content: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    if fs.exists(&new) {
        fs.unlink(&new)?;
    }
    let file = fs.open(&new, Open::CreateNew)?;
    file.write_all_at(content, 0)?;
    file.sync_all()?;
    fs.rename(&new, path)?;
    path.parent().map_or(Ok(()), |dir| fs.sync_dir(dir))
}

/// Makes a directory and its missing parents so that they survive a power cut.
pub fn create_dir_synced(fs: &dyn Fs, path: &Path) -> io::Result<()> {
    let mut missing: Vec<PathBuf> = Vec::new();
    let mut at = Some(path);
    while let Some(dir) = at {
        if dir.as_os_str().is_empty() || fs.exists(dir) {
            break;
        }
        missing.push(dir.to_path_buf());
        at = dir.parent();
    }
    fs.create_dir_all(path)?;
    for dir in missing.iter().rev() {
        match dir.parent() {
            Some(parent) if parent.as_os_str().is_empty() => fs.sync_dir(Path::new("."))?,
            Some(parent) => fs.sync_dir(parent)?,
            None => {}
        }
    }
    Ok(())
}
