// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse`: starts and watches the components, and is the command line to them. Never links a mailboxd crate: it speaks
//! to the daemon over its control socket, so that a fault there can't take the supervisor down.

mod acme;
mod alerts;
mod backup;
mod cli;
mod components;
mod console;
mod control;
mod engine;
mod follow;
mod handover;
mod health;
mod logs;
mod migrations;
mod mistake;
mod occupied;
mod ports;
mod probe;
mod queue;
mod render;
mod report;
mod secrets;
mod settings;
mod setup;
mod state;
mod supervise;
mod systemd;
mod upgrade;
mod values;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run(cli::Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            // One line that says what to do: causes joined, line breaks gone.
            eprintln!("posthouse: {}", format!("{error:#}").replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}
