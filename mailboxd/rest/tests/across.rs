// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a search over many mailboxes finds, as an archive: what is in it, who gets it, and what a damaged mailbox costs.
#![allow(clippy::unwrap_used, reason = "a test that can't go on ends")]

mod world;

use axum::body::Body;
use axum::http::{Request, header};
use directory::rights::{Grant, GranteeType, Modifiers, TargetType};
use directory::{Account, Attrs, Scope, token};
use flate2::read::GzDecoder;
use http_body_util::BodyExt;
use mailbox::ItemId;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use tower::ServiceExt;
use world::World;

struct Admin {
    world: World,
    app: axum::Router,
    state: rest::State,
}

impl Admin {
    fn new() -> Admin {
        let world = World::new();
        for (name, attr) in [("root", "zimbraIsAdminAccount"), ("helper", "zimbraIsDelegatedAdminAccount")] {
            let attrs = Attrs::from([(attr.to_owned(), vec!["TRUE".to_owned()])]);
            world.directory.create_account(&format!("{name}@example.test"), "secret word", attrs).unwrap();
        }
        let state = rest::State::new(world.store.clone(), world.directory.clone());
        Admin { app: rest::admin_router(state.clone()), state, world }
    }

    fn account(&self, name: &str) -> Account {
        self.world.directory.account(&format!("{name}@example.test")).unwrap().unwrap()
    }

    async fn get(&self, cookie: Option<String>, query: &str) -> (u16, Vec<u8>) {
        let mut request = Request::get(format!("/service/admin/export?{query}"));
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let response = self.app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        (status, response.into_body().collect().await.unwrap().to_bytes().to_vec())
    }

    fn cookie(&self, name: &str, admin: bool) -> Option<String> {
        let claims = token::Claims { admin, ..token::claims(&self.account(name), 4_000_000_000_000) };
        Some(format!("ZM_ADMIN_AUTH_TOKEN={}", token::issue(&self.world.directory, &claims).unwrap()))
    }

    async fn exported(&self, name: &str, query: &str) -> BTreeMap<String, Vec<u8>> {
        let (status, body) = self.get(self.cookie(name, true), query).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        files(&body)
    }
}

/// What a gzipped tar holds; names that are too long for its headers don't come here.
fn files(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut tar = Vec::new();
    GzDecoder::new(archive).read_to_end(&mut tar).unwrap();
    let (mut files, mut at) = (BTreeMap::new(), 0);
    while tar[at] != 0 {
        let text = |from: usize, to: usize| {
            let bytes = &tar[at + from..at + to];
            String::from_utf8_lossy(bytes).trim_end_matches(['\0', ' ']).to_owned()
        };
        let size = usize::from_str_radix(&text(124, 136), 8).unwrap();
        let prefix = text(345, 500);
        let name = if prefix.is_empty() { text(0, 100) } else { format!("{prefix}/{}", text(0, 100)) };
        files.insert(name, tar[at + 512..at + 512 + size].to_vec());
        at += 512 + size.next_multiple_of(512);
    }
    files
}

fn json(files: &BTreeMap<String, Vec<u8>>, name: &str) -> Value {
    serde_json::from_slice(&files[name]).unwrap()
}

