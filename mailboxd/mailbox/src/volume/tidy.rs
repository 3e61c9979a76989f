// SPDX-License-Identifier: AGPL-3.0-or-later
//! Volumes that go and come while the system runs.

use crate::draft::files;
use crate::error::{Error, Result};
use crate::store::Shared;
use blobs::{Presence, VolumeId};
use ids::{ItemId, MailboxId, ModSeq};
use std::collections::HashSet;
use std::sync::Arc;

/// What was seen of the volumes.
#[derive(Default)]
pub(crate) struct Look {
    away: HashSet<VolumeId>,
}

impl Look {
    /// Once a second: says who is gone, takes who came back, and removes there what went meanwhile.
    pub fn again(&mut self, shared: &Arc<Shared>) {
        shared.blobs.look_at_secondaries();
        for (spec, presence) in shared.blobs.volumes() {
            match presence {
                Presence::Away { why } => {
                    if self.away.insert(spec.id) {
                        tracing::error!(volume = %spec.name, %why, "a volume is away: what is on it can't be read");
                    }
                    continue;
                }
                Presence::Here { .. } => {
                    if self.away.remove(&spec.id) {
                        tracing::info!(volume = %spec.name, "the volume is there again");
                    }
                }
            }
            if shared.blobs.is_owed(spec.id) {
                match tidy(shared, spec.id) {
                    Ok(files) => tracing::info!(volume = %spec.name, files, "what went while it was away is gone"),
                    Err(error) => tracing::warn!(volume = %spec.name, %error, "can't be tidied: trying again"),
                }
            }
        }
    }
}

/// Removes files that no item has any more. Answers how many.
fn tidy(shared: &Shared, volume: VolumeId) -> Result<u64> {
    let _one = shared.maintenance.lock();
    let has = |mailbox: MailboxId, item: ItemId, revision: ModSeq| match shared.has_file(mailbox, item, revision) {
        Ok(has) => has,
        // kept, as nobody can tell
        Err(error) => !matches!(error, Error::NoSuch { .. }),
    };
    let gone = shared.blobs.tidy(volume, &has)?;
    shared.blobs.is_paid(volume)?;
    Ok(gone)
}

impl Shared {
    fn has_file(&self, mailbox: MailboxId, item: ItemId, revision: ModSeq) -> Result<bool> {
        let live = self.live(mailbox)?;
        live.catch_up(self)?;
        let rows = self.metadata.read(mailbox, |reader| {
            let mut rows = reader.items(&[item])?;
            rows.extend(reader.dumped(&[item])?);
            Ok(rows)
        })?;
        Ok(rows.iter().flat_map(files).any(|file| file.revision == revision))
    }
}
