// SPDX-License-Identifier: AGPL-3.0-or-later
//! What set-up keeps in the state directory, `setup/`:
//!
//!     answers.json    while it runs, with passwords, for us alone; once it is done without them
//!     draft.json      what the page has been told so far, without passwords
//!     progress.json   which steps are done; written before and after each of them
//!     log/STEP.log    what a step did
//!     done.json       this machine is set up; nothing here takes it away
//!     code            opens the installer's page
//!     tls/            the page's own certificate
//!
//! Every file is written whole or not at all, so whoever dies between two of them finds the one before or the one after.

use super::answers::Answers;
use super::plan::Step;
use super::progress::Progress;
use crate::state::{StateDir, write_private};
use anyhow::{Context, Result};
use serde_json::json;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

/// Of the end of a log that is shown.
const LOG_SHOWN_BYTES: u64 = 64 << 10;

#[derive(Debug, Clone)]
pub struct Store {
    pub dir: PathBuf,
}

impl Store {
    pub fn of(state: &StateDir) -> Store {
        Store { dir: state.path.join("setup") }
    }

    pub fn create(&self) -> Result<()> {
        for dir in [self.dir.clone(), self.dir.join("log")] {
            // The page's process passes through the first one to its certificate.
            let mode = if dir == self.dir { 0o711 } else { 0o700 };
            let made = DirBuilder::new().recursive(true).mode(mode).create(&dir);
            made.with_context(|| format!("can't make the directory {}", dir.display()))?;
        }
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o711);
        std::fs::set_permissions(&self.dir, open).with_context(|| self.dir.display().to_string())
    }

    pub fn is_set_up(&self) -> bool {
        self.dir.join("done.json").exists()
    }

    pub fn set_up(&self, answers: &Answers) -> Result<()> {
        let done =
            json!({"hostname": answers.hostname, "domain": answers.domain, "version": env!("CARGO_PKG_VERSION")});
        write_private(&self.dir.join("done.json"), &format!("{done}\n"))
    }

    pub fn answers(&self) -> Result<Option<Answers>> {
        self.read("answers.json")
    }

    pub fn keep_answers(&self, answers: &Answers) -> Result<()> {
        answers.keep(&self.dir.join("answers.json"))
    }

    pub fn draft(&self) -> Result<Option<Answers>> {
        self.read("draft.json")
    }

    pub fn keep_draft(&self, draft: &Answers) -> Result<()> {
        draft.without_secrets().keep(&self.dir.join("draft.json"))
    }

    pub fn progress(&self) -> Result<Progress> {
        Ok(self.read("progress.json")?.unwrap_or_default())
    }

    pub fn keep_progress(&self, progress: &Progress) -> Result<()> {
        write_private(&self.dir.join("progress.json"), &serde_json::to_string(progress)?)
    }

    fn read<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let path = self.dir.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).with_context(|| path.display().to_string()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e).with_context(|| path.display().to_string()),
        }
    }

    fn log_path(&self, step: Step) -> PathBuf {
        self.dir.join("log").join(format!("{}.log", step.name()))
    }

    /// A line for whoever wonders. What can't be written stops no step: it is said on the standard error too.
    pub fn log(&self, step: Step, line: &str) {
        eprintln!("posthouse: set-up: {}: {line}", step.name());
        let now = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ");
        let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(self.log_path(step));
        let _ = opened.and_then(|mut file| writeln!(file, "{now} {line}"));
    }

    /// The end of it.
    pub fn shown_log(&self, step: Step) -> Result<String> {
        let path = self.log_path(step);
        let mut file = match std::fs::File::open(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(String::new()),
            opened => opened.with_context(|| path.display().to_string())?,
        };
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LOG_SHOWN_BYTES)))?;
        let mut bytes = Vec::new();
        file.take(LOG_SHOWN_BYTES).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
