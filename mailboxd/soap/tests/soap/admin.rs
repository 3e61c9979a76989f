// SPDX-License-Identifier: AGPL-3.0-or-later
use crate::support::*;
use soap::element::Element;

both! { accounts passwords aliases domains delegation service_status not_for_users }

fn create(name: &str) -> Element {
    admin("CreateAccountRequest")
        .content("name", name)
        .content("password", "first secret")
        .child(Element::new("a").attr("n", "displayName").text("New One"))
}

async fn made(client: &Client, name: &str) -> String {
    client.ok(create(name)).await.first("account").get("id").unwrap()
}

fn attr(element: &Element, name: &str) -> Option<String> {
    element.named("a").find(|a| a.get("n").as_deref() == Some(name)).and_then(|a| a.text.clone())
}

async fn accounts(json: bool) {
    let world = World::new();
    let client = world.login_admin(json).await;
    client.ok(admin("PingRequest")).await;
    let reply = client.ok(create("new@example.test")).await;
    assert_eq!(attr(reply.first("account"), "zimbraMailHost").as_deref(), Some("mail.example.test"));
    assert_eq!(attr(reply.first("account"), "displayName").as_deref(), Some("New One"));
    let id = reply.first("account").get("id").unwrap();
    assert_eq!(client.fault(create("new@example.test")).await, "account.ACCOUNT_EXISTS");
    assert_eq!(client.fault(create("new@other.test")).await, "account.NO_SUCH_DOMAIN");
    let get = |by: &str, key: &str| admin("GetAccountRequest").unique(Element::new("account").attr("by", by).text(key));
    for (by, key) in [("name", "new@example.test"), ("id", &id)] {
        assert_eq!(client.ok(get(by, key)).await.first("account").get("id"), Some(id.clone()));
    }
    assert_eq!(client.fault(get("name", "none@example.test")).await, "account.NO_SUCH_ACCOUNT");
    let change = Element::new("a").attr("n", "zimbraMailQuota").text("1000");
    client.ok(admin("ModifyAccountRequest").content("id", id.clone()).child(change)).await;
    assert_eq!(world.directory.account_by_id(&id).unwrap().unwrap().quota(), 1000);
    client.ok(admin("GetMailboxRequest").unique(Element::new("mbox").attr("id", id.clone()))).await;
    client.ok(admin("RenameAccountRequest").attr("id", id.clone()).attr("newName", "newer@example.test")).await;
    assert_eq!(client.ok(admin("GetAllAccountsRequest")).await.body.named("account").count(), 4);
    client.ok(admin("DeleteAccountRequest").attr("id", id.clone())).await;
    assert_eq!(client.fault(admin("DeleteAccountRequest").attr("id", id)).await, "account.NO_SUCH_ACCOUNT");
    let own = world.id("admin");
    assert_eq!(client.fault(admin("DeleteAccountRequest").attr("id", own)).await, "service.INVALID_REQUEST");
    client.ok(admin("FlushCacheRequest").unique(Element::new("cache").attr("type", "account"))).await;
}

async fn service_status(json: bool) {
    let world = World::new();
    let client = world.login_admin(json).await;
    assert_eq!(client.fault(admin("GetServiceStatusRequest")).await, "service.TEMPORARILY_UNAVAILABLE");
    let run = world.state.config.state.join("run");
    std::fs::create_dir_all(&run).unwrap();
    let report = r#"{"components": [{"name": "postfix", "phase": "running"}, {"name": "clamav", "phase": "failed"}],
        "alerts": ["clamav is not running"]}"#;
    std::fs::write(run.join("status.json"), report).unwrap();
    let answer = client.ok(admin("GetServiceStatusRequest")).await.body;
    let of = |service: &str| {
        let found = answer.named("status").find(|status| status.get("service").as_deref() == Some(service));
        found.and_then(|status| status.text.clone())
    };
    assert_eq!((of("mta").as_deref(), of("antivirus").as_deref()), (Some("1"), Some("0")));
    assert_eq!(answer.named("alert").count(), 1);
}

async fn passwords(json: bool) {
    let world = World::new();
    let (client, alice) = (world.login_admin(json).await, world.login("alice", json).await);
    let set = |password: &str| admin("SetPasswordRequest").attr("id", world.id("alice")).attr("newPassword", password);
    client.ok(set("other secret")).await;
    assert_eq!(alice.fault(mail("NoOpRequest")).await, "service.AUTH_EXPIRED");
    assert_eq!(alice.fault(auth_request("alice", PASSWORD)).await, "account.AUTH_FAILED");
    world.anonymous(json).ok(auth_request("alice", "other secret")).await;
    assert_eq!(client.fault(set("")).await, "service.INVALID_REQUEST");
}

