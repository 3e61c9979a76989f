// SPDX-License-Identifier: AGPL-3.0-or-later
//! Copies of a mailbox, and of what is shared of somebody else's: all of it, then what changed.

use crate::support::*;
use soap::element::Element;

both! { first_and_then pages shared_folders strangers }

fn sync() -> Element {
    mail("SyncRequest")
}

fn since(token: &str) -> Element {
    sync().attr("token", token)
}

fn token(reply: &Reply) -> String {
    reply.body.get("token").unwrap()
}

fn ids(reply: &Reply, name: &str) -> Vec<String> {
    reply.body.named(name).filter_map(|one| one.get("id")).collect()
}

fn deleted(reply: &Reply) -> Vec<String> {
    let gone = reply.body.named("deleted").filter_map(|one| one.get("ids"));
    gone.flat_map(|ids| ids.split(',').map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// The ids that the tree names in a folder.
fn held(tree: &Element, folder: &str) -> Option<String> {
    if tree.get("id").is_some_and(|id| id.rsplit(':').next() == Some(folder)) {
        return tree.named("m").find_map(|m| m.get("ids"));
    }
    tree.named("folder").find_map(|below| held(below, folder))
}

async fn first_and_then(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let kept = world.deliver("alice", &message("kept", "", "text")).to_string();
    let gone = world.deliver("alice", &message("gone", "", "text")).to_string();
    let first = alice.ok(sync()).await;
    assert_eq!(held(first.first("folder"), "2"), Some(format!("{kept},{gone}")));
    let none = alice.ok(sync().attr("msgCutoff", 4_000_000_000_u64)).await;
    assert_eq!(held(none.first("folder"), "2"), None);
    let before = token(&first);
    alice.ok(action("MsgActionRequest", "flag", &kept)).await;
    alice.ok(action("MsgActionRequest", "delete", &gone)).await;
    let create = mail("CreateFolderRequest").unique(Element::new("folder").attr("name", "New").attr("l", "1"));
    let folder = alice.ok(create).await.first("folder").get("id").unwrap();
    let next = alice.ok(since(&before).attr("typed", true)).await;
    assert_eq!((ids(&next, "m"), deleted(&next)), (vec![kept.clone()], vec![gone.clone()]));
    assert_eq!(next.first("deleted").first("m").and_then(|m| m.get("ids")), Some(gone));
    assert!(ids(&next, "folder").contains(&folder));
    // What leaves a folder is gone from it.
    let inbox = alice.ok(sync().attr("l", "2")).await;
    alice.ok(action_with("MsgActionRequest", "move", &kept, "l", &folder)).await;
    let left = alice.ok(since(&token(&inbox)).attr("l", "2")).await;
    assert_eq!((ids(&left, "m"), deleted(&left)), (vec![], vec![kept.clone()]));
    let came = alice.ok(since(&token(&inbox)).attr("l", folder)).await;
    assert_eq!((ids(&came, "m"), deleted(&came)), (vec![kept], vec![]));
    let nothing = alice.ok(since(&token(&came))).await;
    assert_eq!((ids(&nothing, "m").len(), deleted(&nothing).len(), token(&nothing)), (0, 0, token(&came)));
}

/// No change is told twice, none is left out, and no more come at once than was asked for.
async fn pages(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let doomed: Vec<String> =
        (0..5).map(|n| world.deliver("alice", &message(&format!("old{n}"), "", "x")).to_string()).collect();
    let mut at = token(&alice.ok(sync()).await);
    for id in &doomed {
        alice.ok(action("MsgActionRequest", "delete", id)).await;
    }
    let fresh: Vec<String> =
        (0..7).map(|n| world.deliver("alice", &message(&format!("new{n}"), "", "x")).to_string()).collect();
    let (mut came, mut went) = (Vec::new(), Vec::new());
    for round in 0.. {
        assert!(round < 20, "it ends");
        let reply = alice.ok(since(&at).attr("changeLimit", 3).attr("deleteLimit", 2)).await;
        assert!(ids(&reply, "m").len() <= 3 && deleted(&reply).len() <= 2);
        came.extend(ids(&reply, "m"));
        went.extend(deleted(&reply));
        at = token(&reply);
        if reply.body.get("more").is_none() {
            break;
        }
    }
    assert_eq!((came, went), (fresh, doomed));
}

async fn shared_folders(json: bool) {
    let world = World::new();
    let (alice, bob) = (world.login("alice", json).await, world.login("bob", json).await);
    let (seen, secret) =
        (world.deliver("alice", &message("a", "", "x")), world.deliver("alice", &message("b", "", "x")));
    let (seen, secret) = (seen.to_string(), secret.to_string());
    let create = mail("CreateFolderRequest").unique(Element::new("folder").attr("name", "Team").attr("l", "1"));
    let folder = alice.ok(create).await.first("folder").get("id").unwrap();
    alice.ok(action_with("MsgActionRequest", "move", &seen, "l", &folder)).await;
    let grant = Element::new("grant").attr("gt", "usr").attr("d", "bob@example.test").attr("perm", "r");
    let share = Element::new("action").attr("op", "grant").attr("id", folder.clone()).unique(grant);
    alice.ok(mail("FolderActionRequest").unique(share)).await;
    let owner = world.id("alice");
    let there = format!("{owner}:{folder}");
    let link = Element::new("link").attr("l", "1").attr("name", "Of Alice").attr("zid", owner.clone());
    let link = link.attr("rid", folder.clone());
    let mount = bob.ok(mail("CreateMountpointRequest").unique(link)).await.first("link").get("id").unwrap();

    for place in [&there, &mount] {
        let first = bob.ok(sync().attr("l", place.clone())).await;
        assert_eq!(held(first.first("folder"), &folder), Some(format!("{owner}:{seen}")), "{place}");
        assert!(first.body.get("s").is_none() && first.body.named("tag").count() == 0, "the owner's alone");
        let at = token(&first);
        let fresh = world.deliver("alice", &message("c", "", "x")).to_string();
        alice.ok(action_with("MsgActionRequest", "move", &fresh, "l", &folder)).await;
        let next = bob.ok(since(&at).attr("l", place.clone())).await;
        assert_eq!(ids(&next, "m"), [format!("{owner}:{fresh}")]);
        alice.ok(action("MsgActionRequest", "delete", &fresh)).await;
        let next = bob.ok(since(&token(&next)).attr("l", place.clone()).attr("typed", true)).await;
        assert_eq!(deleted(&next), [format!("{owner}:{fresh}")]);
        let typed = next.first("deleted").first("m").and_then(|m| m.get("ids"));
        assert_eq!(typed, Some(format!("{owner}:{fresh}")));
    }
    let at = token(&bob.ok(sync().attr("l", there.clone())).await);
    let revoke = Element::new("action").attr("op", "!grant").attr("id", folder).attr("zid", world.id("bob"));
    alice.ok(mail("FolderActionRequest").unique(revoke)).await;
    assert_eq!(bob.fault(since(&at).attr("l", there)).await, "service.PERM_DENIED");
    assert_eq!(bob.fault(sync().attr("l", format!("{owner}:2"))).await, "service.PERM_DENIED");
    let _ = secret;
}

async fn strangers(json: bool) {
    let world = World::new();
    let (alice, bob) = (world.login("alice", json).await, world.login("bob", json).await);
    let own = token(&alice.ok(sync()).await);
    let as_alice = bob.with(Element::new("account").attr("by", "name").text("alice@example.test"));
    for request in [sync(), since(&own), since(&own).attr("l", "1"), sync().attr("l", "2")] {
        assert_eq!(as_alice.fault(request).await, "service.PERM_DENIED");
    }
    for (request, code) in [
        (since("99999999"), "mail.MUST_RESYNC"),
        (since("soon"), "mail.INVALID_SYNC_TOKEN"),
        (sync().attr("l", "9999"), "mail.NO_SUCH_FOLDER"),
        (since(&own).attr("l", "9999"), "mail.NO_SUCH_FOLDER"),
        (sync().attr("l", "x"), "service.INVALID_REQUEST"),
        (sync().attr("msgCutoff", "x"), "service.INVALID_REQUEST"),
        (since(&own).attr("deleteLimit", "x"), "service.INVALID_REQUEST"),
        (since(&own).attr("typed", "x"), "service.INVALID_REQUEST"),
    ] {
        assert_eq!(alice.fault(request.clone()).await, code, "{request:?}");
    }
}
