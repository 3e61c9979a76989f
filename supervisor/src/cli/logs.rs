// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse logs`.

use crate::logs;
use crate::state::StateDir;
use anyhow::Result;
use clap::Args;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Args)]
pub struct Options {
    #[arg(default_value = "mailboxd")]
    component: String,
    /// Go on with what is added
    #[arg(short, long)]
    follow: bool,
    /// How many of the last lines
    #[arg(short = 'n', long, default_value_t = 200)]
    lines: usize,
}

const PAUSE: Duration = Duration::from_millis(200);

pub fn run(state: &StateDir, options: &Options) -> Result<ExitCode> {
    let path = state.logs().join(format!("{}.log", options.component));
    let mut file = logs::open(state, &options.component)?;
    let tail = logs::tail(&mut file)?;
    print(last_lines(&tail, options.lines))?;
    if !options.follow {
        return Ok(ExitCode::SUCCESS);
    }
    loop {
        std::thread::sleep(PAUSE);
        std::io::copy(&mut file, &mut std::io::stdout())?;
        std::io::stdout().flush()?;
        // A new file has taken its place.
        if std::fs::metadata(&path).is_ok_and(|m| file.metadata().is_ok_and(|own| own.ino() != m.ino())) {
            file = logs::open(state, &options.component)?;
        }
    }
}

/// A reader that went away (`| head`) is no error.
fn print(bytes: &[u8]) -> Result<()> {
    match std::io::stdout().write_all(bytes) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(()),
    }
}

fn last_lines(text: &[u8], lines: usize) -> &[u8] {
    let mut starts = text.split_inclusive(|b| *b == b'\n').rev().take(lines).map(<[u8]>::len);
    let length = starts.by_ref().sum::<usize>();
    text.get(text.len() - length..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::last_lines;

    #[test]
    fn the_last_lines() {
        assert_eq!(last_lines(b"a\nb\nc\n", 2), b"b\nc\n");
        assert_eq!(last_lines(b"a\nb", 5), b"a\nb");
        assert_eq!(last_lines(b"", 5), b"");
    }
}
