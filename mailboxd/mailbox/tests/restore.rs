// SPDX-License-Identifier: AGPL-3.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used)]
//! Random operations with snapshots, checkpoints and crashes on the way; then the mailbox as it was at many instants, compared
//! with what was recorded then, byte for byte.

mod common;
#[path = "common/record.rs"]
mod record;

use common::{IS_ON_MYSQL, TestStore, message};
use mailbox::{Flags, ItemId, PickRequest, RestoreRequest};
use record::{Player, Recording, dump, dump_at, restore_as, wait_for_another_ms};

#[test]
fn a_mailbox_comes_back_as_it_was_at_any_moment() {
    // `cargo xtask test --long`: more of them
    let seeds = if std::env::var("POSTHOUSE_LONG").is_ok_and(|value| !value.is_empty()) { 1..=8 } else { 1..=1 };
    for seed in seeds {
        println!("seed {seed}");
        let mut test = TestStore::backed_up();
        let (steps, instants) = if IS_ON_MYSQL { (60, 6) } else { (160, 20) };
        let mut player = Player::new(seed);
        let recordings = player.play(&mut test, steps);
        for n in 0..instants {
            let Recording { at_ms, dump: expected } = &recordings[player.below(recordings.len())];
            let to = format!("restored-{n}");
            let restored = restore_as(&test, "alice", &to, Some(*at_ms));
            assert!(restored.loss.is_none(), "{:?}", restored.loss);
            assert_eq!(&dump(&test, &to), expected, "as of {at_ms}");
        }
    }
}

#[test]
fn in_place_it_takes_the_place_of_what_there_is_at_once() {
    let mut test = TestStore::backed_up();
    let first = test.deliver_one(&message("1@x", "one", None, "one"), "alice");
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    let second = test.deliver_one(&message("2@x", "two", None, &"large ".repeat(60_000)), "alice");
    let then = dump_at(&test, "alice");
    let inbox = test.mailbox("alice").folder(ItemId::INBOX).unwrap().detail.uid_validity;
    let modseq = test.mailbox("alice").row().unwrap().modseq;

    // the large one is deleted, and swept: only the archive has it now
    test.mailbox("alice").delete_items(&[first, second]).unwrap();
    test.mailbox("alice").empty_dumpster().unwrap();
    let third = test.deliver_one(&message("3@x", "three", None, "three"), "alice");
    test.store().checkpoint().unwrap();
    let stale = test.mailbox("alice");

    let request = RestoreRequest {
        account: "alice".into(),
        to_account: "alice".into(),
        to_ms: Some(then.at_ms),
        is_dry_run: true,
    };
    let dry = test.store().restore_mailbox(&request, None, &mut |_| {}).unwrap();
    assert_eq!((dry.messages, dry.loss.is_none(), dry.folders.len()), (2, true, 1));
    assert_eq!(dry.folders[0].path, "/Inbox");
    assert!(test.mailbox("alice").item(third).is_ok(), "a dry run changes nothing");

    let request = RestoreRequest { is_dry_run: false, ..request };
    let restored = test.store().restore_mailbox(&request, None, &mut |_| {}).unwrap();
    assert_eq!(restored.messages, 2);
    assert_eq!(dump(&test, "alice"), then.dump);
    let row = test.mailbox("alice").row().unwrap();
    assert!(row.modseq > modseq && row.purged == row.modseq, "older sync tokens start anew");
    assert!(test.mailbox("alice").folder(ItemId::INBOX).unwrap().detail.uid_validity > inbox);
    // ids are never given twice, not even those of a future that is gone
    let next = test.deliver_one(&message("4@x", "four", None, "four"), "alice");
    assert!(next > third, "{next} after {third}");
    // whoever had it open can't write to what is gone
    stale.delete_items(&[third]).unwrap_err();
    stale.update_flags(&[first], &mailbox::FlagChange { add: Flags::FLAGGED, ..Default::default() }).unwrap_err();
    test.check();
    test.crash();

    // and back to the future, which the archive still has: it passes by the restore itself
    let now = dump_at(&test, "alice");
    wait_for_another_ms();
    test.mailbox("alice").delete_items(&[next]).unwrap();
    restore_as(&test, "alice", "later", Some(now.at_ms));
    assert_eq!(dump(&test, "later"), now.dump);
}

/// The one before is removed by the record that brings the restored one: from then on there is no way back.
#[test]
fn in_place_it_has_happened_though_the_mailbox_before_can_not_be_removed_yet() {
    let mut test = TestStore::backed_up();
    let id = test.deliver_one(&message("1@x", "one", None, "one"), "alice");
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    let then = dump_at(&test, "alice");
    test.mailbox("alice").delete_items(&[id]).unwrap();
    let old = test.mailbox("alice").id();
    test.store().settle().unwrap();
    // a directory where files should be: what is in the mailbox's can't be unlinked
    let dir = test.path().join("store/main/mailbox").join(old.to_string());
    let obstacle = dir.join("1-1.eml");
    std::fs::create_dir_all(&obstacle).unwrap();
    let request = RestoreRequest { is_dry_run: false, ..request("alice", Some(then.at_ms)) };
    let restored = test.store().restore_mailbox(&request, None, &mut |_| {}).unwrap();
    assert_eq!(restored.messages, 1);
    assert_eq!(dump(&test, "alice"), then.dump);
    test.store().checkpoint().unwrap();
    assert!(dir.exists(), "the removal can't have been applied");
    std::fs::remove_dir(&obstacle).unwrap();
    // the checkpoint has not passed it by: after a crash it is replayed
    test.crash();
    assert_eq!(dump(&test, "alice"), then.dump);
    assert!(std::fs::read_dir(&dir).map_or(0, Iterator::count) == 0, "what was removed is gone");
    test.store().checkpoint().unwrap();
}

