// SPDX-License-Identifier: AGPL-3.0-or-later
//! What is remembered of upgrades, on the data volume: versions in the slots, whether one is on trial, which ones failed. Which slot
//! boots is not decided here but by slotstate; this is for people, and for what must not be tried again.

use crate::state::write_mode;
use crate::upgrade::error::{Error, Result};
use crate::upgrade::slotstate::{Slot, State};
use crate::upgrade::version::Version;
use serde::{Deserialize, Serialize};
use std::path::Path;

pub const FILE: &str = "system/upgrade.json";
/// Of versions that failed: older ones are of no use.
const FAILED_MAX: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    pub version: Version,
    /// The oldest one that can read data that this one has written.
    pub min_rollback_version: Version,
    /// Schema of its settings.
    #[serde(default = "first_schema")]
    pub settings: usize,
}

fn first_schema() -> usize {
    1
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// Of slot A and B.
    pub releases: [Option<Release>; 2],
    /// Letter of a slot that has not been good yet.
    pub trial: Option<String>,
    pub failed: Vec<Version>,
    /// Why the version on trial was given up, as far as it could say so itself.
    pub why: Option<String>,
    /// The last version that was left by itself.
    pub fallback: Option<Fallback>,
    /// What happened last, in a sentence.
    pub last: Option<String>,
}

/// For the administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fallback {
    pub version: Option<Version>,
    pub why: String,
    /// Seconds since 1970.
    pub at: u64,
}

pub fn read(state_dir: &Path) -> Result<Record> {
    let path = state_dir.join(FILE);
    match std::fs::read(&path) {
        // Damage must not stand in the way of the next upgrade.
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Record::default()),
        Err(source) => Err(Error::Read { path, source }),
    }
}

pub fn write(state_dir: &Path, record: &Record) -> anyhow::Result<()> {
    write_mode(&state_dir.join(FILE), &format!("{}\n", serde_json::to_string_pretty(record)?), 0o644, None)
}

impl Record {
    pub fn is_on_trial(&self, slot: Slot) -> bool {
        self.trial.as_deref() == Some(slot.letter())
    }

    /// `release` is in the other slot, and boots next.
    pub fn with_installed(&self, booted: Slot, running: Release, release: Release) -> Record {
        let (mut record, target) = (self.clone(), booted.other());
        record.releases[booted.index()] = Some(running);
        record.releases[target.index()] = Some(release);
        (record.trial, record.why) = (Some(target.letter().to_owned()), None);
        record.last = Some(format!("version {} was put into slot {}", release.version, target.letter()));
        record
    }

    /// What was in this slot is lost.
    pub fn without(&self, slot: Slot) -> Record {
        let mut record = self.clone();
        record.releases[slot.index()] = None;
        if record.is_on_trial(slot) {
            record.trial = None;
        }
        record
    }

    fn fail(&mut self, version: Version) {
        self.failed.retain(|failed| *failed != version);
        self.failed.push(version);
        let surplus = self.failed.len().saturating_sub(FAILED_MAX);
        self.failed.drain(..surplus);
    }
}

/// The booted slot is good: what becomes of the state and of what is remembered. `now`: seconds since 1970.
pub fn confirm(state: State, booted: Slot, running: Release, record: &Record, now: u64) -> (State, Record) {
    let (mut state, mut record) = (state, record.clone());
    let other = booted.other();
    record.releases[booted.index()] = Some(running);
    if state.primary != booted {
        // The selector gave the other one up.
        let failed = record.releases[other.index()].map(|release| release.version);
        let why = record.why.take().unwrap_or_else(|| "it did not come as far as to say why".to_owned());
        record.last = Some(match failed {
            Some(version) => {
                format!("version {version} did not come up three times ({why}); {} runs again", running.version)
            }
            None => format!("slot {} did not come up ({why}); {} runs again", other.letter(), running.version),
        });
        record.fallback = Some(Fallback { version: failed, why, at: now });
        if let Some(version) = failed {
            record.fail(version);
        }
        state.is_good[other.index()] = false;
    } else if record.is_on_trial(booted) {
        record.last = Some(format!("version {} came up and is used", running.version));
        record.failed.retain(|failed| *failed != running.version);
        record.fallback = None;
        // From now on the data is this version's.
        let is_too_old = |release: Release| release.version < running.min_rollback_version;
        if record.releases[other.index()].is_some_and(is_too_old) {
            state.is_good[other.index()] = false;
        }
    }
    (record.trial, record.why) = (None, None);
    state.primary = booted;
    state.is_good[booted.index()] = true;
    (state, record)
}

