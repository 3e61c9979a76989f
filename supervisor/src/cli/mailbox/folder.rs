// SPDX-License-Identifier: AGPL-3.0-or-later
//! Folders, saved searches, mount points, and who may do what in them.

use super::session::Session;
use super::show::{list, number, set_color, text};
use super::words::{Given, switch, takes};
use super::{Topic, Verb};
use anyhow::{Result, anyhow, bail};
use serde_json::{Value, json};

pub const VERBS: &[Verb] = &[
    Verb {
        name: "getAllFolders",
        short: "gaf",
        topic: Topic::Folder,
        usage: "",
        options: &[],
        run: |session, _| {
            let answer = session.mail("GetFolderRequest", json!({}))?;
            let mut out = heading();
            list(&answer, "folder").iter().for_each(|root| rows("folder", root, &mut out));
            Ok(out)
        },
    },
    Verb {
        name: "getFolder",
        short: "gf",
        topic: Topic::Folder,
        usage: "FOLDER",
        options: &[],
        run: |session, given| {
            let folder = session.folder(&given.next("folder")?)?;
            Ok(format!("{folder:#}\n"))
        },
    },
    Verb {
        name: "createFolder",
        short: "cf",
        topic: Topic::Folder,
        usage: "[OPTION]… FOLDER",
        options: &[
            takes('V', "view", "message|contact|document|…"),
            takes('c', "color", "COLOR"),
            takes('F', "flags", "FLAGS"),
        ],
        run: |session, given| {
            let (parent, name) = session.parent(&given.next("folder")?)?;
            let mut folder = json!({"l": parent, "name": name});
            look(given, &mut folder)?;
            made(&session.mail("CreateFolderRequest", json!({"folder": folder}))?, "folder")
        },
    },
    Verb {
        name: "createSearchFolder",
        short: "csf",
        topic: Topic::Folder,
        usage: "[OPTION]… FOLDER QUERY",
        options: &[
            takes('s', "sort", "ORDER"),
            takes('t', "types", "TYPES"),
            takes('c', "color", "COLOR"),
            takes('F', "flags", "FLAGS"),
        ],
        run: |session, given| {
            let (parent, name) = session.parent(&given.next("folder")?)?;
            let mut search = json!({"l": parent, "name": name, "query": given.next("query")?});
            look(given, &mut search)?;
            for (letter, member) in [('s', "sortBy"), ('t', "types")] {
                if let Some(value) = given.option(letter) {
                    search[member] = json!(value);
                }
            }
            made(&session.mail("CreateSearchFolderRequest", json!({"search": search}))?, "search")
        },
    },
    Verb {
        name: "createMountpoint",
        short: "cm",
        topic: Topic::Folder,
        usage: "[OPTION]… FOLDER OWNER REMOTE-FOLDER-ID|-PATH",
        options: &[takes('V', "view", "VIEW"), takes('c', "color", "COLOR"), takes('F', "flags", "FLAGS")],
        run: mount,
    },
    Verb {
        name: "deleteFolder",
        short: "df",
        topic: Topic::Folder,
        usage: "FOLDER",
        options: &[],
        run: |session, given| act(session, given, "delete", |_, _| Ok(())),
    },
    Verb {
        name: "emptyFolder",
        short: "ef",
        topic: Topic::Folder,
        usage: "FOLDER",
        options: &[switch('n', "no-subfolders")],
        run: |session, given| {
            act(session, given, "empty", |given, action| {
                action["recursive"] = json!(!given.has('n'));
                Ok(())
            })
        },
    },
    Verb {
        name: "renameFolder",
        short: "rf",
        topic: Topic::Folder,
        usage: "FOLDER NEW-PATH",
        options: &[],
        run: |session, given| {
            let id = session.folder_id(&given.next("folder")?)?;
            let (parent, name) = session.parent(&given.next("new path")?)?;
            let action = json!({"op": "rename", "id": id, "l": parent, "name": name});
            session.mail("FolderActionRequest", json!({"action": action})).map(|_| String::new())
        },
    },
    Verb {
        name: "markFolderRead",
        short: "mfr",
        topic: Topic::Folder,
        usage: "FOLDER",
        options: &[switch('r', "recursive")],
        run: |session, given| {
            act(session, given, "read", |given, action| {
                action["recursive"] = json!(given.has('r'));
                Ok(())
            })
        },
    },
    Verb {
        name: "modifyFolderColor",
        short: "mfc",
        topic: Topic::Folder,
        usage: "FOLDER COLOR",
        options: &[],
        run: |session, given| act(session, given, "color", |given, action| set_color(action, &given.next("color")?)),
    },
    Verb {
        name: "modifyFolderFlags",
        short: "mff",
        topic: Topic::Folder,
        usage: "FOLDER FLAGS",
        options: &[],
        run: |session, given| {
            act(session, given, "update", |given, action| {
                action["f"] = json!(given.next("flags")?);
                Ok(())
            })
        },
    },
    Verb {
        name: "modifyFolderChecked",
        short: "mfch",
        topic: Topic::Folder,
        usage: "FOLDER [0|1]",
        options: &[],
        run: |session, given| {
            act(session, given, "check", |given, action| {
                if !given.on()? {
                    action["op"] = json!("!check");
                }
                Ok(())
            })
        },
    },
    Verb {
        name: "modifyFolderURL",
        short: "mfu",
        topic: Topic::Folder,
        usage: "FOLDER URL",
        options: &[],
        run: |session, given| {
            act(session, given, "url", |given, action| {
                action["url"] = json!(given.next("URL")?);
                Ok(())
            })
        },
    },
    Verb {
        name: "syncFolder",
        short: "sf",
        topic: Topic::Folder,
        usage: "FOLDER",
        options: &[],
        run: |session, given| act(session, given, "sync", |_, _| Ok(())),
    },
    Verb {
        name: "importURLIntoFolder",
        short: "iuif",
        topic: Topic::Folder,
        usage: "FOLDER URL",
        options: &[],
        run: |session, given| {
            act(session, given, "import", |given, action| {
                action["url"] = json!(given.next("URL")?);
                Ok(())
            })
        },
    },
    Verb {
        name: "getFolderGrant",
        short: "gfg",
        topic: Topic::Folder,
        usage: "FOLDER",
        options: &[],
        run: |session, given| {
            let folder = session.folder(&given.next("folder")?)?;
            let mut out = grant_row("Permissions", "Type", "Display");
            out += &grant_row(&"-".repeat(11), &"-".repeat(8), "-------");
            for grant in list(&folder["acl"], "grant") {
                let name = ["d", "zid"].iter().map(|member| text(&grant[member])).find(|name| !name.is_empty());
                let (gt, name) = (text(&grant["gt"]), name.unwrap_or_default());
                let kind = GRANTEES.iter().find(|(_, wire, _)| *wire == gt).map_or(gt.as_str(), |(word, ..)| *word);
                let name = if matches!(gt.as_str(), "all" | "pub") { String::new() } else { name };
                out += &grant_row(&text(&grant["perm"]), kind, &name);
            }
            Ok(out)
        },
    },
    Verb {
        name: "modifyFolderGrant",
        short: "mfg",
        topic: Topic::Folder,
        usage: "FOLDER account NAME|group NAME|domain NAME|cos NAME|all|public r|rw|rwix|rwixd|rwixda|none",
        options: &[],
        run: grant,
    },
];

