// SPDX-License-Identifier: AGPL-3.0-or-later
//! The admin API as an administrator of everything uses it: entries of all kinds, searches, mailboxes.

use crate::support::*;
use soap::element::Element;
use std::time::{Duration, Instant};

both! {
    classes_of_service
    resources
    lists
    servers_and_config
    searches
    address_list
    counts_and_quotas
    purging
    indexing_anew
    retention_policies
    domain_status
    primary_address
    the_system
    wait_sets
}

fn by(name: &str, by: &str, key: &str) -> Element {
    Element::new(name).attr("by", by).text(key)
}

fn a(name: &str, value: &str) -> Element {
    Element::new("a").attr("n", name).text(value)
}

fn value(element: &Element, name: &str) -> Option<String> {
    element.named("a").find(|a| a.get("n").as_deref() == Some(name)).and_then(|a| a.text.clone())
}

fn names(reply: &Reply, element: &str) -> Vec<String> {
    reply.body.named(element).filter_map(|found| found.get("name")).collect()
}

async fn classes_of_service(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    let create = admin("CreateCosRequest").content("name", "Gold").child(a("zimbraMailQuota", "5000"));
    let id = root.ok(create.clone()).await.first("cos").get("id").unwrap();
    assert_eq!(root.fault(create).await, "account.COS_EXISTS");
    let bad = admin("CreateCosRequest").content("name", "bad").child(a("zimbraFeatureTaggingEnabled", "maybe"));
    assert_eq!(root.fault(bad).await, "account.INVALID_ATTR_VALUE");
    let given = admin("ModifyAccountRequest").content("id", world.id("bob")).child(a("zimbraCOSId", &id));
    assert_eq!(value(root.ok(given).await.first("account"), "zimbraMailQuota").as_deref(), Some("5000"));
    root.ok(admin("ModifyCosRequest").content("id", id.clone()).child(a("zimbraMailQuota", "6000"))).await;
    assert_eq!(world.directory.account("bob@example.test").unwrap().unwrap().quota(), 6000);
    // What stands on the account, and what holds for it.
    let get =
        |own: bool| admin("GetAccountRequest").child(by("account", "id", &world.id("bob"))).attr("applyCos", !own);
    let (whole, own) = (root.ok(get(false)).await, root.ok(get(true)).await);
    assert_eq!(value(whole.first("account"), "zimbraMailQuota").as_deref(), Some("6000"));
    assert_eq!(value(whole.first("account"), "zimbraImapEnabled").as_deref(), Some("TRUE"));
    assert_eq!(value(own.first("account"), "zimbraMailQuota"), None, "{}", own.text);
    assert_eq!(value(own.first("account"), "zimbraImapEnabled"), None, "{}", own.text);
    assert_eq!(value(own.first("account"), "zimbraCOSId"), Some(id.clone()));
    root.ok(admin("RenameCosRequest").content("id", id.clone()).content("newName", "silver")).await;
    let copied = root.ok(admin("CopyCosRequest").child(by("cos", "id", &id)).content("name", "bronze")).await;
    assert_eq!(value(copied.first("cos"), "zimbraMailQuota").as_deref(), Some("6000"));
    assert_eq!(names(&root.ok(admin("GetAllCosRequest")).await, "cos"), ["bronze", "default", "silver"]);
    let default = root.ok(admin("GetCosRequest").child(by("cos", "name", "default"))).await;
    assert_eq!(value(default.first("cos"), "zimbraFeatureTaggingEnabled").as_deref(), Some("TRUE"));
    let own = default.first("cos").get("id").unwrap();
    assert_eq!(root.fault(admin("DeleteCosRequest").content("id", own)).await, "service.INVALID_REQUEST");
    root.ok(admin("DeleteCosRequest").content("id", id.clone())).await;
    assert_eq!(root.fault(admin("GetCosRequest").child(by("cos", "id", &id))).await, "account.NO_SUCH_COS");
    assert_eq!(root.fault(admin("DeleteCosRequest").content("id", "")).await, "account.NO_SUCH_COS");
}

