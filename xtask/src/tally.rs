// SPDX-License-Identifier: AGPL-3.0-or-later
//! Counts what test runners say, for the last line of `cargo xtask test`.

use crate::run::announce;
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
}

impl Tally {
    /// A step that is no test run but must succeed, such as a linter.
    pub fn check(&mut self, outcome: Result<()>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(error) => {
                eprintln!("xtask: {error:#}");
                self.failed += 1;
            }
        }
    }

    /// Runs it, passes its output on and adds up its summaries. A run that failed without a summary counts as one failure.
    pub fn run(&mut self, command: &mut Command) -> Result<()> {
        let text = announce(command);
        let mut child = command
            .env("NO_COLOR", "1")
            .env("CARGO_TERM_COLOR", "never")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("can't run `{text}`"))?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let counted = std::thread::scope(|scope| {
            let errors = scope.spawn(|| err.map(|stream| relay(stream, &mut std::io::stderr())).unwrap_or_default());
            let mut counted = out.map(|stream| relay(stream, &mut std::io::stdout())).unwrap_or_default();
            counted.add(errors.join().unwrap_or_default());
            counted
        });
        let succeeded = child.wait()?.success();
        self.add(counted);
        if !succeeded && counted.failed == 0 {
            eprintln!("xtask: `{text}` failed");
            self.failed += 1;
        }
        Ok(())
    }

    fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

fn relay(stream: impl Read, to: &mut impl Write) -> Tally {
    let mut tally = Tally::default();
    for line in BufReader::new(stream).split(b'\n').map_while(std::io::Result::ok) {
        // Whoever reads our output may have gone away; the count goes on.
        let _ = to.write_all(&line).and_then(|()| to.write_all(b"\n"));
        tally.add(count(&String::from_utf8_lossy(&line)));
    }
    tally
}

/// The summary lines of nextest, cargo test and vitest.
fn count(line: &str) -> Tally {
    let line = line.trim();
    let is_summary = line.starts_with("Summary [") || line.starts_with("test result:") || line.starts_with("Tests  ");
    if !is_summary {
        return Tally::default();
    }
    let words: Vec<&str> = line.split([' ', ',', ';', '|']).filter(|word| !word.is_empty()).collect();
    let before = |label: &str| {
        let at = words.iter().position(|word| *word == label)?;
        words.get(at.checked_sub(1)?)?.parse().ok()
    };
    Tally {
        passed: before("passed").unwrap_or(0),
        failed: before("failed").unwrap_or(0) + before("timed-out").unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_are_understood() {
        for (line, passed, failed) in [
            ("     Summary [   1.736s] 23 tests run: 23 passed, 0 skipped", 23, 0),
            ("     Summary [   0.322s] 13 tests run: 11 passed (1 slow), 2 failed, 0 skipped", 11, 2),
            ("test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out", 3, 1),
            ("      Tests  2 failed | 40 passed (42)", 40, 2),
            ("      Tests  5 passed (5)", 5, 0),
            ("some test says 7 failed", 0, 0),
        ] {
            assert_eq!(count(line), Tally { passed, failed }, "{line}");
        }
    }

    #[test]
    fn a_run_that_dies_without_a_summary_is_a_failure() {
        let mut tally = Tally::default();
        tally.run(Command::new("sh").args(["-c", "echo 'test result: ok. 2 passed; 0 failed'; exit 3"])).unwrap();
        assert_eq!(tally, Tally { passed: 2, failed: 1 });
    }
}
