// SPDX-License-Identifier: AGPL-3.0-or-later
//! The grammar of Sieve (RFC 5228 §8), which Zimbra's dialect shares: text to a tree, whatever commands and tests are called.

use crate::CompileError;

/// Blocks in blocks, and tests in tests.
const DEPTH_MAX: usize = 32;
/// Commands, tests and strings of one script.
const NODES_MAX: usize = 100_000;

/// A command, or a test: both are a name with arguments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// As it is written, in lower case.
    pub name: String,
    pub args: Vec<Arg>,
    pub tests: Vec<Node>,
    /// Of a command that has one.
    pub block: Option<Vec<Node>>,
    /// The last comment of one line before it: Zimbra keeps the name of a rule there.
    pub comment: Option<String>,
    /// From 1.
    pub line: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arg {
    /// Without its colon, in lower case.
    Tag(String),
    /// With its unit, as written.
    Number(String),
    Text(String),
    List(Vec<String>),
}

impl Node {
    /// Whether it has this tag.
    pub fn has(&self, tag: &str) -> bool {
        self.args.iter().any(|arg| matches!(arg, Arg::Tag(name) if name == tag))
    }

    /// What stands behind a tag.
    pub fn behind(&self, tag: &str) -> Option<&Arg> {
        let at = self.args.iter().position(|arg| matches!(arg, Arg::Tag(name) if name == tag))?;
        self.args.get(at + 1)
    }
}

impl Arg {
    /// One text, or each of a list.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Arg::Text(text) => vec![text],
            Arg::List(list) => list.iter().map(String::as_str).collect(),
            Arg::Tag(_) | Arg::Number(_) => Vec::new(),
        }
    }
}