async fn resources(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    let create = admin("CreateCalendarResourceRequest").content("name", "room@example.test");
    let create = create.child(a("displayName", "Room")).child(a("zimbraCalResType", "Location"));
    let id = root.ok(create).await.first("calresource").get("id").unwrap();
    assert_eq!(names(&root.ok(admin("GetAllCalendarResourcesRequest")).await, "calresource"), ["room@example.test"]);
    root.ok(admin("ModifyCalendarResourceRequest").content("id", id.clone()).child(a("zimbraCalResCapacity", "8")))
        .await;
    let wrong = admin("ModifyCalendarResourceRequest").content("id", id.clone()).child(a("zimbraCalResType", "Planet"));
    assert_eq!(root.fault(wrong).await, "account.INVALID_ATTR_VALUE");
    root.ok(admin("RenameCalendarResourceRequest").content("id", id.clone()).content("newName", "hall@example.test"))
        .await;
    let found =
        root.ok(admin("GetCalendarResourceRequest").child(by("calresource", "name", "hall@example.test"))).await;
    assert_eq!(value(found.first("calresource"), "zimbraCalResCapacity").as_deref(), Some("8"));
    // An account is none.
    let account = admin("GetCalendarResourceRequest").child(by("calresource", "name", "bob@example.test"));
    assert_eq!(root.fault(account).await, "account.NO_SUCH_CALENDAR_RESOURCE");
    let big = Element::new("cond").attr("attr", "zimbraCalResCapacity").attr("op", "ge").attr("value", "5");
    let search = |cond: Element| {
        admin("SearchCalendarResourcesRequest")
            .unique(Element::new("searchFilter").unique(Element::new("conds").child(cond)))
    };
    assert_eq!(names(&root.ok(search(big.clone())).await, "calresource"), ["hall@example.test"]);
    assert!(names(&root.ok(search(big.attr("not", true))).await, "calresource").is_empty());
    let odd = Element::new("cond").attr("attr", "cn").attr("op", "like").attr("value", "x");
    assert_eq!(root.fault(search(odd)).await, "service.INVALID_REQUEST");
    root.ok(admin("DeleteCalendarResourceRequest").content("id", id.clone())).await;
    assert_eq!(
        root.fault(admin("DeleteCalendarResourceRequest").content("id", id)).await,
        "account.NO_SUCH_CALENDAR_RESOURCE"
    );
}

