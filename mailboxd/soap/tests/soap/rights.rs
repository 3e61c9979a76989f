// SPDX-License-Identifier: AGPL-3.0-or-later
//! The admin API as those meet it who are not administrators of everything.

use crate::support::*;
use directory::Attrs;
use soap::element::Element;
use soap::{ADMIN_REQUESTS, Access};

both! {
    no_request_is_for_users
    without_grants_nothing_is_seen_or_changed
    no_request_fails_on_full_or_empty_arguments
    a_domain_is_administered
    no_way_to_more_rights
    rights_are_given_and_taken
    rights_are_told
    limits_of_values
    rights_of_a_mailbox
}

fn set(name: &str, value: &str) -> Attrs {
    Attrs::from([(name.to_owned(), vec![value.to_owned()])])
}

/// With an administrator `helper`, who has no rights yet, and things to have rights on.
pub async fn world(json: bool) -> (World, Client, Client) {
    let world = World::new();
    let directory = &world.directory;
    directory.create_account("helper@example.test", PASSWORD, set("zimbraIsDelegatedAdminAccount", "TRUE")).unwrap();
    directory.create_domain("other.test", Attrs::new()).unwrap();
    directory.create_account("carol@other.test", PASSWORD, Attrs::new()).unwrap();
    directory.create_list("all@example.test", Attrs::new()).unwrap();
    directory.create_resource("room@example.test", "", Attrs::new()).unwrap();
    let root = world.login_admin(json).await;
    root.ok(admin("GetAllServersRequest")).await;
    let helper = login_helper(&world, json).await;
    (world, root, helper)
}

async fn login_helper(world: &World, json: bool) -> Client {
    let mut helper = world.login_admin(json).await;
    helper.token = None;
    let auth = admin("AuthRequest").content("name", "helper@example.test").content("password", PASSWORD);
    helper.token = Some(token_of(&helper.ok(auth).await));
    helper
}

/// Names things of others in every way that any request has.
fn full(world: &World, name: &str) -> Element {
    let by = |name: &str, by: &str, key: &str| Element::new(name).attr("by", by).text(key);
    let id_of = |name: &str| {
        // It may have been deleted by an earlier request.
        world.directory.account(&format!("{name}@example.test")).unwrap().map(|account| account.id).unwrap_or_default()
    };
    let bob = id_of("bob");
    let mut request = admin(name);
    if name.contains("CalendarResource") {
        request = request.child(by("calresource", "name", "room@example.test"));
    } else if name != "GrantRightRequest" {
        request = request.child(by("account", "id", &bob));
    }
    let id = match name {
        n if n.contains("Cos") => world.directory.get(directory::Kind::Cos, "default").unwrap().id,
        n if n.contains("DistributionList") => {
            world.directory.list("all@example.test").map(|list| list.id).unwrap_or_default()
        }
        n if n.contains("Domain") => world.directory.domain("example.test").unwrap().unwrap().id,
        n if n.contains("Server") => world.directory.get(directory::Kind::Server, "mail.example.test").unwrap().id,
        n if n.contains("CalendarResource") => id_of("room"),
        n if n.contains("Volume") => "1".to_owned(),
        _ => bob.clone(),
    };
    request = request.attr("id", id).attr("name", "made@example.test").attr("newName", "newer@example.test");
    request = request.attr("alias", "alias@example.test").attr("newPassword", "a new secret").attr("password", "x");
    request = request.attr("hostname", "localhost").attr("query", "(uid=*)").attr("attrs", "displayName,zimbraId");
    let kind = match name {
        "CountObjectsRequest" => "account",
        "GetSessionsRequest" => "soap",
        "GetDelegatedAdminConstraintsRequest" | "ModifyDelegatedAdminConstraintsRequest" => "config",
        _ => "all",
    };
    request = request.attr("type", kind);
    if name.contains("Gal") || name.contains("Quota") || name == "SearchDirectoryRequest" {
        request = request.attr("domain", "example.test");
    } else {
        request = request.child(by("domain", "name", "example.test"));
    }
    request
        .child(by("dl", "name", "all@example.test"))
        .child(by("cos", "name", "default"))
        .child(by("server", "name", "mail.example.test"))
        .child(Element::new("mbox").attr("id", bob))
        .child(Element::new("dlm").text("bob@example.test"))
        .child(Element::new("cache").attr("type", "account"))
        .child(Element::new("directory").attr("path", "/tmp"))
        .child(Element::new("a").attr("n", "description").text("changed"))
        .child(Element::new("target").attr("type", "account").attr("by", "name").text("bob@example.test"))
        .child(Element::new("grantee").attr("type", "usr").attr("by", "name").text("admin@example.test"))
        .child(Element::new("right").text("deleteAccount"))
}

