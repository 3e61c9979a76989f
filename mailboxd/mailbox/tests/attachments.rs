// SPDX-License-Identifier: AGPL-3.0-or-later
//! What attachments say is found, after the message itself, and whatever happens between. Reads with the real extractd: build it
//! first (`cargo build -p extractd`).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails may panic")]

mod common;

use common::TestStore;
use mailbox::{ItemId, Kinds, SaveDocument, SearchParams};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Beside the directory of test programs.
fn extractd() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let program = own.ancestors().nth(2).unwrap().join("extractd");
    assert!(program.is_file(), "{} is missing: cargo build -p extractd", program.display());
    program
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../extractd/tests/fixtures").join(name)).unwrap()
}

/// A message with some files attached, encoded as 8 bit would be by binary transport.
fn mail(id: &str, files: &[(&str, &str, Vec<u8>)]) -> Vec<u8> {
    let mut out = format!(
        "From: Bob <bob@example.test>\r\nTo: alice@example.test\r\nSubject: {id}\r\nMessage-ID: <{id}>\r\nMIME-Version: 1.0\r\n\
         Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nContent-Type: multipart/mixed; boundary=\"=b\"\r\n\r\n--=b\r\n\r\nOwnwords\r\n"
    )
    .into_bytes();
    for (name, content_type, content) in files {
        let head =
            format!("--=b\r\nContent-Type: {content_type}; name={name}\r\nContent-Transfer-Encoding: binary\r\n\r\n");
        out.extend([head.as_bytes(), content, b"\r\n"].concat());
    }
    out.extend(b"--=b--\r\n");
    out
}

fn office(id: &str) -> Vec<u8> {
    let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    mail(id, &[("a.docx", docx, fixture("text.docx")), ("b.pdf", "application/pdf", fixture("text.pdf"))])
}

fn with_reader() -> TestStore {
    let mut test = TestStore::new();
    test.extractd = Some(extractd());
    test.crash();
    test
}

fn found(test: &TestStore, account: &str, query: &str) -> usize {
    let kinds = Kinds { messages: true, contacts: false, documents: true };
    let params = SearchParams { query: query.into(), kinds, limit: 100, ..SearchParams::default() };
    test.mailbox(account).search(&params).unwrap().hits.len()
}

fn settle(test: &TestStore) {
    test.store().settle().unwrap();
    test.store().settle_attachments().unwrap();
}

#[test]
fn words_of_attachments_are_found_and_no_delivery_waits_for_them() {
    let test = with_reader();
    test.deliver_one(&office("1@x"), "alice");
    assert_eq!(found(&test, "alice", "Ownwords"), 1, "at once");
    settle(&test);
    for query in [
        "Sternanis",
        "content:Quittenmarmelade",
        "\"Letzter Absatz\"",
        "Łódź",
        "quitten*",
        "Ownwords",
        "Sternanis Ownwords",
    ] {
        assert_eq!(found(&test, "alice", query), 1, "{query}");
    }
    // Words of two files, and of a file and the text, are not next to each other.
    assert_eq!(found(&test, "alice", "\"Absatz Quittenmarmelade\""), 0);
    assert_eq!(found(&test, "alice", "\"Ownwords Quittenmarmelade\""), 0);
    // A change of flags and folders leaves it found.
    let mailbox = test.mailbox("alice");
    let id = mailbox.folder_messages(ItemId::INBOX, mailbox::Uid(0)).unwrap()[0].id;
    mailbox.move_items(&[id], ItemId::SENT).unwrap();
    settle(&test);
    assert_eq!(found(&test, "alice", "in:sent Sternanis"), 1);
    mailbox.delete_items(&[id]).unwrap();
    settle(&test);
    assert_eq!(found(&test, "alice", "Sternanis"), 0);
}

#[test]
fn what_was_not_read_before_a_crash_is_read_after_it() {
    let mut test = TestStore::new();
    for n in 0..70 {
        test.deliver_one(&office(&format!("{n}@x")), "alice");
    }
    test.store().settle().unwrap();
    assert_eq!(found(&test, "alice", "Sternanis"), 0, "nobody reads");
    assert!(test.store().settle_attachments().is_err(), "and it is no secret");
    // There is a program now, and it is none: they wait.
    test.extractd = Some("/bin/false".into());
    test.crash();
    assert!(test.store().settle_attachments().is_err());
    assert!(test.store().stats().unwrap().attachments_trouble.contains("/bin/false"));
    test.extractd = Some(extractd());
    test.crash();
    // Some of it is in the index, some is not, when it is cut off again.
    while found(&test, "alice", "Sternanis") == 0 {
        std::thread::yield_now();
    }
    test.crash();
    settle(&test);
    assert_eq!(found(&test, "alice", "Sternanis"), 70);
    // Once read they are not read again.
    test.extractd = None;
    test.crash();
    settle(&test);
    assert_eq!(found(&test, "alice", "Sternanis"), 70);
    // An index that is lost is made again with them.
    test.extractd = Some(extractd());
    test.crash_after(|state| std::fs::remove_dir_all(state.join("index")).unwrap());
    settle(&test);
    assert_eq!(found(&test, "alice", "Sternanis"), 70);
}

