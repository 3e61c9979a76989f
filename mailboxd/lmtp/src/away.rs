// SPDX-License-Identifier: AGPL-3.0-or-later
//! Out of office, as the web client sets it: preferences of the account become a script of its own, so that who is answered,
//! and how often, is what RFC 5230 says.

use chrono::{DateTime, NaiveDateTime, Utc};
use directory::Account;
use sieve::quoted;
use std::fmt::Write;
use std::sync::Arc;

const DAYS: u64 = 7;
const DAYS_MAX: u64 = 90;

/// `None`: the account does not answer now.
pub(crate) fn script(account: &Account, now: DateTime<Utc>) -> Option<Arc<str>> {
    let is = |name: &str| account.attr(name) == Some("TRUE");
    let text = |name: &str| account.attr(name).map(str::trim).filter(|text| !text.is_empty());
    if !is("zimbraPrefOutOfOfficeReplyEnabled") {
        return None;
    }
    let inside = text("zimbraPrefOutOfOfficeReply")?;
    let date = |name: &str| account.attr(name).and_then(time);
    if date("zimbraPrefOutOfOfficeFromDate").is_some_and(|from| now < from)
        || date("zimbraPrefOutOfOfficeUntilDate").is_some_and(|until| now > until)
    {
        return None;
    }
    let outside = if is("zimbraPrefOutOfOfficeSuppressExternalReply") {
        None
    } else if is("zimbraPrefOutOfOfficeExternalReplyEnabled") {
        text("zimbraPrefOutOfOfficeExternalReply").or(Some(inside))
    } else {
        Some(inside)
    };
    let own: Vec<String> = std::iter::once(&account.name).chain(&account.aliases).map(|name| quoted(name)).collect();
    let vacation =
        |said: &str| format!("vacation :days {} :addresses [{}] {};", days(account), own.join(", "), quoted(said));
    let mut script = String::from("require [\"vacation\", \"envelope\"];\n");
    let domain = account.name.rsplit('@').next().unwrap_or_default();
    match outside {
        Some(outside) if outside == inside => script.push_str(&vacation(inside)),
        _ => {
            let _ = write!(script, "if envelope :domain \"from\" {} {{ {} }}", quoted(domain), vacation(inside));
            if let Some(outside) = outside {
                let _ = write!(script, " else {{ {} }}", vacation(outside));
            }
        }
    }
    Some(script.into())
}

/// Generalized time in UTC (RFC 4517 §3.3.13), as the directory has it. What is no time is none.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let digits = text.strip_suffix('Z').unwrap_or(text).split('.').next()?;
    NaiveDateTime::parse_from_str(digits, "%Y%m%d%H%M%S").ok().map(|time| time.and_utc())
}

/// Nobody is answered twice within these: `7d`, `12h`.
fn days(account: &Account) -> u64 {
    let text = account.attr("zimbraPrefOutOfOfficeCacheDuration").unwrap_or_default().trim();
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let Ok(count) = text[..at].parse::<u64>() else { return DAYS };
    let days = match &text[at..] {
        "d" => count,
        "h" => count.div_ceil(24),
        "m" => count.div_ceil(24 * 60),
        _ => count.div_ceil(24 * 3600),
    };
    days.clamp(1, DAYS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use directory::Attrs;

    const ON: (&str, &str) = ("zimbraPrefOutOfOfficeReplyEnabled", "TRUE");
    const TEXT: (&str, &str) = ("zimbraPrefOutOfOfficeReply", "Away \"now\" \\ \r\nback soon");

    fn made(prefs: &[(&str, &str)]) -> Option<Arc<str>> {
        let attrs: Attrs = prefs.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect();
        let aliases = vec!["al@example.test".to_owned()];
        let account = Account { name: "alice@example.test".into(), aliases, attrs, ..Account::default() };
        let script = script(&account, "2026-11-30T12:00:00Z".parse().unwrap());
        if let Some(text) = &script {
            sieve::Engine::new("x").compile(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
        script
    }

    #[test]
    fn only_while_somebody_is_away() {
        assert!(made(&[ON, TEXT]).is_some());
        assert!(made(&[TEXT]).is_none() && made(&[ON]).is_none());
        assert!(made(&[ON, ("zimbraPrefOutOfOfficeReply", " ")]).is_none());
        for (name, time, answers) in [
            ("zimbraPrefOutOfOfficeFromDate", "20261130115959Z", true),
            ("zimbraPrefOutOfOfficeFromDate", "20261130120001Z", false),
            ("zimbraPrefOutOfOfficeUntilDate", "20261130120001.000Z", true),
            ("zimbraPrefOutOfOfficeUntilDate", "20261130115959Z", false),
            ("zimbraPrefOutOfOfficeUntilDate", "tomorrow", true),
        ] {
            assert_eq!(made(&[ON, TEXT, (name, time)]).is_some(), answers, "{name} {time}");
        }
    }

    #[test]
    fn strangers_may_read_something_else_or_nothing() {
        let both = made(&[ON, TEXT]).unwrap();
        assert!(!both.contains("envelope :domain") && both.contains("\"al@example.test\""), "{both}");
        let enabled = ("zimbraPrefOutOfOfficeExternalReplyEnabled", "TRUE");
        let other = made(&[ON, TEXT, enabled, ("zimbraPrefOutOfOfficeExternalReply", "Closed")]).unwrap();
        assert!(other.contains("if envelope :domain \"from\" \"example.test\"") && other.contains("\"Closed\""));
        let none = made(&[ON, TEXT, ("zimbraPrefOutOfOfficeSuppressExternalReply", "TRUE")]).unwrap();
        assert!(none.contains("envelope :domain") && !none.contains("else"), "{none}");
    }

    #[test]
    fn how_often() {
        for (text, days) in [("7d", 7), ("1d", 1), ("36h", 2), ("0", 1), ("x", 7), ("999d", 90)] {
            let script = made(&[ON, TEXT, ("zimbraPrefOutOfOfficeCacheDuration", text)]).unwrap();
            assert!(script.contains(&format!(":days {days} ")), "{text}: {script}");
        }
    }
}
