// SPDX-License-Identifier: AGPL-3.0-or-later
//! A portal that shares a domain's key logs people in; nobody else does.

use crate::support::{Client, World, account, admin, mail};
use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use directory::Attrs;
use hmac::{Hmac, KeyInit, Mac};
use soap::element::Element;
use std::time::SystemTime;
use tower::ServiceExt;

const KEY: &str = "7c9d4c4372457f2e9df0a681e31559e691199762171b832ec042861bc9b610ba";

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

fn sign(key: &str, signed: &str) -> String {
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn with_key(world: &World) {
    let key = Attrs::from([("zimbraPreAuthKey".into(), vec![KEY.into()])]);
    world.directory.modify_domain("example.test", key).unwrap();
}

/// As a portal makes it; `expires` in ms.
fn request(by: &str, name: &str, expires: i64, timestamp: i64, key: &str) -> Element {
    let mac = sign(key, &format!("{name}|{by}|{expires}|{timestamp}"));
    account("AuthRequest")
        .unique(Element::new("account").attr("by", by).text(name))
        .unique(Element::new("preauth").attr("timestamp", timestamp).attr("expires", expires).text(mac))
}

async fn people(json: bool) {
    let world = World::new();
    let alice = "alice@example.test";
    let client = world.anonymous(json);
    assert_eq!(client.fault(request("name", alice, 0, now_ms(), KEY)).await, "account.AUTH_FAILED", "no key yet");
    with_key(&world);
    for (by, name) in [("name", alice.to_owned()), ("id", world.id("alice"))] {
        let reply = client.ok(request(by, &name, 0, now_ms(), KEY)).await;
        let mut entered = client.clone();
        entered.token = reply.body.get("authToken");
        let info = entered.ok(account("GetInfoRequest")).await;
        assert_eq!(info.body.get("name").as_deref(), Some(alice));
    }
    let soon = client.ok(request("name", alice, now_ms() + 60_000, now_ms(), KEY)).await;
    let life: i64 = soon.body.get("lifetime").unwrap().parse().unwrap();
    assert!((1..=60_000).contains(&life), "{life}");
    let minutes = |n: i64| n * 60_000;
    for (what, request) in [
        ("an old time stamp", request("name", alice, 0, now_ms() - minutes(6), KEY)),
        ("one of the future", request("name", alice, 0, now_ms() + minutes(6), KEY)),
        ("the end of time", request("name", alice, 0, i64::MIN, KEY)),
        ("it has ended", request("name", alice, now_ms() - 1, now_ms(), KEY)),
        ("another key", request("name", alice, 0, now_ms(), "another")),
        ("nobody", request("name", "nobody@example.test", 0, now_ms(), KEY)),
        ("no such domain", request("name", "alice@other.test", 0, now_ms(), KEY)),
        ("a strange way", request("shoe size", alice, 0, now_ms(), KEY)),
    ] {
        assert_eq!(client.fault(request).await, "account.AUTH_FAILED", "{what}");
    }
    // who knows an id of the system does not get around its mailbox's lock
    world
        .directory
        .modify_account(&world.id("bob"), Attrs::from([("zimbraAccountStatus".into(), vec!["closed".into()])]))
        .unwrap();
    let closed = client.fault(request("name", "bob@example.test", 0, now_ms(), KEY)).await;
    assert!(closed.starts_with("account."), "{closed}");
    let no_number = account("AuthRequest")
        .unique(Element::new("account").attr("by", "name").text(alice))
        .unique(Element::new("preauth").attr("timestamp", "soon").attr("expires", 0).text("00"));
    assert_eq!(client.fault(no_number).await, "service.INVALID_REQUEST");
}

/// Status, and where to.
async fn visit(app: &axum::Router, query: &str) -> (u16, Option<String>, HeaderMap) {
    let request = Request::get(format!("/service/preauth?{query}")).body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let to = response.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
    (response.status().as_u16(), to, response.headers().clone())
}

fn query(name: &str, admin: bool, more: &str) -> String {
    let now = now_ms();
    let (signed, shown) = if admin { ("1|", "&admin=1") } else { ("", "") };
    let mac = sign(KEY, &format!("{name}|{signed}name|0|{now}"));
    format!("account={name}&by=name&timestamp={now}&expires=0&preauth={mac}{shown}{more}")
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    headers.get(header::SET_COOKIE).map(|cookie| cookie.to_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn people_by_a_request() {
    for json in [false, true] {
        people(json).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_by_an_address() {
    let world = World::new();
    with_key(&world);
    let (status, to, headers) = visit(&world.user, &query("alice@example.test", false, "")).await;
    assert_eq!((status, to.as_deref()), (302, Some("/")));
    let cookie_set = cookie(&headers).unwrap();
    assert!(cookie_set.starts_with("ZM_AUTH_TOKEN=") && cookie_set.contains("HttpOnly"), "{cookie_set}");
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    let mut client: Client = world.anonymous(true);
    client.token = cookie_set.split(['=', ';']).nth(1).map(str::to_owned);
    client.ok(mail("NoOpRequest")).await;

    let (_, to, _) = visit(&world.user, &query("alice@example.test", false, "&redirectURL=/%3Fapp=contacts")).await;
    assert_eq!(to.as_deref(), Some("/?app=contacts"));
    for elsewhere in ["https://evil.test/", "//evil.test/", "/%5Cevil.test", "evil", "/%0d%0aSet-Cookie:x=y"] {
        let (status, to, headers) =
            visit(&world.user, &query("alice@example.test", false, &format!("&redirectURL={elsewhere}"))).await;
        assert_eq!((status, to, cookie(&headers)), (400, None, None), "{elsewhere}");
    }
    let forged = query("alice@example.test", false, "").replace("alice", "bob");
    for (query, wanted) in [(forged.as_str(), 403), ("", 400), ("account=alice@example.test&timestamp=x", 400)] {
        let (status, to, headers) = visit(&world.user, query).await;
        assert_eq!((status, to, cookie(&headers)), (wanted, None, None), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_on_their_port_only() {
    let world = World::new();
    with_key(&world);
    let (status, to, headers) = visit(&world.admin, &query("admin@example.test", true, "")).await;
    assert_eq!((status, to.as_deref()), (302, Some("/admin")));
    assert!(cookie(&headers).unwrap().starts_with("ZM_ADMIN_AUTH_TOKEN="));
    let as_user = query("admin@example.test", false, "");
    for (app, query) in [
        (&world.admin, query("alice@example.test", true, "")),
        (&world.admin, as_user.clone()),
        (&world.admin, format!("{as_user}&admin=1")),
        (&world.user, query("admin@example.test", true, "")),
    ] {
        let (status, _, headers) = visit(app, &query).await;
        assert_eq!((status, cookie(&headers)), (403, None), "{query}");
    }
    let now = now_ms();
    let mut by_request = request("name", "admin@example.test", 0, now, KEY);
    by_request.ns = soap::element::ns::ADMIN.into();
    let mut client = world.login_admin(true).await;
    client.token = None;
    assert_eq!(client.fault(by_request).await, "account.AUTH_FAILED");
}

/// Who has the key is everybody in the domain, its administrators included.
#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_for_administrators_of_everything() {
    let world = World::new();
    with_key(&world);
    let helps = Attrs::from([("zimbraIsDelegatedAdminAccount".into(), vec!["TRUE".into()])]);
    world.directory.create_account("helper@example.test", crate::support::PASSWORD, helps).unwrap();
    let root = world.login_admin(true).await;
    for right in ["domainAdminRights", "modifyDomain", "getDomain"] {
        let grant = admin("GrantRightRequest")
            .child(Element::new("target").attr("type", "domain").attr("by", "name").text("example.test"))
            .child(Element::new("grantee").attr("type", "usr").attr("by", "name").text("helper@example.test"))
            .child(Element::new("right").text(right));
        root.ok(grant).await;
    }
    let mut helper = root.clone();
    helper.token = None;
    let login = admin("AuthRequest")
        .child(Element::new("name").text("helper@example.test"))
        .child(Element::new("password").text(crate::support::PASSWORD));
    helper.token = helper.ok(login).await.body.get("authToken");
    let get = || admin("GetDomainRequest").child(Element::new("domain").attr("by", "name").text("example.test"));
    assert!(root.ok(get()).await.text.contains(KEY));
    let seen = helper.ok(get()).await;
    assert!(!seen.text.contains(KEY) && seen.text.contains("zimbraDomainName"), "{}", seen.text);
    let id = seen.first("domain").get("id").unwrap();
    let set = admin("ModifyDomainRequest")
        .content("id", id)
        .child(Element::new("a").attr("n", "zimbraPreAuthKey").text("mine"));
    assert_eq!(helper.fault(set).await, "service.PERM_DENIED");
    let of_people = world.login("alice", true).await;
    let info = of_people.ok(account("GetInfoRequest")).await;
    assert!(!info.text.contains(KEY));
}
