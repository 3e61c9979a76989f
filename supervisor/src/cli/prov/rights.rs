// SPDX-License-Identifier: AGPL-3.0-or-later
//! Verbs about rights: who may do what, given, taken and told.

use super::admin::{Ask, Verb, ask, list, nothing};
use super::words::{Words, grantee, right, selector, target};
use crate::cli::output::plain;
use anyhow::{Result, bail};
use serde_json::{Map, Value, json};

pub const VERBS: &[Verb] = &[
    Verb {
        name: "grantRight",
        short: "grr",
        usage: "TARGET-TYPE [TARGET] GRANTEE-TYPE [GRANTEE] [-|+|*|.]RIGHT",
        ask: |words| grant("GrantRightRequest", words),
        show: nothing,
    },
    Verb {
        name: "revokeRight",
        short: "rvr",
        usage: "TARGET-TYPE [TARGET] GRANTEE-TYPE [GRANTEE] [-]RIGHT",
        ask: |words| grant("RevokeRightRequest", words),
        show: nothing,
    },
    Verb {
        name: "getGrants",
        short: "gg",
        usage: "[-t TARGET-TYPE [TARGET]] [-g GRANTEE-TYPE GRANTEE [0|1]]",
        ask: grants,
        show: show_grants,
    },
    Verb {
        name: "checkRight",
        short: "ckr",
        usage: "TARGET-TYPE [TARGET] GRANTEE RIGHT",
        ask: |words| {
            let target = target(words)?;
            let mut grantee = selector(words.next("grantee")?);
            grantee["type"] = json!("usr");
            ask("CheckRightRequest", json!({"target": target, "grantee": grantee, "right": words.next("right")?}))
        },
        show: show_check,
    },
    Verb {
        name: "getRight",
        short: "gr",
        usage: "[-e] RIGHT",
        ask: |words| {
            let expand = words.option("-e");
            ask("GetRightRequest", json!({"expandAllAttrs": expand, "right": words.next("right")?}))
        },
        show: |answer| show_right(&answer["right"]),
    },
    Verb {
        name: "getAllRights",
        short: "gar",
        usage: "[-c ADMIN|USER|ALL] [TARGET-TYPE]",
        ask: |words| {
            let class = if words.option("-c") { words.next("class")? } else { "ADMIN" };
            ask("GetAllRightsRequest", json!({"rightClass": class, "targetType": words.maybe().unwrap_or_default()}))
        },
        show: |answer| list(answer, "right").map(|right| format!("{}\n", plain(&right["name"]))).collect(),
    },
    Verb {
        name: "getEffectiveRights",
        short: "ger",
        usage: "TARGET-TYPE [TARGET] [GRANTEE] [expandSetAttrs] [expandGetAttrs]",
        ask: effective,
        show: show_effective,
    },
    Verb {
        name: "getAllEffectiveRights",
        short: "gaer",
        usage: "usr GRANTEE [expandSetAttrs] [expandGetAttrs]",
        ask: |words| {
            let grantee = grantee(words)?;
            ask("GetAllEffectiveRightsRequest", json!({"grantee": grantee, "expandAllAttrs": expand(words)?}))
        },
        show: show_all_effective,
    },
    Verb {
        name: "getCreateObjectAttrs",
        short: "gcoa",
        usage: "TARGET-TYPE [DOMAIN]",
        ask: |words| {
            let mut body = json!({"target": {"type": words.next("type of the target")?}});
            if let Some(domain) = words.maybe() {
                body["domain"] = selector(domain);
            }
            ask("GetCreateObjectAttrsRequest", body)
        },
        show: |answer| list(&answer["setAttrs"], "a").map(|a| format!("{}\n", plain(&a["n"]))).collect(),
    },
];

fn grant(request: &'static str, words: &mut Words<'_>) -> Result<Ask> {
    let target = target(words)?;
    let grantee = grantee(words)?;
    ask(request, json!({"target": target, "grantee": grantee, "right": right(words)?}))
}

/// `-t TYPE [TARGET]`, `-g TYPE GRANTEE [0|1]`
fn grants(words: &mut Words<'_>) -> Result<Ask> {
    let mut body = Map::new();
    while let Some(option) = words.maybe() {
        match option {
            "-t" => body.insert("target".to_owned(), target(words)?),
            "-g" => {
                let mut grantee = grantee(words)?;
                if let Some(all) = words.one_of(&["0", "1"]) {
                    grantee["all"] = json!(all == "1");
                }
                body.insert("grantee".to_owned(), grantee)
            }
            other => bail!("{other} is neither -t nor -g"),
        };
    }
    ask("GetGrantsRequest", Value::Object(body))
}

