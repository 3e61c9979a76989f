// SPDX-License-Identifier: AGPL-3.0-or-later
//! What was deleted is found, had back, ended, held; by its owner and by nobody else.

use crate::support::*;
use directory::Attrs;
use soap::element::Element;

both! { comes_back ends is_held is_the_owners is_seen_for_a_while }

fn deleted(query: &str) -> Element {
    mail("SearchRequest").attr("types", "message").attr("inDumpster", "1").content("query", query)
}

async fn found(client: &Client, query: &str) -> Vec<String> {
    client.ok(deleted(query)).await.body.named("m").filter_map(|m| m.get("id")).collect()
}

/// A message of alice's that was deleted.
async fn delete(world: &World, alice: &Client, subject: &str) -> String {
    let id = world.deliver("alice", &message(subject, "", "zebra")).to_string();
    alice.ok(action("MsgActionRequest", "delete", &id)).await;
    id
}

fn set(world: &World, name: &str, value: &str) {
    let attrs = Attrs::from([(name.to_owned(), vec![value.to_owned()])]);
    world.directory.modify_account(&world.id("alice"), attrs).unwrap();
}

async fn comes_back(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let (one, two) = (delete(&world, &alice, "one").await, delete(&world, &alice, "two").await);
    assert_eq!(found(&alice, "").await.len(), 2);
    assert_eq!(found(&alice, "subject:one").await, std::slice::from_ref(&one));
    assert!(alice.find("zebra").await.is_empty(), "the other searches don't see it");
    for request in ["MsgActionRequest", "ItemActionRequest"] {
        let id = if request == "MsgActionRequest" { &one } else { &two };
        alice.ok(action_with(request, "recover", id, "l", "2")).await;
    }
    assert_eq!((alice.find("zebra").await.len(), found(&alice, "").await.len()), (2, 0));
    assert_eq!(alice.fault(action_with("MsgActionRequest", "recover", &one, "l", "2")).await, "mail.NO_SUCH_ITEM");
    assert_eq!(alice.fault(action("MsgActionRequest", "recover", &one)).await, "service.INVALID_REQUEST");
    let nowhere = action_with("MsgActionRequest", "recover", &one, "l", "9999");
    assert_eq!(alice.fault(nowhere).await, "mail.NO_SUCH_FOLDER");
}

async fn ends(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let (one, two) = (delete(&world, &alice, "one").await, delete(&world, &alice, "two").await);
    alice.ok(action("ItemActionRequest", "dumpsterdelete", &one)).await;
    assert_eq!(found(&alice, "").await, [two]);
    alice.ok(mail("EmptyDumpsterRequest")).await;
    assert!(found(&alice, "").await.is_empty());
}

async fn is_held(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let id = delete(&world, &alice, "one").await;
    set(&world, "zimbraDumpsterPurgeEnabled", "FALSE");
    assert_eq!(alice.fault(action("MsgActionRequest", "dumpsterdelete", &id)).await, "service.PERM_DENIED");
    assert_eq!(alice.fault(mail("EmptyDumpsterRequest")).await, "service.PERM_DENIED");
    assert_eq!(found(&alice, "").await, [id]);
}

async fn is_the_owners(json: bool) {
    let world = World::new();
    let (alice, bob) = (world.login("alice", json).await, world.login("bob", json).await);
    let grant = Element::new("grant").attr("gt", "usr").attr("d", "bob@example.test").attr("perm", "rwidxac");
    let share = Element::new("action").attr("op", "grant").attr("id", "2").unique(grant);
    alice.ok(mail("FolderActionRequest").unique(share)).await;
    let id = delete(&world, &alice, "one").await;
    let as_alice = bob.with(Element::new("account").attr("by", "name").text("alice@example.test"));
    for request in [
        deleted(""),
        action_with("MsgActionRequest", "recover", &id, "l", "2"),
        action("ItemActionRequest", "dumpsterdelete", &id),
        mail("EmptyDumpsterRequest"),
    ] {
        let name = request.name.clone();
        assert_eq!(as_alice.fault(request).await, "service.PERM_DENIED", "{name}");
    }
    assert_eq!(found(&alice, "").await, [id]);
}

async fn is_seen_for_a_while(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let id = delete(&world, &alice, "one").await;
    set(&world, "zimbraDumpsterEnabled", "FALSE");
    assert!(found(&alice, "").await.is_empty());
    assert_eq!(alice.fault(action_with("MsgActionRequest", "recover", &id, "l", "2")).await, "mail.NO_SUCH_ITEM");
}
