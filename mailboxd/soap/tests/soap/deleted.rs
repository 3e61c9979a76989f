// SPDX-License-Identifier: AGPL-3.0-or-later
//! Accounts that are deleted, and come back.

use crate::support::*;
use directory::Attrs;
use soap::element::Element;

both! {
    deleted_and_back
    names_that_are_taken
    time_hold_and_the_end
    what_a_crash_cut_off
    strangers
    bad_input
}

fn set(name: &str, value: &str) -> Attrs {
    Attrs::from([(name.to_owned(), vec![value.to_owned()])])
}

fn about(name: &str, key: &str) -> Element {
    let by = if key.contains('@') { "name" } else { "id" };
    admin(name).child(Element::new("account").attr("by", by).text(key))
}

fn yes(value: Option<String>) -> bool {
    matches!(value.as_deref(), Some("1" | "true"))
}

async fn names(client: &Client) -> Vec<String> {
    let found = client.ok(admin("GetDeletedAccountsRequest")).await;
    found.body.named("account").filter_map(|account| account.get("name")).collect()
}

async fn deleted_and_back(json: bool) {
    let world = World::new();
    let (root, alice) = (world.login_admin(json).await, world.login("alice", json).await);
    world.deliver("alice", &message("kept", "", "zebra"));
    let id = world.id("alice");
    root.ok(admin("DeleteAccountRequest").attr("id", id.clone())).await;
    // out of sight for everybody
    assert_eq!(alice.fault(mail("NoOpRequest")).await, "service.AUTH_EXPIRED");
    assert_eq!(world.anonymous(json).fault(auth_request("alice", PASSWORD)).await, "account.AUTH_FAILED");
    assert_eq!(root.fault(about("GetAccountRequest", &id)).await, "account.NO_SUCH_ACCOUNT");
    assert_eq!(root.fault(about("DelegateAuthRequest", "alice@example.test")).await, "account.NO_SUCH_ACCOUNT");
    let all = root.ok(admin("GetAllMailboxesRequest")).await;
    assert!(!all.text.contains(&id), "{}", all.text);
    assert!(world.directory.account("alice@example.test").unwrap().is_none(), "mail to it bounces");
    let listed = root.ok(admin("GetDeletedAccountsRequest")).await;
    let one = listed.first("account");
    assert_eq!((one.get("name").as_deref(), one.get("id")), (Some("alice@example.test"), Some(id.clone())));
    assert_eq!(one.get("messages").as_deref(), Some("1"));
    let (deleted, expires): (i64, i64) =
        (one.number("deleted").unwrap().unwrap(), one.number("expires").unwrap().unwrap());
    assert_eq!(expires - deleted, 30 * 86_400_000);
    assert_eq!(soap::expire_deleted(&world.store, &world.directory).unwrap(), 0, "its time is not over");

    let back = root.ok(about("UndeleteAccountRequest", "Alice@example.test")).await;
    assert_eq!(back.first("account").get("id"), Some(id));
    assert_eq!(alice.fault(mail("NoOpRequest")).await, "service.AUTH_EXPIRED", "a token from before");
    assert_eq!(world.login("alice", json).await.find("zebra").await.len(), 1);
    assert!(names(&root).await.is_empty());
}

async fn names_that_are_taken(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    world.deliver("alice", &message("kept", "", "zebra"));
    let first = world.id("alice");
    root.ok(admin("DeleteAccountRequest").attr("id", first.clone())).await;
    // the name is free: somebody else gets it, and is deleted as well
    world.directory.create_account("alice@example.test", PASSWORD, Attrs::new()).unwrap();
    assert!(world.login("alice", json).await.find("zebra").await.is_empty(), "another one's mailbox");
    assert_eq!(root.fault(about("UndeleteAccountRequest", &first)).await, "account.ACCOUNT_EXISTS");
    assert_eq!(names(&root).await.len(), 1, "it is still there");
    root.ok(admin("DeleteAccountRequest").attr("id", world.id("alice"))).await;
    let ambiguous = root.fault(about("UndeleteAccountRequest", "alice@example.test")).await;
    assert_eq!(ambiguous, "account.MULTIPLE_ACCOUNTS_MATCHED");
    root.ok(about("UndeleteAccountRequest", "alice@example.test".replace("alice@example.test", &first).as_str())
        .attr("name", "al@example.test"))
        .await;
    assert_eq!(world.login("al", json).await.find("zebra").await.len(), 1);
    root.ok(about("UndeleteAccountRequest", "alice@example.test")).await;
    assert_eq!(world.login("alice", json).await.find("zebra").await.len(), 0);
}

