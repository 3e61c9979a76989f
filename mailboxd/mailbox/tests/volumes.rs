// SPDX-License-Identifier: AGPL-3.0-or-later
//! Secondary volumes and HSM: what moves stays readable, is in one place, and is lost neither by a crash, a full disk, nor by a
//! volume that goes away.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails may panic")]

mod common;
mod sim;

use common::{TestStore, message};
use fs::Fs;
use mailbox::{Error, HsmPolicy, ItemId, Mailbox, SearchParams, Store, VolumeWish};
use sim::{Machine, Rows, deliver, mailbox_of, verify};
use std::path::{Path, PathBuf};

fn policies(text: &str) -> impl Fn(&str) -> mailbox::Result<Vec<HsmPolicy>> + Sync {
    let policy = HsmPolicy::parse(text).unwrap();
    move |_| Ok(vec![policy.clone()])
}

fn run(store: &Store) -> mailbox::Result<mailbox::HsmStatus> {
    store.hsm_run(&policies("message: subject:old"), &mut |_| {})
}

fn wish(name: &str, root: &Path) -> VolumeWish {
    VolumeWish { name: Some(name.into()), root: Some(root.into()), ..VolumeWish::default() }
}

/// Of one mailbox, on a volume: ids of items.
fn on(fs: &dyn Fs, root: &Path, mailbox: &Mailbox) -> Vec<u32> {
    let dir = root.join("mailbox").join(mailbox.id().to_string());
    let entries = fs.read_dir(&dir).unwrap_or_default();
    let mut ids: Vec<u32> =
        entries.iter().map(|entry| entry.name.to_str().unwrap().split('-').next().unwrap().parse().unwrap()).collect();
    ids.sort_unstable();
    ids
}

fn anchors(root: &Path) -> usize {
    let shards = std::fs::read_dir(root.join("blob")).unwrap();
    shards.map(|shard| std::fs::read_dir(shard.unwrap().path()).unwrap().count()).sum()
}

fn primary(test: &TestStore) -> PathBuf {
    test.path().join("store").join("main")
}

fn mail(n: usize, subject: &str) -> Vec<u8> {
    message(&format!("{n}@x"), subject, None, &format!("zebra {n} ").repeat(200))
}

#[test]
fn what_has_moved_is_found_read_copied_deleted_and_comes_back() {
    let cold = tempfile::tempdir().unwrap();
    let mut test = TestStore::new();
    let real = fs::RealFs;
    let volume = test.store().add_volume(&wish("cold", cold.path())).unwrap();
    assert!(volume.is_current && volume.id == 3 && volume.available_bytes.is_some());
    let text = mail(1, "old");
    let both: Vec<ItemId> = test.deliver(&text, &["alice", "bob"]).into_iter().map(Result::unwrap).collect();
    let new = test.deliver_one(&mail(2, "new"), "alice");
    let (alice, bob) = (test.mailbox("alice"), test.mailbox("bob"));
    let status = run(test.store()).unwrap();
    assert_eq!((status.files, status.mailboxes, status.problem_count), (2, 2, 0), "{status:?}");
    assert!(status.bytes == 2 * text.len() as u64 && status.stored_bytes < status.bytes / 4, "{status:?}");
    assert_eq!((on(&real, cold.path(), &alice), on(&real, &primary(&test), &alice)), (vec![both[0].0], vec![new.0]));
    assert_eq!(anchors(cold.path()), 1, "one copy, of all mailboxes");
    test.store().checkpoint().unwrap();
    assert_eq!(anchors(&primary(&test)), 1);
    assert_eq!(run(test.store()).unwrap().files, 0, "again: nothing");
    drop((alice, bob));
    test.crash();
    let alice = test.mailbox("alice");
    let old = alice.item(both[0]).unwrap();
    assert_eq!(alice.content(&old).unwrap(), text);
    let params = SearchParams { query: "zebra subject:old".into(), limit: 10, ..SearchParams::default() };
    assert_eq!(alice.search(&params).unwrap().hits.len(), 1);
    // a copy is a new file, on the primary volume
    let copy = alice.copy_items(&[old.id], ItemId::SENT).unwrap().remove(0).1;
    assert_eq!(alice.content(&copy).unwrap(), text);
    assert_eq!(on(&real, &primary(&test), &alice), [new.0, copy.id.0]);
    alice.delete_items(&[old.id]).unwrap();
    alice.empty_dumpster().unwrap();
    assert!(on(&real, cold.path(), &alice).is_empty());
    assert!(matches!(test.store().remove_volume("cold"), Err(Error::Invalid(_))), "bob's is there");
    let back = test.store().empty_volume("cold", &mut |_| {}).unwrap();
    assert_eq!(back.files, 1);
    let bob = test.mailbox("bob");
    assert_eq!(bob.content(&bob.item(both[1]).unwrap()).unwrap(), text);
    assert_eq!(on(&real, &primary(&test), &bob), [both[1].0]);
    drop((alice, bob));
    test.crash();
    test.store().remove_volume("3").unwrap();
    assert_eq!(test.store().volumes().unwrap().len(), 1);
    test.store().checkpoint().unwrap();
    let next = tempfile::tempdir().unwrap();
    let volume = test.store().add_volume(&wish("next", next.path())).unwrap();
    assert_eq!(volume.id, 4, "an id is never given twice");
    test.store().remove_volume("next").unwrap();
}

