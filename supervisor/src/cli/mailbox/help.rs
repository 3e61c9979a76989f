// SPDX-License-Identifier: AGPL-3.0-or-later
//! `help`, by topic.

use super::{Topic, Verb, verbs};
use anyhow::{Result, anyhow};

const TOPICS: &[(&str, Option<Topic>)] = &[
    ("admin", Some(Topic::Admin)),
    ("commands", None),
    ("contact", Some(Topic::Contact)),
    ("conversation", Some(Topic::Conversation)),
    ("filter", Some(Topic::Filter)),
    ("folder", Some(Topic::Folder)),
    ("item", Some(Topic::Item)),
    ("message", Some(Topic::Message)),
    ("misc", Some(Topic::Misc)),
    ("permission", Some(Topic::Permission)),
    ("search", Some(Topic::Search)),
    ("tag", Some(Topic::Tag)),
];

pub fn overview() -> String {
    let topics: String = TOPICS.iter().map(|(name, _)| format!("  posthouse mailbox help {name}\n")).collect();
    format!(
        "posthouse mailbox [OPTION]… [COMMAND …]\n\n\
         \x20 -m, --mailbox ACCOUNT   whose mailbox: name or id\n\
         \x20 -f, --file FILE         commands from a file, one a line; without this and without COMMAND: from standard input\n\
         \x20 -z, --zadmin            as this machine's administrator (the default)\n\
         \x20 -a, --admin NAME        as this administrator, with a password\n\
         \x20 -p, --password -        the password (of the administrator, else of the mailbox) is read from standard input\n\
         \x20 -P, --passfile FILE     or from a file\n\
         \x20 -u, --url URL           of a server elsewhere; with a password; with -a that of its admin service\n\
         \x20 -t, --timeout SECONDS   of one request\n\
         \x20     --state DIR, --json as everywhere: where posthouse runs; the whole answer\n\n\
         Every command takes -v (the whole answer) and -h.\n\n{topics}"
    )
}

pub fn on(topic: Option<&str>) -> Result<String> {
    let Some(topic) = topic else { return Ok(overview()) };
    if let Some(verb) = super::find(topic, true) {
        return Ok(of(verb));
    }
    let (_, wanted) = TOPICS
        .iter()
        .find(|(name, _)| *name == topic)
        .ok_or_else(|| anyhow!("there is no help on {topic}; `posthouse mailbox help` lists the topics"))?;
    let mut found: Vec<&Verb> = verbs().filter(|verb| wanted.is_none_or(|wanted| verb.topic == wanted)).collect();
    found.sort_by_key(|verb| verb.name.to_lowercase());
    Ok(found.into_iter().map(|verb| format!("  {}\n", line(verb))).collect())
}

fn line(verb: &Verb) -> String {
    let short = if verb.short.is_empty() { String::new() } else { format!("({})", verb.short) };
    let name = format!("{}{short}", verb.name);
    format!("{name:<32} {}", verb.usage).trim_end().to_owned()
}

pub fn of(verb: &Verb) -> String {
    let options = verb.options.iter().map(|option| {
        let takes = option.takes.map(|what| format!(" <{what}>")).unwrap_or_default();
        format!("    -{}, --{}{takes}\n", option.letter, option.long)
    });
    format!("  {}\n{}", line(verb), options.collect::<String>())
}
