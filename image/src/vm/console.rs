// SPDX-License-Identifier: AGPL-3.0-or-later
//! A serial line of a machine: what it said so far, and waiting for what it says.

use crate::error::{Error, Result, reading};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const LOOK: Duration = Duration::from_millis(200);
const LAST_LINES: usize = 20;

pub struct Console {
    stream: UnixStream,
    /// QEMU writes everything there, too.
    log: PathBuf,
    said: Vec<u8>,
    /// Where a wait begins: behind what the last one found.
    seen: usize,
}

impl Console {
    pub fn connect(socket: &Path, log: &Path) -> Result<Console> {
        let stream = UnixStream::connect(socket).map_err(reading(socket))?;
        stream.set_read_timeout(Some(LOOK)).map_err(reading(socket))?;
        Ok(Console { stream, log: log.to_owned(), said: Vec::new(), seen: 0 })
    }

    pub fn say(&mut self, text: &str) -> Result<()> {
        self.stream.write_all(text.as_bytes()).map_err(reading(&self.log))
    }

    /// Until it says this; answers what came before.
    pub fn until(&mut self, wanted: &str, patience: Duration) -> Result<String> {
        let begun = Instant::now();
        loop {
            if let Some(before) = self.find(wanted) {
                return Ok(before);
            }
            if begun.elapsed() > patience {
                let (log, last) = (self.log.clone(), self.last_lines());
                return Err(Error::VmTimeout { wanted: wanted.to_owned(), seconds: patience.as_secs(), log, last });
            }
            self.listen(wanted)?;
        }
    }

    fn find(&mut self, wanted: &str) -> Option<String> {
        let fresh = self.said.get(self.seen..)?;
        let at = fresh.windows(wanted.len()).position(|window| window == wanted.as_bytes())?;
        let before = String::from_utf8_lossy(fresh.get(..at)?).replace('\r', "");
        self.seen += at + wanted.len();
        Some(before)
    }

    fn listen(&mut self, wanted: &str) -> Result<()> {
        let mut chunk = [0; 65_536];
        match self.stream.read(&mut chunk) {
            Ok(0) => Err(Error::VmEnded { wanted: wanted.to_owned(), log: self.log.clone(), last: self.last_lines() }),
            Ok(read) => {
                self.said.extend_from_slice(&chunk[..read]);
                Ok(())
            }
            Err(e) if matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => Ok(()),
            Err(e) => Err(reading(&self.log)(e)),
        }
    }

    fn last_lines(&self) -> String {
        let text = String::from_utf8_lossy(&self.said).replace(['\r', '\x1b'], "");
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn each_wait_begins_where_the_last_one_ended() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("s");
        let listener = UnixListener::bind(&socket).unwrap();
        let mut console = Console::connect(&socket, Path::new("log")).unwrap();
        let (mut machine, _) = listener.accept().unwrap();
        machine.write_all(b"one\r\nready two ready three").unwrap();
        let patience = Duration::from_secs(10);
        assert_eq!(console.until("ready", patience).unwrap(), "one\n");
        assert_eq!(console.until("ready", patience).unwrap(), " two ");
        assert!(matches!(console.until("ready", Duration::ZERO), Err(Error::VmTimeout { .. })));
        drop(machine);
        assert!(matches!(console.until("ready", patience), Err(Error::VmEnded { .. })));
    }
}