/// zmmailbox's words for grantees, those of the wire, and whether a name follows.
const GRANTEES: [(&str, &str, bool); 6] = [
    ("account", "usr", true),
    ("group", "grp", true),
    ("domain", "dom", true),
    ("cos", "cos", true),
    ("all", "all", false),
    ("public", "pub", false),
];

fn heading() -> String {
    let line = "-".repeat(10);
    format!(
        "{:>10}  {:>4}  {:>10}  {:>10}  Path\n{line}  ----  {line}  {line}  {line}\n",
        "Id", "View", "Unread", "Msg Count"
    )
}

fn rows(kind: &str, folder: &Value, out: &mut String) {
    let view = match text(&folder["view"]) {
        view if !view.is_empty() => view,
        _ if kind == "search" => "search".to_owned(),
        _ => "unknown".to_owned(),
    };
    let more = match kind {
        "search" => format!(" ({})", text(&folder["query"])),
        "link" => format!(" ({}:{})", text(&folder["owner"]), text(&folder["rid"])),
        _ => String::new(),
    };
    let path = match text(&folder["absFolderPath"]) {
        path if path.is_empty() => text(&folder["name"]),
        path => path,
    };
    *out += &format!(
        "{:>10}  {view:.4}  {:>10}  {:>10}  {path}{more}\n",
        text(&folder["id"]),
        number(&folder["u"]),
        number(&folder["n"])
    );
    let inner = ["folder", "search", "link"].iter().flat_map(|kind| list(folder, kind).iter().map(move |f| (kind, f)));
    let mut inner: Vec<_> = inner.collect();
    inner.sort_by_key(|(_, folder)| text(&folder["name"]).to_lowercase());
    inner.into_iter().for_each(|(kind, folder)| rows(kind, folder, out));
}