async fn no_request_is_for_users(json: bool) {
    let (world, _, helper) = world(json).await;
    let as_user = world.login("helper", json).await.token;
    for token in [None, world.login("alice", json).await.token, as_user] {
        let mut client = helper.clone();
        client.token = token.clone();
        let expected = if token.is_none() { "service.AUTH_REQUIRED" } else { "service.PERM_DENIED" };
        for known in ADMIN_REQUESTS.iter().filter(|known| known.access != Access::Everybody) {
            assert_eq!(client.fault(full(&world, known.name)).await, expected, "{}", known.name);
            assert_eq!(client.fault(admin(known.name)).await, expected, "{}", known.name);
        }
        assert_eq!(client.fault(admin("NoSuchRequest")).await, expected);
    }
}

async fn without_grants_nothing_is_seen_or_changed(json: bool) {
    let (world, _, helper) = world(json).await;
    for known in ADMIN_REQUESTS {
        let request = full(&world, known.name);
        match known.access {
            Access::Everybody | Access::Administrators => {}
            Access::Filtered => {
                let reply = helper.ok(request).await;
                let hits = ["account", "calresource", "dl", "domain", "cos", "server", "alias"];
                assert!(hits.iter().all(|hit| reply.body.first(hit).is_none()), "{}: {}", known.name, reply.text);
                assert!(!reply.text.contains("bob@"), "{}: {}", known.name, reply.text);
                assert!(reply.body.get("num").is_none_or(|num| num == "0"), "{}", reply.text);
            }
            _ => assert_eq!(helper.fault(request).await, "service.PERM_DENIED", "{}", known.name),
        }
    }
    // What is not there is denied alike.
    let nobody = Element::new("account").attr("by", "name").text("nobody@example.test");
    assert_eq!(helper.fault(admin("GetAccountRequest").child(nobody)).await, "service.PERM_DENIED");
    let bob = world.directory.account("bob@example.test").unwrap().unwrap();
    assert!(!bob.attrs.contains_key("description") && bob.aliases.is_empty());
    assert!(world.directory.authenticate("bob", PASSWORD).is_ok());
    assert!(world.directory.account("made@example.test").unwrap().is_none());
}

/// For an administrator of everything each one has an answer of its own, and none is a failure of ours.
async fn no_request_fails_on_full_or_empty_arguments(json: bool) {
    let (world, root, _) = world(json).await;
    for known in ADMIN_REQUESTS {
        let huge = admin(known.name).attr("id", "x".repeat(10_000)).attr("name", "\u{202e}".repeat(2_000));
        let odd = huge.attr("limit", "many").attr("query", "(((").attr("type", "\0").attr("domain", "..");
        for request in [full(&world, known.name), admin(known.name), odd] {
            let reply = root.call(request).await;
            let code = reply.fault().unwrap_or_default();
            for bad in ["service.FAILURE", "service.UNKNOWN_DOCUMENT", "service.PERM_DENIED"] {
                assert_ne!(code, bad, "{}: {}", known.name, reply.text);
            }
        }
    }
}

