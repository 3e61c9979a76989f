// SPDX-License-Identifier: AGPL-3.0-or-later
//! Text to script.

use crate::{Engine, Mail, World, regex_cost};
use std::sync::Arc;

/// What `require` may name, as the capability SIEVE of ManageSieve lists it (RFC 5804 §1.7). Comparators and
/// "encoded-character" need no mention.
pub const EXTENSIONS: &[&str] = &[
    "fileinto",
    "reject",
    "ereject",
    "envelope",
    "encoded-character",
    "comparator-i;ascii-casemap",
    "comparator-i;octet",
    "comparator-i;ascii-numeric",
    "vacation",
    "vacation-seconds",
    "subaddress",
    "relational",
    "regex",
    "imap4flags",
    "copy",
    "include",
    "body",
    "variables",
    "enotify",
    "environment",
    "mailbox",
    "special-use",
    "date",
    "index",
    "ihave",
    "duplicate",
    "mime",
    "foreverypart",
    "extracttext",
    "editheader",
    "fcc",
    "extlists",
];

/// RFC 5435: how "notify" can reach somebody.
pub const NOTIFY_METHODS: &[&str] = &["mailto"];

/// A compiled script. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Script {
    pub(crate) compiled: Arc<sieve::Sieve>,
    /// It holds regular expressions, which take memory: not to be kept longer than needed.
    pub is_costly: bool,
    /// Made from Zimbra's dialect: names of the translation have their meaning.
    pub(crate) is_zimbra: bool,
}

/// Why a text is no script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileError {
    /// From 1; 0: not known.
    pub line: usize,
    pub message: String,
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => f.write_str(&self.message),
            line => write!(f, "line {line}: {}", self.message),
        }
    }
}

impl std::error::Error for CompileError {}

impl Engine {
    /// For a text that was checked before.
    pub fn compile(&self, text: &[u8]) -> Result<Script, CompileError> {
        regex_cost::check(text)?;
        let compiled = self.compiler.compile(text).map_err(|error| {
            // "… at line 3, column 4." is said in our own way
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default().trim_end_matches('.').to_owned();
            let line = if error.line_num() > 0 { error.line_num() } else { line_of_found(text, &message) };
            CompileError { line, message }
        })?;
        Ok(Script { compiled: Arc::new(compiled), is_costly: regex_cost::has_any(text), is_zimbra: false })
    }

    /// The same for what a person wrote: extensions that are not offered are an error as well. The compiler knows more of them
    /// than we do, so the script is tried on an empty message in an empty world; `has_script` says what it may include.
    pub fn check(&self, text: &[u8], has_script: &dyn Fn(&str) -> bool) -> Result<Checked, CompileError> {
        let script = self.compile(text)?;
        let mail = Mail { raw: b"\r\n", from: "", to: "nobody@localhost", owner: "nobody@localhost", owner_name: "" };
        let empty = self.compile(b"")?;
        let mut world = Nowhere { has_script, empty, warnings: Vec::new() };
        match self.run(&script, &mail, &mut world).missing {
            Some(extension) => {
                let line = line_of(text, &extension);
                Err(CompileError { line, message: format!("the extension {extension:?} is not supported") })
            }
            None => Ok(Checked { script, warnings: world.warnings }),
        }
    }
}

/// A script that can be kept.
#[derive(Debug, Clone)]
pub struct Checked {
    pub script: Script,
    /// What is right and yet will hardly do what its author wants.
    pub warnings: Vec<String>,
}

/// Where the compiler names a word and no line.
fn line_of_found(text: &[u8], message: &str) -> usize {
    let Some(word) = message.split("found \"").nth(1).and_then(|rest| rest.split('"').next()) else { return 0 };
    let lines = || text.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii_start);
    let begins = lines().position(|line| line.starts_with(word.as_bytes()));
    let holds = || lines().position(|line| memchr::memmem::find(line, word.as_bytes()).is_some());
    begins.or_else(holds).map_or(0, |at| at + 1)
}

fn line_of(text: &[u8], extension: &str) -> usize {
    let at = memchr::memmem::find(text, format!("\"{extension}\"").as_bytes());
    at.map_or(0, |at| 1 + text[..at].iter().filter(|octet| **octet == b'\n').count())
}

struct Nowhere<'a> {
    has_script: &'a dyn Fn(&str) -> bool,
    empty: Script,
    warnings: Vec<String>,
}

impl World for Nowhere<'_> {
    fn script(&mut self, name: &str) -> Option<Script> {
        if !(self.has_script)(name) {
            self.warnings.push(format!("the script {name:?}, to be included, is not there"));
        }
        Some(self.empty.clone())
    }

    fn has_folder(&mut self, _path: &str) -> bool {
        false
    }

    fn has_special_use(&mut self, _attribute: &str) -> bool {
        false
    }

    fn is_known(&mut self, _id: &crate::Known) -> bool {
        false
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Checked, CompileError> {
        Engine::new("h").check(text.as_bytes(), &|name| name == "there")
    }

    #[test]
    fn errors_name_the_line() {
        for (text, line, part) in [
            ("keep;\nfoo\n", 2, ""),
            ("require \"fileinto\";\n\nif true { keep; ", 3, ""),
            ("# one\nfileinto \"x\";", 2, "fileinto"),
            ("# one\nrequire [\"fileinto\",\n  \"enclose\"];", 3, "enclose"),
            ("require \"vnd.dovecot.pipe\"; keep;", 1, "vnd.dovecot.pipe"),
            ("require \"regex\";\nif header :regex \"Subject\" \"(a{999}){999}{999}\" { keep; }", 2, "regular"),
            ("require \"regex\";\nif header :regex \"Subject\" \"(\" { keep; }", 2, ""),
        ] {
            let error = check(text).unwrap_err();
            assert_eq!(error.line, line, "{text}: {error}");
            assert!(error.message.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn every_extension_that_is_offered_is_there() {
        for extension in EXTENSIONS {
            check(&format!("require \"{extension}\"; keep;")).unwrap();
        }
        let warnings = check("require \"include\"; include \"there\"; include \"gone\";").unwrap().warnings;
        assert!(warnings.len() == 1 && warnings[0].contains("gone"), "{warnings:?}");
    }
}