#[test]
fn beside_it_never_takes_the_place_of_mail_that_came_meanwhile() {
    let test = TestStore::backed_up();
    for n in 0..3 {
        test.deliver_one(&message(&format!("{n}@x"), "one", None, "one"), "alice");
    }
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    let (account, to_account) = ("alice".to_owned(), "carol".to_owned());
    let request = RestoreRequest { account, to_account, to_ms: None, is_dry_run: false };
    let mut came = None;
    let error = test.store().restore_mailbox(&request, None, &mut |line| {
        if came.is_none() && line.starts_with("looking") {
            came = Some(test.deliver_one(&message("new@x", "new", None, "new"), "carol"));
        }
    });
    let error = error.unwrap_err();
    assert!(error.to_string().contains("meanwhile"), "{error}");
    assert_eq!(dump(&test, "carol").messages.into_keys().collect::<Vec<_>>(), [came.unwrap()]);
    // an account that has none yet
    restore_as(&test, "alice", "dave", None);
    assert_eq!(dump(&test, "dave"), dump(&test, "alice"));
}

#[test]
fn what_was_deleted_between_two_backups_comes_back_and_what_never_was_does_not() {
    let test = TestStore::backed_up();
    assert!(test.store().restore_mailbox(&request("alice", None), None, &mut |_| {}).is_err(), "there is no backup");
    test.deliver_one(&message("0@x", "zero", None, "zero"), "bob");
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    wait_for_another_ms();
    let before = record::now_ms();
    wait_for_another_ms();
    // made after the last backup
    let large = message("1@x", "one", None, &"large ".repeat(60_000));
    let id = test.deliver_one(&large, "alice");
    let then = dump_at(&test, "alice");
    // from here to there: the record links to a body that it does not carry
    test.mailbox("alice").delete_items(&[id]).unwrap();
    test.mailbox("alice").empty_dumpster().unwrap();
    test.store().checkpoint().unwrap();
    test.store().delete_mailbox("alice").unwrap();
    test.store().checkpoint().unwrap();

    restore_as(&test, "alice", "carol", Some(then.at_ms));
    assert_eq!(dump(&test, "carol"), then.dump);
    let error = test.store().restore_mailbox(&request("alice", Some(before)), None, &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("no such mailbox"), "{error}");
    let error = test.store().restore_mailbox(&request("alice", Some(1)), None, &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("oldest backup"), "{error}");
}

#[test]
fn what_was_recovered_from_the_dumpster_comes_back() {
    let mut test = TestStore::backed_up();
    let texts = [message("1@x", "one", None, "one"), message("2@x", "two", None, &"large ".repeat(60_000))];
    let ids: Vec<_> = texts.iter().map(|text| test.deliver_one(text, "alice")).collect();
    test.mailbox("alice").delete_items(&ids).unwrap();
    test.store().checkpoint().unwrap();
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    wait_for_another_ms();
    // the records link to what only the dumpster had at the time of the backup
    test.mailbox("alice").recover(&ids, ItemId::INBOX, 0).unwrap();
    let then = dump_at(&test, "alice");
    wait_for_another_ms();
    test.mailbox("alice").empty_folder(ItemId::INBOX, false).unwrap();
    test.mailbox("alice").empty_dumpster().unwrap();
    test.crash();
    restore_as(&test, "alice", "carol", Some(then.at_ms));
    assert_eq!(dump(&test, "carol"), then.dump);
}

#[test]
fn a_dry_run_of_a_folder_writes_nothing_and_tells_what_would_come() {
    let test = TestStore::backed_up();
    let ids: Vec<_> =
        (0..5).map(|n| test.deliver_one(&message(&format!("{n}@x"), "one", None, "one"), "alice")).collect();
    let below = test.mailbox("alice").create_folder(ItemId::INBOX, "below", "message").unwrap().item.id;
    test.mailbox("alice").move_items(&ids[..2], below).unwrap();
    test.store().back_up(Vec::new(), &mut |_| {}).unwrap();
    test.mailbox("alice").delete_items(&ids).unwrap();
    let picks = [(Some("/inbox".to_owned()), Vec::new()), (None, vec![ids[0].0, ids[4].0])];
    for (folder, ids) in picks {
        let request = PickRequest {
            account: "alice".into(),
            is_dry_run: true,
            folder,
            ids,
            into: "Restored".into(),
            ..PickRequest::default()
        };
        let before = test.store().backup_status().synced;
        let dry = test.store().restore_items(&request, None, &mut |_| {}).unwrap();
        assert_eq!(test.store().backup_status().synced, before, "nothing is in the journal");
        let request = PickRequest { is_dry_run: false, ..request };
        let picked = test.store().restore_items(&request, None, &mut |_| {}).unwrap();
        assert!(dry.is_dry_run && dry.loss.is_none());
        assert_eq!((dry.messages, dry.bytes, dry.folders), (picked.messages, picked.bytes, picked.folders));
    }
}

fn request(account: &str, to_ms: Option<i64>) -> RestoreRequest {
    RestoreRequest { account: account.into(), to_account: account.into(), to_ms, is_dry_run: true }
}