fn grant_request(name: &str, target: (&str, &str), grantee: &str, right: &str) -> Element {
    admin(name)
        .child(Element::new("target").attr("type", target.0).attr("by", "name").text(target.1))
        .child(Element::new("grantee").attr("type", "usr").attr("by", "name").text(grantee))
        .child(Element::new("right").text(right))
}

pub async fn grant(root: &Client, target: (&str, &str), right: &str) {
    root.ok(grant_request("GrantRightRequest", target, "helper@example.test", right)).await;
}

fn selector(request: &str, name: &str) -> Element {
    admin(request).child(Element::new("account").attr("by", "name").text(name))
}

async fn a_domain_is_administered(json: bool) {
    let (world, root, helper) = world(json).await;
    grant(&root, ("domain", "example.test"), "domainAdminRights").await;
    let create = |name: &str| admin("CreateAccountRequest").content("name", name).content("password", "first secret");
    let made = helper.ok(create("new@example.test")).await;
    let id = made.first("account").get("id").unwrap();
    assert_eq!(helper.fault(create("new@other.test")).await, "service.PERM_DENIED");
    assert_eq!(helper.fault(create("new@nowhere.test")).await, "service.PERM_DENIED");
    let with = |name: &str, value: &str| Element::new("a").attr("n", name).text(value);
    let quota = create("rich@example.test").child(with("zimbraMailQuota", "0"));
    assert_eq!(helper.fault(quota).await, "service.PERM_DENIED");
    let modify =
        |name: &str, value: &str| admin("ModifyAccountRequest").content("id", id.clone()).child(with(name, value));
    helper.ok(modify("displayName", "New One")).await;
    helper.ok(modify("zimbraPrefLocale", "de")).await;
    assert_eq!(helper.fault(modify("zimbraMailQuota", "0")).await, "service.PERM_DENIED");
    assert_eq!(helper.fault(modify("zimbraIsAdminAccount", "TRUE")).await, "service.PERM_DENIED");
    // Another class of service only with the right to give it.
    let gold = world.directory.create(directory::Kind::Cos, "gold", Attrs::new()).unwrap();
    assert_eq!(helper.fault(modify("zimbraCOSId", &gold.id)).await, "service.PERM_DENIED");
    grant(&root, ("cos", "gold"), "assignCos").await;
    // In no spelling.
    let silver = world.directory.create(directory::Kind::Cos, "silver", Attrs::new()).unwrap();
    for name in ["zimbracosid", "ZIMBRACOSID", "+zimbraCosId"] {
        assert_eq!(helper.fault(modify(name, &silver.id)).await, "service.PERM_DENIED", "{name}");
    }
    let chosen = create("chosen@example.test").child(with("ZimbraCosID", &silver.id));
    assert_eq!(helper.fault(chosen).await, "service.PERM_DENIED");
    helper.ok(modify("zimbraCOSId", &gold.id)).await;
    // The use of mailboxes in the domain, and of no other.
    let usage = admin("GetQuotaUsageRequest").child(Element::new("account").attr("by", "id").text(&id));
    let carol = Element::new("account").attr("by", "name").text("carol@other.test");
    let usage = helper.ok(usage.child(carol.clone())).await;
    let seen: Vec<String> = usage.body.named("account").filter_map(|account| account.get("id")).collect();
    assert!(seen.len() == 1 && seen[0] == id, "{}", usage.text);
    assert_eq!(helper.fault(admin("GetQuotaUsageRequest").child(carol)).await, "service.PERM_DENIED");
    // What is listed is what is in the domain.
    let all = helper.ok(admin("GetAllAccountsRequest")).await;
    let names: Vec<String> = all.body.named("account").filter_map(|account| account.get("name")).collect();
    assert!(
        names.contains(&"bob@example.test".to_owned()) && !names.contains(&"carol@other.test".to_owned()),
        "{names:?}"
    );
    let search = admin("SearchDirectoryRequest").attr("types", "accounts,distributionlists,domains,coses");
    let found = helper.ok(search).await;
    assert_eq!(found.body.named("domain").count(), 1);
    assert_eq!(found.body.named("dl").count(), 1);
    assert_eq!(found.body.get("searchTotal").as_deref(), found.body.get("num").as_deref());
    helper.ok(admin("SetPasswordRequest").attr("id", id.clone()).attr("newPassword", "second secret")).await;
    helper.ok(selector("GetAccountRequest", "new@example.test")).await;
    assert_eq!(helper.fault(selector("GetAccountRequest", "carol@other.test")).await, "service.PERM_DENIED");
    // An alias elsewhere, or a move to elsewhere, takes a right there.
    let alias = |alias: &str| admin("AddAccountAliasRequest").attr("id", id.clone()).attr("alias", alias);
    helper.ok(alias("n@example.test")).await;
    assert_eq!(helper.fault(alias("n@other.test")).await, "service.PERM_DENIED");
    let away = admin("RenameAccountRequest").attr("id", id.clone()).attr("newName", "new@other.test");
    assert_eq!(helper.fault(away).await, "service.PERM_DENIED");
    assert_eq!(helper.fault(admin("GetQuotaUsageRequest")).await, "service.PERM_DENIED");
    helper.ok(admin("GetQuotaUsageRequest").attr("domain", "example.test")).await;
    helper.ok(admin("DeleteAccountRequest").attr("id", id)).await;
    let gone = world.directory.domain("example.test").unwrap().unwrap().id;
    assert_eq!(helper.fault(admin("DeleteDomainRequest").attr("id", gone)).await, "service.PERM_DENIED");
}

