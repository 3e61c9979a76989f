// SPDX-License-Identifier: AGPL-3.0-or-later
//! Spam rules by sa-update, into the state directory: they outlive an upgrade of the system, and what Debian's own timer does
//! in /var/lib/spamassassin does not matter. What is fetched is checked by its signature, and rules that bring code are not
//! taken. It runs as a user who owns the rules and nothing else; amavisd only reads them.

use super::rules;
use crate::components::{Place, text};
use crate::engine::{Chore, Directory, Done, RunAs, command};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const USER: &str = "debian-spamd";
const PROGRAM: &str = "/usr/bin/sa-update";
/// The key that Debian's package brings for SpamAssassin's own channel.
const KEY: &str = "/usr/share/spamassassin/GPG.KEY";
const HOUR: Duration = Duration::from_secs(3_600);

pub fn directories(place: &Place) -> Vec<Directory> {
    let of = |name, mode| Directory { path: place.path(name), owner: Some((USER, USER)), mode };
    vec![of("spamassassin/rules", 0o755), of("spamassassin/gpg", 0o700)]
}

pub fn chore(place: &Place) -> Chore {
    let home = place.path("spamassassin");
    Chore {
        name: "spam rules update",
        first: Duration::from_secs(120),
        every: 24 * HOUR,
        retry: 4 * HOUR,
        work: Arc::new(move || update(&home)),
    }
}

fn update(home: &Path) -> Result<Done> {
    let run_as = RunAs { user: USER, group: USER, low_ports: false };
    let (gpg, updates) = (home.join("gpg"), home.join("rules"));
    let gpg = ["--gpghomedir", &text(&gpg)?].map(str::to_owned);
    let run = |words: &[&str]| {
        let words: Vec<&str> = gpg.iter().map(String::as_str).chain(words.iter().copied()).collect();
        // Others read what it fetches; our own mask would keep them out.
        let shell = ["-c", "umask 022; exec \"$@\"", "sh", PROGRAM];
        command("sh", &[&shell[..], &words].concat(), None, Some(&run_as))
    };
    if !has_key(home) {
        run(&["--import", KEY])?;
    }
    let before = modified(home);
    // 0: something new; 1: nothing new (sa-update(1), EXIT CODES).
    match run(&["--updatedir", &text(&updates)?]) {
        Ok(_) => {}
        Err(error) if error.to_string().contains("exit status: 1)") => {}
        Err(error) => bail!("{error:#}; mail is still looked at, by the rules that are there"),
    }
    let is_new = modified(home) != before;
    let text = if is_new { "new rules were fetched" } else { "there are no newer rules" };
    Ok(Done { text: text.to_owned(), needs_restart: is_new })
}

fn has_key(home: &Path) -> bool {
    ["pubring.kbx", "pubring.gpg", "secring.gpg"].iter().any(|name| home.join("gpg").join(name).is_file())
}

fn modified(home: &Path) -> Option<std::time::SystemTime> {
    let file: PathBuf = rules(home)?;
    file.metadata().and_then(|found| found.modified()).ok()
}
