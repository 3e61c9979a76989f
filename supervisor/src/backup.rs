// SPDX-License-Identifier: AGPL-3.0-or-later
//! Backups, as far as they are the supervisor's: when one is due, and the files that only it may read. mailboxd makes them.

use crate::control::{Daemon, call};
use crate::engine::{Chore, Done};
use crate::settings::{self, Backup};
use crate::state::StateDir;
use anyhow::{Context, Result, bail};
use base64::Engine as _;
use chrono::{DateTime, Local, NaiveTime, TimeDelta};
use serde_json::{Value, json};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

const MINUTE: Duration = Duration::from_secs(60);
/// Of all files together: one request takes no more.
const FILES_BYTES_MAX: u64 = 2 << 20;
/// Below the state directory.
const PLACES: [&str; 2] = ["settings", "setup"];

/// What mailboxd made last, and when it was last tried whether it can be restored.
pub fn mark(state: &StateDir) -> PathBuf {
    state.path.join("backup/last")
}

fn drill_mark(state: &StateDir) -> PathBuf {
    state.path.join("backup/verified.json")
}

pub fn chores(state: &StateDir) -> Vec<Chore> {
    let chore = |name, first, work: fn(&StateDir) -> Result<Done>| {
        let state = state.clone();
        Chore { name, first, every: 5 * MINUTE, retry: 10 * MINUTE, work: Arc::new(move || work(&state)) }
    };
    vec![chore("backup", 2 * MINUTE, make_if_due), chore("backup check", 4 * MINUTE, verify_if_due)]
}

fn make_if_due(state: &StateDir) -> Result<Done> {
    let backup = settings::read(state)?.backup().clone();
    let last = modified(&mark(state));
    let status = call(state, Daemon::Mailboxd, &json!({"verb": "status"}), &mut |_| {})?;
    let has_gap = !status["backup"]["lost"].is_null();
    let text = if has_gap || is_due(&backup, last, Local::now())? {
        let made = make(state, &mut |_| {})?;
        let problems = made["problem_count"].as_u64().unwrap_or(0);
        if problems > 0 {
            bail!("{problems} things could not be read, the first: {}", made["problems"][0].as_str().unwrap_or("?"));
        }
        format!("{} mailboxes, {} items were backed up", made["mailboxes"], made["items"])
    } else {
        "the last one is as new as it should be".to_owned()
    };
    Ok(Done { text, needs_restart: false })
}

/// The newest moment at which one should be made is later than the last one was made.
fn is_due(backup: &Backup, last: Option<SystemTime>, now: DateTime<Local>) -> Result<bool> {
    let at = NaiveTime::parse_from_str(&backup.at, "%H:%M").context("[backup] at")?;
    let Some(last) = last.map(DateTime::<Local>::from) else { return Ok(true) };
    let today = now.date_naive().and_time(at);
    let due = if now.naive_local() >= today { today } else { today - TimeDelta::days(1) };
    Ok(last.naive_local() < due)
}

fn verify_if_due(state: &StateDir) -> Result<Done> {
    let backup = settings::read(state)?.backup().clone();
    let every = Duration::from_secs(backup.verify_days.saturating_mul(86_400));
    let age = modified(&drill_mark(state)).map(|last| SystemTime::now().duration_since(last).unwrap_or_default());
    let is_due = backup.verify_days > 0 && mark(state).exists() && age.is_none_or(|age| age >= every);
    if is_due {
        let request = json!({"verb": "backup", "request": {"verify": {}}});
        call(state, Daemon::Mailboxd, &request, &mut |_| {})?;
    }
    let Ok(text) = std::fs::read_to_string(drill_mark(state)) else {
        return Ok(Done { text: "none was checked yet".to_owned(), needs_restart: false });
    };
    let found: Value = serde_json::from_str(&text)?;
    if found["is_clean"] != true {
        bail!(
            "{} problems in {}; `posthouse backup verify` lists them, and the next good check ends this",
            found["problem_count"],
            found["snapshot"].as_str().unwrap_or("the backup")
        );
    }
    let how =
        if found["is_partial"] == true { "compared (the key is not here)" } else { "restored beside, and compared" };
    Ok(Done { text: format!("{} was {how}", found["snapshot"].as_str().unwrap_or("?")), needs_restart: false })
}

