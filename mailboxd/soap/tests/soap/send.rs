// SPDX-License-Identifier: AGPL-3.0-or-later
use crate::support::*;
use soap::element::Element;

both! { to_a_colleague refused drafts replies idempotent forged_sender attachments_of_messages own_headers }

fn m(to: &str, subject: &str) -> Element {
    let text = Element::new("mp").attr("ct", "text/plain").content("content", "the text");
    Element::new("m").child(Element::new("e").attr("t", "t").attr("a", to)).content("su", subject).child(text)
}

fn send(m: Element) -> Element {
    mail("SendMsgRequest").unique(m)
}

const BOB: &str = "bob@example.test";

async fn to_a_colleague(json: bool) {
    let world = World::new();
    let (alice, bob) = (world.login("alice", json).await, world.login("bob", json).await);
    let hidden = Element::new("e").attr("t", "b").attr("a", "alice@example.test");
    let html = Element::new("mp").attr("ct", "text/html").content("content", "<b>the text</b>");
    let reply = alice.ok(send(m(BOB, "hello").child(hidden).child(html))).await;
    let id = reply.first("m").get("id").unwrap();
    assert_eq!(alice.find("in:sent").await, [id]);
    let (sender, recipients, bytes) = world.sent.lock().unwrap().remove(0);
    assert_eq!((sender.as_str(), recipients.len()), ("alice@example.test", 2));
    let text = String::from_utf8(bytes).unwrap();
    assert!(!text.to_lowercase().contains("bcc:"), "{text}");
    assert!(text.contains("multipart/alternative") && text.contains("Subject: hello\r\n"), "{text}");
    assert_eq!(bob.find("subject:hello is:unread").await.len(), 1);
    alice.ok(send(m(BOB, "unsaved")).attr("noSave", "1")).await;
    assert!(alice.find("in:sent subject:unsaved").await.is_empty());
}

async fn refused(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let reply = alice.call(send(m("who@elsewhere.test", "x"))).await;
    assert_eq!(reply.fault().as_deref(), Some("mail.SEND_ABORTED_ADDRESS_FAILURE"));
    assert!(reply.text.contains("who@elsewhere.test") && reply.text.contains("no relay"));
    assert!(alice.find("in:sent").await.is_empty(), "nothing is left behind");
    let nobody = Element::new("m").content("su", "x");
    assert_eq!(alice.fault(send(nobody)).await, "mail.SEND_FAILURE");
    assert_eq!(alice.fault(send(m("あい", "x"))).await, "mail.SEND_ABORTED_ADDRESS_FAILURE");
    assert_eq!(alice.fault(mail("SendMsgRequest")).await, "service.INVALID_REQUEST");
}

async fn drafts(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let hidden = Element::new("e").attr("t", "b").attr("a", "admin@example.test");
    let reply = alice.ok(mail("SaveDraftRequest").unique(m(BOB, "draft").child(hidden))).await;
    let id = reply.first("m").get("id").unwrap();
    assert!(reply.first("m").get("f").unwrap().contains('d'));
    assert!(reply.first("m").named("e").any(|e| e.get("t").as_deref() == Some("b")));
    let reply = alice.ok(mail("SaveDraftRequest").unique(m(BOB, "better").attr("id", id.clone()))).await;
    assert_eq!(reply.first("m").get("id"), Some(id.clone()), "the next revision");
    assert_eq!(alice.find("in:drafts").await, [id.as_str()]);
    alice.ok(send(m(BOB, "better").attr("did", id.clone()))).await;
    assert!(alice.find("in:drafts").await.is_empty(), "sent, so it is gone");
    let saved = alice.ok(mail("SaveDraftRequest").unique(m(BOB, "as saved"))).await.first("m").get("id").unwrap();
    alice.ok(send(Element::new("m").attr("did", saved).attr("sfd", "1"))).await;
    assert_eq!(alice.find("in:sent subject:\"as saved\"").await.len(), 1);
    let empty = mail("SaveDraftRequest").unique(Element::new("m").content("su", "no recipient"));
    let saved = alice.ok(empty).await.first("m").get("id").unwrap();
    let code = alice.fault(send(Element::new("m").attr("did", saved).attr("sfd", "1"))).await;
    assert_eq!(code, "mail.SEND_FAILURE");
    let inbox = world.deliver("alice", &message("no draft", "", "text")).to_string();
    alice.ok(send(m(BOB, "x").attr("did", inbox.clone()))).await;
    assert_eq!(alice.find("in:inbox").await, [inbox], "a message that is no draft stays");
    let receipt = Element::new("e").attr("t", "n").attr("a", "alice@example.test");
    let reply = alice.ok(mail("SaveDraftRequest").unique(m(BOB, "asks").attr("f", "!").child(receipt))).await;
    let saved = reply.first("m");
    assert!(saved.get("f").unwrap().contains('!'), "what it asks for is kept");
    let asked = saved.named("e").find(|e| e.get("t").as_deref() == Some("n")).and_then(|e| e.get("a"));
    assert_eq!(asked.as_deref(), Some("alice@example.test"));
}

