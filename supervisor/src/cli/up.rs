// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse up`.

use super::welcome;
use crate::components::{Place, Profile, mailboxd};
use crate::control::{Daemon, call};
use crate::state::StateDir;
use crate::{occupied, ports, settings, supervise};
use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::process::ExitCode;

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
}

pub fn run(state: &StateDir, options: &Options) -> Result<ExitCode> {
    let (profile, offset, bind) = match options.profile {
        Profile::Embedded => (Profile::Embedded, ports::OFFSET_DEFAULT, Ipv4Addr::LOCALHOST),
        Profile::Appliance => (Profile::Appliance, 0, Ipv4Addr::UNSPECIFIED),
    };
    if profile == Profile::Appliance && !nix::unistd::Uid::effective().is_root() {
        bail!("the appliance profile starts other users' daemons: run it as root, or leave --profile away");
    }
    state.create()?;
    let _lock = state.lock()?;
    let shape = settings::read(state)?.shape();
    let endpoints =
        ports::endpoints(profile, shape, options.bind.unwrap_or(bind.into()), options.port_offset.unwrap_or(offset))?;
    occupied::check(&endpoints)?;
    let welcome = welcome::text(&endpoints, &state.path, options.demo);
    let (demo, ready_state) = (options.demo, state.clone());
    let on_ready = move || {
        if demo {
            call(&ready_state, Daemon::Mailboxd, &json!({"verb": "demo"}), &mut |line| eprintln!("posthouse: {line}"))?;
        }
        // The box is for people: standard output stays easy to read for programs.
        let _ = std::io::stderr().write_all(welcome.as_bytes());
        println!("posthouse: ready");
        Ok(std::io::stdout().flush()?)
    };
    let short = match profile {
        Profile::Embedded => state.path.clone(),
        Profile::Appliance => {
            mailboxd::ensure_user()?;
            state.share(mailboxd::USER)?;
            state.short_name()?
        }
    };
    supervise::run(Place { profile, state: state.clone(), short, endpoints }, on_ready)?;
    Ok(ExitCode::SUCCESS)
}