async fn lists(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    let made =
        |name: &str| admin("CreateDistributionListRequest").content("name", name).child(a("description", "A list"));
    let id = root.ok(made("all@example.test")).await.first("dl").get("id").unwrap();
    let outer = root.ok(made("outer@example.test")).await.first("dl").get("id").unwrap();
    let members = |request: &str, id: &str, names: &[&str]| {
        let request = admin(request).content("id", id.to_owned());
        names.iter().fold(request, |request, name| request.child(Element::new("dlm").text(*name)))
    };
    let all = ["alice@example.test", "bob@example.test", "x@elsewhere.test"];
    root.ok(members("AddDistributionListMemberRequest", &id, &all)).await;
    root.ok(members("AddDistributionListMemberRequest", &outer, &["all@example.test"])).await;
    let get = admin("GetDistributionListRequest").attr("limit", 2).attr("offset", 1).child(by(
        "dl",
        "name",
        "all@example.test",
    ));
    let reply = root.ok(get).await;
    let told: Vec<_> = reply.first("dl").named("dlm").filter_map(|dlm| dlm.text.clone()).collect();
    assert_eq!((told, reply.body.get("total").as_deref()), (vec![all[1].to_owned(), all[2].to_owned()], Some("3")));
    let of_bob = root.ok(admin("GetAccountMembershipRequest").child(by("account", "name", "bob@example.test"))).await;
    assert_eq!(names(&of_bob, "dl"), ["all@example.test", "outer@example.test"]);
    let via: Vec<_> = of_bob.body.named("dl").map(|dl| dl.get("via")).collect();
    assert_eq!(via, [None, Some("all@example.test".to_owned())]);
    let of_list = root.ok(admin("GetDistributionListMembershipRequest").child(by("dl", "id", &id))).await;
    assert_eq!(names(&of_list, "dl"), ["outer@example.test"]);
    // An alias goes with its account; an alias that is taken away leaves the lists.
    world.directory.add_alias(&world.id("bob"), "rob@example.test").unwrap();
    root.ok(members("AddDistributionListMemberRequest", &outer, &["rob@example.test"])).await;
    root.ok(members("RemoveDistributionListMemberRequest", &outer, &["bob@example.test"])).await;
    assert_eq!(world.directory.list(&outer).unwrap().members(), ["all@example.test"]);
    assert_eq!(
        root.fault(members("RemoveDistributionListMemberRequest", &outer, &["bob@example.test"])).await,
        "account.NO_SUCH_MEMBER"
    );
    assert_eq!(
        root.fault(members("RemoveDistributionListMemberRequest", &outer, &["nobody"])).await,
        "service.INVALID_REQUEST"
    );
    assert_eq!(root.fault(members("AddDistributionListMemberRequest", &id, &[])).await, "service.INVALID_REQUEST");
    let rename =
        admin("RenameDistributionListRequest").content("id", id.clone()).content("newName", "everybody@example.test");
    root.ok(rename).await;
    assert_eq!(world.directory.list(&outer).unwrap().members(), ["everybody@example.test"]);
    root.ok(admin("AddDistributionListAliasRequest").content("id", id.clone()).content("alias", "us@example.test"))
        .await;
    assert!(world.directory.target("us@example.test").unwrap().is_some());
    root.ok(admin("RemoveDistributionListAliasRequest").content("id", id.clone()).content("alias", "us@example.test"))
        .await;
    root.ok(admin("DeleteDistributionListRequest").content("id", id.clone())).await;
    assert!(world.directory.list(&outer).unwrap().members().is_empty());
    assert_eq!(
        root.fault(admin("DeleteDistributionListRequest").content("id", id)).await,
        "account.NO_SUCH_DISTRIBUTION_LIST"
    );
    let list = admin("GetDistributionListRequest").child(by("dl", "name", "no address"));
    assert_eq!(root.fault(list).await, "service.INVALID_REQUEST");
}

async fn servers_and_config(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    assert_eq!(names(&root.ok(admin("GetAllServersRequest")).await, "server"), ["mail.example.test"]);
    let id = root
        .ok(admin("CreateServerRequest").content("name", "mx.example.test"))
        .await
        .first("server")
        .get("id")
        .unwrap();
    root.ok(admin("ModifyServerRequest").content("id", id.clone()).child(a("zimbraSmtpPort", "2525"))).await;
    let wrong = admin("ModifyServerRequest").content("id", id.clone()).child(a("zimbraSmtpPort", "many"));
    assert_eq!(root.fault(wrong).await, "account.INVALID_ATTR_VALUE");
    let host = admin("CreateAccountRequest").content("name", "far@example.test").child(a("zimbraMailHost", "nowhere"));
    assert_eq!(root.fault(host).await, "service.INVALID_REQUEST");
    root.ok(admin("DeleteServerRequest").content("id", id)).await;
    let own = root.ok(admin("GetServerRequest").child(by("server", "name", "mail.example.test"))).await;
    let own = own.first("server").get("id").unwrap();
    assert_eq!(root.fault(admin("DeleteServerRequest").content("id", own)).await, "service.INVALID_REQUEST");
    root.ok(admin("ModifyConfigRequest").child(a("zimbraSmtpTimeout", "60"))).await;
    let told = root.ok(admin("GetConfigRequest").child(Element::new("a").attr("n", "zimbraSmtpTimeout"))).await;
    assert_eq!(value(&told.body, "zimbraSmtpTimeout").as_deref(), Some("60"));
    assert!(value(&root.ok(admin("GetAllConfigRequest")).await.body, "posthouseSecret").is_none());
    assert_eq!(root.fault(admin("ModifyConfigRequest").child(a("zimbraId", "x"))).await, "service.INVALID_REQUEST");
    let info = root.ok(admin("GetAttributeInfoRequest").attr("attrs", "zimbraMailQuota")).await;
    assert_eq!(info.body.named("a").count(), 1);
    let info = root.ok(admin("GetAttributeInfoRequest").attr("entryTypes", "globalConfig")).await;
    let of = |name: &str| info.body.named("a").find(|a| a.get("n").as_deref() == Some(name)).cloned().unwrap();
    let word = of("zimbraMtaSmtpTlsSecurityLevel");
    assert_eq!((word.get("type").as_deref(), word.get("values").as_deref()), (Some("enum"), Some("may,encrypt,none")));
    assert_eq!(of("zimbraMtaMyNetworks").flag("multi").unwrap(), Some(true));
    assert_eq!(of("zimbraId").flag("readOnly").unwrap(), Some(true));
    assert!(!info.body.named("a").any(|a| a.get("n").as_deref() == Some("posthouseSecret")));
    // What holds where nothing is set is left out, if it is asked for.
    assert_eq!(value(&root.ok(admin("GetAllConfigRequest")).await.body, "zimbraGalMode").as_deref(), Some("zimbra"));
    let own = root.ok(admin("GetAllConfigRequest").attr("applyConfig", "0")).await;
    assert_eq!(value(&own.body, "zimbraGalMode"), None);
    assert_eq!(value(&own.body, "zimbraSmtpTimeout").as_deref(), Some("60"));
}

