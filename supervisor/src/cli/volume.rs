// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse volume …` and `posthouse hsm …`.

use super::output::{plain, print_json, table};
use super::restore::{bytes, time};
use crate::control::{Daemon, call};
use crate::state::StateDir;
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Subcommand)]
pub enum Command {
    /// Volumes, and whether they are there
    List,
    /// Take a secondary volume into use: an empty directory, where its disk is mounted
    Add {
        name: String,
        /// Absolute; the mail daemon must be able to write there
        directory: PathBuf,
        #[command(flatten)]
        wish: Wish,
    },
    /// Change a volume; of the primary one (main) compression only
    Edit {
        /// Name or id
        volume: String,
        #[arg(long)]
        name: Option<String>,
        /// Where it is mounted now
        #[arg(long, value_name = "DIR")]
        directory: Option<PathBuf>,
        #[command(flatten)]
        wish: Wish,
    },
    /// Bring everything on a secondary volume back to the primary one
    Empty { volume: String },
    /// Forget a secondary volume that is empty; its directory stays
    Remove { volume: String },
}

#[derive(Args)]
pub struct Wish {
    /// Compress what comes there from now on (zstd)
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
    compress: Option<bool>,
    /// Leave messages of so many octets, and smaller ones, as they are
    #[arg(long, value_name = "OCTETS")]
    compress_above: Option<u64>,
    /// Whether it is where mail goes if a policy names no volume
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
    current: Option<bool>,
}

#[derive(Subcommand)]
pub enum Hsm {
    /// Move now what the policies name
    Run,
    /// The run that is under way, or the last one
    Status,
    /// End the run that is under way; what has moved stays moved
    Abort,
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("yes or no".into()),
    }
}

pub fn run(state: &StateDir, command: &Command, as_json: bool) -> Result<ExitCode> {
    let ask = |request: Value| {
        call(state, Daemon::Mailboxd, &json!({"verb": "volume", "request": request}), &mut |line| eprintln!("{line}"))
    };
    let wish = |name: Option<&String>, root: Option<&PathBuf>, wish: &Wish| json!({"name": name, "root": root, "compress": wish.compress, "compress_above": wish.compress_above, "is_current": wish.current});
    let answer = match command {
        Command::List => ask(json!({"list": {}}))?,
        Command::Add { name, directory, wish: more } => {
            ask(json!({"add": {"wish": wish(Some(name), Some(directory), more)}}))?
        }
        Command::Edit { volume, name, directory, wish: more } => {
            ask(json!({"edit": {"volume": volume, "wish": wish(name.as_ref(), directory.as_ref(), more)}}))?
        }
        Command::Empty { volume } => ask(json!({"empty": {"volume": volume}}))?,
        Command::Remove { volume } => ask(json!({"remove": {"volume": volume}}))?,
    };
    if as_json {
        print_json(&answer);
        return Ok(ExitCode::SUCCESS);
    }
    match command {
        Command::List => {
            let volumes = answer["volumes"].as_array().cloned().unwrap_or_default();
            print!("{}", listed(&volumes));
            let is_away = volumes.iter().any(|volume| volume["away"].is_string());
            return Ok(if is_away { ExitCode::FAILURE } else { ExitCode::SUCCESS });
        }
        Command::Add { .. } | Command::Edit { .. } => print!("{}", listed(&[answer])),
        Command::Empty { .. } => return Ok(report(&answer)),
        Command::Remove { volume } => println!("volume {volume} is not used any more"),
    }
    Ok(ExitCode::SUCCESS)
}

pub fn hsm(state: &StateDir, command: &Hsm, as_json: bool) -> Result<ExitCode> {
    let request = match command {
        Hsm::Run => json!({"run": {}}),
        Hsm::Status => json!({"status": {}}),
        Hsm::Abort => json!({"abort": {}}),
    };
    let request = json!({"verb": "hsm", "request": request});
    let answer = call(state, Daemon::Mailboxd, &request, &mut |line| eprintln!("{line}"))?;
    if as_json {
        print_json(&answer);
        return Ok(ExitCode::SUCCESS);
    }
    Ok(match command {
        Hsm::Abort => {
            println!("{}", if answer["aborted"] == true { "it ends behind its batch" } else { "nothing is running" });
            ExitCode::SUCCESS
        }
        Hsm::Run | Hsm::Status => report(&answer),
    })
}

fn listed(volumes: &[Value]) -> String {
    let heading = ["ID", "VOLUME", "KIND", "CURRENT", "COMPRESSED", "FREE", "DIRECTORY"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(volumes.iter().map(|volume| {
        let free = match volume["away"].as_str() {
            Some(why) => format!("AWAY: {why}"),
            None => bytes(&volume["available_bytes"]),
        };
        let kind = if volume["is_primary"] == true { "primary" } else { "secondary" };
        let yes = |key: &str| if volume[key] == true { "yes" } else { "no" }.to_owned();
        vec![
            plain(&volume["id"]),
            plain(&volume["name"]),
            kind.to_owned(),
            yes("is_current"),
            if volume["compress"] == true { format!("above {}", volume["compress_above"]) } else { "no".to_owned() },
            free,
            plain(&volume["root"]),
        ]
    }));
    table(&rows)
}

fn report(status: &Value) -> ExitCode {
    if status["begun_ms"].is_null() {
        println!("HSM has not run since the start of the mail daemon");
        return ExitCode::SUCCESS;
    }
    let how = match (status["is_running"] == true, status["was_aborted"] == true) {
        (true, _) => "is running",
        (false, true) => "was aborted",
        (false, false) => "ended",
    };
    println!("HSM {how}, begun {}", time(&status["begun_ms"]));
    println!(
        "{} of {} mailboxes, {} message files moved, {}; {} on the other volume",
        status["mailboxes"],
        status["mailboxes_total"],
        status["files"],
        bytes(&status["bytes"]),
        bytes(&status["stored_bytes"])
    );
    let problems = status["problems"].as_array().cloned().unwrap_or_default();
    problems.iter().for_each(|problem| println!("  {}", plain(problem)));
    if let Some(error) = status["error"].as_str() {
        println!("It ended early: {error}");
    }
    match problems.is_empty() && status["error"].is_null() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