/// The administrator wants the other version back; or, where that one was installed and has not been booted yet, to stay with this one.
pub fn roll_back(state: State, booted: Slot, running: Release, record: &Record) -> Result<(State, Record)> {
    let other = booted.other();
    let release = record.releases[other.index()];
    if state.primary != booted {
        // Nothing has failed: the one that runs goes on, and the other one may be installed again.
        let name = release.map_or_else(|| format!("slot {}", other.letter()), |r| format!("version {}", r.version));
        let mut to = State { primary: booted, ..state };
        to.is_good[other.index()] = false;
        let last = Some(format!("{name} was taken back by the administrator before its first start"));
        return Ok((to, Record { trial: None, why: None, last, ..record.clone() }));
    }
    if !state.is_good[other.index()] {
        return Err(Error::NoOther);
    }
    if let Some(release) = release.filter(|release| release.version < running.min_rollback_version) {
        return Err(Error::OtherTooOld {
            found: release.version.to_string(),
            running: running.version.to_string(),
            wanted: running.min_rollback_version.to_string(),
        });
    }
    let mut record = record.clone();
    record.fail(running.version);
    record.trial = None;
    record.last = Some(format!("version {} was given up by the administrator", running.version));
    Ok((State { primary: other, ..state }, record))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upgrade::bundle::tests::version;

    fn release(text: &str, min: &str) -> Release {
        Release { version: version(text), min_rollback_version: version(min), settings: 1 }
    }

    fn on_trial(old: &str) -> Record {
        Record { releases: [Some(release(old, "0.1.0")), None], trial: Some("B".into()), ..Record::default() }
    }

    const NOW: u64 = 1_000;
    const BOTH: State = State { primary: Slot::B, is_good: [true, true] };

    #[test]
    fn an_upgrade_that_comes_up_stays_and_the_old_version_is_kept() {
        let (state, record) = confirm(BOTH, Slot::B, release("0.2.0", "0.1.0"), &on_trial("0.1.0"), NOW);
        assert_eq!(state, BOTH);
        assert_eq!((record.trial.as_deref(), record.failed.len()), (None, 0));
        assert_eq!(record.releases[1].unwrap().version, version("0.2.0"));
        // The next start of the same is nothing new.
        assert_eq!(confirm(state, Slot::B, release("0.2.0", "0.1.0"), &record, NOW), (state, record));
    }

    #[test]
    fn a_version_that_can_not_read_the_data_any_more_is_not_kept() {
        let (state, record) = confirm(BOTH, Slot::B, release("0.3.0", "0.2.0"), &on_trial("0.1.0"), NOW);
        assert_eq!(state, State { primary: Slot::B, is_good: [false, true] });
        assert!(matches!(roll_back(state, Slot::B, release("0.3.0", "0.2.0"), &record), Err(Error::NoOther)));
    }

    #[test]
    fn an_upgrade_that_does_not_come_up_is_remembered() {
        let mut record = on_trial("0.1.0");
        record.releases[1] = Some(release("0.2.0", "0.1.0"));
        let (state, record) = confirm(BOTH, Slot::A, release("0.1.0", "0.1.0"), &record, NOW);
        assert_eq!(state, State { primary: Slot::A, is_good: [true, false] });
        assert_eq!((record.trial.as_deref(), record.failed.as_slice()), (None, &[version("0.2.0")][..]));
        assert!(record.last.unwrap().contains("0.2.0 did not come up"));
        let fallback = record.fallback.unwrap();
        assert_eq!((fallback.version, fallback.at), (Some(version("0.2.0")), NOW));
    }

    #[test]
    fn why_a_version_was_given_up_is_told_until_another_one_came_up() {
        let mut record = on_trial("0.1.0");
        record.releases[1] = Some(release("0.2.0", "0.1.0"));
        record.why = Some("postfix does not run".to_owned());
        let (state, mut record) = confirm(BOTH, Slot::A, release("0.1.0", "0.1.0"), &record, NOW);
        assert_eq!(record.fallback.as_ref().unwrap().why, "postfix does not run");
        assert!(record.why.is_none() && record.last.as_ref().unwrap().contains("postfix does not run"));
        // Later starts of the same change nothing of it; the next version does.
        let (_, again) = confirm(state, Slot::A, release("0.1.0", "0.1.0"), &record, 2 * NOW);
        assert_eq!(again, record);
        record.trial = Some("B".into());
        let (_, record) = confirm(BOTH, Slot::B, release("0.3.0", "0.1.0"), &record, NOW);
        assert_eq!(record.fallback, None);
    }

    #[test]
    fn the_administrator_goes_back() {
        let record = on_trial("0.1.0");
        let (state, record) = roll_back(BOTH, Slot::B, release("0.2.0", "0.1.0"), &record).unwrap();
        assert_eq!(state, State { primary: Slot::A, is_good: [true, true] });
        let (state, record) = confirm(state, Slot::A, release("0.1.0", "0.1.0"), &record, NOW);
        assert_eq!(state, State { primary: Slot::A, is_good: [true, true] });
        assert_eq!(record.failed, [version("0.2.0")]);
        let stale = Record { releases: [Some(release("0.1.0", "0.1.0")), None], ..Record::default() };
        let error = roll_back(BOTH, Slot::B, release("0.3.0", "0.2.0"), &stale).unwrap_err();
        assert!(matches!(error, Error::OtherTooOld { .. }), "{error}");
    }

    #[test]
    fn an_upgrade_is_taken_back_before_its_first_start() {
        let mut installed = on_trial("0.1.0");
        installed.releases[1] = Some(release("0.2.0", "0.1.0"));
        let running = release("0.1.0", "0.1.0");
        let (state, record) = roll_back(BOTH, Slot::A, running, &installed).unwrap();
        assert_eq!(state, State { primary: Slot::A, is_good: [true, false] });
        assert_eq!((record.trial.as_deref(), record.failed.len()), (None, 0));
        assert!(record.last.as_ref().unwrap().contains("0.2.0 was taken back"));
        // The next start is one as always.
        let (after, confirmed) = confirm(state, Slot::A, running, &record, NOW);
        assert_eq!((after, confirmed.failed.len(), confirmed.fallback), (state, 0, None));
        assert!(matches!(roll_back(after, Slot::A, running, &record), Err(Error::NoOther)));
    }

    #[test]
    fn what_is_remembered_survives_being_written_and_damage() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read(dir.path()).unwrap(), Record::default());
        std::fs::create_dir(dir.path().join("system")).unwrap();
        let record = Record { failed: vec![version("0.2.0")], ..on_trial("0.1.0") };
        write(dir.path(), &record).unwrap();
        assert_eq!(read(dir.path()).unwrap(), record);
        std::fs::write(dir.path().join(FILE), "{").unwrap();
        assert_eq!(read(dir.path()).unwrap(), Record::default());
    }
}