#[test]
fn an_index_that_is_built_anew_has_them_at_once() {
    let test = with_reader();
    for n in 0..40 {
        test.deliver_one(&office(&format!("{n}@x")), "alice");
    }
    settle(&test);
    assert_eq!(test.store().reindex(&mut |_| {}).unwrap(), 1);
    assert_eq!(found(&test, "alice", "Sternanis"), 40);
}

#[test]
fn who_wants_none_read_has_none_read() {
    let test = with_reader();
    test.deliver_one(&office("1@x"), "bob");
    test.deliver_one(&office("2@x"), "alice");
    settle(&test);
    assert_eq!((found(&test, "bob", "Sternanis"), found(&test, "bob", "Ownwords")), (0, 1));
    assert_eq!(found(&test, "bob", "filename:b.pdf"), 1);
    assert_eq!(found(&test, "alice", "Sternanis"), 1);
}

#[test]
fn files_of_the_briefcase_are_read_too() {
    let test = with_reader();
    let mailbox = test.mailbox("alice");
    let save = SaveDocument {
        next_of: None,
        folder: ItemId::BRIEFCASE,
        name: Some("Ernte.xlsx".into()),
        content_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".into(),
        description: None,
        description_off: None,
        author: ("alice".into(), "alice".into()),
        flags: mailbox::Flags::default(),
        tags: Vec::new(),
        keep: 1,
    };
    mailbox.save_document(&save, &test.stage(&fixture("sheet.xlsx"))).unwrap();
    settle(&test);
    assert_eq!(found(&test, "alice", "Quittenmarmelade 9422"), 1);
}

#[test]
fn a_document_that_kills_its_reader_costs_its_own_words_only() {
    let test = with_reader();
    let slow = mail("slow", &[("a.rtf", "application/rtf", slow())]);
    test.deliver_one(&slow, "alice");
    test.deliver_one(&office("1@x"), "alice");
    test.store().settle().unwrap();
    let extractor = test.store().extractor().unwrap();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Each that starts, until one has cost a document.
            while extractor.figures().failed == 0 && !ended.load(Ordering::Relaxed) {
                for worker in extractor.workers() {
                    let _ = kill(Pid::from_raw(worker), Signal::SIGKILL);
                }
            }
        });
        // Until the work begins again it may be told that there is no worker.
        while test.store().settle_attachments().is_err() {}
        ended.store(true, Ordering::Relaxed);
    });
    assert!(extractor.figures().failed >= 1);
    assert_eq!(found(&test, "alice", "Ownwords"), 2);
    settle(&test);
    let extra = office("2@x");
    test.deliver_one(&extra, "alice");
    settle(&test);
    assert!(found(&test, "alice", "Sternanis") >= 1);
}

fn slow() -> Vec<u8> {
    format!("{{\\rtf1 {}}}", "\\u-10179?\\'e4".repeat(600_000)).into_bytes()
}

#[test]
fn broken_and_hostile_attachments_leave_their_messages_found() {
    let test = with_reader();
    let pdf = fixture("text.pdf");
    let files = [
        ("a.pdf", "application/pdf", pdf[..pdf.len() / 2].to_vec()),
        ("b.docx", "application/msword", fixture("protected.docx")),
        ("c.zip", "application/zip", b"PK\x03\x04nothing".to_vec()),
        ("d.doc", "application/msword", vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0]),
        ("e.bin", "application/octet-stream", (0..=255).cycle().take(100_000).collect()),
        ("f.docx", "application/octet-stream", fixture("text.docx")),
    ];
    test.deliver_one(&mail("1@x", &files), "alice");
    settle(&test);
    assert_eq!((found(&test, "alice", "Ownwords"), found(&test, "alice", "Sternanis")), (1, 1));
    let figures = test.store().stats().unwrap().attachments;
    assert!(figures.protected >= 1 && figures.damaged >= 2 && figures.failed == 0, "{figures:?}");
}
