// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a component says: to its file in `log/`, and on to our own standard error.

use anyhow::{Context, Result};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A file that has grown beyond this becomes `NAME.1`; the one before is dropped.
const BYTES_MAX: u64 = 32 << 20;

pub struct LogFile {
    path: PathBuf,
    file: File,
    bytes: u64,
    /// Stands before each line on our standard error.
    label: Option<String>,
}

impl LogFile {
    pub fn open(path: &Path, label: Option<&str>) -> Result<LogFile> {
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
        let file = file.with_context(|| format!("can't write {}", path.display()))?;
        let bytes = file.metadata().map_or(0, |m| m.len());
        Ok(LogFile { path: path.to_owned(), file, bytes, label: label.map(|label| format!("{label}: ")) })
    }

    /// A line with its end. A log that can't be written must not stop what it tells of.
    pub fn write(&mut self, line: &[u8]) {
        let label = self.label.as_deref().unwrap_or_default().as_bytes();
        let _ = std::io::stderr().write_all(&[label, line].concat());
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
            && let Ok(fresh) = LogFile::open(&self.path, None)
        {
            self.file = fresh.file;
        }
    }
}
