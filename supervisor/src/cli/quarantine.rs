// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse quarantine …`: what the scanners withheld.

use super::output::{plain, print_json, table};
use crate::control::{Daemon, call};
use crate::state::StateDir;
use anyhow::Result;
use clap::Subcommand;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Subcommand)]
pub enum Command {
    /// Newest first: number, day, why, sender, recipients, subject
    List {
        /// As in the search line of the web client: `from:x subject:invoice`
        #[arg(long)]
        query: Option<String>,
    },
    /// A message, with what the scanners say of it
    Show { id: u32 },
    /// Deliver messages as they were sent, to those they were kept from; they are not scanned again
    Release {
        #[arg(required = true)]
        ids: Vec<u32>,
        /// To this address instead
        #[arg(long)]
        to: Option<String>,
    },
}

pub fn run(state: &StateDir, command: &Command, as_json: bool) -> Result<ExitCode> {
    let request = match command {
        Command::List { query } => json!({"list": {"query": query}}),
        Command::Show { id } => json!({"show": {"id": id}}),
        Command::Release { ids, to } => json!({"release": {"ids": ids, "to": to, "listener": listener(state)}}),
    };
    let answer = call(state, Daemon::Mailboxd, &json!({"verb": "quarantine", "request": request}), &mut |_| {})?;
    let is_done = answer["failed"].as_array().is_none_or(Vec::is_empty);
    match command {
        _ if as_json => print_json(&answer),
        Command::List { .. } => print!("{}", listed(&answer)),
        Command::Show { .. } => print!("{}", shown(&answer)),
        Command::Release { .. } => print!("{}", released(&answer)),
    }
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Where Postfix takes back what was scanned; None: there is no Postfix.
fn listener(state: &StateDir) -> Option<String> {
    let status = call(state, Daemon::Supervisor, &json!({"verb": "status"}), &mut |_| {}).ok()?;
    let found = status["services"].as_array()?.iter().find(|service| service["service"] == "filtered")?;
    found["address"].as_str().map(str::to_owned)
}

fn items<'a>(answer: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    answer[key].as_array().into_iter().flatten()
}

fn listed(answer: &Value) -> String {
    let mut rows = vec![["ID", "DATE", "WHY", "FROM", "TO", "SUBJECT"].map(str::to_owned).to_vec()];
    rows.extend(items(answer, "messages").map(|message| {
        let why = plain(&message["why"]);
        let why = if message["released"] == true { format!("{why} (released)") } else { why };
        let cells = [
            plain(&message["id"]),
            date(message),
            why,
            plain(&message["from"]),
            to(message),
            plain(&message["subject"]),
        ];
        cells.iter().map(|cell| safe(cell, false)).collect()
    }));
    let more = if answer["more"] == true { "There are more; --query finds them.\n" } else { "" };
    format!("{}{more}", table(&rows))
}

fn shown(answer: &Value) -> String {
    let heading =
        [("why", plain(&answer["why"])), ("from", plain(&answer["from"])), ("to", to(answer)), ("date", date(answer))];
    let mut out: String = heading.iter().map(|(name, text)| format!("{name}: {}\n", safe(text, false))).collect();
    out += &format!("\n{}\n", safe(&plain(&answer["message"]), true));
    if let Some(left) = answer["octets_left_out"].as_u64().filter(|left| *left > 0) {
        out += &format!("[{left} more octets]\n");
    }
    out
}

fn released(answer: &Value) -> String {
    let done = items(answer, "released").map(|one| {
        let again = if one["again"] == true { " (again: it had been released before)" } else { "" };
        format!("{}: delivered to {}{again}\n", plain(&one["id"]), safe(&to(one), false))
    });
    let failed = items(answer, "failed")
        .map(|one| format!("{}: NOT released: {}\n", plain(&one["id"]), safe(&plain(&one["why"]), false)));
    done.chain(failed).collect()
}

fn to(message: &Value) -> String {
    items(message, "to").map(plain).collect::<Vec<_>>().join(", ")
}

/// The day, and the minute, in UTC.
fn date(message: &Value) -> String {
    let minutes = message["date_ms"].as_i64().unwrap_or(0).div_euclid(60_000);
    let (days, minute) = (minutes.div_euclid(1_440), minutes.rem_euclid(1_440));
    // Years from 1 March, so that the leap day comes last.
    let z = days + 719_468;
    let (era, day_of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let (year, day) = (year_of_era + era * 400 + i64::from(month <= 2), day_of_year - (153 * shifted + 2) / 5 + 1);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", minute / 60, minute % 60)
}

/// What strangers wrote commands no terminal: control characters, and those that turn the direction of writing, are shown as
/// such. `keeps_lines`: line ends and tabs stay.
fn safe(text: &str, keeps_lines: bool) -> String {
    let text = if keeps_lines { text.replace("\r\n", "\n") } else { text.to_owned() };
    let is_bad = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_bad(c) && !(keeps_lines && matches!(c, '\n' | '\t')) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_commanded() {
        let hostile = "a\u{1b}]0;x\u{7}b\r\nc\td\u{9b}31me\u{202e}f\u{e9}\u{65e5}";
        assert!(!safe(hostile, true).chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
        assert!(safe(hostile, true).ends_with("\u{fffd}f\u{e9}\u{65e5}") && safe(hostile, true).contains("b\nc\td"));
        assert!(!safe(hostile, false).chars().any(char::is_control));
        let message = json!({"id": 257, "date_ms": 1_795_466_760_000_i64, "why": "spam", "from": "x\u{1b}[2J", "to": ["ann@a.test"],
            "subject": "a\nb", "released": true, "message": "Subject: \u{1b}x\r\n\r\ntext", "octets_left_out": 7});
        let list = listed(&json!({"messages": [message], "more": true}));
        assert!(
            list.contains("257  2026-11-23 20:46  spam (released)  x\u{fffd}[2J  ann@a.test  a\u{fffd}b\n"),
            "{list}"
        );
        assert!(list.ends_with("There are more; --query finds them.\n"));
        assert!(shown(&message).contains("Subject: \u{fffd}x\n\ntext\n[7 more octets]"));
    }

    #[test]
    fn what_was_not_released_is_told() {
        let answer =
            json!({"released": [{"id": 1, "to": ["a@b.test"], "again": true}], "failed": [{"id": 2, "why": "gone"}]});
        let text = "1: delivered to a@b.test (again: it had been released before)\n2: NOT released: gone\n";
        assert_eq!(released(&answer), text);
    }
}
