// SPDX-License-Identifier: AGPL-3.0-or-later
//! What systemd is told (sd_notify(3)): that we are ready, what goes on, and that we live. Nobody listens where there is no
//! systemd; nothing of this can fail us.

use crate::engine::{Board, Phase};
use sd_notify::NotifyState;
use std::rc::Rc;
use std::time::Duration;

/// Between two looks, when no watchdog asks for shorter ones.
const PAUSE: Duration = Duration::from_secs(5);

pub fn ready() {
    let _ = sd_notify::notify(&[NotifyState::Ready]);
}

pub fn stopping() {
    let _ = sd_notify::notify(&[NotifyState::Stopping]);
}

/// Never ends. It runs on the one thread that does everything else, so a supervisor that hangs falls silent.
pub async fn report(board: Rc<Board>) {
    let watchdog = sd_notify::watchdog_enabled();
    let pause = watchdog.map_or(PAUSE, |patience| PAUSE.min(patience / 3));
    let mut told = String::new();
    loop {
        if watchdog.is_some() {
            let _ = sd_notify::notify(&[NotifyState::Watchdog]);
        }
        let line = line(&board);
        if line != told {
            let _ = sd_notify::notify(&[NotifyState::Status(&line)]);
            told = line;
        }
        tokio::time::sleep(pause).await;
    }
}

fn line(board: &Board) -> String {
    let statuses = board.statuses();
    let of = |phase| statuses.iter().filter(move |status| status.phase == phase).map(|status| status.name);
    let running = of(Phase::Running).count();
    let failed: Vec<&str> = of(Phase::Failed).collect();
    let alerts = board.alerts().len();
    let mut line = format!("{running} of {} components run", statuses.len());
    if !failed.is_empty() {
        line += &format!("; failed: {}", failed.join(", "));
    }
    if alerts > 0 {
        line += &format!("; {alerts} alerts, see `posthouse status`");
    }
    line
}
