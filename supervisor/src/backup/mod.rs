// SPDX-License-Identifier: AGPL-3.0-or-later
//! Backups, as far as they are the supervisor's: when one is due, and the files that only it may read. mailboxd makes them.

mod ordered;

pub use ordered::{Ordered, What};

use crate::control::{Daemon, call};
use crate::engine::{Chore, Done};
use crate::settings::{self, Backup};
use crate::state::StateDir;
use anyhow::{Context, Result, bail};
use base64::Engine as _;
use chrono::{DateTime, Local, NaiveTime, TimeDelta};
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
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
        if let Some(dir) = open(&state.path.join(place), 0)? {
            walk(&dir, Path::new(place), &mut |file, name| {
                found.extend(read(file, name, &mut left)?);
                Ok(())
            })?;
        }
    }
    let settings = settings::read(state)?;
    let (certificate, key) = settings.tls_files(&state.path);
    for path in [certificate, key].iter().filter(|path| !path.starts_with(&state.path)) {
        // Only the administrator names these, and a link is usual.
        if let Some(file) = open(path, 0)? {
            found.extend(read(file, path, &mut left)?);
        }
    }
    Ok(found)
}

/// None: it is not there, or any more. Never waits for the other end of a FIFO.
fn open(path: &Path, flags: i32) -> Result<Option<File>> {
    let flags = flags | nix::libc::O_NONBLOCK;
    match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some).with_context(|| path.display().to_string()),
    }
}

/// Some of these directories are another user's, who can put a link in the place of anything at any moment: what is read is
/// what was opened, below the directory that was opened.
fn walk(dir: &File, name: &Path, each: &mut dyn FnMut(File, &Path) -> Result<()>) -> Result<()> {
    let entries = std::fs::read_dir(format!("/proc/self/fd/{}", dir.as_raw_fd()));
    for entry in entries.with_context(|| name.display().to_string())? {
        let entry = entry?;
        let name = name.join(entry.file_name());
        let kind = entry.file_type()?;
        if !kind.is_dir() && !kind.is_file() {
            continue;
        }
        let Some(opened) = open(&entry.path(), nix::libc::O_NOFOLLOW).with_context(|| name.display().to_string())?
        else {
            continue;
        };
        if opened.metadata()?.is_dir() {
            walk(&opened, &name, each)?;
        } else {
            each(opened, &name)?;
        }
    }
    Ok(())
}

/// None: no file with content.
fn read(file: File, name: &Path, left: &mut u64) -> Result<Option<Value>> {
    let text = || name.display().to_string();
    let found = file.metadata().with_context(text)?;
    if !found.is_file() {
        return Ok(None);
    }
    let mut data = Vec::new();
    file.take(left.saturating_add(1)).read_to_end(&mut data).with_context(text)?;
    *left = left.checked_sub(data.len() as u64).with_context(|| format!("{}: there is too much in there", text()))?;
    let user = nix::unistd::User::from_uid(found.uid().into()).ok().flatten().map(|user| user.name);
    let group = nix::unistd::Group::from_gid(found.gid().into()).ok().flatten().map(|group| group.name);
    Ok(Some(json!({
        "path": name.to_str().with_context(text)?,
        "mode": found.mode() & 0o7777,
        "owner": user.unwrap_or_default(),
        "group": group.unwrap_or_default(),
        "data": base64::engine::general_purpose::STANDARD.encode(data),
    })))
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

    /// Whoever owns a directory swaps what is in it while we walk: each round finds another moment.
    #[test]
    fn what_is_swapped_for_a_link_or_a_fifo_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let (tls, secret) = (dir.path().join("tls"), dir.path().join("secret"));
        for place in [&tls, &secret] {
            std::fs::create_dir(place).unwrap();
        }
        std::fs::write(secret.join("shadow"), "root's own").unwrap();
        let opened = open(&tls, 0).unwrap().unwrap();
        let look = || {
            let mut found = Vec::new();
            let done = walk(&opened, Path::new("tls"), &mut |file, name| {
                found.extend(read(file, name, &mut FILES_BYTES_MAX.clone())?);
                Ok(())
            });
            (done, found)
        };
        nix::unistd::mkfifo(&tls.join("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        std::os::unix::fs::symlink(secret.join("shadow"), tls.join("file")).unwrap();
        std::os::unix::fs::symlink(&secret, tls.join("dir")).unwrap();
        assert!(look().0.is_ok() && look().1.is_empty());
        // As if the links had come after the look at what kind they are.
        let nofollow = nix::libc::O_NOFOLLOW;
        assert!(open(&tls.join("file"), nofollow).is_err() && open(&tls.join("dir"), nofollow).is_err());
        let fifo = open(&tls.join("fifo"), nofollow).unwrap().unwrap();
        assert!(read(fifo, Path::new("fifo"), &mut 9).unwrap().is_none());
        // And the directory itself goes: what was opened stays what it was.
        std::fs::rename(&tls, dir.path().join("away")).unwrap();
        std::os::unix::fs::symlink(&secret, &tls).unwrap();
        assert!(look().1.is_empty());
    }

    #[test]
    fn more_than_a_request_takes_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "12345").unwrap();
        let take = |mut left: u64| read(open(&path, 0).unwrap().unwrap(), &path, &mut left).map(|_| left);
        assert_eq!(take(5).unwrap(), 0);
        assert!(take(4).unwrap_err().to_string().contains("too much"));
    }
}
