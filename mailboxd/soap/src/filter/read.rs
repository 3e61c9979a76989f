// SPDX-License-Identifier: AGPL-3.0-or-later
//! The rules of a script in Zimbra's dialect, whoever wrote it: each `if` is one, its name is in the comment before it. What a
//! rule has no word for is left out.

use super::rules::numbered;
use super::tests_of_rules::PLAIN;
use crate::element::Element;
use sieve::zimbra::syntax::{Arg, Node};

/// Rules as they are shown.
pub(super) fn rules(script: &[Node]) -> Vec<Element> {
    let mut rules: Vec<Element> = Vec::new();
    let (mut variables, mut name): (Vec<&Node>, Option<&String>) = (Vec::new(), None);
    let (mut bare, mut is_bare): (Vec<Element>, bool) = (Vec::new(), false);
    for node in script {
        name = node.comment.as_ref().or(name);
        match (node.name.as_str(), &node.block) {
            ("set", _) => variables.push(node),
            ("if" | "disabled_if", Some(block)) => {
                let name = name.take().filter(|name| !name.is_empty()).cloned();
                let name = name.unwrap_or_else(|| format!("Rule {}", rules.len() + 1));
                let mut rule = Element::new("filterRule").attr("name", name).attr("active", node.name == "if");
                if !variables.is_empty() {
                    rule.push_unique(variables_of(&std::mem::take(&mut variables)));
                }
                parts(node, block, &mut rule);
                rules.push(rule);
            }
            ("require", _) => {}
            // Actions without a test, up to the next comment, are one rule.
            _ => {
                let Some(action) = action(node) else { continue };
                if is_bare && node.comment.is_none() {
                    bare.push(action);
                } else {
                    close(&mut rules, &mut bare);
                    let name = name.take().filter(|name| !name.is_empty()).cloned();
                    let name = name.unwrap_or_else(|| format!("Rule {}", rules.len() + 1));
                    let mut rule = Element::new("filterRule").attr("name", name).attr("active", true);
                    if !variables.is_empty() {
                        rule.push_unique(variables_of(&std::mem::take(&mut variables)));
                    }
                    rules.push(rule);
                    bare.push(action);
                }
                is_bare = true;
                continue;
            }
        }
        close(&mut rules, &mut bare);
        is_bare = false;
    }
    close(&mut rules, &mut bare);
    rules
}

/// The actions of the last rule.
fn close(rules: &mut [Element], actions: &mut Vec<Element>) {
    if let Some(rule) = rules.last_mut().filter(|_| !actions.is_empty()) {
        let actions = std::mem::take(actions).into_iter().fold(Element::new("filterActions"), Element::child);
        rule.push_unique(numbered(&actions));
    }
}

fn variables_of(nodes: &[&Node]) -> Element {
    let variable = |node: &&Node| {
        let texts = texts(node);
        let text = |at: usize| texts.get(at).copied().unwrap_or_default().to_owned();
        Element::new("filterVariable").attr("name", text(0)).attr("value", text(1))
    };
    nodes.iter().map(variable).fold(Element::new("filterVariables"), Element::child)
}

/// Tests, actions, and the rule within.
fn parts(node: &Node, block: &[Node], rule: &mut Element) {
    rule.push_unique(tests(node));
    let (mut actions, mut nested) = (Element::new("filterActions"), None);
    let mut at = 0;
    while let Some(node) = block.get(at) {
        let sets = block[at..].iter().take_while(|node| node.name == "set").collect::<Vec<_>>();
        if !sets.is_empty() {
            at += sets.len();
            actions = actions.child(variables_of(&sets));
            continue;
        }
        at += 1;
        match &node.block {
            Some(block) if node.name == "if" && nested.is_none() => {
                let mut within = Element::new("nestedRule");
                parts(node, block, &mut within);
                nested = Some(within);
            }
            _ => actions = action(node).into_iter().fold(actions, Element::child),
        }
    }
    if actions.elements().next().is_some() {
        rule.push_unique(numbered(&actions));
    }
    nested.into_iter().for_each(|nested| rule.push_unique(nested));
}

