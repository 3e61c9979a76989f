// SPDX-License-Identifier: AGPL-3.0-or-later
//! Another's mailbox: by the header, by qualified ids, by mount points; and as a stranger.

use crate::support::*;
use directory::rights::{Grant, GranteeType, Modifiers, TargetType};
use soap::element::Element;

both! { by_header by_id by_mount_point searched told rights strangers in_anothers_name answers_from_elsewhere }

struct Scene {
    world: World,
    alice: Client,
    bob: Client,
    /// Alice's.
    id: String,
    folder: String,
    message: String,
    secret: String,
}

async fn scene(json: bool, perm: &str) -> Scene {
    let world = World::new();
    let (alice, bob) = (world.login("alice", json).await, world.login("bob", json).await);
    let id = world.directory.account("alice@example.test").unwrap().unwrap().id;
    let create = mail("CreateFolderRequest").unique(Element::new("folder").attr("name", "Team").attr("l", "1"));
    let folder = alice.ok(create).await.first("folder").get("id").unwrap();
    let message_id = world.deliver("alice", &message("shared", "", "text")).to_string();
    let secret = world.deliver("alice", &message("secret", "", "text")).to_string();
    alice.ok(action_with("MsgActionRequest", "move", &message_id, "l", &folder)).await;
    let grant = Element::new("grant").attr("gt", "usr").attr("d", "bob@example.test").attr("perm", perm);
    let action = Element::new("action").attr("op", "grant").attr("id", folder.clone()).unique(grant);
    alice.ok(mail("FolderActionRequest").unique(action)).await;
    Scene { world, alice, bob, id, folder, message: message_id, secret }
}

fn as_alice(scene: &Scene) -> Client {
    scene.bob.with(Element::new("account").attr("by", "name").text("alice@example.test"))
}

fn get_msg(id: &str) -> Element {
    mail("GetMsgRequest").child(Element::new("m").attr("id", id))
}

async fn by_header(json: bool) {
    let scene = scene(json, "r").await;
    let visitor = as_alice(&scene);
    let reply = visitor.ok(get_msg(&scene.message)).await;
    let m = reply.first("m");
    assert_eq!(m.get("id"), Some(format!("{}:{}", scene.id, scene.message)), "as it can be used again");
    assert_eq!(m.get("l"), Some(format!("{}:{}", scene.id, scene.folder)));
    assert_eq!(visitor.fault(get_msg(&scene.secret)).await, "service.PERM_DENIED");
    assert_eq!(visitor.fault(get_msg("99999")).await, "service.PERM_DENIED", "as what is not there");
    let plain = visitor.with(Element::new("noqualify").attr("x", "1"));
    assert_eq!(plain.ok(get_msg(&scene.message)).await.first("m").get("id"), Some(scene.message.clone()));
    let search = mail("SearchRequest").attr("types", "message").content("query", "text");
    assert_eq!(visitor.ok(search).await.body.named("m").count(), 1, "only what is shared");
    assert_eq!(visitor.fault(action("MsgActionRequest", "flag", &scene.message)).await, "service.PERM_DENIED");
    assert_eq!(visitor.fault(action("MsgActionRequest", "delete", &scene.message)).await, "service.PERM_DENIED");
    let tree = visitor.ok(mail("GetFolderRequest")).await;
    let names: Vec<_> = tree.first("folder").named("folder").filter_map(|folder| folder.get("name")).collect();
    assert_eq!(names, ["Team"], "nothing of the others");
    for name in ["GetInfoRequest", "GetPrefsRequest", "GetIdentitiesRequest", "GetSignaturesRequest"] {
        assert_eq!(visitor.fault(account(name)).await, "service.PERM_DENIED", "{name}");
    }
    for name in ["SendMsgRequest", "SaveDraftRequest", "GetFilterRulesRequest", "RankingActionRequest"] {
        assert_eq!(visitor.fault(mail(name)).await, "service.PERM_DENIED", "{name}");
    }
}

