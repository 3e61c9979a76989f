// SPDX-License-Identifier: AGPL-3.0-or-later

use crate::{Blobs, Error, Loose, Result};
use ids::Digest;
use std::io::ErrorKind;

/// What a sweep removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    pub files: u64,
    pub bytes: u64,
}

impl Swept {
    fn add(&mut self, more: Swept) {
        self.files += more.files;
        self.bytes += more.bytes;
    }
}

impl Blobs {
    /// Removes anchors that lost their last link since the last sweep. Call it behind a checkpoint only: a record that may be
    /// replayed must find what it links from.
    pub fn sweep(&self) -> Result<Swept> {
        self.sweep_loose(self.loose())
    }

    /// Those that lost their last link up to now: for who has something to do before they go.
    pub fn loose(&self) -> Loose {
        let mut loose = Loose::new(self, std::mem::take(&mut *self.0.loose.lock()));
        loose.others = self.here().map(|(_, other)| other.loose()).collect();
        loose
    }

    pub fn sweep_loose(&self, mut loose: Loose) -> Result<Swept> {
        let mut swept = Swept::default();
        while !self.is_held()
            && let Some(digest) = loose.pop()
        {
            self.sweep_digest(digest, &mut swept)?;
        }
        for other in std::mem::take(&mut loose.others) {
            if self.is_held() {
                break;
            }
            let volume = other.blobs.clone();
            swept.add(volume.sweep_loose(other)?);
        }
        Ok(swept)
    }

    /// The same for all anchors: what a crash left behind.
    pub fn sweep_all(&self) -> Result<Swept> {
        let mut swept = Swept::default();
        if self.is_held() {
            return Ok(swept);
        }
        for (_, other) in self.here() {
            swept.add(other.sweep_all()?);
        }
        for shard in 0..self.0.shards.len() {
            let dir = self.0.root.join("blob").join(format!("{shard:02x}"));
            for entry in self.0.fs.read_dir(&dir).map_err(Error::at(&dir))? {
                let hex = entry.name.to_str().and_then(|name| name.get(..64));
                if let Some(digest) = hex.and_then(Digest::from_hex) {
                    self.sweep_digest(digest, &mut swept)?;
                }
            }
        }
        Ok(swept)
    }

    pub(crate) fn sweep_digest(&self, digest: Digest, swept: &mut Swept) -> Result<()> {
        let _shard = self.lock(digest);
        if self.0.pins.lock().contains_key(&digest) {
            self.0.loose.lock().insert(digest);
            return Ok(());
        }
        let anchors = self.anchors(digest)?;
        // further anchors are numbered without gaps: they go together
        if anchors.iter().any(|(_, meta)| meta.links > 1) {
            return Ok(());
        }
        for (path, meta) in anchors.iter().rev() {
            match self.0.fs.unlink(path) {
                Ok(()) => {
                    swept.files += 1;
                    swept.bytes += meta.len;
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(Error::at(path)(error)),
            }
        }
        Ok(())
    }
}
