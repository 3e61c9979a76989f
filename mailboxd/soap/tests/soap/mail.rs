// SPDX-License-Identifier: AGPL-3.0-or-later
use crate::support::*;
use soap::element::Element;

both! { get_msg bad_ids html_is_clean embedded raw add_msg msg_actions conv_actions item_actions }

fn get(id: &str) -> Element {
    Element::new("m").attr("id", id)
}

fn find<'a>(mp: &'a Element, part: &str) -> Option<&'a Element> {
    if mp.get("part").as_deref() == Some(part) {
        return Some(mp);
    }
    mp.named("mp").find_map(|child| find(child, part))
}

async fn get_msg(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let id = world.deliver("alice", &message("Grüße", "Cc: carol@x.test\nX-Test: yes\n", "plain text")).to_string();
    let wanted = get(&id).attr("read", "1").child(Element::new("header").attr("n", "X-Test"));
    let reply = client.ok(mail("GetMsgRequest").child(wanted)).await;
    let m = reply.first("m");
    assert_eq!(m.get("su").as_deref(), Some("Grüße"));
    assert_eq!(m.get("f"), None, "it is read now");
    assert_eq!(m.get("l").as_deref(), Some("2"));
    assert_eq!(m.get("cid"), Some(format!("-{id}")));
    assert!(m.get("mid").unwrap().ends_with("@example.org>"));
    let addresses: Vec<_> =
        m.named("e").map(|e| (e.get("t").unwrap(), e.get("a").unwrap(), e.get("d").unwrap())).collect();
    let expected =
        [("f", "ann@example.org", "Ann"), ("t", "alice@example.test", "alice"), ("c", "carol@x.test", "carol")];
    assert_eq!(addresses, expected.map(|(t, a, d)| (t.to_owned(), a.to_owned(), d.to_owned())));
    assert_eq!(m.first("header").unwrap().text.as_deref(), Some("yes"));
    let mp = m.first("mp").unwrap();
    assert_eq!(mp.get("body").map(|b| b == "1" || b == "true"), Some(true));
    assert_eq!(mp.get("content").unwrap().trim(), "plain text");
    let cut = client.ok(mail("GetMsgRequest").child(get(&id).attr("max", "5"))).await;
    let mp = cut.first("m").first("mp").unwrap();
    assert_eq!(mp.get("content").as_deref(), Some("plain"));
    assert!(mp.get("truncated").is_some());
}

async fn bad_ids(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    for id in ["", " ", "  257", "257 ", "x", "<>?", "99999999999999", "257,258"] {
        let code = client.fault(mail("GetMsgRequest").child(get(id))).await;
        assert_eq!(code, "service.INVALID_REQUEST", "{id:?}");
    }
    for id in ["9999", "2", "0"] {
        assert_eq!(client.fault(mail("GetMsgRequest").child(get(id))).await, "mail.NO_SUCH_MSG");
    }
    assert_eq!(client.fault(mail("GetMsgRequest")).await, "service.INVALID_REQUEST");
    let id = world.deliver("alice", &message("one", "", "text")).to_string();
    for value in ["", "maybe", "2", "-1"] {
        let request = mail("GetMsgRequest").child(get(&id).attr("read", value));
        assert_eq!(client.fault(request).await, "service.INVALID_REQUEST", "{value:?}");
    }
}