fn tests(node: &Node) -> Element {
    let only = node.tests.first();
    let (condition, all) = match only {
        Some(list) if matches!(list.name.as_str(), "allof" | "anyof") => (list.name.as_str(), list.tests.as_slice()),
        _ => ("anyof", node.tests.as_slice()),
    };
    let tests = all.iter().filter_map(test).fold(Element::new("filterTests"), Element::child);
    numbered(&tests).attr("condition", condition)
}

/// All strings beside those of tags, as they stand; a list is its first one.
fn texts(node: &Node) -> Vec<&str> {
    rest(node).iter().map(|arg| arg.texts().first().copied().unwrap_or_default()).collect()
}

/// Arguments that are neither tags nor behind one that takes a value.
fn rest(node: &Node) -> Vec<&Arg> {
    const VALUED: &[&str] =
        &["comparator", "count", "value", "index", "newname", "newvalue", "from", "importance", "message", "options"];
    let mut out = Vec::new();
    let mut args = node.args.iter();
    while let Some(arg) = args.next() {
        match arg {
            Arg::Tag(name) if VALUED.contains(&name.as_str()) => drop(args.next()),
            Arg::Tag(_) => {}
            arg => out.push(arg),
        }
    }
    out
}

fn joined(arg: Option<&&Arg>) -> String {
    arg.map(|arg| arg.texts().join(",")).unwrap_or_default()
}

fn behind(node: &Node, tag: &str) -> Option<String> {
    node.behind(tag).map(|arg| match arg {
        Arg::Number(number) => number.clone(),
        arg => arg.texts().first().copied().unwrap_or_default().to_owned(),
    })
}

fn test(node: &Node) -> Option<Element> {
    if node.name == "not" {
        return Some(test(node.tests.first()?)?.attr("negative", true));
    }
    let (texts, rest) = (texts(node), rest(node));
    let text = |at: usize| texts.get(at).copied().unwrap_or_default().to_owned();
    let before_or_after = if node.has("before") { "before" } else { "after" };
    Some(match node.name.as_str() {
        "header" | "mime_header" | "address" | "envelope" => {
            let name = match node.name.as_str() {
                "header" => "headerTest",
                "mime_header" => "mimeHeaderTest",
                "address" => "addressTest",
                _ => "envelopeTest",
            };
            let mut test = Element::new(name).attr("header", joined(rest.first())).attr("value", joined(rest.get(1)));
            if matches!(node.name.as_str(), "address" | "envelope") {
                let part = ["localpart", "domain"].into_iter().find(|part| node.has(part)).unwrap_or("all");
                test.set("part", part);
            }
            comparison(node, test)
        }
        "exists" => Element::new("headerExistsTest").attr("header", joined(rest.first())),
        "size" => {
            let size =
                rest.first().map(|arg| if let Arg::Number(number) = arg { number.clone() } else { String::new() });
            let how = if node.has("under") { "under" } else { "over" };
            Element::new("sizeTest").attr("numberComparison", how).attr("s", size.unwrap_or_default())
        }
        "date" => {
            let day = chrono::NaiveDate::parse_from_str(&text(0), "%Y%m%d").ok()?;
            let seconds = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
            Element::new("dateTest").attr("dateComparison", before_or_after).attr("d", seconds)
        }
        "current_time" => Element::new("currentTimeTest").attr("dateComparison", before_or_after).attr("time", text(0)),
        "current_day_of_week" => Element::new("currentDayOfWeekTest").attr("value", joined(rest.first())),
        "body" => {
            let test = Element::new("bodyTest").attr("value", text(0));
            case(node, test)
        }
        "invite" => {
            let methods = rest.first().map(|arg| arg.texts()).unwrap_or_default();
            methods
                .iter()
                .map(|method| Element::new("method").text(*method))
                .fold(Element::new("inviteTest"), Element::child)
        }
        "me" => Element::new("meTest").attr("header", joined(rest.first())),
        "addressbook" => Element::new("addressBookTest").attr("header", joined(rest.first())),
        "contact_ranking" => Element::new("contactRankingTest").attr("header", joined(rest.first())),
        "conversation" => Element::new("conversationTest").attr("where", text(0)),
        "importance" => Element::new("importanceTest").attr("imp", text(0)),
        "flagged" => Element::new("flaggedTest").attr("flagName", text(0)),
        name => Element::new(PLAIN.iter().find(|(_, word)| *word == name)?.0),
    })
}

