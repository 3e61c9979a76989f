// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse backup …`.

use super::output::{plain, print_json, table};
use super::restore::{bytes, time};
use crate::backup;
use crate::control::{Daemon, call};
use crate::state::StateDir;
use anyhow::{Context, Result};
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Subcommand)]
pub enum Command {
    /// Make one now; mail goes on
    Full,
    /// What there is to restore from, and how far the journal is archived
    List,
    /// Compare all files, and restore the newest one beside what is there, message by message
    Verify {
        /// File with the secret key (age) of an encrypted backup; without it only files are compared
        #[arg(long, value_name = "FILE")]
        identity: Option<PathBuf>,
    },
    /// Begin a new target in the configured directory, which must be empty
    Init,
}

pub fn run(state: &StateDir, command: &Command, as_json: bool) -> Result<ExitCode> {
    let ask = |request: Value| {
        let request = json!({"verb": "backup", "request": request});
        call(state, Daemon::Mailboxd, &request, &mut |line| eprintln!("{line}"))
    };
    let answer = match command {
        Command::Full => backup::make(state, &mut |line| eprintln!("{line}"))?,
        Command::List => ask(json!({"list": {}}))?,
        Command::Verify { identity } => ask(json!({"verify": {"identity": key(identity.as_ref())?}}))?,
        Command::Init => ask(json!({"init": {}}))?,
    };
    let problems = list(&answer, "problems");
    if as_json {
        print_json(&answer);
    } else {
        match command {
            Command::Full => println!(
                "{}: {} mailboxes, {} items; {} messages were new",
                plain(&answer["name"]),
                answer["mailboxes"],
                answer["items"],
                answer["new_messages"]
            ),
            Command::List => print!("{}", listed(&answer)),
            Command::Verify { .. } => print!("{}", drilled(&answer)),
            Command::Init => println!("a new backup target was begun; make a backup with `posthouse backup full`"),
        }
        problems.iter().for_each(|problem| println!("  {}", plain(problem)));
    }
    let is_well = problems.is_empty() && answer["status"]["error"].is_null();
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A file with secret keys, for mailboxd.
pub fn key(path: Option<&PathBuf>) -> Result<Option<String>> {
    path.map(|path| std::fs::read_to_string(path).with_context(|| path.display().to_string())).transpose()
}

fn list(answer: &Value, key: &str) -> Vec<Value> {
    answer[key].as_array().cloned().unwrap_or_default()
}

fn listed(answer: &Value) -> String {
    let heading = ["BACKUP", "MAILBOXES", "ITEMS", "MAIL", "NEW MESSAGES", "ENCRYPTED", "PROBLEMS"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(list(answer, "snapshots").iter().map(|one| {
        vec![
            plain(&one["name"]),
            plain(&one["mailboxes"]),
            plain(&one["items"]),
            bytes(&one["message_bytes"]),
            plain(&one["new_messages"]),
            plain(&one["is_encrypted"]),
            plain(&one["problem_count"]),
        ]
    }));
    let status = &answer["status"];
    let mut text = table(&rows);
    text += &format!("\nJournal archived up to record {} of {}\n", status["archived"], status["synced"]);
    if let Some(lost) = status["lost"].as_array() {
        text += &format!("Records {} to {} were not archived; the next backup ends that\n", lost[0], lost[1]);
    }
    if let Some(error) = status["error"].as_str() {
        text += &format!("The target can't be used: {error}\n");
    }
    text
}

fn drilled(answer: &Value) -> String {
    let how = match answer["is_partial"].as_bool() {
        Some(true) => "files compared; without the key nothing was restored",
        _ => "restored beside what is there, and compared",
    };
    format!(
        "{}: {how}\n{} mailboxes, {} messages, {}, up to {}: {} problems\n",
        plain(&answer["snapshot"]),
        answer["mailboxes"],
        answer["messages"],
        bytes(&answer["bytes"]),
        time(&answer["as_of_ms"]),
        answer["problem_count"]
    )
}
