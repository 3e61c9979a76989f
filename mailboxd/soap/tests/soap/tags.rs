// SPDX-License-Identifier: AGPL-3.0-or-later
use crate::support::*;
use soap::element::Element;

both! { life on_messages }

fn create(name: &str, color: &str) -> Element {
    mail("CreateTagRequest").unique(Element::new("tag").attr("name", name).attr("color", color))
}

async fn life(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let reply = client.ok(create("todo", "4")).await;
    let id = reply.first("tag").get("id").unwrap();
    assert_eq!(reply.first("tag").get("color").as_deref(), Some("4"));
    assert_eq!(client.fault(create("todo", "4")).await, "mail.ALREADY_EXISTS");
    assert_eq!(client.fault(create("", "4")).await, "service.INVALID_REQUEST");
    assert_eq!(client.fault(create("   ", "4")).await, "mail.INVALID_NAME");
    assert_eq!(client.fault(create("\\x", "4")).await, "mail.INVALID_NAME");
    assert_eq!(client.fault(create("x", ":''/")).await, "service.INVALID_REQUEST");
    client.ok(action_with("TagActionRequest", "rename", &id, "name", "done")).await;
    client.ok(action_with("TagActionRequest", "color", &id, "color", "2")).await;
    let reply = client.ok(mail("GetTagRequest")).await;
    assert_eq!(reply.first("tag").get("name").as_deref(), Some("done"));
    assert_eq!(client.fault(action_with("TagActionRequest", "rename", "9999", "name", "x")).await, "mail.NO_SUCH_TAG");
    let on_tag = action_with("ItemActionRequest", "tag", &id, "tag", &id);
    assert_eq!(client.fault(on_tag).await, "mail.CANNOT_TAG");
    let moved = action_with("ItemActionRequest", "move", &id, "l", "2");
    assert_eq!(client.fault(moved).await, "mail.IMMUTABLE_OBJECT");
    client.ok(create("negative", "-1")).await;
    assert_eq!(client.fault(create("spaces", " 4")).await, "service.INVALID_REQUEST");
    let negative = action_with("TagActionRequest", "delete", "", "tn", "negative");
    assert_eq!(client.fault(negative).await, "service.INVALID_REQUEST", "an empty id is one");
    client.ok(action("TagActionRequest", "delete", &id)).await;
    let rest = client.ok(mail("GetTagRequest")).await.first("tag").get("id").unwrap();
    client.ok(action("TagActionRequest", "delete", &rest)).await;
    assert!(client.ok(mail("GetTagRequest")).await.body.first("tag").is_none());
}

async fn on_messages(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let tag = client.ok(create("a, b", "1")).await.first("tag").get("id").unwrap();
    let id = world.deliver("alice", &message("one", "", "text")).to_string();
    client.ok(action_with("MsgActionRequest", "tag", &id, "tag", &tag)).await;
    let request = mail("GetMsgRequest").child(Element::new("m").attr("id", id.clone()));
    let reply = client.ok(request.clone()).await;
    assert_eq!(reply.first("m").get("t"), Some(tag.clone()));
    assert_eq!(reply.first("m").get("tn").as_deref(), Some("a\\, b"));
    client.ok(action("TagActionRequest", "read", &tag)).await;
    assert!(client.find("is:unread").await.is_empty());
    client.ok(action_with("MsgActionRequest", "!tag", &id, "tn", "A, B")).await;
    assert_eq!(client.ok(request).await.first("m").get("t"), None);
    for (tag, code) in [("9999", "mail.NO_SUCH_TAG"), ("-50", "mail.NO_SUCH_TAG"), ("1.5", "service.INVALID_REQUEST")] {
        assert_eq!(client.fault(action_with("MsgActionRequest", "tag", &id, "tag", tag)).await, code, "{tag}");
    }
}
