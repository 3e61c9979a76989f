// SPDX-License-Identifier: AGPL-3.0-or-later
//! Filter rules, of mail that comes in and of mail that goes out, in zmmailbox's words: a rule is its name, `active` or `inactive`,
//! `any` or `all`, conditions, actions. What `gfrl` prints is what `afrl` takes.

mod print;

use super::session::Session;
use super::show::{list, text};
use super::words::{Given, Missing, Opt, switch, takes};
use super::{Topic, Verb};
use anyhow::{Result, anyhow, bail};
use chrono::{NaiveDate, NaiveTime};
use print::spelled;
use serde_json::{Map, Value, json};

const PLACE: &[Opt] =
    &[takes('a', "after", "RULE"), takes('b', "before", "RULE"), switch('f', "first"), switch('l', "last")];
const RULE: &str = "[OPTION]… NAME [active|inactive] [any|all] CONDITION… ACTION…";

const IN: [&str; 2] = ["GetFilterRulesRequest", "ModifyFilterRulesRequest"];
const OUT: [&str; 2] = ["GetOutgoingFilterRulesRequest", "ModifyOutgoingFilterRulesRequest"];

macro_rules! verb {
    ($name:literal $short:literal, $usage:expr, $options:expr, $run:expr) => {
        Verb { name: $name, short: $short, topic: Topic::Filter, usage: $usage, options: $options, run: $run }
    };
}

pub const VERBS: &[Verb] = &[
    verb!("getFilterRules" "gfrl", "", &[], |s, _| show(s, IN)),
    verb!("addFilterRule" "afrl", RULE, PLACE, |s, g| add(s, g, IN)),
    verb!("modifyFilterRule" "mfrl", RULE, &[], |s, g| modify(s, g, IN)),
    verb!("deleteFilterRule" "dfrl", "NAME", &[], |s, g| delete(s, g, IN)),
    verb!("getOutgoingFilterRules" "gofrl", "", &[], |s, _| show(s, OUT)),
    verb!("addOutgoingFilterRule" "aofrl", RULE, PLACE, |s, g| add(s, g, OUT)),
    verb!("modifyOutgoingFilterRule" "mofrl", RULE, &[], |s, g| modify(s, g, OUT)),
    verb!("deleteOutgoingFilterRule" "dofrl", "NAME", &[], |s, g| delete(s, g, OUT)),
];

fn rules(session: &mut Session, [get, _]: [&str; 2]) -> Result<Vec<Value>> {
    let answer = session.mail(get, json!({}))?;
    Ok(list(&answer["filterRules"][0], "filterRule").to_vec())
}

fn save(session: &mut Session, [_, modify]: [&str; 2], rules: &[Value]) -> Result<String> {
    session.mail(modify, json!({"filterRules": [{"filterRule": rules}]})).map(|_| String::new())
}

fn position(rules: &[Value], name: &str) -> Result<usize> {
    let found = rules.iter().position(|rule| text(&rule["name"]).eq_ignore_ascii_case(name));
    found.ok_or_else(|| anyhow!("unknown filter rule: {name}"))
}

fn show(session: &mut Session, way: [&str; 2]) -> Result<String> {
    Ok(rules(session, way)?.iter().map(|rule| format!("{}\n", spelled(rule))).collect())
}

fn add(session: &mut Session, given: &mut Given, way: [&str; 2]) -> Result<String> {
    let rule = read(given)?;
    let mut rules = rules(session, way)?;
    if position(&rules, &text(&rule["name"])).is_ok() {
        bail!("there is a rule with this name: {}", text(&rule["name"]));
    }
    let at = match (given.option('a'), given.option('b')) {
        (Some(after), _) => position(&rules, after)? + 1,
        (None, Some(before)) => position(&rules, before)?,
        (None, None) if given.has('f') => 0,
        (None, None) => rules.len(),
    };
    rules.insert(at, rule);
    save(session, way, &rules)
}

fn modify(session: &mut Session, given: &mut Given, way: [&str; 2]) -> Result<String> {
    let rule = read(given)?;
    let mut rules = rules(session, way)?;
    let at = position(&rules, &text(&rule["name"]))?;
    rules[at] = rule;
    save(session, way, &rules)
}

fn delete(session: &mut Session, given: &mut Given, way: [&str; 2]) -> Result<String> {
    let name = given.next("name")?;
    let mut rules = rules(session, way)?;
    rules.remove(position(&rules, &name)?);
    save(session, way, &rules)
}

