// SPDX-License-Identifier: AGPL-3.0-or-later
//! What people teach by moving mail into Junk and out of it: mailboxd hands the messages out, sa-learn puts their words into
//! the Bayes database of this system, and only then are they done with. Whoever dies in between learns the same again, which
//! SpamAssassin knows by the message.

use super::USER;
use crate::components::{Place, text};
use crate::control::{Daemon, call};
use crate::engine::{Chore, Directory, Done, RunAs, command, make_directory, user_ids};
use crate::state::StateDir;
use anyhow::{Context, Result, bail};
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};
use nix::unistd::Gid;
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(60);
/// A batch; what is more comes with the next one.
const MESSAGES_MAX: usize = 200;
/// More than mailboxd hands out of any message.
const BYTES_MAX: u64 = 4 << 20;
const PROGRAM: &str = "/usr/bin/sa-learn";

/// Root's alone to change: a directory of amavis's own would let it point us elsewhere while we write.
pub fn directory(place: &Place) -> Directory {
    Directory { path: place.path("spamassassin/training"), owner: Some(("root", USER)), mode: 0o750 }
}

pub fn chore(place: &Place) -> Chore {
    let school = School { state: place.state.clone(), home: place.path("spamassassin"), known: Mutex::default() };
    Chore { name: "spam training", first: EVERY / 4, every: EVERY, retry: EVERY, work: Arc::new(move || school.turn()) }
}

struct School {
    state: StateDir,
    home: PathBuf,
    /// How many messages of each class the database has; it is asked again after each lesson.
    known: Mutex<Option<(u64, u64)>>,
}

impl School {
    fn turn(&self) -> Result<Done> {
        let mut known = self.known.lock().map_err(|_| anyhow::anyhow!("an earlier turn failed"))?;
        let given = self.ask(json!({"verb": "training", "learnt": [], "hand_out": MESSAGES_MAX}))?;
        let mut learnt = Vec::new();
        for class in ["spam", "ham"] {
            let names: Vec<String> = serde_json::from_value(given["lessons"][class].clone()).unwrap_or_default();
            if !names.is_empty() {
                self.learn(class, &names)?;
                learnt.extend(names);
            }
        }
        let mut waiting = given;
        if !learnt.is_empty() {
            self.run(&["--sync"])?;
            waiting = self.ask(json!({"verb": "training", "learnt": learnt}))?;
            *known = None;
        }
        let (spam, ham) = match *known {
            Some(counts) => counts,
            // Nothing was learnt yet: there is no database, and sa-learn takes that for an error.
            None if !self.home.join("bayes/bayes_toks").exists() => (0, 0),
            None => *known.insert(counts(&String::from_utf8_lossy(&self.run(&["--dump", "magic"])?))),
        };
        let waits = waiting["spam"].as_u64().unwrap_or(0) + waiting["ham"].as_u64().unwrap_or(0);
        let text = format!("{spam} spam and {ham} wanted messages learnt, {waits} wait; it takes 200 of each to count");
        Ok(Done { text, needs_restart: false })
    }

    fn ask(&self, request: Value) -> Result<Value> {
        call(&self.state, Daemon::Mailboxd, &request, &mut |_| {})
    }

    /// The messages lie in a directory of mailboxd's; sa-learn runs as another user, so they are copied.
    fn learn(&self, class: &str, names: &[String]) -> Result<()> {
        let run = File::open(self.state.run())?;
        let to = self.home.join("training").join(class);
        let _ = std::fs::remove_dir_all(&to);
        let (_, gid) = user_ids(USER, USER)?;
        let text_of = |path: &Path| path.display().to_string();
        let own = Directory { path: to.clone(), owner: Some(("root", USER)), mode: 0o750 };
        make_directory(&own)?;
        for name in names {
            if name.contains('/') {
                bail!("mailboxd names a file {name}");
            }
            let target = to.join(name);
            let from = Path::new("training").join(class).join(name);
            copy(&run, &from, &target, gid).with_context(|| text_of(&target))?;
        }
        let flag = format!("--{class}");
        // Its own limit is smaller than what mailboxd hands out.
        self.run(&[&flag, "--no-sync", "--max-size", "0", &text(&to)?])?;
        std::fs::remove_dir_all(&to).with_context(|| text_of(&to))
    }

    fn run(&self, words: &[&str]) -> Result<Vec<u8>> {
        let run_as = RunAs { user: USER, group: USER, low_ports: false };
        let site = format!("--siteconfigpath={}", text(&self.home.join("conf"))?);
        let preferences = format!("--prefspath={}", text(&self.home.join("conf/user_prefs"))?);
        command(PROGRAM, &[&[site.as_str(), &preferences], words].concat(), None, Some(&run_as))
    }
}

/// Through no link on the whole way below `run`, and no more than a message has: what is in there is another user's.
fn copy(run: &File, from: &Path, to: &Path, gid: Gid) -> Result<()> {
    let how = OpenHow::new()
        .flags(OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK)
        .resolve(ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS | ResolveFlag::RESOLVE_NO_XDEV);
    let source = File::from(openat2(run, from, how)?);
    if !source.metadata()?.is_file() {
        bail!("{} is no file", from.display());
    }
    let mut bytes = Vec::new();
    source.take(BYTES_MAX).read_to_end(&mut bytes)?;
    let mut target: File = OpenOptions::new().write(true).create_new(true).mode(0o640).open(to)?;
    target.write_all(&bytes)?;
    std::os::unix::fs::fchown(&target, None, Some(gid.as_raw()))?;
    Ok(target.set_permissions(PermissionsExt::from_mode(0o640))?)
}

/// "0.000 0 17 0 non-token data: nspam" of `sa-learn --dump magic`.
fn counts(dump: &str) -> (u64, u64) {
    let of = |name: &str| {
        let line = dump.lines().find(|line| line.trim_end().ends_with(name))?;
        line.split_whitespace().nth(2)?.parse().ok()
    };
    (of(": nspam").unwrap_or(0), of(": nham").unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_and_missing_ones_are_none() {
        let dump = "0.000          0          3          0  non-token data: bayes db version\n\
            0.000          0         17          0  non-token data: nspam\n\
            0.000          0          4          0  non-token data: nham\n";
        assert_eq!(counts(dump), (17, 4));
        assert_eq!(counts(""), (0, 0));
    }

    #[test]
    fn links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (link, to) = (dir.path().join("link"), dir.path().join("to"));
        let run = File::open(dir.path()).unwrap();
        let gid = nix::unistd::getgid();
        std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
        std::os::unix::fs::symlink("/etc", dir.path().join("way")).unwrap();
        for from in ["link", "way/passwd", "../../etc/passwd", "/etc/passwd"] {
            assert!(copy(&run, Path::new(from), &to, gid).is_err() && !to.exists(), "{from}");
        }
        std::fs::write(dir.path().join("file"), "x").unwrap();
        copy(&run, Path::new("file"), &to, gid).unwrap();
    }
}
