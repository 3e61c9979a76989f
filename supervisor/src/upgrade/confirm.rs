// SPDX-License-Identifier: AGPL-3.0-or-later
//! After each start of the image: once everything runs and answers, the slot is good and its count of tries goes back. If that
//! does not happen in time the count stays; a version on trial does not get more time than that, the machine restarts.

use crate::control::{Daemon, call};
use crate::state::StateDir;
use crate::upgrade::medium::{read_state, write_state, write_tries};
use crate::upgrade::{place, record};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::process::Command;
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_secs(2);

pub fn run(state: &StateDir, patience: Duration) -> Result<()> {
    let (booted, running) = (place::booted()?, place::release()?);
    let begun = Instant::now();
    while let Err(why) = health(state) {
        if begun.elapsed() < patience {
            std::thread::sleep(LOOK_EVERY);
            continue;
        }
        if record::read(&state.path)?.is_on_trial(booted) {
            eprintln!("posthouse: version {} is on trial and not well ({why}): restarting", running.version);
            let status = Command::new("systemctl").arg("reboot").status().context("can't run systemctl")?;
            bail!("restarting ({status})");
        }
        bail!("not well after {} s: {why}", patience.as_secs());
    }
    let mut mounted = place::mount()?;
    let before = record::read(&state.path)?;
    let was = read_state(&mounted.files)?;
    let (now, after) = record::confirm(was, booted, running, &before);
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

/// All components run, all services answer.
fn health(state: &StateDir) -> Result<(), String> {
    let status = call(state, Daemon::Supervisor, &json!({"verb": "status"}), &mut |_| {});
    well(&status.map_err(|error| format!("{error:#}"))?)
}

fn well(status: &Value) -> Result<(), String> {
    let list = |key: &str| status[key].as_array().cloned().unwrap_or_default();
    let (components, services) = (list("components"), list("services"));
    if components.is_empty() || services.is_empty() {
        return Err("nothing runs".to_owned());
    }
    let name = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    if let Some(component) = components.iter().find(|component| component["phase"] != "running") {
        return Err(format!("{} does not run", name(&component["name"])));
    }
    match services.iter().find(|service| service["alive"] != true) {
        Some(service) => Err(format!("{} does not answer", name(&service["service"]))),
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
        assert_eq!(well(&status("starting", true)).unwrap_err(), "postfix does not run");
        assert_eq!(well(&status("running", false)).unwrap_err(), "smtp does not answer");
        assert!(well(&json!({"ok": true})).is_err());
    }
}