fn read(given: &mut Given) -> Result<Value> {
    let name = given.next("name")?;
    let one_of = |given: &mut Given, words: [&str; 2]| {
        let found = given.peek().and_then(|word| words.iter().position(|known| *known == word));
        if found.is_some() {
            given.maybe();
        }
        found.unwrap_or(0)
    };
    let is_active = one_of(given, ["active", "inactive"]) == 0;
    let condition = ["anyof", "allof"][one_of(given, ["any", "all"])];
    let (mut tests, mut actions) = (Map::new(), Map::new());
    let mut index = 0;
    while let Some(word) = given.maybe() {
        let is_action = ACTIONS.contains(&word.as_str());
        if !is_action && !actions.is_empty() {
            bail!("{word} is no action; conditions come first");
        }
        let (kind, mut part) = if is_action { action(&word, given)? } else { test(&word, given)? };
        part["index"] = json!(index);
        index = if !is_action && given.peek().is_some_and(|next| ACTIONS.contains(&next)) { 0 } else { index + 1 };
        let parts = if is_action { &mut actions } else { &mut tests };
        if let Some(list) = parts.entry(kind).or_insert_with(|| json!([])).as_array_mut() {
            list.push(part);
        }
    }
    if tests.is_empty() || actions.is_empty() {
        return Err(Missing(if tests.is_empty() { "condition" } else { "action" }.to_owned()).into());
    }
    tests.insert("condition".to_owned(), json!(condition));
    Ok(json!({"name": name, "active": is_active, "filterTests": [tests], "filterActions": [actions]}))
}

/// `not_is`, and the rest without it.
fn comparison(given: &mut Given, part: &mut Value, known: &[&str]) -> Result<String> {
    let word = given.next("comparison")?;
    let bare = match word.strip_prefix("not_") {
        Some(bare) => {
            part["negative"] = json!(true);
            bare
        }
        None => &word,
    };
    if known.contains(&bare) {
        Ok(bare.to_owned())
    } else {
        bail!("{word} is none of [not_]{}", known.join(", [not_]"))
    }
}

const STRINGS: [&str; 3] = ["is", "contains", "matches"];
/// Conditions that are there or not, and the words for them.
const PLAIN: [(&str, &str); 6] = [
    ("bulk", "bulkTest"),
    ("list", "listTest"),
    ("facebook", "facebookTest"),
    ("linkedin", "linkedinTest"),
    ("twitter", "twitterTest"),
    ("socialcast", "socialcastTest"),
];
const IN_HEADERS: [(&str, &str); 3] =
    [("addressbook", "addressBookTest"), ("me", "meTest"), ("ranking", "contactRankingTest")];
const EXISTING: [(&str, &str); 2] = [("attachment", "attachmentTest"), ("invite", "inviteTest")];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

fn known(table: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind)
}

fn test(word: &str, given: &mut Given) -> Result<(&'static str, Value)> {
    let mut part = json!({});
    if let Some(kind) = known(&PLAIN, word) {
        if given.peek() == Some("not") {
            given.maybe();
            part["negative"] = json!(true);
        }
        return Ok((kind, part));
    }
    if let Some(kind) = known(&IN_HEADERS, word) {
        comparison(given, &mut part, &["in"])?;
        part["header"] = json!(given.next("header")?);
        return Ok((kind, part));
    }
    if let Some(kind) = known(&EXISTING, word) {
        comparison(given, &mut part, &["exists"])?;
        return Ok((kind, part));
    }
    let kind = match word {
        "header" | "mime_header" => {
            part["header"] = json!(given.next("name of the header field")?);
            let how = comparison(given, &mut part, &["is", "contains", "matches", "exists"])?;
            if how == "exists" {
                return Ok(("headerExistsTest", part));
            }
            string(&how, given, &mut part)?;
            if word == "header" { "headerTest" } else { "mimeHeaderTest" }
        }
        "address" => {
            part["header"] = json!(given.next("name of the header field")?);
            part["part"] = json!(given.next("part of the address")?);
            let how = comparison(given, &mut part, &STRINGS)?;
            string(&how, given, &mut part)?;
            "addressTest"
        }
        "body" => {
            comparison(given, &mut part, &["contains"])?;
            string("contains", given, &mut part)?;
            if let Some(members) = part.as_object_mut() {
                members.remove("stringComparison");
            }
            "bodyTest"
        }
        "size" => {
            part["numberComparison"] = json!(comparison(given, &mut json!({}), &["under", "over"])?);
            part["s"] = json!(given.next("size")?);
            "sizeTest"
        }
        "date" => {
            part["dateComparison"] = json!(comparison(given, &mut part, &["before", "after"])?);
            let day = given.next("date")?;
            let day = NaiveDate::parse_from_str(&day, "%Y%m%d").map_err(|_| anyhow!("{day} is no date: YYYYMMDD"))?;
            part["d"] = json!(day.and_time(NaiveTime::MIN).and_utc().timestamp());
            "dateTest"
        }
        "current_time" => {
            part["dateComparison"] = json!(comparison(given, &mut part, &["before", "after"])?);
            part["time"] = json!(given.next("time")?);
            "currentTimeTest"
        }
        "current_day_of_week" => {
            comparison(given, &mut part, &["is"])?;
            let days = given.next("days")?;
            let number = |day: &str| {
                let at = DAYS.iter().position(|known| day.to_lowercase().starts_with(known));
                at.map(|at| at.to_string()).ok_or_else(|| anyhow!("{day} is no day of the week"))
            };
            part["value"] = json!(days.split(',').map(number).collect::<Result<Vec<_>>>()?.join(","));
            "currentDayOfWeekTest"
        }
        "conversation" => {
            part["where"] = json!(given.next("started or participated")?);
            "conversationTest"
        }
        "importance" => {
            comparison(given, &mut part, &["is"])?;
            part["imp"] = json!(given.next("importance")?);
            "importanceTest"
        }
        "flagged" => {
            part["flagName"] = json!(given.next("flag")?);
            "flaggedTest"
        }
        "true" => "trueTest",
        other => bail!("{other} is neither a condition nor an action"),
    };
    Ok((kind, part))
}

