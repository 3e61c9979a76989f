// SPDX-License-Identifier: AGPL-3.0-or-later
//! Drafts that the server sends at a time of their own.

use crate::support::*;
use directory::Attrs;
use soap::element::Element;
use std::time::Duration;
use tokio::sync::watch;

both! { sent_at_its_time missed changed_and_cancelled failures forged switched_off strangers bad_times }

const BOB: &str = "bob@example.test";
const HOUR_MS: i64 = 3_600_000;

fn m(to: &str, subject: &str, at_ms: i64) -> Element {
    let text = Element::new("mp").attr("ct", "text/plain").content("content", "the text");
    let to = Element::new("e").attr("t", "t").attr("a", to);
    Element::new("m").attr("autoSendTime", at_ms).child(to).content("su", subject).child(text)
}

fn save(m: Element) -> Element {
    mail("SaveDraftRequest").unique(m)
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// Until the test ends.
fn start(world: &World) -> watch::Sender<bool> {
    let (stop, stopping) = watch::channel(false);
    tokio::spawn(soap::serve_schedule(world.state.clone(), stopping));
    stop
}

async fn until_found(client: &Client, query: &str) -> Vec<String> {
    for _ in 0..200 {
        let found = client.find(query).await;
        if !found.is_empty() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing found by {query}");
}

/// It is sent, and all that follows is done: the copy in Sent comes before.
async fn until_drafts_are_gone(client: &Client) {
    for _ in 0..200 {
        if client.find("in:drafts").await.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("there is still a draft");
}

async fn sent_at_its_time(json: bool) {
    let world = World::new();
    let _running = start(&world);
    let (alice, bob) = (world.login("alice", json).await, world.login("bob", json).await);
    let hidden = Element::new("e").attr("t", "b").attr("a", "admin@example.test");
    let at_ms = now_ms() + 3_000;
    let saved = alice.ok(save(m(BOB, "later", at_ms).child(hidden))).await;
    let id = saved.first("m").get("id").unwrap();
    assert_eq!(saved.first("m").get("autoSendTime"), Some(at_ms.to_string()));
    let got = alice.ok(mail("GetMsgRequest").unique(Element::new("m").attr("id", id.as_str()))).await;
    assert_eq!(got.first("m").get("autoSendTime"), Some(at_ms.to_string()));
    let hits = alice.ok(mail("SearchRequest").attr("types", "message").content("query", "in:drafts")).await;
    assert_eq!(hits.first("m").get("autoSendTime"), Some(at_ms.to_string()));
    assert!(world.sent.lock().unwrap().is_empty(), "not before its time");
    until_found(&bob, "subject:later is:unread").await;
    assert!(now_ms() >= at_ms);
    until_found(&alice, "in:sent subject:later").await;
    until_drafts_are_gone(&alice).await;
    let (sender, recipients, bytes) = world.sent.lock().unwrap().remove(0);
    assert_eq!((sender.as_str(), recipients.len()), ("alice@example.test", 2));
    let text = String::from_utf8(bytes).unwrap();
    assert!(!text.to_lowercase().contains("bcc:") && text.to_lowercase().matches("\r\ndate:").count() == 0, "{text}");
    assert!(mime::summary(text.as_bytes()).date_ms.unwrap() >= at_ms / 1000 * 1000, "dated when it left: {text}");
}

/// Scheduled, and the server was down at that time.
async fn missed(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    alice.ok(save(m(BOB, "missed", now_ms() - HOUR_MS))).await;
    let running = start(&world);
    until_drafts_are_gone(&alice).await;
    assert_eq!(alice.find("in:sent subject:missed").await.len(), 1);
    running.send_replace(true);
    // the next start finds nothing to do
    let _running = start(&world);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(world.sent.lock().unwrap().len(), 1);
}

async fn changed_and_cancelled(json: bool) {
    let world = World::new();
    let _running = start(&world);
    let alice = world.login("alice", json).await;
    let at_ms = now_ms() + 4_000;
    let first = alice.ok(save(m(BOB, "postponed", at_ms))).await.first("m").get("id").unwrap();
    let second = alice.ok(save(m(BOB, "cancelled", at_ms))).await.first("m").get("id").unwrap();
    let third = alice.ok(save(m(BOB, "sent by hand", at_ms))).await.first("m").get("id").unwrap();
    let again = alice.ok(save(m(BOB, "postponed", at_ms + HOUR_MS).attr("id", first.as_str()))).await;
    assert_eq!(again.first("m").get("autoSendTime"), Some((at_ms + HOUR_MS).to_string()));
    let again = alice.ok(save(m(BOB, "cancelled", 0).attr("id", second.as_str()))).await;
    assert_eq!(again.first("m").get("autoSendTime"), None);
    let by_hand = Element::new("m").attr("did", third).attr("sfd", "1");
    alice.ok(mail("SendMsgRequest").unique(by_hand)).await;
    assert!(now_ms() < at_ms, "this machine is too slow for this test");
    tokio::time::sleep(Duration::from_millis(4_500)).await;
    assert_eq!(world.sent.lock().unwrap().len(), 1, "by hand");
    assert_eq!(alice.find("in:drafts").await.len(), 2);
}

async fn failures(json: bool) {
    let world = World::new();
    let _running = start(&world);
    let alice = world.login("alice", json).await;
    let id = alice.ok(save(m("who@elsewhere.test", "nowhere", now_ms()))).await.first("m").get("id").unwrap();
    let told = until_found(&alice, "in:inbox subject:\"not sent\" is:unread").await;
    let got = alice.ok(mail("GetMsgRequest").unique(Element::new("m").attr("id", told[0].as_str()))).await;
    assert!(got.text.contains("who@elsewhere.test") && got.text.contains("nowhere"), "{}", got.text);
    assert_eq!(alice.find("in:drafts").await, [id.as_str()]);
    assert!(alice.find("in:sent").await.is_empty(), "no copy of what went to nobody");
    let got = alice.ok(mail("GetMsgRequest").unique(Element::new("m").attr("id", id))).await;
    assert_eq!(got.first("m").get("autoSendTime"), None);
    // without a recipient
    let empty = Element::new("m").attr("autoSendTime", now_ms()).content("su", "to nobody");
    alice.ok(save(empty)).await;
    until_found(&alice, "in:inbox subject:\"to nobody\"").await;
}

/// Who may not send as somebody may not do so later either.
async fn forged(json: bool) {
    let world = World::new();
    let _running = start(&world);
    let alice = world.login("alice", json).await;
    let from = Element::new("e").attr("t", "f").attr("a", BOB);
    alice.ok(save(m(BOB, "forged", now_ms()).child(from))).await;
    until_found(&alice, "in:inbox subject:\"not sent\"").await;
    assert!(world.sent.lock().unwrap().is_empty());
}

async fn switched_off(json: bool) {
    let world = World::new();
    let off = Attrs::from([("zimbraFeatureMailSendLaterEnabled".into(), vec!["FALSE".into()])]);
    world.directory.modify_account(&world.id("alice"), off).unwrap();
    let alice = world.login("alice", json).await;
    assert_eq!(alice.fault(save(m(BOB, "x", now_ms()))).await, "service.PERM_DENIED");
    alice.ok(save(m(BOB, "x", 0))).await;
}

async fn strangers(json: bool) {
    let world = World::new();
    let (alice, bob) = (world.login("alice", json).await, world.login("bob", json).await);
    let grant = Element::new("grant").attr("gt", "usr").attr("d", BOB).attr("perm", "rwid");
    let share = Element::new("action").attr("op", "grant").attr("id", "6").unique(grant);
    alice.ok(mail("FolderActionRequest").unique(share)).await;
    let id = alice.ok(save(m(BOB, "hers", now_ms() + HOUR_MS))).await.first("m").get("id").unwrap();
    let as_alice = bob.with(Element::new("account").attr("by", "name").text("alice@example.test"));
    assert_eq!(as_alice.fault(save(m(BOB, "x", now_ms()))).await, "service.PERM_DENIED");
    assert_eq!(as_alice.fault(save(m(BOB, "x", 0).attr("id", id.as_str()))).await, "service.PERM_DENIED");
    let got = alice.ok(mail("GetMsgRequest").unique(Element::new("m").attr("id", id))).await;
    assert!(got.first("m").get("autoSendTime").is_some(), "nobody took it back");
}

async fn bad_times(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    for time in ["-1", "tomorrow", "9223372036854775808", "1e9", ""] {
        let wanted = Element::new("m").attr("autoSendTime", time).content("su", "x");
        assert_eq!(alice.fault(save(wanted)).await, "service.INVALID_REQUEST", "{time}");
    }
    assert!(alice.find("in:drafts").await.is_empty());
    let _running = start(&world);
    let far = alice.ok(save(m(BOB, "far", i64::MAX))).await;
    assert_eq!(far.first("m").get("autoSendTime"), Some(i64::MAX.to_string()));
}