fn comparison(node: &Node, mut test: Element) -> Element {
    for (tag, attr) in [("count", "countComparison"), ("value", "valueComparison")] {
        if let Some(how) = behind(node, tag) {
            test.set(attr, how);
            if let Some(comparator) = behind(node, "comparator") {
                test.set("valueComparisonComparator", comparator);
            }
            return test;
        }
    }
    let how = ["contains", "matches"].into_iter().find(|how| node.has(how)).unwrap_or("is");
    test.set("stringComparison", how);
    case(node, test)
}

fn case(node: &Node, test: Element) -> Element {
    if behind(node, "comparator").as_deref() == Some("i;octet") { test.attr("caseSensitive", true) } else { test }
}

fn action(node: &Node) -> Option<Element> {
    let (texts, rest) = (texts(node), rest(node));
    let text = |at: usize| texts.get(at).copied().unwrap_or_default().to_owned();
    let copies = |action: Element| if node.has("copy") { action.attr("copy", true) } else { action };
    Some(match node.name.as_str() {
        "keep" => Element::new("actionKeep"),
        "discard" => Element::new("actionDiscard"),
        "stop" => Element::new("actionStop"),
        "fileinto" => copies(Element::new("actionFileInto").attr("folderPath", text(0))),
        "flag" => Element::new("actionFlag").attr("flagName", text(0)),
        "tag" => Element::new("actionTag").attr("tagName", text(0)),
        "redirect" => copies(Element::new("actionRedirect").attr("a", text(0))),
        "reject" => Element::new("actionReject").text(text(0)),
        "ereject" => Element::new("actionEreject").text(text(0)),
        "reply" => Element::new("actionReply").content("content", text(0)),
        "log" => {
            let action = Element::new("actionLog").text(text(0));
            match node.args.first() {
                Some(Arg::Tag(level)) => action.attr("level", level.clone()),
                _ => action,
            }
        }
        "notify" if rest.len() == 1 => {
            let mut action = Element::new("actionRFCCompliantNotify");
            for tag in ["from", "importance", "message"] {
                behind(node, tag).into_iter().for_each(|value| action.set(tag, value));
            }
            action.content("method", text(0))
        }
        "notify" => {
            let mut action = Element::new("actionNotify").attr("a", text(0)).attr("su", text(1));
            if let Some(Arg::Number(size)) = rest.get(3).filter(|size| ***size != Arg::Number(i32::MAX.to_string())) {
                action.set("maxBodySize", size.clone());
            }
            if rest.len() > 4 {
                action.set("origHeaders", joined(rest.get(4)));
            }
            action.content("content", text(2))
        }
        "addheader" => {
            let action = Element::new("actionAddheader");
            let action = if node.has("last") { action.attr("last", true) } else { action };
            action.content("headerName", text(0)).content("headerValue", text(1))
        }
        "deleteheader" => field(node, Element::new("actionDeleteheader"), &rest),
        "replaceheader" => {
            let mut action = field(node, Element::new("actionReplaceheader"), &rest);
            for (tag, name) in [("newname", "newName"), ("newvalue", "newValue")] {
                action = behind(node, tag).into_iter().fold(action, |action, value| action.content(name, value));
            }
            action
        }
        _ => return None,
    })
}

fn field(node: &Node, mut action: Element, rest: &[&Arg]) -> Element {
    if let Some(offset) = behind(node, "index") {
        action.set("offset", offset);
        if node.has("last") {
            action.set("last", true);
        }
    }
    let mut test = Element::new("test");
    for (tag, attr) in [("count", "countComparator"), ("value", "valueComparator")] {
        if let Some(relation) = behind(node, tag) {
            test = test.attr("matchType", tag).attr(attr, true).attr("relationalComparator", relation);
        }
    }
    if let Some(how) = ["is", "contains", "matches"].into_iter().find(|how| node.has(how)) {
        test.set("matchType", how);
    }
    if let Some(comparator) = behind(node, "comparator") {
        test.set("comparator", comparator);
    }
    test = test.content("headerName", joined(rest.first()));
    for value in rest.get(1).map(|arg| arg.texts()).unwrap_or_default() {
        test = test.child(Element::new("headerValue").text(value));
    }
    action.unique(test)
}
