// SPDX-License-Identifier: AGPL-3.0-or-later
//! A disk in memory that knows what was synced.
//!
//! Each file has its bytes as a reader sees them (`now`), the bytes that the platters hold for sure (`synced`), and
//! the changes between the two in order (`pending`); the same for names. A sync moves changes from pending to
//! synced; a power cut (cut.rs) keeps some of the pending ones, by seed. A sync that fails does what Linux does: the
//! pages count as clean afterwards, some were written and some were not, and no later sync repairs that.

mod cut;
mod disk;
mod file;

use crate::{Entry, Faults, File, Fs, Meta, Open, Volume};
use disk::{Disk, NameChange, Node};
use parking_lot::Mutex;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

/// Hard links a file may have, as on ext4.
const LINKS_MAX: u64 = 65_000;

/// Cheap to clone; clones are the same disk.
#[derive(Clone)]
pub struct SimFs {
    disk: Arc<Mutex<Disk>>,
    faults: Arc<Faults>,
}

impl Default for SimFs {
    fn default() -> SimFs {
        SimFs::new()
    }
}

impl SimFs {
    /// An empty disk with a root directory.
    pub fn new() -> SimFs {
        SimFs::of(Disk::new(LINKS_MAX))
    }

    /// With another limit of hard links a file, for tests of what happens there.
    pub fn with_links_max(links_max: u64) -> SimFs {
        SimFs::of(Disk::new(links_max))
    }

    fn of(disk: Disk) -> SimFs {
        SimFs { disk: Arc::new(Mutex::new(disk)), faults: Arc::default() }
    }

    /// Switches for failures.
    pub fn faults(&self) -> Arc<Faults> {
        self.faults.clone()
    }

    /// Syncs so far: of files, directories and the volume.
    pub fn syncs(&self) -> u64 {
        self.disk.lock().syncs
    }

    /// Power goes away as the `n`-th sync from now starts (1 is the next one): it and all that follows fail.
    pub fn cut_at_sync(&self, n: u64) {
        let mut disk = self.disk.lock();
        disk.cut_at = Some(disk.syncs + n);
    }

    pub fn is_powered(&self) -> bool {
        self.disk.lock().powered
    }

    /// The disk as the next boot finds it. This one is dead from now on.
    pub fn power_cut(&self, seed: u64) -> SimFs {
        let mut disk = self.disk.lock();
        disk.powered = false;
        SimFs::of(cut::after_power_loss(&disk, seed))
    }

    /// Overwrites bytes behind everybody's back, as a decaying disk does.
    pub fn corrupt(&self, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.disk.lock();
        let (_, node) = disk.find_mut(path)?;
        node.corrupt(offset, bytes);
        Ok(())
    }
}

impl Fs for SimFs {
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn File>> {
        let mut disk = self.disk.lock();
        disk.powered()?;
        match how {
            Open::Read => {}
            Open::ReadWrite => self.faults.change()?,
            Open::CreateNew => self.faults.new_name()?,
        }
        let inode = if how == Open::CreateNew {
            disk.must_be_free(path)?;
            let inode = disk.add_node(Node::default());
            disk.change_names(NameChange::add(path, inode));
            inode
        } else {
            let (inode, node) = disk.find_mut(path)?;
            if node.is_dir && how == Open::ReadWrite {
                return Err(io::Error::from_raw_os_error(libc::EISDIR));
            }
            inode
        };
        Ok(Box::new(file::SimFile::new(self.clone(), inode, how != Open::Read, &mut disk)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut disk = self.disk.lock();
        disk.powered()?;
        self.faults.change()?;
        let (inode, node) = disk.find_mut(from)?;
        if node.is_dir {
            return Err(ErrorKind::Unsupported.into());
        }
        disk.parent_must_exist(to)?;
        match disk.find_mut(to) {
            // POSIX: renaming a link to another link of the same file does nothing.
            Ok((same, _)) if same == inode => return Ok(()),
            Ok((_, node)) if node.is_dir => return Err(io::Error::from_raw_os_error(libc::EISDIR)),
            _ => {}
        }
        disk.change_names(NameChange::rename(from, to, inode));
        Ok(())
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut disk = self.disk.lock();
        disk.powered()?;
        self.faults.new_name()?;
        let links_max = disk.links_max;
        let (inode, node) = disk.find_mut(from)?;
        if node.is_dir {
            return Err(ErrorKind::PermissionDenied.into());
        }
        let full = node.links >= links_max;
        disk.must_be_free(to)?;
        if full {
            return Err(io::Error::from_raw_os_error(libc::EMLINK));
        }
        disk.change_names(NameChange::add(to, inode));
        Ok(())
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.disk.lock();
        disk.powered()?;
        self.faults.change()?;
        if disk.find_mut(path)?.1.is_dir {
            return Err(io::Error::from_raw_os_error(libc::EISDIR));
        }
        disk.change_names(NameChange::remove(path));
        Ok(())
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.disk.lock();
        disk.powered()?;
        let mut ancestors: Vec<&Path> = path.ancestors().filter(|p| !p.as_os_str().is_empty()).collect();
        ancestors.reverse();
        for dir in ancestors {
            match disk.find_mut(dir) {
                Ok((_, node)) if node.is_dir => {}
                Ok(_) => return Err(ErrorKind::AlreadyExists.into()),
                Err(_) => {
                    self.faults.new_name()?;
                    let inode = disk.add_node(Node { is_dir: true, ..Node::default() });
                    disk.change_names(NameChange::add(dir, inode));
                }
            }
        }
        Ok(())
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let disk = self.disk.lock();
        disk.powered()?;
        disk.list(path)
    }

    fn metadata(&self, path: &Path) -> io::Result<Meta> {
        let mut disk = self.disk.lock();
        disk.powered()?;
        let (inode, node) = disk.find_mut(path)?;
        Ok(node.meta(inode))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.disk.lock();
        disk.start_sync()?;
        if !disk.find_mut(path)?.1.is_dir {
            return Err(io::Error::from_raw_os_error(libc::ENOTDIR));
        }
        self.faults.sync()?;
        disk.sync_names(|change| change.touches(path));
        Ok(())
    }

    fn volume(&self, path: &Path) -> io::Result<Box<dyn Volume>> {
        self.metadata(path)?;
        Ok(Box::new(SimVolume(self.clone())))
    }
}

struct SimVolume(SimFs);

impl Volume for SimVolume {
    fn sync(&self) -> io::Result<()> {
        let mut disk = self.0.disk.lock();
        disk.start_sync()?;
        let outcome = self.0.faults.sync();
        match outcome {
            Ok(()) => disk.sync_all(),
            Err(_) => disk.fail_all(),
        }
        outcome
    }

    fn available(&self) -> io::Result<u64> {
        self.0.disk.lock().powered()?;
        Ok(self.0.faults.space_left())
    }

    fn is_read_only(&self) -> io::Result<bool> {
        Ok(false)
    }

    fn capacity(&self) -> io::Result<u64> {
        self.available()
    }
}
