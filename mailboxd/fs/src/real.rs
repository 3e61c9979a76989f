// SPDX-License-Identifier: AGPL-3.0-or-later
//! Linux.

use crate::{Entry, File, Fs, Meta, Open, Volume};
use libc::{c_int, c_long};
use nix::fcntl::FallocateFlags;
use std::fs;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

pub struct RealFs;

impl Fs for RealFs {
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn File>> {
        let mut options = fs::OpenOptions::new();
        match how {
            Open::Read => options.read(true),
            Open::ReadWrite => options.read(true).write(true),
            Open::CreateNew => options.read(true).write(true).create_new(true),
        };
        Ok(Box::new(RealFile(options.open(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<Entry>> {
        fs::read_dir(path)?
            .map(|entry| {
                let entry = entry?;
                Ok(Entry { is_dir: entry.file_type()?.is_dir(), name: entry.file_name() })
            })
            .collect()
    }

    fn metadata(&self, path: &Path) -> io::Result<Meta> {
        // A symbolic link is not ours to follow: the stores make none.
        Ok(meta(&fs::symlink_metadata(path)?))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        fs::File::open(path)?.sync_all()
    }

    fn volume(&self, path: &Path) -> io::Result<Box<dyn Volume>> {
        Ok(Box::new(RealVolume(fs::File::open(path)?)))
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn spread(&self, dir: &Path) {
        // a file system without this attribute puts them where it likes
        let _ = set_top_directory(dir);
    }
}

/// chattr(1), attribute T; linux/fs.h.
const FS_TOPDIR_FL: c_int = 0x0002_0000;

mod flags {
    use super::{c_int, c_long};
    // The numbers name a long, but an int is what goes through.
    nix::ioctl_read_bad!(get, nix::request_code_read!(b'f', 1, size_of::<c_long>()), c_int);
    nix::ioctl_write_ptr_bad!(set, nix::request_code_write!(b'f', 2, size_of::<c_long>()), c_int);
}

#[expect(unsafe_code, reason = "ioctls")]
fn set_top_directory(dir: &Path) -> io::Result<()> {
    let dir = fs::File::open(dir)?;
    let mut flags = 0;
    // SAFETY: ioctl_iflags(2): it writes one int, to a place that outlives the call.
    unsafe { flags::get(dir.as_raw_fd(), &raw mut flags) }?;
    let flags = flags | FS_TOPDIR_FL;
    // SAFETY: the same; it reads one int.
    unsafe { flags::set(dir.as_raw_fd(), &raw const flags) }?;
    Ok(())
}

fn meta(of: &fs::Metadata) -> Meta {
    Meta { len: of.len(), links: of.nlink(), inode: of.ino(), is_dir: of.is_dir() }
}

struct RealFile(fs::File);

impl File for RealFile {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buf, offset)
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize> {
        self.0.write_at(buf, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        let len = i64::try_from(len).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        match nix::fcntl::fallocate(&self.0, FallocateFlags::empty(), 0, len) {
            Ok(()) => Ok(()),
            // Not every file system can (NFS, some FUSE): sparse is the best there is.
            Err(nix::errno::Errno::EOPNOTSUPP) => match self.0.metadata()?.len() < len as u64 {
                true => self.0.set_len(len as u64),
                false => Ok(()),
            },
            Err(e) => Err(e.into()),
        }
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.0.sync_all()
    }

    fn metadata(&self) -> io::Result<Meta> {
        Ok(meta(&self.0.metadata()?))
    }
}

struct RealVolume(fs::File);

impl Volume for RealVolume {
    fn sync(&self) -> io::Result<()> {
        // Linux 5.8 and later: fails once for each open descriptor if write-back failed since it was opened.
        Ok(nix::unistd::syncfs(&self.0)?)
    }

    fn available(&self) -> io::Result<u64> {
        let stat = nix::sys::statvfs::fstatvfs(&self.0)?;
        Ok(stat.blocks_available() * stat.fragment_size())
    }

    fn is_read_only(&self) -> io::Result<bool> {
        Ok(nix::sys::statvfs::fstatvfs(&self.0)?.flags().contains(nix::sys::statvfs::FsFlags::ST_RDONLY))
    }

    fn capacity(&self) -> io::Result<u64> {
        let stat = nix::sys::statvfs::fstatvfs(&self.0)?;
        Ok(stat.blocks() * stat.fragment_size())
    }
}
