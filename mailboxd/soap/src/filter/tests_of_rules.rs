// SPDX-License-Identifier: AGPL-3.0-or-later
//! The tests of a rule as tests of Sieve.

use super::rules::Script;
use super::{list, names, quoted};
use crate::element::Element;
use crate::fault::{Fault, Result};
use mailbox::{ADDRESS_BOOK, WRITTEN_TO};

pub(super) fn condition(script: &mut Script, tests: &Element) -> Result<String> {
    let condition = tests.get("condition").unwrap_or_else(|| "anyof".into());
    let all = tests.elements().map(|one| test(script, one)).collect::<Result<Vec<_>>>()?;
    match all.len() {
        0 => Err(Fault::invalid("a rule needs a test")),
        _ => Ok(format!("{condition} ({})", all.join(",\n  "))),
    }
}

fn test(script: &mut Script, test: &Element) -> Result<String> {
    let written = match test.name.as_str() {
        "headerTest" => header(script, test, "")?,
        "mimeHeaderTest" => {
            script.need("mime");
            header(script, test, ":mime :anychild ")?
        }
        "addressTest" => address(script, test)?,
        "envelopeTest" => {
            script.need("envelope");
            envelope(script, test)?
        }
        "headerExistsTest" => format!("exists {}", list(&headers(test)?)),
        "sizeTest" => size(test)?,
        "dateTest" => date(script, test)?,
        "currentDayOfWeekTest" => {
            script.need("date");
            let days = names(&test.need_filled("value")?);
            if !days.iter().all(|day| matches!(day.as_str(), "0" | "1" | "2" | "3" | "4" | "5" | "6")) {
                return Err(Fault::invalid("a day of the week is a number from 0 to 6"));
            }
            format!("currentdate :is \"weekday\" {}", list(&days))
        }
        "currentTimeTest" => current_time(script, test)?,
        "bodyTest" => {
            script.need("body");
            let comparator = comparator(test)?;
            format!("body {comparator}:contains :text {}", quoted(&test.need_filled("value")?))
        }
        "attachmentTest" => {
            script.need("mime");
            "header :mime :anychild :contains \"Content-Disposition\" \"attachment\"".into()
        }
        "inviteTest" => {
            script.need("mime");
            "header :mime :anychild :contains \"Content-Type\" \"text/calendar\"".into()
        }
        "meTest" => {
            let own = list(&script.who.own);
            format!("address :all :is {} {own}", list(&headers(test)?))
        }
        "addressBookTest" => {
            script.need("extlists");
            format!("address :all :list {} {}", list(&headers(test)?), quoted(ADDRESS_BOOK))
        }
        "contactRankingTest" => {
            script.need("extlists");
            format!("address :all :list {} {}", list(&headers(test)?), quoted(WRITTEN_TO))
        }
        "importanceTest" => importance(test)?,
        "flaggedTest" => {
            script.need("imap4flags");
            format!("hasflag :is {}", quoted(super::actions::flag(&test.need_filled("flagName")?)?.0))
        }
        "listTest" => "exists \"List-Id\"".into(),
        "bulkTest" => "anyof (exists \"List-Unsubscribe\", header :is \"Precedence\" [\"bulk\", \"list\", \"junk\"], \
                       header :contains \"Auto-Submitted\" \"auto-generated\")"
            .into(),
        "conversationTest" => conversation(test)?,
        "trueTest" => "true".into(),
        "facebookTest" => "address :domain :is \"From\" \"facebookmail.com\"".into(),
        "linkedinTest" => "address :domain :is \"From\" \"linkedin.com\"".into(),
        "twitterTest" => "address :domain :contains \"From\" \"twitter.com\"".into(),
        "socialcastTest" => "exists \"X-Socialcast\"".into(),
        "communityRequestsTest" | "communityContentTest" | "communityConnectionsTest" => {
            "exists \"X-Zimbra-Community-Notification-Type\"".into()
        }
        other => return Err(Fault::invalid(format!("unknown test: {other}"))),
    };
    Ok(if test.is("negative")? { format!("not {written}") } else { written })
}

fn headers(test: &Element) -> Result<Vec<String>> {
    let headers = names(&test.need("header")?);
    // RFC 5322 §3.6.8
    let is_name = |name: &String| name.bytes().all(|b| b.is_ascii_graphic() && b != b':');
    match headers.iter().all(is_name) && !headers.is_empty() {
        true => Ok(headers),
        false => Err(Fault::invalid("header names fields of a message")),
    }
}

fn comparator(test: &Element) -> Result<String> {
    Ok(if test.is("caseSensitive")? { ":comparator \"i;octet\" ".into() } else { String::new() })
}

