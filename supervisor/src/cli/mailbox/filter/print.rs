// SPDX-License-Identifier: AGPL-3.0-or-later
//! A rule as the words that make it.

use super::{DAYS, EXISTING, IN_HEADERS, PLAIN};
use crate::cli::mailbox::show::{number, text};
use serde_json::Value;

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn by_index(parts: &Value) -> Vec<(&str, &Value)> {
    let members = parts[0].as_object().or_else(|| parts.as_object());
    let lists = members.into_iter().flatten().filter(|(_, value)| value.is_array());
    let mut all: Vec<_> =
        lists.flat_map(|(kind, list)| list.as_array().into_iter().flatten().map(move |p| (kind.as_str(), p))).collect();
    all.sort_by_key(|(_, part)| number(&part["index"]));
    all
}

pub fn spelled(rule: &Value) -> String {
    let is_active = rule["active"] == true;
    let tests = &rule["filterTests"];
    let condition = text(if tests.is_array() { &tests[0]["condition"] } else { &tests["condition"] });
    let mut words = vec![
        quoted(&text(&rule["name"])),
        if is_active { "active" } else { "inactive" }.to_owned(),
        if condition == "allof" { "all" } else { "any" }.to_owned(),
    ];
    words.extend(by_index(tests).into_iter().map(|(kind, part)| spelled_test(kind, part)));
    words.extend(by_index(&rule["filterActions"]).into_iter().map(|(kind, part)| spelled_action(kind, part)));
    words.join(" ")
}

fn spelled_test(kind: &str, part: &Value) -> String {
    let is_not = part["negative"] == true;
    let not = |word: &str| if is_not { format!("not_{word}") } else { word.to_owned() };
    let of = |name: &str| text(&part[name]);
    let case = if part["caseSensitive"] == true { " case_sensitive" } else { "" };
    let word_of =
        |table: &[(&'static str, &str)]| table.iter().find(|(_, known)| *known == kind).map(|(word, _)| *word);
    if let Some(word) = word_of(&PLAIN) {
        return format!("{word}{}", if is_not { " not" } else { "" });
    }
    if let Some(word) = word_of(&IN_HEADERS) {
        return format!("{word} {} {}", not("in"), quoted(&of("header")));
    }
    if let Some(word) = word_of(&EXISTING) {
        return format!("{word} {}", not("exists"));
    }
    let string = |word: &str, more: &str| {
        let how = match of("stringComparison") {
            how if how.is_empty() => "is".to_owned(),
            how => how,
        };
        format!("{word} {}{more} {}{case} {}", quoted(&of("header")), not(&how), quoted(&of("value")))
    };
    match kind {
        "headerTest" => string("header", ""),
        "mimeHeaderTest" => string("mime_header", ""),
        "addressTest" => string("address", &format!(" {}", of("part"))),
        "headerExistsTest" => format!("header {} {}", quoted(&of("header")), not("exists")),
        "bodyTest" => format!("body {}{case} {}", not("contains"), quoted(&of("value"))),
        "sizeTest" => format!("size {} {}", not(&of("numberComparison")), quoted(&of("s"))),
        "dateTest" => {
            let day = chrono::DateTime::from_timestamp(number(&part["d"]), 0).unwrap_or_default();
            format!("date {} {}", not(&of("dateComparison")), quoted(&day.format("%Y%m%d").to_string()))
        }
        "currentTimeTest" => format!("current_time {} {}", not(&of("dateComparison")), quoted(&of("time"))),
        "currentDayOfWeekTest" => {
            let days = of("value");
            let names = days.split(',').filter_map(|day| DAYS.get(day.trim().parse::<usize>().ok()?));
            format!("current_day_of_week {} {}", not("is"), quoted(&names.copied().collect::<Vec<_>>().join(",")))
        }
        "conversationTest" => format!("conversation {}", of("where")),
        "importanceTest" => format!("importance {} {}", not("is"), of("imp")),
        "flaggedTest" => format!("flagged {}", of("flagName")),
        "trueTest" => "true".to_owned(),
        other => other.to_owned(),
    }
}

fn spelled_action(kind: &str, part: &Value) -> String {
    let of = |name: &str| quoted(&text(&part[name]));
    match kind {
        "actionKeep" => "keep".to_owned(),
        "actionDiscard" => "discard".to_owned(),
        "actionStop" => "stop".to_owned(),
        "actionFileInto" => format!("fileinto {}", of("folderPath")),
        "actionFlag" => format!("flag {}", text(&part["flagName"])),
        "actionTag" => format!("tag {}", of("tagName")),
        "actionRedirect" => format!("redirect {}", of("a")),
        "actionReply" => format!("reply {}", of("content")),
        "actionReject" => format!("reject {}", quoted(&text(part))),
        "actionNotify" => format!("notify {} {} {}", of("a"), of("su"), of("content")),
        other => other.to_owned(),
    }
}
