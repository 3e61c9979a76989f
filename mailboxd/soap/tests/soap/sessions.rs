// SPDX-License-Identifier: AGPL-3.0-or-later
use crate::support::*;
use soap::element::Element;
use std::time::Duration;

both! { own_changes others_changes acknowledged waits one_blocked foreign_session none_wanted bursts }

fn no_op() -> Element {
    mail("NoOpRequest")
}

fn notified<'a>(reply: &'a Reply, part: &str, name: &str) -> Vec<&'a Element> {
    let blocks: Vec<&Element> =
        reply.context.children.iter().map(|c| &c.element).filter(|e| e.name == "notify").collect();
    let parts =
        blocks.into_iter().flat_map(|block| block.children.iter()).map(|c| &c.element).filter(|e| e.name == part);
    parts.flat_map(|part| part.children.iter()).map(|c| &c.element).filter(|e| e.name == name).collect()
}

async fn own_changes(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let reply = client.session("").ok(no_op()).await;
    let id = reply.session_id();
    let refresh = reply.context.first("refresh").unwrap();
    assert!(refresh.first("folder").is_some() && refresh.first("mbx").is_some() && refresh.first("tags").is_some());
    assert!(reply.context.first("change").unwrap().get("token").is_some());
    let client = client.session(&id);
    let tag = mail("CreateTagRequest").unique(Element::new("tag").attr("name", "x"));
    let reply = client.ok(tag).await;
    assert_eq!(reply.session_id(), id);
    assert!(reply.context.first("refresh").is_none());
    assert_eq!(notified(&reply, "created", "tag").len(), 1, "{}", reply.text);
}

async fn others_changes(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let id = client.session("").ok(no_op()).await.session_id();
    let client = client.session(&id);
    let message_id = world.deliver("alice", &message("news", "", "text")).to_string();
    let reply = client.ok(no_op()).await;
    let created = notified(&reply, "created", "m");
    assert_eq!(created[0].get("id"), Some(message_id.clone()));
    assert_eq!(created[0].get("su").as_deref(), Some("news"));
    assert_eq!(notified(&reply, "created", "c")[0].get("id"), Some(format!("-{message_id}")));
    let inbox = notified(&reply, "modified", "folder");
    assert!(
        inbox.iter().any(|folder| folder.get("id").as_deref() == Some("2") && folder.get("u").as_deref() == Some("1"))
    );
    assert!(!notified(&reply, "modified", "mbx").is_empty());
    assert!(client.ok(no_op()).await.context.first("notify").is_none(), "told once");
    let reply = client.ok(action("MsgActionRequest", "read", &message_id)).await;
    assert_eq!(notified(&reply, "modified", "m")[0].get("f").as_deref(), Some(""));
    let reply = client.ok(action("MsgActionRequest", "delete", &message_id)).await;
    let deleted = reply.context.first("notify").unwrap().first("deleted").unwrap().get("id").unwrap();
    assert!(deleted.split(',').any(|id| id == message_id), "{deleted}");
}

async fn acknowledged(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let id = client.session("").ok(no_op()).await.session_id();
    world.deliver("alice", &message("news", "", "text"));
    let seen = |seq: &str| client.session(&id).with(Element::new("notify").attr("seq", seq));
    let reply = seen("0").ok(no_op()).await;
    let first = reply.context.first("notify").unwrap().get("seq").unwrap();
    let again = seen("0").ok(no_op()).await;
    assert_eq!(again.context.first("notify").unwrap().get("seq"), Some(first.clone()), "until it was seen");
    assert!(seen(&first).ok(no_op()).await.context.first("notify").is_none());
}

async fn waits(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    assert!(client.ok(no_op().attr("wait", "1")).await.body.get("waitDisallowed").is_some());
    let client = client.session(&client.session("").ok(no_op()).await.session_id());
    let wait = no_op().attr("wait", "1").attr("timeout", "60");
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.ok(wait).await }
    });
    world.deliver("alice", &message("news", "", "text"));
    let reply = tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap().unwrap();
    assert_eq!(notified(&reply, "created", "m").len(), 1);
    // Nothing to tell: answered when the time is over.
    let reply = client.ok(no_op().attr("wait", "1").attr("timeout", "0")).await;
    assert!(reply.context.first("notify").is_none());
}

async fn one_blocked(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let client = client.session(&client.session("").ok(no_op()).await.session_id());
    let wait = || no_op().attr("wait", "1").attr("limitToOneBlocked", "1").attr("timeout", "60");
    let mut first = Box::pin(client.ok(wait()));
    let mut second = Box::pin(client.ok(wait()));
    // Whichever blocked first is let go by the other; then one waits alone, until the server closes.
    let first_done = tokio::select! {
        _ = &mut first => true,
        _ = &mut second => false,
        () = tokio::time::sleep(Duration::from_secs(30)) => panic!("both blocked"),
    };
    world.state.close();
    if first_done {
        second.await
    } else {
        first.await
    };
}

async fn foreign_session(json: bool) {
    let world = World::new();
    let (alice, bob) = (world.login("alice", json).await, world.login("bob", json).await);
    let id = alice.session("").ok(no_op()).await.session_id();
    let reply = bob.session(&id).ok(no_op()).await;
    assert_ne!(reply.session_id(), id, "a session belongs to its account");
    assert!(reply.context.first("refresh").is_some());
    alice.session(&id).ok(account("EndSessionRequest")).await;
    assert_ne!(alice.session(&id).ok(no_op()).await.session_id(), id);
}

async fn none_wanted(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    assert!(client.ok(no_op()).await.context.first("session").is_none());
    let quiet = client.session("").with(Element::new("nosession"));
    assert!(quiet.ok(no_op()).await.context.first("session").is_none());
}

/// More changes than the stream holds: told in one block, without starting again.
async fn bursts(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let id = client.session("").ok(no_op()).await.session_id();
    for n in 0..200 {
        world.deliver("alice", &message(&format!("m {n}"), "", "text"));
        tokio::task::yield_now().await;
    }
    let reply = client.session(&id).ok(no_op()).await;
    // The runtime decides how often the session was emptied: either way the client knows all of them.
    if reply.session_id() == id {
        assert_eq!(notified(&reply, "created", "m").len(), 200);
    } else {
        assert!(reply.context.first("refresh").is_some());
    }
}
