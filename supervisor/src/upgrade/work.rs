// SPDX-License-Identifier: AGPL-3.0-or-later
//! The whole of an upgrade, whoever asks for it: the command line, the control socket, the schedule. One at a time; how far it is
//! stands in `run/upgrade.json`.

use crate::control::{Daemon, call};
use crate::settings;
use crate::state::{StateDir, write_mode};
use crate::upgrade::bundle::{self, Bundle};
use crate::upgrade::error::Error;
use crate::upgrade::medium::{Medium, read_state};
use crate::upgrade::preflight::{self, Moment};
use crate::upgrade::record::{self, Release};
use crate::upgrade::slotstate::Slot;
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

/// As it is, and not as it was: the file outlives whoever wrote it, and the start of the machine.
pub fn progress(state: &StateDir) -> Progress {
    match told(state) {
        (progress, false) => progress,
        (progress, true) => {
            let text = format!("it was cut off at: {}", progress.text);
            Progress { phase: Phase::Failed, text, ..progress }
        }
    }
}

/// Whether whoever worked ended without a word: what was to boot next does not.
pub fn was_cut_off(state: &StateDir) -> bool {
    told(state).1
}

fn told(state: &StateDir) -> (Progress, bool) {
    let text = std::fs::read(state.run().join(PROGRESS)).unwrap_or_default();
    let Told { progress, boot: of } = serde_json::from_slice(&text).unwrap_or_default();
    if of != boot() {
        return (Progress::default(), false);
    }
    let is_at_work = matches!(progress.phase, Phase::Checking | Phase::Fetching | Phase::Installing);
    // Whoever works holds it.
    let is_cut_off = is_at_work && lock(state).is_ok();
    (progress, is_cut_off)
}

/// Of this start of the machine; empty where the kernel does not say.
fn boot() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// In the file.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Told {
    #[serde(flatten)]
    progress: Progress,
    boot: String,
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
        if let Ok(text) = serde_json::to_string(&Told { progress: self.now.clone(), boot: boot() }) {
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
    let here = (place::booted()?, place::release()?);
    let mut bundle = Bundle::open(from, &keys::load(Path::new(keys::DIR))?)?;
    let version = bundle.manifest.version;
    let mut mounted = place::mount()?;
    teller.now.version = Some(version);
    let roots = mounted.files.root.clone();
    let try_out = |slot: Slot| match trial::settings(state, &roots[slot.index()]) {
        Err(error) if !is_forced => Err(error),
        _ => Ok(()),
    };
    let progress = |line: &str| teller.tell(Phase::Installing, line);
    put_into(&mut mounted.files, &state.path, here, &mut bundle, is_forced, try_out, progress)?;
    Ok(version)
}

