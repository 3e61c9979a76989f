// SPDX-License-Identifier: AGPL-3.0-or-later
//! Looks for new versions by itself, and installs one if that is wanted, in the hours in which the machine may restart. Not all machines
//! at once: each waits a while that it draws by lot.

use crate::engine::{Board, command};
use crate::settings;
use crate::state::StateDir;
use crate::upgrade::version::Version;
use crate::upgrade::work::{self, What};
use crate::upgrade::{place, record, source};
use std::rc::Rc;
use std::time::Duration;

const LOOK_EVERY: Duration = Duration::from_secs(60);
const HOUR: u64 = 3_600;
/// After a start a machine has other things to do.
const FIRST_MIN: u64 = 300;
/// Of the time between two looks: so much later at most.
const JITTER_OF: u64 = 4;
/// After a look that failed.
const AGAIN: u64 = HOUR;
const SUBJECT: &str = "upgrade";

/// When to look next, in seconds since 1970. `lot`: any number, drawn anew for each look.
fn due(started: u64, last: u64, has_failed: bool, hours: u64, lot: u64) -> u64 {
    let interval = if has_failed { AGAIN.min(hours * HOUR) } else { hours * HOUR };
    let wait = interval + lot % (interval / JITTER_OF).max(1);
    // A clock that was wrong must not put it off for years.
    let last = last.min(started.max(last));
    (last + wait).max(started + FIRST_MIN + lot % (AGAIN / 2))
}

/// Never ends. On the image only.
pub async fn watch(state: StateDir, board: Rc<Board>) {
    if place::booted().is_err() {
        return;
    }
    let started = work::now();
    let mut lot = draw();
    // What was tried by itself in this life: once is enough.
    let mut tried: Option<Version> = None;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Ok(set) = settings::read(&state).map(|settings| settings.upgrade) else { continue };
        if work::source(&state).is_err() || set.check_hours == 0 {
            board.alert(SUBJECT, None);
            continue;
        }
        let seen = source::seen(&state.path);
        let now = work::now();
        if now >= due(started, seen.at.min(now), seen.error.is_some(), set.check_hours, lot) {
            let state = state.clone();
            // What went wrong is remembered, and shown with the health.
            let _ = tokio::task::spawn_blocking(move || work::look(&state)).await;
            lot = draw();
        }
        let is_trial = record::read(&state.path).is_ok_and(|record| record.trial.is_some());
        let offer = source::seen(&state.path).offer.filter(|offer| is_new(offer.version));
        let (true, false, Some(offer)) = (set.automatic, is_trial, offer) else { continue };
        if tried == Some(offer.version) || !set.window.is_open(chrono::Local::now().naive_local()) {
            continue;
        }
        tried = Some(offer.version);
        let what = What::Version(offer.version);
        let own = state.clone();
        let mut say = |line: &str| eprintln!("posthouse: upgrade: {line}");
        let done = tokio::task::spawn_blocking(move || work::upgrade(&own, &what, false, &mut say)).await;
        match done.map_err(anyhow::Error::from).and_then(|done| done) {
            Ok(_) => {
                board.alert(SUBJECT, None);
                let _ = command("systemctl", &["reboot"], None, None);
            }
            Err(error) => {
                let text = format!("version {} was not installed: {error:#}", offer.version);
                board.alert(SUBJECT, Some(text));
            }
        }
    }
}

fn is_new(version: Version) -> bool {
    place::release().is_ok_and(|running| version > running.version)
}

fn draw() -> u64 {
    let random = crate::secrets::random().unwrap_or_default();
    u64::from_str_radix(random.get(..15).unwrap_or("0"), 16).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_look_comes_once_an_interval_and_not_for_all_at_once(
            last in 0..2_000_000_000u64, hours in 1..200u64, lot in any::<u64>(), has_failed in any::<bool>(),
        ) {
            let started = 1_900_000_000;
            let at = due(started, last, has_failed, hours, lot);
            let interval = if has_failed { HOUR } else { hours * HOUR };
            prop_assert!(at >= started + FIRST_MIN && at >= last + interval);
            prop_assert!(at <= (last + interval + interval / JITTER_OF).max(started + FIRST_MIN + AGAIN / 2));
        }
    }

    #[test]
    fn machines_draw_different_lots() {
        let times: std::collections::BTreeSet<u64> = (0..20).map(|_| due(0, 0, false, 24, draw())).collect();
        assert!(times.len() > 15, "{times:?}");
    }
}
