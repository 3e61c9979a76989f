// SPDX-License-Identifier: AGPL-3.0-or-later
//! Verbs that are requests of the admin API, sent over the control socket: what they ask, and how zmprov prints the answer.

use super::super::output::plain;
use anyhow::{Result, anyhow, bail};
use serde_json::{Map, Value, json};

pub struct Verb {
    pub name: &'static str,
    pub short: &'static str,
    pub usage: &'static str,
    pub ask: fn(&mut Words<'_>) -> Result<Ask>,
    pub show: fn(&Value) -> String,
}

pub struct Ask {
    pub request: &'static str,
    pub body: Value,
}

/// What is behind the verb, word by word.
pub struct Words<'a> {
    words: &'a [String],
}

impl<'a> Words<'a> {
    pub fn new(words: &'a [String]) -> Words<'a> {
        Words { words }
    }

    fn next(&mut self, what: &str) -> Result<&'a str> {
        self.maybe().ok_or_else(|| anyhow!("the {what} is missing"))
    }

    fn maybe(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    /// Takes an option away, wherever it is.
    fn option(&mut self, name: &str) -> bool {
        let is_there = self.words.first().is_some_and(|word| word == name);
        if is_there {
            self.words = &self.words[1..];
        }
        is_there
    }

    fn rest(&mut self) -> &'a [String] {
        std::mem::take(&mut self.words)
    }

    /// Pairs of attribute and value, to the end.
    fn attributes(&mut self) -> Result<Value> {
        let mut list = Vec::new();
        while let Some(name) = self.maybe() {
            let value = self.maybe().ok_or_else(|| anyhow!("attribute {name} has no value"))?;
            list.push(json!({"n": name, "_content": value}));
        }
        Ok(Value::Array(list))
    }

    pub fn end(&self) -> Result<()> {
        match self.words.first() {
            Some(extra) => bail!("{extra} is one word too many"),
            None => Ok(()),
        }
    }
}

/// By id, where it has neither an @ nor a dot.
fn selector(key: &str) -> Value {
    let is_id = key.len() == 36 && key.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    json!({"by": if is_id { "id" } else { "name" }, "_content": key})
}

fn ask(request: &'static str, body: Value) -> Result<Ask> {
    Ok(Ask { request, body })
}

fn list<'a>(answer: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    answer[name].as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn nothing(_: &Value) -> String {
    String::new()
}

fn ids(answer: &Value, name: &str) -> String {
    list(answer, name).map(|entry| format!("{}\n", plain(&entry["id"]))).collect()
}

/// `# name …`, then each attribute.
fn entry(entry: &Value) -> String {
    let mut lines: Vec<String> =
        list(entry, "a").map(|a| format!("{}: {}\n", plain(&a["n"]), plain(&a["_content"]))).collect();
    lines.sort();
    format!("# name {}\n{}\n", plain(&entry["name"]), lines.concat())
}

const FOUND: &[&str] = &["account", "calresource", "dl", "alias", "domain", "cos", "server"];

fn names(answer: &Value) -> String {
    let all = FOUND.iter().flat_map(|name| list(answer, name));
    all.map(|entry| format!("{}\n", plain(&entry["name"]))).collect()
}

fn entries(answer: &Value) -> String {
    FOUND.iter().flat_map(|name| list(answer, name)).map(entry).collect()
}

fn target(words: &mut Words<'_>) -> Result<Value> {
    let kind = words.next("type of the target")?.to_owned();
    let mut target = json!({"type": kind});
    if !matches!(kind.as_str(), "global" | "config") {
        let key = words.next("target")?;
        target["by"] = selector(key)["by"].clone();
        target["_content"] = json!(key);
    }
    Ok(target)
}

/// `usr ann@example.org`, `all`.
fn grantee(words: &mut Words<'_>) -> Result<Value> {
    let kind = words.next("type of the grantee")?.to_owned();
    let mut grantee = json!({"type": kind});
    if !matches!(kind.as_str(), "all" | "pub") {
        let key = words.next("grantee")?;
        grantee["by"] = selector(key)["by"].clone();
        grantee["_content"] = json!(key);
    }
    Ok(grantee)
}