async fn aliases(json: bool) {
    let world = World::new();
    let client = world.login_admin(json).await;
    let request = |name: &str| admin(name).attr("id", world.id("alice")).attr("alias", "a@example.test");
    client.ok(request("AddAccountAliasRequest")).await;
    assert_eq!(client.fault(request("AddAccountAliasRequest")).await, "account.ACCOUNT_EXISTS");
    world.anonymous(json).ok(auth_request("a", PASSWORD)).await;
    client.ok(request("RemoveAccountAliasRequest")).await;
    assert_eq!(client.fault(request("RemoveAccountAliasRequest")).await, "account.NO_SUCH_ALIAS");
}

async fn domains(json: bool) {
    let world = World::new();
    let client = world.login_admin(json).await;
    let reply = client.ok(admin("CreateDomainRequest").attr("name", "two.test")).await;
    let id = reply.first("domain").get("id").unwrap();
    assert_eq!(client.fault(admin("CreateDomainRequest").attr("name", "two.test")).await, "account.DOMAIN_EXISTS");
    let get = admin("GetDomainRequest").unique(Element::new("domain").attr("by", "name").text("two.test"));
    assert_eq!(client.ok(get).await.first("domain").get("id"), Some(id.clone()));
    assert_eq!(client.ok(admin("GetAllDomainsRequest")).await.body.named("domain").count(), 2);
    let account = made(&client, "x@two.test").await;
    assert_eq!(client.fault(admin("DeleteDomainRequest").attr("id", id.clone())).await, "account.DOMAIN_NOT_EMPTY");
    client.ok(admin("DeleteAccountRequest").attr("id", account)).await;
    client.ok(admin("DeleteDomainRequest").attr("id", id.clone())).await;
    assert_eq!(client.fault(admin("DeleteDomainRequest").attr("id", id)).await, "account.NO_SUCH_DOMAIN");
}

async fn delegation(json: bool) {
    let world = World::new();
    let client = world.login_admin(json).await;
    let selector = Element::new("account").attr("by", "name").text("bob@example.test");
    let reply = client.ok(admin("DelegateAuthRequest").unique(selector)).await;
    let mut bob = world.anonymous(json);
    bob.token = Some(token_of(&reply));
    let info = bob.ok(account("GetInfoRequest")).await;
    assert_eq!(info.body.get("name").as_deref(), Some("bob@example.test"));
    // As the cookie of the web client: not shown to a script, and good for nothing without its CSRF token.
    let selector = Element::new("account").attr("by", "name").text("bob@example.test");
    let reply = client.ok(admin("DelegateAuthRequest").unique(selector).attr("setCookie", true)).await;
    assert!(reply.body.first("authToken").is_none(), "{}", reply.text);
    let cookie = reply.headers[axum::http::header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("ZM_AUTH_TOKEN=1.") && cookie.contains("HttpOnly"), "{cookie}");
    let shown = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    let (_, claims) = directory::token::authenticate(&world.directory, &shown, 0).unwrap();
    assert!(claims.csrf && !claims.admin && claims.delegated_by == Some(world.id("admin")));
    let mut page = world.anonymous(json);
    page.csrf = Some(directory::token::csrf(&world.directory, &shown).unwrap());
    page.token = Some(shown);
    page.ok(mail("NoOpRequest")).await;
    page.csrf = None;
    assert_eq!(page.fault(mail("NoOpRequest")).await, "service.AUTH_REQUIRED");
    let mut sneaky = client.clone();
    sneaky.token = bob.token;
    assert_eq!(sneaky.fault(admin("GetAllAccountsRequest")).await, "service.PERM_DENIED");
}

/// Every admin request asks who is there, also one that a user's token of an administrator sends.
async fn not_for_users(json: bool) {
    let world = World::new();
    let mut client = world.login_admin(json).await;
    let admin_as_user = world.login("admin", json).await.token;
    for token in [None, world.login("alice", json).await.token, admin_as_user] {
        client.token = token.clone();
        for name in [
            "CreateAccountRequest",
            "GetAccountRequest",
            "GetAllAccountsRequest",
            "ModifyAccountRequest",
            "RenameAccountRequest",
            "DeleteAccountRequest",
            "SetPasswordRequest",
            "AddAccountAliasRequest",
            "RemoveAccountAliasRequest",
            "DelegateAuthRequest",
            "GetMailboxRequest",
            "GetServiceStatusRequest",
            "CreateDomainRequest",
            "GetDomainRequest",
            "GetAllDomainsRequest",
            "ModifyDomainRequest",
            "DeleteDomainRequest",
            "FlushCacheRequest",
        ] {
            let code = client.fault(admin(name).attr("id", world.id("bob"))).await;
            let expected = if token.is_none() { "service.AUTH_REQUIRED" } else { "service.PERM_DENIED" };
            assert_eq!(code, expected, "{name}");
        }
    }
}
