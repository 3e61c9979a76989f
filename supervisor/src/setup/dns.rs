// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a domain should have in the DNS, and what is seen there. Before the domain is made its records follow from the
//! answers; afterwards mailboxd says them, with the key that signs its mail.

mod compare;
mod lookup;

use crate::control::{Daemon, call};
use crate::state::StateDir;
use anyhow::{Result, bail};
pub use compare::Verdict;
pub use lookup::{Lookup, resolvers};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A domain has about fifteen records; more addresses than that are not asked for their names.
const RECORDS_MAX: usize = 40;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub domain: String,
    pub hostname: String,
    /// Mail leaves by somebody else's host.
    #[serde(default)]
    pub has_relay: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    /// What to publish, as in a zone file; None: whoever knows the address fills it in.
    pub value: Option<String>,
    pub why: String,
}

#[derive(Debug, Serialize)]
pub struct Seen {
    #[serde(flatten)]
    pub record: Record,
    pub seen: Vec<String>,
    pub verdict: Verdict,
}

/// Blocks.
pub fn look(state: &StateDir, question: &Question) -> Result<Value> {
    let is_name = |name: &str| {
        name.len() <= 253 && !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
    };
    if !is_name(&question.domain) || !is_name(&question.hostname) {
        bail!("domain and host name must be names, like example.com and mail.example.com");
    }
    let records = of_domain(state, &question.domain).unwrap_or_else(|_| expected(question));
    let lookup = Lookup::new(resolvers());
    Ok(json!({"records": see(&lookup, records, &question.hostname)}))
}

/// Of a domain that is made.
pub fn of_domain(state: &StateDir, domain: &str) -> Result<Vec<Record>> {
    let answer = call(state, Daemon::Mailboxd, &json!({"verb": "dns", "domain": domain}), &mut |_| {})?;
    Ok(records_in(&answer))
}

/// The same beside what is seen of it, and what mailboxd says to it. Blocks.
pub fn seen(state: &StateDir, domain: &str) -> Result<Value> {
    let answer = call(state, Daemon::Mailboxd, &json!({"verb": "dns", "domain": domain}), &mut |_| {})?;
    let records = records_in(&answer);
    let host = records.iter().find(|record| record.kind == "A").map(|record| record.name.clone()).unwrap_or_default();
    let seen = see(&Lookup::new(resolvers()), records, &host);
    Ok(json!({"domain": answer["domain"], "notes": answer["notes"], "records": seen}))
}

pub fn records_in(answer: &Value) -> Vec<Record> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let record = |value: &Value| Record {
        name: text(&value["name"]),
        kind: text(&value["type"]),
        value: value["value"].as_str().map(str::to_owned),
        why: text(&value["why"]),
    };
    answer["records"].as_array().into_iter().flatten().map(record).collect()
}

/// Of one that is still to be made: all but the key.
fn expected(question: &Question) -> Vec<Record> {
    let (domain, host) = (&question.domain, &question.hostname);
    let record = |name: &str, kind: &str, value: Option<String>, why: &str| Record {
        name: name.to_owned(),
        kind: kind.to_owned(),
        value,
        why: why.to_owned(),
    };
    let spf = if question.has_relay { "v=spf1 mx ~all" } else { "v=spf1 mx -all" };
    let dmarc = format!("v=DMARC1; p=none; rua=mailto:postmaster@{domain}");
    vec![
        record(host, "A", None, "this machine's public IPv4 address"),
        record(domain, "MX", Some(format!("10 {host}.")), "mail for the domain comes here"),
        record(domain, "TXT", Some(spf.to_owned()), "who may send in its name"),
        record(&format!("_dmarc.{domain}"), "TXT", Some(dmarc), "reports about mail in its name"),
    ]
}

/// Each record with what the world sees, and the names of the host's addresses.
pub fn see(lookup: &Lookup, records: Vec<Record>, hostname: &str) -> Vec<Seen> {
    let mut all = Vec::new();
    for record in records.into_iter().take(RECORDS_MAX) {
        let found = lookup.ask(&record.name, &record.kind);
        let verdict = compare::verdict(&record, &found);
        let seen = found.unwrap_or_default();
        let addresses = if record.name == hostname && record.kind == "A" { seen.clone() } else { Vec::new() };
        all.push(Seen { record, seen, verdict });
        for address in addresses {
            let Some(name) = lookup::reverse(&address) else { continue };
            let found = lookup.ask(&name, "PTR");
            let why = format!("the name of {address}: whoever gave you the address sets it; many servers ask");
            let record = Record { name, kind: "PTR".to_owned(), value: Some(format!("{hostname}.")), why };
            let verdict = compare::verdict(&record, &found);
            all.push(Seen { record, seen: found.unwrap_or_default(), verdict });
        }
    }
    all
}
