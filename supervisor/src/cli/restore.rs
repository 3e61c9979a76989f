// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse restore …`.

use super::backup::key;
use super::output::{plain, print_json, table};
use crate::components::mailboxd::{self, sibling};
use crate::components::text;
use crate::control::{Daemon, call, is_running};
use crate::state::StateDir;
use anyhow::{Context, Result, bail};
use chrono::{DateTime, Local, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Args)]
pub struct Common {
    /// As it was then (RFC 3339: 2026-11-30T10:15:00+01:00); default: the last that is known
    #[arg(long, value_name = "TIME")]
    to: Option<DateTime<chrono::FixedOffset>>,
    /// Say what it would bring, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// File with the secret key (age) of an encrypted backup
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

#[derive(Subcommand)]
pub enum Command {
    /// A mailbox, in place of what there is; also one of an account that was deleted
    Mailbox {
        account: String,
        /// Beside what there is, as this account; it is made like the other one if it is not there
        #[arg(long = "as", value_name = "NEW-ACCOUNT")]
        beside: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// A folder with all below it, into a folder of its own
    Folder {
        account: String,
        path: String,
        /// The folder that it comes into
        #[arg(long, value_name = "PATH")]
        into: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Messages by their ids, or what a query finds, into a folder of their own
    Message {
        account: String,
        ids: Vec<u32>,
        /// As in the search line of the web client: `from:x subject:invoice`
        #[arg(long)]
        query: Option<String>,
        /// The folder that they come into
        #[arg(long, value_name = "PATH")]
        into: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Everything, into an empty state directory (--state), from a backup target alone
    System {
        #[arg(long, value_name = "TARGET")]
        from: PathBuf,
        #[command(flatten)]
        common: Common,
    },
}

pub fn run(state: &StateDir, command: &Command, as_json: bool) -> Result<ExitCode> {
    let answer = match command {
        Command::System { from, common } => system(state, from, common)?,
        _ => {
            let request = json!({"verb": "backup", "request": request(command)?});
            call(state, Daemon::Mailboxd, &request, &mut |line| eprintln!("{line}"))?
        }
    };
    if as_json {
        print_json(&answer);
    } else {
        print!("{}", shown(&answer));
    }
    let is_whole = answer["problems"].as_array().is_none_or(Vec::is_empty) && is_lossless(&answer["loss"]);
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn request(command: &Command) -> Result<Value> {
    let to_ms = |common: &Common| common.to.map(|to| to.timestamp_millis());
    Ok(match command {
        Command::Mailbox { account, beside, common } => json!({"restore_mailbox": {
            "account": account, "beside": beside, "to_ms": to_ms(common), "dry_run": common.dry_run,
            "identity": key(common.identity.as_ref())?,
        }}),
        Command::Folder { account, path, into, common } => json!({"restore_items": {
            "account": account, "folder": path, "into": place(into.as_ref()), "to_ms": to_ms(common),
            "dry_run": common.dry_run, "identity": key(common.identity.as_ref())?,
        }}),
        Command::Message { account, ids, query, into, common } => {
            if ids.is_empty() && query.is_none() {
                bail!("say which messages: their ids, or --query");
            }
            json!({"restore_items": {
                "account": account, "ids": ids, "query": query, "into": place(into.as_ref()), "to_ms": to_ms(common),
                "dry_run": common.dry_run, "identity": key(common.identity.as_ref())?,
            }})
        }
        Command::System { .. } => Value::Null,
    })
}

fn place(into: Option<&String>) -> String {
    into.cloned().unwrap_or_else(|| Local::now().format("Restored %Y-%m-%d %H%M").to_string())
}

/// mailboxd's program does it, with the state directory to itself.
fn system(state: &StateDir, from: &Path, common: &Common) -> Result<Value> {
    if is_running(state, Daemon::Mailboxd) || is_running(state, Daemon::Supervisor) {
        bail!("{} is in use: a system is restored into an empty directory (--state)", state.path.display());
    }
    state.create()?;
    let _lock = state.lock()?;
    let from = std::path::absolute(from).with_context(|| from.display().to_string())?;
    let mut arguments = vec!["restore".into(), "--state".into(), text(&state.path)?, "--from".into(), text(&from)?];
    if let Some(identity) = &common.identity {
        arguments.extend(["--identity".to_owned(), text(identity)?]);
    }
    if let Some(to) = common.to {
        arguments.extend(["--to-ms".to_owned(), to.timestamp_millis().to_string()]);
    }
    if common.dry_run {
        arguments.push("--dry-run".to_owned());
    }
    let program = sibling("mailboxd")?;
    let ran = std::process::Command::new(&program).args(&arguments).stderr(std::process::Stdio::inherit()).output();
    let ran = ran.with_context(|| program.display().to_string())?;
    if !ran.status.success() {
        bail!("the system could not be restored; what is above says why");
    }
    if !common.dry_run && crate::engine::user_ids(mailboxd::USER, mailboxd::USER).is_ok() {
        give_away(state)?;
    }
    serde_json::from_slice(&ran.stdout).context("mailboxd's report")
}

/// In the appliance they are another user's.
fn give_away(state: &StateDir) -> Result<()> {
    if !nix::unistd::Uid::effective().is_root() {
        return Ok(());
    }
    let (user, group) = crate::engine::user_ids(mailboxd::USER, mailboxd::USER)?;
    let own = mailboxd::OWN.iter().chain(["run/lock"].iter());
    let mut dirs: Vec<PathBuf> = own.map(|name| state.path.join(name)).collect();
    while let Some(path) = dirs.pop() {
        if path.is_dir() && !path.is_symlink() {
            for entry in std::fs::read_dir(&path).with_context(|| path.display().to_string())? {
                dirs.push(entry?.path());
            }
        }
        if path.exists() {
            std::os::unix::fs::lchown(&path, Some(user.as_raw()), Some(group.as_raw()))
                .with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

fn is_lossless(loss: &Value) -> bool {
    let none = |key: &str| loss[key].as_u64().unwrap_or(0) == 0;
    none("rows") && none("changes") && none("messages") && loss["gaps"].as_array().is_none_or(Vec::is_empty)
}

fn shown(answer: &Value) -> String {
    let verb = if answer["is_dry_run"] == true { "would bring" } else { "brought" };
    let mut out = String::new();
    if let Some(mailboxes) = answer["mailboxes"].as_u64() {
        out += &format!("{mailboxes} mailboxes, settings and directory of {}: ", plain(&answer["snapshot"]));
    }
    out += &format!(
        "{verb} {} messages, {}, as of {}\n",
        answer["messages"],
        bytes(&answer["bytes"]),
        time(&answer["as_of_ms"])
    );
    if let Some(into) = answer["into"].as_str() {
        out += &format!("into the folder {into}\n");
    }
    match &answer["folders"] {
        Value::Array(folders) if !folders.is_empty() => {
            let mut rows = vec![["FOLDER", "MESSAGES", "MAIL"].map(str::to_owned).to_vec()];
            rows.extend(folders.iter().map(|f| vec![plain(&f["path"]), plain(&f["messages"]), bytes(&f["bytes"])]));
            out += &table(&rows);
        }
        Value::Object(folders) if !folders.is_empty() => {
            let mut rows = vec![["FOLDER", "MESSAGES"].map(str::to_owned).to_vec()];
            rows.extend(folders.iter().map(|(path, count)| vec![path.clone(), plain(count)]));
            out += &table(&rows);
        }
        _ => {}
    }
    let loss = &answer["loss"];
    if !is_lossless(loss) {
        out += &format!(
            "LOST: {} rows, {} messages, {} changes of what is lost",
            loss["rows"], loss["messages"], loss["changes"]
        );
        for gap in loss["gaps"].as_array().into_iter().flatten() {
            out += &format!("; journal records {} to {} are not in the archive", gap[0], gap[1]);
        }
        out += "\n";
    }
    for problem in answer["problems"].as_array().into_iter().flatten() {
        out += &format!("  {}\n", plain(problem));
    }
    out
}

/// Milliseconds since 1970, as people read it.
pub fn time(ms: &Value) -> String {
    let time = ms.as_i64().and_then(DateTime::<Utc>::from_timestamp_millis);
    time.map_or_else(|| "-".to_owned(), |time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// Octets, as people read them.
pub fn bytes(count: &Value) -> String {
    let count = count.as_f64().unwrap_or(0.0);
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut scaled = (count, 0);
    while scaled.0 >= 1024.0 && scaled.1 + 1 < units.len() {
        scaled = (scaled.0 / 1024.0, scaled.1 + 1);
    }
    match scaled {
        (count, 0) => format!("{count} B"),
        (count, unit) => format!("{count:.1} {}", units.get(unit).unwrap_or(&"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_in_their_largest_unit() {
        let said = [0, 1023, 1024, 5 << 20, 3 << 40].map(|count: u64| bytes(&json!(count)));
        assert_eq!(said, ["0 B", "1023 B", "1.0 KiB", "5.0 MiB", "3.0 TiB"]);
    }

    #[test]
    fn what_is_lost_is_said() {
        let text = shown(&json!({
            "is_dry_run": true, "messages": 2, "bytes": 2048, "as_of_ms": 0,
            "folders": [{"path": "/Inbox", "messages": 2, "bytes": 2048}],
            "loss": {"rows": 1, "messages": 0, "changes": 3, "gaps": [[7, 9]]},
        }));
        assert!(text.contains("would bring 2 messages, 2.0 KiB, as of 1970-01-01T00:00:00Z"), "{text}");
        assert!(text.contains("/Inbox") && text.contains("LOST: 1 rows") && text.contains("records 7 to 9"), "{text}");
    }
}
