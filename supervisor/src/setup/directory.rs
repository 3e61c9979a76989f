// SPDX-License-Identifier: AGPL-3.0-or-later
//! Domain and administrator, by the same requests as `posthouse prov` makes. Asked twice, they are made once.

use super::answers::{Answers, Language};
use crate::control::{Daemon, call, is_running};
use crate::state::StateDir;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A large journal is replayed, a database made for the first time.
const START_MAX: Duration = Duration::from_secs(600);
const LOOK_EVERY: Duration = Duration::from_millis(250);
const TRIES_MAX: u32 = 20;
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

/// Does it with the mailbox daemon, and once more with the next one where the daemon went away meanwhile: after a crash of
/// the supervisor the old one still answers for a moment, while it stops.
pub fn with_mailboxd(state: &StateDir, log: &dyn Fn(&str), work: &dyn Fn() -> Result<String>) -> Result<String> {
    let mut tries = 0;
    loop {
        tries += 1;
        let starts = until_running(state, log)?;
        match work() {
            // The supervisor may not have seen yet that it is gone.
            Err(error)
                if tries < TRIES_MAX && (!is_running(state, Daemon::Mailboxd) || running(state)? != Some(starts)) =>
            {
                log(&format!("mailboxd went away ({error:#}); once more"));
                std::thread::sleep(LOOK_EVERY);
            }
            done => return done,
        }
    }
}

/// How often it has been started.
fn until_running(state: &StateDir, log: &dyn Fn(&str)) -> Result<u64> {
    let begun = Instant::now();
    let mut is_told = false;
    loop {
        if let Some(starts) = running(state)? {
            return Ok(starts);
        }
        if begun.elapsed() > START_MAX {
            bail!("mailboxd does not run after {} s; `posthouse status` tells why", START_MAX.as_secs());
        }
        if !is_told {
            log("waiting until mailboxd runs");
        }
        is_told = true;
        std::thread::sleep(LOOK_EVERY);
    }
}

/// None: it does not, as far as this supervisor is concerned.
fn running(state: &StateDir) -> Result<Option<u64>> {
    let status = call(state, Daemon::Supervisor, &json!({"verb": "status"}), &mut |_| {})?;
    let mut components = status["components"].as_array().into_iter().flatten();
    let found = components.find(|component| component["name"] == "mailboxd" && component["phase"] == "running");
    Ok(found.and_then(|component| component["starts"].as_u64()))
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
