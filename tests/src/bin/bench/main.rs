// SPDX-License-Identifier: AGPL-3.0-or-later
//! `cargo xtask bench`: what the server does in a second, beside Dovecot where that is installed, cell by cell in turn, so
//! that a noisy machine is noisy for both. Compare the CPU per message first: it moves far less than the rate.
//! docs/contributing/benchmarks.md says what each table means.

mod chain;
mod corpus;
mod deliver;
mod disk;
mod dovecot;
mod idle;
mod mix;
mod search;
mod server;
mod soap;
mod storage;
mod table;
mod tls;
mod usage;

use anyhow::{Result, bail};
use clap::{Parser, ValueEnum};
use server::{Server, USERS};
use std::time::Duration;

#[derive(Parser)]
#[command(name = "cargo xtask bench", about = "Measures the server, and Dovecot beside it where it is installed")]
struct Arguments {
    /// What to measure; everything if none is named.
    #[arg(value_enum)]
    only: Vec<Part>,
    /// Seconds a cell of deliveries and of IMAP operations.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Messages in the mailbox that is searched.
    #[arg(long, default_value_t = 100_000)]
    messages: u64,
    /// Connections at the same time, for deliveries.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32])]
    connections: Vec<usize>,
    /// Messages that are backed up, restored and moved.
    #[arg(long, default_value_t = 5_000)]
    storage_messages: usize,
    /// Messages through the whole appliance with all scanners; more where less is scanned.
    #[arg(long, default_value_t = 200)]
    chain_messages: usize,
    /// Leave Dovecot out.
    #[arg(long)]
    alone: bool,
    /// Ours a second time, with rows in a MariaDB server.
    #[arg(long)]
    mariadb: bool,
    /// Dovecot's mailbox formats to measure.
    #[arg(long, value_delimiter = ',', default_values_t = ["sdbox".to_owned(), "mdbox".into(), "maildir".into()])]
    formats: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Lmtp,
    Imap,
    Search,
    Idle,
    Disk,
    /// Searches and requests over the API, ours alone
    Soap,
    /// Backup, restore, HSM, what is kept of what comes many times
    Storage,
    /// Postfix, scanners and all: as root, with the packages of `cargo xtask test`
    Chain,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    usage::raise_file_limit()?;
    if cfg!(debug_assertions) {
        eprintln!("This is a debug build: its figures say nothing. Use `cargo xtask bench`.");
    }
    let wants = |part| arguments.only.is_empty() || arguments.only.contains(&part);
    let time = Duration::from_secs(arguments.seconds);
    if wants(Part::Lmtp) {
        let servers = servers(&arguments, &arguments.formats, USERS)?;
        deliver::run(&servers, &arguments.connections, time)?;
    }
    // the peer's fastest format in most cells; the others differ by little
    let first = arguments.formats.first().cloned().into_iter().collect::<Vec<_>>();
    if wants(Part::Imap) {
        mix::run(&servers(&arguments, &first, USERS)?, time)?;
    }
    if wants(Part::Disk) {
        disk::run(|| servers(&arguments, &first, USERS))?;
    }
    if wants(Part::Storage) {
        storage::run(arguments.storage_messages, time)?;
    }
    if wants(Part::Idle) {
        idle::run(&servers(&arguments, &first, idle::CONNECTIONS)?)?;
    }
    if wants(Part::Chain) {
        chain::run(arguments.chain_messages)?;
    }
    if wants(Part::Soap) {
        soap::run(|| Server::ours(1), arguments.messages, time)?;
    }
    if wants(Part::Search) {
        search::run(&servers(&arguments, &first, USERS)?, arguments.messages)?;
    }
    Ok(())
}

/// Ours first, fresh ones for each part: no part measures what another one left behind.
fn servers(arguments: &Arguments, formats: &[String], users: usize) -> Result<Vec<Server>> {
    let mut servers = vec![Server::ours(users)?];
    if arguments.mariadb {
        servers.push(Server::ours_on_mariadb(users)?);
    }
    if arguments.alone {
        return Ok(servers);
    }
    if !dovecot::is_installed() {
        eprintln!(
            "Dovecot is not installed (packages dovecot-core, dovecot-imapd, dovecot-lmtpd): measuring ours alone"
        );
        return Ok(servers);
    }
    for format in formats {
        if !dovecot::FORMATS.contains(&format.as_str()) {
            bail!("{format} is no mailbox format of Dovecot that is measured here: {}", dovecot::FORMATS.join(", "));
        }
        servers.push(dovecot::start(format)?);
    }
    Ok(servers)
}
