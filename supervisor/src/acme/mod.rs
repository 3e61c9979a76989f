// SPDX-License-Identifier: AGPL-3.0-or-later
//! Certificates that renew themselves. The one that is issued takes the place of the self-signed one, `settings/tls/server.*`: mailboxd
//! sees that the files are new, Postfix is told. One that can't be had leaves the one that is there, and is an alert.

mod http;
mod order;

use crate::components::{Place, Profile, mailboxd, postfix};
use crate::engine::{Board, ConfigFile, command, write_file};
use crate::settings::{self, Acme, Settings};
use crate::state::{StateDir, write_private};
use anyhow::{Context, Result, bail};
use order::Wanted;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const LOOK_EVERY: Duration = Duration::from_secs(20);
/// After a failure, and twice as long after the next: authorities have limits for those who fail.
const AGAIN_FIRST: u64 = 300;
const AGAIN_MAX: u64 = 86_400;
/// Of its lifetime, when it is renewed: a third of it is left.
const RENEW_PARTS: i64 = 3;
const SUBJECT: &str = "ACME";
const OPENSSL: &str = "/usr/bin/openssl";

/// What is remembered across starts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Memory {
    names: Vec<String>,
    directory: String,
    /// SHA-256 of the chain, as it was written: another one there is somebody else's.
    chain: String,
    failures: u32,
    /// Seconds since 1970: not before.
    again: u64,
    error: Option<String>,
}

fn memory_file(state: &StateDir) -> PathBuf {
    state.path.join("acme/state.json")
}

