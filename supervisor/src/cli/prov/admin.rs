// SPDX-License-Identifier: AGPL-3.0-or-later
//! Verbs that are requests of the admin API, sent over the control socket: what they ask, and how zmprov prints the answer.

use super::words::{Words, selector};
use crate::cli::output::plain;
use crate::cli::restore::time;
use anyhow::{Result, anyhow, bail};
use serde_json::{Value, json};

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
pub fn ask(request: &'static str, body: Value) -> Result<Ask> {
    Ok(Ask { request, body })
}

pub fn list<'a>(answer: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    answer[name].as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

pub fn nothing(_: &Value) -> String {
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

/// Name, id, when it was deleted and when it goes for good.
fn deleted(answer: &Value) -> String {
    let line = |one: &Value| {
        let expires = if one["hold"] == json!(true) { "on hold".to_owned() } else { time(&one["expires"]) };
        format!("{:<40} {} {} {expires}\n", plain(&one["name"]), plain(&one["id"]), time(&one["deleted"]))
    };
    list(answer, "account").map(line).collect()
}

pub const VERBS: &[Verb] = &[
    Verb {
        name: "getDeletedAccounts",
        short: "gda",
        usage: "[DOMAIN]",
        ask: |words| {
            let body = words.maybe().map_or(json!({}), |domain| json!({"domain": selector(domain)}));
            ask("GetDeletedAccountsRequest", body)
        },
        show: deleted,
    },
    Verb {
        name: "undeleteAccount",
        short: "uda",
        usage: "NAME|ID [NEW-NAME]",
        ask: |words| {
            let account = selector(words.next("name")?);
            let body = match words.maybe() {
                Some(name) => json!({"account": account, "name": name}),
                None => json!({"account": account}),
            };
            ask("UndeleteAccountRequest", body)
        },
        show: |answer| {
            let problem = |one: &Value| format!("not brought back: {}\n", plain(&one["_content"]));
            names(answer) + &list(answer, "problem").map(problem).collect::<String>()
        },
    },
    Verb {
        name: "holdDeletedAccount",
        short: "hda",
        usage: "NAME|ID TRUE|FALSE",
        ask: |words| {
            let account = selector(words.next("name")?);
            let is_held = match words.next("TRUE or FALSE")? {
                "TRUE" => true,
                "FALSE" => false,
                other => bail!("{other} is neither TRUE nor FALSE"),
            };
            ask("HoldDeletedAccountRequest", json!({"account": account, "hold": is_held}))
        },
        show: nothing,
    },
    Verb {
        name: "purgeDeletedAccount",
        short: "pda",
        usage: "NAME|ID",
        ask: |words| ask("PurgeDeletedAccountRequest", json!({"account": selector(words.next("name")?)})),
        show: nothing,
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
    use crate::cli::prov::rights;

    fn asked(verb: &str, words: &[&str]) -> std::result::Result<String, String> {
        let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        let verb = VERBS.iter().chain(rights::VERBS).find(|known| known.short == verb).unwrap();
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
        assert_eq!(
            asked("uda", &["ann@a.test", "ann2@a.test"]).unwrap(),
            r#"UndeleteAccountRequest {"account":{"by":"name","_content":"ann@a.test"},"name":"ann2@a.test"}"#
        );
        assert!(asked("hda", &["ann@a.test", "yes"]).unwrap_err().contains("neither"));
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
        let shown = rights::show_grants(&answer);
        let last: Vec<&str> = shown.lines().last().unwrap().split_whitespace().collect();
        assert_eq!(last, ["domain", "1", "a.test", "usr", "2", "bob@a.test", "-createAccount"]);
        assert_eq!(rights::show_check(&json!({"allow": false})), "DENIED\n");
        let found = json!({"account": [{"name": "a@b.c", "id": "1", "a": [{"n": "sn", "_content": "S"}]}]});
        assert_eq!((names(&found), entries(&found)), ("a@b.c\n".to_owned(), "# name a@b.c\nsn: S\n\n".to_owned()));
    }
}