async fn by_id(json: bool) {
    let scene = scene(json, "rwidx").await;
    let qualified = format!("{}:{}", scene.id, scene.message);
    let reply = scene.bob.ok(get_msg(&qualified)).await;
    assert_eq!(reply.first("m").get("id"), Some(qualified.clone()));
    let own = scene.world.deliver("bob", &message("own", "", "text")).to_string();
    let both = format!("{own},{qualified}");
    let reply = scene.bob.ok(action("MsgActionRequest", "flag", &both)).await;
    assert_eq!(reply.first("action").get("id"), Some(both));
    assert_eq!(scene.alice.find("is:flagged").await, std::slice::from_ref(&scene.message));
    assert_eq!(scene.bob.find("is:flagged").await, std::slice::from_ref(&own));
    let target = format!("{}:{}", scene.id, scene.folder);
    scene.bob.ok(action_with("MsgActionRequest", "move", &own, "l", &target)).await;
    assert!(scene.bob.find("in:inbox").await.is_empty());
    assert_eq!(scene.alice.find("in:team").await.len(), 2);
    let back = action_with("MsgActionRequest", "copy", &qualified, "l", &format!("{}:2", scene.world.id("bob")));
    scene.bob.ok(back).await;
    assert_eq!(scene.bob.find("in:inbox").await.len(), 1);
    let create = Element::new("cn").attr("l", target).child(Element::new("a").attr("n", "firstName").text("Zoe"));
    let reply = scene.bob.ok(mail("CreateContactRequest").unique(create)).await;
    assert!(reply.first("cn").get("id").unwrap().starts_with(&scene.id));
}

async fn by_mount_point(json: bool) {
    let scene = scene(json, "rwi").await;
    let link = Element::new("link").attr("l", "1").attr("name", "Hers").attr("zid", scene.id.clone());
    let link = link.attr("rid", scene.folder.clone()).attr("view", "message");
    let mount = scene.bob.ok(mail("CreateMountpointRequest").unique(link)).await.first("link").get("id").unwrap();
    let own = scene.world.deliver("bob", &message("own", "", "text")).to_string();
    scene.bob.ok(action_with("MsgActionRequest", "move", &own, "l", &mount)).await;
    assert_eq!(scene.alice.find("in:team").await.len(), 2);
    let create =
        Element::new("cn").attr("l", mount.clone()).child(Element::new("a").attr("n", "firstName").text("Zoe"));
    let reply = scene.bob.ok(mail("CreateContactRequest").unique(create)).await;
    assert_eq!(reply.first("cn").get("l"), Some(format!("{}:{}", scene.id, scene.folder)));
    // A link says when it leads nowhere any more, in the tree and to a new session.
    let is_broken = async || {
        let tree = scene.bob.ok(mail("GetFolderRequest")).await;
        let in_tree = tree.first("folder").first("link").unwrap().flag("broken").unwrap();
        let session = scene.bob.with(Element::new("session")).ok(mail("NoOpRequest")).await;
        let refreshed = session.context.first("refresh").unwrap().first("folder").unwrap().first("link").unwrap();
        assert_eq!(refreshed.flag("broken").unwrap(), in_tree);
        in_tree
    };
    assert_eq!(is_broken().await, None);
    scene.alice.ok(action_with("FolderActionRequest", "!grant", &scene.folder, "zid", &scene.world.id("bob"))).await;
    assert_eq!(is_broken().await, Some(true));
}

