// SPDX-License-Identifier: AGPL-3.0-or-later
//! A list of rules: from a request to a script, and from a script to an answer.

use super::{actions, quoted, tests_of_rules};
use crate::element::{Element, Shape, from_json, to_json};
use crate::fault::{Fault, Result};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Before the JSON of a rule.
const MARK: &str = "# rule ";
pub const RULES_MAX: usize = 500;
const NESTED_MAX: usize = 8;
const NAME_CHARS_MAX: usize = 256;

/// What a script is made for.
#[derive(Debug, Clone, Default)]
pub struct Who {
    /// Addresses of the account.
    pub own: Vec<String>,
    pub outgoing: bool,
}

/// Sieve in the making.
#[derive(Default)]
pub(super) struct Script {
    pub extensions: BTreeSet<&'static str>,
    pub body: String,
    pub who: Who,
}

impl Script {
    pub fn need(&mut self, extension: &'static str) {
        self.extensions.insert(extension);
    }
}

/// Rules as a request gives them, checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules(Vec<Element>);

impl Rules {
    /// Of `<filterRules>`; in JSON it may be a list of objects with a `filterRule` each.
    pub fn of_request(request: &Element) -> Result<Rules> {
        request.need_element("filterRules")?;
        let mut rules = Vec::new();
        let mut seen = BTreeSet::new();
        for rule in request.named("filterRules").flat_map(|list| list.named("filterRule")) {
            let rule = cleaned(rule)?;
            let name = rule.get("name").unwrap_or_default();
            if !seen.insert(name.clone()) {
                return Err(Fault::invalid(format!("two rules are called {name:?}")));
            }
            rules.push(rule);
        }
        if rules.len() > RULES_MAX {
            return Err(Fault::invalid(format!("more than {RULES_MAX} rules")));
        }
        Ok(Rules(rules))
    }

    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.0.iter()
    }

    /// Those of these names, in the order of the names, as if they were active.
    pub fn named(&self, names: &[String]) -> Result<Rules> {
        if names.len() > RULES_MAX {
            return Err(Fault::invalid(format!("more than {RULES_MAX} rules")));
        }
        let names: BTreeSet<&String> = names.iter().collect();
        let is_there = |name: &&&String| self.0.iter().any(|rule| rule.get("name").as_ref() == Some(**name));
        if let Some(name) = names.iter().find(|name| !is_there(name)) {
            return Err(Fault::invalid(format!("no rule is called {name:?}")));
        }
        // each once, and in the order in which they are kept
        let wanted = self.0.iter().filter(|rule| rule.get("name").is_some_and(|name| names.contains(&name)));
        let active = wanted.cloned().map(|mut rule| {
            rule.attrs.retain(|attr| attr.name != "active");
            rule.attr("active", true)
        });
        Ok(Rules(active.collect()))
    }

    pub fn script(&self, who: &Who) -> Result<String> {
        let mut script = Script { who: who.clone(), ..Script::default() };
        for rule in &self.0 {
            let _ = writeln!(script.body, "\n{MARK}{}", to_json(rule));
            if rule.is("active")? {
                write_rule(&mut script, rule, 0)?;
            }
        }
        let mut text = String::from(
            "# Made from the filter rules of the web client: changes here are lost when those are saved.\n",
        );
        if !script.extensions.is_empty() {
            let names: Vec<String> = script.extensions.iter().map(|name| quoted(name)).collect();
            let _ = writeln!(text, "require [{}];", names.join(", "));
        }
        text.push_str(&script.body);
        Ok(text)
    }
}

fn write_rule(script: &mut Script, rule: &Element, depth: usize) -> Result<()> {
    if depth > NESTED_MAX {
        return Err(Fault::invalid(format!("rules are nested more than {NESTED_MAX} deep")));
    }
    for variables in rule.named("filterVariables") {
        actions::variables(script, variables)?;
    }
    let tests = rule.need_element("filterTests")?;
    let condition = tests_of_rules::condition(script, tests)?;
    let _ = writeln!(script.body, "if {condition} {{");
    for list in rule.named("filterActions") {
        let all: Vec<&Element> = list.elements().collect();
        // In Sieve a mark is for what is filed behind it; in a rule it is for wherever the message goes.
        let end = all.iter().position(|action| action.name == "actionStop").unwrap_or(all.len());
        let (marks, rest): (Vec<&Element>, Vec<&Element>) =
            all[..end].iter().partition(|action| actions::is_mark(action));
        for action in marks.iter().chain(&rest).chain(&all[end..]) {
            actions::write(script, action)?;
        }
    }
    for nested in rule.named("nestedRule") {
        write_rule(script, nested, depth + 1)?;
    }
    script.body.push_str("}\n");
    Ok(())
}

/// The rules of a script; none if it is not one of ours.
pub fn read(text: &str) -> Rules {
    let rule = |line: &str| {
        let mut rule = from_json(line.strip_prefix(MARK)?.as_bytes()).ok()?;
        rule.name = "filterRule".into();
        rule.ns.clear();
        Some(rule)
    };
    Rules(text.lines().filter_map(rule).collect())
}

/// A rule as it is kept: its name trimmed, its tests and actions numbered.
fn cleaned(rule: &Element) -> Result<Element> {
    let name = rule.need("name")?.trim().to_owned();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.contains(char::is_control) {
        return Err(Fault::invalid("a filter rule needs a name"));
    }
    let active = rule.is("active")?;
    let mut out = Element::new("filterRule").attr("name", name).attr("active", active);
    parts(rule, &mut out, 0)?;
    Ok(out)
}

fn parts(rule: &Element, out: &mut Element, depth: usize) -> Result<()> {
    if depth > NESTED_MAX {
        return Err(Fault::invalid(format!("rules are nested more than {NESTED_MAX} deep")));
    }
    for child in rule.elements() {
        let part = match child.name.as_str() {
            "filterVariables" => bare(child),
            "filterTests" => {
                let condition = child.get("condition").unwrap_or_else(|| "anyof".into()).to_lowercase();
                if condition != "anyof" && condition != "allof" {
                    return Err(Fault::invalid("condition is anyof or allof"));
                }
                let mut tests = numbered(child);
                tests.attrs.clear();
                tests.attr("condition", condition)
            }
            "filterActions" => numbered(child),
            "nestedRule" => {
                let mut nested = Element::new("nestedRule");
                parts(child, &mut nested, depth + 1)?;
                nested
            }
            _ => continue,
        };
        out.push_unique(part);
    }
    Ok(())
}

/// Without namespaces, which JSON would keep.
fn bare(element: &Element) -> Element {
    let mut out = element.clone();
    strip(&mut out);
    out
}

fn strip(element: &mut Element) {
    element.ns.clear();
    element.text = element.text.take().filter(|text| !text.trim().is_empty());
    element.children.iter_mut().for_each(|child| strip(&mut child.element));
}

/// In the order of their `index`, counted anew from 0.
fn numbered(element: &Element) -> Element {
    let mut out = bare(element);
    let index = |element: &Element| element.get("index").and_then(|at| at.parse::<u32>().ok());
    out.children.sort_by_key(|child| index(&child.element).unwrap_or(u32::MAX));
    for (at, child) in out.children.iter_mut().enumerate() {
        child.shape = Shape::List;
        child.element.attrs.retain(|attr| attr.name != "index");
        child.element.set("index", at);
    }
    out
}
