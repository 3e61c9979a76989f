// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use ph_mime::{Attachment, Draft, Mailbox, build, parts, summary};

fn mailbox(address: &str, name: &str) -> Mailbox {
    Mailbox { address: address.into(), name: (!name.is_empty()).then(|| name.into()) }
}

fn draft() -> Draft {
    Draft {
        from: Some(mailbox("jörg@exämple.test", "Jörg \"J\" Müller, Dr.")),
        to: vec![mailbox("bob@example.test", ""), mailbox("c@example.test", "山田 太郎")],
        bcc: vec![mailbox("secret@example.test", "")],
        subject: "Ünïcode subject that is long enough to be folded over more than one line, we hope 🎉".into(),
        date_ms: 1_057_049_557_000,
        message_id: "id1@example.test".into(),
        in_reply_to: Some("parent@example.test".into()),
        references: vec!["root@example.test".into(), "parent@example.test".into()],
        text: Some("Zeile eins\nZeile zwei ß\n.\nFrom here\n".into()),
        priority: 1,
        ..Draft::default()
    }
}

#[test]
fn comes_back_as_it_was_meant() {
    let draft = draft();
    let bytes = build(&draft, false);
    let s = summary(&bytes);
    assert_eq!(s.subject, draft.subject);
    assert_eq!(s.from, [draft.from.clone().unwrap()]);
    assert_eq!(s.to, draft.to);
    assert!(s.bcc.is_empty());
    assert_eq!(s.date_ms, Some(draft.date_ms));
    assert_eq!(s.message_id.as_deref(), Some("id1@example.test"));
    assert_eq!(s.references, draft.references);
    assert_eq!(s.priority, 1);
    assert_eq!(ph_mime::text(&bytes, &parts(&bytes)).trim_end(), "Zeile eins\r\nZeile zwei ß\r\n.\r\nFrom here");
    assert_eq!(summary(&build(&draft, true)).bcc, draft.bcc);
    let text = String::from_utf8_lossy(&bytes).replace("\r\n", "");
    assert!(!text.contains(['\r', '\n']), "only CRLF");
}

#[test]
fn attachments_come_back_byte_for_byte() {
    let file = |content_type: &str, content: &[u8], inline: bool| Attachment {
        content_type: content_type.into(),
        filename: Some("Ümlaut \"x\".bin".into()),
        content: content.to_vec(),
        content_id: inline.then(|| "<pic@x>".into()),
        inline,
    };
    let all: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let mut draft = draft();
    draft.html = Some("<p>hi <img src=\"cid:pic@x\"></p>".into());
    let inner = b"Subject: inner\r\n\r\nbody\r\n";
    draft.attachments = vec![
        file("image/png", &all, true),
        file("text/plain; charset=x", b"lone\nlf\rcr and \xff", false),
        file("message/rfc822", inner, false),
        file("multipart/mixed; boundary=evil", b"--evil", false),
    ];
    let bytes = build(&draft, false);
    let root = parts(&bytes);
    let types: Vec<(&str, &str)> = root.walk().map(|p| (p.number.as_str(), p.content_type.as_str())).collect();
    let want = [
        ("", "multipart/mixed"),
        ("1", "multipart/alternative"),
        ("1.1", "text/plain"),
        ("1.2", "multipart/related"),
        ("1.2.1", "text/html"),
        ("1.2.2", "image/png"),
        ("2", "text/plain"),
        ("3", "message/rfc822"),
        ("3.1", "text/plain"),
        ("4", "application/octet-stream"),
    ];
    assert_eq!(types, want);
    let content = |n: &str| ph_mime::decoded(&bytes, root.find(n).unwrap());
    assert_eq!(content("1.2.2"), all);
    assert_eq!(content("2"), b"lone\nlf\rcr and \xff");
    assert_eq!(content("3"), inner);
    assert_eq!(content("4"), b"--evil");
    assert_eq!(root.find("1.2.2").unwrap().content_id.as_deref(), Some("<pic@x>"));
    assert_eq!(root.find("2").unwrap().filename.as_deref(), Some("Ümlaut \"x\".bin"));
}

#[test]
fn values_can_not_add_fields() {
    let mut draft = draft();
    draft.subject = "a\r\nBcc: evil@example.test\r\n\r\nbody".into();
    draft.message_id = "x>\r\nX-Evil: 1\r\n<y".into();
    draft.to = vec![mailbox("a@b>\r\nX-Evil: 2", "n\r\nX-Evil: 3")];
    draft.extra = vec![
        ("X-Mailer".into(), "Posthouse\r\nX-Evil: 4".into()),
        ("X-Evil: 5\r\nY".into(), "x".into()),
        ("Content-Type".into(), "text/evil".into()),
    ];
    let bytes = build(&draft, false);
    assert!(ph_mime::header(&bytes, "X-Evil").is_empty() && ph_mime::header(&bytes, "Bcc").is_empty());
    assert_eq!(ph_mime::header(&bytes, "X-Mailer"), ["Posthouse  X-Evil: 4"]);
    assert_eq!(parts(&bytes).content_type, "text/plain");
}
