// SPDX-License-Identifier: AGPL-3.0-or-later
use crate::support::*;
use axum::http::header;
use directory::token;
use soap::element::{Element, ns};

both! { logs_in refuses tokens own_lifetime other_accounts csrf logs_off change_password expired_password get_info virtual_hosts }

async fn logs_in(json: bool) {
    let world = World::new();
    let reply = world.anonymous(json).ok(auth_request("alice", PASSWORD)).await;
    assert!(reply.body.get("lifetime").unwrap().parse::<u64>().unwrap() > 1000);
    let cookie = reply.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("ZM_AUTH_TOKEN=1.") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
    assert!(!cookie.contains("Secure"), "plain HTTP");
    let mut client = world.anonymous(json);
    client.token = Some(token_of(&reply));
    client.ok(mail("NoOpRequest")).await;
    let again = account("AuthRequest").content("authToken", token_of(&reply));
    assert_eq!(token_of(&world.anonymous(json).ok(again).await), token_of(&reply));
}

async fn refuses(json: bool) {
    let world = World::new();
    let client = world.anonymous(json);
    for (name, password) in [("alice", "wrong"), ("nobody", PASSWORD), ("", ""), ("alice", ""), ("al(ice|*", "x")] {
        assert_eq!(client.fault(auth_request(name, password)).await, "account.AUTH_FAILED", "{name}");
    }
    assert_eq!(client.fault(account("AuthRequest")).await, "service.INVALID_REQUEST");
    let request = admin("AuthRequest").content("name", "alice@example.test").content("password", PASSWORD);
    let admins = world.login_admin(json).await;
    assert_eq!(admins.fault(request).await, "service.PERM_DENIED");
    let preauth = account("AuthRequest")
        .unique(Element::new("account").attr("by", "name").text("alice@example.test"))
        .unique(Element::new("preauth").attr("timestamp", 1).attr("expires", 0).text("00"));
    assert_eq!(client.fault(preauth).await, "account.AUTH_FAILED");
    for request in [mail("NoOpRequest"), mail("GetFolderRequest"), account("GetInfoRequest")] {
        assert_eq!(client.fault(request).await, "service.AUTH_REQUIRED");
    }
}

async fn tokens(json: bool) {
    let world = World::new();
    let mut client = world.login("alice", json).await;
    let good = client.token.clone().unwrap();
    for bad in ["", "0_abc", "1.e30.AAAA", &good[..good.len() - 2], &format!("{good}x"), &"A".repeat(100_000)] {
        client.token = Some(bad.to_owned());
        assert_eq!(client.fault(mail("NoOpRequest")).await, "service.AUTH_REQUIRED", "{bad:.20}");
    }
    let alice = world.directory.account("alice@example.test").unwrap().unwrap();
    let old = token::issue(&world.directory, &token::claims(&alice, 1)).unwrap();
    client.token = Some(old);
    assert_eq!(client.fault(mail("NoOpRequest")).await, "service.AUTH_EXPIRED");
    let closed = directory::Attrs::from([("zimbraAccountStatus".into(), vec!["closed".into()])]);
    world.directory.modify_account(&alice.id, closed).unwrap();
    client.token = Some(good);
    assert_eq!(client.fault(mail("NoOpRequest")).await, "service.AUTH_EXPIRED");
}

async fn own_lifetime(json: bool) {
    let world = World::new();
    let short = directory::Attrs::from([("zimbraAuthTokenLifetime".into(), vec!["5m".into()])]);
    world.directory.modify_account(&world.id("alice"), short).unwrap();
    let reply = world.anonymous(json).ok(auth_request("alice", PASSWORD)).await;
    assert_eq!(reply.body.get("lifetime").as_deref(), Some("300000"));
}

