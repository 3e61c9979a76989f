// SPDX-License-Identifier: AGPL-3.0-or-later
//! The hours in which a machine may restart by itself: `02:00-05:00`, or on some days only, `Sat,Sun 22:00-04:00`. In local time. One
//! that ends before it begins ends on the next day.

use chrono::{Datelike, Days, NaiveDateTime, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Window {
    text: String,
    /// On which it begins.
    days: Vec<Weekday>,
    from: NaiveTime,
    to: NaiveTime,
}

const ALL: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];
const USUAL: &str = "02:00-05:00";

impl Default for Window {
    fn default() -> Window {
        let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        Window { text: USUAL.to_owned(), days: ALL.to_vec(), from: at(2), to: at(5) }
    }
}

impl TryFrom<String> for Window {
    type Error = String;

    fn try_from(text: String) -> Result<Window, String> {
        parse(&text).ok_or_else(|| format!("{text:?} is no window: write 02:00-05:00, or Sat,Sun 22:00-04:00"))
    }
}

impl From<Window> for String {
    fn from(window: Window) -> String {
        window.text
    }
}

fn parse(text: &str) -> Option<Window> {
    let (days, hours) = text.trim().rsplit_once(' ').unwrap_or(("", text.trim()));
    let named = days.split(',').map(str::trim).filter(|day| !day.is_empty());
    let named: Vec<Weekday> = named.map(|day| day.parse().ok()).collect::<Option<_>>()?;
    let days = if named.is_empty() { ALL.to_vec() } else { named };
    let (from, to) = hours.split_once('-')?;
    let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").ok();
    let (from, to) = (time(from)?, time(to)?);
    (from != to).then(|| Window { text: text.to_owned(), days, from, to })
}

impl Window {
    /// The moment at which the one that is open now began.
    pub fn open_since(&self, now: NaiveDateTime) -> Option<NaiveDateTime> {
        let (day, time) = (now.date(), now.time());
        let is_over_midnight = self.to < self.from;
        let began = if is_over_midnight && time < self.to {
            day.checked_sub_days(Days::new(1))?
        } else if self.from <= time && (is_over_midnight || time < self.to) {
            day
        } else {
            return None;
        };
        self.days.contains(&began.weekday()).then(|| began.and_time(self.from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_open_on_its_days_and_over_midnight() {
        // The 30th of November 2026 is a Monday.
        let at = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        let since = |window: &str, now: &str| Window::try_from(window.to_owned()).unwrap().open_since(at(now));
        let open = |window: &str, now: &str| since(window, now).is_some();
        assert_eq!(since(USUAL, "2026-11-30 04:59"), Some(at("2026-11-30 02:00")));
        assert_eq!(since("22:00-04:00", "2026-11-30 03:59"), Some(at("2026-11-29 22:00")));
        assert_eq!(since("22:00-04:00", "2026-11-30 23:00"), Some(at("2026-11-30 22:00")));
        assert!(open(USUAL, "2026-11-30 02:00") && open(USUAL, "2026-12-01 04:59"));
        assert!(!open(USUAL, "2026-11-30 01:59") && !open(USUAL, "2026-11-30 05:00"));
        let weekend = "Sat,Sun 22:00-04:00";
        assert!(open(weekend, "2026-11-29 23:00") && open(weekend, "2026-11-30 03:59"), "Sunday night");
        assert!(
            !open(weekend, "2026-11-30 22:00")
                && !open(weekend, "2026-11-28 03:00")
                && open(weekend, "2026-11-28 22:00")
        );
        assert_eq!(Window::default(), Window::try_from(USUAL.to_owned()).unwrap());
        for bad in ["", "02:00", "2-5", "25:00-26:00", "02:00-02:00", "Someday 02:00-05:00", "02:00-05:00 Sat"] {
            assert!(Window::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
