// SPDX-License-Identifier: AGPL-3.0-or-later
//! What is brought in by REST: who may, how much of it, and what an import leaves alone.
#![allow(clippy::unwrap_used, reason = "a test that can't go on ends")]

mod world;

use axum::body::{Body, Bytes};
use axum::http::Request;
use directory::Attrs;
use futures_util::stream;
use mailbox::{Grant, GranteeKind, ItemId, Rights};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tower::ServiceExt;
use world::World;

/// Without an end; counts what is taken of it.
fn endless(taken: &Arc<AtomicUsize>) -> Body {
    let taken = taken.clone();
    let chunk = Bytes::from(vec![b'x'; 1 << 20]);
    Body::from_stream(stream::repeat_with(move || {
        taken.fetch_add(1, Ordering::Relaxed);
        Ok::<_, std::io::Error>(chunk.clone())
    }))
}

fn scratch(world: &World) -> usize {
    std::fs::read_dir(world.dir.path().join("upload")).map_or(0, Iterator::count)
}

/// Who may bring nothing is told so before anything is read.
#[tokio::test]
async fn who_may_not_is_not_read() {
    let world = World::new();
    let (alice, bob) = (world.handle("alice"), world.account("bob"));
    let granted = |kind, grantee: &str, rights| Grant { kind, grantee: grantee.into(), name: "b".into(), rights };
    let all = Rights::READ.with(Rights::INSERT);
    for folder in [ItemId::INBOX, ItemId::BRIEFCASE, ItemId::CONTACTS] {
        alice.mailbox().grant(folder, granted(GranteeKind::Public, "", all)).unwrap();
        alice.mailbox().grant(folder, granted(GranteeKind::User, &bob, Rights::READ)).unwrap();
    }
    alice.mailbox().revoke(ItemId::CONTACTS, GranteeKind::Public, "").unwrap();
    let home = "/home/alice@example.test";
    let post = |path: &str| Request::post(format!("{home}{path}"));
    let put = |path: &str| Request::put(format!("{home}{path}"));
    for (user, request, status) in [
        (None, post("/Inbox?fmt=eml"), 401),
        (None, post("/Inbox?fmt=tgz"), 401),
        (None, post("/Inbox?fmt=vcf"), 401),
        (None, put("/Briefcase/x.txt"), 401),
        (Some("bob"), post("/Contacts?fmt=vcf"), 403),
        (Some("bob"), post("/Contacts?fmt=tgz"), 403),
        (Some("bob"), post("/Nowhere?fmt=tgz"), 404),
        (Some("bob"), post("/Nowhere?fmt=eml"), 404),
        (Some("bob"), put("/Nowhere/x.txt"), 404),
        (Some("bob"), put("/Contacts/x.txt"), 403),
        (Some("alice"), Request::post("/home/~/Nowhere?fmt=tgz"), 404),
    ] {
        let request = match user {
            Some(user) => world.request(user, request),
            None => request,
        };
        let taken = Arc::default();
        let request = request.body(endless(&taken)).unwrap();
        let shown = format!("{user:?} {}", request.uri());
        assert_eq!(world.app.clone().oneshot(request).await.unwrap().status(), status, "{shown}");
        assert_eq!(taken.load(Ordering::Relaxed), 0, "{shown}");
    }
    assert_eq!(scratch(&world), 0);
}

/// Each kind has its own bound, which counts while it comes.
#[tokio::test]
async fn too_much() {
    let world = World::with(|config| config.message_bytes_max = 2 << 20);
    for (request, chunks) in [
        (Request::post("/home/~/Contacts?fmt=vcf"), 32),
        (Request::post("/home/~/Contacts?fmt=csv"), 32),
        (Request::post("/home/~/Inbox"), 2),
        (Request::put("/home/~/Briefcase/x.txt"), 2),
    ] {
        let taken = Arc::default();
        let request = world.request("alice", request).body(endless(&taken)).unwrap();
        let shown = request.uri().to_string();
        assert_eq!(world.app.clone().oneshot(request).await.unwrap().status(), 413, "{shown}");
        assert_eq!(taken.load(Ordering::Relaxed), chunks + 1, "{shown}");
        assert_eq!(scratch(&world), 0, "{shown}");
    }
}

/// What is only on its way does not take the last room.
#[tokio::test]
async fn a_full_disk() {
    let world = World::new();
    world.handle("alice");
    let world = world.reopened(|config| config.reserve_bytes = 1 << 60);
    for request in [Request::post("/home/~/?fmt=tgz"), Request::post("/home/~/Inbox")] {
        let taken = Arc::default();
        let request = world.request("alice", request).body(endless(&taken)).unwrap();
        assert_eq!(world.app.clone().oneshot(request).await.unwrap().status(), 503);
        assert_eq!(taken.load(Ordering::Relaxed), 1);
    }
    assert_eq!(scratch(&world), 0);
}

/// What its domain is counts for a mailbox, whoever asks.
#[tokio::test]
async fn a_domain_that_is_not_active() {
    let world = World::new();
    world.add("alice", ItemId::INBOX);
    let all = Rights::READ.with(Rights::INSERT);
    let public = Grant { kind: GranteeKind::Public, grantee: String::new(), name: String::new(), rights: all };
    world.handle("alice").mailbox().grant(ItemId::INBOX, public).unwrap();
    let inbox = "/home/alice@example.test/Inbox?fmt=json";
    for (status, expected) in [("active", 200), ("suspended", 503), ("closed", 401), ("locked", 401), ("active", 200)] {
        let changes = Attrs::from([("zimbraDomainStatus".to_owned(), vec![status.to_owned()])]);
        world.directory.modify_domain("example.test", changes).unwrap();
        let request = Request::get(inbox).body(Body::empty()).unwrap();
        let answer = world.app.clone().oneshot(request).await.unwrap().status().as_u16();
        assert_eq!(answer, expected, "{status}");
    }
}
