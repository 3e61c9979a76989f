// SPDX-License-Identifier: AGPL-3.0-or-later
//! Backup and Restore on the wire, against a real target.

use crate::support::*;
use directory::Attrs;
use soap::element::Element;

both! {
    made_queried_and_dropped
    restored_in_place_beside_and_after_a_deletion
    one_account_that_fails_holds_up_no_other
    aborted
    strangers
    bad_input
}

fn order(method: &str) -> Element {
    Element::new("backup").attr("method", method).attr("sync", true)
}

async fn full(root: &Client) -> String {
    let made = root.ok(admin("BackupRequest").unique(order("full"))).await;
    made.first("backup").get("label").unwrap()
}

fn query() -> Element {
    admin("BackupQueryRequest").unique(Element::new("query"))
}

fn restore(method: &str, names: &[&str]) -> Element {
    let mut spec = Element::new("restore").attr("method", method);
    for name in names {
        spec.push(Element::new("account").attr("name", *name));
    }
    spec
}

fn restore_request(spec: Element) -> Element {
    admin("RestoreRequest").unique(spec)
}

fn now_ms() -> i64 {
    i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap()
}

/// A moment that nothing else happens in.
async fn moment() -> i64 {
    tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    let now = now_ms();
    tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    now
}

fn labels(reply: &Reply, name: &str) -> Vec<String> {
    reply.body.named(name).filter_map(|one| one.get("label")).collect()
}

async fn made_queried_and_dropped(json: bool) {
    let world = World::backed_up();
    let root = world.login_admin(json).await;
    world.deliver("alice", &message("one", "", "zebra"));
    world.deliver("bob", &message("two", "", "zebra"));
    let none = root.ok(query()).await;
    assert!(labels(&none, "backup").is_empty());
    assert!(
        none.body.number::<u64>("totalSpace").unwrap().unwrap()
            >= none.body.number::<u64>("freeSpace").unwrap().unwrap()
    );
    let first = full(&root).await;
    let second = full(&root).await;
    let found = root.ok(query()).await;
    assert_eq!(labels(&found, "backup"), [second.clone(), first.clone()], "the newest first");
    let accounts = found.first("backup").first("accounts").unwrap();
    assert_eq!((accounts.get("total").as_deref(), accounts.get("errorCount").as_deref()), (Some("2"), Some("0")));
    let one = Element::new("query").attr("label", first.clone()).attr("accountListStatus", "ALL").attr("stats", true);
    let found = root.ok(admin("BackupQueryRequest").unique(one)).await;
    assert_eq!(labels(&found, "backup"), [first.as_str()]);
    assert!(found.text.contains("alice@example.test") && found.text.contains("newMessages"), "{}", found.text);
    let page = Element::new("query").attr("backupListOffset", 1).attr("backupListCount", 1);
    assert_eq!(labels(&root.ok(admin("BackupQueryRequest").unique(page)).await, "backup"), [first.as_str()]);
    let none = Element::new("query").attr("type", "incremental");
    assert!(labels(&root.ok(admin("BackupQueryRequest").unique(none)).await, "backup").is_empty());
    let whose = |name: &str| {
        let query = Element::new("query").child(Element::new("account").attr("name", name));
        admin("BackupAccountQueryRequest").unique(query)
    };
    let found = root.ok(whose("alice@example.test")).await;
    let account = found.first("account");
    assert_eq!(account.named("backup").count(), 2);
    assert_eq!(account.first("backup").unwrap().get("accountId"), Some(world.id("alice")));
    let archived = root.ok(admin("BackupRequest").unique(order("incremental"))).await;
    assert!(archived.first("backup").get("incr-label").unwrap().starts_with("incr-2"));
    // what is old goes, never the newest
    let gone = root.ok(admin("BackupRequest").unique(order("delete").attr("before", "0d"))).await;
    assert_eq!(gone.first("backup").get("deleted").as_deref(), Some("1"));
    assert_eq!(labels(&root.ok(query()).await, "backup"), [second]);
}

