// SPDX-License-Identifier: AGPL-3.0-or-later
//! A list of rules: from a request to a script; [`super::read`] goes back.

use super::{Way, actions, quoted, read, tests_of_rules};
use crate::element::{Element, Shape};
use crate::fault::{Fault, Result};
use sieve::CompileError;
use sieve::zimbra::{Dialect, syntax};
use std::collections::BTreeSet;
use std::fmt::Write;

pub const RULES_MAX: usize = 500;
const NESTED_MAX: usize = 8;
const NAME_CHARS_MAX: usize = 256;

/// A script in the making.
#[derive(Default)]
pub(super) struct Script {
    pub extensions: BTreeSet<&'static str>,
    pub body: String,
    pub outgoing: bool,
}

impl Script {
    pub fn need(&mut self, extension: &'static str) {
        self.extensions.insert(extension);
    }
}

fn not_a_script(error: &CompileError) -> Fault {
    Fault::new("service.PARSE_ERROR", format!("parse error: evaluating Sieve script: {error}"))
}

/// Rules as a request gives them, checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules(Vec<Element>);

impl Rules {
    /// Of a script, whoever wrote it.
    pub fn of_script(text: &str) -> Result<Rules> {
        Ok(Rules(read::rules(&syntax::parse(text).map_err(|error| not_a_script(&error))?)))
    }

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

    /// Addresses that notifications are to be from.
    pub fn senders(&self) -> Vec<String> {
        fn within(element: &Element, found: &mut Vec<String>) {
            if element.name == "actionRFCCompliantNotify" {
                found.extend(element.get("from").filter(|from| !from.trim().is_empty()));
            }
            element.elements().for_each(|child| within(child, found));
        }
        let mut found = Vec::new();
        self.0.iter().for_each(|rule| within(rule, &mut found));
        found
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

    /// In Zimbra's dialect: what does not run by it is an error.
    pub fn script(&self, way: Way, dialect: &Dialect) -> Result<String> {
        let mut script = Script { outgoing: way == Way::Out, ..Script::default() };
        for rule in &self.0 {
            let _ = writeln!(script.body, "\n# {}", rule.get("name").unwrap_or_default());
            let word = if rule.is("active")? { "if" } else { "disabled_if" };
            write_rule(&mut script, rule, word, 0)?;
        }
        let mut text = String::new();
        if !script.extensions.is_empty() {
            let names: Vec<String> = script.extensions.iter().map(|name| quoted(name)).collect();
            let _ = writeln!(text, "require [{}];", names.join(", "));
        }
        text.push_str(&script.body);
        dialect.standard(&text).map_err(|error| not_a_script(&error))?;
        Ok(text)
    }
}

fn write_rule(script: &mut Script, rule: &Element, word: &str, depth: usize) -> Result<()> {
    if depth > NESTED_MAX {
        return Err(Fault::invalid(format!("rules are nested more than {NESTED_MAX} deep")));
    }
    for variables in rule.named("filterVariables") {
        actions::variables(script, variables)?;
    }
    // Without tests it is for all mail: its actions stand there as they are.
    let tests = rule.first("filterTests");
    if let Some(tests) = tests {
        let condition = tests_of_rules::condition(script, tests)?;
        let _ = writeln!(script.body, "{word} {condition} {{");
    } else if word != "if" || depth > 0 {
        let _ = writeln!(script.body, "{word} true {{");
    }
    let (mut count, mut has_nested) = (0, false);
    for action in rule.named("filterActions").flat_map(Element::elements) {
        actions::write(script, action)?;
        count += 1;
    }
    for nested in rule.named("nestedRule") {
        has_nested = true;
        write_rule(script, nested, "if", depth + 1)?;
    }
    if count == 0 && !has_nested {
        return Err(Fault::invalid("a rule needs an action"));
    }
    if tests.is_some() || word != "if" || depth > 0 {
        script.body.push_str("}\n");
    }
    Ok(())
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
pub(super) fn numbered(element: &Element) -> Element {
    let mut out = bare(element);
    let index = |element: &Element| element.get("index").and_then(|at| at.parse::<u32>().ok());
    out.children.sort_by_key(|child| index(&child.element).unwrap_or(0));
    for (at, child) in out.children.iter_mut().enumerate() {
        child.shape = Shape::List;
        child.element.attrs.retain(|attr| attr.name != "index");
        child.element.set("index", at);
    }
    out
}
