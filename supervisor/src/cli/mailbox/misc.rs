// SPDX-License-Identifier: AGPL-3.0-or-later
//! The mailbox itself, who it is shared with, and who may act for its owner.

use super::session::Session;
use super::show::{list, number, size, text};
use super::words::Given;
use super::{Topic, Verb};
use anyhow::{Result, bail};
use serde_json::{Value, json};

pub const VERBS: &[Verb] = &[
    Verb {
        name: "selectMailbox",
        short: "sm",
        topic: Topic::Misc,
        usage: "ACCOUNT",
        options: &[],
        run: |session, given| {
            session.select(&given.next("account")?)?;
            let answer = session.account("GetInfoRequest", json!({"sections": "mbox"}))?;
            Ok(format!("mailbox: {}, size: {}\n", text(&answer["name"]), size(number(&answer["used"]))))
        },
    },
    Verb {
        name: "whoami",
        short: "",
        topic: Topic::Misc,
        usage: "",
        options: &[],
        run: |session, _| {
            let answer = session.account("GetInfoRequest", json!({"sections": "mbox"}))?;
            Ok(format!("{}\n", text(&answer["name"])))
        },
    },
    Verb {
        name: "getInfo",
        short: "gi",
        topic: Topic::Misc,
        usage: "[SECTIONS]",
        options: &[],
        run: |session, given| {
            let body = given.maybe().map_or(json!({}), |sections| json!({"sections": sections}));
            Ok(format!("{:#}\n", session.account("GetInfoRequest", body)?))
        },
    },
    Verb {
        name: "getMailboxSize",
        short: "gms",
        topic: Topic::Misc,
        usage: "[-v]",
        options: &[],
        run: |session, given| {
            let answer = session.account("GetInfoRequest", json!({"sections": "mbox"}))?;
            let bytes = number(&answer["used"]);
            // In bytes; the whole answer says much else.
            if given.has('v') {
                session.set_answer(json!(bytes));
            }
            Ok(format!("{}\n", size(bytes)))
        },
    },
    Verb {
        name: "noOp",
        short: "no",
        topic: Topic::Misc,
        usage: "",
        options: &[],
        run: |session, _| session.mail("NoOpRequest", json!({})).map(|_| String::new()),
    },
    Verb {
        name: "getShareInfo",
        short: "gsi",
        topic: Topic::Permission,
        usage: "[OWNER]",
        options: &[],
        run: |session, given| {
            let body = given.maybe().map_or(json!({}), |owner| json!({"owner": {"by": "name", "_content": owner}}));
            let answer = session.account("GetShareInfoRequest", body)?;
            let row = |share: &Value| {
                let member = |name: &str| text(&share[name]);
                format!(
                    "{:<28} {:>6} {:<24} {:<8} {:<28} {}\n",
                    member("ownerEmail"),
                    member("folderId"),
                    member("folderPath"),
                    member("rights"),
                    member("granteeName"),
                    member("mid")
                )
            };
            let mut out = format!(
                "{:<28} {:>6} {:<24} {:<8} {:<28} {}\n",
                "owner", "folder", "path", "rights", "through", "mountpoint"
            );
            out += &list(&answer, "share").iter().map(row).collect::<String>();
            Ok(out)
        },
    },
    Verb {
        name: "getPermission",
        short: "gp",
        topic: Topic::Permission,
        usage: "[RIGHT]…",
        options: &[],
        run: |session, given| {
            let rights: Vec<Value> = given.rest().into_iter().map(|right| json!({"right": right})).collect();
            let body = if rights.is_empty() { json!({}) } else { json!({"ace": rights}) };
            let answer = session.account("GetRightsRequest", body)?;
            let mut out = row("right", "type", "grantee");
            out += &row(&"-".repeat(16), &"-".repeat(8), &"-".repeat(24));
            for ace in list(&answer, "ace") {
                let deny = if ace["deny"] == true { "-" } else { "" };
                let right = format!("{deny}{}", text(&ace["right"]));
                out += &row(&right, &text(&ace["gt"]), &text(&ace["d"]));
            }
            Ok(out)
        },
    },
    Verb {
        name: "grantPermission",
        short: "grp",
        topic: Topic::Permission,
        usage: "account NAME|group NAME|domain NAME|all|public [-]RIGHT",
        options: &[],
        run: |session, given| permission(session, given, "GrantRightsRequest"),
    },
    Verb {
        name: "revokePermission",
        short: "rvp",
        topic: Topic::Permission,
        usage: "account NAME|group NAME|domain NAME|all|public [-]RIGHT",
        options: &[],
        run: |session, given| permission(session, given, "RevokeRightsRequest"),
    },
];

fn row(right: &str, kind: &str, name: &str) -> String {
    format!("{right:<16}  {kind:<8}  {name}").trim_end().to_owned() + "\n"
}

fn permission(session: &mut Session, given: &mut Given, request: &str) -> Result<String> {
    let word = given.next("kind of grantee")?;
    let (gt, is_named) = match word.as_str() {
        "account" => ("usr", true),
        "group" => ("grp", true),
        "domain" => ("dom", true),
        "all" => ("all", false),
        "public" => ("pub", false),
        other => bail!("{other} is none of account, group, domain, all, public"),
    };
    let mut ace = json!({"gt": gt});
    if is_named {
        ace["d"] = json!(given.next("grantee")?);
    }
    let right = given.next("right")?;
    ace["right"] = json!(right.trim_start_matches('-'));
    if right.starts_with('-') {
        ace["deny"] = json!(true);
    }
    session.account(request, json!({"ace": [ace]})).map(|_| String::new())
}