async fn other_accounts(json: bool) {
    let world = World::new();
    let by = |by: &str, key: &str| Element::new("account").attr("by", by).text(key);
    let alice = world.login("alice", json).await;
    let bob = world.id("bob");
    for selector in [by("name", "bob@example.test"), by("id", &bob), by("name", "nobody@example.test")] {
        assert_eq!(alice.with(selector).fault(mail("GetFolderRequest")).await, "service.PERM_DENIED");
    }
    alice.with(by("name", "ALICE@example.test")).ok(mail("GetFolderRequest")).await;
    let id = world.deliver("bob", &message("secret", "", "text"));
    let foreign = format!("{bob}:{id}");
    let get = mail("GetMsgRequest").child(Element::new("m").attr("id", foreign.clone()));
    assert_eq!(alice.fault(get).await, "service.PERM_DENIED");
    assert_eq!(alice.fault(action("MsgActionRequest", "delete", &foreign)).await, "service.PERM_DENIED");
    let admins = world.login_admin(json).await;
    let get = mail("GetMsgRequest").child(Element::new("m").attr("id", id.to_string()));
    admins.with(by("id", &bob)).ok(get).await;
    // The admin API is not there for the others, nor at the users' door.
    let mut sneaky = world.login_admin(json).await;
    sneaky.token = alice.token.clone();
    assert_eq!(sneaky.fault(admin("GetAllAccountsRequest")).await, "service.PERM_DENIED");
    assert_eq!(alice.fault(admin("GetAllAccountsRequest")).await, "service.UNKNOWN_DOCUMENT");
}

async fn csrf(json: bool) {
    let world = World::new();
    let mut client = world.anonymous(json);
    let reply = client.ok(auth_request("alice", PASSWORD).attr("csrfTokenSecured", "1")).await;
    client.token = Some(token_of(&reply));
    assert_eq!(client.fault(mail("NoOpRequest")).await, "service.AUTH_REQUIRED");
    client.csrf = Some("AAAA".into());
    assert_eq!(client.fault(mail("NoOpRequest")).await, "service.AUTH_REQUIRED");
    client.csrf = reply.body.get("csrfToken");
    client.ok(mail("NoOpRequest")).await;
    let shown = client.csrf.take().unwrap();
    client.with(Element::new("csrfToken").text(shown)).ok(mail("NoOpRequest")).await;
}

async fn logs_off(json: bool) {
    let world = World::new();
    let (first, second) = (world.login("alice", json).await, world.login("alice", json).await);
    let reply = first.ok(account("EndSessionRequest").attr("logoff", "1")).await;
    assert!(reply.headers[header::SET_COOKIE].to_str().unwrap().starts_with("ZM_AUTH_TOKEN=;"));
    assert_eq!(first.fault(mail("NoOpRequest")).await, "service.AUTH_EXPIRED");
    second.ok(mail("NoOpRequest")).await;
    second.ok(account("EndSessionRequest").attr("logoff", "1").attr("all", "1")).await;
    assert_eq!(second.fault(mail("NoOpRequest")).await, "service.AUTH_EXPIRED");
}

async fn change_password(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let change = |old: &str| {
        Element::in_ns("ChangePasswordRequest", ns::ACCOUNT)
            .unique(Element::new("account").attr("by", "name").text("alice@example.test"))
            .content("oldPassword", old)
            .content("password", "new secret")
    };
    assert_eq!(client.fault(change("wrong")).await, "account.AUTH_FAILED");
    let reply = client.ok(change(PASSWORD)).await;
    assert_eq!(client.fault(mail("NoOpRequest")).await, "service.AUTH_EXPIRED");
    let mut client = client;
    client.token = Some(token_of(&reply));
    client.ok(mail("NoOpRequest")).await;
    let unnamed = Element::in_ns("ChangePasswordRequest", ns::ACCOUNT);
    let unnamed = unnamed.content("oldPassword", "x").content("password", "y");
    assert_eq!(world.anonymous(json).fault(unnamed).await, "service.AUTH_REQUIRED");
}

