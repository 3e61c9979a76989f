// SPDX-License-Identifier: AGPL-3.0-or-later
//! Items by REST against a real store: who gets what, and in which wrapping.
#![allow(clippy::unwrap_used, reason = "a test that can't go on ends")]

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, header};
use base64::Engine;
use directory::{Attrs, Directory, token};
use http_body_util::BodyExt;
use mailbox::{Delivery, Flags, ItemId, Store};
use tower::ServiceExt;

const FAR_MS: i64 = 4_000_000_000_000;

struct World {
    store: Store,
    directory: Directory,
    app: Router,
    _dir: tempfile::TempDir,
}

impl World {
    fn new() -> World {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(mailbox::Config { reserve_bytes: 0, ..mailbox::Config::new(dir.path()) }).unwrap();
        let directory = Directory::open(&dir.path().join("directory")).unwrap();
        directory.create_domain("example.test", Attrs::new()).unwrap();
        for name in ["alice@example.test", "bob@example.test"] {
            directory.create_account(name, "secret word", Attrs::new()).unwrap();
        }
        let app = rest::router(rest::State::new(store.clone(), directory.clone()));
        World { store, directory, app, _dir: dir }
    }

    fn token(&self, name: &str, admin: bool) -> String {
        let account = self.directory.account(name).unwrap().unwrap();
        token::issue(&self.directory, &token::Claims { admin, ..token::claims(&account, FAR_MS) }).unwrap()
    }

    fn deliver(&self, message: &[u8]) -> ItemId {
        let mut staging = self.store.stage();
        staging.write(message).unwrap();
        let delivery = Delivery {
            account: self.directory.account("alice@example.test").unwrap().unwrap().id,
            quota_bytes: 0,
            folder: ItemId::INBOX,
            trusts_spam_flag: false,
            flags: Flags::UNREAD,
            envelope_from: "x@y".into(),
            envelope_to: "alice@example.test".into(),
        };
        self.store.deliver(&staging.finish().unwrap(), &[delivery]).remove(0).unwrap()
    }

    async fn get_with(&self, path: &str, name: header::HeaderName, value: &str) -> (u16, HeaderMap, Vec<u8>) {
        let request = Request::get(path).header(name, value).body(Body::empty()).unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        (status, headers, response.into_body().collect().await.unwrap().to_bytes().to_vec())
    }

    async fn get(&self, path: &str, token: &str) -> (u16, HeaderMap, Vec<u8>) {
        self.get_with(path, header::COOKIE, &format!("ZM_AUTH_TOKEN={token}")).await
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.store.settle().unwrap();
            let report = self.store.verify(&mut |_| {}).unwrap();
            assert!(report.problems.is_empty(), "{:?}", report.problems);
        }
    }
}

const MESSAGE: &[u8] = b"Subject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>\r\n\
    --b\r\nContent-Type: image/png; name=\"a.png\"\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n\
    --b\r\nContent-Type: image/svg+xml\r\n\r\n<svg onload=x()/>\r\n--b--\r\n";

#[tokio::test]
async fn raw_comes_back_byte_for_byte() {
    let world = World::new();
    let token = world.token("alice@example.test", false);
    let mut large = b"Subject: large\r\n\r\n".to_vec();
    large.extend((0..3_000_000u32).map(|n| (n * 31 % 251) as u8));
    for bytes in [MESSAGE.to_vec(), b"bare\nLF \0 \xff".to_vec(), large] {
        let id = world.deliver(&bytes);
        for path in [format!("/service/home/~/?auth=co&id={id}"), format!("/home/alice@example.test/?id={id}&fmt=eml")]
        {
            let (status, headers, body) = world.get(&path, &token).await;
            assert_eq!(status, 200);
            assert!(body == bytes, "{path}: {} of {}", body.len(), bytes.len());
            assert_eq!(headers[header::CONTENT_LENGTH].to_str().unwrap(), bytes.len().to_string());
            assert_eq!(headers[header::CONTENT_TYPE], "text/plain");
        }
    }
}

