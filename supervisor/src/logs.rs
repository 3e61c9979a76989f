// SPDX-License-Identifier: AGPL-3.0-or-later
//! What components wrote: `log/NAME.log`, of which the last lines are looked at.

use crate::state::StateDir;
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// No more than this is searched for the last lines.
pub const TAIL_BYTES_MAX: u64 = 4 << 20;
/// Of one line, on a page.
const LINE_CHARS_MAX: usize = 2_000;
const LINES_MAX: usize = 2_000;

/// The components that ever wrote one.
pub fn known(state: &StateDir) -> Vec<String> {
    let names = std::fs::read_dir(state.logs()).into_iter().flatten().flatten();
    let mut known: Vec<String> =
        names.filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".log")?.to_owned())).collect();
    known.sort();
    known
}

/// The log of a component, if it is one.
pub fn open(state: &StateDir, component: &str) -> Result<File> {
    let known = known(state);
    if !known.iter().any(|one| one == component) && !known.is_empty() {
        bail!("there is no log of {component}; there are: {}", known.join(", "));
    }
    let path = state.logs().join(format!("{component}.log"));
    File::open(&path).with_context(|| format!("there is no log yet ({})", path.display()))
}

/// The end of it, as far as it is searched.
pub fn tail(file: &mut File) -> Result<Vec<u8>> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES_MAX)))?;
    let mut tail = Vec::new();
    // It grows meanwhile.
    file.take(TAIL_BYTES_MAX).read_to_end(&mut tail)?;
    Ok(tail)
}

/// The last lines, oldest first, that hold each of the words, in whatever case.
pub fn lines(state: &StateDir, component: &str, count: usize, words: &str) -> Result<Vec<String>> {
    let tail = tail(&mut open(state, component)?)?;
    Ok(find(&tail, count.min(LINES_MAX), words))
}

fn find(tail: &[u8], count: usize, words: &str) -> Vec<String> {
    let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    let text = String::from_utf8_lossy(tail);
    let is_wanted = |line: &&str| {
        let line = line.to_lowercase();
        words.iter().all(|word| line.contains(word))
    };
    let mut found: Vec<String> = text
        .lines()
        .rev()
        .filter(|line| !line.is_empty())
        .filter(is_wanted)
        .take(count)
        .map(|line| line.chars().take(LINE_CHARS_MAX).collect())
        .collect();
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_that_have_the_words() {
        let log = b"one Alpha\ntwo beta\n\nthree ALPHA beta\n\xff four alpha\n";
        assert_eq!(find(log, 9, "alpha"), ["one Alpha", "three ALPHA beta", "\u{fffd} four alpha"]);
        assert_eq!(find(log, 1, " beta  alpha "), ["three ALPHA beta"]);
        assert_eq!(find(log, 2, ""), ["three ALPHA beta", "\u{fffd} four alpha"]);
        assert_eq!(find("é".repeat(9_000).as_bytes(), 1, "")[0].chars().count(), LINE_CHARS_MAX);
    }

    #[test]
    fn only_logs_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::new(Some(dir.path())).unwrap();
        state.create().unwrap();
        assert!(lines(&state, "mailboxd", 9, "").is_err());
        std::fs::write(state.logs().join("mailboxd.log"), "x\n").unwrap();
        std::fs::write(state.settings().join("secret.log"), "secret").unwrap();
        assert_eq!(lines(&state, "mailboxd", 9, "").unwrap(), ["x"]);
        for other in ["../settings/secret", "postfix", "", "."] {
            assert!(lines(&state, other, 9, "").unwrap_err().to_string().contains("there is no log of"), "{other}");
        }
    }
}
