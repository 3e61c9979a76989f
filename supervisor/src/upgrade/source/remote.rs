// SPDX-License-Identifier: AGPL-3.0-or-later
//! A directory on a web server. curl fetches; what comes is counted and checked here, so that a server that is broken, or in bad
//! hands, fills no disk. A download that was cut off goes on where it was.

use crate::upgrade::error::{Error, Result};
use crate::upgrade::keys::hex;
use crate::upgrade::source::index::Offer;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const CHUNK: usize = 256 << 10;
const CONNECT_SECONDS_MAX: u32 = 30;
/// Slower than this for so long: the connection is given up, and the next one goes on.
const SLOW_BYTES: u32 = 1024;
const SLOW_SECONDS: u32 = 60;
/// Connections in a row that bring nothing.
const FRUITLESS_MAX: u32 = 4;
/// curl(1), "EXIT CODES": the server can't go on in the middle.
const NO_RANGES: i32 = 33;

pub struct Remote {
    base: String,
    pause: Duration,
}

impl Remote {
    /// HTTPS, or this very machine: a mirror or a tunnel.
    pub fn new(source: &str) -> Result<Remote> {
        let base = source.trim_end_matches('/');
        let is_here = ["http://127.0.0.1", "http://localhost"]
            .iter()
            .any(|here| base.strip_prefix(here).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])));
        let is_plain = base.bytes().all(|b| b.is_ascii_graphic() && !b"\"\\?#@{}[]".contains(&b));
        if !(base.starts_with("https://") || is_here) || !is_plain {
            return Err(Error::Source(source.to_owned()));
        }
        Ok(Remote { base: base.to_owned(), pause: Duration::from_secs(5) })
    }

    #[cfg(test)]
    pub fn without_pause(self) -> Remote {
        Remote { pause: Duration::ZERO, ..self }
    }

    /// A whole file.
    pub fn small(&self, name: &str, bytes_max: usize) -> Result<Vec<u8>> {
        let mut curl = self.curl(name, 0)?;
        let mut bytes = Vec::new();
        let limit = bytes_max as u64 + 1;
        curl.out()?.take(limit).read_to_end(&mut bytes).map_err(Error::Fetch)?;
        if bytes.len() > bytes_max {
            return Err(Error::FetchedTooMuch { name: name.to_owned(), max: bytes_max as u64 });
        }
        curl.end(name).map_err(|(_, error)| error)?;
        Ok(bytes)
    }

    /// Until `path` is the whole file that is offered. Of the disk it takes what the offer says, and not a byte more.
    pub fn download(&self, offer: &Offer, path: &Path, progress: &mut dyn FnMut(u64)) -> Result<()> {
        let mut fruitless = 0;
        loop {
            let before = length(path)?;
            if before > offer.bytes {
                // Of another release with this name.
                remove(path)?;
                continue;
            }
            if before == offer.bytes {
                break;
            }
            let Err((code, error)) = self.go_on(offer, path, before, progress) else { continue };
            if matches!(error, Error::Write { .. } | Error::FetchedTooMuch { .. }) {
                // A full disk gets its room back.
                let _ = std::fs::remove_file(path);
                return Err(error);
            }
            if code == Some(NO_RANGES) {
                remove(path)?;
            }
            fruitless = if length(path)? > before { 0 } else { fruitless + 1 };
            if fruitless >= FRUITLESS_MAX {
                return Err(error);
            }
            std::thread::sleep(self.pause);
        }
        if digest(path)? == offer.sha256 {
            return Ok(());
        }
        remove(path)?;
        Err(Error::DownloadDamaged { name: offer.file.clone() })
    }

    /// One connection.
    fn go_on(
        &self,
        offer: &Offer,
        path: &Path,
        from: u64,
        progress: &mut dyn FnMut(u64),
    ) -> std::result::Result<(), (Option<i32>, Error)> {
        let plain = |error| (None, error);
        let write = |source| (None, Error::Write { path: path.to_owned(), source });
        let mut file = OpenOptions::new().append(true).create(true).open(path).map_err(write)?;
        let mut curl = self.curl(&offer.file, from).map_err(plain)?;
        let (mut chunk, mut at) = (vec![0; CHUNK], from);
        let out = curl.out().map_err(plain)?;
        loop {
            let read = out.read(&mut chunk).map_err(|e| plain(Error::Fetch(e)))?;
            let bytes = chunk.get(..read).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            at += read as u64;
            if at > offer.bytes {
                return Err(plain(Error::FetchedTooMuch { name: offer.file.clone(), max: offer.bytes }));
            }
            file.write_all(bytes).map_err(write)?;
            progress(at);
        }
        file.sync_all().map_err(write)?;
        curl.end(&offer.file)?;
        if at < offer.bytes {
            return Err(plain(Error::DownloadShort { name: offer.file.clone() }));
        }
        Ok(())
    }

    fn curl(&self, name: &str, from: u64) -> Result<Curl> {
        let proto = if self.base.starts_with("https://") { "=https" } else { "=http,https" };
        let mut config = format!(
            "silent\nshow-error\nfail\nlocation\nmax-redirs = 3\nproto = \"{proto}\"\nproto-redir = \"=https\"\n\
             connect-timeout = {CONNECT_SECONDS_MAX}\nspeed-limit = {SLOW_BYTES}\nspeed-time = {SLOW_SECONDS}\n\
             url = \"{}/{name}\"\n",
            self.base
        );
        if from > 0 {
            config += &format!("continue-at = {from}\n");
        }
        // It dies with us.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--", "curl", "--config", "-"]);
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut curl = Curl(started.map_err(Error::Fetch)?);
        if let Some(mut stdin) = curl.0.stdin.take() {
            stdin.write_all(config.as_bytes()).map_err(Error::Fetch)?;
        }
        Ok(curl)
    }
}

/// Whoever goes away while it runs ends it.
struct Curl(Child);

impl Curl {
    fn out(&mut self) -> Result<&mut std::process::ChildStdout> {
        self.0.stdout.as_mut().ok_or_else(|| Error::Fetch(std::io::ErrorKind::BrokenPipe.into()))
    }

    /// Its exit code with an error.
    fn end(&mut self, name: &str) -> std::result::Result<(), (Option<i32>, Error)> {
        let mut said = String::new();
        if let Some(stderr) = self.0.stderr.as_mut() {
            let _ = stderr.take(CHUNK as u64).read_to_string(&mut said);
        }
        let status = self.0.wait().map_err(|e| (None, Error::Fetch(e)))?;
        if status.success() {
            return Ok(());
        }
        let said = said.trim().replace('\n', " ");
        Err((status.code(), Error::NotFetched { name: name.to_owned(), said }))
    }
}

impl Drop for Curl {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn length(path: &Path) -> Result<u64> {
    match path.metadata() {
        Ok(found) => Ok(found.len()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(source) => Err(Error::Read { path: path.to_owned(), source }),
    }
}

fn remove(path: &Path) -> Result<()> {
    std::fs::remove_file(path).map_err(|source| Error::Write { path: path.to_owned(), source })
}

fn digest(path: &Path) -> Result<String> {
    let read = |source| Error::Read { path: path.to_owned(), source };
    let (mut file, mut hasher, mut chunk) = (File::open(path).map_err(read)?, Sha256::new(), vec![0; CHUNK]);
    loop {
        let count = file.read(&mut chunk).map_err(read)?;
        match chunk.get(..count) {
            Some(bytes) if !bytes.is_empty() => hasher.update(bytes),
            _ => return Ok(hex(&hasher.finalize())),
        }
    }
}

#[cfg(test)]
#[path = "remote_tests.rs"]
pub mod tests;