async fn restored_in_place_beside_and_after_a_deletion(json: bool) {
    let world = World::backed_up();
    let root = world.login_admin(json).await;
    world.deliver("alice", &message("one", "", "zebra"));
    let label = full(&root).await;
    world.deliver("alice", &message("two", "", "giraffe"));
    let then = moment().await;
    let alice = world.login("alice", json).await;
    let ids = alice.find("zebra").await;
    alice.ok(action("MsgActionRequest", "delete", &ids[0])).await;
    let dry = restore("mb", &["alice@example.test"]).attr("restoreToTime", then).attr("dryRun", true);
    let dry = root.ok(restore_request(dry)).await;
    assert_eq!(dry.first("account").get("messages").as_deref(), Some("2"));
    assert!(alice.find("zebra").await.is_empty(), "a dry run changes nothing");
    // beside, as of the backup alone
    let only = restore("ca", &["alice@example.test"]).attr("label", label).attr("includeIncrementals", false);
    let beside = root.ok(restore_request(only.attr("prefix", "old-"))).await;
    assert_eq!(beside.body.get("status").as_deref(), Some("ok"), "{}", beside.text);
    let old = world.login("old-alice", json).await;
    assert_eq!((old.find("zebra").await.len(), old.find("giraffe").await.len()), (1, 0));
    // in place, to a moment
    let back = root.ok(restore_request(restore("mb", &["alice@example.test"]).attr("restoreToTime", then))).await;
    assert_eq!(
        (back.body.get("status").as_deref(), back.first("account").get("messages").as_deref()),
        (Some("ok"), Some("2"))
    );
    let alice = world.login("alice", json).await;
    assert_eq!((alice.find("zebra").await.len(), alice.find("giraffe").await.len()), (1, 1));
    // deleted: it comes back with the account, of which the mailbox is still there
    let id = world.id("alice");
    root.ok(admin("DeleteAccountRequest").attr("id", id.clone())).await;
    let back = root.ok(restore_request(restore("ra", &["alice@example.test"]).attr("restoreToTime", then))).await;
    assert_eq!(back.body.get("status").as_deref(), Some("ok"), "{}", back.text);
    assert_eq!(world.id("alice"), id);
    assert_eq!(world.login("alice", json).await.find("zebra").await.len(), 1);
    // and when it is not
    root.ok(admin("DeleteAccountRequest").attr("id", id.clone())).await;
    root.ok(admin("PurgeDeletedAccountRequest").attr("id", id.clone())).await;
    let back = root.ok(restore_request(restore("ra", &["alice@example.test"]).attr("restoreToTime", then))).await;
    assert_eq!(back.body.get("status").as_deref(), Some("ok"), "{}", back.text);
    assert_eq!((world.id("alice"), world.login("alice", json).await.find("zebra").await.len()), (id, 1));
}

async fn one_account_that_fails_holds_up_no_other(json: bool) {
    let world = World::backed_up();
    let root = world.login_admin(json).await;
    world.deliver("alice", &message("one", "", "zebra"));
    full(&root).await;
    let names = ["nobody@example.test", "alice@example.test"];
    let done = root.ok(restore_request(restore("ca", &names))).await;
    assert_eq!(done.body.get("status").as_deref(), Some("err"));
    let failed: Vec<bool> = done.body.named("account").map(|account| account.get("error").is_some()).collect();
    assert_eq!(failed, [true, false], "{}", done.text);
    assert_eq!(world.login("restored_alice", json).await.find("zebra").await.len(), 1);
    // a second time there is mail in it
    let again = root.ok(restore_request(restore("ca", &["alice@example.test"]))).await;
    assert!(again.first("account").get("error").unwrap().contains("has mail already"), "{}", again.text);
}

