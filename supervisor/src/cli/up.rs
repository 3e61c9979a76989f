// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse up`.

use super::welcome;
use crate::components::{self, Place, Profile, mailboxd};
use crate::control::{Daemon, call};
use crate::setup::{Applier, Store};
use crate::state::StateDir;
use crate::supervise::{self, Ended};
use crate::{migrations, occupied, ports, settings};
use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::process::CommandExt;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Args)]
pub struct Options {
    #[arg(long, value_enum, default_value_t = Profile::Embedded)]
    profile: Profile,
    /// Added to every port: 25 becomes 10025. Default: 10000, in the appliance 0
    #[arg(long, value_name = "N")]
    port_offset: Option<u16>,
    /// Address to listen on; LMTP and metrics stay on the loopback. Default: 127.0.0.1, in the appliance all
    #[arg(long, value_name = "ADDR")]
    bind: Option<IpAddr>,
    /// Make the domain example.test with some people and mail, if it is not there yet
    #[arg(long)]
    demo: bool,
    /// Show the installer's page until this machine is set up. On our image that is so without being asked for
    #[arg(long)]
    setup: bool,
    /// Take the answers to set-up from this file or https:// URL, if the machine is not set up yet
    #[arg(long, value_name = "FILE|URL", requires = "setup")]
    answers: Option<String>,
}

pub fn run(state: &StateDir, options: &Options) -> Result<ExitCode> {
    if options.profile == Profile::Appliance && !nix::unistd::Uid::effective().is_root() {
        bail!("the appliance profile starts other users' daemons: run it as root, or leave --profile away");
    }
    state.create()?;
    let lock = state.lock()?;
    if let Some(done) = migrations::at_start(state)? {
        eprintln!("posthouse: {done}");
    }
    let place = place(state, options)?;
    let welcome = if place.is_installing {
        welcome::not_set_up(&place.endpoints, &state.path)
    } else {
        welcome::text(&place.endpoints, &state.path, options.demo)
    };
    let (demo, ready_state) = (options.demo, state.clone());
    let is_told = Arc::new(AtomicBool::new(std::env::var_os(ANEW).is_some()));
    let was_told = Arc::clone(&is_told);
    let on_ready = move || {
        if demo {
            call(&ready_state, Daemon::Mailboxd, &json!({"verb": "demo"}), &mut |line| eprintln!("posthouse: {line}"))?;
        }
        // The box is for people: standard output stays easy to read for programs.
        let _ = std::io::stderr().write_all(welcome.as_bytes());
        // Once, whatever we become: whoever read it may have closed the pipe.
        if !is_told.swap(true, Ordering::Relaxed) {
            println!("posthouse: ready");
        }
        Ok(std::io::stdout().flush()?)
    };
    match supervise::run(place, options.answers.clone(), on_ready)? {
        Ended::Stopped => Ok(ExitCode::SUCCESS),
        Ended::StartAnew => {
            drop(lock);
            Err(start_anew(was_told.load(Ordering::Relaxed)))
        }
    }
}

/// What is to run, and where. Whatever would keep all of it from starting is said now, also where a part of it starts only
/// once the machine is set up: a browser is the wrong place to hear of a missing package.
fn place(state: &StateDir, options: &Options) -> Result<Place> {
    let profile = options.profile;
    let (offset, bind) = match profile {
        Profile::Embedded => (ports::OFFSET_DEFAULT, Ipv4Addr::LOCALHOST),
        Profile::Appliance => (0, Ipv4Addr::UNSPECIFIED),
    };
    let shape = settings::read(state)?.shape();
    let (bind, offset) = (options.bind.unwrap_or(bind.into()), options.port_offset.unwrap_or(offset));
    let endpoints = ports::endpoints(profile, shape, bind, offset)?;
    occupied::check(&endpoints)?;
    let short = match profile {
        Profile::Embedded => state.path.clone(),
        Profile::Appliance => {
            mailboxd::ensure_user()?;
            state.share(mailboxd::USER)?;
            state.short_name()?
        }
    };
    let mut place = Place { profile, state: state.clone(), short, endpoints, is_installing: false };
    let is_wanted = options.setup || Applier::of_this_machine().is_image();
    if is_wanted && !Store::of(state).is_set_up() {
        components::check_installed(&components::of(&place)?)?;
        place.endpoints = ports::while_installing(place.endpoints);
        place.is_installing = true;
    }
    Ok(place)
}

/// Tells ourselves that whoever started us has heard that we are ready.
const ANEW: &str = "POSTHOUSE_STARTED_ANEW";

/// In the same process, with the same words: whoever keeps us (systemd, a shell) sees no end.
fn start_anew(was_told: bool) -> anyhow::Error {
    let own = match std::env::current_exe() {
        Ok(own) => own,
        Err(error) => return anyhow::Error::new(error).context("where am I?"),
    };
    let mut command = std::process::Command::new(&own);
    command.args(std::env::args_os().skip(1));
    if was_told {
        command.env(ANEW, "1");
    }
    let error = command.exec();
    anyhow::Error::new(error).context(own.display().to_string())
}
