// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]
//! Targets that go away, come back, and have bits that flipped: mail goes on, what is lost is told, and the rest comes back.

mod common;
#[path = "common/record.rs"]
mod record;

use common::{TestStore, message};
use mailbox::{Backup, ItemId, RestoreRequest, Restored};
use record::{Player, dump, dump_at, restore_as};
use std::path::{Path, PathBuf};

fn restore(test: &TestStore, to_ms: i64) -> Restored {
    let (account, to_account) = ("alice".to_owned(), "alice".to_owned());
    let request = RestoreRequest { account, to_account, to_ms: Some(to_ms), is_dry_run: true };
    test.store().restore_mailbox(&request, None, &mut |_| {}).unwrap()
}

/// `cargo xtask test --long`.
fn is_long() -> bool {
    std::env::var("POSTHOUSE_LONG").is_ok_and(|value| !value.is_empty())
}

fn large(n: u32) -> Vec<u8> {
    message(&format!("{n}@x"), "large", None, &format!("large {n} ").repeat(30_000))
}

#[test]
fn a_target_that_is_away_costs_nothing_if_it_comes_back() {
    let test = TestStore::backed_up();
    let (target, away) = (test.path().join("backup"), test.path().join("away"));
    test.mailbox("alice");
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    std::fs::rename(&target, &away).unwrap();
    std::fs::create_dir(&target).unwrap();
    // large ones: the archive has to keep their bodies, and the store must not sweep them before it has
    let ids: Vec<ItemId> = (0..3).map(|n| test.deliver_one(&large(n), "alice")).collect();
    let then = dump_at(&test, "alice");
    test.mailbox("alice").delete_items(&ids).unwrap();
    test.store().checkpoint().unwrap();
    let error = test.store().back_up(Vec::new(), &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("is not there"), "{error}");
    assert!(test.store().backup_status().error.is_some());
    assert!(std::fs::read_dir(&target).unwrap().next().is_none(), "nothing is written below a mount that is missing");
    std::fs::remove_dir(&target).unwrap();
    std::fs::rename(&away, &target).unwrap();
    let restored = restore_as(&test, "alice", "then", Some(then.at_ms));
    assert!(restored.loss.is_none(), "{:?}", restored.loss);
    assert_eq!(dump(&test, "then"), then.dump);
    assert_eq!((test.store().backup_status().error, test.store().backup_status().lost), (None, None));
}

#[test]
fn a_target_that_is_away_for_too_long_costs_moments_and_never_mail() {
    let mut test = TestStore::backed_up();
    let target = test.path().join("backup");
    test.backup = Some(Backup { hold_bytes_max: 0, ..Backup::new(&target) });
    test.crash();
    test.deliver_one(&large(1), "alice");
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    std::fs::rename(&target, test.path().join("away")).unwrap();
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap_err();
    let id = test.deliver_one(&large(2), "alice");
    test.mailbox("alice").delete_items(&[id]).unwrap();
    test.store().checkpoint().unwrap();
    test.deliver_one(&large(3), "alice");
    std::fs::rename(test.path().join("away"), &target).unwrap();
    let then = dump_at(&test, "alice");
    let restored = restore(&test, then.at_ms);
    assert!(!restored.loss.gaps.is_empty(), "it is told that something is missing");
    assert!(test.store().backup_status().lost.is_some());
    // the next backup holds what was lost
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    assert_eq!(test.store().backup_status().lost, None);
    let then = dump_at(&test, "alice");
    restore_as(&test, "alice", "then", Some(then.at_ms));
    assert_eq!(dump(&test, "then"), then.dump);
    // another directory in its place is another target, until somebody says that it shall be ours
    std::fs::rename(&target, test.path().join("away")).unwrap();
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap_err();
    test.store().begin_target().unwrap();
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    assert_eq!(test.store().snapshots().unwrap().0.len(), 1);
}

fn copy(from: &Path, to: &Path) {
    let status = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(status.success());
}

