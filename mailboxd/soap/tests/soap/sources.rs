// SPDX-License-Identifier: AGPL-3.0-or-later
//! Accounts elsewhere, at Debian's Dovecot.

use crate::dovecot::{Dovecot, PASSWORD as THERE};
use crate::support::*;
use directory::Attrs;
use soap::element::Element;
use std::time::Duration;
use tokio::sync::watch;

both! { pop3 imap refused_by_servers nothing_is_told checked limits_hold strangers }

/// One that is believed, is in this machine, and that the administrator vouches for.
fn elsewhere() -> (Dovecot, World, watch::Sender<bool>) {
    let dovecot = Dovecot::start();
    let world = World::trusting(dovecot.tls.clone());
    vouch(&world, &["localhost"]);
    let (stop, stopping) = watch::channel(false);
    tokio::spawn(soap::serve_data_sources(world.state.clone(), stopping));
    (dovecot, world, stop)
}

fn vouch(world: &World, hosts: &[&str]) {
    let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
    world.directory.modify_config(Attrs::from([("posthouseDataSourceTrustedHost".into(), hosts)])).unwrap();
}

fn source(kind: &str, port: u16, security: &str) -> Element {
    Element::new(kind)
        .attr("name", "elsewhere")
        .attr("l", "2")
        .attr("isEnabled", "1")
        .attr("host", "localhost")
        .attr("port", u64::from(port))
        .attr("connectionType", security)
        .attr("username", "me")
        .attr("password", THERE)
        .attr("leaveOnServer", "1")
        .attr("pollingInterval", "0")
}

/// The same with another value of an attribute, or without it.
fn but(mut source: Element, name: &str, value: Option<&str>) -> Element {
    source.attrs.retain(|attr| attr.name != name);
    source.attr_opt(name, value)
}

async fn create(client: &Client, source: Element) -> String {
    let kind = source.name.clone();
    let reply = client.ok(mail("CreateDataSourceRequest").unique(source)).await;
    reply.first(&kind).get("id").unwrap()
}

fn by_id(request: &str, kind: &str, id: &str) -> Element {
    mail(request).unique(Element::new(kind).attr("id", id))
}

