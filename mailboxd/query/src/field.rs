// SPDX-License-Identifier: AGPL-3.0-or-later
//! From `field:value` to a condition.

use crate::lex::Term;
use crate::{Clause, Comparison, Context, Is, ParseError, Priority, Query, TextField, date};

/// What stands before a colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Content,
    Text(TextField),
    Envelope {
        from: bool,
    },
    In {
        under: bool,
    },
    InId {
        under: bool,
    },
    Is,
    Has,
    Tag,
    Priority,
    Date(date::Span),
    Before,
    After,
    Changed,
    Size,
    Larger,
    Smaller,
    Attachment,
    Item,
    Conversation,
    ModSeq,
    Sort,
    /// A field of the language that no item of this store has.
    Unsupported,
}

const FIELDS: &[(&str, Field)] = &[
    ("content", Field::Content),
    ("subject", Field::Text(TextField::Subject)),
    ("from", Field::Text(TextField::From)),
    ("to", Field::Text(TextField::To)),
    ("cc", Field::Text(TextField::Cc)),
    ("tofrom", Field::Text(TextField::ToFrom)),
    ("tocc", Field::Text(TextField::ToCc)),
    ("fromcc", Field::Text(TextField::FromCc)),
    ("tofromcc", Field::Text(TextField::ToFromCc)),
    ("filename", Field::Text(TextField::Filename)),
    ("type", Field::Attachment),
    ("attachment", Field::Attachment),
    ("msgid", Field::Text(TextField::MessageId)),
    ("envfrom", Field::Envelope { from: true }),
    ("envto", Field::Envelope { from: false }),
    ("in", Field::In { under: false }),
    ("under", Field::In { under: true }),
    ("inid", Field::InId { under: false }),
    ("underid", Field::InId { under: true }),
    ("is", Field::Is),
    ("has", Field::Has),
    ("tag", Field::Tag),
    ("priority", Field::Priority),
    ("date", Field::Date(date::Span::Day)),
    ("day", Field::Date(date::Span::Day)),
    ("week", Field::Date(date::Span::Week)),
    ("month", Field::Date(date::Span::Month)),
    ("year", Field::Date(date::Span::Year)),
    ("before", Field::Before),
    ("after", Field::After),
    ("mdate", Field::Changed),
    ("size", Field::Size),
    ("larger", Field::Larger),
    ("bigger", Field::Larger),
    ("smaller", Field::Smaller),
    ("item", Field::Item),
    ("conv", Field::Conversation),
    ("modseq", Field::ModSeq),
    ("sort", Field::Sort),
    ("contact", Field::Text(TextField::Contact)),
    ("title", Field::Unsupported),
    ("author", Field::Unsupported),
    ("keywords", Field::Unsupported),
    ("company", Field::Unsupported),
    ("metadata", Field::Unsupported),
    ("conv-count", Field::Unsupported),
    ("conv-minm", Field::Unsupported),
    ("conv-maxm", Field::Unsupported),
    ("conv-start", Field::Unsupported),
    ("conv-end", Field::Unsupported),
    ("appt-start", Field::Unsupported),
    ("appt-end", Field::Unsupported),
];

/// The words behind `is:`.
pub(crate) const STATES: &[(&str, Is)] = &[
    ("unread", Is::Unread),
    ("read", Is::Read),
    ("flagged", Is::Flagged),
    ("unflagged", Is::Unflagged),
    ("sent", Is::Sent),
    ("received", Is::Received),
    ("replied", Is::Replied),
    ("unreplied", Is::Unreplied),
    ("forwarded", Is::Forwarded),
    ("unforwarded", Is::Unforwarded),
    ("draft", Is::Draft),
    ("invite", Is::Invite),
    ("anywhere", Is::Anywhere),
    ("fromme", Is::FromMe),
    ("tome", Is::ToMe),
    ("ccme", Is::CcMe),
    ("tofromme", Is::ToFromMe),
    ("toccme", Is::ToCcMe),
    ("fromccme", Is::FromCcMe),
    ("tofromccme", Is::ToFromCcMe),
    ("solo", Is::Solo),
    ("tagged", Is::Tagged),
    ("local", Is::Local),
    ("remote", Is::Remote),
];

pub(crate) fn by_name(name: &str) -> Option<Field> {
    lookup(FIELDS, name)
}

fn lookup<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|(n, _)| name.eq_ignore_ascii_case(n)).map(|(_, value)| *value)
}