/// At each sync of a run, to and fro, the power goes once. After the next start every message is whole, and in one place.
#[test]
fn nothing_is_lost_wherever_the_power_goes() {
    let mut cuts = 0;
    for back in [false, true] {
        for at in 1.. {
            let mut machine = Machine::new(at + 100 * u64::from(back));
            let root = machine.state().join("store").join("cold");
            let store = machine.boot();
            fs::create_dir_synced(&machine.disk, &root).unwrap();
            store.add_volume(&wish("cold", &root)).unwrap();
            // small ones travel in the journal, large ones don't
            let texts: Vec<Vec<u8>> =
                (0..6).map(|n| message(&format!("{n}@x"), "old", None, &"word ".repeat(1 + n * 200))).collect();
            texts.iter().for_each(|text| assert!(deliver(&store, text, &["alice", "bob"]).iter().all(Result::is_ok)));
            if back {
                run(&store).unwrap();
                if at % 2 == 0 {
                    store.checkpoint().unwrap();
                }
            }
            machine.disk.cut_at_sync(at);
            let moved = if back { store.empty_volume("cold", &mut |_| {}) } else { run(&store) };
            let is_over = moved.is_ok() && machine.disk.is_powered();
            drop(store);
            machine.cut(Rows::Drawn);
            let store = machine.boot();
            for account in ["alice", "bob"] {
                let mailbox = mailbox_of(&store, account);
                let briefs = mailbox.folder_messages(ItemId::INBOX, mailbox::Uid(0)).unwrap();
                let read = |id| mailbox.content(&mailbox.item(id).unwrap()).unwrap().to_vec();
                let found: Vec<Vec<u8>> = briefs.iter().map(|brief| read(brief.id)).collect();
                assert_eq!(found, texts, "back {back}, cut {at}");
                let main = machine.state().join("store").join("main");
                let mut all = on(&machine.disk, &main, &mailbox);
                all.extend(on(&machine.disk, &root, &mailbox));
                all.sort_unstable();
                let ids: Vec<u32> = briefs.iter().map(|brief| brief.id.0).collect();
                assert_eq!(all, ids, "each in one place: back {back}, cut {at}");
            }
            verify(&store, &format!("back {back}, cut {at}"));
            // and it goes on
            let status = run(&store).unwrap();
            assert_eq!(status.problem_count, 0);
            if is_over {
                break;
            }
            cuts += 1;
        }
    }
    assert!(cuts >= 8, "{cuts} cuts");
}