#[tokio::test]
async fn parts_are_harmless() {
    let world = World::new();
    let token = world.token("alice@example.test", false);
    let id = world.deliver(MESSAGE);
    let part = |number: &str, more: &str| format!("/service/home/~/?id={id}&part={number}{more}");
    let (status, headers, body) = world.get(&part("2", ""), &token).await;
    assert_eq!((status, body.as_slice()), (200, b"\x89PNG\r\n\x1a\n".as_slice()));
    assert_eq!(headers[header::CONTENT_TYPE], "image/png");
    assert!(headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("inline; filename=\"a.png\""));
    for number in ["1", "3"] {
        let (_, headers, _) = world.get(&part(number, "&disp=i"), &token).await;
        assert!(headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment"));
        assert!(headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("sandbox;"));
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    }
    for number in ["9", "1.1", "x", "../1"] {
        assert_eq!(world.get(&part(number, ""), &token).await.0, 404, "{number}");
    }
}

#[tokio::test]
async fn what_is_shared_is_served_to_whom_it_is_shared_with() {
    let world = World::new();
    let (alice, bob) = ("alice@example.test", "bob@example.test");
    let [owner, visitor] = [alice, bob].map(|name| world.directory.account(name).unwrap().unwrap());
    let id = world.deliver(MESSAGE);
    let actor = mailbox::Actor { account: owner.id.clone(), is_admin: false };
    let handle = world.store.open_mailbox(&actor, &owner.id, 0).unwrap();
    let (account, token) = (owner.id.clone(), world.token(bob, false));
    let paths = [alice.to_owned(), account].map(|home| format!("/service/home/{home}/?id={id}&part=2"));
    let grant = |rights| mailbox::Grant {
        kind: mailbox::GranteeKind::User,
        grantee: visitor.id.clone(),
        name: bob.into(),
        rights,
    };
    let check = async |folder: ItemId, rights, expected: u16| {
        handle.mailbox().grant(folder, grant(rights)).unwrap();
        for path in &paths {
            assert_eq!(world.get(path, &token).await.0, expected, "{path} with {rights:?} on {folder}");
        }
        handle.mailbox().revoke(folder, mailbox::GranteeKind::User, &visitor.id).unwrap();
    };
    check(ItemId::SENT, mailbox::Rights::READ, 404).await;
    check(ItemId::INBOX, mailbox::Rights::INSERT, 404).await;
    check(ItemId::INBOX, mailbox::Rights::READ, 200).await;
    assert_eq!(world.get(&paths[0], &token).await.0, 404, "not any more");
}

#[tokio::test]
async fn who_may() {
    let world = World::new();
    let (alice, bob) = (world.token("alice@example.test", false), world.token("bob@example.test", false));
    let id = world.deliver(MESSAGE);
    let (own, named) = (format!("/home/~/?id={id}"), format!("/home/alice@example.test/?id={id}"));
    assert_eq!(world.get(&own, &alice).await.0, 200);
    assert_eq!(world.get(&named, &alice).await.0, 200);
    assert_eq!(world.get(&own, &bob).await.0, 404);
    assert_eq!(world.get(&named, &bob).await.0, 404);
    assert_eq!(world.get("/home/nobody@example.test/?id=1", &bob).await.0, 404);
    let account = world.directory.account("alice@example.test").unwrap().unwrap();
    assert_eq!(world.get(&format!("/home/~/?id={}:{id}", account.id), &bob).await.0, 404);
    for token in ["", "bogus"] {
        let (status, headers, _) = world.get(&named, token).await;
        assert_eq!(status, 401);
        assert!(headers[header::WWW_AUTHENTICATE].to_str().unwrap().starts_with("BASIC"));
    }
    let old = token::issue(&world.directory, &token::claims(&account, 1)).unwrap();
    assert_eq!(world.get(&own, &old).await.0, 401);
    // A token in the query only where it is asked for.
    assert_eq!(world.get(&format!("{own}&auth=qp&zauthtoken={alice}"), "").await.0, 200);
    assert_eq!(world.get(&format!("{own}&auth=co&zauthtoken={alice}"), "").await.0, 401);
    let basic = |password: &str| {
        let text = format!("alice@example.test:{password}");
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
    };
    assert_eq!(world.get_with(&own, header::AUTHORIZATION, &basic("secret word")).await.0, 200);
    assert_eq!(world.get_with(&own, header::AUTHORIZATION, &basic("wrong")).await.0, 401);
    let admin = Attrs::from([("zimbraIsAdminAccount".into(), vec!["TRUE".into()])]);
    world.directory.create_account("root@example.test", "secret word", admin).unwrap();
    assert_eq!(world.get(&named, &world.token("root@example.test", false)).await.0, 404, "not an admin token");
    assert_eq!(world.get(&named, &world.token("root@example.test", true)).await.0, 200);
}

#[tokio::test]
async fn bad_requests() {
    let world = World::new();
    let token = world.token("alice@example.test", false);
    let id = world.deliver(MESSAGE);
    for (path, status) in [
        ("/home/~/".to_owned(), 400),
        ("/home/~/?id=x".to_owned(), 400),
        ("/home/~/?id=99999999999".to_owned(), 400),
        ("/home/~/?id=9999".to_owned(), 404),
        ("/home/~/Nothing".to_owned(), 404),
        (format!("/home/~/?id={id}&fmt=exe"), 400),
    ] {
        assert_eq!(world.get(&path, &token).await.0, status, "{path}");
    }
    let post = Request::post("/home/~/?id=2").body(Body::empty()).unwrap();
    assert_eq!(world.app.clone().oneshot(post).await.unwrap().status().as_u16(), 401);
}

#[tokio::test]
async fn reading_leaves_no_trace() {
    let world = World::new();
    let token = world.token("alice@example.test", false);
    let id = world.deliver(MESSAGE);
    let account = world.directory.account("alice@example.test").unwrap().unwrap();
    let actor = mailbox::Actor { account: account.id.clone(), is_admin: false };
    let handle = world.store.open_mailbox(&actor, &account.id, 0).unwrap();
    let before = handle.mailbox().row().unwrap().modseq;
    assert_eq!(world.get(&format!("/home/~/?id={id}"), &token).await.0, 200);
    assert_eq!(world.get(&format!("/home/~/?id={id}&part=1"), &token).await.0, 200);
    assert_eq!(handle.mailbox().row().unwrap().modseq, before);
}

/// Guessing from one place does not lock out the owner in another.
#[tokio::test]
async fn back_off_is_by_address() {
    let world = World::new();
    let id = world.deliver(MESSAGE);
    let login = |peer: [u8; 4], password: &str| {
        let credentials = base64::engine::general_purpose::STANDARD.encode(format!("alice@example.test:{password}"));
        let request = Request::get(format!("/home/~/?id={id}"))
            .header(header::AUTHORIZATION, format!("Basic {credentials}"))
            .extension(ConnectInfo(std::net::SocketAddr::from((peer, 40_000))));
        let app = world.app.clone();
        async move { app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status().as_u16() }
    };
    for _ in 0..20 {
        assert_eq!(login([192, 0, 2, 1], "guess").await, 401);
    }
    assert_eq!(login([192, 0, 2, 1], "secret word").await, 401, "slowed down");
    assert_eq!(login([192, 0, 2, 2], "secret word").await, 200);
}

/// A layer that compresses polls once more behind the end.
#[tokio::test]
async fn a_raw_message_has_one_end() {
    let world = World::new();
    let id = world.deliver(MESSAGE);
    let cookie = format!("ZM_AUTH_TOKEN={}", world.token("alice@example.test", false));
    let request = Request::get(format!("/home/~/?id={id}")).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
    let mut body = world.app.clone().oneshot(request).await.unwrap().into_body();
    while body.frame().await.is_some() {}
    assert!(body.frame().await.is_none());
}
