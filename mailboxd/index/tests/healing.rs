// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a restart, a damaged file or a thousand mailboxes do to indexes.
#![expect(clippy::unwrap_used, reason = "a test")]

use ids::{ItemId, MailboxId, ModSeq};
use ph_index::{Document, Field, Indexes, Term};
use std::path::{Path, PathBuf};
use std::time::Duration;

const MAILBOX: MailboxId = MailboxId(7);

fn document(body: &str) -> Document {
    Document { body: body.to_owned(), ..Document::default() }
}

fn find(indexes: &Indexes, mailbox: MailboxId, text: &str) -> Vec<ItemId> {
    let term = Term { fields: vec![Field::Content], text: text.to_owned(), prefix: false };
    let mut found = indexes.search(mailbox, &term).unwrap();
    found.sort();
    found
}

/// An index of three commits, closed.
fn filled(dir: &Path) {
    let indexes = Indexes::open(dir, 2).unwrap();
    for n in 1..=3 {
        indexes.apply(MAILBOX, vec![(ItemId(n), document("apple pear"))], &[], ModSeq(u64::from(n) * 10)).unwrap();
    }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(dir.join("7")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| !file.ends_with(".tantivy-writer.lock") && !file.ends_with(".tantivy-meta.lock"));
    files.sort();
    files
}

/// A crash between a commit's files and the file that names them.
#[test]
fn a_commit_that_was_cut_off_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let both = [1, 2].map(|n| (ItemId(n), document("apple"))).to_vec();
    Indexes::open(dir.path(), 2).unwrap().apply(MAILBOX, both, &[], ModSeq(10)).unwrap();
    let meta = dir.path().join("7/meta.json");
    let before = std::fs::read(&meta).unwrap();
    for _ in 0..3 {
        let indexes = Indexes::open(dir.path(), 2).unwrap();
        assert_eq!(indexes.applied(MAILBOX).unwrap(), ModSeq(10));
        indexes.apply(MAILBOX, vec![(ItemId(3), document("plum"))], &[ItemId(1)], ModSeq(20)).unwrap();
        assert_eq!(find(&indexes, MAILBOX, "apple"), [ItemId(2)]);
        drop(indexes);
        std::fs::write(&meta, &before).unwrap();
    }
}

#[test]
fn a_mailbox_without_index_is_empty_and_makes_no_files() {
    let dir = tempfile::tempdir().unwrap();
    let indexes = Indexes::open(dir.path(), 2).unwrap();
    assert_eq!(indexes.applied(MAILBOX).unwrap(), ModSeq(0));
    assert!(find(&indexes, MAILBOX, "apple").is_empty());
    assert!(indexes.documents(MAILBOX).unwrap().is_empty());
    indexes.remove_mailbox(MAILBOX).unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_commit_survives_and_carries_its_mark() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let indexes = Indexes::open(dir.path(), 2).unwrap();
    assert_eq!(indexes.applied(MAILBOX).unwrap(), ModSeq(30));
    assert_eq!(find(&indexes, MAILBOX, "apple"), [1, 2, 3].map(ItemId));
    // Put again and removed in one batch with what is new.
    indexes
        .apply(MAILBOX, vec![(ItemId(2), document("plum")), (ItemId(4), document("apple"))], &[ItemId(1)], ModSeq(31))
        .unwrap();
    assert_eq!(find(&indexes, MAILBOX, "apple"), [3, 4].map(ItemId));
    assert_eq!(find(&indexes, MAILBOX, "plum"), [ItemId(2)]);
    // An older batch again takes nothing back from the mark; one without documents moves it.
    indexes.apply(MAILBOX, vec![(ItemId(4), document("apple"))], &[], ModSeq(20)).unwrap();
    assert_eq!(indexes.applied(MAILBOX).unwrap(), ModSeq(31));
    indexes.apply(MAILBOX, vec![], &[], ModSeq(40)).unwrap();
    assert_eq!(indexes.applied(MAILBOX).unwrap(), ModSeq(40));
    assert_eq!(indexes.check(MAILBOX).unwrap(), None);
}