/// What is made has an id.
pub fn made(answer: &Value, kind: &str) -> Result<String> {
    let id = list(answer, kind).first().map(|made| text(&made["id"])).filter(|id| !id.is_empty());
    id.map(|id| format!("{id}\n")).ok_or_else(|| anyhow!("the server does not say what it made"))
}

fn look(given: &Given, folder: &mut Value) -> Result<()> {
    if let Some(color) = given.option('c') {
        set_color(folder, color)?;
    }
    for (letter, member) in [('V', "view"), ('F', "f")] {
        if let Some(value) = given.option(letter) {
            folder[member] = json!(value);
        }
    }
    Ok(())
}

/// An operation on one folder; `more` reads what else it takes.
fn act(
    session: &mut Session,
    given: &mut Given,
    op: &str,
    more: fn(&mut Given, &mut Value) -> Result<()>,
) -> Result<String> {
    let folder = given.next("folder")?;
    let mut action = json!({"op": op});
    more(given, &mut action)?;
    action["id"] = json!(session.folder_id(&folder)?);
    session.mail("FolderActionRequest", json!({"action": action})).map(|_| String::new())
}

/// The folder there is named by its id, or by its path: then its owner's tree is looked at, as far as it is shared.
fn mount(session: &mut Session, given: &mut Given) -> Result<String> {
    let (parent, name) = session.parent(&given.next("folder")?)?;
    let (owner, remote) = (given.next("owner")?, given.next("remote folder")?);
    let owner_is_id = owner.len() == 36 && !owner.contains('@');
    let rid = if remote.bytes().all(|b| b.is_ascii_digit()) { remote } else { session.folder_of(&owner, &remote)? };
    let mut link = json!({"l": parent, "name": name, "rid": rid});
    link[if owner_is_id { "zid" } else { "owner" }] = json!(owner);
    look(given, &mut link)?;
    made(&session.mail("CreateMountpointRequest", json!({"link": link}))?, "link")
}

fn grant_row(rights: &str, kind: &str, name: &str) -> String {
    format!("{rights:>11}  {kind:>8}  {name}").trim_end().to_owned() + "\n"
}

fn grant(session: &mut Session, given: &mut Given) -> Result<String> {
    let folder = given.next("folder")?;
    let word = given.next("kind of grantee")?;
    let Some((_, gt, is_named)) = GRANTEES.iter().find(|(known, ..)| *known == word) else {
        bail!("{word} is none of {}", GRANTEES.map(|(word, ..)| word).join(", "));
    };
    let name = if *is_named { given.next("grantee")? } else { String::new() };
    let rights = given.next("permissions")?;
    let folder = session.folder(&folder)?;
    if rights == "none" {
        let is = |grant: &&Value| {
            let named = |member: &str| text(&grant[member]).eq_ignore_ascii_case(&name);
            text(&grant["gt"]) == *gt && (!is_named || named("d") || named("zid"))
        };
        let known = list(&folder["acl"], "grant").iter().find(is);
        let known = known.ok_or_else(|| anyhow!("there is no grant to {word} {name}"))?;
        let action = json!({"op": "!grant", "id": folder["id"], "zid": known["zid"]});
        return session.mail("FolderActionRequest", json!({"action": action})).map(|_| String::new());
    }
    let mut grant = json!({"gt": gt, "perm": rights});
    if *is_named {
        grant["d"] = json!(name);
    }
    let action = json!({"op": "grant", "id": folder["id"], "grant": grant});
    session.mail("FolderActionRequest", json!({"action": action})).map(|_| String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_as_zmmailbox_prints_them() {
        let tree = json!({"id": "1", "name": "USER_ROOT", "absFolderPath": "/", "n": 0,
            "folder": [{"id": "2", "name": "Inbox", "absFolderPath": "/Inbox", "view": "message", "u": 3, "n": 12}],
            "search": [{"id": "300", "name": "a", "absFolderPath": "/a", "query": "is:unread"}],
            "link": [{"id": "301", "name": "z", "absFolderPath": "/z", "view": "document", "owner": "b@c", "rid": "16"}]});
        let mut out = heading();
        rows("folder", &tree, &mut out);
        let expected = "        Id  View      Unread   Msg Count  Path\n\
                        ----------  ----  ----------  ----------  ----------\n         \
                        1  unkn           0           0  /\n       \
                        300  sear           0           0  /a (is:unread)\n         \
                        2  mess           3          12  /Inbox\n       \
                        301  docu           0           0  /z (b@c:16)\n";
        assert_eq!(out, expected);
    }
}
