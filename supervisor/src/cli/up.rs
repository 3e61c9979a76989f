// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse up`.

use super::welcome;
use crate::control::{Daemon, call};
use crate::state::StateDir;
use crate::{occupied, ports, settings, supervise};
use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::io::Write;
use std::net::IpAddr;
use std::process::ExitCode;

#[derive(Args)]
pub struct Options {
    #[arg(long, value_enum, default_value_t = Profile::Embedded)]
    profile: Profile,
    /// Added to every port: 25 becomes 10025
    #[arg(long, value_name = "N", default_value_t = ports::OFFSET_DEFAULT)]
    port_offset: u16,
    /// Address to listen on; LMTP and metrics stay on the loopback
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    bind: IpAddr,
    /// Make the domain example.test with some people and mail, if it is not there yet
    #[arg(long)]
    demo: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Profile {
    /// One mailbox daemon that needs nothing else, no root either
    Embedded,
}

pub fn run(state: &StateDir, options: &Options) -> Result<ExitCode> {
    let Profile::Embedded = options.profile;
    state.create()?;
    let _lock = state.lock()?;
    settings::read(state)?;
    let endpoints = ports::endpoints(options.bind, options.port_offset)?;
    occupied::check(&endpoints)?;
    let welcome = welcome::text(&endpoints, &state.path, options.demo);
    let (demo, ready_state) = (options.demo, StateDir::new(Some(&state.path))?);
    let on_ready = move || {
        if demo {
            call(&ready_state, Daemon::Mailboxd, &json!({"verb": "demo"}), &mut |line| eprintln!("posthouse: {line}"))?;
        }
        // The box is for people: standard output stays easy to read for programs.
        let _ = std::io::stderr().write_all(welcome.as_bytes());
        println!("posthouse: ready");
        Ok(std::io::stdout().flush()?)
    };
    supervise::run(StateDir::new(Some(&state.path))?, endpoints, on_ready)?;
    Ok(ExitCode::SUCCESS)
}