/// `-` denies, `+` may be passed on, `*` for domains below, `.` not for lists in the list.
fn right(words: &mut Words<'_>) -> Result<Value> {
    let spelled = words.next("right")?;
    let name = spelled.trim_start_matches(['-', '+', '*', '.']);
    let signs = &spelled[..spelled.len() - name.len()];
    let mut right = json!({"_content": name});
    for (sign, modifier) in [('-', "deny"), ('+', "canDelegate"), ('*', "subDomain"), ('.', "disinheritSubGroups")] {
        if signs.contains(sign) {
            right[modifier] = json!(true);
        }
    }
    Ok(right)
}

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
                if words.words.first().is_some_and(|word| word == "0" || word == "1") {
                    grantee["all"] = json!(words.maybe() == Some("1"));
                }
                body.insert("grantee".to_owned(), grantee)
            }
            other => bail!("{other} is neither -t nor -g"),
        };
    }
    ask("GetGrantsRequest", Value::Object(body))
}

fn show_grants(answer: &Value) -> String {
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

fn show_check(answer: &Value) -> String {
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

fn memberships(answer: &Value) -> String {
    let line = |dl: &Value| match dl["via"].as_str() {
        Some(via) => format!("{} (via {via})\n", plain(&dl["name"])),
        None => format!("{}\n", plain(&dl["name"])),
    };
    list(answer, "dl").map(line).collect()
}

/// `searchAccounts [-v] FILTER [limit N] [offset N] [sortBy ATTRIBUTE] [sortAscending 0|1] [domain D]`
fn search(types: &'static str, words: &mut Words<'_>) -> Result<Ask> {
    let mut body = json!({"types": types, "query": words.next("filter")?});
    while let Some(name) = words.maybe() {
        let value = words.maybe().ok_or_else(|| anyhow!("{name} has no value"))?;
        match name {
            "limit" | "offset" | "sortBy" | "sortAscending" | "domain" | "attrs" => body[name] = json!(value),
            other => bail!("{other} is none of limit, offset, sortBy, sortAscending, domain, attrs"),
        }
    }
    ask("SearchDirectoryRequest", body)
}

fn usage_rows(answer: &Value) -> String {
    let row = |a: &Value| format!("{} {} {}\n", plain(&a["name"]), plain(&a["limit"]), plain(&a["used"]));
    list(answer, "account").map(row).collect()
}

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
    Verb {
        name: "getAccountMembership",
        short: "gam",
        usage: "NAME",
        ask: |words| ask("GetAccountMembershipRequest", json!({"account": selector(words.next("name")?)})),
        show: memberships,
    },
    Verb {
        name: "getDistributionListMembership",
        short: "gdlm",
        usage: "NAME",
        ask: |words| ask("GetDistributionListMembershipRequest", json!({"dl": selector(words.next("name")?)})),
        show: memberships,
    },
    Verb {
        name: "renameDistributionList",
        short: "rdl",
        usage: "NAME TO",
        ask: |words| {
            let dl = selector(words.next("name")?);
            ask("RenameDistributionListRequest", json!({"dl": dl, "newName": words.next("new name")?}))
        },
        show: nothing,
    },
    Verb {
        name: "getAllAdminAccounts",
        short: "gaaa",
        usage: "",
        ask: |_| ask("GetAllAdminAccountsRequest", json!({})),
        show: names,
    },
    Verb {
        name: "checkPasswordStrength",
        short: "cps",
        usage: "NAME PASSWORD",
        ask: |words| {
            let account = selector(words.next("name")?);
            ask("CheckPasswordStrengthRequest", json!({"account": account, "password": words.next("password")?}))
        },
        show: |_| "Password passed strength check.\n".to_owned(),
    },
    Verb {
        name: "searchAccounts",
        short: "sa",
        usage: "FILTER [limit N] [offset N] [sortBy ATTRIBUTE] [sortAscending 0|1] [domain DOMAIN]",
        ask: |words| search("accounts", words),
        show: names,
    },
    Verb {
        name: "searchDirectory",
        short: "sd",
        usage: "FILTER [limit N] [offset N] [sortBy ATTRIBUTE] [sortAscending 0|1] [domain DOMAIN]",
        ask: |words| search("accounts,resources,distributionlists,aliases,domains,coses", words),
        show: entries,
    },
    Verb {
        name: "countAccount",
        short: "cta",
        usage: "DOMAIN",
        ask: |words| ask("CountAccountRequest", json!({"domain": selector(words.next("domain")?)})),
        show: |answer| {
            let row = |cos: &Value| {
                format!("{:<20} {:<40} {}\n", plain(&cos["name"]), plain(&cos["id"]), plain(&cos["_content"]))
            };
            let head = format!("{:<20} {:<40} {}\n", "cos name", "cos id", "# of accounts");
            let line = format!("{:<20} {:<40} {}\n", "-".repeat(20), "-".repeat(40), "-".repeat(20));
            head + &line + &list(answer, "cos").map(row).collect::<String>()
        },
    },
    Verb {
        name: "countObjects",
        short: "cto",
        usage: "TYPE [-d DOMAIN]",
        ask: |words| {
            let mut body = json!({"type": words.next("type")?});
            if words.option("-d") {
                body["domain"] = json!([selector(words.next("domain")?)]);
            }
            ask("CountObjectsRequest", body)
        },
        show: |answer| format!("{}\n", plain(&answer["num"])),
    },
    Verb {
        name: "getQuotaUsage",
        short: "gqu",
        usage: "[SERVER]",
        // There is one server.
        ask: |words| {
            words.maybe();
            ask("GetQuotaUsageRequest", json!({"sortBy": "totalUsed"}))
        },
        show: usage_rows,
    },
    Verb {
        name: "getMailboxInfo",
        short: "gmi",
        usage: "ACCOUNT-ID",
        ask: |words| ask("GetMailboxRequest", json!({"mbox": {"id": words.next("id of the account")?}})),
        show: |answer| {
            list(answer, "mbox")
                .map(|m| format!("mailboxId: {}\nquotaUsed: {}\n", plain(&m["mbxid"]), plain(&m["s"])))
                .collect()
        },
    },
    Verb {
        name: "reIndexMailbox",
        short: "rim",
        usage: "ACCOUNT-ID start|status|cancel",
        ask: |words| {
            let id = words.next("id of the account")?;
            ask("ReIndexRequest", json!({"mbox": {"id": id}, "action": words.next("action")?}))
        },
        show: |answer| {
            let mut out = format!("status: {}\n", plain(&answer["status"]));
            if answer["progress"].is_object() {
                let progress = |name: &str| plain(&answer["progress"][name]);
                out += &format!(
                    "progress: numSucceeded={}, numFailed={}, numRemaining={}\n",
                    progress("numSucceeded"),
                    progress("numFailed"),
                    progress("numRemaining")
                );
            }
            out
        },
    },
    Verb {
        name: "purgeMessages",
        short: "pm",
        usage: "[ACCOUNT-ID]",
        ask: |words| {
            let body = words.maybe().map_or(json!({}), |id| json!({"mbox": {"id": id}}));
            ask("PurgeMessagesRequest", body)
        },
        show: nothing,
    },
    Verb {
        name: "renameCos",
        short: "rc",
        usage: "NAME TO",
        ask: |words| {
            let cos = selector(words.next("name")?);
            ask("RenameCosRequest", json!({"cos": cos, "newName": words.next("new name")?}))
        },
        show: nothing,
    },
    Verb {
        name: "copyCos",
        short: "cpc",
        usage: "NAME TO",
        ask: |words| {
            let cos = selector(words.next("name")?);
            ask("CopyCosRequest", json!({"cos": cos, "name": words.next("new name")?}))
        },
        show: |answer| ids(answer, "cos"),
    },
    Verb {
        name: "getCalendarResource",
        short: "gcr",
        usage: "NAME",
        ask: |words| ask("GetCalendarResourceRequest", json!({"calresource": selector(words.next("name")?)})),
        show: entries,
    },
    Verb {
        name: "modifyCalendarResource",
        short: "mcr",
        usage: "NAME [ATTRIBUTE VALUE]…",
        ask: |words| {
            let resource = selector(words.next("name")?);
            ask("ModifyCalendarResourceRequest", json!({"calresource": resource, "a": words.attributes()?}))
        },
        show: nothing,
    },
    Verb {
        name: "renameCalendarResource",
        short: "rcr",
        usage: "NAME TO",
        ask: |words| {
            let resource = selector(words.next("name")?);
            ask("RenameCalendarResourceRequest", json!({"calresource": resource, "newName": words.next("new name")?}))
        },
        show: nothing,
    },
    Verb {
        name: "deleteCalendarResource",
        short: "dcr",
        usage: "NAME",
        ask: |words| ask("DeleteCalendarResourceRequest", json!({"calresource": selector(words.next("name")?)})),
        show: nothing,
    },
    Verb {
        name: "searchCalendarResources",
        short: "scr",
        usage: "FILTER [limit N] [offset N] [sortBy ATTRIBUTE] [domain DOMAIN]",
        ask: |words| search("resources", words),
        show: names,
    },
    Verb {
        name: "describe",
        short: "desc",
        usage: "[ATTRIBUTE…]",
        ask: |words| {
            let names = words.rest().join(",");
            ask("GetAttributeInfoRequest", if names.is_empty() { json!({}) } else { json!({"attrs": names}) })
        },
        show: |answer| list(answer, "a").map(|a| format!("{}\n    {}\n", plain(&a["n"]), plain(&a["desc"]))).collect(),
    },
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    fn asked(verb: &str, words: &[&str]) -> std::result::Result<String, String> {
        let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        let verb = VERBS.iter().find(|known| known.short == verb).unwrap();
        let mut words = Words::new(&words);
        let ask = (verb.ask)(&mut words).and_then(|ask| words.end().map(|()| ask)).map_err(|e| e.to_string())?;
        Ok(format!("{} {}", ask.request, ask.body))
    }

    #[test]
    fn words_become_requests() {
        assert_eq!(
            asked("grr", &["domain", "a.test", "usr", "bob@a.test", "+createAccount"]).unwrap(),
            r#"GrantRightRequest {"target":{"type":"domain","by":"name","_content":"a.test"},"grantee":{"type":"usr","by":"name","_content":"bob@a.test"},"right":{"_content":"createAccount","canDelegate":true}}"#
        );
        assert_eq!(
            asked("rvr", &["global", "usr", "7b9e7d1c-0000-4000-8000-1234567890ab", "-deleteCos"]).unwrap(),
            r#"RevokeRightRequest {"target":{"type":"global"},"grantee":{"type":"usr","by":"id","_content":"7b9e7d1c-0000-4000-8000-1234567890ab"},"right":{"_content":"deleteCos","deny":true}}"#
        );
        assert_eq!(
            asked("sa", &["(uid=a*)", "limit", "5"]).unwrap(),
            r#"SearchDirectoryRequest {"types":"accounts","query":"(uid=a*)","limit":"5"}"#
        );
        assert!(asked("grr", &["domain"]).unwrap_err().contains("target is missing"));
        assert!(asked("gaaa", &["x"]).unwrap_err().contains("too many"));
        assert!(asked("sa", &["(uid=a)", "limit"]).unwrap_err().contains("no value"));
        assert!(asked("gg", &["-x"]).unwrap_err().contains("neither"));
    }

    #[test]
    fn answers_as_zmprov_prints_them() {
        let answer = json!({"grant": [{
            "target": {"type": "domain", "id": "1", "name": "a.test"},
            "grantee": {"type": "usr", "id": "2", "name": "bob@a.test"},
            "right": {"deny": true, "canDelegate": false, "_content": "createAccount"},
        }]});
        let shown = show_grants(&answer);
        let last: Vec<&str> = shown.lines().last().unwrap().split_whitespace().collect();
        assert_eq!(last, ["domain", "1", "a.test", "usr", "2", "bob@a.test", "-createAccount"]);
        assert_eq!(show_check(&json!({"allow": false})), "DENIED\n");
        let found = json!({"account": [{"name": "a@b.c", "id": "1", "a": [{"n": "sn", "_content": "S"}]}]});
        assert_eq!((names(&found), entries(&found)), ("a@b.c\n".to_owned(), "# name a@b.c\nsn: S\n\n".to_owned()));
    }
}
