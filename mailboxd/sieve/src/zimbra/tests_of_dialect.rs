// SPDX-License-Identifier: AGPL-3.0-or-later
//! Tests of the dialect as tests of the standard.

use super::edit::is_field;
use super::syntax::{Arg, Node};
use super::write::{Args, Result, Writer, fail, flag_variable};
use crate::quoted;

const HIGH: &str = "anyof (header :is \"Importance\" \"high\", header :contains \"X-Priority\" [\"1\", \"2\"])";
const LOW: &str = "anyof (header :is \"Importance\" \"low\", header :contains \"X-Priority\" [\"4\", \"5\"])";
/// RFC 5546 §1.4: what asks, and what answers.
const REQUESTS: &[&str] = &["publish", "request", "add", "cancel"];
const REPLIES: &[&str] = &["reply", "counter", "declinecounter", "refresh"];

pub(super) fn test(writer: &mut Writer<'_>, node: &Node) -> Result<String> {
    let args = Args::of(node)?;
    let is_nested = matches!(node.name.as_str(), "not" | "allof" | "anyof");
    if !is_nested && !node.tests.is_empty() {
        return fail(node, format!("{} takes no tests", node.name));
    }
    Ok(match node.name.as_str() {
        "not" => {
            let [one] = node.tests.as_slice() else { return fail(node, "not takes one test") };
            format!("not {}", test(writer, one)?)
        }
        "allof" | "anyof" => {
            let all = node.tests.iter().map(|one| test(writer, one)).collect::<Result<Vec<_>>>()?;
            if all.is_empty() {
                return fail(node, format!("{} takes tests", node.name));
            }
            format!("{} ({})", node.name, all.join(", "))
        }
        "true" | "false" => node.name.clone(),
        "header" | "address" => {
            fields(node, &args, 0)?;
            writer.as_it_is(node, 2, &[])?
        }
        "mime_header" => {
            writer.need("mime");
            fields(node, &args, 0)?;
            let header = Node { name: "header".into(), ..node.clone() };
            writer.as_it_is(&header, 2, &[])?.replacen("header ", "header :mime :anychild ", 1)
        }
        "envelope" => {
            writer.need("envelope");
            writer.as_it_is(node, 2, &[])?
        }
        "exists" => {
            fields(node, &args, 0)?;
            writer.as_it_is(node, 1, &[])?
        }
        "size" => writer.as_it_is(node, 1, &[])?,
        "string" => {
            writer.need("variables");
            let keys = args.rest.get(1).map(|arg| arg.texts()).unwrap_or_default();
            let one = |key: &&str| {
                let mut one = node.clone();
                one.args.pop();
                one.args.push(Arg::Text((*key).to_owned()));
                one
            };
            let each = keys.iter().map(one).map(|one| writer.as_it_is(&one, 2, &[])).collect::<Result<Vec<_>>>()?;
            if each.is_empty() { writer.as_it_is(node, 2, &[])? } else { format!("anyof ({})", each.join(", ")) }
        }
        "body" => {
            writer.need("body");
            let text = if args.has("raw") || args.has("content") || args.has("text") { "" } else { ":text " };
            writer.as_it_is(node, 1, &[])?.replacen("body ", &format!("body {text}"), 1)
        }
        "hasflag" => {
            writer.need("imap4flags");
            writer.as_it_is(node, args.rest.len(), &[])?
        }
        "date" if args.has("before") || args.has("after") => date(writer, node, &args)?,
        "date" => {
            writer.need("date");
            writer.as_it_is(node, 3, &[])?
        }
        "currentdate" => {
            writer.need("date");
            writer.as_it_is(node, 2, &[])?
        }
        "current_time" => current_time(writer, node, &args)?,
        "current_day_of_week" => current_day(writer, node, &args)?,
        "attachment" => {
            writer.need("mime");
            "header :mime :anychild :contains \"Content-Disposition\" \"attachment\"".into()
        }
        "invite" => invite(writer, &args),
        "me" => {
            let headers = headers(writer, node, &args)?;
            let own: Vec<String> = writer.dialect.own.iter().map(|own| quoted(own)).collect();
            format!("address :all :is {headers} [{}]", own.join(", "))
        }
        "addressbook" | "contact_ranking" => {
            writer.need("extlists");
            let list = if node.name == "addressbook" { writer.dialect.address_book } else { writer.dialect.written_to };
            format!("address :all :list {} {}", headers(writer, node, &args)?, quoted(list))
        }
        "conversation" => match args.rest.first().and_then(|arg| arg.texts().first().copied()) {
            None | Some("started" | "participated") => "exists [\"In-Reply-To\", \"References\"]".into(),
            Some(other) => return fail(node, format!("unknown kind of conversation: {other}")),
        },
        "flagged" => {
            writer.need("variables");
            let flag =
                args.rest.first().and_then(|arg| arg.texts().first().copied()).or(args.tags.first().map(|tag| tag.0));
            let Some((variable, value)) = flag_variable(flag.unwrap_or("flagged")) else {
                return fail(node, "unknown flag");
            };
            writer.variable(variable);
            format!("string :is \"${{{variable}}}\" \"{value}\"")
        }
        "importance" => {
            let word =
                args.rest.first().and_then(|arg| arg.texts().first().copied()).or(args.tags.first().map(|tag| tag.0));
            match word.unwrap_or("normal").to_ascii_lowercase().as_str() {
                "high" => HIGH.into(),
                "low" => LOW.into(),
                "normal" => format!("not anyof ({HIGH}, {LOW})"),
                other => return fail(node, format!("unknown importance: {other}")),
            }
        }
        "list" => "exists \"List-Id\"".into(),
        "bulk" => "anyof (exists \"List-Unsubscribe\", header :is \"Precedence\" [\"bulk\", \"list\", \"junk\"], \
                   header :contains \"Auto-Submitted\" \"auto-generated\")"
            .into(),
        "facebook" => "address :domain :is \"From\" \"facebookmail.com\"".into(),
        "linkedin" => "address :domain :is \"From\" \"linkedin.com\"".into(),
        "twitter" => "address :domain :contains \"From\" \"twitter.com\"".into(),
        "socialcast" => "exists \"X-Socialcast\"".into(),
        "community_requests" | "community_content" | "community_connections" => {
            "exists \"X-Zimbra-Community-Notification-Type\"".into()
        }
        other => return fail(node, format!("unknown test: {other}")),
    })
}