async fn searched(json: bool) {
    let scene = scene(json, "r").await;
    let link = |name: &str, id: &str| {
        let link = Element::new("link").attr("l", "1").attr("name", name).attr("zid", scene.id.clone());
        mail("CreateMountpointRequest").unique(link.attr("rid", id).attr("view", "message"))
    };
    scene.bob.ok(link("Hers", &scene.folder)).await;
    assert_eq!(scene.bob.fault(link("Inbox", "2")).await, "service.PERM_DENIED");
    let own = scene.world.deliver("bob", &message("own", "", "text")).to_string();
    let theirs = format!("{}:{}", scene.id, scene.message);
    for (query, expected) in [
        ("in:hers", vec![theirs.clone()]),
        ("in:hers text", vec![theirs.clone()]),
        ("in:hers nothing", vec![]),
        ("text", vec![own.clone()]),
        ("is:remote text", vec![theirs.clone()]),
        ("is:local text", vec![own.clone()]),
        ("text not in:hers", vec![own.clone()]),
    ] {
        assert_eq!(scene.bob.find(query).await, expected, "{query}");
    }
    let both = scene.bob.find("is:anywhere text").await;
    assert!(both.len() == 2 && both.contains(&own) && both.contains(&theirs), "{both:?}");
    let by_id = format!("inid:\"{}:{}\"", scene.id, scene.folder);
    assert_eq!(scene.bob.find(&by_id).await, [theirs]);
    let secret = format!("inid:\"{}:2\"", scene.id);
    assert!(scene.bob.find(&secret).await.is_empty());
}

async fn told(json: bool) {
    let scene = scene(json, "rw").await;
    let perms = |id: &str| mail("GetEffectiveFolderPermsRequest").unique(Element::new("folder").attr("l", id));
    let qualified = format!("{}:{}", scene.id, scene.folder);
    assert_eq!(scene.bob.ok(perms(&qualified)).await.first("folder").get("perm").as_deref(), Some("rw"));
    assert_eq!(scene.alice.ok(perms("2")).await.first("folder").get("perm").as_deref(), Some("rwidxapfc"));
    let info = scene.bob.ok(account("GetShareInfoRequest")).await;
    let share = info.first("share");
    assert_eq!(share.get("folderPath").as_deref(), Some("/Team"));
    assert_eq!((share.get("rights").as_deref(), share.get("mid")), (Some("rw"), None));
    let notify = |to: &str| {
        let e = Element::new("e").attr("t", "t").attr("a", to);
        let item = Element::new("item").attr("id", scene.folder.clone());
        mail("SendShareNotificationRequest").unique(item).child(e).content("notes", "for you")
    };
    scene.alice.ok(notify("bob@example.test")).await;
    assert_eq!(scene.bob.find("in:inbox subject:team").await.len(), 1);
    assert_eq!(scene.alice.fault(notify("admin@example.test")).await, "service.INVALID_REQUEST");
    // by the grant itself; a client finds in the message what to mount
    let by_grant = |gt: &str, d: &str, l: &str| {
        let share = Element::new("share").attr("l", l).attr("gt", gt).attr("d", d);
        mail("SendShareNotificationRequest").unique(share)
    };
    scene.alice.ok(by_grant("usr", "bob@example.test", &scene.folder)).await;
    let told = scene.bob.find("in:inbox subject:\"Share Created: Team shared by alice\"").await;
    assert_eq!(told.len(), 2);
    let (_, _, sent) = scene.world.sent.lock().unwrap().last().unwrap().clone();
    let sent = String::from_utf8(sent).unwrap();
    assert!(sent.contains("xml/x-zimbra-share") && sent.contains("urn:zimbraShare"), "{sent}");
    let invalid = "service.INVALID_REQUEST";
    assert_eq!(scene.alice.fault(by_grant("usr", "bob@example.test", "2")).await, invalid);
    assert_eq!(scene.alice.fault(by_grant("pub", "x", &scene.folder)).await, invalid);
    assert_eq!(scene.alice.fault(by_grant("usr", "nobody@example.test", &scene.folder)).await, "mail.NO_SUCH_GRANTEE");
    assert_eq!(scene.alice.fault(by_grant("usr", "", &scene.folder)).await, invalid);
    let theirs = by_grant("usr", "bob@example.test", &qualified);
    assert_eq!(scene.bob.fault(theirs).await, "service.PERM_DENIED");
}