pub(crate) fn condition(field: Field, term: &Term, context: &Context) -> Result<Query, ParseError> {
    let fail = |what: String| ParseError::new(what, term.at);
    let no_number = |what: String| ParseError { bad_number: true, ..ParseError::new(what, term.at) };
    let value = term.text.trim();
    let changed = |(from_ms, until_ms)| Clause::Changed { from_ms, until_ms };
    let received = |(from_ms, until_ms)| Clause::Date { from_ms, until_ms };
    let clause = match field {
        Field::Content => return text(TextField::Content, value).map_err(fail),
        Field::Text(field @ (TextField::Subject | TextField::From)) if value.starts_with(['<', '>']) => {
            return Ok(compare(field == TextField::Subject, value));
        }
        Field::Text(field) => return text(field, value).map_err(fail),
        Field::Attachment => return attachment(value).map_err(fail),
        Field::Is => return state(value).map_err(fail),
        Field::Item => return items(value).map_err(fail),
        Field::Envelope { from } => match star(value) {
            (text, prefix) if !text.is_empty() => Clause::Envelope { from, text, prefix },
            _ => Clause::None,
        },
        Field::In { under } => Clause::In { path: value.to_owned(), under },
        Field::InId { under } if value.contains(':') => {
            let (account, id) = value.rsplit_once(':').unwrap_or_default();
            Clause::InOther { account: account.to_owned(), id: number(id).map_err(fail)?, under }
        }
        Field::InId { under } => Clause::InId { id: number(value).map_err(fail)?, under },
        Field::Has if matches!(value.to_ascii_lowercase().as_str(), "attachment" | "attachments") => {
            Clause::HasAttachment
        }
        Field::Has => return Err(fail(format!("has:{value} can't be searched"))),
        Field::Tag => Clause::Tag(value.to_owned()),
        Field::Priority if value.eq_ignore_ascii_case("high") => Clause::Priority(Priority::High),
        Field::Priority if value.eq_ignore_ascii_case("low") => Clause::Priority(Priority::Low),
        Field::Priority => return Err(fail(format!("priority is high or low, not {value:?}"))),
        Field::Date(span) => received(bounds(value, |v| date::span(v, span, context)).map_err(fail)?),
        Field::Changed => changed(bounds(value, |v| date::span(v, date::Span::Day, context)).map_err(fail)?),
        Field::Before => received((None, Some(date::span(value, date::Span::Day, context).map_err(fail)?.0))),
        Field::After => received((Some(date::span(value, date::Span::Day, context).map_err(fail)?.1), None)),
        Field::Size => {
            let (from, until) = bounds(value, size).map_err(no_number)?;
            Clause::Size { from, until }
        }
        Field::Larger => Clause::Size { from: Some(size(value).map_err(no_number)?.1), until: None },
        Field::Smaller => Clause::Size { from: None, until: Some(size(value).map_err(no_number)?.0) },
        Field::ModSeq => {
            let (from, until) = bounds(value, |v| number(v).map(point)).map_err(fail)?;
            Clause::ModSeq { from, until }
        }
        Field::Conversation => Clause::Conversation(number(value).map_err(fail)?),
        Field::Sort | Field::Unsupported => return Err(fail("that field can't be searched".to_owned())),
    };
    Ok(Query::Clause(clause))
}

/// `#name:value`: an attribute of a contact.
pub(crate) fn attribute(name: &str, term: &Term) -> Query {
    let (text, prefix) = star(term.text.trim());
    match text.is_empty() && !prefix {
        true => Query::Clause(Clause::None),
        false => Query::Clause(Clause::Attribute { name: name.to_ascii_lowercase(), text, prefix }),
    }
}

fn text(field: TextField, value: &str) -> Result<Query, String> {
    let (mut text, mut prefix) = star(value);
    // Who types a name of somebody means the beginning of one.
    prefix |= field == TextField::Contact && !text.is_empty();
    if text.is_empty() {
        return Ok(if prefix { Query::All } else { Query::Clause(Clause::None) });
    }
    if let Some(tail) = text.strip_prefix('*') {
        // "*.tld" and "*@host": hosts are indexed by their words too. Other leading stars would read the whole index.
        let tail = tail.trim_start_matches(['*', '.', '@']);
        let people = matches!(
            field,
            TextField::From
                | TextField::To
                | TextField::Cc
                | TextField::ToFrom
                | TextField::ToCc
                | TextField::FromCc
                | TextField::ToFromCc
        );
        if !people || tail.is_empty() {
            return Err("a * at the start of a word is too wide".to_owned());
        }
        text = tail.to_owned();
    }
    Ok(Query::Clause(Clause::Text { field, text, prefix }))
}