fn files(state: &StateDir) -> (PathBuf, PathBuf) {
    let dir = state.settings().join("tls");
    (dir.join("server.crt"), dir.join("server.key"))
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Never ends.
pub async fn watch(place: Rc<Place>, board: Rc<Board>) {
    if place.is_installing {
        return;
    }
    // The authority asks mailboxd.
    board.until_all_tried().await;
    loop {
        if let Ok(settings) = settings::read(&place.state) {
            let own = (*place).clone();
            let looked = tokio::task::spawn_blocking(move || look(&own, &settings)).await;
            let trouble = match looked.map_err(anyhow::Error::from).and_then(|looked| looked) {
                Ok(Looked::Renewed) => {
                    tell_postfix(&board).await;
                    None
                }
                Ok(Looked::Well) => None,
                Ok(Looked::Waits(error)) => Some(error),
                Err(error) => Some(format!("{error:#}").replace('\n', " ")),
            };
            board.alert(SUBJECT, trouble.map(|why| format!("no certificate by ACME: {why}")));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// It reads the files when it starts a process.
async fn tell_postfix(board: &Board) {
    let reload = board.components().find(|component| component.name == postfix::NAME).and_then(|c| c.reload.clone());
    if let Some(reload) = reload {
        let done = tokio::task::spawn_blocking(move || reload()).await;
        if let Ok(Err(error)) = done {
            eprintln!("posthouse: Postfix was not told of the new certificate: {error:#}");
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Looked {
    Well,
    Renewed,
    /// The last try failed, and it is too early for another.
    Waits(String),
}

/// Blocks.
fn look(place: &Place, settings: &Settings) -> Result<Looked> {
    let Some(acme) = &settings.acme else { return Ok(Looked::Well) };
    if settings.has_own_certificate() {
        bail!("[tls] names a certificate of your own: take [acme] or [tls] away");
    }
    let state = &place.state;
    let mut memory: Memory =
        serde_json::from_slice(&std::fs::read(memory_file(state)).unwrap_or_default()).unwrap_or_default();
    let names = names(acme, &settings.hostname());
    let is_asked_anew = memory.names != names || memory.directory != acme.directory;
    if !is_asked_anew && is_fresh(state, &memory)? {
        return Ok(Looked::Well);
    }
    if !is_asked_anew && now() < memory.again {
        return Ok(Looked::Waits(memory.error.unwrap_or_default()));
    }
    let wanted = Wanted {
        names: names.clone(),
        contact: acme.contact.clone(),
        directory: acme.directory.clone(),
        authorities: acme.ca_file.clone(),
        account: state.path.join("acme/account"),
        challenges: state.run().join("acme"),
    };
    std::fs::create_dir_all(state.path.join("acme"))?;
    eprintln!("posthouse: asking for a certificate for {}", names.join(", "));
    (memory.names, memory.directory) = (names, acme.directory.clone());
    let done = order::issue(&wanted).and_then(|issued| install(place, &issued));
    match &done {
        Ok(chain) => memory = Memory { chain: chain.clone(), failures: 0, again: 0, error: None, ..memory },
        Err(error) => {
            memory.again = now() + pause(memory.failures);
            memory.failures += 1;
            memory.error = Some(format!("{error:#}").replace('\n', " "));
        }
    }
    write_private(&memory_file(state), &format!("{}\n", serde_json::to_string(&memory)?))?;
    done.map(|_| Looked::Renewed)
}

fn pause(failures: u32) -> u64 {
    AGAIN_FIRST.saturating_mul(1 << failures.min(16)).min(AGAIN_MAX)
}

/// The server's own name first.
fn names(acme: &Acme, hostname: &str) -> Vec<String> {
    let mut all = vec![hostname.to_owned()];
    all.extend(acme.names.iter().filter(|name| *name != hostname).cloned());
    all
}

/// Answers the digest of what is there now.
fn install(place: &Place, issued: &order::Issued) -> Result<String> {
    let (certificate, key) = files(&place.state);
    let group = (place.profile == Profile::Appliance).then_some(mailboxd::USER);
    // The key first: mailboxd shows no certificate whose key it has not got.
    for (path, text) in [(&key, &issued.key), (&certificate, &issued.chain)] {
        write_file(&ConfigFile { path: path.clone(), text: text.clone(), group, is_secret: true })?;
    }
    Ok(digest(&issued.chain))
}

fn digest(text: &str) -> String {
    crate::upgrade::keys::hex(&Sha256::digest(text))
}

/// Whether the one that is there is the one that was issued, and far from its end.
fn is_fresh(state: &StateDir, memory: &Memory) -> Result<bool> {
    let (certificate, _) = files(state);
    let Ok(text) = std::fs::read_to_string(&certificate) else { return Ok(false) };
    if digest(&text) != memory.chain {
        return Ok(false);
    }
    let path = certificate.display().to_string();
    let said = command(OPENSSL, &["x509", "-noout", "-startdate", "-enddate", "-in", &path], None, None)?;
    let (from, to) = validity(&String::from_utf8_lossy(&said)).context("a certificate without an end")?;
    let now = i64::try_from(now()).unwrap_or(i64::MAX);
    Ok(to - now > (to - from) / RENEW_PARTS)
}

/// As openssl-x509(1) says it, in seconds since 1970.
fn validity(said: &str) -> Option<(i64, i64)> {
    let date = |name: &str| {
        let text = said.lines().find_map(|line| line.strip_prefix(name))?;
        let parsed = chrono::NaiveDateTime::parse_from_str(text.trim(), "%b %e %H:%M:%S %Y GMT").ok()?;
        Some(parsed.and_utc().timestamp())
    };
    Some((date("notBefore=")?, date("notAfter=")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_a_certificate_are_read() {
        let said = "notBefore=Nov  3 10:00:00 2026 GMT\nnotAfter=Feb  1 09:59:59 2027 GMT\n";
        assert_eq!(validity(said), Some((1_793_700_000, 1_801_475_999)));
        assert_eq!(validity("notAfter=soon\n"), None);
    }

    #[test]
    fn who_fails_waits_longer_each_time_and_a_day_at_most() {
        assert_eq!([0, 1, 2, 30].map(pause), [300, 600, 1_200, 86_400]);
    }
}
