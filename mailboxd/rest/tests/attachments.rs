// SPDX-License-Identifier: AGPL-3.0-or-later
//! Files of strangers while they are kept back, and as HTML: by every way that leads to them. Views need the real extractd
//! (`cargo build -p extractd`).
#![allow(clippy::unwrap_used, reason = "a test that can't go on ends")]

mod world;

use axum::http::{Request, header};
use directory::Attrs;
use mailbox::extract::Extractor;
use mailbox::{AddMessage, Extraction, Flags, ItemId};
use std::path::Path;
use std::sync::Arc;
use world::{Reply, World};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../extractd/tests/fixtures").join(name)).unwrap()
}

fn world() -> World {
    let own = std::env::current_exe().unwrap();
    let program = own.ancestors().nth(2).unwrap().join("extractd");
    assert!(program.is_file(), "{} is missing: cargo build -p extractd", program.display());
    World::with(|config| {
        config.extraction = Some(Extraction { extractor: Extractor::new(&program), wants: Arc::new(|_| Some(true)) });
    })
}

fn add(world: &World, message: &[u8]) -> ItemId {
    let mut staging = world.store.stage();
    staging.write(message).unwrap();
    let add = AddMessage { folder: ItemId::INBOX, flags: Flags::UNREAD, tags: Vec::new(), date_ms: None };
    world.handle("alice").mailbox().add_message(&staging.finish().unwrap(), &add).unwrap().id
}

fn set(world: &World, name: &str, value: &str) {
    world.directory.modify_config(Attrs::from([(name.to_owned(), vec![value.to_owned()])])).unwrap();
}

const BLOCKED: &str = "zimbraAttachmentsBlocked";
const HTML_ONLY: &str = "zimbraAttachmentsViewInHtmlOnly";
/// What nobody may get while it is kept back, in any encoding.
const EVIL: &[u8] = b"MZ\x90\0evil program";
const EVIL_BASE64: &str = "TVqQAGV2aWwgcHJvZ3JhbQ==";

/// Parts: 1 text, 2 a program, 3 a document, 4 an image, 5 a message with a program in it, 6 a page of HTML as a file.
fn mail() -> Vec<u8> {
    let part = |head: &str, content: &[u8]| {
        [format!("--b\r\nContent-Type: {head}\r\n\r\n").as_bytes(), content, b"\r\n"].concat()
    };
    let program = "application/octet-stream; name=evil.exe\r\nContent-Transfer-Encoding: base64";
    let inner = format!("Subject: inner\r\nContent-Type: {program}\r\n\r\n{EVIL_BASE64}");
    [
        b"From: x@y.test\r\nTo: alice@example.test\r\nSubject: Outbreak\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n".to_vec(),
        part("text/plain", b"own words"),
        part(program, EVIL_BASE64.as_bytes()),
        part("application/msword; name=a.docx\r\nContent-Transfer-Encoding: binary", &fixture("text.docx")),
        part("image/png; name=a.png\r\nContent-Transfer-Encoding: binary", b"\x89PNG\r\n\x1a\nx"),
        part("message/rfc822", inner.as_bytes()),
        part("text/html; name=evil.html", b"<script>evil()</script><p onclick=evil()>Harmless</p><img src=http://far.test/x>"),
        b"--b--\r\n".to_vec(),
    ]
    .concat()
}

fn leaks(reply: &Reply) -> bool {
    let has = |needle: &[u8]| reply.body.windows(needle.len()).any(|window| window == needle);
    // An archive is compressed: none may come at all.
    let kind =
        reply.headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default();
    has(EVIL) || has(EVIL_BASE64.as_bytes()) || has(b"PK\x03\x04") || kind.contains("zip") || kind.contains("tar")
}

/// Every way that REST has to a message, its parts and what lies in its folder.
fn ways(id: ItemId) -> Vec<String> {
    let mut ways = Vec::new();
    for base in ["/home/~", "/service/home/~", "/service/user/~", "/service/home/alice@example.test"] {
        for part in ["2", "3", "5", "5.1", "6", "", "1.2"] {
            for more in [
                "",
                "&disp=a",
                "&disp=i",
                "&view=html",
                "&fmt=native",
                "&fmt=html",
                "&fmt=eml",
                "&fmt=zip",
                "&meta=0&fmt=tgz",
            ] {
                ways.push(format!("{base}/?id={id}&part={part}{more}"));
            }
        }
        for more in [
            "",
            "&disp=a",
            "&fmt=eml",
            "&fmt=native",
            "&fmt=sync",
            "&fmt=zip",
            "&fmt=tgz",
            "&fmt=tar",
            "&fmt=zip&meta=0",
        ] {
            ways.push(format!("{base}/?id={id}{more}"));
            ways.push(format!("{base}/?list={id}{more}"));
            ways.push(format!("{base}/Inbox?x=1{more}"));
            ways.push(format!("{base}/?query=outbreak{more}"));
        }
        ways.extend(["Inbox.zip", "Inbox.tgz", "Inbox.tar", "Inbox.eml"].map(|name| format!("{base}/{name}")));
    }
    ways.push(format!("/service/content/get?id={id}&part=2"));
    ways.push(format!("/service/content/get?id={id}"));
    ways
}