async fn searches(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    for (name, title) in [("ann", "Boss"), ("ben", "boss"), ("cem", "Cook")] {
        let create = admin("CreateAccountRequest").content("name", format!("{name}@example.test"));
        root.ok(create.child(a("title", title)).child(a("zimbraUnheardOf", name))).await;
    }
    let search = |query: &str| admin("SearchDirectoryRequest").attr("types", "accounts").content("query", query);
    assert_eq!(names(&root.ok(search("(title=boss)")).await, "account"), ["ann@example.test", "ben@example.test"]);
    assert_eq!(names(&root.ok(search("(&(title=*)(!(title=boss)))")).await, "account"), ["cem@example.test"]);
    // Also by what no schema knows.
    assert_eq!(names(&root.ok(search("(zimbraUnheardOf=b*)")).await, "account"), ["ben@example.test"]);
    assert_eq!(names(&root.ok(search("cem")).await, "account"), ["cem@example.test"]);
    let page = root
        .ok(search("(title=*)").attr("limit", 2).attr("offset", 1).attr("sortBy", "title").attr("sortAscending", false))
        .await;
    assert_eq!(page.body.named("account").count(), 2);
    assert_eq!(page.body.get("searchTotal").as_deref(), Some("3"));
    let only = root.ok(search("(uid=ann)").attr("attrs", "title")).await;
    assert_eq!(only.first("account").named("a").count(), 1);
    let secret = root.ok(search("(userPassword=*)")).await;
    assert!(names(&secret, "account").is_empty());
    assert_eq!(root.fault(search("(title=")).await, "service.INVALID_REQUEST");
    assert_eq!(root.fault(search("(title=*)").attr("domain", "no.test")).await, "account.NO_SUCH_DOMAIN");
    assert_eq!(root.fault(search("(title=*)").attr("maxResults", 2)).await, "account.TOO_MANY_SEARCH_RESULTS");
    assert_eq!(root.fault(search("(title=*)").attr("limit", -1)).await, "service.INVALID_REQUEST");
    let kinds = admin("SearchDirectoryRequest").attr("types", "domains,coses,planets");
    assert_eq!(root.fault(kinds).await, "service.INVALID_REQUEST");
    world.directory.add_alias(&world.id("ann"), "anna@example.test").unwrap();
    let alias = root.ok(admin("SearchDirectoryRequest").attr("types", "aliases").attr("domain", "example.test")).await;
    assert_eq!(alias.first("alias").get("targetName").as_deref(), Some("ann@example.test"));
    let count = root.ok(search("(title=*)").attr("countOnly", true)).await;
    assert_eq!((count.body.get("num").as_deref(), count.body.named("account").count()), (Some("3"), 0));
}

