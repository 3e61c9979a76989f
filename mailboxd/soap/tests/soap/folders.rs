// SPDX-License-Identifier: AGPL-3.0-or-later
use crate::support::*;
use soap::element::Element;

both! { tree creating actions immutable saved_searches retention }

fn create(name: &str, parent: &str) -> Element {
    mail("CreateFolderRequest").unique(Element::new("folder").attr("name", name).attr("l", parent))
}

async fn made(client: &Client, name: &str, parent: &str) -> String {
    client.ok(create(name, parent)).await.first("folder").get("id").unwrap()
}

async fn tree(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let reply = client.ok(mail("GetFolderRequest")).await;
    let root = reply.first("folder");
    assert_eq!(root.get("id").as_deref(), Some("1"));
    let inbox = root.named("folder").find(|folder| folder.get("name").as_deref() == Some("Inbox")).unwrap();
    assert_eq!(inbox.get("id").as_deref(), Some("2"));
    assert_eq!(inbox.get("absFolderPath").as_deref(), Some("/Inbox"));
    let by = |name: &str, value: &str| mail("GetFolderRequest").unique(Element::new("folder").attr(name, value));
    let sub = made(&client, "Sub", "2").await;
    for (name, value) in [("path", "/inbox/Sub"), ("path", "Inbox/Sub"), ("l", sub.as_str())] {
        assert_eq!(client.ok(by(name, value)).await.first("folder").get("id"), Some(sub.clone()));
    }
    let shallow = client.ok(mail("GetFolderRequest").attr("depth", "1")).await;
    let inbox =
        shallow.first("folder").named("folder").find(|folder| folder.get("id").as_deref() == Some("2")).unwrap();
    assert!(inbox.first("folder").is_none());
    for (name, value) in [("path", "/none"), ("l", "9999"), ("l", "-1"), ("uuid", "x")] {
        assert_eq!(client.fault(by(name, value)).await, "mail.NO_SUCH_FOLDER");
    }
}

async fn creating(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    made(&client, "Work", "1").await;
    assert_eq!(client.fault(create("Work", "1")).await, "mail.ALREADY_EXISTS");
    assert_eq!(client.fault(create("work", "1")).await, "mail.ALREADY_EXISTS");
    for name in ["", "   ", ":/\\.;<*''", "a/b", "..", &"x".repeat(300)] {
        assert_eq!(client.fault(create(name, "1")).await, "mail.INVALID_NAME", "{name:?}");
    }
    for (parent, code) in
        [("0", "mail.NO_SUCH_FOLDER"), ("", "service.INVALID_REQUEST"), ("x", "service.INVALID_REQUEST")]
    {
        assert_eq!(client.fault(create("New", parent)).await, code);
    }
    let path = mail("CreateFolderRequest").unique(Element::new("folder").attr("name", "/A/B/C"));
    assert_eq!(client.ok(path).await.first("folder").get("absFolderPath").as_deref(), Some("/A/B/C"));
    let again =
        mail("CreateFolderRequest").unique(Element::new("folder").attr("name", "Work").attr("l", "1").attr("fie", "1"));
    client.ok(again).await;
    let look = Element::new("folder").attr("name", "Red").attr("l", "1").attr("color", "5").attr("f", "#*");
    let reply = client.ok(mail("CreateFolderRequest").unique(look)).await;
    assert_eq!(reply.first("folder").get("color").as_deref(), Some("5"));
    assert_eq!(reply.first("folder").get("f").as_deref(), Some("*#"));
}

async fn actions(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let (a, b) = (made(&client, "A", "1").await, made(&client, "B", "1").await);
    let act = |op: &str, id: &str, name: &str, value: &str| action_with("FolderActionRequest", op, id, name, value);
    let reply = client.ok(act("rename", &a, "name", "Z")).await;
    assert_eq!(reply.first("action").get("id").as_deref(), Some(a.as_str()));
    assert_eq!(reply.first("action").get("op").as_deref(), Some("rename"));
    assert_eq!(client.fault(act("rename", &a, "name", "B")).await, "mail.ALREADY_EXISTS");
    assert_eq!(client.fault(act("rename", "10000", "name", "Q")).await, "mail.NO_SUCH_FOLDER");
    client.ok(act("move", &b, "l", &a)).await;
    assert_eq!(client.fault(act("move", &a, "l", &a)).await, "mail.CANNOT_CONTAIN");
    assert_eq!(client.fault(act("move", &a, "l", &b)).await, "mail.CANNOT_CONTAIN");
    assert_eq!(client.fault(act("move", &a, "l", "-1")).await, "mail.NO_SUCH_FOLDER");
    client.ok(act("color", &a, "color", "3")).await;
    assert_eq!(client.fault(act("color", &a, "color", "999")).await, "service.INVALID_REQUEST");
    client.ok(action("FolderActionRequest", "check", &a)).await;
    world.deliver("alice", &message("one", "", "text"));
    client.ok(action("FolderActionRequest", "read", "2")).await;
    assert!(client.find("is:unread").await.is_empty());
    client.ok(action("FolderActionRequest", "empty", "2")).await;
    assert!(client.find("in:inbox").await.is_empty());
    client.ok(action("FolderActionRequest", "trash", &a)).await;
    made(&client, "Z", "1").await;
    let again = client.find_folder("/Z").await;
    client.ok(action("FolderActionRequest", "trash", &again)).await;
    client.ok(action("FolderActionRequest", "delete", &a)).await;
    client.ok(action("FolderActionRequest", "delete", &a)).await;
    for op in ["", "explode"] {
        assert_eq!(client.fault(action("FolderActionRequest", op, &again)).await, "service.INVALID_REQUEST");
    }
}