/// `subject:">=kite"`
fn compare(subject: bool, value: &str) -> Query {
    let (how, text) = match value.split_at_checked(2) {
        Some(("<=", text)) => (Comparison::LessOrEqual, text),
        Some((">=", text)) => (Comparison::GreaterOrEqual, text),
        _ if value.starts_with('<') => (Comparison::Less, &value[1..]),
        _ => (Comparison::Greater, &value[1..]),
    };
    Query::Clause(match text.trim() {
        "" => Clause::None,
        text => Clause::Compare { subject, how, text: text.to_lowercase() },
    })
}

/// Cuts the trailing stars off, with the white space between them, and tells whether the last was one.
fn star(value: &str) -> (String, bool) {
    let text = value.trim_end_matches(|c: char| c == '*' || c.is_whitespace());
    (text.to_owned(), value.ends_with('*'))
}

fn attachment(value: &str) -> Result<Query, String> {
    match value.to_ascii_lowercase().as_str() {
        "any" => Ok(Query::Clause(Clause::HasAttachment)),
        "none" => Ok(Query::Clause(Clause::HasAttachment).negate()),
        _ => text(TextField::Type, value),
    }
}

fn state(value: &str) -> Result<Query, String> {
    match lookup(STATES, value) {
        Some(state) => Ok(Query::Clause(Clause::Is(state))),
        None if value.eq_ignore_ascii_case("untagged") => Ok(Query::Clause(Clause::Is(Is::Tagged)).negate()),
        None => Err(format!("is:{value} is unknown")),
    }
}

fn items(value: &str) -> Result<Query, String> {
    match value.to_ascii_lowercase().as_str() {
        "all" => Ok(Query::All),
        "none" => Ok(Query::Clause(Clause::None)),
        _ => {
            let ids =
                value.split([',', ' ']).filter(|id| !id.is_empty()).map(number).collect::<Result<Vec<u32>, _>>()?;
            if ids.is_empty() { Err("a number is missing".to_owned()) } else { Ok(Query::Clause(Clause::Item(ids))) }
        }
    }
}

fn number<T: std::str::FromStr>(value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{value:?} is no number"))
}

/// The values from `n` (inclusive) to the next (exclusive).
fn point(n: u64) -> (u64, u64) {
    (n, n.saturating_add(1))
}

fn size(value: &str) -> Result<(u64, u64), String> {
    let lower = value.to_ascii_lowercase();
    let end = lower.find(|c: char| !c.is_ascii_digit()).unwrap_or(lower.len());
    let unit: u64 = match lower[end..].trim() {
        "" | "b" => 1,
        "k" | "kb" => 1 << 10,
        "m" | "mb" => 1 << 20,
        "g" | "gb" => 1 << 30,
        _ => return Err(format!("{value:?} is no size")),
    };
    Ok(point(number::<u64>(&lower[..end])?.saturating_mul(unit)))
}

type Bounds<T> = (Option<T>, Option<T>);

/// `>a`, `>=a`, `<a`, `<=a`, `a`, or a lower and an upper bound in one: `>=a<b`. `span` gives the start and the end of a value.
fn bounds<T: Copy>(value: &str, span: impl Fn(&str) -> Result<(T, T), String>) -> Result<Bounds<T>, String> {
    let one = |part: &str| -> Result<Bounds<T>, String> {
        let operator = part.len() - part.trim_start_matches(['<', '>', '=']).len();
        let (start, end) = span(part[operator..].trim())?;
        match &part[..operator] {
            ">" => Ok((Some(end), None)),
            ">=" => Ok((Some(start), None)),
            "<" => Ok((None, Some(start))),
            "<=" => Ok((None, Some(end))),
            "" | "=" => Ok((Some(start), Some(end))),
            other => Err(format!("{other:?} compares nothing")),
        }
    };
    match value.rfind('<') {
        Some(at) if at > 0 => {
            let (lower, upper) = (one(&value[..at])?, one(&value[at..])?);
            Ok((lower.0, upper.1))
        }
        _ => one(value),
    }
}
