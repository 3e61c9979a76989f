// SPDX-License-Identifier: AGPL-3.0-or-later
//! One search over many mailboxes: page by page, and only those that the administrator may look into.

use crate::rights::{grant, world};
use crate::support::*;
use soap::element::Element;
use std::path::{Path, PathBuf};

both! { page_by_page who_may_look_where deleted_and_broken mistakes }

fn search(query: &str, limit: usize) -> Element {
    admin("SearchMultiMailboxRequest").attr("limit", limit).content("query", query)
}

fn of(request: Element, mailboxes: &[&str]) -> Element {
    mailboxes.iter().fold(request, |request, key| request.child(Element::new("mbx").attr("id", *key)))
}

/// Mailbox and subject of each hit.
fn hits(reply: &Reply) -> Vec<(String, String)> {
    reply.body.named("m").map(|m| (m.get("mbx").unwrap(), m.get("su").unwrap())).collect()
}

async fn page_by_page(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    for n in 0..5 {
        world.deliver("alice", &message(&format!("kite {n}"), "", "text"));
        world.deliver("bob", &message(&format!("kite {n}"), "", "text"));
    }
    world.deliver("bob", &message("apple", "", "text"));
    let alice = world.login("alice", json).await;
    let trashed = alice.find("subject:\"kite 0\"").await.remove(0);
    alice.ok(action("MsgActionRequest", "trash", &trashed)).await;
    let (mut found, mut cursor) = (Vec::new(), None);
    for page in 0.. {
        let mut request = search("subject:kite", 3).attr("sortBy", "subjAsc");
        if let Some(cursor) = cursor.take() {
            request = request.unique(cursor);
        }
        let reply = root.ok(request).await;
        let some = hits(&reply);
        assert!(some.len() <= 3 && page < 5, "{}", reply.text);
        let told: usize = reply.body.named("mbx").map(|mbx| mbx.get("n").unwrap().parse::<usize>().unwrap()).sum();
        assert_eq!(told, some.len(), "{}", reply.text);
        found.extend(some);
        // What comes in meanwhile moves nothing: its subject is before all others.
        world.deliver("bob", &message("a kite", "", "text"));
        world.deliver("alice", &message("a kite", "", "text"));
        if reply.body.get("more").is_none_or(|more| more == "0" || more == "false") {
            assert!(reply.body.first("cursor").is_none());
            break;
        }
        let last = reply.body.named("m").last().unwrap();
        let given = reply.first("cursor").clone();
        // Hits are cursors; behind a whole mailbox there is another one.
        if !given.get("id").unwrap().ends_with(':') {
            assert_eq!((given.get("id"), given.get("sortVal")), (last.get("id"), last.get("sf")));
        }
        assert!(last.get("id").unwrap().contains(':') && last.get("l").unwrap().contains(':'), "{}", reply.text);
        cursor = Some(given);
    }
    let mut expected: Vec<(String, String)> = ["alice", "bob"]
        .iter()
        .flat_map(|name| (0..5).map(move |n| (format!("{name}@example.test"), format!("kite {n}"))))
        .collect();
    // Mailboxes are in the order of their accounts' ids.
    expected.sort_by_key(|(name, subject)| (world.id(name.split('@').next().unwrap()), subject.clone()));
    let mut old = found.clone();
    old.retain(|(_, subject)| subject != "a kite");
    assert_eq!(old, expected);
    let first = root.ok(of(search("subject:\"kite 0\"", 10), &["alice@example.test"])).await;
    assert_eq!(first.first("m").get("folder").as_deref(), Some("/Trash"));
    // Nothing was read by it.
    assert_eq!(alice.find("is:read is:anywhere").await, Vec::<String>::new());
    let read = search("subject:kite", 10).attr("read", "1").attr("fetch", "all");
    let read = root.ok(read).await;
    assert!(read.body.named("m").all(|m| m.first("mp").is_some()), "{}", read.text);
    assert_eq!(alice.find("is:read is:anywhere").await, Vec::<String>::new());
}