/// Who must change the password gets no token: the old password is enough to change it, and for nothing else.
async fn expired_password(json: bool) {
    let world = World::new();
    let stranger = world.anonymous(json);
    let id = world.id("alice");
    let set = |name: &str, value: &str| {
        let attrs = [(name.to_owned(), vec![value.to_owned()])].into();
        world.directory.modify_account(&id, attrs).unwrap();
    };
    let change = |old: &str, new: &str| {
        Element::in_ns("ChangePasswordRequest", ns::ACCOUNT)
            .unique(Element::new("account").attr("by", "name").text("alice@example.test"))
            .content("oldPassword", old)
            .content("password", new)
    };
    set("zimbraPasswordMustChange", "TRUE");
    set("zimbraPasswordEnforceHistory", "3");
    assert_eq!(stranger.fault(auth_request("alice", PASSWORD)).await, "account.CHANGE_PASSWORD");
    assert_eq!(stranger.fault(change("wrong", "new secret")).await, "account.AUTH_FAILED");
    assert_eq!(stranger.fault(change(PASSWORD, PASSWORD)).await, "account.PASSWORD_RECENTLY_USED");
    let reply = stranger.ok(change(PASSWORD, "new secret")).await;
    let mut client = world.anonymous(json);
    client.token = Some(token_of(&reply));
    client.ok(mail("NoOpRequest")).await;
    stranger.ok(auth_request("alice", "new secret")).await;
    // a token of before does no harm
    stranger.ok(change("new secret", "third secret")).await;
    client.ok(change("third secret", "fourth secret")).await;
    set("zimbraPasswordMinAge", "1");
    assert_eq!(stranger.fault(change("fourth secret", "fifth secret")).await, "account.PASSWORD_CHANGE_TOO_SOON");
    set("zimbraPasswordMinAge", "0");
    set("zimbraFeatureChangePasswordEnabled", "FALSE");
    assert_eq!(stranger.fault(change("fourth secret", "fifth secret")).await, "service.PERM_DENIED");
    set("zimbraPasswordMustChange", "TRUE");
    set("zimbraPasswordLocked", "TRUE");
    assert_eq!(stranger.fault(change("fourth secret", "fifth secret")).await, "account.PASSWORD_LOCKED");
    set("zimbraPasswordLocked", "FALSE");
    stranger.ok(change("fourth secret", "fifth secret")).await;
}

async fn get_info(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let reply = client.ok(account("GetInfoRequest")).await;
    assert_eq!(reply.body.get("name").as_deref(), Some("alice@example.test"));
    assert_eq!(reply.body.get("id"), Some(world.id("alice")));
    assert_eq!(reply.body.get("used").as_deref(), Some("0"));
    assert!(reply.text.contains("zimbraMailHost") && !reply.text.contains("argon2"));
    let reply = client.ok(account("GetInfoRequest").attr("sections", "mbox")).await;
    assert!(reply.body.first("attrs").is_none() && reply.body.get("used").is_some());
}

