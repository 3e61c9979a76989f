// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse status`.

use super::output::{plain, print_json, table};
use crate::control::{Daemon, call};
use crate::health::words;
use crate::state::StateDir;
use anyhow::Result;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub fn run(state: &StateDir, as_json: bool) -> Result<ExitCode> {
    let mut status = match call(state, Daemon::Supervisor, &json!({"verb": "status"}), &mut |_| {}) {
        Ok(status) => status,
        Err(error) => {
            if as_json {
                print_json(&json!({"ok": false, "alerts": [error.to_string()]}));
                return Ok(ExitCode::FAILURE);
            }
            return Err(error);
        }
    };
    // The daemon's own view is extra: that it is down is in the alerts already.
    if let Ok(daemon) = call(state, Daemon::Mailboxd, &json!({"verb": "status"}), &mut |_| {}) {
        status["mailboxd"] = daemon;
    }
    let all_well = status["ok"] == true;
    if as_json {
        print_json(&status);
    } else {
        print_table(&status);
    }
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print_table(status: &Value) {
    let list = |key: &str| status[key].as_array().cloned().unwrap_or_default();
    println!("Posthouse {} ({}), up {} s", plain(&status["version"]), plain(&status["profile"]), status["up_seconds"]);
    if let Some(code) = status["setup_code"].as_str() {
        println!("Not set up yet. Set-up code: {code}");
    }
    let heading = |words: &[&str]| vec![words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>()];
    let mut rows = heading(&["COMPONENT", "STATE", "SINCE", "PROCESS", "RESTARTS", "MEMORY", "CPU", "VERSION"]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    rows.extend(list("components").iter().map(|c| {
        let since = c["since"].as_u64().map_or(0, |since| now.saturating_sub(since));
        let memory = c["memory_bytes"].as_u64().unwrap_or(0) >> 20;
        let cpu = c["cpu_seconds"].as_f64().unwrap_or(0.0);
        vec![
            plain(&c["name"]),
            plain(&c["phase"]),
            words(Duration::from_secs(since)),
            plain(&c["pid"]),
            plain(&c["restarts"]),
            format!("{memory} MiB"),
            format!("{cpu:.1} s"),
            plain(&c["version"]),
        ]
    }));
    print!("\n{}", table(&rows));
    for c in list("components").iter().filter(|c| c["last_error_at"].is_u64()) {
        let ago = now.saturating_sub(c["last_error_at"].as_u64().unwrap_or(now));
        println!("  {}, {} ago: {}", plain(&c["name"]), words(Duration::from_secs(ago)), plain(&c["last_error"]));
    }
    let mut rows = heading(&["SERVICE", "ADDRESS", "ANSWERS"]);
    rows.extend(list("services").iter().map(|s| vec![plain(&s["service"]), plain(&s["address"]), plain(&s["alive"])]));
    print!("\n{}", table(&rows));
    let mut rows = heading(&["HEALTH", "", ""]);
    rows.extend(list("health").iter().map(|item| {
        let verdict = if item["is_well"] == true { "well" } else { "LOOK" };
        vec![plain(&item["name"]), verdict.to_owned(), plain(&item["text"])]
    }));
    if rows.len() > 1 {
        print!("\n{}", table(&rows));
    }
    for alert in list("alerts") {
        println!("\nALERT: {}", plain(&alert));
    }
}
