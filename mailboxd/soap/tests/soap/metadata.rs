// SPDX-License-Identifier: AGPL-3.0-or-later
//! What clients keep with items and with the mailbox.

use crate::support::*;
use soap::element::Element;

both! { of_items of_the_mailbox shared_and_not }

fn meta(section: &str, pairs: &[(&str, &str)]) -> Element {
    let meta = Element::new("meta").attr("section", section);
    pairs.iter().fold(meta, |meta, (name, value)| meta.pair("a", "n", name, value))
}

fn set(id: &str, section: &str, pairs: &[(&str, &str)]) -> Element {
    mail("SetCustomMetadataRequest").attr("id", id).unique(meta(section, pairs))
}

fn get(id: &str, section: &str) -> Element {
    mail("GetCustomMetadataRequest").attr("id", id).unique(meta(section, &[]))
}

fn pairs(reply: &Reply) -> Vec<(String, String)> {
    reply.body.first("meta").map(|meta| meta.key_values("a", "n").unwrap()).unwrap_or_default()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

async fn of_items(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let id = world.deliver("alice", &message("one", "", "text")).to_string();
    let reply = client.ok(get(&id, "zwc:x")).await;
    assert_eq!(reply.body.get("id"), Some(id.clone()));
    assert!(pairs(&reply).is_empty());
    let reply = client.ok(set(&id, "zwc:x", &[("one", "1"), ("two", "2")])).await;
    assert_eq!(reply.body.get("id"), Some(id.clone()));
    client.ok(set(&id, "zwc:y", &[("three", "3")])).await;
    assert_eq!(pairs(&client.ok(get(&id, "zwc:x")).await), [pair("one", "1"), pair("two", "2")]);
    let all = client.ok(mail("GetCustomMetadataRequest").attr("id", id.clone())).await;
    assert_eq!(all.body.named("meta").count(), 2);
    let shown = client.ok(mail("GetMsgRequest").child(Element::new("m").attr("id", id.clone()))).await;
    assert_eq!(shown.first("m").named("meta").count(), 2, "it is told with the item");
    client.ok(set(&id, "zwc:x", &[])).await;
    assert!(pairs(&client.ok(get(&id, "zwc:x")).await).is_empty());
    client.ok(set("2", "zwc:x", &[("a", "folder")])).await;
    assert_eq!(pairs(&client.ok(get("2", "zwc:x")).await), [pair("a", "folder")]);
    assert_eq!(client.fault(get("99999", "zwc:x")).await, "mail.NO_SUCH_ITEM");
    assert_eq!(client.fault(set("99999", "zwc:x", &[("a", "b")])).await, "mail.NO_SUCH_ITEM");
    for bad in [
        set(&id, "", &[("a", "b")]),
        set("", "zwc:x", &[("a", "b")]),
        set("no", "zwc:x", &[]),
        mail("SetCustomMetadataRequest").attr("id", id.clone()),
        set(&id, "zwc:x", &[("a", &"long".repeat(5_000))]),
    ] {
        assert_eq!(client.fault(bad).await, "service.INVALID_REQUEST");
    }
}

async fn of_the_mailbox(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let request = |verb: &str, pairs: &[(&str, &str)]| {
        mail(&format!("{verb}MailboxMetadataRequest")).unique(meta("zwc:x", pairs))
    };
    assert!(pairs(&client.ok(request("Get", &[])).await).is_empty());
    client.ok(request("Set", &[("one", "1"), ("two", "2")])).await;
    client.ok(request("Modify", &[("one", ""), ("three", "3")])).await;
    assert_eq!(pairs(&client.ok(request("Get", &[])).await), [pair("two", "2"), pair("three", "3")]);
    client.ok(request("Set", &[])).await;
    assert!(pairs(&client.ok(request("Get", &[])).await).is_empty());
    for verb in ["Get", "Set", "Modify"] {
        let name = format!("{verb}MailboxMetadataRequest");
        assert_eq!(client.fault(mail(&name)).await, "service.INVALID_REQUEST");
        assert_eq!(client.fault(mail(&name).unique(meta("", &[]))).await, "service.INVALID_REQUEST");
    }
    assert_eq!(client.fault(request("Set", &[("a", &"long".repeat(5_000))])).await, "service.INVALID_REQUEST");
    let bob = world.login("bob", json).await;
    let as_alice = bob.with(Element::new("account").attr("by", "name").text("alice@example.test"));
    for verb in ["Get", "Set", "Modify"] {
        assert_eq!(as_alice.fault(request(verb, &[("a", "b")])).await, "service.PERM_DENIED");
    }
}

async fn shared_and_not(json: bool) {
    let world = World::new();
    let (alice, bob) = (world.login("alice", json).await, world.login("bob", json).await);
    let create = mail("CreateFolderRequest").unique(Element::new("folder").attr("name", "Team").attr("l", "1"));
    let folder = alice.ok(create).await.first("folder").get("id").unwrap();
    let shared = world.deliver("alice", &message("shared", "", "text")).to_string();
    let secret = world.deliver("alice", &message("secret", "", "text")).to_string();
    alice.ok(action_with("MsgActionRequest", "move", &shared, "l", &folder)).await;
    let grant = Element::new("grant").attr("gt", "usr").attr("d", "bob@example.test").attr("perm", "r");
    let grant = Element::new("action").attr("op", "grant").attr("id", folder.clone()).unique(grant);
    alice.ok(mail("FolderActionRequest").unique(grant)).await;
    for id in [&shared, &secret] {
        alice.ok(set(id, "zwc:x", &[("a", "b")])).await;
    }
    let there = |id: &str| format!("{}:{id}", world.id("alice"));
    assert_eq!(pairs(&bob.ok(get(&there(&shared), "zwc:x")).await), [pair("a", "b")]);
    assert_eq!(bob.fault(set(&there(&shared), "zwc:x", &[("a", "c")])).await, "service.PERM_DENIED");
    assert_eq!(bob.fault(get(&there(&secret), "zwc:x")).await, "service.PERM_DENIED");
    assert_eq!(bob.fault(set(&there(&secret), "zwc:x", &[])).await, "service.PERM_DENIED");
    assert_eq!(pairs(&alice.ok(get(&secret, "zwc:x")).await), [pair("a", "b")]);
}