/// A page of ours that was opened anew: the cookie alone leads back into the session, and to its CSRF token. Nobody else's
/// page gets that, however it makes a browser send the cookie along.
#[tokio::test]
async fn a_new_tab_goes_on_where_a_strangers_page_does_not() {
    let world = World::new();
    let client = world.anonymous(true);
    let first = client.ok(auth_request("alice", PASSWORD).attr("csrfTokenSecured", true)).await;
    let cookie = format!("ZM_AUTH_TOKEN={}", token_of(&first));
    let ask = r#"{"Body":{"AuthRequest":{"_jsns":"urn:zimbraAccount","csrfTokenSecured":"1"}}}"#;
    let json = ("Content-Type", "application/json; charset=utf-8");
    let host = ("Host", "mail.example.test");
    for own in [
        vec![json, host, ("Sec-Fetch-Site", "same-origin"), ("Origin", "https://mail.example.test")],
        vec![json, host, ("Origin", "https://mail.example.test")],
        vec![json, host],
    ] {
        let reply = client.raw_with(&[&own[..], &[("Cookie", &cookie)]].concat(), ask).await;
        assert_eq!(reply.fault(), None, "{own:?} {}", reply.text);
        assert_eq!(token_of(&reply), token_of(&first));
        assert!(reply.body.get("lifetime").unwrap().parse::<i64>().unwrap() > 1000);
        assert_eq!(reply.body.get("csrfToken"), first.body.get("csrfToken"));
        assert!(!reply.headers.contains_key("access-control-allow-origin"));
    }
    for stranger in [
        vec![host],
        vec![host, ("Content-Type", "text/plain")],
        vec![host, ("Content-Type", "application/x-www-form-urlencoded")],
        vec![json, host, ("Sec-Fetch-Site", "cross-site")],
        vec![json, host, ("Sec-Fetch-Site", "same-site"), ("Origin", "https://mail.example.test")],
        vec![json, host, ("Origin", "https://evil.example")],
        vec![json, host, ("Origin", "null")],
    ] {
        let reply = client.raw_with(&[&stranger[..], &[("Cookie", &cookie)]].concat(), ask).await;
        assert_eq!(reply.fault().as_deref(), Some("service.INVALID_REQUEST"), "{stranger:?}");
        assert!(!reply.text.contains("csrfToken"));
    }
    let reply = client.raw_with(&[json, host, ("Cookie", "ZM_AUTH_TOKEN=1.e30.AAAA")], ask).await;
    assert_eq!(reply.fault().as_deref(), Some("service.AUTH_REQUIRED"));
    let reply = client.raw_with(&[json, host], ask).await;
    assert_eq!(reply.fault().as_deref(), Some("service.INVALID_REQUEST"), "no cookie");
    // Whoever names somebody means to log in: the cookie of another does not help.
    let named = r#"{"Body":{"AuthRequest":{"_jsns":"urn:zimbraAccount","account":{"by":"name","_content":"bob@example.test"}}}}"#;
    let reply = client.raw_with(&[json, host, ("Cookie", &cookie)], named).await;
    assert_eq!(reply.fault().as_deref(), Some("service.INVALID_REQUEST"));
}

/// Guessing from one place does not lock out the owner in another.
#[tokio::test]
async fn back_off_is_by_address() {
    let world = World::new();
    let from = |peer: [u8; 4]| {
        let mut client = world.anonymous(true);
        client.peer = Some((peer, 40_000).into());
        client
    };
    let (guesser, owner) = (from([192, 0, 2, 1]), from([192, 0, 2, 2]));
    for _ in 0..20 {
        assert_eq!(guesser.fault(auth_request("alice", "guess")).await, "account.AUTH_FAILED");
    }
    assert_eq!(guesser.fault(auth_request("alice", PASSWORD)).await, "account.AUTH_FAILED", "slowed down");
    owner.ok(auth_request("alice", PASSWORD)).await;
}

/// Who logs in on a domain's own page needs no domain.
async fn virtual_hosts(json: bool) {
    let world = World::new();
    let host = directory::Attrs::from([("zimbraVirtualHostname".to_owned(), vec!["mail.second.test".to_owned()])]);
    world.directory.create_domain("second.test", host).unwrap();
    world.directory.create_account("zoe@second.test", PASSWORD, directory::Attrs::new()).unwrap();
    let client = world.anonymous(json);
    let login = |name: &str, host: &str| {
        account("AuthRequest")
            .unique(Element::new("account").attr("by", "name").text(name))
            .content("password", PASSWORD)
            .content("virtualHost", host)
    };
    client.ok(login("zoe", "mail.second.test")).await;
    client.ok(login("zoe", "second.test")).await;
    client.ok(login("alice@example.test", "mail.second.test")).await;
    client.ok(login("alice", "")).await;
    assert_eq!(client.fault(login("alice", "mail.second.test")).await, "account.AUTH_FAILED");
    assert_eq!(client.fault(login("zoe", "mail.elsewhere.test")).await, "account.AUTH_FAILED");
}
