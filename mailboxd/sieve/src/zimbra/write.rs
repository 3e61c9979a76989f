// SPDX-License-Identifier: AGPL-3.0-or-later
//! Commands of the dialect as commands of the standard.

use super::syntax::{Arg, Node};
use super::{Dialect, END, FLAG, FOLDER, KEEP, TAG, edit, notice, tests_of_dialect};
use crate::{CompileError, EXTENSIONS, quoted};
use std::collections::BTreeSet;
use std::fmt::Write;

/// RFC 5229 §3: `${1}` to `${9}` are there in any case; Zimbra has no more.
const MATCHES_MAX: usize = 9;
/// What `require` may name beside the extensions of the standard.
const ZIMBRA_EXTENSIONS: &[&str] =
    &["tag", "flag", "log", "reply", "replaceheader", "envelope-dsn", "redirect-dsn", "comparator-elbonia"];
/// Tags that have a value behind them.
const WITH_VALUE: &[&str] = &[
    "comparator",
    "count",
    "value",
    "index",
    "zone",
    "newname",
    "newvalue",
    "from",
    "importance",
    "options",
    "message",
    "days",
    "seconds",
    "subject",
    "addresses",
    "handle",
    "flags",
    "specialuse",
    "param",
];

pub(super) type Result<T> = std::result::Result<T, CompileError>;

pub(super) fn fail<T>(node: &Node, message: impl Into<String>) -> Result<T> {
    Err(CompileError { line: node.line, message: message.into() })
}

pub(super) struct Writer<'a> {
    pub dialect: &'a Dialect,
    needs: BTreeSet<&'static str>,
    variables: BTreeSet<String>,
    /// Those that the script sets itself.
    pub own_variables: BTreeSet<String>,
    pub out: String,
}

pub(super) fn script(nodes: &[Node], dialect: &Dialect) -> Result<String> {
    let mut writer = Writer {
        dialect,
        needs: BTreeSet::new(),
        variables: BTreeSet::new(),
        own_variables: BTreeSet::new(),
        out: String::new(),
    };
    writer.commands(nodes)?;
    writer.need("fileinto");
    writer.need("copy");
    let needs: Vec<String> = writer.needs.iter().map(|name| quoted(name)).collect();
    // The engine forgets at the end of a block what was not there before it.
    let variables: String = writer.variables.iter().map(|name| format!("set \"{name}\" \"\";\n")).collect();
    Ok(format!("require [{}];\n{variables}{}fileinto :copy \"{END}\";\n", needs.join(", "), writer.out))
}

/// Arguments: tags with what is behind them, then the others (RFC 5228 §2.6.2).
pub(super) struct Args<'n> {
    pub tags: Vec<(&'n str, Option<&'n Arg>)>,
    pub rest: Vec<&'n Arg>,
}

impl<'n> Args<'n> {
    pub fn of(node: &'n Node) -> Result<Args<'n>> {
        let (mut tags, mut rest) = (Vec::new(), Vec::new());
        let mut args = node.args.iter();
        while let Some(arg) = args.next() {
            match arg {
                Arg::Tag(name) if !rest.is_empty() => {
                    return fail(node, format!(":{name} stands before what {} is about", node.name));
                }
                Arg::Tag(name) if WITH_VALUE.contains(&name.as_str()) => {
                    let Some(value) = args.next().filter(|value| !matches!(value, Arg::Tag(_))) else {
                        return fail(node, format!(":{name} needs a value"));
                    };
                    tags.push((name.as_str(), Some(value)));
                }
                Arg::Tag(name) => tags.push((name.as_str(), None)),
                other => rest.push(other),
            }
        }
        Ok(Args { tags, rest })
    }

    pub fn has(&self, tag: &str) -> bool {
        self.tags.iter().any(|(name, _)| *name == tag)
    }

    pub fn value(&self, tag: &str) -> Option<&'n str> {
        let (_, value) = self.tags.iter().find(|(name, _)| *name == tag)?;
        value.and_then(|value| value.texts().first().copied())
    }
}

