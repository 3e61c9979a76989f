// SPDX-License-Identifier: AGPL-3.0-or-later
//! Looks for new versions by itself, and installs one if that is wanted, in the hours in which the machine may restart. Not all machines
//! at once: each waits a while that it draws by lot.

use crate::engine::{Board, command};
use crate::settings;
use crate::state::StateDir;
use crate::upgrade::error::Error;
use crate::upgrade::version::Version;
use crate::upgrade::work::{self, What};
use crate::upgrade::{place, record, source};
use chrono::NaiveDateTime;
use std::rc::Rc;
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_secs(60);
const HOUR: u64 = 3_600;
/// After a start a machine has other things to do.
const FIRST_MIN: u64 = 300;
/// Of the time between two looks: so much later at most.
const JITTER_OF: u64 = 4;
/// After a look that failed.
const AGAIN: u64 = HOUR;
const SUBJECT: &str = "upgrade";

/// How long until the next look. All in seconds; `up`: since our start, on a clock that nobody sets. `lot`: any number, drawn
/// anew for each look.
fn wait(up: u64, now: u64, last: u64, has_failed: bool, hours: u64, lot: u64) -> u64 {
    let interval = if has_failed { AGAIN.min(hours * HOUR) } else { hours * HOUR };
    let wait = interval + lot % (interval / JITTER_OF).max(1);
    // A look in the future: the clock was wrong, and when it was nobody knows.
    let since = if last <= now { now - last } else { wait };
    wait.saturating_sub(since).max((FIRST_MIN + lot % (AGAIN / 2)).saturating_sub(up))
}

/// What was tried by itself in this life.
#[derive(Default)]
struct Tried {
    /// One try a window: with which version, and when the window began.
    in_window: Option<(Version, NaiveDateTime)>,
    at: Option<Instant>,
}

impl Tried {
    fn may(&self, version: Version, window: NaiveDateTime, now: Instant) -> bool {
        let is_soon = self.at.is_some_and(|at| now.saturating_duration_since(at) < Duration::from_secs(AGAIN));
        !is_soon && self.in_window != Some((version, window))
    }

    /// `error`: none, if it was installed. Where nothing was begun the same window may see another try.
    fn note(&mut self, version: Version, window: NaiveDateTime, now: Instant, error: Option<&anyhow::Error>) {
        self.at = Some(now);
        let is_begun = !matches!(error.and_then(|e| e.downcast_ref::<Error>()), Some(Error::NotNow(_) | Error::Busy));
        if is_begun {
            self.in_window = Some((version, window));
        }
    }
}

/// Never ends. On the image only.
pub async fn watch(state: StateDir, board: Rc<Board>) {
    if place::booted().is_err() {
        return;
    }
    let started = Instant::now();
    let mut lot = draw();
    let mut tried = Tried::default();
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Ok(set) = settings::read(&state).map(|settings| settings.upgrade) else { continue };
        if work::source(&state).is_err() || set.check_hours == 0 {
            board.alert(SUBJECT, None);
            continue;
        }
        let (seen, up) = (source::seen(&state.path), started.elapsed().as_secs());
        if wait(up, work::now(), seen.at, seen.error.is_some(), set.check_hours, lot) == 0 {
            let state = state.clone();
            // What went wrong is remembered, and shown with the health.
            let _ = tokio::task::spawn_blocking(move || work::look(&state)).await;
            lot = draw();
        }
        // Whoever has just started does not know yet whether it is well.
        if !set.automatic || up < FIRST_MIN || is_on_trial(&state) {
            continue;
        }
        let offer = source::seen(&state.path).offer.filter(|offer| is_new(offer.version));
        let window = set.window.open_since(chrono::Local::now().naive_local());
        let (Some(offer), Some(window)) = (offer, window) else { continue };
        if !tried.may(offer.version, window, Instant::now()) {
            continue;
        }
        let what = What::Version(offer.version);
        let own = state.clone();
        let mut say = |line: &str| eprintln!("posthouse: upgrade: {line}");
        let done = tokio::task::spawn_blocking(move || work::upgrade(&own, &what, false, &mut say)).await;
        let error = done.map_err(anyhow::Error::from).and_then(|done| done).err();
        tried.note(offer.version, window, Instant::now(), error.as_ref());
        board.alert(SUBJECT, error.as_ref().map(|e| format!("version {} was not installed: {e:#}", offer.version)));
        if error.is_none() {
            let _ = command("systemctl", &["reboot"], None, None);
        }
    }
}

/// One that boots next, or that runs and is not good yet. An installation that was cut off leaves a trial that is none.
fn is_on_trial(state: &StateDir) -> bool {
    let Ok(record) = record::read(&state.path) else { return false };
    let runs = place::booted().is_ok_and(|booted| record.is_on_trial(booted));
    record.trial.is_some() && (runs || !work::was_cut_off(state))
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
    use crate::upgrade::bundle::tests::version;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_look_comes_once_an_interval_and_not_for_all_at_once(
            up in 0..400_000u64, ago in 0..1_000_000u64, hours in 1..200u64, lot in any::<u64>(), has_failed in any::<bool>(),
        ) {
            let now = 1_900_000_000;
            let wait = wait(up, now, now - ago, has_failed, hours, lot);
            let interval = if has_failed { HOUR } else { hours * HOUR };
            prop_assert!(wait + up >= FIRST_MIN && wait + ago >= interval);
            let longest = (interval + interval / JITTER_OF).saturating_sub(ago);
            prop_assert!(wait <= longest.max((FIRST_MIN + AGAIN / 2).saturating_sub(up)));
        }
    }

    #[test]
    fn a_clock_that_was_wrong_puts_it_off_for_no_time() {
        let now = 1_900_000_000;
        assert_eq!(wait(HOUR, now, now + 1, false, 24, 0), 0);
        assert_eq!(wait(HOUR, now, now - 1, false, 24, 0), 24 * HOUR - 1);
        // The clock of this start is nobody's business.
        assert_eq!(wait(0, 0, 0, false, 24, 0), 24 * HOUR);
        assert_eq!(wait(0, now, 0, false, 24, 0), FIRST_MIN);
    }

    #[test]
    fn one_try_a_window_and_another_in_the_next() {
        let (mut tried, start) = (Tried::default(), Instant::now());
        let night = |day| chrono::NaiveDate::from_ymd_opt(2026, 11, day).unwrap().and_hms_opt(2, 0, 0).unwrap();
        let (old, new) = (version("0.2.0"), version("0.3.0"));
        let hours = |hours: u64| start + Duration::from_secs(hours * HOUR);
        assert!(tried.may(old, night(1), start));
        // The system was not well: nothing was begun.
        let not_now = anyhow::Error::from(Error::NotNow("postfix does not run".to_owned()));
        tried.note(old, night(1), start, Some(&not_now));
        assert!(!tried.may(old, night(1), start + Duration::from_secs(HOUR - 1)));
        assert!(tried.may(old, night(1), hours(1)));
        tried.note(old, night(1), hours(1), Some(&anyhow::Error::from(Error::ReadBack { part: "root" })));
        assert!(!tried.may(old, night(1), hours(3)), "its window has seen it");
        assert!(tried.may(new, night(1), hours(3)), "and not this one");
        assert!(tried.may(old, night(2), hours(25)), "the next night");
    }

    #[test]
    fn machines_draw_different_lots() {
        let times: std::collections::BTreeSet<u64> = (0..20).map(|_| wait(0, 0, 0, false, 24, draw())).collect();
        assert!(times.len() > 15, "{times:?}");
    }
}