async fn time_hold_and_the_end(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    let expired = || soap::expire_deleted(&world.store, &world.directory).unwrap();
    for name in ["alice", "bob"] {
        world.deliver(name, &message("kept", "", "zebra"));
        root.ok(admin("DeleteAccountRequest").attr("id", world.id(name))).await;
    }
    root.ok(about("HoldDeletedAccountRequest", "bob@example.test").attr("hold", true)).await;
    world.directory.modify_config(set("posthouseDeletedAccountLifetime", "0")).unwrap();
    assert_eq!(expired(), 0, "0 is for ever");
    world.directory.modify_config(set("posthouseDeletedAccountLifetime", "1ms")).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    assert_eq!(expired(), 1);
    assert_eq!(names(&root).await, ["bob@example.test"]);
    assert_eq!(root.fault(about("UndeleteAccountRequest", "alice@example.test")).await, "account.NO_SUCH_ACCOUNT");
    let listed = root.ok(admin("GetDeletedAccountsRequest")).await;
    assert!(yes(listed.first("account").get("hold")) && listed.first("account").get("expires").is_none());
    let purge = || about("PurgeDeletedAccountRequest", "bob@example.test");
    assert_eq!(root.fault(purge()).await, "service.INVALID_REQUEST", "not one on hold");
    // a hold of its class of service counts as well, whenever it was made
    root.ok(about("HoldDeletedAccountRequest", "bob@example.test").attr("hold", false)).await;
    root.ok(purge()).await;
    assert!(names(&root).await.is_empty());
    assert_eq!(world.store.accounts().len(), 0, "nothing of them is left");
    let made = world.directory.create_account("carol@example.test", PASSWORD, Attrs::new()).unwrap();
    world.deliver("carol", &message("kept", "", "zebra"));
    world.directory.modify_account(&made.id, set("zimbraDumpsterPurgeEnabled", "FALSE")).unwrap();
    let mailbox = Element::new("mbox").attr("id", made.id.clone());
    assert_eq!(root.fault(admin("DeleteMailboxRequest").unique(mailbox)).await, "service.INVALID_REQUEST");
    root.ok(admin("DeleteAccountRequest").attr("id", made.id)).await;
    assert_eq!((expired(), names(&root).await.len()), (0, 1), "it was on hold before");
}

async fn what_a_crash_cut_off(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    let (store, directory) = (&world.store, &world.directory);
    world.deliver("alice", &message("kept", "", "zebra"));
    let id = world.id("alice");
    let remains = directory.remains(&id).unwrap();
    let memo = serde_json::to_vec(&remains).unwrap();
    let settle = || soap::settle_deletions(store, directory).unwrap();
    // noted, and nothing more: it lives
    store.note_deletion(&id, &memo).unwrap();
    settle();
    assert_eq!((names(&root).await.len(), world.login("alice", json).await.find("zebra").await.len()), (0, 1));
    assert!(store.noted_deletions().unwrap().is_empty());
    // gone from the directory: it is deleted
    store.note_deletion(&id, &memo).unwrap();
    directory.delete_account(&id).unwrap();
    settle();
    assert_eq!(names(&root).await, ["alice@example.test"]);
    // back in the directory: it lives
    directory.bring_back(&remains, None).unwrap();
    assert_eq!(soap::expire_deleted(store, directory).unwrap(), 0);
    settle();
    assert_eq!((names(&root).await.len(), world.login("alice", json).await.find("zebra").await.len()), (0, 1));
    // a note of another version is nothing to expire or purge by time
    store.note_deletion(&id, b"from the future").unwrap();
    directory.delete_account(&id).unwrap();
    settle();
    directory.modify_config(set("posthouseDeletedAccountLifetime", "1ms")).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    assert_eq!((soap::expire_deleted(store, directory).unwrap(), names(&root).await), (0, vec![id.clone()]));
    assert_eq!(root.fault(about("UndeleteAccountRequest", &id)).await, "service.FAILURE");
}

