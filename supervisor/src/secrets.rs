// SPDX-License-Identifier: AGPL-3.0-or-later
//! Passwords between components, made once and kept in `settings/`.

use crate::engine::{ConfigFile, write_file};
use anyhow::{Context, Result};
use std::io::Read;
use std::path::Path;

const RANDOM_BYTES: usize = 24;

/// Reads it, or makes one. Hexadecimal without an end of line: no program that reads it quotes it wrongly.
pub fn password(path: &Path, group: Option<&'static str>) -> Result<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => return Ok(text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => return Err(e).with_context(|| path.display().to_string()),
    }
    let text = random()?;
    write_file(&ConfigFile { path: path.to_owned(), text: text.clone(), group, is_secret: true })?;
    Ok(text)
}

/// Nobody guesses it.
pub fn random() -> Result<String> {
    let mut random = [0; RANDOM_BYTES];
    std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut random)).context("/dev/urandom")?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_made_once_and_for_us_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p");
        let first = password(&path, None).unwrap();
        assert_eq!(first.len(), 2 * RANDOM_BYTES);
        assert_eq!(password(&path, None).unwrap(), first);
        let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
}