/// Asks for its mail and waits until it is there; answers whether it went well.
async fn fetch(client: &Client, kind: &str, id: &str) -> (bool, String) {
    client.ok(by_id("ImportDataRequest", kind, id)).await;
    for _ in 0..600 {
        let status = client.ok(mail("GetImportStatusRequest")).await;
        let one = status.body.named(kind).find(|one| one.get("id").as_deref() == Some(id)).unwrap();
        if !one.is_true("isRunning") {
            return (one.is_true("success"), one.get("error").unwrap_or_default());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never ended");
}

trait IsTrue {
    fn is_true(&self, name: &str) -> bool;
}

impl IsTrue for Element {
    fn is_true(&self, name: &str) -> bool {
        matches!(self.get(name).as_deref(), Some("1" | "true"))
    }
}

const WELL: (bool, String) = (true, String::new());

async fn pop3(json: bool) {
    let (dovecot, world, _running) = elsewhere();
    let alice = world.login("alice", json).await;
    for n in 1..=3 {
        dovecot.put("me", "", &format!("{n}"), "", &message(&format!("number {n}"), "", ".dots\n..and more"));
    }
    dovecot.put("me", "", "4", "", &message("refuse me", "", "text"));
    dovecot.put("me", "", "0", "", &message("long lines", "", &"word ".repeat(60_000)));
    let id = create(&alice, source("pop3", dovecot.pop3s, "ssl")).await;
    assert_eq!(fetch(&alice, "pop3", &id).await, WELL);
    let found = alice.find("in:inbox is:unread subject:number").await;
    assert_eq!(alice.find("in:inbox subject:\"long lines\"").await.len(), 1);
    assert_eq!(found.len(), 3, "those that are not refused");
    let got =
        alice.ok(mail("GetMsgRequest").unique(Element::new("m").attr("id", found[0].as_str()).attr("raw", "1"))).await;
    assert!(got.text.contains(".dots") && got.text.contains("..and more"), "{}", got.text);
    assert_eq!(fetch(&alice, "pop3", &id).await, WELL);
    assert_eq!(alice.find("in:inbox").await.len(), 4, "nothing comes twice");
    assert_eq!(dovecot.count("me", ""), 5, "it was left there");
    // Another way there, and what has come is deleted, without coming again; what was refused stays.
    let change = Element::new("pop3").attr("id", id.as_str()).attr("leaveOnServer", "0").attr("password", THERE);
    let change = change.attr("port", u64::from(dovecot.pop3)).attr("connectionType", "tls");
    alice.ok(mail("ModifyDataSourceRequest").unique(change)).await;
    dovecot.put("me", "", "5", "", &message("number 5", "", "text"));
    assert_eq!(fetch(&alice, "pop3", &id).await, WELL);
    assert_eq!((alice.find("in:inbox").await.len(), dovecot.count("me", "")), (5, 1));
    // Into a folder of its own, in the clear.
    let other = Element::new("pop3").attr("id", id.as_str()).attr("l", "4").attr("password", THERE);
    let other = other.attr("port", u64::from(dovecot.pop3)).attr("connectionType", "cleartext");
    alice.ok(mail("ModifyDataSourceRequest").unique(other)).await;
    dovecot.put("me", "", "6", "", &message("number 6", "", "text"));
    assert_eq!(fetch(&alice, "pop3", &id).await, WELL);
    assert_eq!(alice.find("in:junk subject:\"number 6\"").await.len(), 1);
    alice.ok(by_id("DeleteDataSourceRequest", "pop3", &id)).await;
    alice.ok(by_id("DeleteDataSourceRequest", "pop3", &id)).await;
    assert!(alice.ok(mail("GetDataSourcesRequest")).await.body.first("pop3").is_none());
    assert_eq!(alice.find("in:inbox").await.len(), 5, "its mail stays");
}

async fn imap(json: bool) {
    let (dovecot, world, _running) = elsewhere();
    let alice = world.login("alice", json).await;
    let folder = mail("CreateFolderRequest").unique(Element::new("folder").attr("name", "There").attr("l", "1"));
    let folder = alice.ok(folder).await.first("folder").get("id").unwrap();
    dovecot.put("me", "", "1", "S", &message("seen", "", "text"));
    dovecot.put("me", "", "2", "F", &message("flagged", "", "text"));
    dovecot.put("me", "", "3", "T", &message("deleted", "", "text"));
    dovecot.put("me", ".Work.K&APY-ln", "1", "", &message("deep", "", "text with {5}\n)"));
    let id = create(&alice, but(source("imap", dovecot.imap, "tls"), "l", Some(&folder))).await;
    assert_eq!(fetch(&alice, "imap", &id).await, WELL);
    assert_eq!(alice.find("under:There").await.len(), 3);
    assert_eq!(alice.find("in:There/INBOX is:read").await.len(), 1);
    assert_eq!(alice.find("in:There/INBOX is:flagged is:unread").await.len(), 1);
    assert_eq!(alice.find("in:\"There/Work/K\u{f6}ln\" subject:deep").await.len(), 1);
    dovecot.put("me", "", "4", "", &message("new", "", "text"));
    assert_eq!(fetch(&alice, "imap", &id).await, WELL);
    assert_eq!(alice.find("under:There").await.len(), 4, "only what is new");
    dovecot.renumber("me", "");
    dovecot.put("me", "", "5", "", &message("newer", "", "text"));
    assert_eq!(fetch(&alice, "imap", &id).await, WELL);
    assert_eq!(alice.find("under:There").await.len(), 5, "numbered anew, but the same");
    assert_eq!(dovecot.count("me", ""), 5, "nothing changed over there");
}

async fn refused_by_servers(json: bool) {
    let (dovecot, world, _running) = elsewhere();
    let alice = world.login("alice", json).await;
    let try_out = async |source: Element| {
        let kind = source.name.clone();
        let reply = alice.ok(mail("TestDataSourceRequest").unique(source)).await;
        let shown = reply.first(&kind);
        (shown.get("success").unwrap(), shown.get("error").unwrap_or_default())
    };
    let fine = ("1".to_owned(), String::new());
    for (kind, port, security) in [
        ("pop3", dovecot.pop3s, "ssl"),
        ("pop3", dovecot.pop3, "tls"),
        ("pop3", dovecot.pop3, "cleartext"),
        ("imap", dovecot.imaps, "ssl"),
        ("imap", dovecot.imap, "tls_if_available"),
        ("imap", dovecot.imap, "cleartext"),
    ] {
        assert_eq!(try_out(source(kind, port, security)).await, fine, "{kind} {security}");
        let (success, error) = try_out(but(source(kind, port, security), "password", Some("wrong"))).await;
        assert!(success == "0" && error.starts_with("login failed"), "{error}");
    }
    let (success, error) = try_out(but(source("imap", dovecot.imaps, "ssl"), "host", Some("127.0.0.1"))).await;
    assert!(success == "0" && error.contains("not allowed"), "nobody vouches for this name of it: {error}");
    vouch(&world, &["127.0.0.1"]);
    let (_, error) = try_out(but(source("imap", dovecot.imaps, "ssl"), "host", Some("127.0.0.1"))).await;
    assert!(error.contains("no secure connection"), "the certificate is of another name: {error}");
    let (_, error) = try_out(source("imap", dovecot.imaps, "ssl")).await;
    assert!(error.contains("not allowed"), "{error}");
    vouch(&world, &["localhost"]);
    // A certificate that nobody knows.
    let other = World::new();
    vouch(&other, &["localhost"]);
    let bob = other.login("bob", json).await;
    let reply = bob.ok(mail("TestDataSourceRequest").unique(source("pop3", dovecot.pop3, "tls"))).await;
    assert!(reply.first("pop3").get("error").unwrap().contains("no secure connection"), "{}", reply.text);
    // Stored, and it fails then: the owner sees why.
    let id = create(&alice, but(source("imap", dovecot.imaps, "ssl"), "password", Some("wrong"))).await;
    let (success, error) = fetch(&alice, "imap", &id).await;
    assert!(!success && error.starts_with("login failed"), "{error}");
    let shown = alice.ok(mail("GetDataSourcesRequest")).await;
    assert!(shown.first("imap").get("lastError").unwrap().starts_with("login failed"));
    assert!(shown.first("imap").get("failingSince").is_some());
}

async fn nothing_is_told(json: bool) {
    let (dovecot, world, _running) = elsewhere();
    let alice = world.login("alice", json).await;
    let id = create(&alice, source("imap", dovecot.imaps, "ssl")).await;
    let info = alice.ok(account("GetInfoRequest").attr("sections", "dsrcs")).await;
    let shown = alice.ok(mail("GetDataSourcesRequest")).await;
    for text in [&info.text, &shown.text] {
        assert!(text.contains("elsewhere") && !text.contains(THERE) && !text.contains("password"), "{text}");
    }
    let notes = world.store.sources(&world.id("alice")).unwrap();
    let kept = notes.iter().find(|(known, _)| *known == id).map(|(_, note)| String::from_utf8_lossy(note).into_owned());
    assert!(!kept.unwrap().contains(THERE), "sealed");
    // Whoever has her session, but not the password, does not get it sent to where it can be read.
    for (name, value) in
        [("host", "evil.example.org"), ("port", "1"), ("connectionType", "cleartext"), ("username", "x")]
    {
        for request in ["ModifyDataSourceRequest", "TestDataSourceRequest"] {
            let change = Element::new("imap").attr("id", id.as_str()).attr(name, value);
            assert_eq!(alice.fault(mail(request).unique(change)).await, "service.INVALID_REQUEST", "{request} {name}");
        }
    }
    let stored = alice.ok(by_id("TestDataSourceRequest", "imap", &id)).await;
    assert_eq!(stored.first("imap").get("success").as_deref(), Some("1"), "what is stored works: {}", stored.text);
    let renamed = Element::new("imap").attr("id", id.as_str()).attr("name", "renamed");
    alice.ok(mail("ModifyDataSourceRequest").unique(renamed)).await;
    assert_eq!(fetch(&alice, "imap", &id).await, WELL, "the password stays");
}

async fn checked(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let fine = || source("pop3", 110, "tls");
    let refused = async |source: Element| alice.fault(mail("CreateDataSourceRequest").unique(source)).await;
    for name in ["name", "l", "isEnabled", "host", "connectionType", "username", "password"] {
        assert_eq!(refused(but(fine(), name, None)).await, "service.INVALID_REQUEST", "{name}");
    }
    for (name, value) in [
        ("port", "0"),
        ("port", "70000"),
        ("port", "x"),
        ("host", "a b"),
        ("host", "http://x/"),
        ("host", "x\r\ny"),
        ("connectionType", "none"),
        ("isEnabled", "maybe"),
        ("pollingInterval", "often"),
        ("pollingInterval", "1s"),
        ("password", "x\r\nDELE 1"),
        ("username", "x\r\ny"),
        ("l", "x"),
    ] {
        assert_eq!(refused(but(fine(), name, Some(value))).await, "service.INVALID_REQUEST", "{name} {value}");
    }
    assert_eq!(refused(but(fine(), "l", Some("4711"))).await, "mail.NO_SUCH_FOLDER");
    assert_eq!(refused(Element::new("caldav").attr("name", "x")).await, "service.INVALID_REQUEST");
    assert_eq!(refused(but(fine(), "host", Some(&"h".repeat(300)))).await, "service.INVALID_REQUEST");
    assert!(alice.ok(mail("GetDataSourcesRequest")).await.body.first("pop3").is_none());
    for request in ["ModifyDataSourceRequest", "ImportDataRequest", "TestDataSourceRequest"] {
        assert_eq!(alice.fault(by_id(request, "pop3", "none")).await, "account.NO_SUCH_DATA_SOURCE", "{request}");
        assert_eq!(alice.fault(mail(request)).await, "service.INVALID_REQUEST", "{request}");
    }
    assert_eq!(alice.fault(mail("DeleteDataSourceRequest")).await, "service.INVALID_REQUEST");
}

async fn limits_hold(json: bool) {
    let world = World::new();
    let change = |name: &str, value: &str| {
        let attrs = Attrs::from([(name.to_owned(), vec![value.to_owned()])]);
        world.directory.modify_account(&world.id("alice"), attrs).unwrap();
    };
    let alice = world.login("alice", json).await;
    let named = |name: &str| but(source("pop3", 110, "tls"), "name", Some(name));
    create(&alice, named("one")).await;
    let again = mail("CreateDataSourceRequest").unique(named("ONE"));
    assert_eq!(alice.fault(again).await, "account.DATA_SOURCE_EXISTS");
    change("zimbraDataSourceMaxNumEntries", "2");
    let two = create(&alice, named("two")).await;
    let third = || mail("CreateDataSourceRequest").unique(named("three"));
    assert_eq!(alice.fault(third()).await, "account.TOO_MANY_DATA_SOURCES");
    alice.ok(by_id("DeleteDataSourceRequest", "pop3", &two)).await;
    change("zimbraDataSourceMinPollingInterval", "1h");
    let often = but(named("three"), "pollingInterval", Some("30m"));
    assert_eq!(alice.fault(mail("CreateDataSourceRequest").unique(often)).await, "service.INVALID_REQUEST");
    change("zimbraFeaturePop3DataSourceEnabled", "FALSE");
    assert_eq!(alice.fault(third()).await, "service.PERM_DENIED");
}

async fn strangers(json: bool) {
    let world = World::new();
    let (alice, bob) = (world.login("alice", json).await, world.login("bob", json).await);
    let id = create(&alice, source("pop3", 110, "tls")).await;
    let grant = Element::new("grant").attr("gt", "usr").attr("d", "bob@example.test").attr("perm", "rwidxa");
    let share = Element::new("action").attr("op", "grant").attr("id", "2").unique(grant);
    alice.ok(mail("FolderActionRequest").unique(share)).await;
    let as_alice = bob.with(Element::new("account").attr("by", "name").text("alice@example.test"));
    for request in ["ModifyDataSourceRequest", "DeleteDataSourceRequest", "TestDataSourceRequest", "ImportDataRequest"]
    {
        assert_eq!(as_alice.fault(by_id(request, "pop3", &id)).await, "service.PERM_DENIED", "{request}");
    }
    for request in ["GetDataSourcesRequest", "GetImportStatusRequest"] {
        assert_eq!(as_alice.fault(mail(request)).await, "service.PERM_DENIED", "{request}");
    }
    let new = mail("CreateDataSourceRequest").unique(source("pop3", 110, "tls"));
    assert_eq!(as_alice.fault(new).await, "service.PERM_DENIED");
    assert_eq!(bob.fault(by_id("ImportDataRequest", "pop3", &id)).await, "account.NO_SUCH_DATA_SOURCE", "it is hers");
    assert!(alice.ok(mail("GetDataSourcesRequest")).await.body.first("pop3").is_some());
}