/// `{"alice@example.test": …}` of the report.
fn report(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Value> {
    let report = json(files, "report.json");
    let accounts = report["accounts"].as_array().unwrap().iter();
    accounts.map(|account| (account["name"].as_str().unwrap().to_owned(), account.clone())).collect()
}

fn messages(files: &BTreeMap<String, Vec<u8>>) -> Vec<&str> {
    files.keys().map(String::as_str).filter(|name| name.ends_with(".eml")).collect()
}

#[tokio::test]
async fn what_was_found_where_and_what_was_deleted() {
    let admin = Admin::new();
    let world = &admin.world;
    let (one, two) = (world.add("alice", ItemId::INBOX), world.add("alice", ItemId::TRASH));
    let three = world.add("bob", ItemId::INBOX);
    let gone = world.add("bob", ItemId::INBOX);
    world.handle("bob").mailbox().delete_items(&[gone]).unwrap();
    let files = admin.exported("root", "query=subject:plans").await;
    let name = |account: &str, folder: &str, id: ItemId| {
        format!("{account}@example.test/{folder}/{:010}-Plans & more.eml", id.0)
    };
    let expected = [name("alice", "Inbox", one), name("alice", "Trash", two), name("bob", "Inbox", three)];
    assert_eq!(messages(&files), expected.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(files[&expected[0]], world::MESSAGE);
    assert_eq!(json(&files, &format!("{}.meta", expected[1]))["path"], "/alice@example.test/Trash");
    let search = json(&files, "search.json");
    assert_eq!((search["by"].as_str(), search["query"].as_str()), (Some("root@example.test"), Some("subject:plans")));
    assert_eq!(
        (report(&files)["alice@example.test"]["items"].as_u64(), report(&files)["root@example.test"]["items"].as_u64()),
        (Some(2), Some(0))
    );

    let files = admin.exported("root", "query=subject:plans&mbx=bob@example.test&dumpster=1").await;
    assert_eq!(messages(&files), [name("bob", "Dumpster/Inbox", gone), name("bob", "Inbox", three)]);
    assert_eq!(report(&files)["bob@example.test"]["deleted"], 1);
    assert_eq!(messages(&admin.exported("root", "query=nothing&domain=example.test").await), Vec::<&str>::new());
    // A folder that is not there holds nothing.
    assert!(report(&admin.exported("root", "query=in:Nowhere").await)["bob@example.test"]["error"].is_null());
}

#[tokio::test]
async fn strangers_get_nothing() {
    let admin = Admin::new();
    let world = &admin.world;
    world.add("alice", ItemId::INBOX);
    let asked = [
        "query=plans",
        "query=plans&mbx=alice@example.test",
        "query=plans&mbx=no@example.test",
        "query=plans&domain=example.test",
    ];
    for query in asked {
        assert_eq!(admin.get(None, query).await.0, 401, "{query}");
        assert_eq!(admin.get(Some("ZM_ADMIN_AUTH_TOKEN=x".into()), query).await.0, 401, "{query}");
        // A user; an administrator's token that is not for administering; one who has no right.
        for cookie in [admin.cookie("bob", true), admin.cookie("root", false), admin.cookie("helper", true)] {
            let (status, body) = admin.get(cookie, query).await;
            assert_eq!((status, body.as_slice()), (403, &b"not allowed\n"[..]), "{query}");
        }
    }
    let grant = Grant {
        grantee: admin.account("helper").id,
        grantee_type: GranteeType::Usr,
        right: "adminLoginAs".into(),
        modifiers: Modifiers::default(),
    };
    let on = world.directory.on(TargetType::Account, &admin.account("alice").id).unwrap();
    world.directory.grant(&on, &grant).unwrap();
    let files = admin.exported("helper", "query=plans").await;
    assert_eq!((messages(&files).len(), report(&files).len()), (1, 1));
    let both = admin.get(admin.cookie("helper", true), "query=plans&mbx=alice@example.test&mbx=bob@example.test").await;
    assert_eq!(both.0, 403);
    // The URLs of people know no such path.
    assert_eq!(world.get("alice", "/service/admin/export?query=plans").await.status, 404);
}

#[tokio::test]
async fn a_ticket_is_good_once() {
    let admin = Admin::new();
    admin.world.add("alice", ItemId::INBOX);
    let wanted = |query: &str| rest::Wanted { scope: Scope::default(), query: query.into(), ..rest::Wanted::default() };
    let url = admin.state.ticket(wanted("plans"), "root").unwrap();
    let query = url.split_once('?').unwrap().1.to_owned();
    let (status, body) = admin.get(None, &query).await;
    assert_eq!((status, messages(&files(&body)).len()), (200, 1));
    assert_eq!(json(&files(&body), "search.json")["by"], "root");
    assert_eq!(admin.get(None, &query).await.0, 401);
    assert_eq!(admin.get(None, "ticket=").await.0, 401);
    assert!(admin.state.ticket(wanted("((("), "root").unwrap_err().contains("query"));
    assert!(admin.state.ticket(wanted(" "), "root").is_err());
}

#[tokio::test]
async fn mistakes_are_told_before_anything_is_sent() {
    let admin = Admin::new();
    for (query, status) in [
        ("", 400),
        ("query=", 400),
        ("query=(((", 400),
        ("query=x&types=elephant", 400),
        ("query=x&fmt=zip", 400),
        ("query=x&fmt=json", 400),
        ("query=x&mbx=nobody@example.test", 404),
        ("query=x&domain=nowhere.test", 404),
    ] {
        assert_eq!(admin.get(admin.cookie("root", true), query).await.0, status, "{query}");
    }
    let long = format!("query={}", "x".repeat(20_000));
    assert_eq!(admin.get(admin.cookie("root", true), &long).await.0, 413);
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

#[tokio::test]
async fn what_can_not_be_read_is_reported_and_the_rest_comes() {
    let admin = Admin::new();
    let world = &admin.world;
    let long: String = (0..200_000_u64).map(|n| format!("{:x} ", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    let mut staging = world.store.stage();
    staging.write(format!("Subject: Plans\r\n\r\n{long}\r\n").as_bytes()).unwrap();
    let add =
        mailbox::AddMessage { folder: ItemId::INBOX, flags: mailbox::Flags::UNREAD, tags: Vec::new(), date_ms: None };
    let lost = world.handle("alice").mailbox().add_message(&staging.finish().unwrap(), &add).unwrap().id;
    world.add("alice", ItemId::INBOX);
    world.add("bob", ItemId::INBOX);
    world.store.settle().unwrap();
    std::fs::remove_file(largest(&world.dir.path().join("store")).unwrap()).unwrap();
    let files = admin.exported("root", "query=subject:plans").await;
    assert_eq!(messages(&files).len(), 2);
    let alice = &report(&files)["alice@example.test"];
    assert_eq!((alice["items"].as_u64(), alice["failed"].as_u64()), (Some(1), Some(1)), "{alice}");
    assert_eq!(alice["failures"][0]["id"], lost.0);
    assert_eq!(report(&files)["bob@example.test"]["items"], 1);
}
