// SPDX-License-Identifier: AGPL-3.0-or-later
//! Dates of SEARCH (`1-Feb-1994`) and of APPEND and INTERNALDATE (`" 1-Feb-1994 21:52:25 -0800"`).

use super::cursor::{Cursor, Parsed};
use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, TimeZone as _, Timelike as _, Utc};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// date of SEARCH keys, with or without quotes.
pub fn date(cursor: &mut Cursor<'_>) -> Parsed<NaiveDate> {
    let quoted = cursor.eat(b'"');
    let date = day_month_year(cursor)?;
    if quoted {
        cursor.expect(b'"', "expected \" after a date")?;
    }
    Ok(date)
}

fn day_month_year(cursor: &mut Cursor<'_>) -> Parsed<NaiveDate> {
    let day = cursor.number()?;
    cursor.expect(b'-', "expected - in a date")?;
    let Some(month) = MONTHS.iter().position(|m| cursor.eat_word(m)) else {
        return Err(cursor.error("expected a month"));
    };
    cursor.expect(b'-', "expected - in a date")?;
    let year = cursor.number()?;
    i32::try_from(year)
        .ok()
        .filter(|year| *year <= 9999)
        .and_then(|year| NaiveDate::from_ymd_opt(year, month as u32 + 1, day))
        .ok_or_else(|| cursor.error("no such day"))
}

fn two(cursor: &mut Cursor<'_>) -> Parsed<u32> {
    let start = cursor.position();
    let n = cursor.number()?;
    if cursor.position() - start == 2 { Ok(n) } else { Err(cursor.error("expected two digits")) }
}

/// date-time, quotes included; milliseconds since 1970.
pub fn date_time(cursor: &mut Cursor<'_>) -> Parsed<i64> {
    cursor.expect(b'"', "expected a date-time")?;
    cursor.eat(b' '); // date-day-fixed: SP DIGIT
    let day = day_month_year(cursor)?;
    cursor.space()?;
    let hour = two(cursor)?;
    cursor.expect(b':', "expected : in a time")?;
    let minute = two(cursor)?;
    cursor.expect(b':', "expected : in a time")?;
    let second = two(cursor)?;
    cursor.space()?;
    let west = match cursor.peek() {
        Some(b'-') => true,
        Some(b'+') => false,
        _ => return Err(cursor.error("expected a zone")),
    };
    cursor.eat(if west { b'-' } else { b'+' });
    let zone = cursor.number()?;
    cursor.expect(b'"', "expected \" after a date-time")?;
    let seconds = i32::try_from(zone / 100 * 3600 + zone % 100 * 60).map_err(|_| cursor.error("no such zone"))?;
    let offset =
        FixedOffset::east_opt(if west { -seconds } else { seconds }).ok_or_else(|| cursor.error("no such zone"))?;
    // A leap second is accepted and becomes the one before.
    day.and_hms_opt(hour, minute, second.min(59))
        .filter(|_| second <= 60)
        .and_then(|local| offset.from_local_datetime(&local).single())
        .map(|time| time.timestamp_millis())
        .ok_or_else(|| cursor.error("no such time"))
}

/// INTERNALDATE, in UTC, with its quotes. A time out of range becomes 1970.
pub fn write(out: &mut Vec<u8>, ms: i64) {
    let time: DateTime<Utc> = DateTime::from_timestamp_millis(ms).unwrap_or_default();
    let month = MONTHS.get(time.month0() as usize).copied().unwrap_or("Jan");
    let text = format!(
        "\"{:2}-{month}-{:04} {:02}:{:02}:{:02} +0000\"",
        time.day(),
        time.year().clamp(0, 9999),
        time.hour(),
        time.minute(),
        time.second()
    );
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let text = b"\"17-Jul-1996 02:44:25 -0700\"";
        let ms = date_time(&mut Cursor::new(text)).unwrap();
        assert_eq!(ms, 837_596_665_000);
        let mut out = Vec::new();
        write(&mut out, ms);
        assert_eq!(out, b"\"17-Jul-1996 09:44:25 +0000\"");
        out.clear();
        write(&mut out, 0);
        assert_eq!(date_time(&mut Cursor::new(&out)), Ok(0));
    }

    #[test]
    fn rubbish_is_refused() {
        for bad in ["31-Feb-2020", "1-Foo-2020", "1-Jan-99999", "", "1 Jan 2020"] {
            assert!(date(&mut Cursor::new(bad.as_bytes())).is_err(), "{bad}");
        }
        assert!(date_time(&mut Cursor::new(b"\"01-Jan-2020 25:00:00 +0000\"")).is_err());
    }
}
