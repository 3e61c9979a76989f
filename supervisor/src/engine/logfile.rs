// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a component says: to its file in `log/`, and on to the journal (journald) or to our own standard error.

use anyhow::{Context, Result};
use log::{Level, Record};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use systemd_journal_logger::JournalLog;

/// A file that has grown beyond this becomes `NAME.1`; the one before is dropped.
const BYTES_MAX: u64 = 32 << 20;

pub struct LogFile {
    path: PathBuf,
    file: File,
    bytes: u64,
    beside: Beside,
}

/// Where a line goes beside its file.
pub enum Beside {
    /// Under the component's identifier: `journalctl -t postfix`.
    Journal(JournalLog),
    /// With a label before each line; empty where there is only one that speaks.
    Terminal(String),
    Nowhere,
}

impl Beside {
    /// systemd sets JOURNAL_STREAM when our standard error is a stream to the journal (systemd.exec(5)).
    pub fn of(component: &str, is_one_of_many: bool) -> Beside {
        let journal = std::env::var_os("JOURNAL_STREAM").and_then(|_| JournalLog::new().ok());
        match journal {
            Some(journal) => Beside::Journal(journal.with_syslog_identifier(component.to_owned())),
            None if is_one_of_many => Beside::Terminal(format!("{component}: ")),
            None => Beside::Terminal(String::new()),
        }
    }

    fn write(&self, line: &[u8]) {
        match self {
            Beside::Journal(journal) => {
                let text = String::from_utf8_lossy(line);
                let text = text.trim_end_matches('\n');
                let _ =
                    journal.journal_send(&Record::builder().level(Level::Info).args(format_args!("{text}")).build());
            }
            Beside::Nowhere => {}
            Beside::Terminal(label) => {
                let _ = std::io::stderr().write_all(&[label.as_bytes(), line].concat());
            }
        }
    }
}

impl LogFile {
    pub fn open(path: &Path, beside: Beside) -> Result<LogFile> {
        let file = open(path)?;
        let bytes = file.metadata().map_or(0, |m| m.len());
        Ok(LogFile { path: path.to_owned(), file, bytes, beside })
    }

    /// A line with its end. A log that can't be written must not stop what it tells of.
    pub fn write(&mut self, line: &[u8]) {
        self.beside.write(line);
        let _ = self.file.write_all(line);
        self.bytes += line.len() as u64;
        if self.bytes > BYTES_MAX {
            self.rotate();
        }
    }

    fn rotate(&mut self) {
        let mut old = self.path.clone().into_os_string();
        old.push(".1");
        self.bytes = 0;
        if std::fs::rename(&self.path, old).is_ok()
            && let Ok(fresh) = open(&self.path)
        {
            self.file = fresh;
        }
    }
}

fn open(path: &Path) -> Result<File> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    file.with_context(|| format!("can't write {}", path.display()))
}
