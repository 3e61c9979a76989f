// SPDX-License-Identifier: AGPL-3.0-or-later
//! Components that keep failing, or are not back after a while. One that died and is back is in `posthouse status`, and no
//! reason to wake anybody.

use crate::engine::{Board, Phase, Status};
use std::time::{SystemTime, UNIX_EPOCH};

/// Starts in a row without success.
const FAILURES_MAX: u32 = 3;
/// What recovers a large store takes longer, but then people want to know.
const AWAY_SECONDS_MAX: u64 = 120;

pub fn look(board: &Board) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    for status in board.statuses() {
        let dependants = board.dependants(status.name);
        board.alert(&format!("component {}", status.name), text(&status, &dependants, now));
    }
}

fn text(status: &Status, dependants: &[&str], now: u64) -> Option<String> {
    let away = now.saturating_sub(status.since);
    let is_down = match status.phase {
        Phase::Stopped | Phase::Waiting => false,
        // For a moment, perhaps: it is forgiven after a while only.
        Phase::Running => status.failures >= FAILURES_MAX,
        Phase::Starting | Phase::Failed => status.failures >= FAILURES_MAX || away > AWAY_SECONDS_MAX,
    };
    if !is_down {
        return None;
    }
    let why = status.last_error.as_deref().unwrap_or("it does not say why");
    let needed = if dependants.is_empty() { String::new() } else { format!(" ({} need it)", dependants.join(", ")) };
    Some(format!("{} does not stay up{needed}: {why}; it is tried again and again", status.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_back_soon_wakes_nobody() {
        let mut status = Status {
            name: "openldap",
            phase: Phase::Failed,
            since: 1_000,
            pid: None,
            guard: None,
            starts: 1,
            restarts: 0,
            failures: 1,
            last_error: Some("killed by SIGKILL".into()),
            last_error_at: Some(1_000),
            version: None,
        };
        assert_eq!(text(&status, &[], 1_010), None);
        status.failures = 3;
        let said = text(&status, &["mailboxd", "postfix"], 1_010).unwrap();
        assert!(said.contains("mailboxd, postfix need it") && said.contains("SIGKILL"), "{said}");
        (status.failures, status.phase) = (0, Phase::Starting);
        assert!(text(&status, &[], 1_200).is_some());
        status.phase = Phase::Running;
        assert_eq!(text(&status, &[], 9_000), None);
        status.failures = 5;
        assert!(text(&status, &[], 9_000).is_some(), "it comes and goes");
    }
}
