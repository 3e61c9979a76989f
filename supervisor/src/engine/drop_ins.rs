// SPDX-License-Identifier: AGPL-3.0-or-later
//! The administrator's own lines for rendered files: `settings/NAME`, at the end of what we write.

use anyhow::{Context, Result};
use std::io::Read;
use std::path::Path;

const BYTES_MAX: u64 = 1 << 20;

/// A component that does not start with them is started without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropIns {
    Taken,
    LeftOut,
}

impl DropIns {
    /// The lines in this file; none if it isn't there.
    pub fn read(self, path: &Path) -> Result<String> {
        let text = || path.display().to_string();
        let mut lines = String::new();
        if self == DropIns::LeftOut {
            return Ok(lines);
        }
        match std::fs::File::open(path) {
            Ok(file) => file.take(BYTES_MAX).read_to_string(&mut lines).with_context(text)?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(lines),
            Err(e) => return Err(e).with_context(text),
        };
        if !lines.is_empty() && !lines.ends_with('\n') {
            lines.push('\n');
        }
        Ok(format!("# From {}:\n{lines}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_administrator_end_in_a_newline() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("d");
        assert_eq!(DropIns::Taken.read(&path).unwrap(), "");
        std::fs::write(&path, "a = 1").unwrap();
        assert!(DropIns::Taken.read(&path).unwrap().ends_with(":\na = 1\n"));
        assert_eq!(DropIns::LeftOut.read(&path).unwrap(), "");
    }

    #[test]
    fn what_is_no_text_is_an_error_that_names_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("main.cf");
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(format!("{:#}", DropIns::Taken.read(&path).unwrap_err()).contains("main.cf"));
        assert_eq!(DropIns::LeftOut.read(&path).unwrap(), "");
    }
}