async fn rights(json: bool) {
    let scene = scene(json, "r").await;
    let ace = |right: &str| Element::new("ace").attr("gt", "usr").attr("d", "bob@example.test").attr("right", right);
    let check = |right: &str| {
        let target = Element::new("target").attr("type", "account").attr("by", "name").text("alice@example.test");
        mail("CheckPermissionRequest").unique(target).child(Element::new("right").text(right))
    };
    let send = || {
        let e = |t: &str, a: &str| Element::new("e").attr("t", t).attr("a", a);
        let m =
            Element::new("m").child(e("f", "alice@example.test")).child(e("t", "bob@example.test")).content("su", "x");
        mail("SendMsgRequest").unique(m)
    };
    assert_eq!(scene.bob.ok(check("sendAs")).await.body.get("allow").as_deref().map(is_true), Some(false));
    assert_eq!(scene.bob.fault(send()).await, "service.PERM_DENIED");
    scene.alice.ok(account("GrantRightsRequest").child(ace("sendAs"))).await;
    assert_eq!(scene.bob.ok(check("sendAs")).await.body.get("allow").as_deref().map(is_true), Some(true));
    scene.bob.ok(send()).await;
    let found = scene.bob.ok(account("DiscoverRightsRequest").child(Element::new("right").text("sendAs"))).await;
    assert_eq!(found.first("targets").named("target").count(), 1);
    assert_eq!(scene.alice.ok(account("GetRightsRequest")).await.body.named("ace").count(), 1);
    scene.alice.ok(account("RevokeRightsRequest").child(ace("sendAs"))).await;
    assert_eq!(scene.bob.fault(send()).await, "service.PERM_DENIED");
    assert_eq!(scene.alice.fault(account("GrantRightsRequest").child(ace("rule"))).await, "service.INVALID_REQUEST");
    // What the whole domain gives counts as well, and what it refuses.
    let directory = &scene.world.directory;
    let domain = directory.on(TargetType::Domain, "example.test").unwrap();
    let grant = |right: &str, deny| Grant {
        grantee: scene.world.id("bob"),
        grantee_type: GranteeType::Usr,
        right: right.into(),
        modifiers: Modifiers { deny, ..Modifiers::default() },
    };
    directory.grant(&domain, &grant("sendAs", false)).unwrap();
    directory.grant(&directory.on(TargetType::Domain, "example.test").unwrap(), &grant("viewFreeBusy", true)).unwrap();
    scene.bob.ok(send()).await;
    assert_eq!(scene.bob.ok(check("viewFreeBusy")).await.body.get("allow").as_deref().map(is_true), Some(false));
    let carl = directory.create_account("carl@example.test", PASSWORD, directory::Attrs::new()).unwrap();
    assert!(!carl.id.is_empty());
    let carl = scene.world.login("carl", json).await;
    assert_eq!(carl.ok(check("viewFreeBusy")).await.body.get("allow").as_deref().map(is_true), Some(true));
    scene.alice.ok(account("GrantRightsRequest").child(ace("viewFreeBusy"))).await;
    assert_eq!(carl.ok(check("viewFreeBusy")).await.body.get("allow").as_deref().map(is_true), Some(false));
}

fn is_true(text: &str) -> bool {
    matches!(text, "1" | "true")
}

