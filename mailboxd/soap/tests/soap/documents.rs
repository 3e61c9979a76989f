// SPDX-License-Identifier: AGPL-3.0-or-later
//! The briefcase: saved by name and in versions, compared, moved; and what a stranger gets of it.

use crate::support::*;
use soap::element::Element;

both! { by_name versions flags conflicts locks through_a_mount_point visitors_and_strangers }

const BRIEFCASE: &str = "16";

fn doc() -> Element {
    Element::new("doc")
}

fn save(doc: Element) -> Element {
    mail("SaveDocumentRequest").unique(doc)
}

fn note(name: &str, content: &str) -> Element {
    save(doc().attr("l", BRIEFCASE).attr("name", name).attr("content", content))
}

fn next(id: &str, version: &str, content: &str) -> Element {
    save(doc().attr("id", id).attr("ver", version).attr("content", content))
}

async fn saved(client: &Client, request: Element) -> String {
    client.ok(request).await.first("doc").get("id").unwrap()
}

fn arg(reply: &Reply, name: &str) -> Option<String> {
    let error = reply.body.first("Detail").unwrap().first("Error").unwrap().clone();
    error.named("a").find(|a| a.get("n").as_deref() == Some(name)).map(|a| a.text_or_empty().to_owned())
}

/// Who saves under a name that is taken learns of which document, and which version, the next one would be.
async fn by_name(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let id = saved(&alice, note("plan.txt", "one")).await;
    alice.ok(next(&id, "1", "two")).await;
    let reply = alice.call(note("Plan.TXT", "three")).await;
    assert_eq!(reply.fault().as_deref(), Some("mail.ALREADY_EXISTS"));
    assert_eq!((arg(&reply, "itemId"), arg(&reply, "ver")), (Some(id.clone()), Some("2".into())));
    assert_eq!(alice.fault(next(&id, "1", "late")).await, "mail.MODIFY_CONFLICT");
    let reply = alice.ok(next(&id, "2", "three")).await;
    assert_eq!(reply.first("doc").get("name").as_deref(), Some("plan.txt"), "it keeps its name");
    for (wrong, code) in [
        (note("", "x"), "mail.INVALID_NAME"),
        (note("a/b", "x"), "mail.INVALID_NAME"),
        (save(doc().attr("l", "9999").attr("name", "x").attr("content", "x")), "mail.NO_SUCH_FOLDER"),
        (save(doc().attr("name", "x")), "service.INVALID_REQUEST"),
        (next("9999", "1", "x"), "mail.NO_SUCH_DOC"),
        (next(&id, "x", "x"), "service.INVALID_REQUEST"),
    ] {
        assert_eq!(alice.fault(wrong).await, code);
    }
}

async fn versions(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let id = saved(&alice, note("plan.txt", "a\nb\nc")).await;
    alice.ok(next(&id, "1", "a\nx\nc")).await;
    alice.ok(next(&id, "2", "end")).await;
    let diff = |from: &str, to: &str| {
        mail("DiffDocumentRequest").unique(doc().attr("id", id.clone()).attr("v1", from).attr("v2", to))
    };
    let reply = alice.ok(diff("1", "2")).await;
    let chunks: Vec<_> =
        reply.body.named("chunk").map(|one| (one.get("disp").unwrap(), one.text_or_empty().to_owned())).collect();
    let chunk = |disp: &str, text: &str| (disp.to_owned(), text.to_owned());
    assert_eq!(chunks, [chunk("common", "a"), chunk("first", "b"), chunk("second", "x"), chunk("common", "c")]);
    assert_eq!(alice.fault(diff("1", "9")).await, "mail.NO_SUCH_REVISION");
    assert_eq!(alice.fault(diff("1", "")).await, "service.INVALID_REQUEST");

    let purge = |version: &str, older: bool| {
        let revision = Element::new("revision").attr("id", id.clone()).attr("ver", version);
        mail("PurgeRevisionRequest").unique(revision.attr("includeOlderRevisions", older))
    };
    let listed = || mail("ListDocumentRevisionsRequest").unique(doc().attr("id", id.clone()).attr("count", 9));
    let count = || async { alice.ok(listed()).await.body.named("doc").count() };
    assert_eq!(count().await, 3);
    alice.ok(purge("3", false)).await;
    assert_eq!(count().await, 3, "the newest stays");
    alice.ok(purge("1", false)).await;
    for gone in ["1", "9", "-1"] {
        alice.ok(purge(gone, false)).await;
        assert_eq!(count().await, 2);
    }
    assert_eq!(alice.fault(purge("x", false)).await, "service.INVALID_REQUEST");
    alice.ok(purge("3", true)).await;
    assert_eq!(count().await, 1);
}

