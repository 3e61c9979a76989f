// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse mailbox`: zmmailbox's verbs, words and output, over the SOAP and REST of mailboxd. One file a noun; each verb is a
//! line of a table with what it asks and how its answer is printed.

mod across;
mod client;
mod contact;
mod filter;
mod folder;
mod help;
mod item;
mod message;
mod misc;
mod options;
mod persona;
mod rest;
mod search;
mod session;
mod show;
mod tag;
mod words;

use crate::cli::output::print_json;
use crate::state::StateDir;
use anyhow::{Result, anyhow, bail};
use options::Options;
use session::Session;
use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;
use words::{Given, Opt};

pub struct Verb {
    name: &'static str,
    short: &'static str,
    topic: Topic,
    usage: &'static str,
    options: &'static [Opt],
    /// What it prints.
    run: fn(&mut Session, &mut Given) -> Result<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Topic {
    Contact,
    Conversation,
    Filter,
    Folder,
    Item,
    Message,
    Admin,
    Misc,
    Permission,
    Search,
    Tag,
}

fn verbs() -> impl Iterator<Item = &'static Verb> {
    [
        folder::VERBS,
        search::VERBS,
        message::VERBS,
        item::VERBS,
        tag::VERBS,
        contact::VERBS,
        filter::VERBS,
        persona::VERBS,
        rest::VERBS,
        across::VERBS,
        misc::VERBS,
    ]
    .into_iter()
    .flatten()
}

/// `sc` is two verbs of zmmailbox: with words it searches a conversation, without it shows the page again.
fn find(word: &str, has_words: bool) -> Option<&'static Verb> {
    let meant = |verb: &&Verb| verb.name.eq_ignore_ascii_case(word) || (verb.short == word && !word.is_empty());
    let mut found = verbs().filter(meant);
    let first = found.next()?;
    match found.next() {
        Some(second) if !has_words => Some(second),
        _ => Some(first),
    }
}

pub fn run(state: &StateDir, words: &[String], as_json: bool) -> Result<ExitCode> {
    let (options, words) = Options::take(words)?;
    if options.help {
        print!("{}", help::overview());
        return Ok(ExitCode::SUCCESS);
    }
    if let Some((first, rest)) = words.split_first()
        && matches!(first.as_str(), "help" | "?")
    {
        print!("{}", help::on(rest.first().map(String::as_str))?);
        return Ok(ExitCode::SUCCESS);
    }
    let file = options.file.clone();
    let mut session = Session::new(state, options)?;
    session.as_json = as_json;
    if !words.is_empty() {
        return Ok(match session.run(&words) {
            Ok(done) => show(&done).map(|()| ExitCode::SUCCESS)?,
            Err(error) => failed(&error),
        });
    }
    match file.as_deref() {
        None | Some("-") => from_lines(&mut session, &mut std::io::stdin().lock(), std::io::stdin().is_terminal()),
        Some(path) => {
            let file = std::fs::File::open(path).map_err(|e| anyhow!("{path}: {e}"))?;
            from_lines(&mut session, &mut std::io::BufReader::new(file), false)
        }
    }
}

const LINE_BYTES_MAX: u64 = 1 << 20;

/// A line that fails is told and does not end the others; the exit code says that one did.
fn from_lines(session: &mut Session, lines: &mut dyn BufRead, is_terminal: bool) -> Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    loop {
        if is_terminal {
            print!("{}", session.prompt());
            std::io::stdout().flush()?;
        }
        let mut line = Vec::new();
        std::io::Read::take(&mut *lines, LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(code);
        }
        if line.len() as u64 == LINE_BYTES_MAX {
            bail!("a line is longer than {LINE_BYTES_MAX} bytes");
        }
        let Ok(line) = String::from_utf8(line) else { bail!("what comes in is not UTF-8") };
        let words = match words::split(&line) {
            Ok(words) => words,
            Err(error) => {
                code = failed(&error);
                continue;
            }
        };
        match words.first().map(String::as_str) {
            None => continue,
            Some(word) if word.starts_with('#') => continue,
            Some("exit" | "quit") => return Ok(code),
            Some("help" | "?") => {
                match help::on(words.get(1).map(String::as_str)) {
                    Ok(text) => print!("{text}"),
                    Err(error) => code = failed(&error),
                }
                continue;
            }
            Some(_) => {}
        }
        match session.run(&words) {
            Ok(done) => show(&done)?,
            Err(error) => code = failed(&error),
        }
    }
}

/// As zmmailbox says it, for scripts that look for the code.
fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("ERROR: {}", format!("{error:#}").replace('\n', " "));
    ExitCode::FAILURE
}

enum Done {
    Text(String),
    Json(serde_json::Value),
}

fn show(done: &Done) -> Result<()> {
    match done {
        Done::Text(text) => print!("{text}"),
        Done::Json(value) => print_json(value),
    }
    Ok(std::io::stdout().flush()?)
}

impl Session {
    fn run(&mut self, words: &[String]) -> Result<Done> {
        let (first, rest) = words.split_first().ok_or_else(|| anyhow!("which command?"))?;
        let has_words = rest.iter().any(|word| !words::is_option(word));
        let verb = find(first, has_words)
            .ok_or_else(|| anyhow!("there is no command {first}; `posthouse mailbox help commands` lists them"))?;
        let usage = |why: anyhow::Error| anyhow!("{why}; it is `{} {}`", verb.name, verb.usage);
        let mut given = Given::parse(rest, verb.options).map_err(usage)?;
        if given.has('h') && !verb.options.iter().any(|option| option.letter == 'h') {
            return Ok(Done::Text(help::of(verb)));
        }
        let verbose = given.has('v');
        let text = (verb.run)(self, &mut given).map_err(|error| match error.downcast::<words::Missing>() {
            Ok(missing) => usage(missing.into()),
            Err(other) => other,
        })?;
        given.end().map_err(usage)?;
        Ok(if self.as_json || verbose { Done::Json(self.take_answer()) } else { Done::Text(text) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_one_verb() {
        let mut names: Vec<String> = verbs().flat_map(|v| [v.name.to_lowercase(), v.short.to_owned()]).collect();
        names.retain(|name| !name.is_empty());
        names.sort();
        let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone()).collect();
        assert_eq!(twice, ["sc"], "only the one that words tell apart");
        assert_eq!(find("sc", true).unwrap().name, "searchConv");
        assert_eq!(find("sc", false).unwrap().name, "searchCurrent");
        assert_eq!(find("GETALLFOLDERS", false).unwrap().short, "gaf");
        assert!(find("GAF", false).is_none() && find("", false).is_none());
    }
}
