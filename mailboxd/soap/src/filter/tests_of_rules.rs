// SPDX-License-Identifier: AGPL-3.0-or-later
//! The tests of a rule as tests of Zimbra's dialect. [`super::read`] is the way back.

use super::rules::Script;
use super::{list, names, quoted};
use crate::element::Element;
use crate::fault::{Fault, Result};

/// Those without anything to say, with their names in a script.
pub(super) const PLAIN: &[(&str, &str)] = &[
    ("attachmentTest", "attachment"),
    ("listTest", "list"),
    ("bulkTest", "bulk"),
    ("trueTest", "true"),
    ("facebookTest", "facebook"),
    ("linkedinTest", "linkedin"),
    ("twitterTest", "twitter"),
    ("socialcastTest", "socialcast"),
    ("communityRequestsTest", "community_requests"),
    ("communityContentTest", "community_content"),
    ("communityConnectionsTest", "community_connections"),
];

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
        "headerTest" => format!("header {}", header(script, test)?),
        "mimeHeaderTest" => format!("mime_header {}", header(script, test)?),
        "addressTest" => format!("address {}", address(script, test)?),
        "envelopeTest" => {
            script.need("envelope");
            let fields = headers(test)?;
            if !fields.iter().all(|field| field.eq_ignore_ascii_case("from") || field.eq_ignore_ascii_case("to")) {
                return Err(Fault::invalid("an envelope has from and to"));
            }
            format!("envelope {}", address(script, test)?)
        }
        "headerExistsTest" => format!("exists {}", list(&headers(test)?)),
        "sizeTest" => size(test)?,
        "dateTest" => {
            let seconds: i64 = test.number("d")?.ok_or_else(|| Fault::invalid("missing required attribute: d"))?;
            let day =
                chrono::DateTime::from_timestamp(seconds, 0).ok_or_else(|| Fault::invalid("d is out of range"))?;
            format!("date {} \"{}\"", before_or_after(test)?, day.format("%Y%m%d"))
        }
        "currentDayOfWeekTest" => {
            let days = names(&test.need_filled("value")?);
            if !days.iter().all(|day| matches!(day.as_str(), "0" | "1" | "2" | "3" | "4" | "5" | "6")) {
                return Err(Fault::invalid("a day of the week is a number from 0 to 6"));
            }
            format!("current_day_of_week :is {}", list(&days))
        }
        "currentTimeTest" => {
            let time = test.need_filled("time")?;
            if time.len() != 4 || !time.bytes().all(|b| b.is_ascii_digit()) || &time[..2] > "23" || &time[2..] > "59" {
                return Err(Fault::invalid("a time is four digits, HHmm"));
            }
            format!("current_time {} \"{time}\"", before_or_after(test)?)
        }
        "bodyTest" => {
            script.need("body");
            format!("body :contains {}{}", comparator(test)?, quoted(&test.need_filled("value")?))
        }
        "inviteTest" => {
            let methods: Vec<String> = test.get_all("method").into_iter().filter(|method| !method.is_empty()).collect();
            if methods.is_empty() { "invite".into() } else { format!("invite :method {}", list(&methods)) }
        }
        "meTest" => format!("me :in {}", list(&headers(test)?)),
        "addressBookTest" => format!("addressbook :in {} \"contacts\"", list(&headers(test)?)),
        "contactRankingTest" => format!("contact_ranking :in {}", list(&headers(test)?)),
        "importanceTest" => {
            let importance = test.need_filled("imp")?.to_lowercase();
            if !matches!(importance.as_str(), "high" | "normal" | "low") {
                return Err(Fault::invalid(format!("unknown importance: {importance}")));
            }
            format!("importance \"{importance}\"")
        }
        "flaggedTest" => format!("flagged {}", quoted(&super::actions::flag(&test.need_filled("flagName")?)?)),
        "conversationTest" => match test.get("where").unwrap_or_default().as_str() {
            "" | "participated" => "conversation :where \"participated\"".into(),
            "started" => "conversation :where \"started\"".into(),
            other => return Err(Fault::invalid(format!("unknown where: {other}"))),
        },
        name => match PLAIN.iter().find(|(element, _)| *element == name) {
            Some((_, word)) => (*word).into(),
            None => return Err(Fault::invalid(format!("unknown test: {name}"))),
        },
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
fn comparison(script: &mut Script, test: &Element) -> Result<String> {
    let given = |name: &str| test.get(name).filter(|text| !text.is_empty());
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
            return Ok(format!("{tag} \"{how}\" {comparator}"));
        }
    }
    let how = match given("stringComparison").unwrap_or_else(|| "is".into()).to_lowercase().as_str() {
        "is" => ":is",
        "contains" => ":contains",
        "matches" => ":matches",
        other => return Err(Fault::invalid(format!("unknown stringComparison: {other}"))),
    };
    Ok(format!("{how} {}", comparator(test)?))
}

fn header(script: &mut Script, test: &Element) -> Result<String> {
    let (headers, how) = (headers(test)?, comparison(script, test)?);
    Ok(format!("{how}{} {}", list(&headers), quoted(&test.get("value").unwrap_or_default())))
}

fn address(script: &mut Script, test: &Element) -> Result<String> {
    let part = match test.get("part").unwrap_or_default().to_lowercase().as_str() {
        "" | "all" => ":all",
        "localpart" => ":localpart",
        "domain" => ":domain",
        other => return Err(Fault::invalid(format!("unknown part of an address: {other}"))),
    };
    Ok(format!("{part} {}", header(script, test)?))
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
        "before" => Ok(":before"),
        "after" => Ok(":after"),
        other => Err(Fault::invalid(format!("unknown dateComparison: {other}"))),
    }
}