async fn replies(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let origin = world.deliver("alice", &message("question", "References: <older@x>\n", "text")).to_string();
    alice.ok(send(m(BOB, "Re: question").attr("origid", origin.clone()).attr("rt", "r"))).await;
    let (_, _, bytes) = world.sent.lock().unwrap().remove(0);
    let summary = mime::summary(&bytes);
    assert_eq!(summary.in_reply_to, ["question@example.org"]);
    assert_eq!(summary.references, ["older@x", "question@example.org"]);
    assert_eq!(alice.find("is:replied").await, [origin.as_str()]);
    alice.ok(send(m(BOB, "Fwd: question").attr("origid", origin.clone()).attr("rt", "w"))).await;
    assert_eq!(alice.find("is:forwarded").await, [origin]);
    // What is answered may have been deleted meanwhile.
    alice.ok(send(m(BOB, "x").attr("origid", "9999").attr("rt", "r"))).await;
    let (_, _, bytes) = world.sent.lock().unwrap().pop().unwrap();
    assert_eq!(mime::summary(&bytes).in_reply_to, [""; 0]);
}

async fn idempotent(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let request = send(m(BOB, "once")).attr("suid", "42");
    let (first, second) = tokio::join!(alice.ok(request.clone()), alice.ok(request));
    assert_eq!(first.first("m").get("id"), second.first("m").get("id"));
    assert_eq!(world.sent.lock().unwrap().len(), 1);
}

async fn forged_sender(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let from = |address: &str| Element::new("e").attr("t", "f").attr("a", address);
    assert_eq!(alice.fault(send(m(BOB, "x").child(from(BOB)))).await, "service.PERM_DENIED");
    alice.ok(send(m(BOB, "x").child(from("Alice <alice@example.test>")))).await;
    assert_eq!(world.sent.lock().unwrap().len(), 1);
}

async fn attachments_of_messages(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let body = "--b\n\nbody\n--b\nContent-Type: text/csv; name=a.csv\nContent-Disposition: attachment; filename=a.csv\n\n1;2\n--b--\n";
    let origin =
        world.deliver("alice", &message("with file", "Content-Type: multipart/mixed; boundary=b\n", body)).to_string();
    let attach = Element::new("attach")
        .child(Element::new("mp").attr("mid", origin.clone()).attr("part", "2"))
        .child(Element::new("m").attr("id", origin.clone()));
    alice.ok(send(m(BOB, "fwd").unique(attach))).await;
    let (_, _, bytes) = world.sent.lock().unwrap().remove(0);
    let tree = mime::parts(&bytes);
    let csv = tree.walk().find(|part| part.filename.as_deref() == Some("a.csv")).unwrap();
    assert_eq!(mime::decoded(&bytes, csv).trim_ascii(), b"1;2");
    assert!(tree.walk().any(|part| part.content_type == "message/rfc822"));
    let missing = Element::new("attach").child(Element::new("mp").attr("mid", origin).attr("part", "7"));
    assert_eq!(alice.fault(send(m(BOB, "x").unique(missing))).await, "mail.NO_SUCH_PART");
    let upload = Element::new("attach").attr("aid", "posthouse:none");
    assert_eq!(alice.fault(send(m(BOB, "x").unique(upload))).await, "mail.NO_SUCH_UPLOAD");
}

/// Own fields are sent, those of the message's frame never, others where the administrator allows them.
async fn own_headers(json: bool) {
    let world = World::new();
    let alice = world.login("alice", json).await;
    let with =
        |name: &str| send(m(BOB, "x").child(Element::new("header").attr("name", name).text("one\r\nBcc: all@x")));
    alice.ok(with("X-Own")).await;
    for name in ["Thread-Topic", "Bcc", "Received", ""] {
        assert_eq!(alice.fault(with(name)).await, "service.INVALID_REQUEST", "{name:?}");
    }
    let allowed = vec!["thread-topic".to_owned(), "Bcc".to_owned()];
    let allowed = directory::Attrs::from([("zimbraCustomMimeHeaderNameAllowed".to_owned(), allowed)]);
    world.directory.modify_config(allowed).unwrap();
    alice.ok(with("Thread-Topic")).await;
    assert_eq!(alice.fault(with("Bcc")).await, "service.INVALID_REQUEST");
    let sent = world.sent.lock().unwrap();
    let texts: Vec<String> = sent.iter().map(|(_, _, bytes)| String::from_utf8(bytes.clone()).unwrap()).collect();
    assert!(texts[0].contains("X-Own: one  Bcc: all@x\r\n"), "{}", texts[0]);
    assert!(texts[1].contains("Thread-Topic: one  Bcc: all@x\r\n"), "{}", texts[1]);
}
