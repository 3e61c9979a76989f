// SPDX-License-Identifier: AGPL-3.0-or-later
//! What is done to items, whatever they are: read, flagged, tagged, moved, deleted, had back. Each for conversations, messages,
//! contacts and items of any kind.

use super::session::Session;
use super::words::Given;
use super::{Topic, Verb};
use anyhow::Result;
use serde_json::{Value, json};

const MESSAGE: &str = "MsgActionRequest";
const CONVERSATION: &str = "ConvActionRequest";
const ITEM: &str = "ItemActionRequest";
const CONTACT: &str = "ContactActionRequest";

macro_rules! verb {
    ($name:literal $short:literal, $topic:ident, $usage:literal, $run:expr) => {
        Verb { name: $name, short: $short, topic: Topic::$topic, usage: $usage, options: &[], run: $run }
    };
}

pub const VERBS: &[Verb] = &[
    verb!("markMessageRead" "mmr", Message, "IDS [0|1]", |s, g| mark(s, g, MESSAGE, "read")),
    verb!("markConversationRead" "mcr", Conversation, "IDS [0|1]", |s, g| mark(s, g, CONVERSATION, "read")),
    verb!("markItemRead" "mir", Item, "IDS [0|1]", |s, g| mark(s, g, ITEM, "read")),
    verb!("flagMessage" "fm", Message, "IDS [0|1]", |s, g| mark(s, g, MESSAGE, "flag")),
    verb!("flagConversation" "fc", Conversation, "IDS [0|1]", |s, g| mark(s, g, CONVERSATION, "flag")),
    verb!("flagContact" "fct", Contact, "IDS [0|1]", |s, g| mark(s, g, CONTACT, "flag")),
    verb!("flagItem" "fi", Item, "IDS [0|1]", |s, g| mark(s, g, ITEM, "flag")),
    verb!("markMessageSpam" "mms", Message, "IDS [0|1] [FOLDER]", |s, g| spam(s, g, MESSAGE)),
    verb!("markConversationSpam" "mcs", Conversation, "IDS [0|1] [FOLDER]", |s, g| spam(s, g, CONVERSATION)),
    verb!("tagMessage" "tm", Message, "IDS TAG [0|1]", |s, g| tag(s, g, MESSAGE)),
    verb!("tagConversation" "tc", Conversation, "IDS TAG [0|1]", |s, g| tag(s, g, CONVERSATION)),
    verb!("tagContact" "tct", Contact, "IDS TAG [0|1]", |s, g| tag(s, g, CONTACT)),
    verb!("tagItem" "ti", Item, "IDS TAG [0|1]", |s, g| tag(s, g, ITEM)),
    verb!("moveMessage" "mm", Message, "IDS FOLDER", |s, g| into(s, g, MESSAGE, "move")),
    verb!("moveConversation" "mc", Conversation, "IDS FOLDER", |s, g| into(s, g, CONVERSATION, "move")),
    verb!("moveContact" "mct", Contact, "IDS FOLDER", |s, g| into(s, g, CONTACT, "move")),
    verb!("moveItem" "mi", Item, "IDS FOLDER", |s, g| into(s, g, ITEM, "move")),
    verb!("copyItem" "ci", Item, "IDS FOLDER", |s, g| into(s, g, ITEM, "copy")),
    verb!("recoverItem" "ri", Item, "IDS FOLDER", |s, g| into(s, g, ITEM, "recover")),
    verb!("deleteMessage" "dm", Message, "IDS", |s, g| act(s, g, MESSAGE, "delete")),
    verb!("deleteConversation" "dc", Conversation, "IDS", |s, g| act(s, g, CONVERSATION, "delete")),
    verb!("deleteContact" "dct", Contact, "IDS", |s, g| act(s, g, CONTACT, "delete")),
    verb!("deleteItem" "di", Item, "IDS", |s, g| act(s, g, ITEM, "delete")),
    verb!("dumpsterDeleteItem" "ddi", Item, "IDS", |s, g| act(s, g, ITEM, "dumpsterdelete")),
    verb!("emptyDumpster" "ed", Misc, "", |s, _| s.mail("EmptyDumpsterRequest", json!({})).map(|_| String::new())),
];

fn ask(session: &mut Session, request: &str, action: &Value) -> Result<String> {
    session.mail(request, json!({"action": action})).map(|_| String::new())
}

fn act(session: &mut Session, given: &mut Given, request: &str, op: &str) -> Result<String> {
    let ids = given.next("list of ids")?;
    ask(session, request, &json!({"op": op, "id": ids}))
}

fn mark(session: &mut Session, given: &mut Given, request: &str, op: &str) -> Result<String> {
    let ids = given.next("list of ids")?;
    let not = if given.on()? { "" } else { "!" };
    ask(session, request, &json!({"op": format!("{not}{op}"), "id": ids}))
}

fn spam(session: &mut Session, given: &mut Given, request: &str) -> Result<String> {
    let ids = given.next("list of ids")?;
    let is_spam = match given.peek() {
        Some("0" | "1") => given.on()?,
        _ => true,
    };
    let mut action = json!({"op": if is_spam { "spam" } else { "!spam" }, "id": ids});
    if let Some(folder) = given.maybe() {
        action["l"] = json!(session.folder_id(&folder)?);
    }
    ask(session, request, &action)
}

/// A tag that is not there is not made.
fn tag(session: &mut Session, given: &mut Given, request: &str) -> Result<String> {
    let (ids, name) = (given.next("list of ids")?, given.next("tag")?);
    let not = if given.on()? { "" } else { "!" };
    let tag = session.tag(&name)?;
    ask(session, request, &json!({"op": format!("{not}tag"), "id": ids, "tag": tag["id"]}))
}

fn into(session: &mut Session, given: &mut Given, request: &str, op: &str) -> Result<String> {
    let (ids, folder) = (given.next("list of ids")?, given.next("folder")?);
    let id = session.folder_id(&folder)?;
    ask(session, request, &json!({"op": op, "id": ids, "l": id}))
}