/// As after a restore of the disk from an image: the target has a future that the state directory knows nothing of.
#[test]
fn a_state_directory_that_went_back_is_noticed() {
    let mut test = TestStore::backed_up();
    test.deliver_one(&message("1@x", "one", None, "one"), "alice");
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    let image = tempfile::tempdir().unwrap();
    let parts = ["journal", "metadata", "store", "index"];
    test.crash_after(|state| parts.iter().for_each(|part| copy(&state.join(part), image.path())));
    for n in 0..20 {
        test.deliver_one(&message(&format!("gone{n}@x"), "gone", None, "gone"), "alice");
    }
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    let archived = test.store().backup_status().archived;
    test.crash_after(|state| {
        for part in parts {
            std::fs::remove_dir_all(state.join(part)).unwrap();
            copy(&image.path().join(part), state);
        }
    });
    test.deliver_one(&message("2@x", "two", None, "two"), "alice");
    // the target is opened
    restore(&test, record::now_ms());
    let status = test.store().backup_status();
    assert!(status.lost.is_some() && status.synced > archived, "{status:?}");
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    assert_eq!(test.store().backup_status().lost, None);
    let id = test.deliver_one(&message("3@x", "three", None, "three"), "alice");
    let then = dump_at(&test, "alice");
    test.mailbox("alice").delete_items(&[id]).unwrap();
    let restored = restore_as(&test, "alice", "then", Some(then.at_ms));
    assert!(restored.loss.is_none(), "{:?}", restored.loss);
    assert_eq!(dump(&test, "then"), then.dump);
}

/// The archive goes on above the future that is gone; who reads it across the restore must not mix the two. The daemon asks for
/// a backup, as a restored system keeps no journal of what was restored.
#[test]
fn a_system_that_was_restored_to_a_moment_goes_on_with_its_target() {
    goes_on_after_restore(true);
}

/// The machine fails behind the restore, while the journal still has all of it.
#[test]
fn a_system_that_failed_right_behind_its_restore_goes_on_with_its_target() {
    goes_on_after_restore(false);
}

fn goes_on_after_restore(is_shut_down: bool) {
    let mut test = TestStore::backed_up();
    let first = test.deliver_one(&message("1@x", "one", None, "one"), "alice");
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    let then = dump_at(&test, "alice");
    test.deliver_one(&message("2@x", "gone", None, "gone"), "alice");
    test.mailbox("alice").create_folder(ItemId::USER_ROOT, "gone", "message").unwrap();
    test.mailbox("alice").delete_items(&[first]).unwrap();
    let last_id = test.mailbox("bob").id();
    // all of it is archived
    restore(&test, record::now_ms());
    test.crash_after(|state| {
        for part in ["journal", "metadata", "store", "index"] {
            std::fs::remove_dir_all(state.join(part)).unwrap();
        }
        let config = mailbox::Config { reserve_bytes: 0, ..mailbox::Config::new(state) };
        let store = mailbox::Store::open(config).unwrap();
        let target = mailbox::open_target(&state.join("backup"), None).unwrap();
        let request = mailbox::RestoreSystem { to_ms: Some(then.at_ms), is_dry_run: false };
        let (restored, _) = store.restore_system(&target, &request, &mut |_| {}).unwrap();
        assert_eq!((restored.mailboxes, restored.problems), (1, Vec::new()));
        if is_shut_down {
            store.shutdown().unwrap();
        }
    });
    if is_shut_down {
        test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    }
    assert_eq!(dump(&test, "alice"), then.dump);
    assert!(test.mailbox("carol").id() > last_id, "an id is never given twice, not even of a future that is gone");
    let second = test.deliver_one(&message("3@x", "two", None, "two"), "alice");
    test.mailbox("alice").move_items(&[second], ItemId::TRASH).unwrap();
    let now = dump_at(&test, "alice");
    let restored = restore_as(&test, "alice", "now", Some(now.at_ms));
    assert!(restored.loss.is_none(), "{:?}", restored.loss);
    assert_eq!(dump(&test, "now"), now.dump);
    assert!(test.store().verify_backup(None, &mut |_| {}).unwrap().is_clean());
}

