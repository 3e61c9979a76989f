// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse upgrade`: of the image.

use super::output::print_json;
use crate::state::StateDir;
use crate::upgrade::bundle::{self, Bundle, Part};
use crate::upgrade::keys;
use crate::upgrade::medium::{read_state, read_tries};
use crate::upgrade::record::{self, Release};
use crate::upgrade::slotstate::Slot;
use crate::upgrade::{confirm, install, place};
use anyhow::{Context, Result};
use clap::Subcommand;
use serde_json::json;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

#[derive(Subcommand)]
pub enum Command {
    /// Read a bundle to its end: signature, digests, and whether it would be taken
    Check {
        file: PathBuf,
        /// Public keys to believe (default: those of the image that runs)
        #[arg(long, default_value = keys::DIR)]
        keys: PathBuf,
    },
    /// Put a bundle into the slot that does not run; the next start boots it
    Install {
        file: PathBuf,
        /// Also an older version, the same, or one that failed before
        #[arg(long)]
        force: bool,
    },
    /// What is in the slots, and what happened last
    Status,
    /// Boot the version before at the next start
    Rollback,
    /// Say that the slot that runs is good, once it is (its unit does)
    #[command(hide = true)]
    Confirm {
        /// Seconds until it is given up
        #[arg(long, default_value_t = 900)]
        patience: u64,
    },
}

pub fn run(state: &StateDir, command: &Command, as_json: bool) -> Result<ExitCode> {
    match command {
        Command::Check { file, keys } => check(state, file, keys)?,
        Command::Install { file, force } => put(state, file, *force)?,
        Command::Status => status(state, as_json)?,
        Command::Rollback => roll_back(state)?,
        Command::Confirm { patience } => confirm::run(state, Duration::from_secs(*patience))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn open(file: &Path, dir: &Path) -> Result<Bundle<std::io::BufReader<File>>> {
    let opened = File::open(file).with_context(|| file.display().to_string())?;
    Ok(Bundle::open(std::io::BufReader::new(opened), &keys::load(dir)?)?)
}

fn check(state: &StateDir, file: &Path, keys: &Path) -> Result<()> {
    let mut bundle = open(file, keys)?;
    for part in [Part::Boot, Part::Root] {
        bundle.image(part, |_, _| Ok(()))?;
    }
    bundle.end()?;
    println!("version {}: complete, and signed by a key that is known", bundle.manifest.version);
    if !bundle.manifest.notes.is_empty() {
        println!("\n{}", bundle.manifest.notes.trim_end());
    }
    if let Ok(running) = place::release() {
        bundle::admit(&bundle.manifest, running.version, &record::read(&state.path)?.failed, false)?;
    }
    Ok(())
}

fn put(state: &StateDir, file: &Path, is_forced: bool) -> Result<()> {
    let (booted, running) = (place::booted()?, place::release()?);
    let mut bundle = open(file, Path::new(keys::DIR))?;
    let mut record = record::read(&state.path)?;
    bundle::admit(&bundle.manifest, running.version, &record.failed, is_forced)?;
    let mut mounted = place::mount()?;
    let (version, min_rollback_version) = (bundle.manifest.version, bundle.manifest.min_rollback_version);
    // Before the commit: a slot that boots must not be taken for what it was.
    let target = booted.other();
    record.releases[booted.index()] = Some(running);
    record.releases[target.index()] = Some(Release { version, min_rollback_version });
    record.trial = Some(target.letter().to_owned());
    record.last = Some(format!("version {version} was put into slot {}", target.letter()));
    record::write(&state.path, &record)?;
    install::install(&mut mounted.files, booted, &mut bundle, |line| eprintln!("posthouse: {line}"))?;
    println!("version {version} is in slot {}; the next start boots it: systemctl reboot", target.letter());
    Ok(())
}

fn status(state: &StateDir, as_json: bool) -> Result<()> {
    let (booted, running) = (place::booted()?, place::release()?);
    let mounted = place::mount()?;
    let (slots, tries) = (read_state(&mounted.files)?, read_tries(&mounted.files)?);
    drop(mounted);
    let record = record::read(&state.path)?;
    let version = |slot: Slot| match record.releases[slot.index()] {
        _ if slot == booted => running.version.to_string(),
        Some(release) => release.version.to_string(),
        None => "none".to_owned(),
    };
    if as_json {
        let slot = |slot: Slot| {
            let (is_good, tries) = (slots.is_good[slot.index()], tries[slot.index()]);
            json!({"version": version(slot), "good": is_good, "tries": tries})
        };
        print_json(&json!({
            "booted": booted.letter(),
            "next": slots.primary.letter(),
            "slots": {"A": slot(Slot::A), "B": slot(Slot::B)},
            "trial": record.trial,
            "failed": record.failed,
            "last": record.last,
        }));
        return Ok(());
    }
    for slot in [Slot::A, Slot::B] {
        let mut words = vec![if slots.is_good[slot.index()] { "good" } else { "not to be booted" }.to_owned()];
        if slot == booted {
            words.push("runs".to_owned());
        }
        if slot == slots.primary {
            words.push("boots next".to_owned());
        }
        if tries[slot.index()] > 0 {
            words.push(format!("{} starts not yet called good", tries[slot.index()]));
        }
        println!("slot {}  {}  ({})", slot.letter(), version(slot), words.join(", "));
    }
    if let Some(last) = record.last {
        println!("{last}");
    }
    Ok(())
}

fn roll_back(state: &StateDir) -> Result<()> {
    let slot = crate::upgrade::go_back(state)?;
    println!("slot {} boots at the next start: systemctl reboot", slot.letter());
    Ok(())
}
