// SPDX-License-Identifier: AGPL-3.0-or-later
//! The whole of an upgrade, whoever asks for it: the command line, the control socket, the schedule. One at a time; how far it is
//! stands in `run/upgrade.json`.

use crate::control::{Daemon, call};
use crate::settings;
use crate::state::{StateDir, write_mode};
use crate::upgrade::bundle::{self, Bundle};
use crate::upgrade::error::Error;
use crate::upgrade::preflight::{self, Moment};
use crate::upgrade::record::{self, Release};
use crate::upgrade::source::index::{Index, Offer};
use crate::upgrade::source::{self, Own, Seen};
use crate::upgrade::version::Version;
use crate::upgrade::{install, keys, place, trial};
use anyhow::{Context, Result};
use nix::sys::statvfs::statvfs;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const PROGRESS: &str = "upgrade.json";
const LOCK: &str = "system/upgrade/lock";
const TELL_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    #[default]
    Idle,
    Checking,
    Fetching,
    Installing,
    /// Boots at the next start.
    Installed,
    Failed,
}

/// How far it is, for whoever looks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    pub phase: Phase,
    pub version: Option<Version>,
    pub done_bytes: u64,
    pub all_bytes: u64,
    /// A sentence.
    pub text: String,
}

pub fn progress(state: &StateDir) -> Progress {
    let text = std::fs::read(state.run().join(PROGRESS)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Says how it goes.
struct Teller<'a> {
    state: &'a StateDir,
    now: Progress,
    told: Option<Instant>,
    /// For whoever waits at a terminal.
    line: &'a mut dyn FnMut(&str),
}

impl Teller<'_> {
    fn tell(&mut self, phase: Phase, text: &str) {
        self.now = Progress { phase, text: text.to_owned(), ..self.now.clone() };
        self.write();
        (self.line)(text);
    }

    fn bytes(&mut self, done: u64, all: u64) {
        (self.now.done_bytes, self.now.all_bytes) = (done, all);
        if self.told.is_none_or(|told| told.elapsed() > TELL_EVERY) {
            self.write();
        }
    }

    fn write(&mut self) {
        self.told = Some(Instant::now());
        if let Ok(text) = serde_json::to_string(&self.now) {
            // For people: an upgrade does not fail for it.
            let _ = write_mode(&self.state.run().join(PROGRESS), &text, 0o644, None);
        }
    }
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Held as long as somebody works.
fn lock(state: &StateDir) -> Result<File> {
    let path = state.path.join(LOCK);
    let text = || path.display().to_string();
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).with_context(text)?;
    }
    let file = File::create(&path).with_context(text)?;
    file.try_lock().map_err(|_| Error::Busy)?;
    Ok(file)
}

/// Where new versions come from.
pub fn source(state: &StateDir) -> Result<(String, &'static str)> {
    let set = settings::read(state)?.upgrade;
    let source = set.source.or_else(place::built_source).ok_or(Error::NoSource)?;
    Ok((source, set.channel.name()))
}

/// Asks the source.
pub fn look(state: &StateDir) -> Result<Seen> {
    let _lock = lock(state)?;
    look_locked(state)?;
    Ok(source::seen(&state.path))
}

fn look_locked(state: &StateDir) -> Result<Index> {
    let (source, channel) = source(state)?;
    let (running, record) = (place::release()?, record::read(&state.path)?);
    let keys = keys::load(Path::new(keys::DIR))?;
    let own = Own { keys: &keys, running: running.version, failed: &record.failed };
    source::look(&state.path, &source, channel, &own, now())
}

/// What is to be installed.
#[derive(Debug, Clone)]
pub enum What {
    /// The best that the source has.
    Best,
    Version(Version),
    File(std::path::PathBuf),
}

/// Fetches, if it has to, and installs. Answers the version that boots next.
pub fn upgrade(state: &StateDir, what: &What, is_forced: bool, line: &mut dyn FnMut(&str)) -> Result<Version> {
    let _lock = lock(state)?;
    let mut teller = Teller { state, now: Progress::default(), told: None, line };
    let done = match what {
        What::File(path) => from_file(state, path, is_forced, &mut teller),
        What::Best => from_source(state, None, is_forced, &mut teller),
        What::Version(version) => from_source(state, Some(*version), is_forced, &mut teller),
    };
    match &done {
        Ok(version) => teller.tell(Phase::Installed, &format!("version {version} boots at the next start")),
        Err(error) => {
            let mut silent = |_: &str| {};
            teller.line = &mut silent;
            teller.tell(Phase::Failed, &format!("{error:#}"));
        }
    }
    done
}

fn from_file(state: &StateDir, path: &Path, is_forced: bool, teller: &mut Teller) -> Result<Version> {
    look_around(state, 0, is_forced)?;
    let file = File::open(path).with_context(|| path.display().to_string())?;
    put(state, BufReader::new(file), is_forced, teller)
}

