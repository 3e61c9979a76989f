// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use ph_demo::{DemoMessage, Profile, USERS, corpus, corpus_id, corpus_needle, mailboxes, mailboxes_at, tags};

fn all() -> Vec<(String, DemoMessage)> {
    mailboxes().into_iter().flat_map(|(user, list)| list.into_iter().map(move |m| (user.clone(), m))).collect()
}

fn find(user: &str, subject: &str) -> DemoMessage {
    let found = all().into_iter().find(|(u, m)| u == user && mime::summary(&m.bytes).subject == subject);
    found.unwrap_or_else(|| panic!("{user} has no {subject:?}")).1
}

#[test]
fn the_same_every_time() {
    assert_eq!(mailboxes(), mailboxes());
    assert_eq!(mailboxes_at(0)[0].1.len(), mailboxes()[0].1.len());
}

#[test]
fn everybody_has_varied_mail() {
    let boxes = mailboxes();
    assert_eq!(boxes.iter().map(|(user, _)| user.as_str()).collect::<Vec<_>>(), USERS);
    for (user, list) in &boxes {
        assert!(list.len() >= 15, "{user}: {}", list.len());
        assert!(list.iter().any(|m| m.flags.unread) && list.iter().any(|m| !m.flags.unread), "{user}");
        assert!(list.iter().any(|m| m.folder == "/Sent") && list.iter().any(|m| m.folder == "/Inbox"), "{user}");
        assert!(list.is_sorted_by_key(|m| m.date_ms));
        for message in list {
            assert!(message.tags.iter().all(|t| tags().iter().any(|known| known.name == t)));
        }
    }
}

#[test]
fn every_message_is_sound() {
    for (user, message) in all() {
        let text = String::from_utf8_lossy(&message.bytes);
        let s = mime::summary(&message.bytes);
        assert!(!s.subject.is_empty() && !s.fragment.is_empty() && s.message_id.is_some(), "{user}: {text}");
        assert_eq!(s.date_ms.map(|ms| ms / 1000), Some(message.date_ms / 1000));
        assert!(!s.from.is_empty() && !s.to.is_empty());
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "only CRLF: {text}");
        assert!(message.bytes.split(|b| *b == b'\n').all(|l| l.len() <= 999), "{text}");
        assert!(!s.fragment.contains('\u{fffd}'), "{}", s.fragment);
    }
}

#[test]
fn threads_hang_together() {
    let ids: Vec<String> = all().iter().filter_map(|(_, m)| mime::summary(&m.bytes).message_id).collect();
    let mut answers = 0;
    for (_, message) in all() {
        for id in mime::summary(&message.bytes).references {
            assert!(ids.contains(&id), "{id} is nowhere");
            answers += 1;
        }
    }
    assert!(answers > 20);
}

#[test]
fn what_the_brief_names_is_there() {
    let summary = |user, subject| mime::summary(&find(user, subject).bytes);
    assert!(summary("alice", "Angebot: Türschließer (größere Stückzahl)").has_attachment);
    assert_eq!(
        summary("alice", "Angebot: Türschließer (größere Stückzahl)").from[0].name.as_deref(),
        Some("Jürgen Müller-Lüdenscheidt")
    );
    assert_eq!(
        summary("bob", "Grüße aus Köln").fragment,
        "Schönen Gruß aus Köln! Der alte Rechner läuft noch, nur der Drucker müsste grüßen. Onkel Günter"
    );
    assert_eq!(summary("dave", "Привет из Твери").fragment, "Привет! Как дела?");
    assert!(summary("bob", "来月の東京出張について").fragment.starts_with("ボブさん お元気ですか"));
    assert!(summary("dave", "Review of the relaunch").has_invite);
    assert_eq!(summary("alice", "Relaunch: certificate!").priority, 1);
    let plan = find("alice", "Relaunch: the plan").bytes;
    let pdf = mime::parts(&plan);
    assert!(mime::decoded(&plan, pdf.find("2").unwrap()).starts_with(b"%PDF-1.4"));
    let drafts = find("bob", "Relaunch: start page drafts").bytes;
    let types: Vec<String> = mime::parts(&drafts).walk().map(|p| p.content_type.clone()).collect();
    assert_eq!(
        types,
        ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png", "image/png"]
    );
    let forward = find("dave", "Fwd: Will the old links still work?").bytes;
    assert!(mime::parts(&forward).walk().any(|p| p.content_type == "message/rfc822"));
    let news = find("carol", "🌷 Tulips: 3 for 2 until Sunday").bytes;
    let html = mime::text(&news, mime::parts(&news).find("2").unwrap());
    let none = |_: &str| None;
    let (clean, remote) = mime::sanitize_html(&html, &mime::SanitizeOptions { cid_url: &none, remote_images: false });
    assert!(remote && !clean.contains(" src="), "{clean}");
}

#[test]
fn the_corpus_is_endless_and_repeatable() {
    for n in 0..300 {
        let message = corpus(Profile::Small, 7, n);
        assert_eq!(message, corpus(Profile::Small, 7, n));
        assert!((4000..40_000).contains(&message.len()), "{n}: {}", message.len());
        let s = mime::summary(&message);
        assert_eq!(s.message_id, Some(corpus_id(7, n)));
        assert!(s.fragment.contains(&corpus_needle(7, n)), "{}", s.fragment);
        assert!(
            s.date_ms.is_some() && s.from.len() == 1 && s.to.len() == 1,
            "{}",
            String::from_utf8_lossy(&message[..800])
        );
    }
    assert_ne!(corpus(Profile::Small, 1, 5), corpus(Profile::Small, 2, 5));
    let sizes: Vec<usize> = (0..200).map(|n| corpus(Profile::Mix, 1, n).len()).collect();
    let share = |low: usize, high: usize| sizes.iter().filter(|s| (low..high).contains(*s)).count();
    assert!(share(0, 40_000) > 100 && share(40_000, 300_000) > 20 && share(900_000, 5_000_000) > 2, "{sizes:?}");
}