async fn aborted(json: bool) {
    let world = World::backed_up();
    let root = world.login_admin(json).await;
    let abort = || admin("BackupRequest").unique(Element::new("backup").attr("method", "abort"));
    assert_eq!(root.fault(abort()).await, "service.INVALID_REQUEST", "none is being made");
    // so many that one can be caught in the act
    for n in 0..2_000 {
        world.deliver("alice", &message(&format!("letter {n}"), "", &format!("text {n}")));
    }
    let started = root.ok(admin("BackupRequest").unique(Element::new("backup").attr("method", "full"))).await;
    let label = started.first("backup").get("label").unwrap();
    let aborted = root.call(abort()).await;
    let begun = std::time::Instant::now();
    while world.store.backup_run().is_some() {
        assert!(begun.elapsed() < std::time::Duration::from_secs(60));
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let found = labels(&root.ok(query()).await, "backup");
    // it may have been faster; what was cut off is no backup
    assert!(aborted.fault().is_none() || found == [label], "{found:?}");
    let next = full(&root).await;
    assert!(labels(&root.ok(query()).await, "backup").contains(&next), "the next one is made");
}

async fn strangers(json: bool) {
    let world = World::backed_up();
    let root = world.login_admin(json).await;
    let delegated = Attrs::from([("zimbraIsDelegatedAdminAccount".into(), vec!["TRUE".into()])]);
    world.directory.create_account("helper@example.test", PASSWORD, delegated).unwrap();
    world.directory.create_domain("other.test", Attrs::new()).unwrap();
    world.deliver("alice", &message("one", "", "zebra"));
    full(&root).await;
    let mut helper = world.login_admin(json).await;
    helper.token = None;
    let auth = admin("AuthRequest").content("name", "helper@example.test").content("password", PASSWORD);
    helper.token = Some(token_of(&helper.ok(auth).await));
    let whose = || {
        let query = Element::new("query").child(Element::new("account").attr("name", "alice@example.test"));
        admin("BackupAccountQueryRequest").unique(query)
    };
    let beside = |prefix: &str| restore_request(restore("ca", &["alice@example.test"]).attr("prefix", prefix));
    let in_place = || restore_request(restore("mb", &["alice@example.test"]));
    for request in [query(), admin("BackupRequest").unique(order("full")), whose(), in_place(), beside("x")] {
        assert_eq!(helper.fault(request).await, "service.PERM_DENIED");
    }
    let grant = |right: &str| {
        admin("GrantRightRequest")
            .unique(Element::new("target").attr("type", "domain").attr("by", "name").text("example.test"))
            .unique(Element::new("grantee").attr("type", "usr").attr("by", "name").text("helper@example.test"))
            .unique(Element::new("right").text(right))
    };
    root.ok(grant("backupAccount")).await;
    assert_eq!(helper.ok(whose()).await.first("account").named("backup").count(), 1);
    assert_eq!(helper.fault(in_place()).await, "service.PERM_DENIED");
    root.ok(grant("restoreAccount")).await;
    helper.ok(in_place()).await;
    assert_eq!(helper.fault(beside("x")).await, "service.PERM_DENIED", "it makes an account");
    for name in ["admin@example.test", "nobody@example.test"] {
        let denied = helper.fault(restore_request(restore("mb", &[name]))).await;
        assert_eq!(denied, "service.PERM_DENIED", "{name}");
    }
    assert_eq!(helper.fault(query()).await, "service.PERM_DENIED");
}

async fn bad_input(json: bool) {
    let world = World::backed_up();
    let root = world.login_admin(json).await;
    let backup = |element: Element| admin("BackupRequest").unique(element);
    let invalid = [
        admin("BackupRequest"),
        backup(order("sideways")),
        backup(order("full").attr("target", "/elsewhere")),
        backup(order("full").child(Element::new("account").attr("name", "alice@example.test"))),
        backup(order("delete")),
        backup(order("delete").attr("before", "yesterday")),
        backup(order("delete").attr("before", "99999999999999999999y")),
        admin("BackupQueryRequest").unique(Element::new("query").attr("type", "sideways")),
        admin("BackupQueryRequest").unique(Element::new("query").attr("from", "yesterday")),
        admin("BackupAccountQueryRequest").unique(Element::new("query")),
        restore_request(restore("mb", &[])),
        restore_request(restore("mb", &["all"])),
        restore_request(restore("sideways", &["alice@example.test"])),
        restore_request(restore("mb", &["alice@example.test"]).attr("sysData", true)),
        restore_request(restore("mb", &["alice@example.test"]).attr("label", "nothing")),
        restore_request(restore("mb", &["alice@example.test"]).attr("restoreToIncrLabel", "incr-x")),
        restore_request(restore("mb", &["alice@example.test"]).attr("restoreToRedoSeq", 7)),
    ];
    for request in invalid {
        let text = format!("{request:?}");
        assert_eq!(root.fault(request).await, "service.INVALID_REQUEST", "{text}");
    }
    assert!(labels(&root.ok(query()).await, "backup").is_empty());
    // without a target
    let world = World::new();
    let root = world.login_admin(json).await;
    assert_eq!(root.fault(query()).await, "service.TEMPORARILY_UNAVAILABLE");
}