/// ":contains" and the value, or ":count" or ":value" with theirs.
fn comparison(script: &mut Script, test: &Element) -> Result<(String, String)> {
    let given = |name: &str| test.get(name).filter(|text| !text.is_empty());
    let value = test.get("value").unwrap_or_default();
    for (attr, tag) in [("countComparison", ":count"), ("valueComparison", ":value")] {
        if let Some(how) = given(attr) {
            if !matches!(how.as_str(), "gt" | "ge" | "lt" | "le" | "eq" | "ne") {
                return Err(Fault::invalid(format!("unknown {attr}: {how}")));
            }
            script.need("relational");
            let by_number =
                attr == "countComparison" || given("valueComparisonComparator").as_deref() == Some("i;ascii-numeric");
            let comparator = if by_number {
                script.need("comparator-i;ascii-numeric");
                ":comparator \"i;ascii-numeric\" ".to_owned()
            } else {
                comparator(test)?
            };
            return Ok((format!("{tag} \"{how}\" {comparator}"), value));
        }
    }
    let how = match given("stringComparison").unwrap_or_else(|| "is".into()).to_lowercase().as_str() {
        "is" => ":is",
        "contains" => ":contains",
        "matches" => ":matches",
        other => return Err(Fault::invalid(format!("unknown stringComparison: {other}"))),
    };
    Ok((format!("{how} {}", comparator(test)?), value))
}

fn header(script: &mut Script, test: &Element, mime: &str) -> Result<String> {
    let headers = headers(test)?;
    let (how, value) = comparison(script, test)?;
    Ok(format!("header {mime}{how}{} {}", list(&headers), quoted(&value)))
}

fn part(test: &Element) -> Result<&'static str> {
    match test.get("part").unwrap_or_default().to_lowercase().as_str() {
        "" | "all" => Ok(":all"),
        "localpart" => Ok(":localpart"),
        "domain" => Ok(":domain"),
        other => Err(Fault::invalid(format!("unknown part of an address: {other}"))),
    }
}

fn address(script: &mut Script, test: &Element) -> Result<String> {
    let (headers, part) = (headers(test)?, part(test)?);
    let (how, value) = comparison(script, test)?;
    Ok(format!("address {part} {how}{} {}", list(&headers), quoted(&value)))
}

fn envelope(script: &mut Script, test: &Element) -> Result<String> {
    let (fields, part) = (headers(test)?, part(test)?);
    if !fields.iter().all(|field| field.eq_ignore_ascii_case("from") || field.eq_ignore_ascii_case("to")) {
        return Err(Fault::invalid("an envelope has from and to"));
    }
    let (how, value) = comparison(script, test)?;
    Ok(format!("envelope {part} {how}{} {}", list(&fields), quoted(&value)))
}

fn size(test: &Element) -> Result<String> {
    let how = match test.need_filled("numberComparison")?.to_lowercase().as_str() {
        "over" => ":over",
        "under" => ":under",
        other => return Err(Fault::invalid(format!("unknown numberComparison: {other}"))),
    };
    let size = test.need_filled("s")?.to_uppercase();
    let digits = size.trim_end_matches(['K', 'M', 'G', 'B']);
    let unit = size[digits.len()..].trim_end_matches('B');
    if digits.is_empty() || digits.len() > 12 || !digits.bytes().all(|b| b.is_ascii_digit()) || unit.len() > 1 {
        return Err(Fault::invalid(format!("not a size: {size}")));
    }
    Ok(format!("size {how} {digits}{unit}"))
}

fn before_or_after(test: &Element) -> Result<&'static str> {
    match test.need_filled("dateComparison")?.to_lowercase().as_str() {
        "before" => Ok("lt"),
        "after" => Ok("ge"),
        other => Err(Fault::invalid(format!("unknown dateComparison: {other}"))),
    }
}

/// `d`: seconds since 1970. After a day is from the next day on.
fn date(script: &mut Script, test: &Element) -> Result<String> {
    script.need("date");
    script.need("relational");
    let how = before_or_after(test)?;
    let seconds: i64 = test.number("d")?.ok_or_else(|| Fault::invalid("missing required attribute: d"))?;
    let day = chrono::DateTime::from_timestamp(seconds, 0).ok_or_else(|| Fault::invalid("d is out of range"))?;
    let how = if how == "ge" { "gt" } else { how };
    Ok(format!("date :value \"{how}\" \"Date\" \"date\" \"{}\"", day.format("%Y-%m-%d")))
}

fn current_time(script: &mut Script, test: &Element) -> Result<String> {
    script.need("date");
    script.need("relational");
    let how = before_or_after(test)?;
    let time = test.need_filled("time")?;
    if time.len() != 4 || !time.bytes().all(|b| b.is_ascii_digit()) || &time[..2] > "23" || &time[2..] > "59" {
        return Err(Fault::invalid("a time is four digits, HHmm"));
    }
    Ok(format!("currentdate :value \"{how}\" \"time\" \"{}:{}:00\"", &time[..2], &time[2..]))
}

fn importance(test: &Element) -> Result<String> {
    let high = "anyof (header :is \"Importance\" \"high\", header :contains \"X-Priority\" [\"1\", \"2\"])";
    let low = "anyof (header :is \"Importance\" \"low\", header :contains \"X-Priority\" [\"4\", \"5\"])";
    Ok(match test.need_filled("imp")?.to_lowercase().as_str() {
        "high" => high.into(),
        "low" => low.into(),
        "normal" => format!("not anyof ({high}, {low})"),
        other => return Err(Fault::invalid(format!("unknown importance: {other}"))),
    })
}

/// A conversation that somebody of the account began, or takes part in, answers a message with one of its addresses.
fn conversation(test: &Element) -> Result<String> {
    match test.get("where").unwrap_or_default().as_str() {
        "" | "participated" | "started" => Ok("exists [\"In-Reply-To\", \"References\"]".into()),
        other => Err(Fault::invalid(format!("unknown where: {other}"))),
    }
}