pub fn show_grants(answer: &Value) -> String {
    let row = |cells: [&str; 7]| {
        format!(
            "{:<12.12} {:<36.36} {:<30.30} {:<12.12} {:<36.36} {:<30.30} {}\n",
            cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6]
        )
    };
    let mut out =
        row(["target type", "target id", "target name", "grantee type", "grantee id", "grantee name", "right"]);
    let line = |n: usize| "-".repeat(n);
    let (a, b, c, d) = (line(12), line(36), line(30), line(20));
    out += &row([&a, &b, &c, &a, &b, &c, &d]);
    for grant in list(answer, "grant") {
        let text = |part: &str, name: &str| plain(&grant[part][name]);
        let sign = |name: &str, sign: &'static str| if grant["right"][name] == true { sign } else { "" };
        let signs =
            [sign("deny", "-"), sign("canDelegate", "+"), sign("subDomain", "*"), sign("disinheritSubGroups", ".")];
        let right = format!("{}{}", signs.concat(), plain(&grant["right"]["_content"]));
        out += &row([
            &text("target", "type"),
            &text("target", "id"),
            &text("target", "name"),
            &text("grantee", "type"),
            &text("grantee", "id"),
            &text("grantee", "name"),
            &right,
        ]);
    }
    out
}

pub fn show_check(answer: &Value) -> String {
    let mut out = if answer["allow"] == true { "ALLOWED\n" } else { "DENIED\n" }.to_owned();
    if let Some(via) = answer["via"].as_object() {
        let part = |name: &str| (plain(&via[name]["type"]), plain(&via[name]["_content"]));
        let (target, grantee) = (part("target"), part("grantee"));
        let deny = if via["right"]["deny"] == true { "-" } else { "" };
        out += "Via:\n";
        out += &format!("    target type  : {}\n    target       : {}\n", target.0, target.1);
        out += &format!("    grantee type : {}\n    grantee      : {}\n", grantee.0, grantee.1);
        out += &format!("    right        : {deny}{}\n", plain(&via["right"]["_content"]));
    }
    out
}

fn show_right(right: &Value) -> String {
    let mut out = format!("{}\n", plain(&right["name"]));
    out += &format!("    description: {}\n    right type: {}\n", plain(&right["desc"]), plain(&right["type"]));
    if !right["targetType"].is_null() {
        out += &format!("    target type: {}\n", plain(&right["targetType"]));
    }
    out += &format!("    right class: {}\n", plain(&right["rightClass"]));
    if right["attrs"]["all"] == true {
        out += "    attributes:\n        all attributes\n";
    } else if right["attrs"].is_object() {
        out += "    attributes:\n";
        out += &list(&right["attrs"], "a").map(|a| format!("        {}\n", plain(&a["n"]))).collect::<String>();
    }
    if right["rights"].is_object() {
        out += "    rights:\n";
        out += &list(&right["rights"], "r").map(|r| format!("        {}\n", plain(&r["n"]))).collect::<String>();
    }
    out
}

fn show_rights(indent: &str, rights: &Value) -> String {
    let mut out = String::new();
    for right in list(rights, "right") {
        out += &format!("{indent}{}\n", plain(&right["n"]));
    }
    for (name, title) in [("setAttrs", "Can set"), ("getAttrs", "Can get")] {
        out += &format!("{indent}{title} attributes:\n");
        if rights[name]["all"] == true {
            out += &format!("{indent}    all attributes\n");
        }
        out += &list(&rights[name], "a").map(|a| format!("{indent}    {}\n", plain(&a["n"]))).collect::<String>();
    }
    out
}

fn show_effective(answer: &Value) -> String {
    let (grantee, target) = (&answer["grantee"], &answer["target"]);
    format!(
        "Account {} has the following rights on target {} {}\n{}",
        plain(&grantee["name"]),
        plain(&target["type"]),
        plain(&target["name"]),
        show_rights("    ", target)
    )
}

fn show_all_effective(answer: &Value) -> String {
    let mut out = format!(
        "{} {} has the following rights:\n",
        plain(&answer["grantee"]["type"]),
        plain(&answer["grantee"]["name"])
    );
    for target in list(answer, "target") {
        out += &format!(
            "------------------------------------------------------------------\nTarget type: {}\n",
            plain(&target["type"])
        );
        if target["all"].is_object() {
            out += "On all entries\n";
            out += &show_rights("    ", &target["all"]);
        }
        for (part, inner, title) in
            [("inDomains", "domain", "On entries in domains"), ("entries", "entry", "On entries")]
        {
            for found in list(target, part) {
                let names: Vec<String> = list(found, inner).map(|entry| plain(&entry["name"])).collect();
                out += &format!("{title}: {}\n", names.join(", "));
                out += &show_rights("    ", &found["rights"]);
            }
        }
    }
    out
}

/// A grantee by name or id, behind the target; then what is to be told in full.
fn effective(words: &mut Words<'_>) -> Result<Ask> {
    let target = target(words)?;
    let mut body = json!({"target": target});
    if let Some(grantee) = words.maybe() {
        body["grantee"] = selector(grantee);
        body["grantee"]["type"] = json!("usr");
    }
    body["expandAllAttrs"] = json!(expand(words)?);
    ask("GetEffectiveRightsRequest", body)
}

fn expand(words: &mut Words<'_>) -> Result<String> {
    let mut out = Vec::new();
    for word in words.rest() {
        out.push(match word.as_str() {
            "expandSetAttrs" => "setAttrs",
            "expandGetAttrs" => "getAttrs",
            other => bail!("{other} is neither expandSetAttrs nor expandGetAttrs"),
        });
    }
    Ok(out.join(","))
}
