// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a tree of processes costs, from /proc (proc(5)).

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

/// Linux's USER_HZ, the same on every architecture we run on.
const TICKS_PER_SECOND: u64 = 100;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Proportional set size: pages shared by n processes count as 1/n.
    pub memory_bytes: u64,
    /// User and system time of those that live.
    pub cpu: Duration,
    pub processes: usize,
}

/// All that descend from `root`, without itself.
pub fn descendants(root: i32) -> Vec<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<i32>() else { continue };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        if let Some(parent) = field(&stat, 1).and_then(|text| text.parse().ok()) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut all = Vec::new();
    let mut open = vec![root];
    while let Some(pid) = open.pop() {
        let below = children.remove(&pid).unwrap_or_default();
        all.extend(&below);
        open.extend(below);
    }
    all
}

/// Of `root` and all its descendants.
pub fn of_tree(root: i32) -> Usage {
    let mut pids = descendants(root);
    pids.push(root);
    let mut sum = Usage::default();
    for usage in pids.into_iter().map(of_process) {
        sum.cpu += usage.cpu;
        sum.memory_bytes += usage.memory_bytes;
        sum.processes += usage.processes;
    }
    sum
}

/// Nothing, if it has gone.
pub fn of_process(pid: i32) -> Usage {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return Usage::default() };
    let ticks = |n| field(&stat, n).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let cpu = Duration::from_millis((ticks(11) + ticks(12)) * 1_000 / TICKS_PER_SECOND);
    Usage { memory_bytes: pss(pid).unwrap_or(0), cpu, processes: 1 }
}

/// The n-th field behind the name, which is in parentheses and may have anything in it.
fn field(stat: &str, n: usize) -> Option<&str> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(n)
}

fn pss(pid: i32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_a_descendant_and_costs_something() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let own = std::process::id() as i32;
        let pid = child.id() as i32;
        assert!(descendants(own).contains(&pid));
        let usage = of_tree(own);
        assert!(usage.processes >= 2 && usage.memory_bytes > 1 << 16, "{usage:?}");
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!descendants(own).contains(&pid));
    }

    #[test]
    fn names_with_parentheses_do_not_confuse() {
        assert_eq!(field("12 (a) b (c)) S 7 1", 1), Some("7"));
        assert_eq!(field("", 1), None);
    }
}
