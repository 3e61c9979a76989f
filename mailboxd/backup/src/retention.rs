// SPDX-License-Identifier: AGPL-3.0-or-later
//! Which snapshots are kept. Pure.

use chrono::{DateTime, Datelike, Utc};
use std::collections::BTreeSet;

/// Every snapshot of the last days, and the newest one of each of so many weeks (ISO 8601) and months that have one (UTC). The
/// newest of all is kept always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    pub days: u32,
    pub weekly: u32,
    pub monthly: u32,
}

impl Default for Keep {
    fn default() -> Keep {
        Keep { days: 7, weekly: 4, monthly: 0 }
    }
}

const DAY_MS: i64 = 86_400_000;

/// Those of `times` (milliseconds since 1970, as `now_ms`) that need not be kept, ascending.
pub fn dispensable(times: &[i64], now_ms: i64, keep: Keep) -> Vec<i64> {
    let mut newest_first: Vec<i64> = times.to_vec();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    let mut kept: BTreeSet<i64> = newest_first.first().copied().into_iter().collect();
    let young = now_ms.saturating_sub(i64::from(keep.days).saturating_mul(DAY_MS));
    kept.extend(newest_first.iter().copied().filter(|time| *time > young));
    let week = |at: DateTime<Utc>| (at.iso_week().year(), at.iso_week().week());
    let month = |at: DateTime<Utc>| (at.year(), at.month());
    newest_of_each(&newest_first, keep.weekly, &week, &mut kept);
    newest_of_each(&newest_first, keep.monthly, &month, &mut kept);
    newest_first.into_iter().rev().filter(|time| !kept.contains(time)).collect()
}

fn newest_of_each(
    newest_first: &[i64],
    count: u32,
    period: &dyn Fn(DateTime<Utc>) -> (i32, u32),
    kept: &mut BTreeSet<i64>,
) {
    let mut seen = BTreeSet::new();
    for time in newest_first {
        let Some(at) = DateTime::from_timestamp_millis(*time) else { continue };
        if seen.len() as u32 == count && !seen.contains(&period(at)) {
            return;
        }
        if count > 0 && seen.insert(period(at)) {
            kept.insert(*time);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    fn at(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
    }

    #[test]
    fn the_last_days_stay_and_the_newest_of_each_week_and_month() {
        let times: Vec<i64> = (1..=30)
            .flat_map(|day| ["02", "14"].map(|hour| at(&format!("2026-11-{day:02}T{hour}:00:00Z"))))
            .chain([at("2026-09-01T00:00:00Z"), at("2026-10-31T00:00:00Z"), at("2026-10-30T00:00:00Z")])
            .collect();
        let now = at("2026-11-30T14:30:00Z");
        let gone = dispensable(&times, now, Keep { days: 2, weekly: 2, monthly: 2 });
        let kept: Vec<i64> = times.iter().copied().filter(|time| !gone.contains(time)).collect();
        // Monday the 30th; the 29th ends the week before; October's last
        let expected = ["11-29T02", "11-29T14", "11-30T02", "11-30T14", "10-31T00"];
        assert_eq!(kept, expected.map(|text| at(&format!("2026-{text}:00:00Z"))));
        let nothing = Keep { days: 0, weekly: 0, monthly: 0 };
        assert!(dispensable(&times[..1], now, nothing).is_empty());
        assert_eq!(dispensable(&times[..3], now, nothing), times[..2]);
    }
}