#[test]
fn what_a_crash_left_is_swept_as_soon_as_the_target_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let (target, away) = (dir.path().join("backup"), dir.path().join("away"));
    let backup = Some(Backup::new(&target));
    // a checkpoint whenever there is something
    let config = mailbox::Config { reserve_bytes: 0, backup, journal_bytes_max: 0, ..mailbox::Config::new(dir.path()) };
    let deliver = |store: &mailbox::Store, n: u32| {
        let mut staging = store.stage();
        staging.write(&message(&format!("{n}@x"), "one", None, "one")).unwrap();
        store.deliver(&staging.finish().unwrap(), &[common::delivery("alice")]).remove(0).unwrap();
    };
    let store = mailbox::Store::open(config.clone()).unwrap();
    deliver(&store, 0);
    store.back_up(Vec::new(), &mut |_| {}).unwrap();
    drop(store);
    std::fs::rename(&target, &away).unwrap();
    let orphan = dir.path().join("store/main/blob/07").join("07".repeat(32));
    std::fs::write(&orphan, "of nobody").unwrap();
    let store = mailbox::Store::open(config).unwrap();
    deliver(&store, 1);
    store.back_up(Vec::new(), &mut |_| {}).unwrap_err();
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert!(orphan.exists(), "nothing is swept while the target is away");
    std::fs::rename(&away, &target).unwrap();
    for n in 2..60 {
        if !orphan.exists() {
            return;
        }
        deliver(&store, n);
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    panic!("it was never swept");
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Copies, so that a bit flips in the target and not in the store.
fn unlink_from_store(target: &Path) {
    for path in files(target) {
        let copy = path.with_extension("copy");
        std::fs::copy(&path, &copy).unwrap();
        std::fs::rename(&copy, &path).unwrap();
    }
}

#[test]
fn a_bit_that_flips_costs_a_record_and_is_found() {
    let mut test = TestStore::backed_up();
    let mut player = Player::new(7);
    let last = player.play(&mut test, 120).pop().unwrap();
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    assert!(test.store().verify_backup(None, &mut |_| {}).unwrap().is_clean());
    let target = test.path().join("backup");
    unlink_from_store(&target);
    let messages = last.dump.messages.len();
    let is_data = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        !matches!(name, "README.txt" | "target.json" | "manifest.json")
    };
    let files: Vec<_> = files(&target).into_iter().filter(is_data).collect();
    let (mut found, flips) = (0, if is_long() { 40 } else { 8 });
    for n in 0..flips {
        let path = &files[player.below(files.len())];
        let whole = std::fs::read(path).unwrap();
        if whole.is_empty() {
            continue;
        }
        let mut bytes = whole.clone();
        let at = player.below(bytes.len());
        bytes[at] ^= 1 << player.below(8);
        std::fs::write(path, &bytes).unwrap();
        // a store that has nothing of its own: everything comes from the target
        let fresh = tempfile::tempdir().unwrap();
        let store =
            mailbox::Store::open(mailbox::Config { reserve_bytes: 0, ..mailbox::Config::new(fresh.path()) }).unwrap();
        let reading = mailbox::open_target(&target, None).unwrap();
        let system = mailbox::RestoreSystem::default();
        let (restored, _) = store.restore_system(&reading, &system, &mut |_| {}).unwrap();
        let actor = mailbox::Actor { account: "alice".into(), is_admin: false };
        let mailbox = store.open_mailbox(&actor, "alice", 0).unwrap().mailbox().clone();
        let mut kept = 0;
        for folder in mailbox.folders().unwrap() {
            for brief in mailbox.folder_messages(folder.item.id, mailbox::Uid(0)).unwrap() {
                let item = mailbox.item(brief.id).unwrap();
                let expected = &last.dump.messages[&item.id];
                assert!(mailbox.content(&item).unwrap() == expected.1, "{n}: {} at {at}", path.display());
                kept += 1;
            }
        }
        // one body may be in several messages
        assert!(kept + 12 >= messages, "{n}: {kept} of {messages} after {} at {at}", path.display());
        let is_told = !restored.problems.is_empty();
        assert!(is_told || kept == messages, "{n}: {kept} of {messages}, and nobody is told");
        let report = store.verify(&mut |_| {}).unwrap();
        assert!(report.is_clean(), "{n}: {:?}", report.problems);
        drop(mailbox);
        found += usize::from(!test.store().verify_backup(None, &mut |_| {}).unwrap().is_clean());
        std::fs::write(path, &whole).unwrap();
    }
    assert!(found * 2 > flips, "the drill found {found} of {flips}");
    assert!(test.store().verify_backup(None, &mut |_| {}).unwrap().is_clean());
}

