// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse logs`.

use crate::state::StateDir;
use anyhow::{Context, Result, bail};
use clap::Args;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
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

/// No more than this is searched for the last lines.
const TAIL_BYTES_MAX: u64 = 4 << 20;
const PAUSE: Duration = Duration::from_millis(200);

pub fn run(state: &StateDir, options: &Options) -> Result<ExitCode> {
    let path = state.logs().join(format!("{}.log", options.component));
    let known = known(state);
    if !known.contains(&options.component) && !known.is_empty() {
        bail!("there is no log of {}; there are: {}", options.component, known.join(", "));
    }
    let open = || File::open(&path).with_context(|| format!("there is no log yet ({})", path.display()));
    let mut file = open()?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES_MAX)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
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
            file = open()?;
        }
    }
}

/// The components that ever wrote one.
fn known(state: &StateDir) -> Vec<String> {
    let names = std::fs::read_dir(state.logs()).into_iter().flatten().flatten();
    let mut known: Vec<String> =
        names.filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".log")?.to_owned())).collect();
    known.sort();
    known
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
