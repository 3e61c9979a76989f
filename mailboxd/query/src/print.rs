// SPDX-License-Identifier: AGPL-3.0-or-later
//! A tree back to text that parses to the same tree.

use crate::{Clause, Comparison, Priority, Query, TextField, field};
use std::fmt::{self, Display, Formatter, Write};

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Query::All => f.write_str("item:all"),
            Query::And(members) => list(f, members, " ", |m| matches!(m, Query::And(_) | Query::Or(_))),
            // AND binds closer, so a conjunction within OR needs no parentheses.
            Query::Or(members) => list(f, members, " or ", |m| matches!(m, Query::Or(_))),
            Query::Not(inner) => {
                f.write_str("not ")?;
                list(f, std::slice::from_ref(&**inner), "", |m| matches!(m, Query::And(_) | Query::Or(_)))
            }
            Query::Clause(clause) => clause.fmt(f),
        }
    }
}

fn list(f: &mut Formatter<'_>, members: &[Query], between: &str, nested: impl Fn(&Query) -> bool) -> fmt::Result {
    for (n, member) in members.iter().enumerate() {
        if n > 0 {
            f.write_str(between)?;
        }
        if nested(member) { write!(f, "({member})")? } else { member.fmt(f)? }
    }
    Ok(())
}

impl Display for Clause {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Clause::Text { field, text, prefix } => {
                f.write_str(field_name(*field))?;
                quote(f, text, *prefix)
            }
            Clause::Compare { subject, how, text } => {
                let sign = match how {
                    Comparison::Less => "<",
                    Comparison::LessOrEqual => "<=",
                    Comparison::Greater => ">",
                    Comparison::GreaterOrEqual => ">=",
                };
                f.write_str(if *subject { "subject:" } else { "from:" })?;
                // A space, so that the text's own "=" stays with it.
                let space = if text.starts_with('=') { " " } else { "" };
                quote(f, &format!("{sign}{space}{text}"), false)
            }
            Clause::Attribute { name, text, prefix } => {
                write!(f, "#{name}:")?;
                quote(f, text, *prefix)
            }
            Clause::Envelope { from, text, prefix } => {
                f.write_str(if *from { "envfrom:" } else { "envto:" })?;
                quote(f, text, *prefix)
            }
            Clause::In { path, under } => {
                f.write_str(if *under { "under:" } else { "in:" })?;
                quote(f, path, false)
            }
            Clause::InId { id, under } => write!(f, "{}:{id}", if *under { "underid" } else { "inid" }),
            Clause::InOther { account, id, under } => {
                f.write_str(if *under { "underid:" } else { "inid:" })?;
                quote(f, &format!("{account}:{id}"), false)
            }
            Clause::Is(state) => {
                let name = field::STATES.iter().find(|(_, s)| s == state).map_or("", |(name, _)| *name);
                write!(f, "is:{name}")
            }
            Clause::HasAttachment => f.write_str("has:attachment"),
            Clause::Tag(name) => {
                f.write_str("tag:")?;
                quote(f, name, false)
            }
            Clause::Priority(Priority::High) => f.write_str("priority:high"),
            Clause::Priority(Priority::Low) => f.write_str("priority:low"),
            Clause::Date { from_ms, until_ms } => range(f, "date:", "@", *from_ms, *until_ms),
            Clause::Changed { from_ms, until_ms } => range(f, "mdate:", "@", *from_ms, *until_ms),
            Clause::Size { from, until } => range(f, "size:", "", *from, *until),
            Clause::ModSeq { from, until } => range(f, "modseq:", "", *from, *until),
            Clause::Item(ids) => {
                f.write_str("item:")?;
                for (n, id) in ids.iter().enumerate() {
                    write!(f, "{}{id}", if n > 0 { "," } else { "" })?;
                }
                Ok(())
            }
            Clause::Conversation(id) => write!(f, "conv:{id}"),
            Clause::None => f.write_str("item:none"),
        }
    }
}

fn field_name(field: TextField) -> &'static str {
    match field {
        TextField::Content => "content:",
        TextField::Subject => "subject:",
        TextField::From => "from:",
        TextField::To => "to:",
        TextField::Cc => "cc:",
        TextField::ToFrom => "tofrom:",
        TextField::ToCc => "tocc:",
        TextField::FromCc => "fromcc:",
        TextField::ToFromCc => "tofromcc:",
        TextField::Filename => "filename:",
        TextField::Type => "type:",
        TextField::MessageId => "msgid:",
        TextField::Contact => "contact:",
    }
}

fn quote(f: &mut Formatter<'_>, text: &str, prefix: bool) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            f.write_char('\\')?;
        }
        f.write_char(c)?;
    }
    f.write_str(if prefix { "*\"" } else { "\"" })
}

fn range<T: Display>(f: &mut Formatter<'_>, name: &str, mark: &str, from: Option<T>, until: Option<T>) -> fmt::Result {
    f.write_str(name)?;
    if let Some(from) = from {
        write!(f, ">={mark}{from}")?;
    }
    if let Some(until) = until {
        write!(f, "<{mark}{until}")?;
    }
    Ok(())
}