impl Writer<'_> {
    pub fn need(&mut self, extension: &'static str) {
        self.needs.insert(extension);
    }

    /// One that is set somewhere.
    pub fn variable(&mut self, name: &str) {
        self.need("variables");
        self.variables.insert(name.to_ascii_lowercase());
    }

    pub fn line(&mut self, line: impl std::fmt::Display) {
        let _ = writeln!(self.out, "{line}");
    }

    /// A string; what it names of the last match is counted as RFC 5229 §3 has it.
    pub fn text(&mut self, node: &Node, text: &str) -> Result<String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            self.need("variables");
            out.push_str(&rest[..at]);
            let tail = &rest[at + 2..];
            let (number, length) = match tail.find('}') {
                Some(end) => (&tail[..end], end + 1),
                None => ("", 0),
            };
            let digits = number.strip_prefix('-').unwrap_or(number);
            if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                let number: Option<usize> = if number.starts_with('-') { None } else { digits.parse().ok() };
                let Some(number) = number.filter(|number| *number <= MATCHES_MAX) else {
                    return fail(node, format!("there is no match variable {digits:?}"));
                };
                let _ = write!(out, "${{{number}}}");
                rest = &tail[length..];
            } else {
                out.push_str("${");
                rest = tail;
            }
        }
        out.push_str(rest);
        // The engine reads a backslash of a string in its own way; this one is read by all (RFC 5228 §2.4.2.4).
        if out.contains('\\') {
            self.need("encoded-character");
            out = out.replace('\\', "${hex:5c}");
        }
        Ok(quoted(&out))
    }

    pub fn arg(&mut self, node: &Node, arg: &Arg) -> Result<String> {
        Ok(match arg {
            Arg::Tag(name) => format!(":{name}"),
            Arg::Number(number) => number.clone(),
            Arg::Text(text) => self.text(node, text)?,
            Arg::List(list) => {
                let all = list.iter().map(|text| self.text(node, text)).collect::<Result<Vec<_>>>()?;
                format!("[{}]", all.join(", "))
            }
        })
    }

    /// Tags as they are, with the extensions that they come from.
    pub fn tags(&mut self, node: &Node, args: &Args<'_>, but: &[&str]) -> Result<String> {
        let mut out = String::new();
        for (name, value) in &args.tags {
            match *name {
                "count" | "value" => self.need("relational"),
                "index" => self.need("index"),
                "copy" => self.need("copy"),
                _ => {}
            }
            if *name == "comparator" && value.is_some_and(|value| value.texts() == ["i;ascii-numeric"]) {
                self.need("comparator-i;ascii-numeric");
            }
            if but.contains(name) {
                continue;
            }
            let _ = write!(out, ":{name} ");
            if let Some(value) = value {
                let _ = write!(out, "{} ", self.arg(node, value)?);
            }
        }
        Ok(out)
    }

    /// As it stands, with so many arguments.
    pub fn as_it_is(&mut self, node: &Node, count: usize, but: &[&str]) -> Result<String> {
        let args = Args::of(node)?;
        if args.rest.len() != count {
            return fail(node, format!("{} takes {count} arguments, not {}", node.name, args.rest.len()));
        }
        let mut out = format!("{} {}", node.name, self.tags(node, &args, but)?);
        for (at, arg) in args.rest.iter().enumerate() {
            let is_pattern = at + 1 == args.rest.len() && args.has("matches");
            let written = if is_pattern { self.arg(node, &pattern(arg))? } else { self.arg(node, arg)? };
            let _ = write!(out, "{written} ");
        }
        out.truncate(out.trim_end().len());
        Ok(out)
    }

    /// The one text that a command is about.
    fn only<'n>(&self, node: &Node, args: &Args<'n>) -> Result<&'n str> {
        match args.rest.as_slice() {
            [Arg::Text(text)] => Ok(text),
            _ => fail(node, format!("{} takes one string", node.name)),
        }
    }

    fn commands(&mut self, nodes: &[Node]) -> Result<()> {
        check_refusals(nodes)?;
        let mut is_disabled = false;
        for node in nodes {
            match node.name.as_str() {
                "if" | "disabled_if" => is_disabled = node.name == "disabled_if",
                "elsif" | "else" => {}
                _ => is_disabled = false,
            }
            match (node.name.as_str(), &node.block) {
                _ if is_disabled => {}
                ("if" | "elsif", Some(block)) => {
                    let [test] = node.tests.as_slice() else { return fail(node, "a condition is one test") };
                    let test = tests_of_dialect::test(self, test)?;
                    self.line(format!("{} {test} {{", node.name));
                    self.commands(block)?;
                    self.line("}");
                }
                ("else", Some(block)) if node.tests.is_empty() => {
                    self.line("else {");
                    self.commands(block)?;
                    self.line("}");
                }
                ("if" | "elsif" | "else", _) => return fail(node, format!("{} needs a block", node.name)),
                (name, Some(_)) => return fail(node, format!("{name} has no block")),
                (_, None) if !node.tests.is_empty() => return fail(node, format!("{} takes no tests", node.name)),
                (_, None) => self.command(node)?,
            }
        }
        Ok(())
    }

    fn command(&mut self, node: &Node) -> Result<()> {
        let args = Args::of(node)?;
        let goes_out = self.dialect.outgoing;
        match node.name.as_str() {
            "require" => return require(node),
            "stop" => self.line(format!("fileinto :copy \"{END}\"; stop;")),
            "keep" => self.line(format!("fileinto \"{KEEP}\";")),
            "discard" => self.line("discard;"),
            // Nobody reads a log of somebody's filter.
            "log" => {}
            "fileinto" => {
                let path = self.only(node, &args)?;
                if path.trim().trim_matches('/').is_empty() {
                    return fail(node, "a folder has a name");
                }
                let path = self.text(node, &format!("{FOLDER}{path}"))?;
                self.line(format!("fileinto {}{path};", if args.has("copy") { ":copy " } else { "" }));
            }
            "tag" | "flag" => self.mark(node, &args)?,
            "addflag" | "setflag" | "removeflag" => {
                self.need("imap4flags");
                let line = self.as_it_is(node, args.rest.len(), &[])?;
                self.line(format!("{line};"));
            }
            "redirect" | "reject" | "ereject" | "reply" | "notify" | "vacation" if goes_out => {}
            "redirect" => {
                let line = self.as_it_is(node, 1, &["dsn", "notify", "ret"])?;
                self.line(format!("{line};"));
            }
            "reject" | "ereject" if !self.dialect.rejects => {}
            "reject" | "ereject" => {
                self.need(if node.name == "reject" { "reject" } else { "ereject" });
                let line = self.as_it_is(node, 1, &[])?;
                self.line(format!("{line};"));
            }
            "reply" => {
                self.need("vacation");
                self.need("vacation-seconds");
                let text = self.only(node, &args)?;
                notice::templates(self, &["${subject}", text]);
                let text = self.text(node, text)?;
                self.line(format!("vacation :seconds 0 :subject \"Re: ${{subject}}\" {text};"));
            }
            "vacation" => {
                self.need("vacation");
                let line = self.as_it_is(node, 1, &[])?;
                self.line(format!("{line};"));
            }
            "notify" => notice::notify(self, node, &args)?,
            "set" => self.set(node, &args)?,
            "addheader" | "deleteheader" | "replaceheader" => edit::write(self, node, &args)?,
            other => return fail(node, format!("unknown command: {other}")),
        }
        Ok(())
    }

    fn mark(&mut self, node: &Node, args: &Args<'_>) -> Result<()> {
        self.need("variables");
        self.need("extlists");
        let name = self.only(node, args)?;
        if name.trim().is_empty() {
            return fail(node, format!("{} needs a name", node.name));
        }
        let list = if node.name == "tag" { TAG } else { FLAG };
        if list == FLAG {
            let Some((variable, value)) = flag_variable(name) else {
                return fail(node, format!("unknown flag: {name}"));
            };
            self.variable(variable);
            self.line(format!("set \"{variable}\" \"{value}\";"));
        }
        let name = self.text(node, name)?;
        self.line(format!("if string :list {name} \"{list}\" {{ keep; }}"));
        Ok(())
    }

    /// RFC 5229 §4: of two modifiers of the same precedence there is one.
    fn set(&mut self, node: &Node, args: &Args<'_>) -> Result<()> {
        self.need("variables");
        let [Arg::Text(name), Arg::Text(_)] = args.rest.as_slice() else {
            return fail(node, "set takes a name and a value");
        };
        if !is_variable(name) {
            return fail(node, format!("not the name of a variable: {name}"));
        }
        for pair in [["lower", "upper"], ["lowerfirst", "upperfirst"]] {
            if pair.iter().all(|tag| args.has(tag)) {
                return fail(node, format!(":{} and :{} exclude each other", pair[0], pair[1]));
            }
        }
        for (name, _) in &args.tags {
            match *name {
                "encodeurl" => self.need("enotify"),
                "lower" | "upper" | "lowerfirst" | "upperfirst" | "quotewildcard" | "length" => {}
                other => return fail(node, format!("unknown modifier: {other}")),
            }
        }
        self.variable(name);
        self.own_variables.insert(name.to_ascii_lowercase());
        let line = self.as_it_is(node, 2, &[])?;
        self.line(format!("{line};"));
        Ok(())
    }
}