/// The commands of a script.
///
/// # Errors
/// With the line, if it is no script.
pub fn parse(text: &str) -> Result<Vec<Node>, CompileError> {
    let mut parser = Parser { text, at: 0, line: 1, nodes: 0, comment: None };
    let all = parser.commands(0)?;
    match parser.peek()? {
        None => Ok(all),
        Some(c) => Err(parser.error(format!("{c:?} is not expected here"))),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    nodes: usize,
    comment: Option<String>,
}

impl<'a> Parser<'a> {
    fn error(&self, message: impl Into<String>) -> CompileError {
        CompileError { line: self.line, message: message.into() }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, bytes: usize) -> &'a str {
        let taken = self.text.get(self.at..self.at + bytes).unwrap_or_default();
        self.line += taken.bytes().filter(|byte| *byte == b'\n').count();
        self.at += taken.len();
        taken
    }

    /// The next character that is neither space nor comment.
    fn peek(&mut self) -> Result<Option<char>, CompileError> {
        loop {
            let rest = self.rest();
            let spaces = rest.len() - rest.trim_start().len();
            if spaces > 0 {
                self.skip(spaces);
            } else if rest.starts_with('#') {
                let length = rest.find('\n').unwrap_or(rest.len());
                let line = self.skip(length);
                self.comment = Some(line.trim_start_matches('#').trim().to_owned());
            } else if rest.starts_with("/*") {
                let end = rest.find("*/").ok_or_else(|| self.error("a comment has no end"))?;
                self.skip(end + 2);
            } else {
                return Ok(rest.chars().next());
            }
        }
    }

    fn takes(&mut self, c: char) -> Result<bool, CompileError> {
        let is_next = self.peek()? == Some(c);
        if is_next {
            self.skip(c.len_utf8());
        }
        Ok(is_next)
    }

    fn count(&mut self) -> Result<(), CompileError> {
        self.nodes += 1;
        if self.nodes > NODES_MAX { Err(self.error("the script is too large")) } else { Ok(()) }
    }

    fn commands(&mut self, depth: usize) -> Result<Vec<Node>, CompileError> {
        let mut all = Vec::new();
        while let Some(c) = self.peek()? {
            if c == '}' {
                break;
            }
            let comment = self.comment.take();
            let mut command = Node { comment, ..self.node(depth)? };
            if self.takes('{')? {
                self.comment = None;
                command.block = Some(self.commands(depth + 1)?);
                if !self.takes('}')? {
                    return Err(self.error("a block has no end"));
                }
            } else if !self.takes(';')? {
                return Err(self.error(format!("{:?} does not end with a semicolon", command.name)));
            }
            all.push(command);
        }
        Ok(all)
    }

    /// Name and arguments.
    fn node(&mut self, depth: usize) -> Result<Node, CompileError> {
        self.count()?;
        if depth > DEPTH_MAX {
            return Err(self.error("the script is nested too deeply"));
        }
        self.peek()?;
        let line = self.line;
        let name = self.word()?;
        let mut node = Node { name, line, ..Node::default() };
        loop {
            match self.peek()? {
                Some('(') => {
                    self.skip(1);
                    loop {
                        node.tests.push(self.node(depth + 1)?);
                        if self.takes(')')? {
                            break;
                        }
                        if !self.takes(',')? {
                            return Err(self.error("a list of tests has no end"));
                        }
                    }
                    return Ok(node);
                }
                Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                    if self.rest().get(..5).is_some_and(|word| word.eq_ignore_ascii_case("text:")) {
                        let text = self.multi_line()?;
                        node.args.push(Arg::Text(text));
                        continue;
                    }
                    node.tests.push(self.node(depth + 1)?);
                    return Ok(node);
                }
                Some(c) if c == '"' || c == '[' || c == ':' || c.is_ascii_digit() => {
                    self.count()?;
                    let arg = self.argument(c)?;
                    node.args.push(arg);
                }
                _ => return Ok(node),
            }
        }
    }

    fn word(&mut self) -> Result<String, CompileError> {
        let rest = self.rest();
        let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        if length == 0 || rest.starts_with(|c: char| c.is_ascii_digit()) {
            let found: String = rest.chars().take(1).collect();
            return Err(self.error(format!("a command or a test is expected, found {found:?}")));
        }
        Ok(self.skip(length).to_ascii_lowercase())
    }

    fn argument(&mut self, first: char) -> Result<Arg, CompileError> {
        Ok(match first {
            '"' => Arg::Text(self.quoted()?),
            ':' => {
                self.skip(1);
                Arg::Tag(self.word()?)
            }
            '[' => {
                self.skip(1);
                let mut list = Vec::new();
                loop {
                    // "[]" is no list, and yet it is written.
                    if list.is_empty() && self.takes(']')? {
                        break;
                    }
                    if self.peek()? != Some('"') {
                        return Err(self.error("a list holds strings"));
                    }
                    self.count()?;
                    list.push(self.quoted()?);
                    if self.takes(']')? {
                        break;
                    }
                    if !self.takes(',')? {
                        return Err(self.error("a list has no end"));
                    }
                }
                Arg::List(list)
            }
            _ => {
                let rest = self.rest();
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                let unit = rest[digits..].bytes().next().is_some_and(|byte| b"kKmMgG".contains(&byte));
                Arg::Number(self.skip(digits + usize::from(unit)).to_owned())
            }
        })
    }

    fn quoted(&mut self) -> Result<String, CompileError> {
        let begun = self.line;
        let mut out = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.skip(at + 1);
                    return Ok(out);
                }
                '\\' => out.extend(chars.next().map(|(_, c)| c)),
                c => out.push(c),
            }
        }
        Err(CompileError { line: begun, message: "a string has no end".into() })
    }

    /// RFC 5228 §2.4.2: "text:" and lines up to one with a dot alone.
    fn multi_line(&mut self) -> Result<String, CompileError> {
        let rest = self.rest();
        let Some(start) = rest.find('\n') else { return Err(self.error("a text has no end")) };
        let head = rest[5..start].trim();
        if !head.is_empty() && !head.starts_with('#') {
            return Err(self.error("after \"text:\" a line ends"));
        }
        let (mut out, mut at) = (String::new(), start + 1);
        for line in rest[start + 1..].split_inclusive('\n') {
            at += line.len();
            let bare = line.trim_end_matches(['\r', '\n']);
            if bare == "." {
                self.skip(at);
                return Ok(out);
            }
            out.push_str(bare.strip_prefix('.').filter(|rest| rest.starts_with('.')).unwrap_or(bare));
            out.push_str("\r\n");
        }
        Err(self.error("a text has no end"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn commands_tests_and_comments() {
        let text = "require[\"a\"];\n# My rule\nif anyof (not header :is [\"x\", \"y\"] \"\\\"z\\\\\", size :over 2M,\n  true) {\n  \
                    tag \"t\"; # behind\n}\nelsif address :all \"to\" \"x\" { text_it text:\n..a\n.\n; }";
        let all = parse(text).unwrap();
        assert_eq!(all.len(), 3);
        let rule = &all[1];
        assert_eq!((rule.name.as_str(), rule.comment.as_deref(), rule.line), ("if", Some("My rule"), 3));
        let anyof = &rule.tests[0];
        assert_eq!(anyof.tests.len(), 3);
        let header = &anyof.tests[0].tests[0];
        assert_eq!(header.args[1], Arg::List(vec!["x".into(), "y".into()]));
        assert_eq!(header.args[2], Arg::Text("\"z\\".into()));
        assert_eq!(anyof.tests[1].args[1], Arg::Number("2M".into()));
        assert_eq!(rule.block.as_ref().unwrap()[0].name, "tag");
        assert_eq!(all[2].block.as_ref().unwrap()[0].args[0], Arg::Text(".a\r\n".into()));
    }

    #[test]
    fn what_is_no_script_is_told_with_its_line() {
        let deep = format!("{}keep;{}", "if true {".repeat(100), "}".repeat(100));
        let many = "not ".repeat(200) + "true";
        for (text, line) in [
            ("keep", 1),
            ("keep;\nif true {", 2),
            ("keep;\n\n\"x\";", 3),
            ("tag \"x", 1),
            ("tag [\"x\" \"y\"];", 1),
            ("}", 1),
            ("/* x", 1),
            ("if anyof (true", 1),
            (deep.as_str(), 1),
            (&format!("if {many} {{ keep; }}"), 1),
        ] {
            assert_eq!(parse(text).unwrap_err().line, line, "{text}");
        }
        assert!(parse(&"keep;".repeat(NODES_MAX + 1)).is_err());
    }
}