impl Client {
    async fn find_folder(&self, path: &str) -> String {
        let request = mail("GetFolderRequest").unique(Element::new("folder").attr("path", path));
        self.ok(request).await.first("folder").get("id").unwrap()
    }
}

async fn immutable(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    for id in ["2", "3", "5", "6", "1"] {
        assert_eq!(client.fault(action("FolderActionRequest", "delete", id)).await, "mail.IMMUTABLE_OBJECT", "{id}");
        let rename = action_with("FolderActionRequest", "rename", id, "name", "Other");
        assert_eq!(client.fault(rename).await, "mail.IMMUTABLE_OBJECT", "{id}");
    }
}

async fn saved_searches(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let search = |query: &str| Element::new("search").attr("name", "Unread").attr("query", query).attr("l", "1");
    let reply = client.ok(mail("CreateSearchFolderRequest").unique(search("is:unread").attr("types", "message"))).await;
    let id = reply.first("search").get("id").unwrap();
    assert_eq!(client.fault(mail("CreateSearchFolderRequest").unique(search(""))).await, "service.INVALID_REQUEST");
    let change = Element::new("search").attr("id", id.clone()).attr("query", "is:flagged");
    client.ok(mail("ModifySearchFolderRequest").unique(change)).await;
    let reply = client.ok(mail("GetSearchFolderRequest")).await;
    assert_eq!(reply.first("search").get("query").as_deref(), Some("is:flagged"));
    let missing = Element::new("search").attr("id", "9999").attr("query", "x");
    assert_eq!(client.fault(mail("ModifySearchFolderRequest").unique(missing)).await, "mail.NO_SUCH_FOLDER");
    client.ok(action("FolderActionRequest", "delete", &id)).await;
}

/// What is older goes with the next purge, in that folder alone.
async fn retention(json: bool) {
    let world = World::new();
    let (client, root) = (world.login("alice", json).await, world.login_admin(json).await);
    let (short, long) = (made(&client, "Short", "1").await, made(&client, "Long", "1").await);
    for (subject, folder) in [("goes", &short), ("stays", &long)] {
        let id = world.deliver("alice", &message(subject, "", "text")).to_string();
        client.ok(action_with("MsgActionRequest", "move", &id, "l", folder)).await;
    }
    let policy = |kind: &str, key: &str, value: &str| Element::new("policy").attr("type", kind).attr(key, value);
    let set = |folder: &str, list: &str, policy: Element| {
        let wish = Element::new("retentionPolicy").child(Element::new(list).child(policy));
        let action = Element::new("action").attr("op", "retentionpolicy").attr("id", folder).child(wish);
        mail("FolderActionRequest").unique(action)
    };
    let offer = Element::new("purge").child(Element::new("policy").attr("name", "Soon").attr("lifetime", "1ms"));
    let offered = root.ok(admin("CreateSystemRetentionPolicyRequest").child(offer)).await;
    let id = offered.first("policy").get("id").unwrap();
    for bad in [policy("user", "lifetime", "soon"), policy("user", "lifetime", ""), policy("system", "id", "none")] {
        assert_eq!(client.fault(set(&short, "purge", bad)).await, "service.INVALID_REQUEST");
    }
    let as_keep = set(&short, "keep", policy("system", "id", &id));
    assert_eq!(client.fault(as_keep).await, "service.INVALID_REQUEST", "it is offered to purge by");
    client.ok(set(&long, "keep", policy("user", "lifetime", "1ms"))).await;
    client.ok(set(&short, "purge", policy("system", "id", &id))).await;
    let by_id = mail("GetFolderRequest").unique(Element::new("folder").attr("l", short.clone()));
    let shown = client.ok(by_id).await;
    let shown = shown.first("folder").first("retentionPolicy").unwrap().first("purge").unwrap();
    assert_eq!(shown.first("policy").unwrap().get("name").as_deref(), Some("Soon"));
    let bob = world.login("bob", json).await;
    let theirs = set(&format!("{}:{long}", world.id("alice")), "purge", policy("user", "lifetime", "1ms"));
    assert_eq!(bob.fault(theirs).await, "service.PERM_DENIED");
    // a millisecond may not be over yet
    while !client.find("in:short").await.is_empty() {
        root.ok(admin("PurgeMessagesRequest").unique(Element::new("mbox").attr("id", world.id("alice")))).await;
    }
    assert_eq!(client.find("in:long").await.len(), 1);
}
