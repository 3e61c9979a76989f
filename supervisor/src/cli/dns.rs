// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse dns`: what to publish. Nothing is looked up: what the world sees is not shown.

use super::output::{plain, print_json, table};
use crate::control::{Daemon, call};
use crate::state::StateDir;
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// RFC 1035 §3.3: a character-string has 255 octets at most.
const STRING_MAX: usize = 255;
/// Seconds: short enough to mend a mistake.
const TTL: u32 = 3600;

#[derive(Args)]
pub struct Options {
    domain: String,
    /// As a fragment of a zone file
    #[arg(long)]
    zone: bool,
}

pub fn run(state: &StateDir, options: &Options, as_json: bool) -> Result<ExitCode> {
    let request = json!({"verb": "dns", "domain": options.domain});
    let answer = call(state, Daemon::Mailboxd, &request, &mut |_| {})?;
    match (as_json, options.zone) {
        (true, _) => print_json(&answer),
        (false, true) => print!("{}", zone(&answer)),
        (false, false) => print!("{}", for_people(&answer)),
    }
    Ok(ExitCode::SUCCESS)
}

fn items<'a>(answer: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    answer[key].as_array().into_iter().flatten()
}

fn for_people(answer: &Value) -> String {
    let mut out = String::new();
    for record in items(answer, "records") {
        let value = record["value"].as_str().unwrap_or("(fill in)");
        out += &format!(
            "{}  {}\n    {value}\n    -- {}\n",
            plain(&record["name"]),
            plain(&record["type"]),
            plain(&record["why"])
        );
    }
    let notes: Vec<Vec<String>> = items(answer, "notes").map(|note| vec!["*".to_owned(), plain(note)]).collect();
    format!("{out}\n{}", table(&notes))
}

fn zone(answer: &Value) -> String {
    let note = |note: &Value| format!("; {}\n", plain(note));
    let mut out: String = items(answer, "notes").map(note).collect();
    for record in items(answer, "records") {
        let (name, kind) = (plain(&record["name"]), plain(&record["type"]));
        let line = match record["value"].as_str() {
            None => format!("; {name}. {TTL} IN {kind} ({})", plain(&record["why"])),
            Some(text) if kind == "TXT" => format!("{name}. {TTL} IN TXT {}", strings(text)),
            Some(value) => format!("{name}. {TTL} IN {kind} {value}"),
        };
        out += &line;
        out.push('\n');
    }
    out
}

/// A text in as many strings as it needs; who reads a TXT record puts them together (RFC 7208 §3.3, RFC 6376 §3.6.2.2).
fn strings(text: &str) -> String {
    let mut pieces = Vec::new();
    let mut rest = text.as_bytes();
    while !rest.is_empty() || pieces.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(STRING_MAX));
        let escaped: String = piece.iter().map(|byte| escape(*byte)).collect();
        pieces.push(format!("\"{escaped}\""));
        rest = after;
    }
    pieces.join(" ")
}

/// RFC 1035 §5.1
fn escape(byte: u8) -> String {
    match byte {
        b'"' | b'\\' => format!("\\{}", byte as char),
        b' '..=b'~' => (byte as char).to_string(),
        _ => format!("\\{byte:03}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_file_takes_long_and_odd_texts() {
        assert_eq!(strings(""), "\"\"");
        assert_eq!(strings("a \"b\" \\ \u{e9}"), r#""a \"b\" \\ \195\169""#);
        let long = strings(&"x".repeat(256));
        assert_eq!(long, format!("\"{}\" \"x\"", "x".repeat(255)));
        let answer = json!({"notes": ["Look."], "records": [
            {"name": "m.a.test", "type": "A", "value": null, "why": "address"},
            {"name": "a.test", "type": "MX", "value": "10 m.a.test.", "why": "mail"},
            {"name": "a.test", "type": "TXT", "value": "v=spf1 mx -all", "why": "spf"},
        ]});
        let text = "; Look.\n; m.a.test. 3600 IN A (address)\na.test. 3600 IN MX 10 m.a.test.\na.test. 3600 IN TXT \"v=spf1 mx -all\"\n";
        assert_eq!(zone(&answer), text);
        assert!(for_people(&answer).contains("m.a.test  A\n    (fill in)\n    -- address\n"));
    }
}