async fn no_way_to_more_rights(json: bool) {
    let (world, root, helper) = world(json).await;
    let second =
        world.directory.create_account("second@example.test", "", set("zimbraIsDelegatedAdminAccount", "TRUE"));
    let group = world.directory.create_list("admins@example.test", set("zimbraIsAdminGroup", "TRUE")).unwrap();
    for right in ["domainAdminRights", "modifyAccount", "modifyDistributionList", "modifyDomain"] {
        grant(&root, ("domain", "example.test"), right).await;
    }
    for id in [world.id("admin"), second.unwrap().id] {
        let request = admin("SetPasswordRequest").attr("id", id.clone()).attr("newPassword", "mine now, all of it");
        assert_eq!(helper.fault(request).await, "service.PERM_DENIED");
        let request = admin("DelegateAuthRequest").child(Element::new("account").attr("by", "id").text(id.clone()));
        assert_eq!(helper.fault(request).await, "service.PERM_DENIED");
        let note = Element::new("a").attr("n", "description").text("x");
        assert_eq!(
            helper.fault(admin("ModifyAccountRequest").attr("id", id.clone()).child(note)).await,
            "service.PERM_DENIED"
        );
        let request = admin("AddAccountAliasRequest").attr("id", id).attr("alias", "x@example.test");
        assert_eq!(helper.fault(request).await, "service.PERM_DENIED");
    }
    // A right on one account is none on another that the request names, too.
    let (own, other) = (world.id("bob"), world.id("admin"));
    let both =
        |request: &str| admin(request).attr("id", other.clone()).child(Element::new("mbox").attr("id", own.clone()));
    for request in [
        both("SetPasswordRequest").attr("newPassword", "mine now, all of it"),
        both("DeleteAccountRequest"),
        both("DelegateAuthRequest"),
        both("DeleteCalendarResourceRequest"),
    ] {
        let name = request.name.clone();
        assert_eq!(helper.fault(request).await, "service.PERM_DENIED", "{name}");
    }
    // A list in the group makes nobody of its members one of the group, nor does an address that the group lists.
    let plain = world.directory.create_list("staff@example.test", Attrs::new()).unwrap();
    let members = ["staff@example.test".to_owned(), "vacant@example.test".to_owned()];
    world.directory.add_members(&group.id, &members).unwrap();
    let on_group = admin("GrantRightRequest")
        .child(Element::new("target").attr("type", "domain").attr("by", "name").text("example.test"))
        .child(Element::new("grantee").attr("type", "grp").attr("by", "name").text("admins@example.test"))
        .child(Element::new("right").text("deleteDomain"));
    root.ok(on_group).await;
    let member = Element::new("dlm").text("helper@example.test");
    helper.ok(admin("AddDistributionListMemberRequest").attr("id", plain.id).child(member)).await;
    let domain = world.directory.domain("example.test").unwrap().unwrap().id;
    assert_eq!(helper.fault(admin("DeleteDomainRequest").attr("id", domain)).await, "service.PERM_DENIED");
    let vacant = "vacant@example.test";
    for request in [
        admin("AddAccountAliasRequest").attr("id", world.id("helper")).attr("alias", vacant),
        admin("RenameAccountRequest").attr("id", world.id("bob")).attr("newName", vacant),
        admin("CreateAccountRequest").content("name", vacant).content("password", "first secret"),
    ] {
        let name = request.name.clone();
        assert_eq!(helper.fault(request).await, "service.PERM_DENIED", "{name}");
    }
    let join = admin("AddDistributionListMemberRequest")
        .attr("id", group.id)
        .child(Element::new("dlm").text("helper@example.test"));
    assert_eq!(helper.fault(join).await, "service.PERM_DENIED");
    let own = Element::new("a").attr("n", "zimbraIsAdminAccount").text("TRUE");
    let request = admin("ModifyAccountRequest").attr("id", world.id("helper")).child(own);
    assert_eq!(helper.fault(request).await, "service.PERM_DENIED");
    let request = grant_request("GrantRightRequest", ("domain", "example.test"), "helper@example.test", "deleteDomain");
    assert_eq!(helper.fault(request).await, "service.PERM_DENIED");
    // Granted as an attribute: nobody.
    let ace = Element::new("a").attr("n", "zimbraACE").text(format!("{} usr deleteDomain", world.id("helper")));
    let domain = world.directory.domain("example.test").unwrap().unwrap().id;
    for client in [&helper, &root] {
        let request = admin("ModifyDomainRequest").attr("id", domain.clone()).child(ace.clone());
        let code = client.fault(request).await;
        assert!(["service.PERM_DENIED", "service.INVALID_REQUEST"].contains(&code.as_str()), "{code}");
    }
    assert!(world.directory.authenticate("admin", PASSWORD).is_ok());
}

