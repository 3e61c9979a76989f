// SPDX-License-Identifier: AGPL-3.0-or-later
//! Upgrades of the image: a signed bundle goes into the slot that does not run, and is booted next; what does not come up three
//! times is left by the selector, and the version before runs again.
//!
//!     source -> work (preflight, download) -> bundle -> install -> trial -> the last write: it boots next
//!       ^                                                                      |
//!     schedule, command line, control socket                                   confirm (all runs, a probe mail) -> good
//!
//! What decides (slotstate, bundle, record, window) is pure; what writes goes through medium.

pub mod bundle;
pub mod confirm;
pub mod error;
pub mod install;
pub mod keys;
pub mod medium;
pub mod place;
pub mod preflight;
pub mod probe;
pub mod record;
pub mod schedule;
pub mod slotstate;
pub mod source;
mod tar;
mod trial;
pub mod version;
pub mod window;
pub mod work;

use crate::state::StateDir;
use slotstate::Slot;

/// The version before boots at the next start; answers its slot.
pub fn go_back(state: &StateDir) -> anyhow::Result<Slot> {
    let (booted, running) = (place::booted()?, place::release()?);
    let mut mounted = place::mount()?;
    let slots = medium::read_state(&mounted.files)?;
    let (to, record) = record::roll_back(slots, booted, running, &record::read(&state.path)?)?;
    if let Some(release) = record.releases[to.primary.index()] {
        crate::migrations::prepare_for(state, release.settings)?;
    }
    record::write(&state.path, &record)?;
    medium::write_tries(&mut mounted.files, [0, 0])?;
    medium::write_state(&mut mounted.files, to)?;
    Ok(to.primary)
}
