// SPDX-License-Identifier: AGPL-3.0-or-later
//! What of a mailbox a URL chooses, in which shape it comes, and what a client is told that has it already.
#![allow(clippy::unwrap_used, reason = "a test that can't go on ends")]

mod world;

use axum::http::{Request, header};
use directory::Attrs;
use mailbox::{AddMessage, Flags, Grant, GranteeKind, ItemId, Remote, Rights};
use world::{CARDS, MESSAGE, World};

fn add_at(world: &World, subject: &str, date_ms: i64) -> ItemId {
    let mut staging = world.store.stage();
    staging.write(format!("Subject: {subject}\r\n\r\ntext of {subject}\r\n").as_bytes()).unwrap();
    let add = AddMessage { folder: ItemId::INBOX, flags: Flags::UNREAD, tags: Vec::new(), date_ms: Some(date_ms) };
    world.handle("alice").mailbox().add_message(&staging.finish().unwrap(), &add).unwrap().id
}

fn granted(kind: GranteeKind, grantee: &str, rights: Rights) -> Grant {
    Grant { kind, grantee: grantee.into(), name: String::new(), rights }
}

async fn listed(world: &World, path: &str) -> Vec<String> {
    let reply = world.get("alice", path).await;
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    let value: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    let items = value["m"].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item["su"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn times_and_pages() {
    let world = World::new();
    for day in 1..=5_i64 {
        add_at(&world, &format!("m{day}"), day * 1_000);
    }
    let inbox = |more: &str| format!("/home/~/Inbox?fmt=json{more}");
    for (more, expected) in [
        ("", vec!["m5", "m4", "m3", "m2", "m1"]),
        ("&limit=2", vec!["m5", "m4"]),
        ("&limit=2&offset=1", vec!["m4", "m3"]),
        ("&start=2000&end=4000", vec!["m3", "m2"]),
        ("&start=2000&limit=2", vec!["m5", "m4"]),
        ("&start=2000&limit=2&offset=3", vec!["m2"]),
        ("&end=-1d", vec!["m5", "m4", "m3", "m2", "m1"]),
        ("&start=-1d", vec![]),
        // What is no time chooses nothing.
        ("&start=soon&limit=1", vec!["m5"]),
    ] {
        assert_eq!(listed(&world, &inbox(more)).await, expected, "{more}");
    }
    let archive = world.get("alice", "/home/~/Inbox?fmt=tar&start=5000").await;
    assert!(archive.text().contains("m5.eml") && !archive.text().contains("m4.eml"));
}

#[tokio::test]
async fn lists_and_uids() {
    let world = World::new();
    let (first, second) = (add_at(&world, "one", 1), add_at(&world, "two", 2));
    assert_eq!(listed(&world, &format!("/home/~/?fmt=json&list={second},{first},99999")).await, ["two", "one"]);
    let uid = world.handle("alice").mailbox().item(second).unwrap().uid.0;
    let reply = world.get("alice", &format!("/home/~/Inbox?imap_id={uid}")).await;
    assert!(reply.status == 200 && reply.text().contains("text of two"));
    assert_eq!(world.get("alice", "/home/~/Inbox?imap_id=4000").await.status, 404);
    for bad in ["list=1,x", "id=x"] {
        assert_eq!(world.get("alice", &format!("/home/~/?fmt=json&{bad}")).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn headers_alone_and_heads() {
    let world = World::new();
    let id = add_at(&world, "one", 1_000);
    let path = format!("/home/~/?id={id}");
    assert_eq!(world.get("alice", &format!("{path}&body=0")).await.body, b"Subject: one\r\n\r\n");
    let sync = world.get("alice", &format!("{path}&fmt=sync&body=0")).await.text();
    assert!(sync.starts_with("X-Zimbra-ItemId:") && sync.ends_with("\r\nSubject: one\r\n\r\n"), "{sync}");
    assert!(sync.contains("X-Zimbra-Received: 1000\r\n"), "{sync}");
    let head = world.send("alice", Request::head(&path), Vec::new()).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let length = "Subject: one\r\n\r\ntext of one\r\n".len().to_string();
    assert_eq!(head.headers[header::CONTENT_LENGTH].to_str().unwrap(), length);
    assert!(world.handle("alice").mailbox().item(id).unwrap().flags.contains(Flags::UNREAD), "reading changes nothing");
}

#[tokio::test]
async fn what_a_client_has() {
    let world = World::new();
    let id = add_at(&world, "one", 1_000);
    let path = format!("/home/~/?id={id}");
    let first = world.get("alice", &path).await;
    let text = |name: header::HeaderName| first.headers[name].to_str().unwrap().to_owned();
    let (tag, changed) = (text(header::ETAG), text(header::LAST_MODIFIED));
    let ask = |name: header::HeaderName, value: &str| Request::get(&path).header(name, value);
    let status = |request| async { world.send("alice", request, Vec::new()).await.status };
    assert_eq!(status(ask(header::IF_MODIFIED_SINCE, &changed)).await, 304);
    assert_eq!(status(ask(header::IF_MODIFIED_SINCE, "Thu, 01 Jan 2015 00:00:00 GMT")).await, 200);
    assert_eq!(status(ask(header::IF_MODIFIED_SINCE, "yesterday")).await, 200);
    // A tag that is shown counts more than a time.
    let other = ask(header::IF_MODIFIED_SINCE, &changed).header(header::IF_NONE_MATCH, "\"x\"");
    assert_eq!(status(other).await, 200);
    let part = |known: &str| ask(header::RANGE, "bytes=0-3").header(header::IF_RANGE, known);
    assert_eq!((status(part(&tag)).await, status(part("\"old\"")).await), (206, 200));
    // Lists have tags of what is in them.
    let feed = Request::get("/home/~/Inbox.rss");
    let tag = world.send("alice", feed, Vec::new()).await.headers[header::ETAG].clone();
    let again = || Request::get("/home/~/Inbox.rss").header(header::IF_NONE_MATCH, &tag);
    assert_eq!(status(again()).await, 304);
    add_at(&world, "two", 2_000);
    assert_eq!(status(again()).await, 200);
}

#[tokio::test]
async fn character_sets() {
    let world = World::new();
    let cards = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Jürgen Ω\r\nN:Ω;Jürgen;;;\r\nEND:VCARD\r\n";
    assert_eq!(world.post("alice", "/home/~/Contacts?fmt=vcf", cards).await.status, 200);
    let reply = world.get("alice", "/home/~/Contacts?fmt=csv&charset=ISO-8859-1").await;
    assert_eq!(reply.headers[header::CONTENT_TYPE], "text/csv;charset=windows-1252");
    assert!(reply.body.windows(6).any(|octets| octets == b"J\xfcrgen"), "{:?}", reply.text());
    assert!(!reply.text().contains("&#"));
    let posted = world.post("bob", "/home/~/Contacts?fmt=csv&charset=latin1", reply.body).await;
    assert_eq!(posted.status, 200, "{}", posted.text());
    assert!(world.get("bob", "/home/~/Contacts.vcf").await.text().contains("Jürgen ?"));
    for path in ["/home/~/Contacts?fmt=csv&charset=no-such", "/home/~/Contacts?fmt=vcf&charset=utf-7"] {
        assert_eq!(world.get("alice", path).await.status, 400, "{path}");
    }
    assert_eq!(world.post("bob", "/home/~/Contacts?fmt=csv&charset=no-such", "a\nb\n").await.status, 400);
}

#[tokio::test]
async fn types_of_answers() {
    let world = World::new();
    world.post("alice", "/home/~/Contacts?fmt=vcf", CARDS).await;
    for (format, expected) in [
        ("json", "application/json"),
        ("csv", "text/csv;charset=utf-8"),
        ("xml", "text/xml"),
        ("cf", "text/x-zimbra-delimitted-fields"),
        ("atom", "application/atom+xml;charset=utf-8"),
        ("html", "text/html;charset=utf-8"),
    ] {
        let reply = world.get("alice", &format!("/home/~/Contacts?fmt={format}")).await;
        assert_eq!((reply.status, &reply.headers[header::CONTENT_TYPE]), (200, &expected.parse().unwrap()), "{format}");
    }
    let fields = world.get("alice", "/home/~/Contacts?fmt=cf").await.text();
    assert!(fields.contains("email\u{1e}ann@example.test\u{1e}") && fields.ends_with('\u{1d}'), "{fields:?}");
    assert_eq!(world.get("alice", "/home/~/Contacts?fmt=ldif").await.status, 400);
}

/// An empty folder has no archive; a mailbox has, with its tags.
#[tokio::test]
async fn empty_archives() {
    let world = World::new();
    assert_eq!(world.get("alice", "/home/~/Inbox?fmt=tgz").await.status, 204);
    world.handle("alice").mailbox().create_tag("later", Some(3), None).unwrap();
    let archive = world.get("alice", "/home/~/?fmt=tgz").await;
    assert_eq!(archive.status, 200);
    assert_eq!(world.post("bob", "/home/~/?fmt=tgz", archive.body).await.text(), "0 items\n");
    assert_eq!(world.handle("bob").mailbox().tags().unwrap()[0].item.name, "later");
}

#[tokio::test]
async fn a_profile_for_mail_programs() {
    let world = World::new();
    let reply = world.get("alice", "/home/~/?fmt=mobileconfig").await;
    assert_eq!(reply.status, 400, "there are no services");
    let services = rest::Services { host: "mail.example.test".into(), imap: Some((993, true)), submission: None };
    let state = rest::State::new(world.store.clone(), world.directory.clone()).with_services(services);
    let mut world = world;
    world.app = rest::router(state);
    let reply = world.get("alice", "/home/~/?fmt=mobileconfig").await;
    assert_eq!(reply.headers[header::CONTENT_TYPE], "application/x-apple-aspen-config");
    assert!(reply.text().contains("<string>alice@example.test</string>"));
    assert_eq!(world.get("alice", "/home/~/?fmt=mobileconfig&configType=caldav").await.status, 400);
    let shared = granted(GranteeKind::Public, "", Rights::READ);
    world.handle("alice").mailbox().grant(ItemId::INBOX, shared).unwrap();
    assert_eq!(world.get("bob", "/home/alice@example.test/?fmt=mobileconfig").await.status, 404);
}

/// A folder of somebody else's is where its mount point is, and nothing else of that mailbox.
#[tokio::test]
async fn mount_points() {
    let world = World::new();
    let alice = world.handle("alice");
    let shared = alice.mailbox().create_folder(ItemId::INBOX, "Shared", "message").unwrap().item.id;
    let below = alice.mailbox().create_folder(shared, "Below", "message").unwrap().item.id;
    let (id, hidden) = (world.add("alice", below), world.add("alice", ItemId::INBOX));
    let rights = Rights::READ.with(Rights::INSERT);
    let bob = world.account("bob");
    alice.mailbox().grant(shared, granted(GranteeKind::User, &bob, rights)).unwrap();
    let remote = Remote { account: world.account("alice"), folder: shared, name: "alice".into() };
    world.handle("bob").mailbox().create_mount_point(ItemId::USER_ROOT, "Of Alice", remote, "message").unwrap();

    let listing = world.get("bob", "/home/~/of%20alice/Below?fmt=json").await;
    assert!(listing.text().contains(&format!("\"id\":\"{id}\"")), "{}", listing.text());
    assert_eq!(world.get("bob", "/home/~/Of%20Alice/Below.rss").await.status, 200);
    let owner = world.account("alice");
    assert_eq!(world.get("bob", &format!("/home/~/?id={owner}:{id}")).await.body, MESSAGE);
    let list = |ids: String| format!("/home/~/?fmt=json&list={ids}");
    let reply = world.get("bob", &list(format!("{owner}:{id},{owner}:{hidden}"))).await.text();
    assert!(reply.contains(&format!("\"id\":\"{id}\"")) && !reply.contains(&format!("\"id\":\"{hidden}\"")), "{reply}");
    assert_eq!(world.get("bob", &list(format!("{owner}:{id},{id}"))).await.status, 400);
    assert_eq!(world.post("bob", "/home/~/Of%20Alice/Below", MESSAGE).await.status, 200);
    assert_eq!(alice.mailbox().contents().unwrap().iter().filter(|brief| brief.folder == below).count(), 2);
    for path in [format!("?id={owner}:{hidden}"), "Of%20Alice/../Inbox?fmt=json".into(), "Of%20AliceX?fmt=json".into()]
    {
        assert_eq!(world.get("bob", &format!("/home/~/{path}")).await.status, 404, "{path}");
    }
    let dotted = world.handle("bob").mailbox().create_folder(ItemId::USER_ROOT, "Of Alice.rss", "message");
    assert!(dotted.is_ok());
    assert!(!world.get("bob", "/home/~/Of%20Alice.rss").await.text().contains("<rss"), "a folder of that name");
    // A right that is taken back counts at once.
    alice.mailbox().revoke(shared, GranteeKind::User, &bob).unwrap();
    assert_eq!(world.get("bob", "/home/~/Of%20Alice?fmt=json").await.status, 404);
}

#[tokio::test]
async fn who_asks() {
    let world = World::new();
    let id = world.add("alice", ItemId::INBOX);
    let anonymous = |path: String| async {
        let request = Request::get(path).body(axum::body::Body::empty()).unwrap();
        let reply = tower::ServiceExt::oneshot(world.app.clone(), request).await.unwrap();
        (reply.status().as_u16(), reply.headers().contains_key(header::WWW_AUTHENTICATE))
    };
    assert_eq!(anonymous(format!("/home/~/?id={id}")).await, (401, true));
    // Where only a cookie counts, nobody is asked for a password.
    assert_eq!(anonymous(format!("/home/~/?id={id}&auth=co")).await, (404, false));
    assert_eq!(anonymous(format!("/home/alice@example.test/?id={id}&auth=co")).await.0, 401);
    // A name without a domain is one of the default domain.
    assert_eq!(world.get("alice", &format!("/home/alice/?id={id}")).await.body, MESSAGE);
    world.directory.create_domain("other.test", Attrs::new()).unwrap();
    world.directory.create_account("carol@other.test", "secret word", Attrs::new()).unwrap();
    assert_eq!(world.get("alice", &format!("/home/carol/?id={id}")).await.status, 404);
    let basic = Request::get(format!("/home/~/?id={id}&auth=sc"));
    let basic = basic.header(header::AUTHORIZATION, "Basic YWxpY2VAZXhhbXBsZS50ZXN0OnNlY3JldCB3b3Jk");
    let request = basic.body(axum::body::Body::empty()).unwrap();
    let reply = tower::ServiceExt::oneshot(world.app.clone(), request).await.unwrap();
    assert!(reply.status() == 200 && !reply.headers().contains_key(header::SET_COOKIE));
}

/// A page of a message does what its sender would like only as far as it is harmless.
#[tokio::test]
async fn pages() {
    let world = World::new();
    let message = "From: <script>@x <ann@example.test>\r\nSubject: <b>plans</b>\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n\
        <p onclick=x()>hello</p><script>alert(1)</script><img src=\"https://elsewhere.test/a.png\"><img src=\"cid:pic\">\r\n\
        --b\r\nContent-Type: image/png; name=\"a<b>.png\"\r\nContent-ID: <pic>\r\n\r\nxx\r\n--b--\r\n";
    assert_eq!(world.post("alice", "/home/~/Inbox", message).await.status, 200);
    let id = world.handle("alice").mailbox().contents().unwrap()[0].id;
    let page = world.get("alice", &format!("/home/~/?id={id}&fmt=html")).await;
    assert_eq!(page.headers[header::CONTENT_TYPE], "text/html;charset=utf-8");
    assert!(page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("sandbox;"));
    let text = page.text();
    for expected in ["<p>hello</p>", "&lt;b&gt;plans", &format!("src=\"?id={id}&amp;part=2\""), "a&lt;b&gt;.png</a>"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    for bad in ["<script", "onclick", " src=\"https:", "alert"] {
        assert!(!text.contains(bad), "{bad}: {text}");
    }
    let plain = world.get("alice", &format!("/home/~/?id={id}&fmt=html&view=text")).await.text();
    assert!(plain.contains("hello") && !plain.contains("<p>"), "{plain}");
    assert_eq!(world.get("bob", &format!("/home/alice@example.test/?id={id}&fmt=html")).await.status, 404);
}