async fn html_is_clean(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let body = "--b\nContent-Type: text/html\n\n<p onclick=x()>hi<script>steal()</script><img src=\"cid:pic@x\">\
                <img src=\"http://evil.test/spy.png\"></p>\n--b\nContent-Type: image/png; name=pic.png\n\
                Content-ID: <pic@x>\nContent-Transfer-Encoding: base64\n\niVBORw==\n--b--\n";
    let id = world
        .deliver("alice", &message("html", "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n", body))
        .to_string();
    let reply = client.ok(mail("GetMsgRequest").child(get(&id).attr("html", "1"))).await;
    let root = reply.first("m").first("mp").unwrap();
    let html = find(root, "1").unwrap().get("content").unwrap();
    assert!(!html.contains("script") && !html.contains("onclick"), "{html}");
    assert!(html.contains(&format!("/service/home/~/?auth=co&amp;id={id}&amp;part=2")), "{html}");
    assert!(!html.contains(" src=\"http://evil.test"), "{html}");
    assert_eq!(find(root, "2").unwrap().get("ct").as_deref(), Some("image/png"));
    assert_eq!(find(root, "2").unwrap().get("filename").as_deref(), Some("pic.png"));
    let open = client.ok(mail("GetMsgRequest").child(get(&id).attr("html", "1").attr("neuter", "0"))).await;
    let html = find(open.first("m").first("mp").unwrap(), "1").unwrap().get("content").unwrap();
    assert!(html.contains("src=\"http://evil.test"), "{html}");
}

async fn embedded(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let inner = message("inside", "", "inner text");
    let body = format!("--b\n\nouter text\n--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n");
    let id =
        world.deliver("alice", &message("outside", "Content-Type: multipart/mixed; boundary=b\n", &body)).to_string();
    let reply = client.ok(mail("GetMsgRequest").child(get(&id).attr("part", "2"))).await;
    assert_eq!(reply.first("m").get("su").as_deref(), Some("inside"));
    let mp = reply.first("m").first("mp").unwrap();
    assert_eq!(mp.get("content").map(|text| text.trim().to_owned()).as_deref(), Some("inner text"), "{}", reply.text);
    for (part, code) in [("9", "mail.NO_SUCH_PART"), ("1", "service.INVALID_REQUEST")] {
        assert_eq!(client.fault(mail("GetMsgRequest").child(get(&id).attr("part", part))).await, code);
    }
}

async fn raw(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let text = message("one", "", "text");
    let id = world.deliver("alice", &text).to_string();
    let reply = client.ok(mail("GetMsgRequest").child(get(&id).attr("raw", "1"))).await;
    assert_eq!(reply.first("m").get("content").unwrap(), text.replace('\n', "\r\n"));
}

async fn add_msg(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let m = |l: &str| {
        Element::new("m")
            .attr("l", l)
            .attr("f", "uf")
            .attr("d", "1000000000000")
            .content("content", message("added", "", "text"))
    };
    let reply = client.ok(mail("AddMsgRequest").unique(m("2"))).await;
    let id = reply.first("m").get("id").unwrap();
    assert_eq!(reply.first("m").get("f").as_deref(), Some("fu"));
    assert_eq!(reply.first("m").get("d").as_deref(), Some("1000000000000"));
    assert_eq!(client.find("subject:added").await, [id]);
    client.ok(mail("AddMsgRequest").unique(m("/Inbox"))).await;
    assert_eq!(client.fault(mail("AddMsgRequest").unique(m("9999"))).await, "mail.NO_SUCH_FOLDER");
    assert_eq!(client.fault(mail("AddMsgRequest").unique(m("x"))).await, "service.INVALID_REQUEST");
}