async fn all_ways_are_closed(world: &World, id: ItemId, why: &str) {
    for way in ways(id) {
        let reply = world.get("alice", &way).await;
        assert!(!leaks(&reply), "{why}: {way} gave {} {:?}", reply.status, reply.headers);
        assert_ne!(reply.status, 500, "{way}");
    }
}

#[tokio::test]
async fn while_attachments_are_blocked_no_way_leads_to_them() {
    let world = world();
    let id = add(&world, &mail());
    let program = format!("/service/home/~/?id={id}&part=2");
    assert_eq!(world.get("alice", &program).await.body, EVIL);
    assert!(leaks(&world.get("alice", &format!("/home/~/?id={id}")).await), "the test can see a leak");
    // for everybody
    for name in [BLOCKED, HTML_ONLY] {
        set(&world, name, "TRUE");
        all_ways_are_closed(&world, id, name).await;
        set(&world, name, "FALSE");
        assert_eq!(world.get("alice", &program).await.body, EVIL, "at once, both ways");
    }
    // for one
    for name in [BLOCKED, HTML_ONLY] {
        let value = |value: &str| Attrs::from([(name.to_owned(), vec![value.to_owned()])]);
        world.directory.modify_account(&world.account("alice"), value("TRUE")).unwrap();
        all_ways_are_closed(&world, id, name).await;
        world.directory.modify_account(&world.account("alice"), value("")).unwrap();
    }
    set(&world, BLOCKED, "TRUE");
    let reply = world.get("alice", &program).await;
    assert_eq!((reply.status, reply.text().as_str()), (403, "attachments are blocked\n"));
    // Its own words are no file, and a message without files may be had whole.
    let reply = world.get("alice", &format!("/home/~/?id={id}&part=1")).await;
    assert!(reply.status == 200 && reply.text().contains("own words"), "{}", reply.text());
    let plain = add(&world, world::MESSAGE);
    assert_eq!(world.get("alice", &format!("/home/~/?id={plain}")).await.body, world::MESSAGE);
    // Files of the briefcase came from somewhere, too.
    set(&world, BLOCKED, "FALSE");
    let put = world.send("alice", Request::put("/home/~/Briefcase/evil.exe"), EVIL.to_vec()).await;
    assert_eq!(put.status, 200, "{}", put.text());
    set(&world, BLOCKED, "TRUE");
    assert_eq!(world.get("alice", "/home/~/Briefcase/evil.exe").await.status, 403);
}

#[tokio::test]
async fn who_sees_only_html_sees_pages_and_pictures() {
    let world = world();
    let id = add(&world, &mail());
    set(&world, HTML_ONLY, "TRUE");
    let part = async |number: &str| world.get("alice", &format!("/home/~/?id={id}&part={number}")).await;
    let page = part("3").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert!(page.text().contains("Sternanis"), "{}", page.text());
    assert_eq!(part("4").await.headers[header::CONTENT_TYPE], "image/png");
    assert_eq!(part("2").await.status, 415);
    let page = part("6").await.text();
    assert!(page.contains("Harmless") && !page.contains("evil()"), "{page}");
}

#[tokio::test]
async fn the_html_view_is_a_page_that_can_do_nothing() {
    let world = world();
    let id = add(&world, &mail());
    for (number, words) in [("3", "<td>"), ("6", "Harmless"), ("5", "inner")] {
        let page = world.get("alice", &format!("/service/home/~/?id={id}&part={number}&view=html")).await;
        assert_eq!(page.status, 200, "{number}: {}", page.text());
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(
            policy.starts_with("sandbox; default-src 'none'; img-src data:;") && !policy.contains("allow-"),
            "{policy}"
        );
        assert_eq!(page.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        let text = page.text();
        assert!(text.contains(words), "{number}: {text}");
        assert!(!text.contains("<script") && !text.contains("onclick") && !text.contains(" src=\"http"), "{text}");
    }
    // A name is text, too.
    let hostile = String::from_utf8_lossy(&mail()).replace("evil.html", "\"<script>x.html\"");
    let id = add(&world, hostile.as_bytes());
    let text = world.get("alice", &format!("/home/~/?id={id}&part=6&view=html")).await.text();
    assert!(text.contains("<title>&lt;script>x.html</title>") && !text.contains("<script"), "{text}");
    // Nobody else's, and without extractd none.
    assert_eq!(world.get("bob", &format!("/home/alice@example.test/?id={id}&part=3&view=html")).await.status, 404);
    let world = World::new();
    let id = add(&world, &mail());
    assert_eq!(world.get("alice", &format!("/home/~/?id={id}&part=3&view=html")).await.status, 415);
}