#[test]
fn every_damaged_file_heals() {
    let template = tempfile::tempdir().unwrap();
    filled(template.path());
    let names: Vec<_> = files(template.path()).iter().map(|file| file.file_name().unwrap().to_owned()).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        for damage in ["cut", "gone", "garbled"] {
            let dir = tempfile::tempdir().unwrap();
            std::fs::create_dir(dir.path().join("7")).unwrap();
            for file in files(template.path()) {
                std::fs::copy(&file, dir.path().join("7").join(file.file_name().unwrap())).unwrap();
            }
            let file = dir.path().join("7").join(&name);
            let content = std::fs::read(&file).unwrap();
            match damage {
                "cut" => std::fs::write(&file, &content[..content.len() / 2]).unwrap(),
                "gone" => std::fs::remove_file(&file).unwrap(),
                _ => std::fs::write(&file, content.iter().map(|byte| !byte).collect::<Vec<_>>()).unwrap(),
            }
            let indexes = Indexes::open(dir.path(), 2).unwrap();
            indexes.check(MAILBOX).unwrap();
            // Either it does not need that file, or it starts anew; a feeder gets it to work again in both cases.
            if indexes.applied(MAILBOX).unwrap() == ModSeq(0) {
                let all = [1, 2, 3].map(|n| (ItemId(n), document("apple pear")));
                indexes.apply(MAILBOX, all.to_vec(), &[], ModSeq(30)).unwrap();
            }
            assert_eq!(find(&indexes, MAILBOX, "apple"), [1, 2, 3].map(ItemId), "{name:?} {damage}");
            indexes.apply(MAILBOX, vec![(ItemId(4), document("apple"))], &[], ModSeq(40)).unwrap();
            assert_eq!(find(&indexes, MAILBOX, "apple").len(), 4, "{name:?} {damage}");
        }
    }
}

#[test]
fn an_index_of_other_rules_starts_anew() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let meta = dir.path().join("7/meta.json");
    let text = std::fs::read_to_string(&meta).unwrap();
    assert!(text.contains("posthouse 1 30"));
    std::fs::write(&meta, text.replace("posthouse 1 30", "posthouse 0 30")).unwrap();
    let indexes = Indexes::open(dir.path(), 2).unwrap();
    assert_eq!(indexes.applied(MAILBOX).unwrap(), ModSeq(0));
    assert!(find(&indexes, MAILBOX, "apple").is_empty());
    // That is no damage.
    assert_eq!(indexes.check(MAILBOX).unwrap(), None);
}

#[test]
fn damage_is_told_once_whoever_meets_it() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let indexes = Indexes::open(dir.path(), 2).unwrap();
    assert_eq!(indexes.check(MAILBOX).unwrap(), None);
    let file = files(dir.path()).into_iter().find(|file| file.extension().is_some_and(|name| name == "store")).unwrap();
    let mut content = std::fs::read(&file).unwrap();
    content[0] ^= 1;
    std::fs::write(&file, content).unwrap();
    let told = indexes.check(MAILBOX).unwrap().unwrap();
    assert!(told.contains("checksum"), "{told}");
    assert_eq!(indexes.check(MAILBOX).unwrap(), None);
    assert_eq!(indexes.applied(MAILBOX).unwrap(), ModSeq(0));
    indexes.apply(MAILBOX, vec![(ItemId(1), document("apple"))], &[], ModSeq(30)).unwrap();
    drop(indexes);
    std::fs::write(dir.path().join("7/meta.json"), "{").unwrap();
    let indexes = Indexes::open(dir.path(), 2).unwrap();
    assert!(find(&indexes, MAILBOX, "apple").is_empty());
    assert!(indexes.check(MAILBOX).unwrap().is_some());
}

