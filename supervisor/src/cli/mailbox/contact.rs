// SPDX-License-Identifier: AGPL-3.0-or-later
//! Contacts, and addresses as they are typed.

use super::folder::made;
use super::session::Session;
use super::show::{attributes, list, long_date, text};
use super::words::{Given, switch, takes};
use super::{Topic, Verb};
use anyhow::Result;
use serde_json::{Value, json};

pub const VERBS: &[Verb] = &[
    Verb {
        name: "getAllContacts",
        short: "gact",
        topic: Topic::Contact,
        usage: "[OPTION]… [ATTRIBUTE]…",
        options: &[takes('f', "folder", "FOLDER")],
        run: |session, given| {
            let mut body = json!({});
            if let Some(folder) = given.option('f') {
                body["l"] = json!(session.folder_id(folder)?);
            }
            show(session, given, body)
        },
    },
    Verb {
        name: "getContacts",
        short: "gct",
        topic: Topic::Contact,
        usage: "IDS [ATTRIBUTE]…",
        options: &[],
        run: |session, given| {
            let body = json!({"cn": {"id": given.next("list of ids")?}});
            show(session, given, body)
        },
    },
    Verb {
        name: "createContact",
        short: "cct",
        topic: Topic::Contact,
        usage: "[OPTION]… ATTRIBUTE VALUE [ATTRIBUTE VALUE]…",
        options: &[takes('f', "folder", "FOLDER"), takes('T', "tags", "NAMES")],
        run: |session, given| {
            let mut cn = json!({"a": pairs(given)?});
            if let Some(tags) = given.option('T') {
                cn["tn"] = json!(tags);
            }
            if let Some(folder) = given.option('f') {
                cn["l"] = json!(session.folder_id(folder)?);
            }
            made(&session.mail("CreateContactRequest", json!({"cn": cn}))?, "cn")
        },
    },
    Verb {
        name: "modifyContactAttrs",
        short: "mcta",
        topic: Topic::Contact,
        usage: "[OPTION]… ID ATTRIBUTE VALUE [ATTRIBUTE VALUE]…",
        options: &[switch('r', "replace")],
        run: |session, given| {
            let id = given.next("id")?;
            let body = json!({"replace": given.has('r'), "cn": {"id": id, "a": pairs(given)?}});
            session.mail("ModifyContactRequest", body).map(|_| String::new())
        },
    },
    Verb {
        name: "autoComplete",
        short: "ac",
        topic: Topic::Contact,
        usage: "QUERY",
        options: &[],
        run: |session, given| {
            let answer = session.mail("AutoCompleteRequest", json!({"name": given.next("query")?}))?;
            let rows = list(&answer, "match").iter().map(|found| match text(&found["email"]) {
                email if email.is_empty() => format!("{}\n", text(&found["display"])),
                email => format!("{email}\n"),
            });
            Ok(rows.collect())
        },
    },
];

fn pairs(given: &mut Given) -> Result<Vec<Value>> {
    if given.peek().is_none() {
        given.next("attribute")?;
    }
    given.attributes("n")
}

fn show(session: &mut Session, given: &mut Given, mut body: Value) -> Result<String> {
    let wanted: Vec<Value> = given.rest().into_iter().map(|name| json!({"n": name})).collect();
    if !wanted.is_empty() {
        body["a"] = json!(wanted);
    }
    let answer = session.mail("GetContactsRequest", body)?;
    Ok(list(&answer, "cn").iter().map(contact).collect())
}

fn contact(cn: &Value) -> String {
    let mut out = format!("Id: {}\nFolder: {}\n", text(&cn["id"]), text(&cn["l"]));
    out += &format!("Date: {}\nRevision: {}\nAttrs:\n{}", long_date(&cn["d"]), text(&cn["rev"]), attributes(cn, "  "));
    for member in list(cn, "m") {
        out += &format!("  member: {}:{}\n", text(&member["type"]), text(&member["value"]));
    }
    out + "\n"
}