fn from_source(state: &StateDir, wanted: Option<Version>, is_forced: bool, teller: &mut Teller) -> Result<Version> {
    teller.tell(Phase::Checking, "asking for the list of releases");
    let index = look_locked(state)?;
    let (running, record) = (place::release()?, record::read(&state.path)?);
    let offer = match wanted {
        Some(version) => index.find(version).ok_or_else(|| Error::NotOffered(version.to_string()))?,
        None => index.best(running.version, &record.failed).ok_or(Error::NothingNew)?,
    };
    teller.now.version = Some(offer.version);
    look_around(state, offer.bytes, is_forced)?;
    let path = fetch(state, offer, teller)?;
    let file = File::open(&path).with_context(|| path.display().to_string())?;
    let version = put(state, BufReader::new(file), is_forced, teller)?;
    source::clear(&state.path.join(source::DIR), None);
    Ok(version)
}

fn fetch(state: &StateDir, offer: &Offer, teller: &mut Teller) -> Result<std::path::PathBuf> {
    let (source, _) = source(state)?;
    teller.tell(Phase::Fetching, &format!("fetching {} ({} MiB)", offer.file, offer.bytes >> 20));
    Ok(source::fetch(&state.path, &source, offer, &mut |done| teller.bytes(done, offer.bytes))?)
}

/// Whether this is the moment.
fn look_around(state: &StateDir, bytes: u64, is_forced: bool) -> Result<()> {
    if is_forced {
        return Ok(());
    }
    let status = call(state, Daemon::Supervisor, &json!({"verb": "status"}), &mut |_| {}).ok();
    let volume = statvfs(&state.path).with_context(|| state.path.display().to_string())?;
    let free_bytes = volume.blocks_available().saturating_mul(volume.fragment_size());
    let reasons = preflight::reasons(&Moment { status, free_bytes }, bytes);
    if reasons.is_empty() { Ok(()) } else { Err(Error::NotNow(reasons.join("; ")).into()) }
}

fn put(state: &StateDir, from: impl Read, is_forced: bool, teller: &mut Teller) -> Result<Version> {
    let (booted, running) = (place::booted()?, place::release()?);
    let mut bundle = Bundle::open(from, &keys::load(Path::new(keys::DIR))?)?;
    let mut record = record::read(&state.path)?;
    bundle::admit(&bundle.manifest, running.version, &record.failed, is_forced)?;
    let mut mounted = place::mount()?;
    let (version, min_rollback_version) = (bundle.manifest.version, bundle.manifest.min_rollback_version);
    let settings = bundle.manifest.settings;
    teller.now.version = Some(version);
    // Before the commit: a slot that boots must not be taken for what it was.
    let target = booted.other();
    record.releases[booted.index()] = Some(running);
    record.releases[target.index()] = Some(Release { version, min_rollback_version, settings });
    (record.trial, record.why) = (Some(target.letter().to_owned()), None);
    record.last = Some(format!("version {version} was put into slot {}", target.letter()));
    record::write(&state.path, &record)?;
    let roots = mounted.files.root.clone();
    let try_out = |_: &_, slot: super::slotstate::Slot| match trial::settings(state, &roots[slot.index()]) {
        Err(error) if !is_forced => Err(error),
        _ => Ok(()),
    };
    install::install(&mut mounted.files, booted, &mut bundle, try_out, |line| teller.tell(Phase::Installing, line))?;
    Ok(version)
}

/// Everything about upgrades, as one object.
pub fn status(state: &StateDir) -> Value {
    let seen = source::seen(&state.path);
    let record = record::read(&state.path).unwrap_or_default();
    let running = place::release().ok().map(|release| release.version);
    let offer = seen.offer.filter(|offer| running.is_none_or(|running| offer.version > running));
    json!({
        "running": running,
        "available": offer,
        "checked": seen.at,
        "check_error": seen.error,
        "channel": source(state).ok().map(|(_, channel)| channel),
        "progress": progress(state),
        "trial": record.trial,
        "failed": record.failed,
        "fallback": record.fallback,
        "last": record.last,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> (tempfile::TempDir, StateDir) {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::new(Some(dir.path())).unwrap();
        state.create().unwrap();
        (dir, state)
    }

    #[test]
    fn one_works_and_the_others_are_told() {
        let (_dir, state) = state();
        let held = lock(&state).unwrap();
        let error = upgrade(&state, &What::Best, false, &mut |_| {}).unwrap_err();
        assert!(error.to_string().contains("another upgrade"), "{error}");
        assert_eq!(progress(&state).phase, Phase::Idle, "who is not let in says nothing of how it goes");
        drop(held);
        let error = upgrade(&state, &What::Best, false, &mut |_| {}).unwrap_err();
        assert!(error.to_string().contains("no source"), "{error}");
        let now = progress(&state);
        assert!(now.phase == Phase::Failed && now.text.contains("no source"), "{now:?}");
        assert_eq!(status(&state)["progress"]["phase"], "failed");
    }

    #[test]
    fn an_upgrade_of_a_system_that_does_not_run_has_to_be_forced() {
        let (_dir, state) = state();
        let error = look_around(&state, 1, false).unwrap_err().to_string();
        assert!(error.contains("does not run") && error.contains("--force"), "{error}");
        look_around(&state, 1, true).unwrap();
    }
}