async fn rights_are_given_and_taken(json: bool) {
    let (world, root, helper) = world(json).await;
    let on = ("domain", "example.test");
    let request = |name: &str, right: &str| grant_request(name, on, "helper@example.test", right);
    assert_eq!(root.fault(request("GrantRightRequest", "flyToTheMoon")).await, "account.NO_SUCH_RIGHT");
    assert_eq!(root.fault(request("GrantRightRequest", "deleteCos")).await, "service.INVALID_REQUEST");
    assert_eq!(
        root.fault(grant_request("GrantRightRequest", on, "nobody@example.test", "listAccount")).await,
        "account.NO_SUCH_ACCOUNT"
    );
    assert_eq!(
        root.fault(grant_request("GrantRightRequest", on, "bob@example.test", "listAccount")).await,
        "service.INVALID_REQUEST"
    );
    let nowhere = grant_request("GrantRightRequest", ("domain", "nowhere.test"), "helper@example.test", "listAccount");
    assert_eq!(root.fault(nowhere).await, "account.NO_SUCH_DOMAIN");
    let strange = grant_request("GrantRightRequest", ("planet", "x"), "helper@example.test", "listAccount");
    assert_eq!(root.fault(strange).await, "service.INVALID_REQUEST");
    // With + it can be passed on, and nothing beside it.
    let plus = |right: &str| {
        let mut request = grant_request("GrantRightRequest", on, "helper@example.test", "");
        request.children.pop();
        request.child(Element::new("right").attr("canDelegate", true).text(right))
    };
    root.ok(plus("setAccountPassword")).await;
    world
        .directory
        .create_account("second@example.test", PASSWORD, set("zimbraIsDelegatedAdminAccount", "TRUE"))
        .unwrap();
    let pass = |right: &str| grant_request("GrantRightRequest", on, "second@example.test", right);
    helper.ok(pass("setAccountPassword")).await;
    assert_eq!(helper.fault(pass("deleteAccount")).await, "service.PERM_DENIED");
    let told = root
        .ok(admin("GetGrantsRequest")
            .child(Element::new("target").attr("type", "domain").attr("by", "name").text("example.test")))
        .await;
    assert_eq!(told.body.named("grant").count(), 2);
    let first = told.first("grant");
    assert_eq!(first.first("right").unwrap().text.as_deref(), Some("setAccountPassword"));
    assert_eq!(first.first("target").unwrap().get("name").as_deref(), Some("example.test"));
    let to = Element::new("grantee").attr("type", "usr").attr("by", "name").text("second@example.test");
    assert_eq!(root.ok(admin("GetGrantsRequest").child(to)).await.body.named("grant").count(), 1);
    root.ok(request("RevokeRightRequest", "setAccountPassword")).await;
    assert_eq!(root.fault(request("RevokeRightRequest", "setAccountPassword")).await, "account.NO_SUCH_GRANT");
    let password = admin("SetPasswordRequest").attr("id", world.id("bob")).attr("newPassword", "another secret");
    assert_eq!(helper.fault(password).await, "service.PERM_DENIED");
}

