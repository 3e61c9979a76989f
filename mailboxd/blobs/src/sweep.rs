// SPDX-License-Identifier: AGPL-3.0-or-later
//! Removing what nobody needs: see lib.rs for what may go.

use crate::layout::{self, Anchor};
use crate::{Error, Inner, Result};
use ids::Digest;
use std::io::ErrorKind;
use std::path::Path;

impl Inner {
    pub fn sweep(&self) -> Result<(u64, u64)> {
        let mut swept = self.sweep_temporary()?;
        for shard in 0..=255 {
            let mut anchors: Vec<Anchor> =
                self.list(&self.layout.shard(shard))?.iter().filter_map(layout::parse_anchor).collect();
            anchors.sort_unstable();
            let mut rest = anchors.as_slice();
            while let Some(first) = rest.first() {
                let same = rest.partition_point(|anchor| (anchor.digest, anchor.zst) == (first.digest, first.zst));
                let (of_one_form, others) = rest.split_at(same);
                self.sweep_anchors(first.digest, of_one_form, &mut swept)?;
                rest = others;
            }
        }
        Ok(swept)
    }

    /// Highest number first, so that the numbers of those that stay have no gaps.
    fn sweep_anchors(&self, digest: Digest, anchors: &[Anchor], swept: &mut (u64, u64)) -> Result<()> {
        let shard = self.shards.lock(digest);
        if shard.is_held(&digest) {
            return Ok(());
        }
        for anchor in anchors.iter().rev() {
            let path = self.layout.anchor(*anchor);
            if !self.sweep_file(&path, swept)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Files in `tmp` without an owner: a crash left them, or an unlink that failed.
    pub fn sweep_temporary(&self) -> Result<(u64, u64)> {
        let mut swept = (0, 0);
        for entry in self.list(&self.layout.temporary())? {
            let number = entry.name.to_str().and_then(|name| u64::from_str_radix(name, 16).ok());
            if number.is_some_and(|number| self.staged.lock().contains(&number)) {
                continue;
            }
            let path = self.layout.temporary().join(entry.name);
            if let Ok(meta) = self.fs.metadata(&path) {
                self.unlink_counted(&path, meta.len, &mut swept)?;
            }
        }
        Ok(swept)
    }

    /// False if the file has other links.
    fn sweep_file(&self, path: &Path, swept: &mut (u64, u64)) -> Result<bool> {
        let meta = match self.fs.metadata(path) {
            Ok(meta) if meta.links > 1 => return Ok(false),
            Ok(meta) => meta,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(true),
            Err(source) => return Err(Error::Io { path: path.to_path_buf(), source }),
        };
        self.unlink_counted(path, meta.len, swept)?;
        Ok(true)
    }

    fn unlink_counted(&self, path: &Path, len: u64, swept: &mut (u64, u64)) -> Result<()> {
        match self.fs.unlink(path) {
            Ok(()) => *swept = (swept.0 + 1, swept.1 + len),
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(Error::Io { path: path.to_path_buf(), source }),
        }
        Ok(())
    }
}
