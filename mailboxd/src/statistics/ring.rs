// SPDX-License-Identifier: AGPL-3.0-or-later
//! A file of as many samples as fit, the newest in the place of the oldest. A sample's place follows from its time, so nothing else has to be
//! remembered, and a file that was cut off anywhere is a file with some samples less.
//!
//! Each slot: length of the text, CRC-32C of the text (both four octets, little endian), the text, zeros. All room is taken when the file is
//! made: a full disk stops it from being made, never from being written.

use super::sample::Sample;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

pub const SLOT_BYTES: u64 = 1024;
const HEAD_BYTES: usize = 8;

pub struct Ring {
    file: File,
    slots: u64,
    /// Seconds between two samples.
    step: u64,
}

impl Ring {
    /// Makes it, or makes it anew where it has another size.
    pub fn open(path: &Path, slots: u64, step: u64) -> io::Result<Ring> {
        let open = || OpenOptions::new().read(true).write(true).mode(0o600).open(path);
        let file = match open() {
            Ok(file) if file.metadata()?.len() == slots * SLOT_BYTES => file,
            Ok(_) => {
                make(path, slots)?;
                open()?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make(path, slots)?;
                open()?
            }
            Err(error) => return Err(error),
        };
        Ok(Ring { file, slots, step })
    }

    /// Not durable at once: what a crash of the machine takes is the last figures.
    pub fn put(&self, sample: &Sample) -> io::Result<()> {
        let text = sample.written(SLOT_BYTES as usize - HEAD_BYTES)?;
        let mut slot = vec![0; SLOT_BYTES as usize];
        let length = u32::try_from(text.len()).map_err(io::Error::other)?;
        slot[..4].copy_from_slice(&length.to_le_bytes());
        slot[4..HEAD_BYTES].copy_from_slice(&crc32c::crc32c(&text).to_le_bytes());
        slot[HEAD_BYTES..HEAD_BYTES + text.len()].copy_from_slice(&text);
        self.file.write_all_at(&slot, sample.t / self.step % self.slots * SLOT_BYTES)
    }

    /// The samples from `begin` to before `end` (seconds since 1970), oldest first. What is torn or from a round before is none.
    pub fn between(&self, begin: u64, end: u64) -> io::Result<Vec<Sample>> {
        let mut content = vec![0; usize::try_from(self.slots * SLOT_BYTES).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut content, 0)?;
        let slots = content.chunks_exact(SLOT_BYTES as usize);
        let mut samples: Vec<Sample> = slots.filter_map(read).filter(|one| one.t >= begin && one.t < end).collect();
        samples.sort_by_key(|sample| sample.t);
        Ok(samples)
    }
}

fn read(slot: &[u8]) -> Option<Sample> {
    let number = |at: usize| slot.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
    let length = usize::try_from(number(0)?).ok().filter(|length| *length > 0)?;
    let text = slot.get(HEAD_BYTES..HEAD_BYTES.checked_add(length)?)?;
    (crc32c::crc32c(text) == number(4)?).then(|| serde_json::from_slice(text).ok())?
}

/// Under another name first: a file that is there is whole.
fn make(path: &Path, slots: u64) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    let zeros = vec![0; SLOT_BYTES as usize];
    let written = (0..slots).try_for_each(|_| file.write_all(&zeros)).and_then(|()| file.sync_all());
    if let Err(error) = written {
        let _ = std::fs::remove_file(&fresh);
        return Err(error);
    }
    std::fs::rename(&fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(t: u64) -> Sample {
        Sample { t, delivered: t, ..Sample::default() }
    }

    fn times(ring: &Ring) -> Vec<u64> {
        ring.between(0, u64::MAX).unwrap().iter().map(|sample| sample.t).collect()
    }

    #[test]
    fn the_newest_take_the_place_of_the_oldest_across_starts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("minutes.ring");
        let ring = Ring::open(&path, 4, 60).unwrap();
        assert_eq!(times(&ring), [0; 0]);
        for minute in 10..13 {
            ring.put(&sample(minute * 60 + 7)).unwrap();
        }
        drop(ring);
        let ring = Ring::open(&path, 4, 60).unwrap();
        assert_eq!(times(&ring), [607, 667, 727]);
        for minute in 13..16 {
            ring.put(&sample(minute * 60)).unwrap();
        }
        assert_eq!(times(&ring), [727, 780, 840, 900]);
        assert_eq!(ring.between(780, 900).unwrap().len(), 2);
        assert_eq!(path.metadata().unwrap().len(), 4 * SLOT_BYTES);
    }

    /// As a crash in the middle of a write, or a disk, leaves it.
    #[test]
    fn what_is_torn_or_garbled_is_left_out_and_the_rest_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("minutes.ring");
        let ring = Ring::open(&path, 4, 60).unwrap();
        for minute in 0..4 {
            ring.put(&sample(minute * 60 + 1)).unwrap();
        }
        let whole = std::fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(3) {
            for byte in [0, 1, 0xff] {
                let mut garbled = whole.clone();
                garbled[at] = byte;
                std::fs::write(&path, &garbled).unwrap();
                let found = times(&Ring::open(&path, 4, 60).unwrap());
                assert!(found.len() >= 3 && found.iter().all(|t| t % 60 == 1), "{at} {byte} {found:?}");
            }
        }
        // Cut off: it is made anew.
        std::fs::write(&path, &whole[..1500]).unwrap();
        let ring = Ring::open(&path, 4, 60).unwrap();
        assert_eq!(times(&ring), [0; 0]);
        ring.put(&sample(61)).unwrap();
        assert_eq!(times(&ring), [61]);
    }

    #[test]
    fn on_a_full_disk_there_is_none_and_nothing_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("minutes.ring");
        // What is written under this name finds no room.
        std::os::unix::fs::symlink("/dev/full", dir.path().join("minutes.new")).unwrap();
        let error = Ring::open(&path, 4, 60).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        Ring::open(&path, 4, 60).unwrap();
    }
}
