// SPDX-License-Identifier: AGPL-3.0-or-later
//! Searches over many mailboxes, for administrators: pages of hits, and all that is found as an archive.

use super::search::people;
use super::session::Session;
use super::show::{column, list, short_date, text};
use super::words::{Given, Opt, switch, takes};
use super::{Topic, Verb};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fs::File;
use std::process::Stdio;

const MAILBOX: Opt = takes('m', "mailbox", "ACCOUNT|LIST");
const DOMAIN: Opt = takes('D', "domain", "DOMAIN");
const TYPES: Opt = takes('t', "types", "message,contact,document");
const DUMPSTER: Opt = switch('d', "dumpster");

pub const VERBS: &[Verb] = &[
    Verb {
        name: "searchMultiMailbox",
        short: "smm",
        topic: Topic::Admin,
        usage: "[-m ACCOUNT|LIST]… [-D DOMAIN]… [OPTION]… QUERY",
        options: &[
            MAILBOX,
            DOMAIN,
            TYPES,
            DUMPSTER,
            takes('l', "limit", "NUMBER"),
            takes('s', "sort", "dateDesc|dateAsc|…"),
            takes('c', "cursor", "CURSOR"),
        ],
        run: search,
    },
    Verb {
        name: "exportMultiMailbox",
        short: "emm",
        topic: Topic::Admin,
        usage: "[-m ACCOUNT|LIST]… [-D DOMAIN]… [OPTION]… -o FILE QUERY",
        options: &[MAILBOX, DOMAIN, TYPES, DUMPSTER, takes('o', "output", "FILE")],
        run: export,
    },
];

const LIMIT: usize = 100;
/// Of one request.
const PAGE: usize = 500;

fn search(session: &mut Session, given: &mut Given) -> Result<String> {
    let query = given.next("query")?;
    let limit = match given.option('l').map(str::parse::<usize>) {
        None => LIMIT,
        Some(Ok(limit)) if limit > 0 => limit,
        Some(_) => bail!("-l takes a number"),
    };
    let mailboxes: Vec<Value> = given.options('m').into_iter().map(|key| json!({"id": key})).collect();
    let domains: Vec<Value> = given.options('D').into_iter().map(|name| json!({"_content": name})).collect();
    let mut body = json!({
        "query": query, "types": given.option('t').unwrap_or("message"), "inDumpster": given.has('d'),
        "mbx": mailboxes, "domain": domains,
    });
    if let Some(sort) = given.option('s') {
        body["sortBy"] = json!(sort);
    }
    if let Some(cursor) = given.option('c') {
        let (id, value) = cursor.split_once('/').unwrap_or((cursor, ""));
        body["cursor"] = json!({"id": id, "sortVal": value});
    }
    let (mut rows, mut notes, mut number) = (String::new(), String::new(), 0);
    let more = loop {
        body["limit"] = json!((limit - number).min(PAGE));
        let answer = session.admin("SearchMultiMailboxRequest", body.clone())?;
        for hit in ["m", "cn", "doc"].iter().flat_map(|kind| list(&answer, kind)) {
            number += 1;
            rows += &row(hit);
        }
        for mailbox in list(&answer, "mbx").iter().filter(|mailbox| !mailbox["error"].is_null()) {
            notes += &format!("# not searched: {} ({})\n", text(&mailbox["name"]), text(&mailbox["error"]));
        }
        let cursor = answer["cursor"].clone();
        if answer["more"] != true || number >= limit {
            break (answer["more"] == true).then_some(cursor);
        }
        body["cursor"] = cursor;
    };
    let end = more.map(|cursor| format!("# go on with -c '{}/{}'\n", text(&cursor["id"]), text(&cursor["sortVal"])));
    Ok(format!("num: {number}, more: {}\n\n{rows}{notes}{}", end.is_some(), end.unwrap_or_default()))
}

/// Account, id, date, folder, sender, subject, with tabs between: a script cuts them, whatever is in them.
fn row(hit: &Value) -> String {
    let name = ["su", "fileAsStr", "name"].iter().map(|member| text(&hit[member])).find(|name| !name.is_empty());
    let plain = |text: &str| column(text, text.chars().count());
    let cells = [
        text(&hit["mbx"]),
        text(&hit["id"]),
        short_date(&hit["d"]),
        text(&hit["folder"]),
        people(hit),
        name.unwrap_or_default(),
        text(&hit["fr"]),
    ];
    cells.iter().map(|cell| plain(cell)).collect::<Vec<_>>().join("\t") + "\n"
}

fn export(session: &mut Session, given: &mut Given) -> Result<String> {
    let wanted = json!({
        "query": given.next("query")?, "types": given.option('t').unwrap_or("message"), "dumpster": given.has('d'),
        "accounts": given.options('m'), "domains": given.options('D'),
    });
    let Some(name) = given.option('o') else { bail!("-o FILE says where the archive goes; - is standard output") };
    if name == "-" {
        return session.export(&wanted, Stdio::inherit()).map(|()| String::new());
    }
    let file = File::create(name).with_context(|| name.to_owned())?;
    session.export(&wanted, file.into()).map(|()| String::new()).inspect_err(|_| {
        // A part of it is taken for the whole.
        let _ = std::fs::remove_file(name);
    })
}
