// SPDX-License-Identifier: AGPL-3.0-or-later
//! Domain and administrator, by the same requests as `posthouse prov` makes. Asked twice, they are made once.

use super::answers::{Answers, Language};
use crate::control::{Daemon, call};
use crate::state::StateDir;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A large journal is replayed, a database made for the first time.
const START_MAX: Duration = Duration::from_secs(600);
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// As mailboxd says it.
const NO_SUCH: &str = "no such";
const EXISTS: &str = "already exists";
/// RFC 5321 §4.5.1; reports about the domain's mail go there too.
const POSTMASTER: &str = "postmaster";

fn ask(state: &StateDir, request: Value) -> Result<Value> {
    call(state, Daemon::Mailboxd, &json!({"verb": "prov", "request": request}), &mut |_| {})
}

/// None: it is not there.
fn find(state: &StateDir, request: Value) -> Result<Option<Value>> {
    match ask(state, request) {
        Err(error) if error.to_string().contains(NO_SUCH) => Ok(None),
        found => found.map(Some),
    }
}

/// Until mailboxd answers.
pub fn until_ready(state: &StateDir, log: &dyn Fn(&str)) -> Result<()> {
    let begun = Instant::now();
    let mut is_told = false;
    loop {
        match ask(state, json!({"getAllDomains": {}})) {
            Ok(_) => return Ok(()),
            Err(error) if begun.elapsed() > START_MAX => return Err(error),
            Err(error) if !is_told => log(&format!("waiting: {error:#}")),
            Err(_) => {}
        }
        is_told = true;
        std::thread::sleep(LOOK_EVERY);
    }
}

pub fn domain(state: &StateDir, name: &str) -> Result<String> {
    if find(state, json!({"getDomain": {"name": name}})).with_context(|| name.to_owned())?.is_some() {
        return Ok(format!("{name} is there already"));
    }
    ask(state, json!({"createDomain": {"name": name, "attrs": {}}})).with_context(|| name.to_owned())?;
    Ok(format!("{name} is made, with a key that signs its mail"))
}

pub fn administrator(state: &StateDir, answers: &Answers) -> Result<String> {
    let name = answers.address();
    let said = account(state, answers, &name).with_context(|| name.clone())?;
    let postmaster = format!("{POSTMASTER}@{}", answers.domain);
    if postmaster != name {
        let alias = json!({"addAccountAlias": {"name": name, "alias": postmaster}});
        match ask(state, alias) {
            // Whoever has it keeps it.
            Err(error) if error.to_string().contains(EXISTS) => {}
            added => drop(added.with_context(|| postmaster)?),
        }
    }
    Ok(said)
}

fn account(state: &StateDir, answers: &Answers, name: &str) -> Result<String> {
    let administrator = &answers.administrator;
    let locale = if answers.language == Language::De { "de" } else { "en" };
    let mut attrs = json!({"zimbraIsAdminAccount": ["TRUE"], "zimbraPrefLocale": [locale]});
    if !administrator.display_name.is_empty() {
        attrs["displayName"] = json!([administrator.display_name]);
    }
    let password = &administrator.password;
    if find(state, json!({"getAccount": {"name": name}}))?.is_none() {
        ask(state, json!({"createAccount": {"name": name, "password": password, "attrs": attrs}}))?;
        return Ok(format!("{name} is made"));
    }
    // Of an earlier try, perhaps with another password.
    ask(state, json!({"setPassword": {"name": name, "password": password}}))?;
    ask(state, json!({"modifyAccount": {"name": name, "attrs": attrs}}))?;
    Ok(format!("{name} is there already, and administers now with this password"))
}
