// SPDX-License-Identifier: AGPL-3.0-or-later
//! Identities and signatures.

use super::folder::made;
use super::session::Session;
use super::show::{attributes, list, text};
use super::words::{Given, takes};
use super::{Topic, Verb};
use anyhow::{Result, anyhow};
use serde_json::{Value, json};

pub const VERBS: &[Verb] = &[
    Verb {
        name: "getIdentities",
        short: "gid",
        topic: Topic::Misc,
        usage: "",
        options: &[],
        run: |session, _| {
            let answer = session.account("GetIdentitiesRequest", json!({}))?;
            let entry = |one: &Value| format!("# name {}\n{}\n", text(&one["name"]), attributes(one, ""));
            Ok(list(&answer, "identity").iter().map(entry).collect())
        },
    },
    Verb {
        name: "createIdentity",
        short: "cid",
        topic: Topic::Misc,
        usage: "NAME [ATTRIBUTE VALUE]…",
        options: &[],
        run: |session, given| {
            let identity = json!({"name": given.next("name")?, "a": given.attributes("name")?});
            made(&session.account("CreateIdentityRequest", json!({"identity": identity}))?, "identity")
        },
    },
    Verb {
        name: "modifyIdentity",
        short: "mid",
        topic: Topic::Misc,
        usage: "NAME ATTRIBUTE VALUE…",
        options: &[],
        run: |session, given| {
            let identity = json!({"name": given.next("name")?, "a": given.attributes("name")?});
            session.account("ModifyIdentityRequest", json!({"identity": identity})).map(|_| String::new())
        },
    },
    Verb {
        name: "deleteIdentity",
        short: "did",
        topic: Topic::Misc,
        usage: "NAME",
        options: &[],
        run: |session, given| {
            let identity = json!({"name": given.next("name")?});
            session.account("DeleteIdentityRequest", json!({"identity": identity})).map(|_| String::new())
        },
    },
    Verb {
        name: "getSignatures",
        short: "gsig",
        topic: Topic::Misc,
        usage: "",
        options: &[],
        run: |session, _| Ok(signatures(session)?.iter().map(show).collect()),
    },
    Verb {
        name: "createSignature",
        short: "csig",
        topic: Topic::Misc,
        usage: "[OPTION]… NAME TEXT",
        options: &[takes('t', "type", "text/plain|text/html")],
        run: |session, given| {
            let name = given.next("name")?;
            let signature = json!({"name": name, "content": content(given)?});
            made(&session.account("CreateSignatureRequest", json!({"signature": signature}))?, "signature")
        },
    },
    Verb {
        name: "modifySignature",
        short: "msig",
        topic: Topic::Misc,
        usage: "[OPTION]… NAME|ID TEXT",
        options: &[takes('t', "type", "text/plain|text/html")],
        run: |session, given| {
            let key = given.next("signature")?;
            let content = content(given)?;
            let signature = json!({"id": find(session, &key)?, "content": content});
            session.account("ModifySignatureRequest", json!({"signature": signature})).map(|_| String::new())
        },
    },
    Verb {
        name: "renameSignature",
        short: "rsig",
        topic: Topic::Misc,
        usage: "NAME|ID NEW-NAME",
        options: &[],
        run: |session, given| {
            let (key, name) = (given.next("signature")?, given.next("new name")?);
            let signature = json!({"id": find(session, &key)?, "name": name});
            session.account("ModifySignatureRequest", json!({"signature": signature})).map(|_| String::new())
        },
    },
    Verb {
        name: "deleteSignature",
        short: "dsig",
        topic: Topic::Misc,
        usage: "NAME|ID",
        options: &[],
        run: |session, given| {
            let key = given.next("signature")?;
            let signature = json!({"id": find(session, &key)?});
            session.account("DeleteSignatureRequest", json!({"signature": signature})).map(|_| String::new())
        },
    },
];

fn signatures(session: &mut Session) -> Result<Vec<Value>> {
    let answer = session.account("GetSignaturesRequest", json!({}))?;
    Ok(list(&answer, "signature").to_vec())
}

fn find(session: &mut Session, key: &str) -> Result<Value> {
    let all = signatures(session)?;
    let found = all.iter().find(|one| one["id"] == key || text(&one["name"]).eq_ignore_ascii_case(key));
    found.map(|one| one["id"].clone()).ok_or_else(|| anyhow!("unknown signature: {key}"))
}

fn show(signature: &Value) -> String {
    let contents = list(signature, "content").iter().map(|content| format!("{}\n", text(content)));
    format!("# name {}\n# id {}\n{}\n", text(&signature["name"]), text(&signature["id"]), contents.collect::<String>())
}

fn content(given: &mut Given) -> Result<Value> {
    let text = given.next("text")?;
    Ok(json!([{"type": given.option('t').unwrap_or("text/plain"), "_content": text}]))
}