fn string(how: &str, given: &mut Given, part: &mut Value) -> Result<()> {
    part["stringComparison"] = json!(how);
    if given.peek() == Some("case_sensitive") {
        given.maybe();
        part["caseSensitive"] = json!(true);
    }
    part["value"] = json!(given.next("value")?);
    Ok(())
}

const ACTIONS: [&str; 11] =
    ["keep", "discard", "stop", "fileinto", "flag", "mark", "tag", "redirect", "reply", "notify", "reject"];

fn action(word: &str, given: &mut Given) -> Result<(&'static str, Value)> {
    Ok(match word {
        "keep" => ("actionKeep", json!({})),
        "discard" => ("actionDiscard", json!({})),
        "stop" => ("actionStop", json!({})),
        "fileinto" => ("actionFileInto", json!({"folderPath": given.next("folder")?})),
        "flag" | "mark" => ("actionFlag", json!({"flagName": given.next("flag")?})),
        "tag" => ("actionTag", json!({"tagName": given.next("tag")?})),
        "redirect" => ("actionRedirect", json!({"a": given.next("address")?})),
        "reply" => ("actionReply", json!({"content": [{"_content": given.next("text")?}]})),
        "reject" => ("actionReject", json!({"_content": given.next("text")?})),
        "notify" => {
            let (address, subject, content) = (given.next("address")?, given.next("subject")?, given.next("text")?);
            ("actionNotify", json!({"a": address, "su": subject, "content": [{"_content": content}]}))
        }
        other => bail!("{other} is no action"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::mailbox::words::split;

    fn rule(line: &str) -> Result<Value> {
        read(&mut Given::parse(&split(line).unwrap(), PLACE).unwrap())
    }

    #[test]
    fn what_is_printed_is_what_is_read() {
        for line in [
            r#""a \"b\"" active any header "subject,x-y" contains "z" fileinto "/In box" stop"#,
            r#""a" inactive all header "to" not_is case_sensitive "z" header "x" not_exists size over "1M" tag "t" flag read keep"#,
            r#""a" active any address "from" domain is "b.c" body not_contains "x" attachment exists bulk not me in "to,cc" discard"#,
            r#""a" active all date not_before "20260131" current_day_of_week is "mon,sun" current_time after "1700" redirect "a@b.c""#,
            r#""a" active any true reply "gone" notify "a@b" "s" "t""#,
        ] {
            assert_eq!(spelled(&rule(line).unwrap()), line);
        }
        let made = rule("a header x is y keep").unwrap();
        assert_eq!(
            (made["active"].clone(), made["filterTests"][0]["condition"].clone()),
            (json!(true), json!("anyof"))
        );
    }

    #[test]
    fn mistakes_are_named() {
        for (line, why) in [
            ("a", "condition is missing"),
            ("a header x is y", "action is missing"),
            ("a header x like y keep", "like is none of"),
            ("a true keep header x is y", "conditions come first"),
            ("a date before 2026 keep", "no date"),
            ("a true fileinto", "folder is missing"),
        ] {
            let said = rule(line).unwrap_err().to_string();
            assert!(said.contains(why), "{line}: {said}");
        }
    }
}
