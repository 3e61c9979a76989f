// SPDX-License-Identifier: AGPL-3.0-or-later
//! An open file of the simulated disk.

use super::SimFs;
use super::disk::{Change, Disk, Node};
use crate::{File, Meta, Rng};
use std::io::{self, ErrorKind};

pub(super) struct SimFile {
    fs: SimFs,
    inode: u64,
    writable: bool,
}

impl SimFile {
    pub fn new(fs: SimFs, inode: u64, writable: bool, disk: &mut Disk) -> SimFile {
        if let Some(node) = disk.nodes.get_mut(&inode) {
            node.handles += 1;
        }
        SimFile { fs, inode, writable }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Node) -> io::Result<T>) -> io::Result<T> {
        let mut disk = self.fs.disk.lock();
        disk.powered()?;
        work(disk.nodes.get_mut(&self.inode).ok_or(ErrorKind::NotFound)?)
    }

    fn writable(&self) -> io::Result<()> {
        match self.writable {
            true => Ok(()),
            false => Err(io::Error::from_raw_os_error(libc::EBADF)),
        }
    }
}

impl Drop for SimFile {
    fn drop(&mut self) {
        if let Some(node) = self.fs.disk.lock().nodes.get_mut(&self.inode) {
            node.handles -= 1;
        }
    }
}

impl File for SimFile {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.with(|node| {
            if node.is_dir {
                return Err(io::Error::from_raw_os_error(libc::EISDIR));
            }
            let from = usize::try_from(offset).unwrap_or(usize::MAX).min(node.now.len());
            let n = buf.len().min(node.now.len() - from);
            buf[..n].copy_from_slice(&node.now[from..from + n]);
            Ok(n)
        })
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize> {
        self.writable()?;
        self.with(|node| {
            let n = self.fs.faults.write(buf.len(), offset, node.now.len() as u64)?;
            node.change(Change::Write { offset, data: buf[..n].to_vec() });
            Ok(n)
        })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.writable()?;
        self.fs.faults.change()?;
        self.with(|node| {
            node.change(Change::Len(len));
            Ok(())
        })
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        self.writable()?;
        self.with(|node| {
            let grows = len.saturating_sub(node.now.len() as u64);
            self.fs.faults.grow(grows)?;
            if grows > 0 {
                node.change(Change::Len(len));
            }
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut disk = self.fs.disk.lock();
        disk.start_sync()?;
        let syncs = disk.syncs;
        let node = disk.nodes.get_mut(&self.inode).ok_or(ErrorKind::NotFound)?;
        if let Err(e) = self.fs.faults.sync() {
            // What Linux does: the pages are clean now, written or not.
            node.fail_sync(&mut Rng::new(syncs ^ self.inode));
            return Err(e);
        }
        node.sync();
        Ok(())
    }

    fn sync_all(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn metadata(&self) -> io::Result<Meta> {
        self.with(|node| Ok(node.meta(self.inode)))
    }
}