#[test]
fn a_volume_that_is_away_holds_up_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let mut test = TestStore::new();
    let (root, elsewhere) = (place.path().join("cold"), place.path().join("pulled"));
    std::fs::create_dir(&root).unwrap();
    test.store().add_volume(&wish("cold", &root)).unwrap();
    let items: Vec<ItemId> = (0..3).map(|n| test.deliver_one(&mail(n, "old"), "alice")).collect();
    run(test.store()).unwrap();
    for is_restarted in [false, true] {
        std::fs::rename(&root, &elsewhere).unwrap();
        // what is left where a disk was mounted
        std::fs::create_dir(&root).unwrap();
        if is_restarted {
            test.crash();
        }
        let alice = test.mailbox("alice");
        let gone = alice.item(items[usize::from(is_restarted)]).unwrap();
        let error = alice.content(&gone).unwrap_err();
        assert!(matches!(&error, Error::Unavailable(text) if text.contains("cold")), "{error}");
        let new = test.deliver_one(&mail(10 + usize::from(is_restarted), "old"), "alice");
        assert!(alice.content(&alice.item(new).unwrap()).is_ok());
        assert!(run(test.store()).is_err(), "a new directory would be silent");
        assert_eq!(std::fs::read_dir(&root).unwrap().count(), 0);
        alice.delete_items(&[gone.id]).unwrap();
        alice.empty_dumpster().unwrap();
        let report = test.store().verify(&mut |_| {}).unwrap();
        assert!(report.problem_count == 1 && report.problems[0].contains("cold"), "{report:?}");
        assert!(test.store().volume("cold").unwrap().away.is_some());
        test.store().checkpoint().unwrap();
        std::fs::remove_dir(&root).unwrap();
        std::fs::rename(&elsewhere, &root).unwrap();
        // the janitor sees it by itself
        let kept = alice.item(items[2]).unwrap();
        let begun = std::time::Instant::now();
        while alice.content(&kept).is_err() || on(&fs::RealFs, &root, &alice).contains(&gone.id.0) {
            assert!(begun.elapsed().as_secs() < 30, "it is not taken into use again");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
    let status = run(test.store()).unwrap();
    assert_eq!(status.files, 2, "what came meanwhile moves");
}

#[test]
fn another_volume_is_not_taken_for_it() {
    let place = tempfile::tempdir().unwrap();
    let mut test = TestStore::new();
    let (root, moved) = (place.path().join("cold"), place.path().join("other"));
    std::fs::create_dir(&root).unwrap();
    test.store().add_volume(&wish("cold", &root)).unwrap();
    let item = test.deliver_one(&mail(1, "old"), "alice");
    run(test.store()).unwrap();
    test.store().checkpoint().unwrap();
    std::fs::rename(&root, &moved).unwrap();
    std::fs::create_dir(&root).unwrap();
    std::fs::write(root.join("volume.id"), "somebody else's").unwrap();
    test.crash();
    let alice = test.mailbox("alice");
    assert!(matches!(alice.content(&alice.item(item).unwrap()), Err(Error::Unavailable(_))));
    // it says where it is now
    let wrong = VolumeWish { root: Some(place.path().join("nowhere")), ..VolumeWish::default() };
    assert!(matches!(test.store().edit_volume("cold", &wrong), Err(Error::Invalid(_))));
    let right = VolumeWish { name: Some("archive".into()), root: Some(moved), ..VolumeWish::default() };
    test.store().edit_volume("cold", &right).unwrap();
    assert_eq!(alice.content(&alice.item(item).unwrap()).unwrap(), mail(1, "old"));
}

#[test]
fn a_full_volume_ends_the_run_and_nothing_else() {
    let mut machine = Machine::new(1);
    let root = machine.state().join("store").join("cold");
    let store = machine.boot();
    fs::create_dir_synced(&machine.disk, &root).unwrap();
    store.add_volume(&wish("cold", &root)).unwrap();
    let texts: Vec<Vec<u8>> = (0..10).map(|n| mail(n, "old")).collect();
    texts.iter().for_each(|text| assert!(deliver(&store, text, &["alice"])[0].is_ok()));
    store.settle().unwrap();
    for fault in 0..3 {
        match fault {
            0 => machine.disk.faults().set_space(Some(3_000)),
            1 => machine.disk.faults().set_read_only(true),
            _ => machine.disk.faults().fail_syncs(1),
        }
        let error = run(&store).unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{fault}: {error:?}");
        assert!(store.hsm_status().error.is_some());
        machine.disk.faults().clear();
    }
    assert_eq!(run(&store).unwrap().files, 10);
    drop(store);
    machine.cut(Rows::Lost);
    let store = machine.boot();
    let mailbox = mailbox_of(&store, "alice");
    let briefs = mailbox.folder_messages(ItemId::INBOX, mailbox::Uid(0)).unwrap();
    let read = |id| mailbox.content(&mailbox.item(id).unwrap()).unwrap().to_vec();
    assert_eq!(briefs.iter().map(|brief| read(brief.id)).collect::<Vec<_>>(), texts);
    verify(&store, "after full disks");
}

#[test]
fn a_damaged_message_stays_and_is_told() {
    let cold = tempfile::tempdir().unwrap();
    let test = TestStore::new();
    test.store().add_volume(&wish("cold", cold.path())).unwrap();
    let good = test.deliver_one(&mail(1, "old"), "alice");
    let bad = test.deliver_one(&mail(2, "old"), "alice");
    let alice = test.mailbox("alice");
    let row = alice.item(bad).unwrap();
    alice.content(&row).unwrap();
    let dir = primary(&test).join("mailbox").join(alice.id().to_string());
    let file = dir.join(format!("{}-{}.eml", bad, row.revision));
    let whole = std::fs::read(&file).unwrap();
    let mut bytes = whole.clone();
    bytes[100] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let status = run(test.store()).unwrap();
    assert_eq!((status.files, status.problem_count), (1, 1), "{status:?}");
    assert!(status.problems[0].contains(&bad.to_string()), "{status:?}");
    assert_eq!(on(&fs::RealFs, cold.path(), &alice), [good.0]);
    std::fs::write(&file, &whole).unwrap();
}

#[test]
fn bad_input() {
    for (text, why) in [
        ("", "colon"),
        ("before:-30day", "kinds"),
        ("message:", "everything"),
        ("message,calendar:before:-30day", "kinds"),
        ("message:before:-30day ->", "arrow"),
        ("message:(subject:a", ""),
    ] {
        let error = HsmPolicy::parse(text).unwrap_err();
        assert!(error.to_string().contains(why), "{text}: {error}");
    }
    let policy = HsmPolicy::parse("message,document: before:-30day larger:200k -> archive").unwrap();
    assert_eq!((policy.query.as_str(), policy.volume.as_deref()), ("before:-30day larger:200k", Some("archive")));
    assert!(policy.kinds.messages && policy.kinds.documents && !policy.kinds.contacts);

    let test = TestStore::new();
    test.deliver_one(&mail(1, "old"), "alice");
    let store = test.store();
    assert!(matches!(run(store), Err(Error::Invalid(_))), "there is none");
    let elsewhere = policies("message: subject:old -> nowhere");
    let status = store.hsm_run(&elsewhere, &mut |_| {}).unwrap();
    assert!(status.problem_count == 1 && status.problems[0].contains("nowhere"), "{status:?}");
    let place = tempfile::tempdir().unwrap();
    let dir = |name: &str| {
        let path = place.path().join(name);
        std::fs::create_dir(&path).unwrap();
        path
    };
    let full = dir("full");
    std::fs::write(full.join("file"), "x").unwrap();
    for root in ["relative".into(), PathBuf::new(), place.path().join("missing"), full, place.path().join("a/../b")] {
        assert!(matches!(store.add_volume(&wish("cold", &root)), Err(Error::Invalid(_))), "{}", root.display());
    }
    for ours in ["journal", "store/main", "store/main/blob", "metadata"] {
        let error = store.add_volume(&wish("cold", &test.path().join(ours)));
        assert!(matches!(error, Err(Error::Invalid(_))), "{ours}");
    }
    let good = dir("good");
    for name in ["", "main", "a b", "7", "../x", &"n".repeat(65)] {
        assert!(store.add_volume(&wish(name, &good)).is_err(), "{name}");
    }
    store.add_volume(&wish("cold", &good)).unwrap();
    assert!(matches!(store.add_volume(&wish("cold", &dir("other"))), Err(Error::AlreadyExists(_))));
    assert!(matches!(store.add_volume(&wish("within", &good.join("blob"))), Err(Error::Invalid(_))));
    assert!(matches!(store.edit_volume("main", &VolumeWish::default()), Err(Error::Immutable(_))));
    assert!(matches!(store.remove_volume("main"), Err(Error::Immutable(_))));
    assert!(matches!(store.remove_volume("nothing"), Err(Error::NoSuch { .. })));
    assert!(!store.hsm_abort());
}

#[test]
fn compression_of_a_volume_is_changed_while_it_is_used() {
    let cold = tempfile::tempdir().unwrap();
    let mut test = TestStore::new();
    let (small, large) = (mail(1, "old")[..300].to_vec(), mail(2, "old"));
    let on = VolumeWish { compress: Some(true), ..VolumeWish::default() };
    let main = test.store().edit_volume("main", &on).unwrap();
    assert!(main.compress && main.compress_above == 4096 && main.is_primary);
    test.store().edit_volume("1", &VolumeWish { compress_above: Some(1_000), ..VolumeWish::default() }).unwrap();
    let ids = [test.deliver_one(&small, "alice"), test.deliver_one(&large, "alice")];
    let endings = |root: &Path| {
        let dir = root.join("mailbox").join(test.mailbox("alice").id().to_string());
        let mut names: Vec<String> =
            std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_by_key(|name| name.split('-').next().unwrap().parse::<u32>().unwrap());
        names.into_iter().map(|name| name.ends_with(".zst")).collect::<Vec<_>>()
    };
    test.mailbox("alice").folders().unwrap();
    assert_eq!(endings(&primary(&test)), [false, true]);
    // of another volume on its own
    let wish = VolumeWish { compress_above: Some(0), ..wish("cold", cold.path()) };
    assert_eq!(test.store().add_volume(&wish).unwrap().compress_above, 0);
    run(test.store()).unwrap();
    let read = |test: &TestStore| {
        ids.map(|id| test.mailbox("alice").content(&test.mailbox("alice").item(id).unwrap()).unwrap())
    };
    assert_eq!(read(&test).map(|content| content.to_vec()), [small.clone(), large.clone()]);
    // it is known after a crash, and what it is not for is refused
    test.crash();
    let main = test.store().volume("main").unwrap();
    assert_eq!((main.compress, main.compress_above), (true, 1_000));
    assert_eq!(read(&test).map(|content| content.to_vec()), [small, large]);
    for bad in [
        VolumeWish { name: Some("other".into()), ..VolumeWish::default() },
        VolumeWish { root: Some("/elsewhere".into()), ..VolumeWish::default() },
        VolumeWish { is_current: Some(false), ..VolumeWish::default() },
    ] {
        assert!(matches!(test.store().edit_volume("main", &bad), Err(Error::Invalid(_))));
    }
    assert!(matches!(test.store().remove_volume("main"), Err(Error::Immutable(_))));
    test.store().edit_volume("main", &VolumeWish { compress: Some(false), ..VolumeWish::default() }).unwrap();
    test.deliver_one(&mail(3, "new"), "alice");
}

#[test]
fn a_primary_volume_that_is_not_mounted_is_no_empty_store() {
    let mut test = TestStore::new();
    let id = test.deliver_one(&mail(1, "new"), "alice");
    test.store().checkpoint().unwrap();
    test.close();
    let (main, away) = (primary(&test), test.path().join("elsewhere"));
    std::fs::rename(&main, &away).unwrap();
    let refused = |test: &TestStore, is_dir: bool| {
        if is_dir {
            std::fs::create_dir(&main).unwrap();
        }
        let error = Store::open(test.config()).err().unwrap();
        assert!(matches!(&error, Error::Unavailable(text) if text.contains("mount the disk")), "{error}");
        assert!(!main.join("blob").exists() && !main.join("volume.id").exists(), "nothing was made");
    };
    refused(&test, false);
    refused(&test, true);
    // another one
    std::fs::write(main.join("volume.id"), "of another server").unwrap();
    assert!(matches!(Store::open(test.config()).err().unwrap(), Error::Unavailable(_)));
    std::fs::remove_dir_all(&main).unwrap();
    std::fs::rename(&away, &main).unwrap();
    // of an earlier release, which marked nothing: the same, and with its messages it is taken as it is
    std::fs::remove_file(main.join("volume.id")).unwrap();
    std::fs::remove_file(test.path().join("store/volumes.json")).unwrap();
    std::fs::rename(&main, &away).unwrap();
    std::fs::create_dir(&main).unwrap();
    refused(&test, false);
    std::fs::remove_dir(&main).unwrap();
    std::fs::rename(&away, &main).unwrap();
    test.crash();
    assert!(main.join("volume.id").exists());
    let mailbox = test.mailbox("alice");
    assert_eq!(mailbox.content(&mailbox.item(id).unwrap()).unwrap(), mail(1, "new"));
    // the mark alone, as a crash at the first start leaves it
    test.crash_after(|path| std::fs::remove_file(path.join("store/volumes.json")).unwrap());
    assert!(test.store().volume("main").unwrap().away.is_none());
}