/// In a pattern of Zimbra's a backslash that is not before a wildcard stands for itself.
pub(super) fn pattern(arg: &Arg) -> Arg {
    let one = |text: &String| {
        let mut out = String::with_capacity(text.len());
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            out.push(c);
            if c == '\\' && !matches!(chars.peek(), Some('*' | '?')) {
                out.push(c);
            }
        }
        out
    };
    match arg {
        Arg::Text(text) => Arg::Text(one(text)),
        Arg::List(list) => Arg::List(list.iter().map(one).collect()),
        other => other.clone(),
    }
}

/// RFC 5229 §3
fn is_variable(name: &str) -> bool {
    let first = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    first && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The variable that remembers a flag for the test `flagged`, and what it is set to.
pub(super) fn flag_variable(flag: &str) -> Option<(&'static str, &'static str)> {
    Some(match flag.to_ascii_lowercase().as_str() {
        "read" => ("posthouse_read", "1"),
        "unread" => ("posthouse_read", ""),
        "flagged" => ("posthouse_flagged", "1"),
        "unflagged" => ("posthouse_flagged", ""),
        "priority" => ("posthouse_priority", "1"),
        _ => return None,
    })
}

/// RFC 5429 §2.4: refused once, and not done anything else with.
fn check_refusals(nodes: &[Node]) -> Result<()> {
    let is_refusal = |node: &&Node| matches!(node.name.as_str(), "reject" | "ereject");
    let others = ["keep", "fileinto", "redirect", "discard", "tag", "flag", "reply"];
    match (nodes.iter().filter(is_refusal).nth(1), nodes.iter().find(|node| others.contains(&node.name.as_str()))) {
        (Some(again), _) => fail(again, "a message is refused once"),
        (None, Some(other)) if nodes.iter().any(|node| is_refusal(&node)) => {
            fail(other, format!("{} and a refusal exclude each other", other.name))
        }
        _ => Ok(()),
    }
}

fn require(node: &Node) -> Result<()> {
    for name in node.args.iter().flat_map(Arg::texts) {
        if !EXTENSIONS.contains(&name) && !ZIMBRA_EXTENSIONS.contains(&name) && !name.starts_with("comparator-") {
            return fail(node, format!("the extension {name:?} is not supported"));
        }
    }
    Ok(())
}