#[test]
fn damage_in_the_newest_backup_is_made_good_by_an_older_one_and_the_journal() {
    let mut test = TestStore::backed_up();
    let mut player = Player::new(3);
    player.play(&mut test, 30);
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    let then = dump_at(&test, "alice");
    let newest = test.store().snapshots().unwrap().0.pop().unwrap().name;
    let id = test.mailbox("alice").id();
    let path = test.path().join("backup/snapshots").join(newest).join(format!("mailbox-{id}.rec"));
    let whole = std::fs::read(&path).unwrap();
    let mut bytes = whole.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    assert!(restore_as(&test, "alice", "flipped", Some(then.at_ms)).loss.is_none());
    assert_eq!(dump(&test, "flipped"), then.dump);
    std::fs::remove_file(&path).unwrap();
    assert!(restore_as(&test, "alice", "missing", Some(then.at_ms)).loss.is_none());
    assert_eq!(dump(&test, "missing"), then.dump);
    assert!(!test.store().verify_backup(None, &mut |_| {}).unwrap().is_clean(), "and the drill tells");
    std::fs::write(&path, &whole).unwrap();
    assert!(test.store().verify_backup(None, &mut |_| {}).unwrap().is_clean());
}

/// A message file of the store that is lost or damaged comes back from the target.
/// An anchor to which nothing is linked any more may have been swept by then.
fn remove(path: &Path) {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{}: {error}", path.display()),
        _ => {}
    }
}

#[test]
fn the_store_is_repaired_from_the_backup() {
    let mut test = TestStore::backed_up();
    let small = test.deliver_one(&message("1@x", "small", None, "text"), "alice");
    let big = test.deliver_one(&large(2), "alice");
    test.add("bob", ItemId::INBOX, &large(2));
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    let later = test.deliver_one(&large(3), "alice");
    let nowhere = test.deliver_one(&message("4@x", "small", None, "never backed up"), "alice");
    let then = dump(&test, "alice");
    test.store().settle().unwrap();
    test.store().checkpoint().unwrap();
    unlink_from_store(&test.path().join("backup"));
    let file = |test: &TestStore, item: ItemId| {
        let dir = test.path().join("store/main/mailbox").join(test.mailbox("alice").id().to_string());
        let starts = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(&format!("{item}-"));
        files(&dir).into_iter().find(starts).unwrap()
    };
    // damaged in place, with its anchor and bob's link; lost, with its anchor; lost alone
    let path = file(&test, big);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[1000] ^= 1;
    test.crash_after(|_| std::fs::write(&path, &bytes).unwrap());
    std::fs::remove_file(file(&test, small)).unwrap();
    for path in files(&test.path().join("store/main/blob")) {
        let Ok(content) = std::fs::read(&path) else { continue };
        if content == then.messages[&small].1 || content == then.messages[&later].1 {
            remove(&path);
        }
    }
    std::fs::remove_file(file(&test, later)).unwrap();
    let before = test.store().verify(&mut |_| {}).unwrap();
    assert_eq!(before.problem_count, 4, "{:?}", before.problems);
    let repaired = test.store().repair(None, &mut |_| {}).unwrap();
    assert_eq!((repaired.mended, repaired.missing.len()), (4, 0), "{repaired:?}");
    test.check();
    assert_eq!(dump(&test, "alice"), then);
    let path = file(&test, nowhere);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, "x").unwrap();
    // the record that brought it is in the archive
    let repaired = test.store().repair(None, &mut |_| {}).unwrap();
    assert_eq!((repaired.mended, repaired.missing.len()), (1, 0), "{repaired:?}");
    assert_eq!(std::fs::read(&path).unwrap(), whole);
}
