// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod common;

use common::load;
use ph_mime::{Mailbox, search_text, summary};

fn mailbox(address: &str, name: Option<&str>) -> Mailbox {
    Mailbox { address: address.into(), name: name.map(str::to_string) }
}

#[test]
fn the_first_mark_of_spam_counts() {
    for (header, is_marked) in [
        ("X-Spam-Flag: YES\r\n", true),
        ("x-spam-flag:yes \r\nX-Spam-Flag: NO\r\n", true),
        ("X-Spam-Flag: NO\r\nX-Spam-Flag: YES\r\n", false),
        ("X-Spam-Flag: YES please\r\n", false),
        ("Subject: x\r\n\r\nX-Spam-Flag: YES\r\n", false),
        ("", false),
    ] {
        assert_eq!(summary(format!("{header}\r\nText").as_bytes()).is_marked_spam, is_marked, "{header:?}");
    }
}

#[test]
fn a_reply_with_attachment() {
    let s = summary(&load("alternative.eml"));
    assert_eq!(s.subject, "Re: [list] 日本");
    assert_eq!((s.subject_base.as_str(), s.is_reply), ("日本", true));
    assert_eq!(s.from, [mailbox("ann@example.test", Some("Müller, Ann"))]);
    assert_eq!(s.to, [mailbox("bob@example.test", None), mailbox("carol@example.test", Some("Carol, C."))]);
    assert_eq!(s.references, ["zero@example.test", "one@example.test"]);
    assert_eq!(s.in_reply_to, ["one@example.test"]);
    assert_eq!(s.fragment, "Grüße aus Köln");
    assert!(s.has_attachment && !s.has_invite);
    assert_eq!(s.priority, 1);
}

#[test]
fn plain() {
    let s = summary(&load("plain.eml"));
    assert_eq!(s.message_id.as_deref(), Some("plain@example.test"));
    assert_eq!(s.date_ms, Some(1_057_049_557_000));
    assert_eq!(s.fragment, "Hello Bob, this is plain.");
    assert!(!s.has_attachment && !s.is_reply);
}

#[test]
fn an_invitation_with_an_inline_picture() {
    let s = summary(&load("related-invite.eml"));
    assert_eq!(s.fragment, "Bitte kommen");
    assert!(s.has_invite && !s.has_attachment);
    assert_eq!(s.priority, 1);
}

#[test]
fn awkward_ones() {
    let s = summary(&load("nul-and-8bit.eml"));
    assert_eq!(s.subject, "café   nul");
    assert_eq!(s.fragment, "body ÿÃ( text");
    assert!(summary(&load("embedded.eml")).has_attachment);
    assert_eq!(summary(&load("embedded.eml")).fragment, "see below");
    assert_eq!(summary(&load("truncated-base64.eml")).fragment, "Hello world");
    assert_eq!(summary(&load("wrong-charset.eml")).fragment, "Grüße");
    assert_eq!(summary(&load("mbox-from.eml")).subject, "after a from line");
    assert_eq!(summary(b""), ph_mime::Summary::default());
}

#[test]
fn searchable() {
    let s = search_text(&load("alternative.eml"), 1 << 20);
    assert_eq!(s.from, "Müller, Ann ann@example.test");
    assert_eq!(s.filenames, "über.pdf");
    assert!(s.body.contains("Grüße aus Köln") && !s.body.contains("uuml"));
    assert_eq!(s.body.matches("Grüße").count(), 1, "one of the alternatives");
    assert_eq!(s.types, ["text/plain", "text/html", "application/pdf"]);
    let s = search_text(&load("embedded.eml"), 1 << 20);
    for word in ["see below", "inner text", "deep text", "innermost"] {
        assert!(s.body.contains(word), "{word}: {}", s.body);
    }
    assert_eq!(search_text(&load("plain.eml"), 5).body, "Hello");
}