async fn address_list(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    let search = |request: &str, text: &str| admin(request).attr("domain", "example.test").attr("name", text);
    let found = root.ok(search("SearchGalRequest", "alice")).await;
    assert_eq!(value(found.first("cn"), "email").as_deref(), Some("alice@example.test"));
    assert_eq!(root.ok(search("AutoCompleteGalRequest", "ali")).await.body.named("cn").count(), 1);
    assert_eq!(root.ok(search("AutoCompleteGalRequest", "lic")).await.body.named("cn").count(), 0);
    assert_eq!(
        root.fault(admin("SearchGalRequest").attr("domain", "no.test").attr("name", "")).await,
        "account.NO_SUCH_DOMAIN"
    );
    assert_eq!(root.fault(search("SearchGalRequest", "a").attr("type", "planet")).await, "service.INVALID_REQUEST");
}

async fn counts_and_quotas(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    world.deliver("bob", &message("Hello", "", "text"));
    let usage = root.ok(admin("GetQuotaUsageRequest").attr("domain", "example.test").attr("sortBy", "totalUsed")).await;
    let first = usage.first("account");
    assert_eq!(first.get("name").as_deref(), Some("bob@example.test"));
    assert!(first.get("used").unwrap().parse::<u64>().unwrap() > 100);
    assert_eq!(root.fault(admin("GetQuotaUsageRequest").attr("sortBy", "luck")).await, "service.INVALID_REQUEST");
    assert_eq!(root.fault(admin("GetQuotaUsageRequest").attr("domain", "")).await, "account.NO_SUCH_DOMAIN");
    // Of those that are named; no mailbox is made by it.
    let named = admin("GetQuotaUsageRequest").child(by("account", "id", &world.id("alice")));
    let named = named.child(by("account", "name", "nobody@example.test")).child(by("account", "id", &world.id("bob")));
    let usage = root.ok(named).await;
    let used: Vec<(Option<String>, Option<String>)> =
        usage.body.named("account").map(|account| (account.get("name"), account.get("used"))).collect();
    assert_eq!(used[0], (Some("alice@example.test".into()), Some("0".into())), "{}", usage.text);
    assert_eq!((used.len(), &used[1].1), (2, &first.get("used")), "{}", usage.text);
    let many = (0..501).fold(admin("GetQuotaUsageRequest"), |all, _| all.child(by("account", "id", "x")));
    assert_eq!(root.fault(many).await, "service.INVALID_REQUEST");
    let count = root.ok(admin("CountAccountRequest").child(by("domain", "name", "example.test"))).await;
    assert_eq!(count.first("cos").text.as_deref(), Some("3"));
    assert_eq!(
        root.ok(admin("CountObjectsRequest").attr("type", "account")).await.body.get("num").as_deref(),
        Some("3")
    );
    let boxes = root.ok(admin("GetAllMailboxesRequest")).await;
    assert_eq!(boxes.first("mbox").get("accountId"), Some(world.id("bob")));
    assert_eq!(root.ok(admin("GetMailboxStatsRequest")).await.first("stats").get("numMboxes").as_deref(), Some("1"));
    let full = admin("ModifyDomainRequest").content("id", world.directory.domain("example.test").unwrap().unwrap().id);
    root.ok(full.child(a("zimbraDomainMaxAccounts", "3"))).await;
    assert_eq!(
        root.fault(admin("CreateAccountRequest").content("name", "four@example.test")).await,
        "account.TOO_MANY_ACCOUNTS"
    );
}

async fn purging(json: bool) {
    let world = World::new();
    let (root, bob) = (world.login_admin(json).await, world.login("bob", json).await);
    world.deliver("bob", &message("Old", "", "text"));
    let purge = || admin("PurgeMessagesRequest").unique(Element::new("mbox").attr("id", world.id("bob")));
    root.ok(purge()).await;
    let id = bob.find("subject:old").await.remove(0);
    bob.ok(action("MsgActionRequest", "trash", &id)).await;
    root.ok(admin("ModifyAccountRequest").content("id", world.id("bob")).child(a("zimbraMailTrashLifetime", "1ms")))
        .await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(root.ok(purge()).await.first("mbox").get("s").as_deref(), Some("0"));
    assert!(bob.find("subject:old in:trash").await.is_empty());
}