async fn rights_are_told(json: bool) {
    let (_world, root, helper) = world(json).await;
    grant(&root, ("domain", "example.test"), "listAccount").await;
    grant(&root, ("account", "bob@example.test"), "set.account.description").await;
    let check = |who: &str, right: &str| {
        admin("CheckRightRequest")
            .child(Element::new("target").attr("type", "account").attr("by", "name").text("bob@example.test"))
            .child(Element::new("grantee").attr("type", "usr").attr("by", "name").text(who))
            .child(Element::new("right").text(right))
    };
    let reply = root.ok(check("helper@example.test", "listAccount")).await;
    assert!(matches!(reply.body.get("allow").as_deref(), Some("1" | "true")), "{}", reply.text);
    assert_eq!(reply.first("via").first("target").unwrap().text.as_deref(), Some("example.test"));
    let reply = root.ok(check("helper@example.test", "deleteAccount")).await;
    assert!(matches!(reply.body.get("allow").as_deref(), Some("0" | "false")), "{}", reply.text);
    helper.ok(check("helper@example.test", "listAccount")).await;
    assert_eq!(helper.fault(check("admin@example.test", "listAccount")).await, "service.PERM_DENIED");
    let target = |name: &str| {
        admin("GetEffectiveRightsRequest")
            .child(Element::new("target").attr("type", "account").attr("by", "name").text(name))
    };
    let reply = helper.ok(target("bob@example.test")).await;
    let rights = reply.first("target");
    assert!(rights.named("right").any(|right| right.get("n").as_deref() == Some("listAccount")));
    let settable: Vec<_> = rights.first("setAttrs").unwrap().named("a").filter_map(|a| a.get("n")).collect();
    assert_eq!(settable, ["description"]);
    assert_eq!(helper.fault(target("carol@other.test")).await, "service.PERM_DENIED");
    let reply = root.ok(target("bob@example.test")).await;
    assert!(matches!(reply.first("target").first("setAttrs").unwrap().get("all").as_deref(), Some("1" | "true")));
    let reply = helper.ok(admin("GetAllEffectiveRightsRequest")).await;
    let accounts = reply.body.named("target").find(|target| target.get("type").as_deref() == Some("account")).unwrap();
    assert_eq!(
        accounts.first("inDomains").unwrap().first("domain").unwrap().get("name").as_deref(),
        Some("example.test")
    );
    assert_eq!(
        accounts.first("entries").unwrap().first("entry").unwrap().get("name").as_deref(),
        Some("bob@example.test")
    );
    let reply = helper.ok(admin("GetRightRequest").child(Element::new("right").text("domainAdminRights"))).await;
    assert_eq!(reply.first("right").get("type").as_deref(), Some("combo"));
    assert!(helper.ok(admin("GetAllRightsRequest")).await.body.named("right").count() > 100);
    assert_eq!(
        helper.fault(admin("GetRightRequest").child(Element::new("right").text("no"))).await,
        "account.NO_SUCH_RIGHT"
    );
    let reply = root.ok(admin("GetRightsDocRequest")).await;
    let of = |name: &str| reply.first("package").named("cmd").any(|cmd| cmd.get("name").as_deref() == Some(name));
    assert!(of("CreateAccountRequest") && of("GetRightsDocRequest"));
}