/// A note stays one in its later versions, until it is none any more.
async fn flags(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let request = save(doc().attr("l", BRIEFCASE).attr("name", "n").attr("content", "x").attr("f", "t"));
    let id = saved(&alice, request).await;
    let shown = || async {
        let search = mail("SearchRequest").attr("types", "document").content("query", "in:briefcase");
        alice.ok(search).await.first("doc").get("f")
    };
    assert_eq!(shown().await.as_deref(), Some("t"));
    alice.ok(next(&id, "1", "y")).await;
    alice.ok(action("ItemActionRequest", "flag", &id)).await;
    assert_eq!(shown().await.as_deref(), Some("ft"));
    alice.ok(action_with("ItemActionRequest", "update", &id, "f", "f")).await;
    assert_eq!(shown().await.as_deref(), Some("f"));
}

/// No two documents of a folder come to have one name, on whatever way.
async fn conflicts(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let create = mail("CreateFolderRequest").unique(Element::new("folder").attr("name", "Old").attr("l", BRIEFCASE));
    let old = alice.ok(create).await.first("folder").get("id").unwrap();
    let (first, other) = (saved(&alice, note("a", "1")).await, saved(&alice, note("b", "2")).await);
    let second = saved(&alice, save(doc().attr("l", old.clone()).attr("name", "A").attr("content", "3"))).await;
    let to = |op: &str, id: &str, folder: &str| action_with("ItemActionRequest", op, id, "l", folder);
    for (request, name) in [
        (to("move", &first, &old), "move"),
        (to("copy", &first, &old), "copy"),
        (to("move", &format!("{other},{first}"), &old), "move of several"),
        (to("copy", &format!("{other},{other}"), BRIEFCASE), "copy beside itself"),
        (action_with("ItemActionRequest", "rename", &first, "name", "B"), "rename"),
        (action_with("ItemActionRequest", "rename", &first, "name", "old"), "rename to a folder's name"),
    ] {
        assert_eq!(alice.fault(request).await, "mail.ALREADY_EXISTS", "{name}");
    }
    // Trash takes all of them, and gives back what has a place.
    alice.ok(action("ItemActionRequest", "trash", &first)).await;
    alice.ok(action("ItemActionRequest", "trash", &second)).await;
    alice.ok(to("move", &first, &old)).await;
    assert_eq!(alice.fault(to("move", &second, &old)).await, "mail.ALREADY_EXISTS");
    alice.ok(to("move", &second, BRIEFCASE)).await;
    alice.ok(to("copy", &other, &old)).await;
}

async fn visitors_and_strangers(json: bool) {
    let world = World::new();
    world.directory.create_account("carol@example.test", PASSWORD, directory::Attrs::new()).unwrap();
    let (alice, bob, carol) =
        (world.login("alice", json).await, world.login("bob", json).await, world.login("carol", json).await);
    let id = saved(&alice, note("a", "1")).await;
    alice.ok(shared_with_bob("r")).await;
    let there = format!("{}:{id}", world.id("alice"));
    let folder = format!("{}:{BRIEFCASE}", world.id("alice"));
    let listed = mail("ListDocumentRevisionsRequest").unique(doc().attr("id", there.clone()));
    assert_eq!(bob.ok(listed.clone()).await.first("doc").get("id"), Some(there.clone()));
    let changes = [
        next(&there, "1", "x"),
        save(doc().attr("l", folder).attr("name", "b").attr("content", "x")),
        action("ItemActionRequest", "lock", &there),
        action_with("ItemActionRequest", "rename", &there, "name", "b"),
        mail("PurgeRevisionRequest").unique(Element::new("revision").attr("id", there.clone()).attr("ver", 1)),
    ];
    for request in changes {
        assert_eq!(bob.fault(request.clone()).await, "service.PERM_DENIED", "{request:?}");
        assert_eq!(carol.fault(request).await, "service.PERM_DENIED");
    }
    assert_eq!(carol.fault(listed).await, "service.PERM_DENIED");
    let own = mail("ListDocumentRevisionsRequest").unique(doc().attr("id", id));
    assert_eq!(alice.ok(own).await.first("doc").get("ver").as_deref(), Some("1"), "nothing happened");
}

