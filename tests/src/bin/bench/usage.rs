// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a server's processes use, from /proc (proc(5)).

use anyhow::Result;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

/// Clock ticks a second, fixed in Linux's interface (USER_HZ).
const TICKS: u64 = 100;

#[derive(Debug, Clone, Copy)]
struct Process {
    parent: u32,
    ticks: u64,
}

fn process(pid: u32) -> Option<Process> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // the name may hold anything, parentheses too
    let fields: Vec<_> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    // utime, stime, and those of children that have ended
    let ticks = (11..=14).map(number).sum::<Option<u64>>()?;
    Some(Process { parent: u32::try_from(number(1)?).ok()?, ticks })
}

/// `root` and all below it.
fn tree(root: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if let Some(process) = process(pid) {
            children.entry(process.parent).or_default().push(pid);
        }
    }
    let mut found = vec![root];
    let mut at = 0;
    while let Some(pid) = found.get(at) {
        found.extend(children.remove(pid).unwrap_or_default());
        at += 1;
    }
    found
}

/// CPU time of a process and its children so far.
pub fn cpu(root: u32) -> Duration {
    let ticks: u64 = tree(root).into_iter().filter_map(process).map(|process| process.ticks).sum();
    Duration::from_millis(ticks * 1000 / TICKS)
}

/// Octets: resident pages, shared ones divided by the number of those who share them (PSS), so that a server of many
/// processes is not charged for the same page many times.
pub fn memory(root: u32) -> u64 {
    let pss = |pid: u32| {
        let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
        line.trim().trim_end_matches(" kB").parse::<u64>().ok()
    };
    tree(root).into_iter().filter_map(pss).sum::<u64>() << 10
}

/// Octets that a directory takes on disk, a file with several names once.
pub fn disk(root: &Path) -> Result<u64> {
    use std::os::unix::fs::MetadataExt;
    let mut seen = std::collections::HashSet::new();
    let mut total = 0;
    let mut todo = vec![root.to_path_buf()];
    while let Some(dir) = todo.pop() {
        for entry in std::fs::read_dir(&dir)? {
            let Ok(meta) = entry.as_ref().map_err(drop).and_then(|entry| entry.metadata().map_err(drop)) else {
                continue;
            };
            if seen.insert(meta.ino()) {
                total += meta.blocks() * 512;
            }
            if meta.is_dir() {
                todo.push(entry?.path());
            }
        }
    }
    Ok(total)
}

/// A thousand connections need more files than a shell gives.
pub fn raise_file_limit() -> Result<()> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?)
}
