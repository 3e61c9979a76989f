// SPDX-License-Identifier: AGPL-3.0-or-later
//! Dates of the language: absolute (m/d/y, d/m/y when only that fits, d.m.y, y-m-d, milliseconds), relative (`-3d`,
//! `+1month`), and the day, week, month or year that one falls in, by the local clock of [`Context`].

use crate::Context;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

/// Days to centuries away, nothing else makes sense; keeps the arithmetic in range.
const RELATIVE_MAX: u32 = 1_000_000;
/// Two-digit years from here on belong to the last century.
const CENTURY_PIVOT: i32 = 70;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// Start (inclusive) and end (exclusive) of the span that `value` names, in milliseconds since 1970.
pub(crate) fn span(value: &str, span: Span, context: &Context) -> Result<(i64, i64), String> {
    let fail = || format!("{value:?} is no date");
    // "@ms" is an exact moment, also before 1970.
    if let Some(ms) = value.strip_prefix('@') {
        let ms: i64 = ms.parse().map_err(|_| fail())?;
        return Ok((ms, ms.saturating_add(1)));
    }
    let (moment, span) = if span == Span::Year && value.len() == 4 && value.bytes().all(|b| b.is_ascii_digit()) {
        (date(value.parse().map_err(|_| fail())?, 1, 1).ok_or_else(fail)?, span)
    } else if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        (local(value.parse().map_err(|_| fail())?, context).ok_or_else(fail)?, span)
    } else if value.starts_with(['+', '-']) {
        relative(value, span, context).ok_or_else(fail)?
    } else {
        (absolute(value).ok_or_else(fail)?, span)
    };
    bounds_of(moment, span, context).ok_or_else(fail)
}

fn bounds_of(moment: NaiveDateTime, span: Span, context: &Context) -> Option<(i64, i64)> {
    let day = moment.date();
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN);
    let (start, end) = match span {
        Span::Minute => {
            let start = moment.with_second(0)?.with_nanosecond(0)?;
            (start, start.checked_add_signed(TimeDelta::minutes(1))?)
        }
        Span::Hour => {
            let start = moment.with_minute(0)?.with_second(0)?.with_nanosecond(0)?;
            (start, start.checked_add_signed(TimeDelta::hours(1))?)
        }
        Span::Day => (midnight(day), midnight(day.checked_add_days(Days::new(1))?)),
        Span::Week => {
            let start = day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_sunday())))?;
            (midnight(start), midnight(start.checked_add_days(Days::new(7))?))
        }
        Span::Month => {
            let start = day.with_day(1)?;
            (midnight(start), midnight(start.checked_add_months(Months::new(1))?))
        }
        Span::Year => {
            let start = day.with_day(1)?.with_month(1)?;
            (midnight(start), midnight(start.checked_add_months(Months::new(12))?))
        }
    };
    Some((utc_ms(start, context)?, utc_ms(end, context)?))
}

fn utc_ms(local: NaiveDateTime, context: &Context) -> Option<i64> {
    local.and_utc().timestamp_millis().checked_sub(i64::from(context.tz_offset_minutes) * 60_000)
}

fn local(utc_ms: i64, context: &Context) -> Option<NaiveDateTime> {
    let ms = utc_ms.checked_add(i64::from(context.tz_offset_minutes) * 60_000)?;
    DateTime::from_timestamp_millis(ms).map(|moment| moment.naive_utc())
}

/// `[+-]N[unit]`, days without a unit. Minutes and hours are spans of their own; the others name the field's span.
fn relative(value: &str, span: Span, context: &Context) -> Option<(NaiveDateTime, Span)> {
    let (back, rest) = (value.starts_with('-'), value[1..].trim());
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let n = rest[..end].parse().ok().filter(|n| *n <= RELATIVE_MAX)?;
    let unit = rest[end..].trim().to_ascii_lowercase();
    if !unit.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let signed = if back { -i64::from(n) } else { i64::from(n) };
    let now = local(context.now_ms, context)?;
    let months = |n: u32| {
        let months = Months::new(n);
        if back { now.checked_sub_months(months) } else { now.checked_add_months(months) }
    };
    let moment = match unit.as_bytes() {
        [b'm', b'i', ..] => return Some((now.checked_add_signed(TimeDelta::minutes(signed))?, Span::Minute)),
        [b'h', ..] => return Some((now.checked_add_signed(TimeDelta::hours(signed))?, Span::Hour)),
        [] | [b'd', ..] => now.checked_add_signed(TimeDelta::days(signed))?,
        [b'w', ..] => now.checked_add_signed(TimeDelta::weeks(signed))?,
        [b'm', ..] => months(n)?,
        [b'y', ..] => months(n.checked_mul(12)?)?,
        _ => return None,
    };
    Some((moment, span))
}

fn absolute(value: &str) -> Option<NaiveDateTime> {
    let mark = value.chars().find(|c| matches!(c, '/' | '-' | '.'))?;
    let parts = value.split(mark).map(|p| p.trim().parse().ok()).collect::<Option<Vec<u32>>>()?;
    let [a, b, c] = parts[..] else { return None };
    let first_is_year = value.find(mark)? == 4;
    if first_is_year {
        return date(i32::try_from(a).ok()?, b, c);
    }
    let year = match i32::try_from(c).ok()? {
        year @ 0..100 if year < CENTURY_PIVOT => 2000 + year,
        year @ 0..100 => 1900 + year,
        year => year,
    };
    // m/d/y as in the English locale, d/m/y when that can't be; dots are always d.m.y.
    let (month, day) = if mark == '.' { (b, a) } else { (a, b) };
    date(year, month, day).or_else(|| if mark == '.' { None } else { date(year, day, month) })
}

fn date(year: i32, month: u32, day: u32) -> Option<NaiveDateTime> {
    (1..=9999)
        .contains(&year)
        .then(|| NaiveDate::from_ymd_opt(year, month, day))
        .flatten()
        .map(|d| d.and_time(NaiveTime::MIN))
}
