// SPDX-License-Identifier: AGPL-3.0-or-later
//! Messages that are sent on, and reports that they were read.

use crate::support::*;
use directory::Attrs;
use mailbox::{Delivery, Flags, ItemId};
use soap::element::Element;

both! { redirected redirects_refused redirects_of_others read_receipt receipts_refused receipt_once receipt_failed }

const BOB: &str = "bob@example.test";

fn bounce(id: &str, to: &[(&str, &str)]) -> Element {
    let mut m = Element::new("m").attr("id", id);
    for (kind, address) in to {
        m = m.child(Element::new("e").attr("t", *kind).attr("a", *address));
    }
    mail("BounceMsgRequest").unique(m)
}

async fn redirected(json: bool) {
    let world = World::new();
    let (alice, bob) = (world.login("alice", json).await, world.login("bob", json).await);
    let text = message("go on", "X-Odd:  kept \nBcc: admin@example.test\n", "the =text=");
    let id = world.deliver("alice", &text).to_string();
    alice
        .ok(bounce(&id, &[("t", "Bob <bob@example.test>"), ("c", "admin@example.test"), ("b", "alice@example.test")]))
        .await;
    let (sender, recipients, bytes) = world.sent.lock().unwrap().remove(0);
    assert_eq!(sender, "alice@example.test");
    assert_eq!(recipients, [BOB, "admin@example.test", "alice@example.test"]);
    let whole = String::from_utf8(bytes.clone()).unwrap();
    let original = text.replace("Bcc: admin@example.test\n", "").replace('\n', "\r\n");
    assert!(whole.ends_with(&original), "unchanged: {whole}");
    let header = |name: &str| mime::header(&bytes, name);
    assert_eq!(header("Resent-From"), ["alice@example.test"]);
    assert_eq!(header("Resent-To").len(), 1);
    assert_eq!(header("Resent-Cc"), ["admin@example.test"]);
    assert!(header("Resent-Bcc").is_empty() && header("Bcc").is_empty());
    assert_eq!((header("Resent-Date").len(), header("Resent-Message-ID").len()), (1, 1));
    assert!(whole.starts_with("Resent-"), "its block is the first");
    // A second time: one block more.
    let again = bob.find("subject:\"go on\"").await.remove(0);
    bob.ok(bounce(&again, &[("t", "admin@example.test")])).await;
    let (_, _, bytes) = world.sent.lock().unwrap().remove(0);
    assert_eq!(mime::header(&bytes, "Resent-From"), ["bob@example.test", "alice@example.test"]);
}

async fn redirects_refused(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let id = world.deliver("alice", &message("stays", "", "text")).to_string();
    assert_eq!(alice.fault(bounce(&id, &[])).await, "mail.SEND_FAILURE");
    assert_eq!(alice.fault(bounce("99999", &[("t", BOB)])).await, "mail.NO_SUCH_MSG");
    assert_eq!(alice.fault(bounce("", &[("t", BOB)])).await, "service.INVALID_REQUEST");
    assert_eq!(alice.fault(bounce(&id, &[("x", BOB)])).await, "service.INVALID_REQUEST");
    assert_eq!(alice.fault(mail("BounceMsgRequest")).await, "service.INVALID_REQUEST");
    let forged = bounce(&id, &[("t", "alice@example.test"), ("f", BOB)]);
    assert_eq!(alice.fault(forged).await, "service.PERM_DENIED");
    let nowhere = bounce(&id, &[("t", BOB), ("t", "who@elsewhere.test")]);
    assert_eq!(alice.fault(nowhere).await, "mail.SEND_ABORTED_ADDRESS_FAILURE");
    let injected = bounce(&id, &[("t", "bob@example.test\r\nBcc: x@y")]);
    alice.call(injected).await;
    assert!(world.sent.lock().unwrap().iter().all(|(_, _, bytes)| mime::header(bytes, "Bcc").is_empty()));
    let many: Vec<String> = (0..1001).map(|n| format!("u{n}@example.test")).collect();
    assert_eq!(alice.fault(bounce(&id, &[("t", &many.join(","))])).await, "service.INVALID_REQUEST");
    let draft = mail("SaveDraftRequest").unique(Element::new("m").content("su", "x"));
    let draft = alice.ok(draft).await.first("m").get("id").unwrap();
    assert_eq!(alice.fault(bounce(&draft, &[("t", BOB)])).await, "service.INVALID_REQUEST");
}

/// What is shared may be sent on, but by whom it was shared with; what is not shared may not.
async fn redirects_of_others(json: bool) {
    let world = World::new();
    let (alice, bob) = (world.login("alice", json).await, world.login("bob", json).await);
    let id = format!("{}:{}", world.id("alice"), world.deliver("alice", &message("hers", "", "text")));
    assert_eq!(bob.fault(bounce(&id, &[("t", BOB)])).await, "service.PERM_DENIED");
    let grant = Element::new("grant").attr("gt", "usr").attr("d", BOB).attr("perm", "r");
    let share = Element::new("action").attr("op", "grant").attr("id", "2").unique(grant);
    alice.ok(mail("FolderActionRequest").unique(share)).await;
    bob.ok(bounce(&id, &[("t", "admin@example.test")])).await;
    let (sender, _, bytes) = world.sent.lock().unwrap().remove(0);
    assert_eq!((sender.as_str(), mime::header(&bytes, "Resent-From")), (BOB, vec!["bob@example.test".to_owned()]));
    let as_her = bounce(&id, &[("t", "admin@example.test"), ("f", "alice@example.test")]);
    assert_eq!(bob.fault(as_her).await, "service.PERM_DENIED");
}

const ASKS: &str = "Disposition-Notification-To: Bob <bob@example.test>\n";

