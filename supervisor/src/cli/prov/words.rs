// SPDX-License-Identifier: AGPL-3.0-or-later
//! The words behind a verb, and what they name: entries, targets and grantees of rights.

use anyhow::{Result, anyhow, bail};
use serde_json::{Value, json};

/// What is behind the verb, word by word.
pub struct Words<'a> {
    words: &'a [String],
}

impl<'a> Words<'a> {
    pub fn new(words: &'a [String]) -> Words<'a> {
        Words { words }
    }

    pub fn next(&mut self, what: &str) -> Result<&'a str> {
        self.maybe().ok_or_else(|| anyhow!("the {what} is missing"))
    }

    pub fn maybe(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    /// Takes an option away, if it comes next.
    pub fn option(&mut self, name: &str) -> bool {
        let is_there = self.words.first().is_some_and(|word| word == name);
        if is_there {
            self.words = &self.words[1..];
        }
        is_there
    }

    pub fn rest(&mut self) -> &'a [String] {
        std::mem::take(&mut self.words)
    }

    /// Pairs of attribute and value, to the end.
    pub fn attributes(&mut self) -> Result<Value> {
        let mut list = Vec::new();
        while let Some(name) = self.maybe() {
            let value = self.maybe().ok_or_else(|| anyhow!("attribute {name} has no value"))?;
            list.push(json!({"n": name, "_content": value}));
        }
        Ok(Value::Array(list))
    }

    /// One of these, if it comes next.
    pub fn one_of(&mut self, wanted: &[&str]) -> Option<&'a str> {
        if self.words.first().is_some_and(|word| wanted.contains(&word.as_str())) { self.maybe() } else { None }
    }

    pub fn end(&self) -> Result<()> {
        match self.words.first() {
            Some(extra) => bail!("{extra} is one word too many"),
            None => Ok(()),
        }
    }
}

/// By id, where it has neither an @ nor a dot.
pub fn selector(key: &str) -> Value {
    let is_id = key.len() == 36 && key.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    json!({"by": if is_id { "id" } else { "name" }, "_content": key})
}
pub fn target(words: &mut Words<'_>) -> Result<Value> {
    let kind = words.next("type of the target")?.to_owned();
    let mut target = json!({"type": kind});
    if !matches!(kind.as_str(), "global" | "config") {
        let key = words.next("target")?;
        target["by"] = selector(key)["by"].clone();
        target["_content"] = json!(key);
    }
    Ok(target)
}

/// `usr ann@example.org`, `all`.
pub fn grantee(words: &mut Words<'_>) -> Result<Value> {
    let kind = words.next("type of the grantee")?.to_owned();
    let mut grantee = json!({"type": kind});
    if !matches!(kind.as_str(), "all" | "pub") {
        let key = words.next("grantee")?;
        grantee["by"] = selector(key)["by"].clone();
        grantee["_content"] = json!(key);
    }
    Ok(grantee)
}

/// `-` denies, `+` may be passed on, `*` for domains below, `.` not for lists in the list.
pub fn right(words: &mut Words<'_>) -> Result<Value> {
    let spelled = words.next("right")?;
    let name = spelled.trim_start_matches(['-', '+', '*', '.']);
    let signs = &spelled[..spelled.len() - name.len()];
    let mut right = json!({"_content": name});
    for (sign, modifier) in [('-', "deny"), ('+', "canDelegate"), ('*', "subDomain"), ('.', "disinheritSubGroups")] {
        if signs.contains(sign) {
            right[modifier] = json!(true);
        }
    }
    Ok(right)
}
