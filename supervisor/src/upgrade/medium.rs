// SPDX-License-Identifier: AGPL-3.0-or-later
//! Where slots and their state lie: a seam, so that tests can stop the machine at every write. Partitions and files of the ESP are
//! files to us, written in place and never made longer or shorter.

use crate::upgrade::bundle;
use crate::upgrade::error::{Error, Result};
use crate::upgrade::slotstate::{self, BLOCK, Slot, State};
use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    State(usize),
    Tries,
    Image(Slot, bundle::Part),
}

pub trait Medium {
    fn bytes(&self, part: Part) -> Result<u64>;
    fn read(&self, part: Part, at: u64, into: &mut [u8]) -> Result<()>;
    fn write(&mut self, part: Part, at: u64, bytes: &[u8]) -> Result<()>;
    /// On the disk, and out of memory: what is read next comes from there.
    fn sync(&mut self, part: Part) -> Result<()>;
}

#[derive(Debug, Clone)]
pub struct Files {
    pub states: [PathBuf; 2],
    pub tries: PathBuf,
    pub boot: [PathBuf; 2],
    pub root: [PathBuf; 2],
}

impl Files {
    fn path(&self, part: Part) -> &PathBuf {
        match part {
            Part::State(copy) => &self.states[copy],
            Part::Tries => &self.tries,
            Part::Image(slot, bundle::Part::Boot) => &self.boot[slot.index()],
            Part::Image(slot, bundle::Part::Root) => &self.root[slot.index()],
        }
    }

    fn open(&self, part: Part, write: bool) -> Result<File> {
        let path = self.path(part);
        let opened = File::options().read(true).write(write).open(path);
        opened.map_err(|source| Error::Read { path: path.clone(), source })
    }
}

impl Medium for Files {
    fn bytes(&self, part: Part) -> Result<u64> {
        let read = |source| Error::Read { path: self.path(part).clone(), source };
        // A device has no length; it has an end.
        self.open(part, false)?.seek(SeekFrom::End(0)).map_err(read)
    }

    fn read(&self, part: Part, at: u64, into: &mut [u8]) -> Result<()> {
        let mut file = self.open(part, false)?;
        let read = |source| Error::Read { path: self.path(part).clone(), source };
        file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(into)).map_err(read)
    }

    fn write(&mut self, part: Part, at: u64, bytes: &[u8]) -> Result<()> {
        let mut file = self.open(part, true)?;
        let write = |source| Error::Write { path: self.path(part).clone(), source };
        file.seek(SeekFrom::Start(at)).and_then(|_| file.write_all(bytes)).map_err(write)
    }

    fn sync(&mut self, part: Part) -> Result<()> {
        let file = self.open(part, true)?;
        file.sync_data().map_err(|source| Error::Write { path: self.path(part).clone(), source })?;
        // Advice: where it is not taken, reading back proves less.
        let _ = posix_fadvise(&file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED);
        Ok(())
    }
}

pub fn read_state(medium: &impl Medium) -> Result<State> {
    let copies = copies(medium)?;
    Ok(slotstate::read([&copies[0], &copies[1]]))
}

pub fn write_state(medium: &mut impl Medium, to: State) -> Result<()> {
    let copies = copies(medium)?;
    for (copy, block) in slotstate::writes([&copies[0], &copies[1]], to) {
        medium.write(Part::State(copy), 0, &block)?;
        medium.sync(Part::State(copy))?;
    }
    Ok(())
}

pub fn read_tries(medium: &impl Medium) -> Result<[u8; 2]> {
    let mut block = [0; BLOCK];
    medium.read(Part::Tries, 0, &mut block)?;
    Ok(slotstate::tries(&block))
}

pub fn write_tries(medium: &mut impl Medium, tries: [u8; 2]) -> Result<()> {
    medium.write(Part::Tries, 0, &slotstate::render_tries(tries))?;
    medium.sync(Part::Tries)
}

fn copies(medium: &impl Medium) -> Result<[[u8; BLOCK]; 2]> {
    let mut copies = [[0; BLOCK]; 2];
    for (number, copy) in copies.iter_mut().enumerate() {
        medium.read(Part::State(number), 0, copy)?;
    }
    Ok(copies)
}
