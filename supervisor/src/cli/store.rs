// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse store …`.

use super::backup::key;
use super::output::{plain, print_json, table};
use crate::components::mailboxd::{self, sibling};
use crate::components::{Place, Profile, mariadb, text};
use crate::control::{Daemon, call, is_running};
use crate::engine::words;
use crate::state::StateDir;
use crate::supervise;
use anyhow::{Context, Result, bail};
use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Subcommand)]
pub enum Command {
    /// Cross-check journal, rows, files and search index; on a running or a stopped system
    Verify {
        /// Bring message files that are lost or damaged back from the backup first; the system must run
        #[arg(long)]
        repair: bool,
        /// File with the secret key (age) of an encrypted backup
        #[arg(long, value_name = "FILE", requires = "repair")]
        identity: Option<PathBuf>,
    },
    /// Figures
    Stats,
    /// Build the search index of every mailbox anew, while the system runs
    Reindex,
    /// Move the rows of a mailbox, or of all, to MariaDB or back, while the system runs
    Migrate {
        #[arg(long)]
        to: Driver,
        /// Of this account only
        account: Option<String>,
    },
    /// Delete for good what accounts no longer keep (it happens by itself every few hours)
    Purge {
        /// Of this account only
        account: Option<String>,
    },
    /// Make the journal's content durable in the stores and retire old segments
    Checkpoint,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Driver {
    Mysql,
    Sqlite,
}

pub fn run(state: &StateDir, command: &Command, as_json: bool) -> Result<ExitCode> {
    let request = |request: Value| call(state, Daemon::Mailboxd, &request, &mut |line| eprintln!("{line}"));
    let ask = |verb: &str| request(json!({ "verb": verb }));
    match command {
        Command::Verify { repair: true, identity } => {
            let request_repair = json!({"repair": {"identity": key(identity.as_ref())?}});
            let repaired = request(json!({"verb": "backup", "request": request_repair}))?;
            eprintln!("{} message files mended", repaired["mended"]);
            for line in repaired["missing"].as_array().into_iter().flatten() {
                eprintln!("  {}", plain(line));
            }
            Ok(print_report(&ask("verify")?, as_json))
        }
        Command::Verify { .. } if !is_running(state, Daemon::Mailboxd) && !is_running(state, Daemon::Supervisor) => {
            verify_stopped(state, as_json)
        }
        Command::Verify { .. } => Ok(print_report(&ask("verify")?, as_json)),
        Command::Stats => {
            let stats = ask("stats")?;
            if as_json {
                print_json(&stats);
            } else {
                let rows = stats.as_object().into_iter().flatten().map(|(k, v)| vec![k.replace('_', " "), plain(v)]);
                print!("{}", table(&rows.collect::<Vec<_>>()));
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Reindex => {
            let done = ask("reindex")?;
            if as_json {
                print_json(&done);
            } else {
                println!("{} mailboxes indexed anew", done["mailboxes"]);
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Migrate { to, account } => {
            let to = match to {
                Driver::Mysql => "mysql",
                Driver::Sqlite => "sqlite",
            };
            let done = request(json!({ "verb": "migrate", "to": to, "account": account }))?;
            if as_json {
                print_json(&done);
            } else {
                println!("{} mailboxes moved to {to}", done["mailboxes"]);
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Purge { account } => {
            let done = request(json!({ "verb": "purge", "account": account }))?;
            if as_json {
                print_json(&done);
            } else {
                println!("{} messages deleted", done["messages"]);
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Checkpoint => ask("checkpoint").map(|_| ExitCode::SUCCESS),
    }
}

/// The daemon's program does it, with the store to itself. Where its rows are in the appliance's own MariaDB, that one runs
/// meanwhile.
fn verify_stopped(state: &StateDir, as_json: bool) -> Result<ExitCode> {
    if !state.path.join("journal").is_dir() {
        bail!("{} holds no mail store; name the right directory with --state DIR", state.path.display());
    }
    let mut arguments = vec!["verify".to_owned(), "--state".to_owned(), text(&state.path)?];
    let config = state.settings().join("mailboxd.toml");
    if config.exists() {
        arguments.extend(["--config".to_owned(), text(&config)?]);
    }
    if as_json {
        arguments.push("--json".to_owned());
    }
    let is_appliance = state.path.join("mysql/data").is_dir();
    let run_as = is_appliance.then(mailboxd::run_as);
    let words = words(&sibling("mailboxd")?, &arguments, run_as.as_ref());
    let verify = move || {
        let (program, arguments) = words.split_first().context("nothing to run")?;
        let status = std::process::Command::new(program).args(arguments).status();
        let status = status.with_context(|| program.display().to_string())?;
        Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    };
    if !is_appliance {
        return verify();
    }
    if !nix::unistd::Uid::effective().is_root() {
        bail!(
            "{} belongs to an appliance: run this as root, since its MariaDB has to be started",
            state.path.display()
        );
    }
    eprintln!("posthouse: starting MariaDB, which has the rows of the mailboxes");
    state.share(mailboxd::USER)?;
    let short = state.short_name()?;
    let place =
        Place { profile: Profile::Appliance, state: state.clone(), short, endpoints: Vec::new(), is_installing: false };
    supervise::with_component(mariadb::component(&place)?, state, verify)
}

fn print_report(report: &Value, as_json: bool) -> ExitCode {
    let problems = report["problems"].as_array().cloned().unwrap_or_default();
    let is_clean = report["problem_count"] == 0 && problems.is_empty();
    if as_json {
        print_json(report);
    } else {
        println!(
            "{} mailboxes, {} items, {} message files, {} journal records: {} problems",
            report["mailboxes"], report["items"], report["blobs"], report["records"], report["problem_count"]
        );
        problems.iter().for_each(|problem| println!("  {}", plain(problem)));
    }
    if is_clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
