// SPDX-License-Identifier: AGPL-3.0-or-later
//! `audit/logins.log`: who logged in, and who was refused. A full file becomes `logins.log.1`, that one `logins.log.2`, and so on.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tracing_subscriber::fmt::MakeWriter;

/// Octets of one file.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Files that are kept beside the one that is written.
const FILES_KEPT: u32 = 7;

static LOG: Mutex<Option<Log>> = Mutex::new(None);

struct Log {
    path: PathBuf,
    file: File,
    len: u64,
}

pub fn open(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o750).create(dir)?;
    let log = Log::open(dir.join("logins.log"))?;
    *LOG.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(log);
    Ok(())
}

impl Log {
    fn open(path: PathBuf) -> io::Result<Log> {
        let file = OpenOptions::new().append(true).create(true).mode(0o640).open(&path)?;
        let len = file.metadata()?.len();
        Ok(Log { path, file, len })
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.len > 0 && self.len + line.len() as u64 > FILE_BYTES_MAX {
            self.turn()?;
        }
        self.file.write_all(line)?;
        self.len += line.len() as u64;
        Ok(())
    }

    fn turn(&mut self) -> io::Result<()> {
        let numbered = |n: u32| if n == 0 { self.path.clone() } else { self.path.with_extension(format!("log.{n}")) };
        for n in (0..FILES_KEPT).rev() {
            match std::fs::rename(numbered(n), numbered(n + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        *self = Log::open(self.path.clone())?;
        Ok(())
    }
}

/// Whole lines, as the subscriber hands them over; nothing before [`open`].
pub struct Writer;

impl Write for Writer {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Some(log) = LOG.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).as_mut() {
            log.write(line)?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Writer {
    type Writer = Writer;

    fn make_writer(&'a self) -> Writer {
        Writer
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn full_files_move_on_and_the_oldest_goes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("logins.log");
        let mut log = Log::open(path.clone()).unwrap();
        for n in 0..=FILES_KEPT + 2 {
            log.write(format!("file {n}\n").as_bytes()).unwrap();
            // as if it were full
            log.len = FILE_BYTES_MAX;
        }
        let read = |name: String| std::fs::read_to_string(dir.path().join(name)).unwrap();
        assert_eq!(read("logins.log".into()), format!("file {}\n", FILES_KEPT + 2));
        assert_eq!(read(format!("logins.log.{FILES_KEPT}")), "file 2\n");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count() as u32, FILES_KEPT + 1);
        drop(log);
        // goes on where it was
        let mut log = Log::open(path).unwrap();
        log.write(b"more\n").unwrap();
        assert_eq!(read("logins.log".into()), format!("file {}\nmore\n", FILES_KEPT + 2));
    }
}