/// `progress` gets mailboxd's lines.
pub fn make(state: &StateDir, progress: &mut dyn FnMut(&str)) -> Result<Value> {
    let files = files(state)?;
    let request = json!({"verb": "backup", "request": {"full": {"files": files}}});
    call(state, Daemon::Mailboxd, &request, progress)
}

/// Settings, certificates and keys, set-up's record; and what the settings name elsewhere.
fn files(state: &StateDir) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    let mut left = FILES_BYTES_MAX;
    for place in PLACES {
        walk(&state.path.join(place), &mut |path| {
            let name = path.strip_prefix(&state.path).unwrap_or(path);
            found.push(file(path, name, &mut left)?);
            Ok(())
        })?;
    }
    let settings = settings::read(state)?;
    let (certificate, key) = settings.tls_files(&state.path);
    for path in [certificate, key].iter().filter(|path| !path.starts_with(&state.path) && path.is_file()) {
        found.push(file(path, path, &mut left)?);
    }
    Ok(found)
}

fn walk(dir: &Path, each: &mut dyn FnMut(&Path) -> Result<()>) -> Result<()> {
    let entries = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.with_context(|| dir.display().to_string())?,
    };
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(&entry.path(), each)?;
        } else if kind.is_file() {
            each(&entry.path())?;
        }
    }
    Ok(())
}

fn file(path: &Path, name: &Path, left: &mut u64) -> Result<Value> {
    let text = || path.display().to_string();
    let found = path.metadata().with_context(text)?;
    *left = left.checked_sub(found.len()).with_context(|| format!("{}: there is too much in there", text()))?;
    let data = std::fs::read(path).with_context(text)?;
    let user = nix::unistd::User::from_uid(found.uid().into()).ok().flatten().map(|user| user.name);
    let group = nix::unistd::Group::from_gid(found.gid().into()).ok().flatten().map(|group| group.name);
    Ok(json!({
        "path": name.to_str().with_context(text)?,
        "mode": found.mode() & 0o7777,
        "owner": user.unwrap_or_default(),
        "group": group.unwrap_or_default(),
        "data": base64::engine::general_purpose::STANDARD.encode(data),
    }))
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|found| found.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_due_once_a_day_at_its_time() {
        let backup = Backup::default();
        let at = |text: &str| {
            let naive = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
            naive.and_local_timezone(Local).unwrap()
        };
        let due = |last: &str, now: &str| is_due(&backup, Some(at(last).into()), at(now)).unwrap();
        assert!(is_due(&backup, None, at("2026-11-30 12:00")).unwrap(), "there is none yet");
        assert!(due("2026-11-29 02:31", "2026-11-30 02:30"));
        assert!(!due("2026-11-29 02:31", "2026-11-30 02:29"));
        assert!(!due("2026-11-30 02:31", "2026-11-30 23:59"));
        assert!(due("2026-11-28 02:31", "2026-11-30 01:00"), "the machine was off at that time");
        let wrong = Backup { at: "late".into(), ..Backup::default() };
        assert!(is_due(&wrong, Some(SystemTime::now()), Local::now()).is_err());
    }

    #[test]
    fn settings_and_keys_are_taken_along() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::new(Some(dir.path())).unwrap();
        state.create().unwrap();
        settings::read(&state).unwrap();
        std::fs::create_dir(state.settings().join("tls")).unwrap();
        std::fs::write(state.settings().join("tls/server.key"), "secret").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", state.settings().join("link")).unwrap();
        let found = files(&state).unwrap();
        let mut names: Vec<_> = found.iter().map(|file| file["path"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["settings/posthouse.toml", "settings/tls/server.key"]);
    }
}