fn deliver_from(world: &World, path: &str, text: &str) -> String {
    let mut staging = world.store.stage();
    staging.write(text.replace('\n', "\r\n").as_bytes()).unwrap();
    let delivery = Delivery {
        account: world.id("alice"),
        quota_bytes: 0,
        folder: ItemId::INBOX,
        trusts_spam_flag: false,
        flags: Flags::UNREAD,
        envelope_from: path.into(),
        envelope_to: "alice@example.test".into(),
    };
    world.store.deliver(&staging.finish().unwrap(), &[delivery]).remove(0).unwrap().to_string()
}

fn report(id: &str) -> Element {
    mail("SendDeliveryReportRequest").attr("mid", id)
}

fn prefer(world: &World, name: &str, value: &str) {
    let change = Attrs::from([(name.to_owned(), vec![value.to_owned()])]);
    world.directory.modify_account(&world.id("alice"), change).unwrap();
}

async fn flags_of(client: &Client, id: &str) -> String {
    let got = client.ok(mail("GetMsgRequest").unique(Element::new("m").attr("id", id))).await;
    got.first("m").get("f").unwrap_or_default()
}

async fn read_receipt(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let id = deliver_from(&world, BOB, &message("please confirm", ASKS, "text"));
    alice.ok(report(&id)).await;
    let (sender, recipients, bytes) = world.sent.lock().unwrap().remove(0);
    assert_eq!((sender.as_str(), recipients), ("", vec![BOB.to_owned()]), "nothing answers it");
    let text = String::from_utf8(bytes).unwrap();
    for part in [
        "report-type=\"disposition-notification\"",
        "Final-Recipient: rfc822;alice@example.test\r\n",
        "Original-Message-ID: <please-confirm@example.org>\r\n",
        "Disposition: manual-action/MDN-sent-manually; displayed\r\n",
        "Auto-Submitted: auto-replied\r\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(flags_of(&alice, &id).await.contains('n'));
    prefer(&world, "zimbraPrefMailSendReadReceipts", "always");
    let second = deliver_from(&world, BOB, &message("second", ASKS, "text"));
    alice.ok(report(&second)).await;
    let (_, _, bytes) = world.sent.lock().unwrap().remove(0);
    assert!(String::from_utf8(bytes).unwrap().contains("automatic-action/MDN-sent-automatically"));
}

async fn receipts_refused(json: bool) {
    let world = World::new();
    let (alice, bob) = (world.login("alice", json).await, world.login("bob", json).await);
    let two = format!("{ASKS}Disposition-Notification-To: x@example.test\n");
    let pair = "Disposition-Notification-To: bob@example.test, x@example.test\n".to_owned();
    let cases = [
        ("not asked", BOB, String::new()),
        ("asks twice", BOB, two),
        ("asks for two", BOB, pair),
        ("a list", BOB, format!("{ASKS}List-Id: <l.example.test>\n")),
        ("bulk", BOB, format!("{ASKS}Precedence: Bulk\n")),
        ("an option", BOB, format!("{ASKS}Disposition-Notification-Options: x=required,y\n")),
        ("null path", "", ASKS.to_owned()),
        ("null path and a forged one", "", format!("Return-Path: <bob@example.test>\n{ASKS}")),
    ];
    for (what, path, more) in cases {
        let id = deliver_from(&world, path, &message(what, &more, "text"));
        assert_eq!(alice.fault(report(&id)).await, "service.INVALID_REQUEST", "{what}");
        assert!(!flags_of(&alice, &id).await.contains('n'), "{what}");
    }
    let asked = deliver_from(&world, "ann@example.org", &message("from another", ASKS, "text"));
    prefer(&world, "zimbraPrefMailSendReadReceipts", "always");
    assert_eq!(alice.fault(report(&asked)).await, "service.INVALID_REQUEST", "nobody was asked");
    prefer(&world, "zimbraPrefMailSendReadReceipts", "never");
    assert_eq!(alice.fault(report(&asked)).await, "service.PERM_DENIED");
    prefer(&world, "zimbraPrefMailSendReadReceipts", "prompt");
    assert_eq!(alice.fault(report("4711")).await, "mail.NO_SUCH_MSG");
    assert_eq!(alice.fault(mail("SendDeliveryReportRequest")).await, "service.INVALID_REQUEST");
    // Nobody else answers for her, whatever is shared.
    let grant = Element::new("grant").attr("gt", "usr").attr("d", BOB).attr("perm", "rwidx");
    let share = Element::new("action").attr("op", "grant").attr("id", "2").unique(grant);
    alice.ok(mail("FolderActionRequest").unique(share)).await;
    let foreign = format!("{}:{asked}", world.id("alice"));
    assert_eq!(bob.fault(report(&foreign)).await, "service.PERM_DENIED");
    assert!(world.sent.lock().unwrap().is_empty());
    alice.ok(report(&asked)).await;
    assert_eq!(world.sent.lock().unwrap().len(), 1, "she was asked, and said yes");
}

async fn receipt_once(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let id = deliver_from(&world, BOB, &message("once", ASKS, "text"));
    tokio::join!(alice.ok(report(&id)), alice.ok(report(&id)), alice.ok(report(&id)));
    alice.ok(report(&id)).await;
    assert_eq!(world.sent.lock().unwrap().len(), 1);
}

async fn receipt_failed(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let asks = "Disposition-Notification-To: who@elsewhere.test\n";
    let id = deliver_from(&world, "who@elsewhere.test", &message("nowhere", asks, "text"));
    assert_eq!(alice.fault(report(&id)).await, "mail.SEND_ABORTED_ADDRESS_FAILURE");
    assert!(!flags_of(&alice, &id).await.contains('n'), "it may be tried again");
}
