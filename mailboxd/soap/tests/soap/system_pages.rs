// SPDX-License-Identifier: AGPL-3.0-or-later
//! Queue, quarantine, backups, logs, statistics: what is asked of the supervisor and of the daemon. Neither is here: what is refused is
//! refused before they are asked, and what they would have to answer is put off. (With both, the console's walks and the appliance's
//! tests ask.)

use crate::support::*;
use directory::Attrs;
use soap::element::Element;

both! {
    nobody_answers
    bad_input
    rights
}

const AWAY: &str = "service.TEMPORARILY_UNAVAILABLE";

fn queue(request: &str, queue: Element) -> Element {
    admin(request).unique(Element::new("server").attr("name", "mail.example.test").unique(queue))
}

fn deferred() -> Element {
    Element::new("queue").attr("name", "deferred")
}

fn act(op: &str, by: &str, ids: &str) -> Element {
    let action = Element::new("action").attr("op", op).attr("by", by).text(ids);
    queue("MailQueueActionRequest", deferred().unique(action))
}

fn withheld(op: &str, ids: &str) -> Element {
    admin("QuarantineActionRequest").unique(Element::new("action").attr("op", op).attr("ids", ids))
}

fn backup(method: &str) -> Element {
    admin("OrderBackupRequest").unique(Element::new("backup").attr("method", method))
}

async fn nobody_answers(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    root.ok(admin("GetAllServersRequest")).await;
    let domain = Element::new("domain").attr("by", "name").text("example.test");
    for request in [
        admin("GetMailQueueInfoRequest"),
        queue("GetMailQueueRequest", deferred()),
        act("hold", "id", "4Ttq3Z2xjgz9v,8B1C2D3E4F"),
        admin("MailQueueFlushRequest"),
        backup("full"),
        backup("verify"),
        admin("GetBackupsRequest"),
        admin("GetComponentLogRequest").attr("component", "mailboxd"),
        admin("GetDomainDnsRequest").child(domain),
        admin("GetLoggerStatsRequest").unique(Element::new("stats").attr("name", "mail")),
    ] {
        assert_eq!(root.fault(request.clone()).await, AWAY, "{request:?}");
    }
    // Nothing is withheld where no scanner is; and there is no audit log yet.
    let none = root.ok(admin("GetQuarantineRequest")).await;
    assert_eq!(none.body.flag("exists").unwrap(), Some(false));
    let lines = root.ok(admin("GetAuditLogRequest").attr("query", "login")).await;
    assert_eq!((lines.body.flag("more").unwrap(), lines.body.named("line").count()), (Some(false), 0));
}

async fn bad_input(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    root.ok(admin("GetAllServersRequest")).await;
    let odd = Element::new("field").attr("name", "body").child(Element::new("match").attr("value", "x"));
    let times = |from: &str, to: &str| {
        let time = |name: &str, value: &str| Element::new(name).attr("time", value);
        admin("GetLoggerStatsRequest").unique(time("startTime", from)).unique(time("endTime", to))
    };
    for request in [
        admin("GetMailQueueRequest"),
        queue("GetMailQueueRequest", Element::new("queue")),
        queue("GetMailQueueRequest", Element::new("queue").attr("name", "../deferred")),
        queue("GetMailQueueRequest", deferred().unique(Element::new("query").child(odd))),
        queue("GetMailQueueRequest", deferred().unique(Element::new("query").attr("limit", "-1"))),
        act("explode", "id", "8B1C2D3E4F"),
        act("delete", "name", "8B1C2D3E4F"),
        act("delete", "id", "8B1C2D3E4F,-d"),
        act("delete", "id", "8B1C2D3E4F\nALL"),
        act("delete", "query", ""),
        withheld("release", "one"),
        withheld("release", ""),
        withheld("look", "1"),
        admin("GetQuarantineMessageRequest"),
        backup(""),
        backup("incremental"),
        admin("OrderBackupRequest"),
        times("9", "8"),
        times("x", "8"),
        admin("GetAuditLogRequest").attr("limit", "many"),
        admin("GetDomainDnsRequest"),
    ] {
        assert_eq!(root.fault(request.clone()).await, "service.INVALID_REQUEST", "{request:?}");
    }
}

/// Who manages the queue may let go what was withheld, and read none of it.
async fn rights(json: bool) {
    let world = World::new();
    let set = |name: &str, value: &str| Attrs::from([(name.to_owned(), vec![value.to_owned()])]);
    let directory = &world.directory;
    directory.create_account("helper@example.test", PASSWORD, set("zimbraIsDelegatedAdminAccount", "TRUE")).unwrap();
    directory.create_account("held@example.test", PASSWORD, Attrs::new()).unwrap();
    let root = world.login_admin(json).await;
    root.ok(admin("GetAllServersRequest")).await;
    let mut helper = world.login_admin(json).await;
    helper.token = None;
    let auth = admin("AuthRequest").content("name", "helper@example.test").content("password", PASSWORD);
    helper.token = Some(token_of(&helper.ok(auth).await));
    let account = Element::new("a").attr("n", "zimbraAmavisQuarantineAccount").text("held@example.test");
    root.ok(admin("ModifyConfigRequest").child(account)).await;
    let look = || admin("GetQuarantineMessageRequest").attr("id", 257);
    let elsewhere = || {
        let action = Element::new("action").attr("op", "release").attr("ids", "257").attr("to", "helper@example.test");
        admin("QuarantineActionRequest").unique(action)
    };
    let all = [
        admin("GetMailQueueInfoRequest"),
        queue("GetMailQueueRequest", deferred()),
        act("delete", "id", "8B1C2D3E4F"),
        admin("MailQueueFlushRequest"),
        admin("GetQuarantineRequest"),
        withheld("release", "257"),
        withheld("delete", "257"),
    ];
    for request in all.iter().cloned().chain([look(), elsewhere(), backup("full"), admin("GetBackupsRequest")]) {
        assert_eq!(helper.fault(request.clone()).await, "service.PERM_DENIED", "{request:?}");
    }
    let grant = async |kind: &str, name: &str, right: &str| {
        let target = Element::new("target").attr("type", kind).attr("by", "name").text(name);
        let grantee = Element::new("grantee").attr("type", "usr").attr("by", "name").text("helper@example.test");
        let right = Element::new("right").text(right);
        root.ok(admin("GrantRightRequest").unique(target).unique(grantee).unique(right)).await;
    };
    grant("server", "mail.example.test", "manageMailQueue").await;
    for request in all {
        assert_eq!(helper.fault(request.clone()).await, AWAY, "{request:?}");
    }
    for request in [look(), elsewhere(), backup("full")] {
        assert_eq!(helper.fault(request.clone()).await, "service.PERM_DENIED", "{request:?}");
    }
    grant("account", "held@example.test", "adminLoginAs").await;
    assert_eq!((helper.fault(look()).await, helper.fault(elsewhere()).await), (AWAY.to_owned(), AWAY.to_owned()));
    grant("server", "mail.example.test", "configureBackup").await;
    assert_eq!(helper.fault(backup("full")).await, AWAY);
    // Logs tell of everybody.
    for request in ["GetAuditLogRequest", "GetComponentLogRequest"] {
        assert_eq!(helper.fault(admin(request)).await, "service.PERM_DENIED");
    }
    assert_eq!(helper.fault(admin("GetLoggerStatsRequest")).await, "service.PERM_DENIED");
}
