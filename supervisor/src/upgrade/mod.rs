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

/// The version before boots at the next start, or this one again where another was to; answers its slot.
pub fn go_back(state: &StateDir) -> anyhow::Result<Slot> {
    let (booted, running) = (place::booted()?, place::release()?);
    let mut mounted = place::mount()?;
    let slots = medium::read_state(&mounted.files)?;
    let (to, record) = record::roll_back(slots, booted, running, &record::read(&state.path)?)?;
    if let Some(release) = record.releases[to.primary.index()] {
        crate::migrations::prepare_for(state, release.settings)?;
    }
    put_back(&mut mounted.files, &state.path, booted, to, &record)?;
    Ok(to.primary)
}

fn put_back(
    medium: &mut impl medium::Medium,
    state_dir: &std::path::Path,
    booted: Slot,
    to: slotstate::State,
    record: &record::Record,
) -> anyhow::Result<()> {
    // A version that boots in spite of all is on trial; one that was given up is remembered before it may end.
    let is_taken_back = to.primary == booted;
    if !is_taken_back {
        record::write(state_dir, record)?;
    }
    medium::write_tries(medium, [0, 0])?;
    medium::write_state(medium, to)?;
    if is_taken_back {
        record::write(state_dir, record)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Record;
    use slotstate::State;

    /// The machine stops before the decision is written.
    #[test]
    fn a_decision_that_was_not_written_leaves_nothing_without_a_trial() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("system")).unwrap();
        let mut files = install::tests::files(dir.path());
        let states = std::mem::replace(&mut files.states, [dir.path().join("no"), dir.path().join("none")]);
        let (installed, after) = (Record { trial: Some("B".into()), ..Record::default() }, Record::default());
        record::write(dir.path(), &installed).unwrap();
        let to = State { primary: Slot::A, is_good: [true, false] };
        assert!(put_back(&mut files, dir.path(), Slot::A, to, &after).is_err());
        assert_eq!(record::read(dir.path()).unwrap(), installed, "B boots, and is on trial");
        let given_up = Record { failed: vec![bundle::tests::version("0.2.0")], ..Record::default() };
        assert!(put_back(&mut files, dir.path(), Slot::B, to, &given_up).is_err());
        assert_eq!(record::read(dir.path()).unwrap(), given_up);
        files.states = states;
        put_back(&mut files, dir.path(), Slot::A, to, &after).unwrap();
        assert_eq!(record::read(dir.path()).unwrap(), after);
        assert_eq!(medium::read_state(&files).unwrap(), to);
    }
}
