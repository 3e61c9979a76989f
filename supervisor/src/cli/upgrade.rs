// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse upgrade`: of the image.

use super::output::print_json;
use crate::state::StateDir;
use crate::upgrade::bundle::{self, Bundle, Part};
use crate::upgrade::keys;
use crate::upgrade::medium::{read_state, read_tries};
use crate::upgrade::record;
use crate::upgrade::slotstate::Slot;
use crate::upgrade::version::Version;
use crate::upgrade::work::{self, What};
use crate::upgrade::{confirm, place, probe};
use anyhow::{Context, Result};
use clap::Subcommand;
use serde_json::json;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

#[derive(Subcommand)]
pub enum Command {
    /// Ask the source for new versions; with FILE: read that bundle to its end, and say whether it would be taken
    Check {
        file: Option<PathBuf>,
        /// Public keys to believe (default: those of the image that runs)
        #[arg(long, default_value = keys::DIR)]
        keys: PathBuf,
    },
    /// Put a bundle into the slot that does not run; the next start boots it
    Install {
        /// A bundle's file, or a version that the source has (default: the newest that can be installed)
        #[arg(value_name = "FILE|VERSION")]
        what: Option<String>,
        /// Also an older version, the same, or one that failed before; also if this is no good moment
        #[arg(long)]
        force: bool,
        /// Restart the machine when it is done
        #[arg(long)]
        restart: bool,
    },
    /// What is in the slots, and what happened last
    Status,
    /// Boot the version before at the next start
    Rollback,
    /// Send a message to a mailbox of the system's and fetch it, and take a quick look at the store
    Probe,
    /// Whether this release could take over these settings: asked by the release before it
    #[command(hide = true)]
    TrySettings,
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
        Command::Check { file: Some(file), keys } => check(state, file, keys)?,
        Command::Check { file: None, .. } => look(state, as_json)?,
        Command::Install { what, force, restart } => install(state, what.as_deref(), *force, *restart)?,
        Command::Probe => println!("{}", probe::run(state)?),
        Command::TrySettings => crate::migrations::try_out(state)?,
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

fn look(state: &StateDir, as_json: bool) -> Result<()> {
    place::booted()?;
    let seen = work::look(state)?;
    if as_json {
        print_json(&work::status(state));
        return Ok(());
    }
    let running = place::release()?.version;
    match seen.offer.filter(|offer| offer.version > running) {
        None => println!("{running} runs, and the channel {} has nothing newer", seen.channel),
        Some(offer) => {
            println!("version {} is there ({} MiB); {running} runs", offer.version, offer.bytes >> 20);
            if !offer.notes.is_empty() {
                println!("\n{}\n", offer.notes.trim_end());
            }
            println!("posthouse upgrade install {}", offer.version);
        }
    }
    Ok(())
}

/// A file, where there is one of that name; else a version.
fn what(text: Option<&str>) -> Result<What> {
    let Some(text) = text else { return Ok(What::Best) };
    if Path::new(text).exists() {
        return Ok(What::File(text.into()));
    }
    match Version::try_from(text.to_owned()) {
        Ok(version) => Ok(What::Version(version)),
        Err(_) => anyhow::bail!("{text} is neither a file nor a version"),
    }
}

fn install(state: &StateDir, wanted: Option<&str>, is_forced: bool, restarts: bool) -> Result<()> {
    place::booted()?;
    let version = work::upgrade(state, &what(wanted)?, is_forced, &mut |line| eprintln!("posthouse: {line}"))?;
    if !restarts {
        println!("version {version} boots at the next start: systemctl reboot");
        return Ok(());
    }
    println!("version {version} boots now");
    crate::engine::command("systemctl", &["reboot"], None, None).map(drop)
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
            "fallback": record.fallback,
            "last": record.last,
            "available": work::status(state)["available"],
            "progress": work::progress(state),
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
    if slot == place::booted()? {
        println!("slot {} stays: what was installed into the other one is not booted", slot.letter());
    } else {
        println!("slot {} boots at the next start: systemctl reboot", slot.letter());
    }
    Ok(())
}