#[test]
fn a_rebuilt_index_takes_the_place_of_the_old_one_at_once() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let indexes = Indexes::open(dir.path(), 2).unwrap();
    // Given up, it leaves nothing.
    let mut rebuild = indexes.rebuild(MAILBOX).unwrap();
    rebuild.apply(vec![(ItemId(9), document("plum"))], &[], ModSeq(5)).unwrap();
    drop(rebuild);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);

    let mut rebuild = indexes.rebuild(MAILBOX).unwrap();
    rebuild.apply(vec![(ItemId(4), document("apple")), (ItemId(5), document("plum"))], &[], ModSeq(31)).unwrap();
    assert_eq!(rebuild.missing(&[ItemId(4), ItemId(6)]).unwrap(), [ItemId(6)]);
    rebuild.apply(vec![], &[ItemId(5)], ModSeq(32)).unwrap();
    indexes.apply(MAILBOX, vec![(ItemId(6), document("apple"))], &[], ModSeq(31)).unwrap();
    assert_eq!(find(&indexes, MAILBOX, "apple"), [1, 2, 3, 6].map(ItemId));
    rebuild.finish().unwrap();
    assert_eq!(find(&indexes, MAILBOX, "apple"), [ItemId(4)]);
    assert!(find(&indexes, MAILBOX, "plum").is_empty());
    assert_eq!(indexes.applied(MAILBOX).unwrap(), ModSeq(32));
    indexes.apply(MAILBOX, vec![(ItemId(7), document("apple"))], &[], ModSeq(33)).unwrap();
    assert_eq!(find(&indexes, MAILBOX, "apple"), [4, 7].map(ItemId));
    assert_eq!(indexes.check(MAILBOX).unwrap(), None);
    drop(indexes);

    // What a crash leaves of another one goes.
    std::fs::create_dir(dir.path().join("7.new")).unwrap();
    let indexes = Indexes::open(dir.path(), 2).unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    assert_eq!(find(&indexes, MAILBOX, "apple"), [4, 7].map(ItemId));
}

#[test]
fn a_removed_mailbox_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let indexes = Indexes::open(dir.path(), 2).unwrap();
    indexes.apply(MAILBOX, vec![(ItemId(1), document("apple"))], &[], ModSeq(1)).unwrap();
    indexes.remove_mailbox(MAILBOX).unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    assert_eq!(indexes.applied(MAILBOX).unwrap(), ModSeq(0));
}

#[test]
fn many_mailboxes_share_few_writers() {
    let dir = tempfile::tempdir().unwrap();
    let indexes = Indexes::open(dir.path(), 2).unwrap();
    for round in 1..=2 {
        for n in 1..=140 {
            let id = ItemId(256 + round);
            indexes.apply(MailboxId(n), vec![(id, document("apple"))], &[], ModSeq(u64::from(round))).unwrap();
        }
    }
    for n in 1..=140 {
        assert_eq!(find(&indexes, MailboxId(n), "apple"), [257, 258].map(ItemId));
    }
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
    let busy = threads();
    indexes.release_idle(Duration::ZERO, Duration::MAX);
    assert!(threads() < busy, "{busy} threads");
    let open = indexes.open_count();
    indexes.release_idle(Duration::ZERO, Duration::MAX);
    assert_eq!(indexes.open_count(), open);
    indexes.release_idle(Duration::ZERO, Duration::ZERO);
    assert_eq!(indexes.open_count(), 0);
    // A closed one keeps its mark, and opens again by itself.
    assert_eq!(indexes.applied(MAILBOX).unwrap(), ModSeq(2));
    indexes.apply(MAILBOX, vec![(ItemId(300), document("apple"))], &[], ModSeq(9)).unwrap();
    assert_eq!(find(&indexes, MAILBOX, "apple").len(), 3);
}

#[test]
fn searches_go_on_while_others_write() {
    let dir = tempfile::tempdir().unwrap();
    let indexes = Indexes::open(dir.path(), 1).unwrap();
    std::thread::scope(|scope| {
        for mailbox in [MailboxId(1), MailboxId(2)] {
            let indexes = indexes.clone();
            scope.spawn(move || {
                for n in 1..=30 {
                    indexes.apply(mailbox, vec![(ItemId(n), document("apple"))], &[], ModSeq(n.into())).unwrap();
                    // What was applied is found at once.
                    assert_eq!(find(&indexes, mailbox, "apple").len(), n as usize);
                }
            });
        }
    });
}