async fn strangers(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    let directory = &world.directory;
    directory.create_domain("other.test", Attrs::new()).unwrap();
    directory.create_account("carol@other.test", PASSWORD, Attrs::new()).unwrap();
    directory.create_account("helper@example.test", PASSWORD, set("zimbraIsDelegatedAdminAccount", "TRUE")).unwrap();
    let boss = directory.create_account("boss@other.test", PASSWORD, set("zimbraIsAdminAccount", "TRUE")).unwrap();
    let mut helper = world.login_admin(json).await;
    helper.token = None;
    let auth = admin("AuthRequest").content("name", "helper@example.test").content("password", PASSWORD);
    helper.token = Some(token_of(&helper.ok(auth).await));
    let carol = directory.account("carol@other.test").unwrap().unwrap().id;
    for id in [&world.id("alice"), &carol, &boss.id] {
        root.ok(admin("DeleteAccountRequest").attr("id", id.clone())).await;
    }
    let requests = |key: &str| {
        [
            about("UndeleteAccountRequest", key),
            about("HoldDeletedAccountRequest", key).attr("hold", true),
            about("PurgeDeletedAccountRequest", key),
        ]
    };
    for key in ["alice@example.test", "carol@other.test", "nobody@example.test", &carol] {
        for request in requests(key) {
            assert_eq!(helper.fault(request).await, "service.PERM_DENIED", "{key}");
        }
    }
    assert!(names(&helper).await.is_empty());
    let grant = |right: &str, domain: &str| {
        admin("GrantRightRequest")
            .unique(Element::new("target").attr("type", "domain").attr("by", "name").text(domain))
            .unique(Element::new("grantee").attr("type", "usr").attr("by", "name").text("helper@example.test"))
            .unique(Element::new("right").text(right))
    };
    // who may delete accounts sees them; to have them live again takes more, and where they shall live, too
    root.ok(grant("deleteAccount", "other.test")).await;
    assert_eq!(names(&helper).await, ["carol@other.test"], "not an administrator");
    assert_eq!(helper.fault(about("UndeleteAccountRequest", &carol)).await, "service.PERM_DENIED");
    root.ok(grant("createAccount", "other.test")).await;
    let elsewhere = about("UndeleteAccountRequest", &carol).attr("name", "carol@example.test");
    assert_eq!(helper.fault(elsewhere).await, "service.PERM_DENIED");
    assert_eq!(
        helper.fault(about("UndeleteAccountRequest", &boss.id)).await,
        "service.PERM_DENIED",
        "an administrator"
    );
    let hold = about("HoldDeletedAccountRequest", &carol).attr("hold", true);
    assert_eq!(helper.fault(hold).await, "service.PERM_DENIED", "an attribute that needs a right of its own");
    helper.ok(about("UndeleteAccountRequest", &carol)).await;
    assert_eq!(helper.fault(about("PurgeDeletedAccountRequest", "alice@example.test")).await, "service.PERM_DENIED");
    assert_eq!(helper.fault(about("PurgeDeletedAccountRequest", &boss.id)).await, "service.PERM_DENIED");
    let carol = directory.account("carol@other.test").unwrap().unwrap().id;
    helper.ok(admin("DeleteAccountRequest").attr("id", carol.clone())).await;
    helper.ok(about("PurgeDeletedAccountRequest", &carol)).await;
    assert_eq!(names(&root).await, ["boss@other.test", "alice@example.test"]);
}

async fn bad_input(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    root.ok(admin("DeleteAccountRequest").attr("id", world.id("alice"))).await;
    for name in ["UndeleteAccountRequest", "HoldDeletedAccountRequest", "PurgeDeletedAccountRequest"] {
        assert_eq!(root.fault(admin(name)).await, "service.INVALID_REQUEST");
        assert_eq!(root.fault(about(name, "")).await, "account.NO_SUCH_ACCOUNT");
        assert_eq!(root.fault(about(name, &world.id("bob"))).await, "account.NO_SUCH_ACCOUNT", "it lives");
    }
    let alice = || about("UndeleteAccountRequest", "alice@example.test");
    assert_eq!(root.fault(alice().attr("name", "no address")).await, "service.INVALID_REQUEST");
    assert_eq!(root.fault(alice().attr("name", "a@nowhere.test")).await, "account.NO_SUCH_DOMAIN");
    assert_eq!(root.fault(alice().attr("name", "bob@example.test")).await, "account.ACCOUNT_EXISTS");
    assert_eq!(root.fault(about("HoldDeletedAccountRequest", "alice@example.test")).await, "service.INVALID_REQUEST");
    let domain = Element::new("domain").attr("by", "name").text("nowhere.test");
    assert_eq!(root.fault(admin("GetDeletedAccountsRequest").child(domain)).await, "account.NO_SUCH_DOMAIN");
    assert_eq!(names(&root).await.len(), 1);
}