/// The engine looks at the last key of `string` only.
pub(super) fn any_string<K: AsRef<str>>(how: &str, source: &str, keys: &[K]) -> String {
    let each: Vec<String> = keys.iter().map(|key| format!("string {how}{source} {}", quoted(key.as_ref()))).collect();
    format!("anyof ({})", each.join(", "))
}

/// Whether the argument at `at` names header fields; what variables stand for is seen when it is run.
fn fields(node: &Node, args: &Args<'_>, at: usize) -> Result<()> {
    let names = args.rest.get(at).map(|arg| arg.texts()).unwrap_or_default();
    match names.iter().find(|name| !name.contains("${") && !is_field(name)) {
        Some(name) => fail(node, format!("not the name of a header field: {name:?}")),
        None => Ok(()),
    }
}

/// Of `:in HEADERS`.
fn headers(writer: &mut Writer<'_>, node: &Node, args: &Args<'_>) -> Result<String> {
    fields(node, args, 0)?;
    match args.rest.first() {
        Some(headers @ (Arg::Text(_) | Arg::List(_))) => writer.arg(node, headers),
        _ => fail(node, format!("{} names header fields", node.name)),
    }
}

/// `:before` or `:after`, with the comparison that it is.
fn relation(node: &Node, args: &Args<'_>, after: &'static str) -> Result<&'static str> {
    match (args.has("before"), args.has("after")) {
        (true, false) => Ok("lt"),
        (false, true) => Ok(after),
        _ => fail(node, format!("{} takes :before or :after", node.name)),
    }
}

fn digits<'n>(node: &Node, args: &Args<'n>, count: usize) -> Result<&'n str> {
    let text = args.rest.first().and_then(|arg| arg.texts().first().copied()).unwrap_or_default();
    match text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(text),
        false => fail(node, format!("{} takes {count} digits", node.name)),
    }
}

/// `date :before "YYYYMMDD"`. After a day is from the next day on.
fn date(writer: &mut Writer<'_>, node: &Node, args: &Args<'_>) -> Result<String> {
    writer.need("date");
    writer.need("relational");
    let (how, day) = (relation(node, args, "gt")?, digits(node, args, 8)?);
    Ok(format!("date :value \"{how}\" \"Date\" \"date\" \"{}-{}-{}\"", &day[..4], &day[4..6], &day[6..]))
}

/// `current_time :after "HHmm"`
fn current_time(writer: &mut Writer<'_>, node: &Node, args: &Args<'_>) -> Result<String> {
    writer.need("date");
    writer.need("relational");
    let (how, time) = (relation(node, args, "ge")?, digits(node, args, 4)?);
    Ok(format!("currentdate :value \"{how}\" \"time\" \"{}:{}:00\"", &time[..2], &time[2..]))
}

/// `current_day_of_week :is ["0", "6"]`: 0 is Sunday.
fn current_day(writer: &mut Writer<'_>, node: &Node, args: &Args<'_>) -> Result<String> {
    writer.need("date");
    let days = args.rest.first().map(|arg| arg.texts()).unwrap_or_default();
    let days: Vec<&str> = days.iter().flat_map(|days| days.split(',')).map(str::trim).collect();
    if days.is_empty() || !days.iter().all(|day| matches!(*day, "0" | "1" | "2" | "3" | "4" | "5" | "6")) {
        return fail(node, "a day of the week is a number from 0 to 6");
    }
    let days: Vec<String> = days.iter().map(|day| quoted(day)).collect();
    Ok(format!("currentdate :is \"weekday\" [{}]", days.join(", ")))
}

/// `invite [:method METHODS]`
fn invite(writer: &mut Writer<'_>, args: &Args<'_>) -> String {
    writer.need("mime");
    let methods: Vec<String> = args.rest.iter().flat_map(|arg| arg.texts()).map(str::to_ascii_lowercase).collect();
    let methods: Vec<String> = methods
        .iter()
        .flat_map(|method| match method.as_str() {
            "anyrequest" => REQUESTS.to_vec(),
            "anyreply" => REPLIES.to_vec(),
            other => vec![other],
        })
        .map(quoted)
        .collect();
    match methods.is_empty() {
        true => "header :mime :anychild :contains \"Content-Type\" \"text/calendar\"".into(),
        false => format!("header :mime :anychild :param \"method\" :is \"Content-Type\" [{}]", methods.join(", ")),
    }
}