async fn msg_actions(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let ids: Vec<String> =
        (0..3).map(|n| world.deliver("alice", &message(&format!("m {n}"), "", "text")).to_string()).collect();
    let all = ids.join(",");
    let reply = client.ok(action("MsgActionRequest", "read", &all)).await;
    assert_eq!(reply.first("action").get("id"), Some(all.clone()));
    assert!(client.find("is:unread").await.is_empty());
    client.ok(action("MsgActionRequest", "!read", &ids[0])).await;
    client.ok(action("MsgActionRequest", "flag", &ids[0])).await;
    assert_eq!(client.find("is:unread is:flagged").await, [ids[0].clone()]);
    client.ok(action_with("MsgActionRequest", "update", &ids[0], "f", "r")).await;
    assert_eq!(client.find("is:replied").await, [ids[0].clone()]);
    client.ok(action_with("MsgActionRequest", "move", &all, "l", "5")).await;
    assert_eq!(client.find("in:sent").await.len(), 3);
    client.ok(action_with("MsgActionRequest", "copy", &ids[1], "l", "2")).await;
    assert_eq!(client.find("in:inbox").await.len(), 1);
    client.ok(action("MsgActionRequest", "trash", &ids[1])).await;
    assert_eq!(client.find("in:trash").await, [ids[1].clone()]);
    client.ok(action("MsgActionRequest", "spam", &ids[1])).await;
    client.ok(action("MsgActionRequest", "!spam", &ids[1])).await;
    client.ok(action("MsgActionRequest", "delete", &all)).await;
    client.ok(action("MsgActionRequest", "delete", &all)).await;
    assert_eq!(client.fault(action("MsgActionRequest", "read", &all)).await, "mail.NO_SUCH_MSG");
    for bad in ["", " ", "x", "1,x", "257 "] {
        assert_eq!(client.fault(action("MsgActionRequest", "read", bad)).await, "service.INVALID_REQUEST", "{bad:?}");
    }
}

/// Two messages of one thread; the second answers the first.
fn thread(world: &World) -> (String, String) {
    let first = world.deliver("alice", &message("talk", "", "first"));
    let second = world.deliver(
        "alice",
        &message("Re: talk", "In-Reply-To: <talk@example.org>\nReferences: <talk@example.org>\n", "second"),
    );
    (first.to_string(), second.to_string())
}

async fn conv_actions(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let (first, second) = thread(&world);
    let reply = client.ok(mail("SearchRequest").content("query", "in:inbox")).await;
    let c = reply.first("c");
    let cid = c.get("id").unwrap();
    assert_eq!((c.get("n").as_deref(), c.get("u").as_deref()), (Some("2"), Some("2")));
    client.ok(action("ConvActionRequest", "read", &cid)).await;
    assert!(client.find("is:unread").await.is_empty());
    client.ok(action("MsgActionRequest", "trash", &first)).await;
    client.ok(action_with("ConvActionRequest", "flag", &cid, "tcon", "-t")).await;
    assert_eq!(client.find("is:flagged is:anywhere").await, [second.as_str()]);
    client.ok(action_with("ConvActionRequest", "delete", &cid, "tcon", "t")).await;
    assert_eq!(client.find("is:anywhere").await, [second]);
    assert_eq!(
        client.fault(action_with("ConvActionRequest", "read", &cid, "tcon", "zz")).await,
        "service.INVALID_REQUEST"
    );
    assert_eq!(client.fault(action("ConvActionRequest", "read", "99999")).await, "mail.NO_SUCH_CONV");
    client.ok(action("ConvActionRequest", "delete", "99999")).await;
    for id in ["x", "", "12 "] {
        assert_eq!(client.fault(action("ConvActionRequest", "read", id)).await, "service.INVALID_REQUEST");
    }
}

async fn item_actions(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let (first, second) = thread(&world);
    let cid = client.ok(mail("SearchRequest").content("query", "in:inbox")).await.first("c").get("id").unwrap();
    let folder = Element::new("folder").attr("name", "F").attr("l", "1");
    let folder = client.ok(mail("CreateFolderRequest").unique(folder)).await.first("folder").get("id").unwrap();
    client.ok(action("ItemActionRequest", "flag", &cid)).await;
    assert_eq!(client.find("is:flagged").await.len(), 2);
    client.ok(action_with("ItemActionRequest", "move", &format!("{first},{second}"), "l", &folder)).await;
    client.ok(action("ItemActionRequest", "trash", &folder)).await;
    assert_eq!(client.find("in:trash/F").await.len(), 2);
    assert_eq!(client.fault(action("ItemActionRequest", "read", "99999")).await, "mail.NO_SUCH_ITEM");
}
