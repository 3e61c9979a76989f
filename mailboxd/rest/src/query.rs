// SPDX-License-Identifier: AGPL-3.0-or-later
//! The query string, as far as it is served.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pub id: Option<String>,
    /// Ids, with commas between.
    pub list: Option<String>,
    pub part: Option<String>,
    pub format: Option<String>,
    pub query: Option<String>,
    pub types: Option<String>,
    pub limit: Option<usize>,
    pub offset: Option<usize>,
    /// Milliseconds since 1970: only what came then or later, and before that.
    pub start_ms: Option<i64>,
    pub end_ms: Option<i64>,
    /// A UID of the folder.
    pub imap_id: Option<u32>,
    /// Of the text that is sent or comes.
    pub charset: Option<String>,
    /// `body=0`: of a message only its header.
    pub no_body: bool,
    /// Of `fmt=mobileconfig`.
    pub config_type: Option<String>,
    /// Of a document.
    pub version: Option<u32>,
    /// Archives without metadata.
    pub no_meta: bool,
    /// `fmt=sync` without its headers in the body.
    pub no_headers: bool,
    /// Of an import.
    pub resolve: Option<String>,
    /// `view=text`
    pub as_text: bool,
    /// `disp=i`: show, `a`: download.
    pub disposition: Option<char>,
    /// `view=html`, or `fmt=html` of one file: as HTML that we make of it.
    pub html: bool,
    /// Ways to authenticate, in the order to try.
    pub auth: Vec<String>,
    /// `zauthtoken`, for `auth=qp`.
    pub token: Option<String>,
}

const AUTH_DEFAULT: [&str; 3] = ["co", "nsc", "qp"];
/// HTTP Basic. A session is never made of it: `sc`, too, sets no cookie.
const BASIC: [&str; 3] = ["ba", "nsc", "sc"];

impl Query {
    pub fn of(pairs: HashMap<String, String>) -> Query {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Query::at(pairs, i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
    }

    /// Whether a password may show who asks.
    pub fn takes_password(&self) -> bool {
        self.auth.iter().any(|way| BASIC.contains(&way.as_str()))
    }

    fn at(pairs: HashMap<String, String>, now_ms: i64) -> Query {
        let take = |name: &str| pairs.get(name).filter(|value| !value.is_empty()).cloned();
        let number = |name: &str| take(name).and_then(|text| text.parse().ok());
        let time = |name: &str| take(name).and_then(|text| time_ms(&text, now_ms));
        let auth = take("auth").map(|list| list.split(',').map(str::to_owned).collect());
        Query {
            id: take("id"),
            list: take("list"),
            part: take("part"),
            format: take("fmt").map(|format| format.to_ascii_lowercase()),
            query: take("query"),
            types: take("types"),
            limit: number("limit").filter(|limit| *limit > 0),
            offset: number("offset"),
            start_ms: time("start"),
            end_ms: time("end"),
            imap_id: take("imap_id").and_then(|text| text.parse().ok()),
            charset: take("charset"),
            no_body: take("body").as_deref() == Some("0"),
            config_type: take("configType"),
            version: take("ver").and_then(|text| text.parse().ok()),
            no_meta: take("meta").as_deref() == Some("0"),
            no_headers: take("nohdr").as_deref() == Some("1"),
            resolve: take("resolve"),
            as_text: take("view").as_deref() == Some("text"),
            disposition: take("disp").and_then(|text| text.chars().next()).filter(|c| matches!(c, 'i' | 'a')),
            html: take("view").as_deref() == Some("html")
                || take("fmt").is_some_and(|format| format.eq_ignore_ascii_case("html")),
            auth: auth.unwrap_or_else(|| AUTH_DEFAULT.map(str::to_owned).to_vec()),
            token: take("zauthtoken"),
        }
    }
}

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
const UNITS: [(&str, i64); 6] = [
    ("mi", MINUTE_MS),
    ("h", 60 * MINUTE_MS),
    ("d", DAY_MS),
    ("w", 7 * DAY_MS),
    ("mo", 30 * DAY_MS),
    ("y", 365 * DAY_MS),
];

/// Milliseconds since 1970, or a distance from now: "-2w", "p3d" and "3d" (later), "m1mo" (earlier).
fn time_ms(text: &str, now_ms: i64) -> Option<i64> {
    let text = text.trim();
    if let Ok(ms) = text.parse::<u64>() {
        return i64::try_from(ms).ok();
    }
    let (is_before, distance) = match text.strip_prefix(['-', 'm']) {
        Some(rest) => (true, rest),
        // An unescaped `+` of a query string is a space, and gone.
        None => (false, text.strip_prefix(['+', 'p']).unwrap_or(text)),
    };
    let digits = distance.find(|c: char| !c.is_ascii_digit()).unwrap_or(distance.len());
    let (count, unit) = distance.split_at(digits);
    let (_, unit_ms) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let by = count.parse::<i64>().ok()?.checked_mul(*unit_ms)?;
    if is_before { now_ms.checked_sub(by) } else { now_ms.checked_add(by) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let now = 100 * DAY_MS;
        for (text, expected) in [
            ("1234", Some(1234)),
            ("-2w", Some(86 * DAY_MS)),
            ("m1mo", Some(70 * DAY_MS)),
            ("p3d", Some(103 * DAY_MS)),
            (" 3d", Some(103 * DAY_MS)),
            ("5mi", Some(now + 5 * MINUTE_MS)),
            ("d", None),
            ("3", Some(3)),
            ("-3", None),
            ("3m", None),
            ("9999999999999999999y", None),
            ("999999999999y", None),
        ] {
            assert_eq!(time_ms(text, now), expected, "{text}");
        }
    }

    #[test]
    fn ways_to_show_who_asks() {
        let takes = |auth: &str| Query::at(HashMap::from([("auth".into(), auth.into())]), 0).takes_password();
        assert!(Query::at(HashMap::new(), 0).takes_password() && takes("co,ba") && takes("sc") && takes("nsc"));
        assert!(!takes("co") && !takes("qp,co"));
    }
}
