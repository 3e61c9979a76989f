// SPDX-License-Identifier: AGPL-3.0-or-later
//! Tags.

use super::folder::made;
use super::session::Session;
use super::show::{color_name, number, set_color, text};
use super::words::Given;
use super::{Topic, Verb};
use anyhow::Result;
use serde_json::{Value, json};

pub const VERBS: &[Verb] = &[
    Verb {
        name: "getAllTags",
        short: "gat",
        topic: Topic::Tag,
        usage: "",
        options: &[],
        run: |session, _| {
            let line = "-".repeat(10);
            let mut out = format!("{:>10}  {:>10}  {:>12}  Name\n", "Id", "Unread", "Color");
            out += &format!("{line}  {line}  {}  {line}\n", "-".repeat(12));
            for tag in session.tags()? {
                let (id, name) = (text(&tag["id"]), text(&tag["name"]));
                out += &format!("{id:>10}  {:>10}  {:>12}  {name}\n", number(&tag["u"]), color_name(&tag));
            }
            Ok(out)
        },
    },
    Verb {
        name: "createTag",
        short: "ct",
        topic: Topic::Tag,
        usage: "TAG [COLOR]",
        options: &[],
        run: |session, given| {
            let mut tag = json!({"name": given.next("tag")?});
            if let Some(color) = given.maybe() {
                set_color(&mut tag, &color)?;
            }
            made(&session.mail("CreateTagRequest", json!({"tag": tag}))?, "tag")
        },
    },
    Verb {
        name: "deleteTag",
        short: "dt",
        topic: Topic::Tag,
        usage: "TAG",
        options: &[],
        run: |session, given| act(session, given, "delete", |_, _| Ok(())),
    },
    Verb {
        name: "renameTag",
        short: "rt",
        topic: Topic::Tag,
        usage: "TAG NEW-NAME",
        options: &[],
        run: |session, given| {
            act(session, given, "rename", |given, action| {
                action["name"] = json!(given.next("new name")?);
                Ok(())
            })
        },
    },
    Verb {
        name: "modifyTagColor",
        short: "mtc",
        topic: Topic::Tag,
        usage: "TAG COLOR",
        options: &[],
        run: |session, given| act(session, given, "color", |given, action| set_color(action, &given.next("color")?)),
    },
    Verb {
        name: "markTagRead",
        short: "mtr",
        topic: Topic::Tag,
        usage: "TAG",
        options: &[],
        run: |session, given| act(session, given, "read", |_, _| Ok(())),
    },
];

fn act(
    session: &mut Session,
    given: &mut Given,
    op: &str,
    more: fn(&mut Given, &mut Value) -> Result<()>,
) -> Result<String> {
    let name = given.next("tag")?;
    let mut action = json!({"op": op});
    more(given, &mut action)?;
    action["id"] = session.tag(&name)?["id"].clone();
    session.mail("TagActionRequest", json!({"action": action})).map(|_| String::new())
}