fn shared_with_bob(perm: &str) -> Element {
    let grant = Element::new("grant").attr("gt", "usr").attr("d", "bob@example.test").attr("perm", perm);
    let share = Element::new("action").attr("op", "grant").attr("id", BRIEFCASE).unique(grant);
    mail("FolderActionRequest").unique(share)
}

async fn locks(json: bool) {
    let world = World::new();
    let (alice, bob) = (world.login("alice", json).await, world.login("bob", json).await);
    let id = saved(&alice, note("a", "1")).await;
    alice.ok(shared_with_bob("rwid")).await;
    let there = format!("{}:{id}", world.id("alice"));
    let lock = |id: &str| action("DocumentActionRequest", "lock", id);
    let unlock = |id: &str| action("ItemActionRequest", "unlock", id);
    alice.ok(lock(&id)).await;
    alice.ok(lock(&id)).await;
    let item = mail("GetItemRequest").unique(Element::new("item").attr("id", there.clone()));
    assert_eq!(bob.ok(item).await.first("doc").get("loe").as_deref(), Some("alice@example.test"));
    assert_eq!(bob.fault(lock(&there)).await, "mail.CANNOT_LOCK");
    assert_eq!(bob.fault(unlock(&there)).await, "mail.CANNOT_UNLOCK");
    for request in [
        next(&there, "1", "2"),
        action_with("ItemActionRequest", "rename", &there, "name", "b"),
        action("ItemActionRequest", "delete", &there),
    ] {
        assert_eq!(bob.fault(request).await, "mail.LOCKED");
    }
    alice.ok(unlock(&id)).await;
    bob.ok(lock(&there)).await;
    assert_eq!(alice.fault(next(&id, "1", "2")).await, "mail.LOCKED");
    assert_eq!(alice.fault(lock(&id)).await, "mail.CANNOT_LOCK");
    // The owner may open anybody's lock.
    alice.ok(unlock(&id)).await;
    alice.ok(next(&id, "1", "2")).await;
}

async fn through_a_mount_point(json: bool) {
    let world = World::new();
    let (alice, bob) = (world.login("alice", json).await, world.login("bob", json).await);
    let create = mail("CreateFolderRequest").unique(Element::new("folder").attr("name", "Plans").attr("l", BRIEFCASE));
    let plans = alice.ok(create).await.first("folder").get("id").unwrap();
    let closed = Element::new("folder").attr("name", "Own").attr("l", BRIEFCASE).attr("f", "i");
    alice.ok(mail("CreateFolderRequest").unique(closed)).await;
    let id = saved(&alice, save(doc().attr("l", plans.clone()).attr("name", "a.txt").attr("content", "1"))).await;
    alice.ok(shared_with_bob("r")).await;
    let owner = world.id("alice");
    let link = Element::new("link").attr("l", "1").attr("name", "Of Alice").attr("zid", owner.clone());
    bob.ok(mail("CreateMountpointRequest").unique(link.attr("rid", BRIEFCASE))).await;
    let folder = |path: &str| mail("GetFolderRequest").unique(Element::new("folder").attr("path", path));
    let item = |path: &str| mail("GetItemRequest").unique(Element::new("item").attr("path", path));
    let found = bob.ok(folder("of alice/Plans")).await;
    assert_eq!(found.first("folder").get("id"), Some(format!("{owner}:{plans}")));
    assert_eq!(bob.ok(item("/Of Alice/Plans/A.txt")).await.first("doc").get("id"), Some(format!("{owner}:{id}")));
    assert_eq!(bob.ok(folder("Of Alice")).await.body.named("link").count(), 1, "it is one's own");
    for nothing in ["Of Alice/Own", "Of Alice/Nothing", "Of Alice/../Inbox"] {
        assert_eq!(bob.fault(folder(nothing)).await, "service.PERM_DENIED", "{nothing}");
    }
}
