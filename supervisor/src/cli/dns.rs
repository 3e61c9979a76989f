// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse dns`: what to publish; with `--check` also what the name servers of this machine see.

use super::output::{plain, print_json, table};
use crate::control::{Daemon, call};
use crate::setup::dns::{Lookup, Seen, Verdict, records_in, resolvers, see};
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
    /// Look up what is there; exit code 0 only if nothing is missing or wrong
    #[arg(long, conflicts_with = "zone")]
    check: bool,
}

pub fn run(state: &StateDir, options: &Options, as_json: bool) -> Result<ExitCode> {
    let request = json!({"verb": "dns", "domain": options.domain});
    let answer = call(state, Daemon::Mailboxd, &request, &mut |_| {})?;
    if options.check {
        return Ok(check(&answer, as_json));
    }
    match (as_json, options.zone) {
        (true, _) => print_json(&answer),
        (false, true) => print!("{}", zone(&answer)),
        (false, false) => print!("{}", for_people(&answer)),
    }
    Ok(ExitCode::SUCCESS)
}

fn check(answer: &Value, as_json: bool) -> ExitCode {
    let records = records_in(answer);
    let host = records.iter().find(|record| record.kind == "A").map(|record| record.name.clone()).unwrap_or_default();
    let seen = see(&Lookup::new(resolvers()), records, &host);
    if as_json {
        print_json(&json!({"domain": answer["domain"], "records": seen}));
    } else {
        print!("{}", seen.iter().map(line_of).collect::<String>());
    }
    // A machine may have no IPv6, and a domain no name for autoconfiguration: that is the administrator's to judge.
    let is_needed = |record: &&Seen| matches!(record.record.kind.as_str(), "A" | "MX" | "PTR" | "TXT");
    let is_well = seen.iter().filter(is_needed).all(|seen| seen.verdict == Verdict::Good);
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn line_of(seen: &Seen) -> String {
    let Seen { record, seen, verdict } = seen;
    let word = match verdict {
        Verdict::Good => "good",
        Verdict::Missing => "MISSING",
        Verdict::Other => "SOMETHING ELSE",
        Verdict::Unknown => "no name server answered",
    };
    let found: String = seen.iter().map(|value| format!("    seen     {value}\n")).collect();
    let publish = match (&record.value, verdict) {
        (_, Verdict::Good) => String::new(),
        (Some(value), _) => format!("    publish  {value}\n"),
        (None, _) => format!("    publish  {}\n", record.why),
    };
    format!("{}  {}: {word}\n{publish}{found}", record.name, record.kind)
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