async fn strangers(json: bool) {
    let scene = scene(json, "r").await;
    scene.world.directory.create_account("carl@example.test", PASSWORD, directory::Attrs::new()).unwrap();
    let carl = scene.world.login("carl", json).await;
    let qualified = |id: &str| format!("{}:{id}", scene.id);
    assert_eq!(carl.fault(get_msg(&qualified(&scene.message))).await, "service.PERM_DENIED");
    assert_eq!(carl.fault(get_msg("00000000-dead-beef-0000-000000000000:257")).await, "service.PERM_DENIED");
    let folder = Element::new("folder").attr("l", qualified("2"));
    assert_eq!(carl.fault(mail("GetFolderRequest").unique(folder)).await, "service.PERM_DENIED");
    assert_eq!(scene.bob.fault(get_msg(&qualified(&scene.secret))).await, "service.PERM_DENIED");
    let create = |l: &str| Element::new("folder").attr("name", "x").attr("l", l);
    let refused = mail("CreateFolderRequest").unique(create(&qualified(&scene.folder)));
    assert_eq!(scene.bob.fault(refused).await, "service.PERM_DENIED");
    let refused = mail("CreateFolderRequest").unique(create(&qualified("1")));
    assert_eq!(scene.bob.fault(refused).await, "service.PERM_DENIED");
    let by = |by: &str, key: &str| carl.with(Element::new("account").attr("by", by).text(key));
    for client in [by("id", &scene.id), by("name", "alice@example.test"), by("name", "nobody@example.test")] {
        assert_eq!(client.fault(mail("GetFolderRequest")).await, "service.PERM_DENIED");
        assert_eq!(client.fault(account("GetInfoRequest")).await, "service.PERM_DENIED");
    }
}

/// The header names somebody who has given the right to send for them; who has not is asked in vain.
async fn in_anothers_name(json: bool) {
    let scene = scene(json, "r").await;
    let send = || {
        let to = Element::new("e").attr("t", "t").attr("a", "admin@example.test");
        mail("SendMsgRequest").unique(Element::new("m").child(to).content("su", "in her name"))
    };
    let visitor = as_alice(&scene);
    assert_eq!(visitor.fault(send()).await, "service.PERM_DENIED");
    assert!(scene.world.sent.lock().unwrap().is_empty());
    let give = |right: &str| {
        let ace = Element::new("ace").attr("gt", "usr").attr("d", "bob@example.test").attr("right", right);
        account("GrantRightsRequest").child(ace)
    };
    scene.alice.ok(give("sendOnBehalfOf")).await;
    let reply = visitor.ok(send()).await;
    assert_eq!(reply.first("m").get("id"), None);
    let (_, _, bytes) = scene.world.sent.lock().unwrap().remove(0);
    let summary = mime::summary(&bytes);
    assert_eq!(summary.from[0].address, "alice@example.test");
    assert_eq!(summary.sender[0].address, "bob@example.test");
    assert_eq!(scene.bob.find("in:sent").await.len(), 1);
    assert!(scene.alice.find("in:sent").await.is_empty());
    scene.alice.ok(give("sendAs")).await;
    visitor.ok(send()).await;
    let (_, _, bytes) = scene.world.sent.lock().unwrap().remove(0);
    assert!(mime::summary(&bytes).sender.is_empty());
    // nobody else's name comes with it
    let forged = Element::new("m")
        .child(Element::new("e").attr("t", "f").attr("a", "admin@example.test"))
        .child(Element::new("e").attr("t", "t").attr("a", "bob@example.test"));
    assert_eq!(visitor.fault(mail("SendMsgRequest").unique(forged)).await, "service.PERM_DENIED");
    assert_eq!(visitor.fault(mail("SendMsgRequest")).await, "service.INVALID_REQUEST");
}

/// What is answered may lie in a folder of somebody else's.
async fn answers_from_elsewhere(json: bool) {
    let scene = scene(json, "r").await;
    let draft = |id: &str| {
        let m = Element::new("m").attr("origid", format!("{}:{id}", scene.id)).attr("rt", "r");
        mail("SaveDraftRequest").unique(m.content("su", "Re: shared"))
    };
    let saved = scene.bob.ok(draft(&scene.message)).await;
    assert_eq!(saved.first("m").get("irt").as_deref(), Some("<shared@example.org>"));
    let unread = scene.bob.ok(draft(&scene.secret)).await;
    assert_eq!(unread.first("m").get("irt"), None, "as if it were gone");
    assert!(scene.alice.find("is:replied").await.is_empty());
}
