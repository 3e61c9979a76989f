// SPDX-License-Identifier: AGPL-3.0-or-later
//! The mailbox daemon: reads its configuration, opens the store, starts the services. Wiring only: what a protocol or the
//! store does is in their crates. The supervisor starts it; by hand it is `mailboxd serve --state DIR --config FILE`.

mod components;
mod config;
mod control;
mod demo;
mod extraction;
mod hsm;
mod http;
mod lock;
mod logging;
mod metrics;
mod mistake;
mod outbound;
mod published;
mod purge;
mod restore;
mod serve;
mod services;
mod statistics;
mod tls;
mod verify;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// See docs/decisions/0005-mimalloc.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "mailboxd", version, about = "Mailboxes: journal, store, LMTP, IMAP, HTTP. Started by posthouse.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves until SIGTERM or SIGINT.
    Serve {
        #[arg(long)]
        state: PathBuf,
        #[arg(long)]
        config: PathBuf,
    },
    /// Cross-checks journal, rows, files and index of a stopped system.
    Verify {
        #[arg(long)]
        state: PathBuf,
        /// Settings of the store; without it, their defaults.
        #[arg(long)]
        config: Option<PathBuf>,
        #[arg(long)]
        json: bool,
    },
    /// Restores a whole system into an empty state directory; prints JSON.
    Restore {
        #[arg(long)]
        state: PathBuf,
        /// A backup target.
        #[arg(long)]
        from: PathBuf,
        /// File with the secret key of an encrypted one.
        #[arg(long)]
        identity: Option<PathBuf>,
        /// Milliseconds since 1970.
        #[arg(long)]
        to_ms: Option<i64>,
        #[arg(long)]
        dry_run: bool,
    },
}

/// sysexits.h: what the supervisor needs to know that trying again won't help.
const EX_CONFIG: u8 = 78;

fn main() -> ExitCode {
    logging::start();
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        tracing::error!("a TLS provider is installed already");
        return ExitCode::FAILURE;
    }
    let outcome = match Arguments::parse().command {
        Command::Serve { state, config } => {
            logging::audit_in(&state);
            serve::run(&state, &config)
        }
        Command::Restore { state, from, identity, to_ms, dry_run } => {
            restore::run(&restore::Options { state, from, identity, to_ms, is_dry_run: dry_run })
        }
        Command::Verify { state, config, json } => verify::run(&state, config.as_deref(), json),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error:#}");
            if error.is::<config::Error>() { ExitCode::from(EX_CONFIG) } else { ExitCode::FAILURE }
        }
    }
}
