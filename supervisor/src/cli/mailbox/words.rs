// SPDX-License-Identifier: AGPL-3.0-or-later
//! The words behind a verb: options anywhere between them, and how a line of a file is cut into words.

use anyhow::{Result, anyhow, bail};
use serde_json::{Value, json};

pub struct Opt {
    pub letter: char,
    pub long: &'static str,
    /// What it takes, for the help; none: a switch.
    pub takes: Option<&'static str>,
}

pub const fn switch(letter: char, long: &'static str) -> Opt {
    Opt { letter, long, takes: None }
}

pub const fn takes(letter: char, long: &'static str, what: &'static str) -> Opt {
    Opt { letter, long, takes: Some(what) }
}

/// Of every verb.
const COMMON: [Opt; 2] = [switch('h', "help"), switch('v', "verbose")];

/// A word that a verb needs and did not get: the usage is told with it.
#[derive(Debug, thiserror::Error)]
#[error("the {0} is missing")]
pub struct Missing(pub String);

#[derive(Debug)]
pub struct Given {
    options: Vec<(char, String)>,
    words: std::collections::VecDeque<String>,
}

/// `-5` is a number, `-` standard input; conversations have negative ids.
pub fn is_option(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c == '-' || c.is_ascii_alphabetic()))
}

impl Given {
    pub fn parse(words: &[String], known: &[Opt]) -> Result<Given> {
        let mut given = Given { options: Vec::new(), words: std::collections::VecDeque::new() };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                given.words.extend(words.by_ref().cloned());
            } else if is_option(word) {
                let (name, value) = match word.split_once('=') {
                    Some((name, value)) if word.starts_with("--") => (name, Some(value.to_owned())),
                    _ => (word.as_str(), None),
                };
                let found = known.iter().chain(&COMMON).find(|option| match name.strip_prefix("--") {
                    Some(long) => long == option.long,
                    None => name.strip_prefix('-').is_some_and(|rest| rest == option.letter.to_string()),
                });
                // A right that is refused, and what a script may have that begins like this.
                if found.is_none() && !word.starts_with("--") && word.len() > 2 {
                    given.words.push_back(word.clone());
                    continue;
                }
                let option = found.ok_or_else(|| anyhow!("there is no option {name} here"))?;
                let value = match (option.takes, value) {
                    (None, None) => String::new(),
                    (None, Some(_)) => bail!("{name} takes no value"),
                    (Some(_), Some(value)) => value,
                    (Some(what), None) => words.next().cloned().ok_or_else(|| anyhow!("{name} needs a {what}"))?,
                };
                given.options.push((option.letter, value));
            } else {
                given.words.push_back(word.clone());
            }
        }
        Ok(given)
    }

    pub fn has(&self, letter: char) -> bool {
        self.options.iter().any(|(known, _)| *known == letter)
    }

    /// The value of an option.
    pub fn option(&self, letter: char) -> Option<&str> {
        self.options.iter().find(|(known, _)| *known == letter).map(|(_, value)| value.as_str())
    }

    /// The values of an option that may be given several times.
    pub fn options(&self, letter: char) -> Vec<String> {
        self.options.iter().filter(|(known, _)| *known == letter).map(|(_, value)| value.clone()).collect()
    }

    pub fn next(&mut self, what: &str) -> Result<String> {
        self.maybe().ok_or_else(|| Missing(what.to_owned()).into())
    }

    pub fn maybe(&mut self) -> Option<String> {
        self.words.pop_front()
    }

    pub fn rest(&mut self) -> Vec<String> {
        self.words.drain(..).collect()
    }

    pub fn peek(&self) -> Option<&str> {
        self.words.front().map(String::as_str)
    }

    /// `[0|1]`; without it: 1.
    pub fn on(&mut self) -> Result<bool> {
        match self.maybe().as_deref() {
            None | Some("1") => Ok(true),
            Some("0") => Ok(false),
            Some(other) => bail!("{other} is neither 0 nor 1"),
        }
    }

    /// Pairs of attribute and value, to the end, as `<a n="…">value</a>`.
    pub fn attributes(&mut self, key: &str) -> Result<Vec<Value>> {
        let mut list = Vec::new();
        while let Some(name) = self.maybe() {
            let value = self.maybe().ok_or_else(|| anyhow!("attribute {name} has no value"))?;
            list.push(json!({key: name, "_content": value}));
        }
        Ok(list)
    }

    pub fn end(&self) -> Result<()> {
        match self.words.front() {
            Some(extra) => bail!("{extra} is one word too many"),
            None => Ok(()),
        }
    }
}

/// A line as a shell would cut it: spaces between words; in quotes they are part of one; a backslash keeps what follows.
pub fn split(line: &str) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.trim_end_matches(['\r', '\n']).chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(characters.next()),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if let Some(quote) = quote {
        bail!("a {quote} is open at the end of the line");
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: &[Opt] = &[takes('t', "types", "list"), switch('x', "extra")];

    fn given(line: &str) -> Result<Given> {
        Given::parse(&split(line).unwrap(), OPTIONS)
    }

    #[test]
    fn options_stand_anywhere() {
        for line in ["-t message in:inbox -x", "in:inbox -x --types=message", "--types message -x -- in:inbox"] {
            let mut given = given(line).unwrap();
            assert_eq!((given.option('t'), given.has('x'), given.has('v')), (Some("message"), true, false), "{line}");
            assert_eq!(given.next("query").unwrap(), "in:inbox");
            given.end().unwrap();
        }
        let mut ids = given("-257 - x").unwrap();
        assert_eq!(ids.rest(), ["-257", "-", "x"]);
        assert_eq!(given("-- -t").unwrap().rest(), ["-t"]);
        assert_eq!(given("-sendAs -x").unwrap().rest(), ["-sendAs"]);
        for (line, why) in
            [("-q", "no option -q"), ("--typ x", "no option"), ("-t", "needs a list"), ("--extra=1", "no value")]
        {
            assert!(given(line).unwrap_err().to_string().contains(why), "{line}");
        }
        assert!(given("").unwrap().next("query").unwrap_err().is::<Missing>());
    }

    #[test]
    fn lines_are_cut_as_a_shell_does() {
        for (line, words) in [
            ("s  \"in:inbox a b\" -l 5\r\n", &["s", "in:inbox a b", "-l", "5"][..]),
            (r#"cf '/a "b"' "c\"d" e\ f """#, &["cf", "/a \"b\"", "c\"d", "e f", ""]),
            (r"x '\n'", &["x", r"\n"]),
            ("   ", &[]),
        ] {
            assert_eq!(split(line).unwrap(), words, "{line}");
        }
        assert!(split("cf \"a").is_err());
    }
}
