// SPDX-License-Identifier: AGPL-3.0-or-later
//! Whole folders by REST: listed, exported, brought into another mailbox; and what nobody else may do.
#![allow(clippy::unwrap_used, reason = "a test that can't go on ends")]

mod world;

use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use mailbox::{FlagChange, Flags, ItemId};
use std::time::Duration;
use tower::ServiceExt;
use world::{CARDS, MESSAGE, World};

#[tokio::test]
async fn contacts_in_and_out() {
    let world = World::new();
    let reply = world.post("alice", "/home/~/Contacts?fmt=vcf", CARDS).await;
    assert_eq!((reply.status, reply.text().as_str()), (200, "1 contacts\n"));
    for path in ["/home/~/Contacts?fmt=vcf", "/home/~/Contacts.vcf"] {
        let reply = world.get("alice", path).await;
        assert_eq!(reply.status, 200);
        assert!(reply.text().contains("N:Lee;Ann"), "{}", reply.text());
    }
    let csv = world.get("alice", "/home/~/Contacts?fmt=csv").await;
    assert!(csv.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/csv"));
    assert!(csv.text().contains("ann@example.test"));
    assert_eq!(world.post("bob", "/home/~/Contacts?fmt=csv", csv.body).await.text(), "1 contacts\n");
    assert!(world.get("bob", "/home/~/Contacts.vcf").await.text().contains("ann@example.test"));
}

#[tokio::test]
async fn listings() {
    let world = World::new();
    let id = world.add("alice", ItemId::INBOX);
    for (format, kind, word) in [
        ("json", "application/json", format!("\"id\":\"{id}\"")),
        ("xml", "text/xml", format!("id=\"{id}\"")),
        ("rss", "application/rss+xml", "Plans &amp; more".to_owned()),
        ("atom", "application/atom+xml", "Plans &amp; more".to_owned()),
        ("html", "text/html", "Plans &amp; more".to_owned()),
    ] {
        let reply = world.get("alice", &format!("/home/~/Inbox?fmt={format}")).await;
        assert_eq!(reply.status, 200, "{format}");
        assert!(
            reply.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with(kind),
            "{format}: {:?}",
            reply.headers
        );
        assert!(reply.text().contains(&word), "{format}: {}", reply.text());
    }
    assert!(!world.get("alice", "/home/~/Inbox?fmt=json&query=absent").await.text().contains(&id.to_string()));
    assert_eq!(world.get("alice", "/home/~/Inbox?fmt=json&query=%22").await.status / 100, 4);
}

/// What one mailbox gives as an archive is the same in another, once.
#[tokio::test]
async fn archives_in_and_out() {
    for kind in ["tgz", "tar", "zip"] {
        let world = World::new();
        let alice = world.handle("alice");
        let folder = alice.mailbox().create_folder(ItemId::USER_ROOT, "Wörk", "message").unwrap().item.id;
        let id = world.add("alice", folder);
        let tag = alice.mailbox().create_tag("später", Some(3), None).unwrap().item.id;
        let change = FlagChange { tags_add: vec![tag], ..FlagChange::default() };
        alice.mailbox().update_flags(&[id], &change).unwrap();
        world.post("alice", "/home/~/Contacts?fmt=vcf", CARDS).await;
        let put = Request::put("/home/~/Briefcase/notes.txt").header(header::CONTENT_TYPE, "text/plain");
        assert_eq!(world.send("alice", put, b"a note".to_vec()).await.status, 200);
        let archive = world.get("alice", &format!("/home/~/?fmt={kind}")).await;
        assert_eq!(archive.status, 200);

        let path = format!("/home/~/?fmt={kind}");
        let reply = world.post("bob", &path, archive.body.clone()).await;
        assert_eq!((reply.status, reply.text().as_str()), (200, "3 items\n"), "{kind}");
        let bob = world.handle("bob");
        let found = bob.mailbox().folder_by_path("/Wörk").unwrap().unwrap().item.id;
        let briefs: Vec<_> =
            bob.mailbox().contents().unwrap().into_iter().filter(|brief| brief.folder == found).collect();
        assert_eq!(briefs.len(), 1);
        let item = bob.mailbox().item(briefs[0].id).unwrap();
        assert_eq!((item.date_ms, item.flags.contains(Flags::UNREAD)), (1_700_000_000_000, true));
        assert_eq!(item.tags.len(), 1);
        assert_eq!(bob.mailbox().tags().unwrap()[0].item.name, "später");
        assert_eq!(world.get("bob", &format!("/home/~/?id={}", item.id)).await.body, MESSAGE);
        assert_eq!(world.get("bob", "/home/~/Briefcase/notes.txt").await.body, b"a note");
        assert!(world.get("bob", "/home/~/Contacts.vcf").await.text().contains("Ann Lee"));
        // A second time: what is there is left as it is.
        let skipped = world.post("bob", &format!("{path}&resolve=skip"), archive.body.clone()).await;
        assert_eq!((skipped.status, skipped.text().as_str()), (200, "0 items\n"), "{kind}");
        for broken in [&archive.body[..archive.body.len() / 2], b"no archive"] {
            assert_eq!(world.post("bob", &path, broken).await.status, 400, "{kind}");
        }
        assert_eq!(world.post("bob", &format!("{path}&resolve=x"), archive.body).await.status, 400);
    }
}

#[tokio::test]
async fn etags_and_ranges() {
    let world = World::new();
    let id = world.add("alice", ItemId::INBOX);
    let path = format!("/home/~/?id={id}");
    let whole = world.get("alice", &path).await;
    let tag = whole.headers[header::ETAG].to_str().unwrap().to_owned();
    let again = world.send("alice", Request::get(&path).header(header::IF_NONE_MATCH, &tag), Vec::new()).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    for (range, status, expected) in [
        ("bytes=0-3", 206, &MESSAGE[..4]),
        ("bytes=5-", 206, &MESSAGE[5..]),
        ("bytes=-4", 206, &MESSAGE[MESSAGE.len() - 4..]),
        ("bytes=99999-", 416, b"".as_slice()),
        ("words=1-2", 200, MESSAGE),
    ] {
        let reply = world.send("alice", Request::get(&path).header(header::RANGE, range), Vec::new()).await;
        assert_eq!(reply.status, status, "{range}");
        assert!(status == 416 || reply.body == expected, "{range}: {}", reply.text());
    }
}

/// A stranger learns nothing and changes nothing, and neither does a page of another site.
#[tokio::test]
async fn strangers() {
    let world = World::new();
    let id = world.add("alice", ItemId::INBOX);
    let home = "/home/alice@example.test";
    for path in ["/Inbox?fmt=json", "/Contacts.csv", "/?fmt=tgz", "/Inbox.rss", "/Briefcase/x.txt"] {
        assert_eq!(world.get("bob", &format!("{home}{path}")).await.status, 404, "{path}");
    }
    assert_eq!(world.get("bob", &format!("{home}/?id={id}")).await.status, 404);
    assert_eq!(world.get("bob", "/home/nobody@example.test/Inbox?fmt=json").await.status, 404);
    for path in ["/Inbox?fmt=eml", "/Contacts?fmt=vcf", "/?fmt=tgz&resolve=reset"] {
        assert_eq!(world.post("bob", &format!("{home}{path}"), CARDS).await.status, 404, "{path}");
    }
    let elsewhere = Request::post("/home/~/Contacts?fmt=vcf").header(header::HOST, "mail.example.test");
    let elsewhere = elsewhere.header(header::ORIGIN, "https://evil.example");
    assert_eq!(world.send("alice", elsewhere, CARDS.into()).await.status, 403);
    let here = Request::post("/home/~/Contacts?fmt=vcf").header(header::HOST, "mail.example.test");
    let here = here.header(header::ORIGIN, "https://mail.example.test");
    assert_eq!(world.send("alice", here, CARDS.into()).await.status, 200);
}

/// Who fetches an archive and reads none of it holds up nobody else.
#[tokio::test]
async fn an_export_that_nobody_reads() {
    let world = World::with(|config| config.blocking_threads = 1);
    let mut large = MESSAGE.to_vec();
    large.resize(4 << 20, b'x');
    assert_eq!(world.post("alice", "/home/~/Inbox", large).await.status, 200);
    let request = world.request("alice", Request::get("/home/~/Inbox?fmt=tar"));
    let unread = world.app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(unread.status(), 200);
    // Long enough for it to fill what waits for its client.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let other = tokio::time::timeout(Duration::from_secs(20), world.get("bob", "/home/~/Inbox?fmt=json")).await;
    assert_eq!(other.unwrap().status, 200);
    assert!(unread.into_body().collect().await.unwrap().to_bytes().len() > 4 << 20);
}