async fn who_may_look_where(json: bool) {
    let (world, root, helper) = world(json).await;
    world.deliver("alice", &message("kite of alice", "", "text"));
    world.deliver("bob", &message("kite of bob", "", "text"));
    world.deliver("admin", &message("kite of admin", "", "text"));
    let domain = |request: Element, name: &str| request.child(Element::new("domain").attr("by", "name").text(name));
    let everything = search("kite", 100);
    assert_eq!(hits(&root.ok(everything.clone()).await).len(), 3);
    // Strangers learn nothing, of what is there as of what is not.
    let alice = world.login("alice", json).await;
    assert_eq!(alice.fault(everything.clone()).await, "service.UNKNOWN_DOCUMENT");
    let mut user = helper.clone();
    user.token = alice.token.clone();
    let asked = [
        everything.clone(),
        of(everything.clone(), &["alice@example.test"]),
        of(everything.clone(), &["nobody@example.test"]),
        domain(everything.clone(), "example.test"),
        domain(everything.clone(), "nowhere.test"),
        of(everything.clone(), &["all@example.test"]),
        of(search("(((", 1), &["alice@example.test"]),
    ];
    for request in &asked {
        for client in [&user, &helper] {
            let reply = client.call(request.clone()).await;
            assert_eq!(reply.fault().as_deref(), Some("service.PERM_DENIED"), "{}", reply.text);
        }
    }
    // A right on one account shows that mailbox.
    grant(&root, ("account", "bob@example.test"), "adminLoginAs").await;
    let bobs = [("bob@example.test".to_owned(), "kite of bob".to_owned())];
    for request in
        [everything.clone(), domain(everything.clone(), "example.test"), of(everything.clone(), &["bob@example.test"])]
    {
        assert_eq!(hits(&helper.ok(request).await), bobs);
    }
    let both = of(everything.clone(), &["bob@example.test", "alice@example.test"]);
    assert_eq!(helper.fault(both).await, "service.PERM_DENIED");
    // A cursor leads nowhere else.
    for name in ["alice", "admin"] {
        for id in [format!("{}:", world.id(name)), format!("{}:1", world.id(name)), "0:".to_owned()] {
            let cursor = Element::new("cursor").attr("id", id);
            let reply = helper.call(everything.clone().unique(cursor)).await;
            assert!(!reply.text.contains("alice") && !reply.text.contains("of admin"), "{}", reply.text);
        }
    }
    // On the domain: those of its people who don't administer everything.
    grant(&root, ("domain", "example.test"), "adminLoginAs").await;
    let found = hits(&helper.ok(everything.clone()).await);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|(name, _)| name != "admin@example.test"));
    assert_eq!(helper.fault(of(everything, &["admin@example.test"])).await, "service.PERM_DENIED");
}

fn largest(dir: &Path) -> Option<PathBuf> {
    let mut found: Vec<(u64, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let inner = if path.is_dir() { largest(&path) } else { Some(path) };
        found.extend(inner.map(|path| (path.metadata().unwrap().len(), path)));
    }
    found.into_iter().max().map(|(_, path)| path)
}

async fn deleted_and_broken(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    let long: String = (0..200_000_u64).map(|n| format!("{:x} ", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    for (name, body) in [("alice", "zebra"), ("bob", long.as_str())] {
        let client = world.login(name, json).await;
        for n in 0..2 {
            let subject = format!("{name} {n}");
            let id = world.deliver(name, &message(&subject, "", body)).to_string();
            client.ok(action("MsgActionRequest", "delete", &id)).await;
        }
    }
    assert_eq!(hits(&root.ok(search("subject:alice", 10)).await), []);
    let deleted = |query: &str| search(query, 1).attr("inDumpster", "1");
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let reply = root.ok(cursor.take().into_iter().fold(deleted("zebra"), Element::unique)).await;
        found.extend(hits(&reply).into_iter().map(|(_, subject)| subject));
        match reply.body.first("cursor") {
            Some(next) => cursor = Some(next.clone()),
            None => break,
        }
    }
    found.sort();
    assert_eq!(found, ["alice 0", "alice 1"]);
    // One mailbox that can't be read is said to be, and the others are.
    let file = largest(&world.state.config.state.join("store")).unwrap();
    let aside = file.with_extension("aside");
    std::fs::rename(&file, &aside).unwrap();
    let whole = search("", 10).attr("inDumpster", "1").attr("fetch", "all");
    let reply = root.ok(whole).await;
    std::fs::rename(&aside, &file).unwrap();
    assert_eq!(hits(&reply).len(), 2, "{}", reply.text);
    let failed: Vec<_> = reply.body.named("mbx").filter(|mbx| mbx.get("error").is_some()).collect();
    assert_eq!(failed.len(), 1, "{}", reply.text);
    assert_eq!(failed[0].get("name").as_deref(), Some("bob@example.test"));
}

async fn mistakes(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    let asked = |change: fn(Element) -> Element| change(search("kite", 10));
    for (request, code) in [
        (admin("SearchMultiMailboxRequest"), "service.INVALID_REQUEST"),
        (search(" ", 1), "service.INVALID_REQUEST"),
        (search("(((", 1), "mail.QUERY_PARSE_ERROR"),
        (search(&"x".repeat(20_000), 1), "mail.QUERY_PARSE_ERROR"),
        (asked(|r| r.attr("types", "elephant")), "service.INVALID_REQUEST"),
        (asked(|r| r.attr("offset", 5)), "service.INVALID_REQUEST"),
        (asked(|r| r.attr("sortBy", "sideways")), "service.INVALID_REQUEST"),
        (asked(|r| r.unique(Element::new("cursor").attr("id", "5"))), "service.INVALID_REQUEST"),
        (asked(|r| r.unique(Element::new("cursor").attr("id", "a:b"))), "service.INVALID_REQUEST"),
        (asked(|r| r.child(Element::new("mbx"))), "service.INVALID_REQUEST"),
        (of(search("kite", 1), &["nobody@example.test"]), "account.NO_SUCH_ACCOUNT"),
    ] {
        let reply = root.call(request).await;
        assert_eq!(reply.fault().as_deref(), Some(code), "{}", reply.text);
    }
    // A folder that only some have is empty elsewhere.
    let alice = world.login("alice", json).await;
    let folder = Element::new("folder").attr("name", "Kites").attr("l", "1");
    alice.ok(mail("CreateFolderRequest").unique(folder)).await;
    assert_eq!(hits(&root.ok(search("in:Kites", 10)).await), []);
}
