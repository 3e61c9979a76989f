// SPDX-License-Identifier: AGPL-3.0-or-later
//! Dates as mail has them (RFC 5322 §3.3 and §4.3, asctime, ISO 8601), in any order of words that makes sense.

use chrono::{DateTime, NaiveDate, NaiveTime};

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/// A date with more words than this is none.
const WORDS_MAX: usize = 16;
const VALUE_BYTES_MAX: usize = 256;

/// Milliseconds since 1970, UTC.
pub(crate) fn parse(value: &[u8]) -> Option<i64> {
    let value = std::str::from_utf8(value.get(..value.len().min(VALUE_BYTES_MAX))?).ok()?.trim();
    if let Ok(iso) = DateTime::parse_from_rfc3339(value) {
        return Some(iso.timestamp_millis());
    }
    // A comment names the zone again: "+0200 (CEST)".
    let value = value.split('(').next().unwrap_or_default();
    let words = value.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty());
    let (mut day, mut month, mut year, mut time, mut offset) = (None, None, None, None, None);
    for word in words.take(WORDS_MAX) {
        if word.contains(':') {
            time = time.or_else(|| clock(word));
        } else if let Some(number) = digits(word) {
            match (day, word.len()) {
                (None, 1 | 2) => day = Some(number),
                _ if year.is_none() => year = full_year(word.len(), number),
                _ => {}
            }
        } else if let Some(found) = month_of(word).filter(|_| month.is_none()) {
            month = Some(found);
        } else if time.is_some() && offset.is_none() {
            offset = zone(word);
        }
    }
    let date = NaiveDate::from_ymd_opt(year?, month?, day?)?;
    let utc = date.and_time(time.unwrap_or(NaiveTime::MIN)).and_utc();
    Some(utc.timestamp_millis() - offset.unwrap_or(0) * 60_000)
}

fn digits(word: &str) -> Option<u32> {
    word.bytes().all(|b| b.is_ascii_digit()).then(|| word.parse().ok()).flatten()
}

/// RFC 5322 §4.3: two digits up to 49 are this century, three digits count from 1900.
fn full_year(len: usize, number: u32) -> Option<i32> {
    let year = match (len, number) {
        (2, 0..=49) => number + 2000,
        (2 | 3, _) => number + 1900,
        (4, _) => number,
        _ => return None,
    };
    i32::try_from(year).ok()
}

fn month_of(word: &str) -> Option<u32> {
    let word = word.get(..3)?.to_ascii_lowercase();
    MONTHS.iter().position(|m| *m == word).map(|i| i as u32 + 1)
}

fn clock(word: &str) -> Option<NaiveTime> {
    let mut parts = word.split(':').map(|p| p.split('.').next().and_then(digits));
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().flatten().unwrap_or(0);
    NaiveTime::from_hms_opt(hour, minute, second.min(59))
}

/// Minutes east of UTC.
fn zone(word: &str) -> Option<i64> {
    if let Some(number) = word.strip_prefix(['+', '-']) {
        let number = i64::from(digits(number).filter(|_| number.len() == 4)?);
        let minutes = number / 100 * 60 + number % 100;
        return Some(if word.starts_with('-') { -minutes } else { minutes });
    }
    let hours = match word.to_ascii_uppercase().as_str() {
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        "CET" | "MET" => 1,
        "CEST" | "MEST" => 2,
        // RFC 5322 §4.3: the military letters and unknown names say nothing.
        _ => 0,
    };
    Some(hours * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (input, want) in [
            ("Tue, 1 Jul 2003 10:52:37 +0200", Some("2003-07-01T08:52:37Z")),
            ("1 Jul 03 10:52 GMT", Some("2003-07-01T10:52:00Z")),
            ("Thu, 13 Feb 1969 23:32:00 -0330 (Newfoundland Time)", Some("1969-02-14T03:02:00Z")),
            ("Fri, 21 Nov 1997 09:55:06 +1300", Some("1997-11-20T20:55:06Z")),
            ("Tue Jul  1 10:52:37 2003", Some("2003-07-01T10:52:37Z")),
            ("2003-07-01T10:52:37+02:00", Some("2003-07-01T08:52:37Z")),
            ("Mon, 30 Feb 2020 00:00:00 +0000", None),
            ("1 Jul 99999999999 10:00", None),
            ("yesterday", None),
            ("", None),
        ] {
            let want = want.map(|w| DateTime::parse_from_rfc3339(w).unwrap().timestamp_millis());
            assert_eq!(parse(input.as_bytes()), want, "{input}");
        }
    }
}