async fn limits_of_values(json: bool) {
    let (world, root, helper) = world(json).await;
    grant(&root, ("domain", "example.test"), "configureQuota").await;
    grant(&root, ("domain", "example.test"), "getAccount").await;
    let a = |name: &str, constraint: Element| Element::new("a").attr("name", name).unique(constraint);
    let limit = Element::new("constraint").content("min", "10").content("max", "1000");
    let modify = |a: Element| {
        admin("ModifyDelegatedAdminConstraintsRequest").attr("type", "cos").attr("name", "default").child(a)
    };
    root.ok(modify(a("zimbraMailQuota", limit))).await;
    let told = root.ok(admin("GetDelegatedAdminConstraintsRequest").attr("type", "cos").attr("name", "default")).await;
    assert_eq!(told.first("a").first("constraint").unwrap().get("max").as_deref(), Some("1000"));
    let quota = |client: &Client, value: &str| {
        let value = Element::new("a").attr("n", "zimbraMailQuota").text(value);
        let (client, request) =
            (client.clone(), admin("ModifyAccountRequest").attr("id", world.id("bob")).child(value));
        async move { client.call(request).await.fault() }
    };
    assert_eq!(quota(&helper, "1000").await, None);
    assert_eq!(quota(&helper, "1001").await.as_deref(), Some("service.PERM_DENIED"));
    assert_eq!(quota(&helper, "9").await.as_deref(), Some("service.PERM_DENIED"));
    assert_eq!(quota(&root, "1001").await, None);
    assert_eq!(helper.fault(modify(a("zimbraMailQuota", Element::new("constraint")))).await, "service.PERM_DENIED");
    root.ok(modify(a("zimbraMailQuota", Element::new("constraint")))).await;
    assert_eq!(quota(&helper, "1001").await, None);
}

/// The header's account opens a mailbox to who may log in as its owner, and to nobody else.
async fn rights_of_a_mailbox(json: bool) {
    let (_world, root, helper) = world(json).await;
    let as_bob = helper.with(Element::new("account").attr("by", "name").text("bob@example.test"));
    assert_refused(&as_bob).await;
    grant(&root, ("account", "bob@example.test"), "adminLoginAs").await;
    as_bob.ok(mail("GetFolderRequest")).await;
    helper.ok(selector("DelegateAuthRequest", "bob@example.test")).await;
    let as_alice = helper.with(Element::new("account").attr("by", "name").text("alice@example.test"));
    assert_refused(&as_alice).await;
    let as_admin = helper.with(Element::new("account").attr("by", "name").text("admin@example.test"));
    assert_refused(&as_admin).await;
}

/// Nothing is shared: there is no folder to see, and the account is not one's own.
async fn assert_refused(client: &Client) {
    let code = client.fault(mail("GetFolderRequest").unique(Element::new("folder").attr("l", "2"))).await;
    assert!(["service.PERM_DENIED", "mail.NO_SUCH_FOLDER"].contains(&code.as_str()), "{code}");
    assert_eq!(client.fault(account("GetPrefsRequest")).await, "service.PERM_DENIED");
}
