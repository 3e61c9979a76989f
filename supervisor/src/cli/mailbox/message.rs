// SPDX-License-Identifier: AGPL-3.0-or-later
//! Messages and conversations: shown, and messages added from files.

use super::search::people;
use super::session::Session;
use super::show::{column, list, long_date, number, short_date, size, text};
use super::words::{Given, takes};
use super::{Topic, Verb};
use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use std::fs::File;
use std::path::{Path, PathBuf};

pub const VERBS: &[Verb] = &[
    Verb {
        name: "getMessage",
        short: "gm",
        topic: Topic::Message,
        usage: "ID",
        options: &[],
        run: |session, given| {
            let id = given.next("id")?;
            let answer = session.mail("GetMsgRequest", json!({"m": {"id": id, "needExp": true}}))?;
            Ok(list(&answer, "m").first().map(message).unwrap_or_default())
        },
    },
    Verb {
        name: "getConversation",
        short: "gc",
        topic: Topic::Conversation,
        usage: "ID",
        options: &[],
        run: |session, given| {
            let answer = session.mail("GetConvRequest", json!({"c": {"id": given.next("id")?}}))?;
            Ok(list(&answer, "c").first().map(conversation).unwrap_or_default())
        },
    },
    Verb {
        name: "addMessage",
        short: "am",
        topic: Topic::Message,
        usage: "[OPTION]… FOLDER FILE|DIRECTORY…",
        options: &[takes('F', "flags", "FLAGS"), takes('T', "tags", "NAMES"), takes('d', "date", "MILLISECONDS")],
        run: add,
    },
];

fn addresses(message: &Value, kind: &str) -> String {
    let found = list(message, "e").iter().filter(|e| e["t"] == kind);
    let shown = found.map(|e| match (text(&e["p"]), text(&e["a"])) {
        (name, address) if name.is_empty() => format!("<{address}>"),
        (name, address) => format!("{name} <{address}>"),
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn message(m: &Value) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            out += &format!("{name}: {value}\n");
        }
    };
    line("Id", text(&m["id"]));
    line("Conversation-Id", text(&m["cid"]));
    line("Folder", text(&m["l"]));
    line("Flags", text(&m["f"]));
    line("Tags", text(&m["tn"]));
    line("Subject", text(&m["su"]));
    for (kind, name) in [("f", "From"), ("s", "Sender"), ("r", "Reply-To"), ("t", "To"), ("c", "Cc"), ("b", "Bcc")] {
        line(name, addresses(m, kind));
    }
    line("Date", long_date(&m["d"]));
    line("Size", size(number(&m["s"])));
    out += "\n";
    list(m, "mp").iter().for_each(|part| body(part, &mut out));
    out
}

/// What a reader sees; of other parts, that they are there.
fn body(part: &Value, out: &mut String) {
    if part["body"] == true {
        let content = text(&part["content"]);
        *out += content.trim_end();
        *out += "\n";
    } else if let Some(name) = part["filename"].as_str() {
        *out += &format!("[{} {name} {}]\n", text(&part["ct"]), size(number(&part["s"])));
    }
    list(part, "mp").iter().for_each(|inner| body(inner, out));
}

fn conversation(c: &Value) -> String {
    let mut out = format!("Subject: {}\nId: {}\n", text(&c["su"]), text(&c["id"]));
    out += &format!("Num-Messages: {}\n", number(&c["n"]));
    let members = list(c, "m");
    let width = members.iter().map(|m| text(&m["id"]).len()).max().unwrap_or(0).max(4);
    let row = |at: &str, id: &str, from: &str, fragment: &str, date: &str| {
        let (from, fragment) = (column(from, 15), column(fragment, 50));
        format!("{at:>4}  {id:>width$}  {from}  {fragment}  {date}").trim_end().to_owned() + "\n"
    };
    let line = |n: usize| "-".repeat(n);
    out += "\n";
    out += &row("", "Id", "Sender", "Fragment", "Date");
    out += &row("", &line(width), &line(15), &line(50), &line(14));
    for (at, m) in members.iter().enumerate() {
        out += &row(&format!("{}.", at + 1), &text(&m["id"]), &people(m), &text(&m["fr"]), &short_date(&m["d"]));
    }
    out + "\n"
}

/// Of a directory, each file in it, in the order of their names. What was added is told at once, so that whoever goes on after a
/// failure knows where.
fn add(session: &mut Session, given: &mut Given) -> Result<String> {
    let folder = session.folder_id(&given.next("folder")?)?;
    let names = given.rest();
    if names.is_empty() {
        given.next("file")?;
    }
    let mut template = json!({"l": folder});
    for (letter, member) in [('F', "f"), ('T', "tn"), ('d', "d")] {
        if let Some(value) = given.option(letter) {
            template[member] = json!(value);
        }
    }
    let mut out = String::new();
    for name in &names {
        for path in files(Path::new(name))? {
            let done = one(session, &template, &path).with_context(|| path.display().to_string());
            match done {
                Ok(id) => out += &format!("{id}\n"),
                Err(error) => {
                    print!("{out}");
                    return Err(error);
                }
            }
        }
    }
    Ok(out)
}

fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in path.read_dir().with_context(|| path.display().to_string())? {
        let path = entry?.path();
        if path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn one(session: &mut Session, template: &Value, path: &Path) -> Result<String> {
    let file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        bail!("an empty file is no message");
    }
    let token = session.login()?.token.clone();
    let mut m = template.clone();
    m["aid"] = json!(session.client().upload(&token, file, "message/rfc822")?);
    let answer = session.mail("AddMsgRequest", json!({"m": m}))?;
    let id = list(&answer, "m").first().map(|m| text(&m["id"]));
    id.ok_or_else(|| anyhow!("the server does not say what it added"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_as_people_read_it() {
        let m = json!({"id": "257", "cid": "-257", "l": "2", "su": "Hi", "s": 1536, "e": [{"t": "f", "a": "a@b", "p": "Ann"}, {"t": "t", "a": "c@d"}],
            "mp": [{"ct": "multipart/mixed", "mp": [
                {"ct": "text/plain", "body": true, "content": "Hello\n"},
                {"ct": "application/pdf", "filename": "x.pdf", "s": 10}]}]});
        let shown = message(&m);
        for line in [
            "Id: 257",
            "Subject: Hi",
            "From: Ann <a@b>",
            "To: <c@d>",
            "Size: 1.50 KB",
            "",
            "Hello",
            "[application/pdf x.pdf 10 B]",
        ] {
            assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
        }
    }
}
