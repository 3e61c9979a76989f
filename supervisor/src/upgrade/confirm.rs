// SPDX-License-Identifier: AGPL-3.0-or-later
//! After each start of the image: once everything runs and answers, and mail passes, the slot is good and its count of tries goes back. If that
//! does not happen in time the count stays; a version on trial does not get more time than that, the machine restarts. It restarts
//! sooner if a component can't be started at all.

use crate::control::{Daemon, call};
use crate::setup::Store;
use crate::state::StateDir;
use crate::upgrade::medium::{read_state, write_state, write_tries};
use crate::upgrade::{place, probe, record, work};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::process::Command;
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Starts of a component in a row that did not become ready: with the waits between them, about a minute.
const FAILURES_MAX: u64 = 6;

pub fn run(state: &StateDir, patience: Duration) -> Result<()> {
    let (booted, running) = (place::booted()?, place::release()?);
    let begun = Instant::now();
    let is_on_trial = record::read(&state.path)?.is_on_trial(booted);
    while let Err(Ill { why, is_hopeless }) = health(state, is_on_trial) {
        if begun.elapsed() < patience && !(is_on_trial && is_hopeless) {
            std::thread::sleep(LOOK_EVERY);
            continue;
        }
        if is_on_trial {
            eprintln!("posthouse: version {} is on trial and not well ({why}): restarting", running.version);
            // For the version that runs after this one.
            let mut record = record::read(&state.path)?;
            record.why = Some(why);
            record::write(&state.path, &record)?;
            let status = Command::new("systemctl").arg("reboot").status().context("can't run systemctl")?;
            bail!("restarting ({status})");
        }
        bail!("not well after {} s: {why}", patience.as_secs());
    }
    let mut mounted = place::mount()?;
    let before = record::read(&state.path)?;
    let was = read_state(&mounted.files)?;
    let (now, after) = record::confirm(was, booted, running, &before, work::now());
    // What is remembered first: a failed version must not be forgotten once its slot is.
    if after != before {
        record::write(&state.path, &after)?;
    }
    if now != was {
        write_state(&mut mounted.files, now)?;
    }
    write_tries(&mut mounted.files, [0, 0])?;
    let last = after.last.filter(|_| before.trial.is_some()).unwrap_or_default();
    println!("slot {} with version {} is good. {last}", booted.letter(), running.version);
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
struct Ill {
    why: String,
    is_hopeless: bool,
}

impl From<String> for Ill {
    fn from(why: String) -> Ill {
        Ill { why, is_hopeless: false }
    }
}

/// All components run, all services answer; for a version on trial on a machine that is set up, mail passes, and the store is sound.
fn health(state: &StateDir, is_on_trial: bool) -> Result<(), Ill> {
    let status = call(state, Daemon::Supervisor, &json!({"verb": "status"}), &mut |_| {});
    well(&status.map_err(|error| format!("{error:#}"))?)?;
    if !is_on_trial || !Store::of(state).is_set_up() {
        return Ok(());
    }
    match probe::run(state) {
        Ok(said) => {
            println!("{said}");
            Ok(())
        }
        Err(error) => Err(format!("{error:#}").replace('\n', " ").into()),
    }
}

fn well(status: &Value) -> Result<(), Ill> {
    let list = |key: &str| status[key].as_array().cloned().unwrap_or_default();
    let (components, services) = (list("components"), list("services"));
    if components.is_empty() || services.is_empty() {
        return Err("nothing runs".to_owned().into());
    }
    let name = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let is_hopeless =
        |component: &&Value| component["failures"].as_u64().is_some_and(|failures| failures >= FAILURES_MAX);
    if let Some(component) = components.iter().find(is_hopeless) {
        let why = format!("{} can't be started: {}", name(&component["name"]), name(&component["last_error"]));
        return Err(Ill { why, is_hopeless: true });
    }
    if let Some(component) = components.iter().find(|component| component["phase"] != "running") {
        return Err(format!("{} does not run", name(&component["name"])).into());
    }
    match services.iter().find(|service| service["alive"] != true) {
        Some(service) => Err(format!("{} does not answer", name(&service["service"])).into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_means_that_all_run_and_all_answer() {
        let status = |phase, alive| {
            json!({
                "components": [{"name": "mailboxd", "phase": "running"}, {"name": "postfix", "phase": phase}],
                "services": [{"service": "smtp", "alive": alive}],
            })
        };
        well(&status("running", true)).unwrap();
        assert_eq!(well(&status("starting", true)).unwrap_err(), "postfix does not run".to_owned().into());
        assert_eq!(well(&status("running", false)).unwrap_err(), "smtp does not answer".to_owned().into());
        assert!(well(&json!({"ok": true})).is_err());
        let mut failing = status("failed", true);
        for (failures, is_hopeless) in [(FAILURES_MAX - 1, false), (FAILURES_MAX, true)] {
            failing["components"][1]["failures"] = failures.into();
            assert_eq!(well(&failing).unwrap_err().is_hopeless, is_hopeless);
        }
    }
}