/// `medium` is locked by the caller: nobody else decides meanwhile. `here`: what runs.
fn put_into<R: Read, M: Medium>(
    medium: &mut M,
    state_dir: &Path,
    here: (Slot, Release),
    bundle: &mut Bundle<R>,
    is_forced: bool,
    try_out: impl FnOnce(Slot) -> Result<(), Error>,
    progress: impl FnMut(&str),
) -> Result<()> {
    let (booted, running) = here;
    let before = record::read(state_dir)?;
    bundle::admit(&bundle.manifest, running.version, &before.failed, is_forced)?;
    install::check(medium, booted, &bundle.manifest)?;
    let target = booted.other();
    // Before the commit: a slot that boots must not be taken for what it was.
    record::write(state_dir, &before.with_installed(booted, running, bundle.manifest.release()))?;
    let Err(error) = install::install(medium, booted, bundle, |_, slot| try_out(slot), progress) else { return Ok(()) };
    // Where the last write arrived although it failed, that version boots, and is on trial.
    if read_state(medium).is_ok_and(|state| state.primary == booted) {
        record::write(state_dir, &before.without(target))?;
    }
    Err(error.into())
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
    use crate::upgrade::bundle::tests::{key, signed, version};
    use crate::upgrade::install::tests::{bundle, files};
    use crate::upgrade::medium::write_tries;
    use crate::upgrade::record::Record;
    use crate::upgrade::slotstate::State;

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
    fn what_was_cut_off_is_not_going_on() {
        let (_dir, state) = state();
        let mut line = |_: &str| {};
        let mut teller = Teller { state: &state, now: Progress::default(), told: None, line: &mut line };
        let held = lock(&state).unwrap();
        teller.tell(Phase::Installing, "writing root into slot B");
        assert_eq!(progress(&state).phase, Phase::Installing);
        assert!(!was_cut_off(&state));
        drop(held);
        let now = progress(&state);
        assert!(now.phase == Phase::Failed && now.text.contains("writing root into slot B"), "{now:?}");
        assert!(was_cut_off(&state));
        teller.tell(Phase::Installed, "version 0.2.0 boots at the next start");
        assert_eq!((progress(&state).phase, was_cut_off(&state)), (Phase::Installed, false));
        // The next start has come.
        let file = state.run().join(PROGRESS);
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace(&boot(), "another")).unwrap();
        assert_eq!(progress(&state), Progress::default());
    }

    #[test]
    fn an_upgrade_of_a_system_that_does_not_run_has_to_be_forced() {
        let (_dir, state) = state();
        let error = look_around(&state, 1, false).unwrap_err().to_string();
        assert!(error.contains("does not run") && error.contains("--force"), "{error}");
        look_around(&state, 1, true).unwrap();
    }

    fn release(text: &str) -> Release {
        Release { version: version(text), min_rollback_version: version(text), settings: 1 }
    }

    /// As a machine that runs slot A; answers what is remembered after an installation that does not succeed.
    fn refused(before: Record, tries: [u8; 2], bytes: &[u8]) -> (Result<()>, Record, State) {
        let (dir, state) = state();
        std::fs::create_dir(dir.path().join("system")).unwrap();
        record::write(&state.path, &before).unwrap();
        let mut files = files(dir.path());
        write_tries(&mut files, tries).unwrap();
        let mut bundle = Bundle::open(bytes, &[key().verifying_key()]).unwrap();
        let try_out = |_| Err(Error::TryOut("no".to_owned()));
        let here = (Slot::A, release("0.1.5"));
        let done = put_into(&mut files, &state.path, here, &mut bundle, false, try_out, |_| {});
        (done, record::read(&state.path).unwrap(), read_state(&files).unwrap())
    }

    #[test]
    fn what_is_refused_leaves_the_version_that_runs_on_its_trial() {
        let on_trial = Record {
            releases: [Some(release("0.1.5")), Some(release("0.0.9"))],
            trial: Some("A".to_owned()),
            ..Record::default()
        };
        let (done, record, _) = refused(on_trial.clone(), [1, 0], &bundle());
        assert!(done.unwrap_err().to_string().contains("not called good"));
        assert_eq!(record, on_trial);
        let (done, record, _) = refused(on_trial.clone(), [0, 0], &signed("0.2.0", &[1; 5_000], &[2; 100]));
        assert!(done.unwrap_err().to_string().contains("its slot has"));
        assert_eq!(record, on_trial);
        // One that was begun: the slot is gone, the trial is not.
        let (done, record, state) = refused(on_trial.clone(), [0, 0], &bundle());
        assert!(done.unwrap_err().to_string().contains("settings"));
        assert_eq!(record, Record { releases: [Some(release("0.1.5")), None], ..on_trial });
        assert_eq!(state, State { primary: Slot::A, is_good: [true, false] });
    }

    #[test]
    fn settings_that_do_not_fit_leave_no_trial() {
        let (done, record, _) = refused(Record::default(), [0, 0], &bundle());
        assert!(done.is_err());
        assert_eq!(record, Record::default());
        // Over an upgrade that was to boot next: it is not there any more.
        let next = Record { trial: Some("B".to_owned()), ..Record::default() };
        assert_eq!(refused(next, [0, 0], &bundle()).1, Record::default());
    }
}