async fn indexing_anew(json: bool) {
    let world = World::new();
    let (root, bob) = (world.login_admin(json).await, world.login("bob", json).await);
    let ask = |action: &str| {
        admin("ReIndexRequest").attr("action", action).unique(Element::new("mbox").attr("id", world.id("bob")))
    };
    world.deliver("bob", &message("Findable", "", "text"));
    assert_eq!(root.ok(ask("start")).await.body.get("status").as_deref(), Some("started"));
    let end = Instant::now() + Duration::from_secs(30);
    while root.ok(ask("status")).await.body.get("status").as_deref() != Some("idle") {
        assert!(Instant::now() < end, "indexing does not end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(bob.find("subject:findable").await.len(), 1);
    assert_eq!(root.ok(ask("cancel")).await.body.get("status").as_deref(), Some("idle"));
    assert_eq!(root.fault(ask("wish")).await, "service.INVALID_REQUEST");
}

async fn retention_policies(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    let policy = |name: &str, lifetime: &str| Element::new("policy").attr("name", name).attr("lifetime", lifetime);
    let create = |holder: &str, policy: Element| {
        admin("CreateSystemRetentionPolicyRequest").unique(Element::new(holder).unique(policy))
    };
    let id = root.ok(create("keep", policy("Taxes", "3650d"))).await.first("policy").get("id").unwrap();
    for (name, lifetime) in [("Taxes", "1d"), ("bad", "1d25h"), ("bad", "-2h"), ("bad", "0d"), ("", "1d")] {
        assert_eq!(
            root.fault(create("purge", policy(name, lifetime))).await,
            "service.INVALID_REQUEST",
            "{name} {lifetime}"
        );
    }
    let modify = admin("ModifySystemRetentionPolicyRequest")
        .unique(Element::new("policy").attr("id", id.clone()).attr("lifetime", "10d"));
    assert_eq!(root.ok(modify).await.first("policy").get("lifetime").as_deref(), Some("10d"));
    // One of a class of service is not one of everything.
    let of_cos = create("purge", policy("Short", "1d")).child(by("cos", "name", "default"));
    let short = root.ok(of_cos).await.first("policy").get("id").unwrap();
    let delete =
        |id: &str| admin("DeleteSystemRetentionPolicyRequest").unique(Element::new("policy").attr("id", id.to_owned()));
    assert_eq!(root.fault(delete(&short)).await, "service.INVALID_REQUEST");
    root.ok(delete(&short).child(by("cos", "name", "default"))).await;
    let told = root.ok(admin("GetSystemRetentionPolicyRequest")).await;
    assert_eq!(told.first("retentionPolicy").first("keep").unwrap().named("policy").count(), 1);
    root.ok(delete(&id)).await;
}

async fn domain_status(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    let id = world.directory.create_domain("two.test", directory::Attrs::new()).unwrap().id;
    world.directory.create_account("ann@two.test", PASSWORD, directory::Attrs::new()).unwrap();
    let login = || account("AuthRequest").unique(by("account", "name", "ann@two.test")).content("password", PASSWORD);
    let mut ann = world.anonymous(json);
    ann.token = Some(token_of(&ann.ok(login()).await));
    root.ok(admin("ModifyDomainRequest").content("id", id.clone()).child(a("zimbraDomainStatus", "suspended"))).await;
    assert_eq!(world.anonymous(json).fault(login()).await, "account.MAINTENANCE_MODE");
    assert_eq!(ann.fault(mail("NoOpRequest")).await, "service.AUTH_EXPIRED");
    assert_eq!(root.fault(admin("CreateAccountRequest").content("name", "ben@two.test")).await, "service.PERM_DENIED");
    let away = admin("RenameAccountRequest").content("id", world.id("bob")).content("newName", "bob@two.test");
    assert_eq!(root.fault(away).await, "service.PERM_DENIED");
    root.ok(admin("ModifyDomainRequest").content("id", id.clone()).child(a("zimbraDomainStatus", "active"))).await;
    world.anonymous(json).ok(login()).await;
    let cos = admin("ModifyDomainRequest").content("id", id).child(a("zimbraDomainDefaultCOSId", "none"));
    assert_eq!(root.fault(cos).await, "account.INVALID_ATTR_VALUE");
}

async fn primary_address(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    let change = admin("ChangePrimaryEmailRequest")
        .child(by("account", "name", "bob@example.test"))
        .content("newName", "rob@example.test");
    let reply = root.ok(change).await;
    assert_eq!(reply.first("account").get("name").as_deref(), Some("rob@example.test"));
    assert_eq!(world.directory.account("bob@example.test").unwrap().unwrap().name, "rob@example.test");
    let search =
        admin("ModifyAdminSavedSearchesRequest").child(Element::new("search").attr("name", "mine").text("(uid=a*)"));
    root.ok(search).await;
    let told = root.ok(admin("GetAdminSavedSearchesRequest")).await;
    assert_eq!(told.first("search").text.as_deref(), Some("(uid=a*)"));
    let gone = admin("ModifyAdminSavedSearchesRequest").child(Element::new("search").attr("name", "mine").text(""));
    assert_eq!(root.ok(gone).await.body.named("search").count(), 0);
}

async fn the_system(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    let version = root.ok(admin("GetVersionInfoRequest")).await;
    assert_eq!(version.first("info").get("host").as_deref(), Some("mail.example.test"));
    let health = root.ok(admin("CheckHealthRequest")).await.body.get("healthy");
    assert!(matches!(health.as_deref(), Some("1" | "true")), "{health:?}");
    assert_eq!(root.ok(admin("GetAllVolumesRequest")).await.body.named("volume").count(), 2);
    assert_eq!(root.fault(admin("GetVolumeRequest").attr("id", 9)).await, "volume.NO_SUCH_VOLUME");
    let host = |name: &str| admin("CheckHostnameResolveRequest").attr("hostname", name);
    assert_eq!(root.ok(host("localhost")).await.body.get("code").as_deref(), Some("check.OK"));
    assert_eq!(root.ok(host("no.such.host.invalid")).await.body.get("code").as_deref(), Some("check.UNKNOWN_HOST"));
    let look = |path: &str, create: bool| {
        admin("CheckDirectoryRequest").child(Element::new("directory").attr("path", path).attr("create", create))
    };
    let told = root.ok(look("/tmp", false)).await;
    assert!(matches!(told.first("directory").get("isDirectory").as_deref(), Some("1" | "true")));
    // Nothing is made outside of the state directory.
    let outside = world.state.config.state.join("../made by a stranger").display().to_string();
    root.ok(look(&outside, true)).await;
    assert!(!std::path::Path::new(&outside).exists());
    let alice = world.login("alice", json).await;
    alice.session("").ok(mail("NoOpRequest")).await;
    let sessions = root.ok(admin("GetSessionsRequest").attr("type", "soap")).await;
    assert_eq!(sessions.first("s").get("name").as_deref(), Some("alice@example.test"));
    assert_eq!(
        root.fault(admin("FlushCacheRequest").unique(Element::new("cache").attr("type", "gold"))).await,
        "service.INVALID_REQUEST"
    );
}

/// For gateways: one set over the mailboxes of others.
async fn wait_sets(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    world.deliver("alice", &message("before", "", "text"));
    let alice = Element::new("a").attr("id", world.id("alice"));
    let create = admin("AdminCreateWaitSetRequest").attr("defTypes", "m");
    let set = root.ok(create.clone().child(Element::new("add").child(alice))).await.body.get("waitSet").unwrap();
    world.deliver("alice", &message("after", "", "text"));
    let wait = admin("AdminWaitSetRequest").attr("waitSet", set.clone()).attr("seq", "0").attr("block", "1");
    let heard = root.ok(wait.attr("timeout", 20)).await.body;
    let ids: Vec<_> = heard.named("a").filter_map(|a| a.get("id")).collect();
    assert_eq!(ids, [world.id("alice")]);
    let nobody = Element::new("add").child(Element::new("a").attr("id", "no-such-id"));
    let told = root.ok(create.child(nobody)).await;
    assert_eq!(told.first("error").get("type").as_deref(), Some("NO_SUCH_ACCOUNT"));
    let destroy = admin("AdminDestroyWaitSetRequest").attr("waitSet", set);
    root.ok(destroy.clone()).await;
    assert_eq!(root.fault(destroy).await, "mail.NO_SUCH_WAITSET");
}
