// SPDX-License-Identifier: AGPL-3.0-or-later
//! What only a simulated or a failing disk can show.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use ph_fs::{FaultFs, Fs, Open, RealFs, SimFs};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

fn write(fs: &dyn Fs, path: &str, bytes: &[u8]) -> Box<dyn ph_fs::File> {
    let file = fs.open(Path::new(path), Open::CreateNew).unwrap();
    file.write_all_at(bytes, 0).unwrap();
    file
}

fn read(fs: &dyn Fs, path: &str) -> Option<Vec<u8>> {
    let file = fs.open(Path::new(path), Open::Read).ok()?;
    let mut bytes = vec![0; file.metadata().unwrap().len as usize];
    file.read_full_at(&mut bytes, 0).unwrap();
    Some(bytes)
}

#[test]
fn a_power_cut_keeps_what_was_synced() {
    for seed in 0..200 {
        let fs = SimFs::new();
        let file = write(&fs, "/a", &[7; 5000]);
        file.sync_data().unwrap();
        fs.sync_dir(Path::new("/")).unwrap();
        file.write_all_at(&[8; 1000], 5000).unwrap();
        let after = fs.power_cut(seed);
        assert_eq!(read(&after, "/a").unwrap()[..5000], [7; 5000], "seed {seed}");
        assert!(file.write_at(b"x", 0).is_err(), "the old machine is dead");
    }
}

#[test]
fn a_power_cut_may_lose_what_was_not() {
    let (mut lost_names, mut lost_bytes, mut torn, mut whole) = (0, 0, 0, 0);
    for seed in 0..400 {
        let fs = SimFs::new();
        write(&fs, "/a", &[7; 5000]);
        match read(&fs.power_cut(seed), "/a") {
            None => lost_names += 1,
            Some(bytes) if bytes == [7; 5000] => whole += 1,
            Some(bytes) if bytes.iter().all(|b| *b == 0) => lost_bytes += 1,
            Some(_) => torn += 1,
        }
    }
    assert!(lost_names > 20 && lost_bytes > 20 && torn > 20 && whole > 20, "{lost_names} {lost_bytes} {torn} {whole}");
}

#[test]
fn a_rename_is_atomic_and_not_durable_by_itself() {
    let (mut old, mut new) = (0, 0);
    for seed in 0..100 {
        let fs = SimFs::new();
        write(&fs, "/to", b"old").sync_data().unwrap();
        write(&fs, "/from", b"new").sync_data().unwrap();
        fs.sync_dir(Path::new("/")).unwrap();
        fs.rename(Path::new("/from"), Path::new("/to")).unwrap();
        let after = fs.power_cut(seed);
        match read(&after, "/to").unwrap().as_slice() {
            b"old" => old += 1,
            b"new" => new += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(old > 10 && new > 10);
}

#[test]
fn the_same_seed_loses_the_same() {
    let fs = SimFs::new();
    write(&fs, "/a", &[7; 50_000]);
    assert_eq!(read(&fs.power_cut(3), "/a"), read(&fs.power_cut(3), "/a"));
}

#[test]
fn power_goes_at_the_nth_sync() {
    let fs = SimFs::new();
    let file = write(&fs, "/a", b"1");
    fs.cut_at_sync(2);
    file.sync_data().unwrap();
    assert!(fs.is_powered());
    assert!(fs.sync_dir(Path::new("/")).is_err());
    assert!(!fs.is_powered());
    assert!(fs.open(Path::new("/a"), Open::Read).is_err());
}

#[test]
fn a_sync_after_a_failed_one_repairs_nothing() {
    let mut lost = 0;
    for n in 0..100 {
        let fs = SimFs::new();
        for _ in 0..n {
            fs.sync_dir(Path::new("/")).unwrap();
        }
        let file = write(&fs, "/a", &[7; 2000]);
        fs.sync_dir(Path::new("/")).unwrap();
        fs.faults().fail_syncs(1);
        assert!(file.sync_data().is_err());
        file.sync_data().unwrap();
        assert_eq!(read(&fs, "/a").unwrap(), [7; 2000], "readers still see it");
        if read(&fs.power_cut(n), "/a").unwrap() != [7; 2000] {
            lost += 1;
        }
    }
    assert!(lost > 20, "{lost}");
}

#[test]
fn faults_fail_and_heal() {
    let dir = tempfile::tempdir().unwrap();
    let real = FaultFs::new(Arc::new(RealFs));
    let sim = SimFs::new();
    for (fs, faults, root) in
        [(&real as &dyn Fs, real.faults(), dir.path()), (&sim as &dyn Fs, sim.faults(), Path::new("/"))]
    {
        let path = root.join("f");
        let file = fs.open(&path, Open::CreateNew).unwrap();
        faults.set_space(Some(10));
        assert_eq!(file.write_at(&[1; 6], 0).unwrap(), 6);
        assert_eq!(file.write_at(&[1; 6], 6).unwrap(), 4);
        assert_eq!(file.write_at(&[1; 6], 10).err().unwrap().kind(), ErrorKind::StorageFull);
        assert_eq!(file.write_at(&[2; 6], 0).unwrap(), 6, "inside the file there is room");
        assert_eq!(file.allocate(100).err().unwrap().kind(), ErrorKind::StorageFull);
        assert_eq!(fs.hard_link(&path, &root.join("g")).err().unwrap().kind(), ErrorKind::StorageFull);
        assert_eq!(fs.volume(root).unwrap().available().unwrap(), 0);
        faults.clear();
        faults.set_short_writes(true);
        assert_eq!(file.write_at(&[1; 7], 0).unwrap(), 4);
        file.write_all_at(&[3; 9], 0).unwrap();
        faults.set_read_only(true);
        assert_eq!(file.write_at(&[1; 7], 0).err().unwrap().kind(), ErrorKind::ReadOnlyFilesystem);
        assert_eq!(fs.unlink(&path).err().unwrap().kind(), ErrorKind::ReadOnlyFilesystem);
        faults.clear();
        faults.fail_syncs(2);
        assert!(file.sync_data().is_err());
        assert!(fs.sync_dir(root).is_err());
        fs.volume(root).unwrap().sync().unwrap();
        fs.unlink(&path).unwrap();
    }
}
